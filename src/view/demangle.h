#ifndef MP_DEMANGLE_H
#define MP_DEMANGLE_H

/*
 * demangle: C++ names as their source has them, where this machine's C++
 * run-time library is there to tell; it is no need of ours.
 */

/* The name that `mangled` stands for, for free(3); or null where it is none,
   or nobody can tell. */
char *mp_demangle(const char *mangled);

#endif
