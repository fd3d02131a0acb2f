#include "view/jsonput.h"

#include "core/record.h"
#include "view/plain.h"

#include <inttypes.h>

void mp_jsonput_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	mp_plain_put_json(out, text);
}

void mp_jsonput_known(FILE *out, const char *key, const char *text)
{
	if (*text)
		mp_jsonput_text(out, key, text);
	else
		fprintf(out, ",\"%s\":null", key);
}

void mp_jsonput_count(FILE *out, const char *key, uint64_t n)
{
	fprintf(out, ",\"%s\":%" PRIu64, key, n);
}

void mp_jsonput_number(FILE *out, const char *key, int64_t n)
{
	if (n == MP_UNKNOWN)
		fprintf(out, ",\"%s\":null", key);
	else
		fprintf(out, ",\"%s\":%" PRId64, key, n);
}

void mp_jsonput_indices(FILE *out, const char *key, const uint32_t *list,
			uint32_t count)
{
	fprintf(out, ",\"%s\":[", key);
	for (uint32_t i = 0; i < count; i++)
		fprintf(out, i ? ",%" PRIu32 : "%" PRIu32, list[i]);
	putc(']', out);
}

void mp_jsonput_list(FILE *out, const char *key, const char *const *list,
		     size_t count)
{
	fprintf(out, ",\n\"%s\":[", key);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			putc(',', out);
		mp_plain_put_json(out, list[i]);
	}
	putc(']', out);
}

void mp_jsonput_next(FILE *out, size_t i)
{
	fputs(i ? ",\n" : "\n", out);
}
