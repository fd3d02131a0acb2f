/* symbols: the functions that the kernel maps into each process have names,
   where the profile's kernel is the one that runs. */

#include "test.h"

#include "profile/objects.h"
#include "view/naming.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static uintptr_t pc; /* in a function of the kernel's */

/* A profile of one stack, with the object's line as the library writes
   it. */
static void make_profile(char *ret, size_t size, bool other_build)
{
	struct mp_objects *o = mp_objects_get();
	struct mp_text line;
	int len;
	char *id;

	assert_non_null(o);
	line = mp_objects_line(o, mp_objects_find(o, pc));
	len = snprintf(ret, size,
		       "memprof-profile\t1\nclock\tcpu\nrequests\t1\n%.*s"
		       "page\tA\t1\t9\t9\nstack\tcpu\t1\t9\t%lx\nend\t6\n",
		       (int)line.len, line.p, (unsigned long)pc);
	assert_in_range(len, 1, size - 1);
	mp_objects_put(o);
	id = strstr(ret, "\t[vdso]\n");
	assert_non_null(id);
	if (other_build)
		id[-1] = id[-1] == '0' ? '1' : '0';
}

static void name(const char *text, struct mp_calls *ret)
{
	struct mp_raw_fault fault;
	struct mp_symbols *symbols;
	struct mp_raw raw;

	assert_int_equal(mp_raw_read(text, strlen(text), &raw, &fault), 0);
	mp_calls_init(ret);
	assert_int_equal(mp_symbols_open(ret, &symbols), 0);
	mp_naming_add(symbols, ret, &raw, true);
	mp_symbols_close(symbols);
	mp_raw_release(&raw);
	assert_int_equal(mp_calls_error(ret), 0);
	assert_int_equal(ret->stack_count, 1);
}

static const char *leaf_of(const struct mp_calls *c)
{
	const struct mp_stack *s = &c->stacks[0];

	return c->functions[c->places[s->places[s->depth - 1]].function].name;
}

static void test_a_function_of_the_kernels_has_its_name(void **state)
{
	struct mp_calls c;
	char text[1024];

	(void)state;
	make_profile(text, sizeof(text), false);
	name(text, &c);
	/* It has more names than one; all end alike. */
	assert_non_null(strstr(leaf_of(&c), "clock_gettime"));
	assert_int_equal(c.warning_count, 0);
	mp_calls_release(&c);
}

static void test_of_another_kernel_nothing_is_taken(void **state)
{
	struct mp_calls c;
	char text[1024];

	(void)state;
	make_profile(text, sizeof(text), true);
	name(text, &c);
	assert_int_equal(strncmp(leaf_of(&c), "[vdso]+0x", 9), 0);
	assert_int_equal(c.warning_count, 1);
	assert_non_null(strstr(c.warnings[0], "another kernel than"));
	mp_calls_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_function_of_the_kernels_has_its_name),
		cmocka_unit_test(test_of_another_kernel_nothing_is_taken),
	};
	void *vdso = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);

	void *code = vdso ? dlsym(vdso, "__vdso_clock_gettime") : NULL;

	if (!code) {
		puts("skipped: this kernel maps nothing into its processes");
		return 77;
	}
	pc = (uintptr_t)code + 1;
	return cmocka_run_group_tests_name("vdso", tests, NULL, NULL);
}
