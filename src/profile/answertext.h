#ifndef MP_ANSWERTEXT_H
#define MP_ANSWERTEXT_H

/*
 * answertext: what a host sends to who asked for a profile, in words.
 *
 * Page ids, paths and names come from strangers: all are text where they
 * stand, in HTML and in the shell's commands.
 */

#include <stddef.h>
#include <stdint.h>

/* Of what is not there the pointer is null. */
struct mp_answertext {
	uint32_t actions;    /* of enum memprof_action */
	const char *page_id; /* as in the log */
	const char *oops_id; /* as in the log */
	const char *file;    /* the profile's path */
	const char *unknown; /* what was named and is no action */
	const char *failed;  /* why there is no text or picture */
};

/* Each writes to `ret`, at most `size` bytes, none of them a zero, and returns
   their number.  A short `size` cuts the text. */

/* A page of HTML: how to ask for profiles. */
size_t mp_answertext_help(const struct mp_answertext *about, char *ret,
			  size_t size);

/* A piece of HTML: where the profile is, and how to look at it. */
size_t mp_answertext_piece(const struct mp_answertext *about, char *ret,
			   size_t size);

/* The same as plain text, to stand above the profile's own. */
size_t mp_answertext_head(const struct mp_answertext *about, char *ret,
			  size_t size);

#endif
