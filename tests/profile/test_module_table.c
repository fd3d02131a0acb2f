/* module_table: the table knows what the dynamic linker knows, from the last
   refresh on. */

#include "test.h"

#define MP_MODULE_TABLE
#include "profile/module_table.c"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static uintptr_t here(void)
{
	return (uintptr_t)here;
}

/* The header of each module that is loaded, as the dynamic linker says. */
static int check_module(struct dl_phdr_info *info, size_t size, void *ret)
{
	uintptr_t hdr = 0, code = 0;
	struct mp_module module;
	unsigned *n = ret;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_GNU_EH_FRAME)
			hdr = info->dlpi_addr + p->p_vaddr;
		if (p->p_type == PT_LOAD && p->p_flags & PF_X)
			code = info->dlpi_addr + p->p_vaddr + p->p_filesz - 1;
	}
	if (!hdr || !code)
		return 0;
	assert_int_equal(mp_table_find(code, &module), 0);
	assert_int_equal(module.image.address + module.hdr, hdr);
	assert_ptr_equal(module.image.bytes, module.image.address);
	assert_true(module.hdr < module.image.size);
	assert_in_range(code, module.start, module.end - 1);
	++*n;
	return 0;
}

static void test_all_modules_are_known(void **state)
{
	unsigned n = 0;

	(void)state;
	mp_table_refresh();
	dl_iterate_phdr(check_module, &n);
	assert_true(n >= 3);
}

static void test_bytes_are_of_the_segment(void **state)
{
	struct mp_image image;

	(void)state;
	mp_table_refresh();
	assert_int_equal(mp_table_bytes(here(), &image), 0);
	assert_in_range(here(), image.address, image.address + image.size - 1);
	assert_int_equal(image.bytes[here() - image.address],
			 *(const uint8_t *)here());
}

static void test_others_are_not(void **state)
{
	struct mp_module module;
	struct mp_image image;
	void *heap = malloc(1);

	(void)state;
	mp_table_refresh();
	assert_int_equal(mp_table_find((uintptr_t)heap, &module), -ENOENT);
	assert_int_equal(mp_table_bytes((uintptr_t)heap, &image), -ENOENT);
	assert_int_equal(mp_table_find(0, &module), -ENOENT);
	assert_int_equal(mp_table_find(UINTPTR_MAX, &module), -ENOENT);
	free(heap);
}

static void test_nothing_while_it_is_filled(void **state)
{
	struct mp_module module;

	(void)state;
	mp_table_refresh();
	assert_true(mp_seq_write_begin(&filling));
	assert_int_equal(mp_table_find(here(), &module), -ENOENT);
	mp_table_refresh(); /* and nobody else fills it */
	mp_seq_write_end(&filling);
	assert_int_equal(mp_table_find(here(), &module), 0);
}

static void test_what_is_gone_is_not_read(void **state)
{
	struct mp_module module;
	void *library = dlopen("libutil.so.1", RTLD_NOW), *again;
	uintptr_t code;

	(void)state;
	if (!library)
		skip();
	code = ((struct link_map *)library)->l_addr + 0x1000;
	mp_table_refresh();
	dlclose(library);
	again = dlopen("libutil.so.1", RTLD_NOW | RTLD_NOLOAD);
	if (again)
		skip(); /* somebody else has it too */
	assert_int_equal(mp_table_find(code, &module), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_modules_are_known),
		cmocka_unit_test(test_bytes_are_of_the_segment),
		cmocka_unit_test(test_others_are_not),
		cmocka_unit_test(test_nothing_while_it_is_filled),
		cmocka_unit_test(test_what_is_gone_is_not_read),
	};

	return cmocka_run_group_tests_name("module_table", tests, NULL, NULL);
}
