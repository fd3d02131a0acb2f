#include "report/jsonout.h"

#include "report/json.h"
#include "report/sentence.h"

#include <inttypes.h>

void mp_jsonout_text(FILE *out, struct mp_text t)
{
	char string[2 * sizeof(((struct mp_sentence *)0)->p) + 2];
	const char *end = mp_json_put_string(string, t);

	fwrite(string, 1, (size_t)(end - string), out);
}

void mp_jsonout_number(FILE *out, const char *key, int64_t v)
{
	if (v == MP_UNKNOWN)
		fprintf(out, ",\"%s\":null", key);
	else
		fprintf(out, ",\"%s\":%" PRId64, key, v);
}
