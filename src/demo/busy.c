#include "demo/busy.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES  8000000
#define TABLE_SLOTS 65536
#define ROWS	    5
#define LETTERS	    3 /* of a word that count */

struct word {
	const char *at; /* null: a free slot */
	unsigned len;
	unsigned count;
};

/* A profile shows functions: none of these may melt into its caller. */
#define STEP __attribute__((noinline))

/* Knuth's MMIX generator; its high bits are the good ones. */
static unsigned next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) +
		 UINT64_C(1442695040888963407);
	return (unsigned)(*state >> 40);
}

static STEP void make_text(char *text)
{
	uint64_t state = 1;

	for (size_t i = 0; i < TEXT_BYTES; i++) {
		unsigned r = next_random(&state);

		/* The smaller of two: some letters are rarer than others. */
		if (r % 4 == 0)
			text[i] = ' ';
		else
			text[i] = (char)('a' +
					 (r >> 2) % 26 * ((r >> 8) % 26) / 26);
	}
	text[TEXT_BYTES - 1] = ' ';
}

static STEP uint32_t hash_word(const char *word, unsigned len)
{
	uint32_t h = 2166136261; /* FNV-1a */

	for (unsigned i = 0; i < len; i++)
		h = (h ^ (unsigned char)word[i]) * 16777619;
	return h;
}

static STEP void count_word(struct word *table, const char *at, unsigned len)
{
	uint32_t slot = hash_word(at, len) % TABLE_SLOTS;

	while (table[slot].at &&
	       (table[slot].len != len || memcmp(table[slot].at, at, len) != 0))
		slot = (slot + 1) % TABLE_SLOTS;
	table[slot].at = at;
	table[slot].len = len;
	table[slot].count++;
}

/* Of longer words there are more than the table holds. */
static STEP void count_words(const char *text, struct word *table)
{
	const char *end = text + TEXT_BYTES;

	while (text < end) {
		const char *blank = memchr(text, ' ', (size_t)(end - text));
		size_t len = (size_t)(blank - text);

		if (len)
			count_word(table, text,
				   len < LETTERS ? (unsigned)len : LETTERS);
		text = blank + 1;
	}
}

static int compare_words(const void *a, const void *b)
{
	const struct word *left = a, *right = b;

	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	return left->len > right->len ? 1 : left->len < right->len ? -1 : 0;
}

static STEP void sort_words(struct word *table)
{
	qsort(table, TABLE_SLOTS, sizeof(*table), compare_words);
}

static STEP size_t write_table(const struct word *table, char *ret, size_t size)
{
	size_t len = 0;

	for (int i = 0; i < ROWS; i++) {
		int n = snprintf(ret + len, size - len,
				 "<tr><td>%.*s</td><td>%u</td></tr>\n",
				 (int)table[i].len, table[i].at,
				 table[i].count);

		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
	return len;
}

size_t demo_busy_words(char *ret, size_t size)
{
	struct word *table = calloc(TABLE_SLOTS, sizeof(*table));
	char *text = malloc(TEXT_BYTES);
	size_t len = 0;

	if (table && text) {
		make_text(text);
		count_words(text, table);
		sort_words(table);
		len = write_table(table, ret, size);
	}
	free(table);
	free(text);
	return len;
}
