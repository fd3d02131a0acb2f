/* module: the segment of an address, as far as its file has it. */

#include "test.h"

#include "profile/module.h"

#include <errno.h>

#define BIAS 0x7f0000000000

static const ElfW(Phdr) segments[] = {
	{ .p_type = PT_NOTE, .p_flags = PF_R, .p_vaddr = 0x200, .p_filesz = 9 },
	{ .p_type = PT_LOAD,
	  .p_flags = PF_R | PF_X,
	  .p_vaddr = 0x1000,
	  .p_filesz = 0x500,
	  .p_memsz = 0x500 },
	{ .p_type = PT_LOAD,
	  .p_flags = PF_X,
	  .p_vaddr = 0x2000,
	  .p_filesz = 0x500,
	  .p_memsz = 0x500 },
	{ .p_type = PT_LOAD,
	  .p_flags = PF_R | PF_W,
	  .p_vaddr = 0x3000,
	  .p_filesz = 0x10,
	  .p_memsz = 0x800 },
};

static struct segment_case {
	const char *name;
	uintptr_t offset;
	uintptr_t want; /* where its segment begins; 0: none */
	size_t size;
} segment_cases[] = {
	{ "a note", 0x200, 0, 0 },
	{ "before the first", 0xfff, 0, 0 },
	{ "the first byte", 0x1000, 0x1000, 0x500 },
	{ "the last byte", 0x14ff, 0x1000, 0x500 },
	{ "behind it", 0x1500, 0, 0 },
	{ "what can only be run", 0x2000, 0, 0 },
	{ "data", 0x300f, 0x3000, 0x10 },
	{ "data that the file does not have", 0x3010, 0, 0 },
};

static void test_segment(void **state)
{
	const struct segment_case *c = *state;
	struct mp_image image = { .size = 77 };
	int err = mp_module_segment(segments, ARRAY_SIZE(segments), BIAS,
				    BIAS + c->offset, &image);

	if (!c->want) {
		assert_int_equal(err, -ENOENT);
		assert_int_equal(image.size, 77);
		return;
	}
	assert_int_equal(err, 0);
	assert_int_equal(image.address, BIAS + c->want);
	assert_ptr_equal(image.bytes, BIAS + c->want);
	assert_int_equal(image.size, c->size);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(segment_cases)];

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		tests[i] = (struct CMUnitTest){ segment_cases[i].name,
						test_segment, NULL, NULL,
						&segment_cases[i] };
	return cmocka_run_group_tests_name("module", tests, NULL, NULL);
}
