#ifndef MP_OOPS_H
#define MP_OOPS_H

/*
 * oops: each profiled request has the id of a report, of its own error or of
 * one that is written for it.
 */

struct memprof;
struct mp_profile;
struct mp_request;

/*
 * The oops id of a request that has been measured whole, to be logged:
 * `oops_id` where there is one, or where reports are not wanted; else that of
 * the report that mp_oops_write() will write, kept in `p`.
 */
__attribute__((cold, noinline)) const char *
mp_oops_name(const struct memprof *mp, const struct mp_request *r,
	     struct mp_profile *p, const char *oops_id);

/* Write the report that was named, if one was.  `path` is the profile's, or
   null.  Nothing of the request may have changed since.  Fails as
   mp_oopsdir_write(). */
int mp_oops_write(struct memprof *mp, const struct mp_request *r,
		  const struct mp_profile *p, const char *path);

#endif
