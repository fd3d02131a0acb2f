#include "view/demangle.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Longer ones are names of nothing that a person reads. */
#define MANGLED_MAX 16384

typedef char *demangle_fn(const char *name, char *room, size_t *len,
			  int *status);

/* The library stays open: a program has no end of names. */
static demangle_fn *find(void)
{
	void *lib = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
	demangle_fn *ret = NULL;
	void *symbol;

	if (!lib)
		lib = dlopen("libc++abi.so.1", RTLD_LAZY | RTLD_LOCAL);
	symbol = lib ? dlsym(lib, "__cxa_demangle") : NULL;
	memcpy(&ret, &symbol, sizeof(ret));
	return ret;
}

char *mp_demangle(const char *mangled)
{
	static demangle_fn *demangle;
	static int looked;
	int status;

	if (strncmp(mangled, "_Z", 2) != 0 ||
	    strnlen(mangled, MANGLED_MAX) == MANGLED_MAX)
		return NULL;
	if (!looked) {
		demangle = find();
		looked = 1;
	}
	return demangle ? demangle(mangled, NULL, NULL, &status) : NULL;
}
