#include "core/error.h"

#include "memprof.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int key_err;

static void make_key(void)
{
	key_err = pthread_key_create(&key, free);
}

void mp_error_set(const char *message)
{
	char *copy;

	pthread_once(&once, make_key);
	if (key_err)
		return;
	copy = strdup(message);
	free(pthread_getspecific(key));
	if (pthread_setspecific(key, copy))
		free(copy);
}

void mp_error_set_path(const char *path, int err)
{
	char message[PATH_MAX + 128];

	snprintf(message, sizeof(message), "%s: %s", path,
		 memprof_strerror(err));
	mp_error_set(message);
}

const char *memprof_open_error(void)
{
	const char *message;

	pthread_once(&once, make_key);
	message = key_err ? NULL : pthread_getspecific(key);
	return message ? message : "";
}

const char *memprof_strerror(int err)
{
	/* Constant strings, without the lock and the locale of strerror(3). */
	unsigned positive = err < 0 ? 0U - (unsigned)err : (unsigned)err;
	const char *what = strerrordesc_np((int)positive);

	return what ? what : "unknown error";
}
