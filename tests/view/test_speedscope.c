/* speedscope: the whole file; tests/view/test_readers.sh checks its numbers. */

#include "test.h"

#include "view/printed.h"
#include "view/sampled.h"
#include "view/speedscope.h"

#include <string.h>

#define HEAD                                                        \
	"{\"$schema\":"                                             \
	"\"https://www.speedscope.app/file-format-schema.json\",\n" \
	"\"exporter\":\"memprof " SAMPLED_VERSION "\",\n"

static void test_the_whole_file(void **state)
{
	struct mp_calls c;
	uint32_t place = 0;

	(void)state;
	sampled_init(&c);
	mp_calls_page(&c, &(struct mp_view_page){ .id = "b" });
	mp_calls_stack(&c,
		       &(struct mp_stack){ &place, 1, 1, MP_KIND_CPU, 1, 7 });
	assert_printed(mp_write_speedscope, &c,
		       HEAD
		       "\"name\":\"/bin/app\",\n"
		       "\"shared\":{\"frames\":[\n"
		       "{\"name\":\"main\",\"file\":\"app.c\",\"line\":12},\n"
		       "{\"name\":\"work\",\"file\":\"app.c\",\"line\":22},\n"
		       "{\"name\":\"copy\",\"file\":\"copy.h\",\"line\":6},\n"
		       "{\"name\":\"fib\",\"file\":\"app.c\",\"line\":31},\n"
		       "{\"name\":\"fib\",\"file\":\"app.c\",\"line\":32},\n"
		       "{\"name\":\"[unsampled]\"}]},\n"
		       "\"profiles\":[\n"
		       "{\"type\":\"sampled\",\"unit\":\"nanoseconds\","
		       "\"name\":\"Page:index\",\"samples\":[\n"
		       "[0,1,2],\n"
		       "[0,3,3,4],\n"
		       "[5]],\"weights\":[30,10,5],"
		       "\"startValue\":0,\"endValue\":45},\n"
		       "{\"type\":\"sampled\",\"unit\":\"nanoseconds\","
		       "\"name\":\"b\",\"samples\":[\n"
		       "[0]],\"weights\":[7],"
		       "\"startValue\":0,\"endValue\":7}]}\n");
	mp_calls_release(&c);
}

static void test_an_empty_profile_is_one_without_samples(void **state)
{
	struct mp_calls c;

	(void)state;
	sampled_init_empty(&c);
	assert_printed(mp_write_speedscope, &c,
		       HEAD "\"name\":\"\",\n"
			    "\"shared\":{\"frames\":[]},\n"
			    "\"profiles\":[\n"
			    "{\"type\":\"sampled\",\"unit\":\"nanoseconds\","
			    "\"name\":\"Page:index\",\"samples\":[],"
			    "\"weights\":[],"
			    "\"startValue\":0,\"endValue\":0}]}\n");
	mp_calls_release(&c);
}

/* Without a line of its own a place has its function's; without a source its
   object. */
static void test_what_is_known_is_told(void **state)
{
	struct mp_calls c;
	char *text;
	size_t len;

	(void)state;
	sampled_init_empty(&c);
	c.head.page_id = "Page:index";
	sampled_place(&c, "a", "a.c", 3, 0, false);
	sampled_place(&c, "say \"hi\"\n", "", 0, 0, false);
	text = printed(mp_write_speedscope, &c, &len);
	assert_non_null(strstr(text, "\"name\":\"Page:index\",\n\"shared\""));
	assert_non_null(
		strstr(text, "{\"name\":\"a\",\"file\":\"a.c\",\"line\":3}"));
	assert_non_null(strstr(text, "{\"name\":\"say \\u0022hi\\u0022%0A\","
				     "\"file\":\"/bin/app\"}"));
	free(text);
	mp_calls_release(&c);
}

static void test_a_full_disk_is_told(void **state)
{
	struct mp_calls c;

	(void)state;
	sampled_init(&c);
	assert_full_disk_is_told(mp_write_speedscope, &c);
	mp_calls_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_whole_file),
		cmocka_unit_test(test_an_empty_profile_is_one_without_samples),
		cmocka_unit_test(test_what_is_known_is_told),
		cmocka_unit_test(test_a_full_disk_is_told),
	};

	return cmocka_run_group_tests_name("speedscope", tests, NULL, NULL);
}
