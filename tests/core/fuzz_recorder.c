/*
 * Whatever bytes a recorder has: it is refused, or all that is made of its
 * slots may stand in a log.  The input is written over a whole recorder: two
 * bytes of an offset, a byte of a length, and as many bytes, again and again.
 */

#include "core/config.h"
#include "core/recordercheck.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 64
#define OWNER 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct recorder {
	struct mp_recorder h;
	struct mp_recorder_slot slots[2]; /* of which bytes are changed */
};

static struct recorder *make(void)
{
	struct recorder *r = aligned_alloc(64, sizeof(*r));
	struct mp_recorder *h = &r->h;

	if (!r)
		abort();
	memset(r, 0, sizeof(*r));
	h->magic = MP_RECORDER_MAGIC;
	h->version = MP_RECORDER_VERSION;
	h->header_size = sizeof(*h);
	h->slot_size = sizeof(*r->slots);
	h->slot_count = SLOTS;
	h->pid = 7;
	h->uid = OWNER;
	h->host_len = 1;
	h->host[0] = 'h';
	strcpy(h->log, "/l");
	strcpy(h->log_pattern, "/l");
	r->slots[0].word = mp_recorder_word(1, 0, MP_RECORDER_IN_FLIGHT);
	r->slots[1].word = mp_recorder_word(1, 2, MP_RECORDER_ENDING);
	for (int i = 0; i < 2; i++) {
		r->slots[i].page_len = 1;
		r->slots[i].page[0] = 'p';
		r->slots[i].oops_len = 1;
		r->slots[i].oops[0] = 'o';
	}
	return r;
}

static void change(struct recorder *r, const uint8_t *data, size_t size)
{
	while (size > 3) {
		size_t at = (size_t)(data[0] << 8 | data[1]) % sizeof(*r);
		size_t len = data[2];

		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		if (len > sizeof(*r) - at)
			len = sizeof(*r) - at;
		memcpy((char *)r + at, data, len);
		data += len;
		size -= len;
	}
}

static void check(const struct mp_recorder *h,
		  const struct mp_recorder_slot *slot)
{
	char line[MP_RECORD_MAX], again[MP_RECORD_MAX];
	struct mp_record r, back;
	size_t len;

	if (!mp_recordercheck_is_used(slot))
		return;
	r = mp_recordercheck_record(h, slot);
	len = mp_record_format(&r, line);
	if (mp_record_parse(line, len, &back, NULL) != MP_RECORD_FORMAT_1 ||
	    mp_record_format(&back, again) != len || memcmp(line, again, len))
		abort();
	mp_record_format_launchpad(&r, h->utc_offset_s, line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recorder *r = make();
	int64_t mono_ns;

	change(r, data, size);
	if (!mp_recordercheck_header(&r->h, mp_recorder_size(SLOTS), OWNER)) {
		if (!memchr(r->h.log, '\0', sizeof(r->h.log)) ||
		    !memchr(r->h.log_pattern, '\0', sizeof(r->h.log_pattern)) ||
		    r->h.slot_count != SLOTS)
			abort();
		for (int i = 0; i < 2; i++)
			check(&r->h, &r->slots[i]);
		mp_recordercheck_reading(&r->h, &mono_ns);
	}
	free(r);
	return 0;
}
