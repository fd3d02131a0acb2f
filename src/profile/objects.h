#ifndef MP_OBJECTS_H
#define MP_OBJECTS_H

/*
 * objects: the files that this process runs code from, as lines of a profile.
 *
 * A list is made when a profile is written, and serves the next ones until
 * dlopen(3) or dlclose(3) changed something.  Nobody waits for anybody: who
 * finds the list in another's hands makes one for itself.  Takes the dynamic
 * linker's lock for a moment, so never in a signal handler; and has cancellation
 * points, so the caller puts cancellation off.
 */

#include "core/record.h"

#include <stddef.h>
#include <stdint.h>

/* Executable ranges that a list tells apart; more are left out. */
#define MP_OBJECTS_MAX 4096

struct mp_objects;

/* The list as it is now, for mp_objects_put(); null where there is no memory
   for it. */
struct mp_objects *mp_objects_get(void);
void mp_objects_put(struct mp_objects *o);

/* The object of an address: below MP_OBJECTS_MAX, or that where there is none,
   as with code made at run time. */
size_t mp_objects_find(const struct mp_objects *o, uintptr_t pc);

/* An object's whole line; ends with the list. */
struct mp_text mp_objects_line(const struct mp_objects *o, size_t object);

/* The program's path, encoded; ends with the list. */
struct mp_text mp_objects_exe(const struct mp_objects *o);

#endif
