#ifndef MP_INI_H
#define MP_INI_H

/*
 * ini: one section of an INI file, key by key, and nothing cut in silence.
 *
 * libinih splits the lines.  It cuts long lines and long section names without
 * a word, takes an indented line for more of the value before it, and stops at
 * a NUL byte; so each line is looked at before libinih sees it, and what it
 * would get wrong is refused.  Lines of other sections are somebody else's:
 * they count as lines, and may hold anything.
 *
 * libinih's settings are global variables in some builds, and then the host's:
 * they are left alone, and a shorter line is the limit where they say so.
 */

#include <stddef.h>

#define MP_INI_LINE_MAX	   198 /* bytes of a line, without its end */
#define MP_INI_SECTION_MAX 49  /* bytes of a section's name */
#define MP_INI_WHY_MAX	   384 /* bytes of what is wrong with a key */

/*
 * Takes one key.  Returns 0; or a negative errno and the reason in `why`, which
 * has room for MP_INI_WHY_MAX bytes.
 */
typedef int mp_ini_take(void *user, int line, const char *key,
			const char *value, char *why);

/*
 * Give each key of the section `section` of `file` to `take`, until one is
 * refused.  Returns 0; -EINVAL on bad content, -ENOMEM, as fopen(3) and
 * read(2) do, or what `take` returned; then `error`, of `size` bytes, says
 * `file:line: what`.
 */
int mp_ini_read(const char *file, const char *section, mp_ini_take *take,
		void *user, char *error, size_t size);

#endif
