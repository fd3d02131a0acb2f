/*
 * late: loads libmemprof when its threads run already, closes it again, and
 * goes on calling into it.  Run by test_dlopen.sh.
 * Usage: late LIBRARY LOG
 */

#include <memprof.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8

static struct {
	int (*open_log)(const char *, struct memprof **);
	int (*close)(struct memprof *);
	void (*begin)(struct memprof *, struct memprof_request *, const char *);
	void (*end)(struct memprof_request *, const char *);
} call;

static struct memprof *mp;
static pthread_barrier_t loaded, closed;

static void die(const char *what)
{
	fprintf(stderr, "late: %s: %s\n", what, dlerror());
	exit(1);
}

static void look_up(void *lib, const char *name, void *ret)
{
	void *found = dlsym(lib, name);

	if (!found)
		die(name);
	memcpy(ret, &found, sizeof(found));
}

static void *serve(void *arg)
{
	struct memprof_request req = { { 0 } };

	(void)arg;
	pthread_barrier_wait(&loaded);
	call.begin(mp, &req, "late");
	pthread_barrier_wait(&closed);
	call.end(&req, NULL);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	void *lib;

	if (argc != 3)
		return 2;
	pthread_barrier_init(&loaded, NULL, THREADS + 1);
	pthread_barrier_init(&closed, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, serve, NULL))
			die("pthread_create");

	lib = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		die("dlopen");
	look_up(lib, "memprof_open_log", &call.open_log);
	look_up(lib, "memprof_close", &call.close);
	look_up(lib, "memprof_begin", &call.begin);
	look_up(lib, "memprof_end", &call.end);
	if (call.open_log(argv[2], &mp))
		die("memprof_open_log");
	pthread_barrier_wait(&loaded);
	if (dlclose(lib))
		die("dlclose");
	if (!dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD))
		die("unloaded by dlclose");
	pthread_barrier_wait(&closed);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return call.close(mp) ? 1 : 0;
}
