#ifndef LIB_EMPTY_H
#define LIB_EMPTY_H

/*
 * lib_empty: a shared library of two functions that take what memprof_begin()
 * and memprof_end() take, and do nothing: what two calls cost.
 */

__attribute__((visibility("default"))) void
empty_begin(const void *session, const void *req, const char *page_id);
__attribute__((visibility("default"))) void empty_end(const void *req,
						      const char *oops_id);

#endif
