/*
 * host_recorder: a process with a recorder as a server makes it, for the shell
 * tests of the commands that read it.
 *
 * Usage: host_recorder DIR LOG [NAME=NUMBER | PAGE@SECONDS]...  Numbers of the
 * header, and requests in flight of that age.  Prints `ready`, then does what
 * the lines of stdin say, and ends with them: `grow BYTES`,
 * `spend MILLISECONDS` of CPU time, `pause?`, `reopen?`.
 */

#include "live/recording.h"

#include <sys/mman.h>

static struct recording made;

static const struct number {
	const char *name;
	_Atomic uint64_t *at;
} * numbers(size_t *ret_count)
{
	static struct number all[16];
	struct mp_recorder_counts *c = &made.header->counts;
	struct mp_recorder_cost *cost = &made.header->cost;
	size_t n = 0;

	all[n++] = (struct number){ "logged", &c->logged };
	all[n++] = (struct number){ "dropped", &c->dropped };
	all[n++] = (struct number){ "sampled-out", &c->skipped_sampling };
	all[n++] = (struct number){ "threshold", &c->skipped_threshold };
	all[n++] = (struct number){ "skipped-paused", &c->skipped_paused };
	all[n++] = (struct number){ "cancelled", &c->cancelled };
	all[n++] = (struct number){ "slotless", &c->slotless };
	all[n++] = (struct number){ "cost-requests", &cost->requests };
	all[n++] = (struct number){ "cost-ns", &cost->ns };
	all[n++] = (struct number){ "writer-ns", &cost->writer_ns };
	all[n++] =
		(struct number){ "abandoned", &made.header->overlap.abandoned };
	*ret_count = n;
	return all;
}

static void set(const char *text, size_t name_len, uint64_t v)
{
	size_t count;
	const struct number *all = numbers(&count);

	for (size_t i = 0; i < count; i++)
		if (strlen(all[i].name) == name_len &&
		    !memcmp(all[i].name, text, name_len)) {
			atomic_store(all[i].at, v);
			return;
		}
	if (!strncmp(text, "begun", name_len))
		atomic_fetch_add(&made.header->overlap.word, v << 32);
	else if (!strncmp(text, "async", name_len))
		made.header->async = 1;
	else if (!strncmp(text, "version", name_len))
		made.header->version = (uint32_t)v;
	else if (!strncmp(text, "slots", name_len))
		made.header->slot_count = (uint32_t)v;
	else
		abort();
}

static void put(const char *text, unsigned *slot)
{
	const char *equals = strchr(text, '='), *at = strrchr(text, '@');
	char page[MP_ESCAPE_MAX + 1];

	if (equals) {
		set(text, (size_t)(equals - text),
		    strtoull(equals + 1, NULL, 10));
		return;
	}
	if (!at)
		abort();
	snprintf(page, sizeof(page), "%.*s", (int)(at - text), text);
	recording_begin(&made, (*slot)++, page,
			(int64_t)(strtod(at + 1, NULL) * 1e9));
}

static void grow(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	memset(p, 1, bytes);
}

static void spend(long ms)
{
	clock_t until = clock() + ms * (CLOCKS_PER_SEC / 1000);

	while (clock() < until)
		;
}

static void answer(const char *line, const struct mp_recorder *file)
{
	if (!strncmp(line, "grow ", 5))
		grow(strtoul(line + 5, NULL, 10));
	else if (!strncmp(line, "spend ", 6))
		spend(strtol(line + 6, NULL, 10));
	else if (!strncmp(line, "pause?", 6))
		printf("pause %u uid %u pid %d config %u\n",
		       atomic_load(&file->pause.on),
		       atomic_load(&file->pause.uid),
		       atomic_load(&file->pause.pid),
		       atomic_load(&file->pause.by_config));
	else if (!strncmp(line, "reopen?", 7))
		printf("reopen %u\n", atomic_load(&file->reopen));
	printf("done\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char path[PATH_MAX], line[256];
	struct mp_recorder *file;
	unsigned slot = 0;
	int fd;

	if (argc < 3)
		return 2;
	made = recording_new(argv[2], argv[2]);
	for (int i = 3; i < argc; i++)
		put(argv[i], &slot);
	fd = recording_write(&made, argv[1], true, path, sizeof(path));
	file = mmap(NULL, made.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		return 1;
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		answer(line, file);
	unlink(path);
	return 0;
}
