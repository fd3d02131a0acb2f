#include "profile/objects.h"

#include "core/escape.h"
#include "profile/format.h"
#include "profile/loader.h"
#include "profile/mapped.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

/* Bytes of all lines; what is not used is not touched. */
#define TEXT_SIZE (size_t)(2 << 20)

/* Of a path that is nothing but what must be encoded. */
#define PATH_TEXT_MAX (3 * PATH_MAX)

/* A line: a word, three addresses, a build id, a path, and what is between. */
#define BUILD_ID_MAX 64
#define LONGEST_LINE (64 + 3 * 16 + 2 * BUILD_ID_MAX + PATH_TEXT_MAX)

#define SPINS 100

struct object {
	uintptr_t start, end;
	uint32_t line, len; /* in `text` */
};

/* Nobody changes a list that was handed out. */
struct mp_objects {
	_Atomic uint32_t users; /* with `current` as one of them */
	uint64_t adds, subs;	/* the linker's, when it was made */
	size_t count;
	size_t used; /* of `text` */
	struct mp_text exe;
	char path[PATH_MAX];		       /* hosts' stacks may be small */
	struct object objects[MP_OBJECTS_MAX]; /* by rising address */
	char text[TEXT_SIZE];
};

/* `locked` guards `current`. */
static struct mp_objects *current;
static _Atomic uint32_t locked;

/* ---- text ---- */

static void put_text(struct mp_objects *o, const char *s, size_t len)
{
	memcpy(o->text + o->used, s, len);
	o->used += len;
}

static void put_hex(struct mp_objects *o, uintptr_t v)
{
	char digits[16], *p = digits + sizeof(digits);

	do
		*--p = "0123456789abcdef"[v & 15];
	while (v >>= 4);
	put_text(o, p, (size_t)(digits + sizeof(digits) - p));
}

static void put_tab(struct mp_objects *o)
{
	put_text(o, "\t", 1);
}

static struct mp_text put_path(struct mp_objects *o, const char *path)
{
	struct mp_text ret = { o->text + o->used, 0 };

	ret.len = mp_escape_text(*path ? path : MP_FORMAT_NONE, PATH_TEXT_MAX,
				 o->text + o->used);
	o->used += ret.len;
	return ret;
}

static void put_build_id(struct mp_objects *o, const unsigned char *id,
			 size_t len)
{
	if (!len)
		put_text(o, MP_FORMAT_NONE, 1);
	for (size_t i = 0; i < len; i++) {
		char two[] = { "0123456789abcdef"[id[i] >> 4],
			       "0123456789abcdef"[id[i] & 15] };

		put_text(o, two, sizeof(two));
	}
}

/* ---- what the linker tells ---- */

/* Whether a segment with these rights holds all of this range. */
static bool is_within(const struct dl_phdr_info *info, uint64_t vaddr,
		      uint64_t size, uint32_t rights)
{
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && (p->p_flags & rights) == rights &&
		    vaddr >= p->p_vaddr && vaddr - p->p_vaddr <= p->p_memsz &&
		    size <= p->p_memsz - (vaddr - p->p_vaddr))
			return true;
	}
	return false;
}

static size_t padded(size_t size, size_t align)
{
	return (size + align - 1) & ~(align - 1);
}

/* The build id among the notes at `p`, or 0 bytes. */
static size_t find_in_notes(const unsigned char *p, size_t left, size_t align,
			    const unsigned char **ret)
{
	while (left >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) n;
		size_t name, desc;

		memcpy(&n, p, sizeof(n));
		name = sizeof(n);
		if (n.n_namesz > left || n.n_descsz > left)
			return 0;
		desc = padded(name + n.n_namesz, align);
		if (desc > left || n.n_descsz > left - desc)
			return 0;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == 4 &&
		    !memcmp(p + name, "GNU", 4)) {
			*ret = p + desc;
			return n.n_descsz <= BUILD_ID_MAX ? n.n_descsz : 0;
		}
		desc += padded(n.n_descsz, align);
		if (desc > left)
			return 0;
		p += desc;
		left -= desc;
	}
	return 0;
}

static size_t find_build_id(const struct dl_phdr_info *info,
			    const unsigned char **ret)
{
	size_t len = 0;

	for (size_t i = 0; !len && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_NOTE &&
		    is_within(info, p->p_vaddr, p->p_memsz, PF_R))
			len = find_in_notes(
				(const unsigned char *)info->dlpi_addr +
					p->p_vaddr,
				p->p_memsz, p->p_align == 8 ? 8 : 4, ret);
	}
	return len;
}

static void read_exe(char ret[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 1);

	ret[n > 0 ? n : 0] = '\0';
}

/* `start` is an address in it. */
static void put_name(struct mp_objects *o, const struct dl_phdr_info *info,
		     uintptr_t start)
{
	if (info->dlpi_addr && info->dlpi_addr == getauxval(AT_SYSINFO_EHDR))
		put_text(o, MP_FORMAT_VDSO, strlen(MP_FORMAT_VDSO));
	else if (!*info->dlpi_name)
		put_text(o, o->exe.p, o->exe.len);
	else if (*info->dlpi_name == '/' || mp_mapped_path(start, o->path))
		put_path(o, info->dlpi_name);
	else
		put_path(o, o->path);
}

static void add(struct mp_objects *o, const struct dl_phdr_info *info,
		const ElfW(Phdr) * segment)
{
	uintptr_t start = info->dlpi_addr + segment->p_vaddr;
	const unsigned char *id = NULL;
	size_t id_len = find_build_id(info, &id);
	size_t at = o->count, line = o->used;

	if (at == MP_OBJECTS_MAX || TEXT_SIZE - line < LONGEST_LINE)
		return;
	put_text(o, MP_FORMAT_OBJECT "\t", strlen(MP_FORMAT_OBJECT "\t"));
	put_hex(o, start);
	put_tab(o);
	put_hex(o, start + segment->p_memsz);
	put_tab(o);
	put_hex(o, info->dlpi_addr);
	put_tab(o);
	put_build_id(o, id, id_len);
	put_tab(o);
	put_name(o, info, start);
	put_text(o, "\n", 1);

	/* The linker tells them in no order. */
	for (; at > 0 && o->objects[at - 1].start > start; at--)
		o->objects[at] = o->objects[at - 1];
	o->objects[at] = (struct object){
		.start = start,
		.end = start + segment->p_memsz,
		.line = (uint32_t)line,
		.len = (uint32_t)(o->used - line),
	};
	o->count++;
}

static int add_all(struct dl_phdr_info *info, size_t size, void *to)
{
	struct mp_objects *o = to;

	(void)size;
	o->adds = info->dlpi_adds;
	o->subs = info->dlpi_subs;
	for (size_t i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD &&
		    info->dlpi_phdr[i].p_flags & PF_X)
			add(o, info, &info->dlpi_phdr[i]);
	return 0;
}

struct changes {
	uint64_t adds, subs;
};

static int read_changes(struct dl_phdr_info *info, size_t size, void *ret)
{
	(void)size;
	*(struct changes *)ret =
		(struct changes){ info->dlpi_adds, info->dlpi_subs };
	return 1;
}

/* ---- lists ---- */

static struct mp_objects *make(void)
{
	struct mp_objects *o =
		mmap(NULL, sizeof(*o), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (o == MAP_FAILED)
		return NULL;
	atomic_store(&o->users, 1);
	read_exe(o->path);
	o->exe = put_path(o, o->path);
	mp_loader_iterate(add_all, o);
	return o;
}

/* False where another thread has it for longer than a moment: it is making a
   list, or does not run, or was left behind when this process was forked. */
static bool lock(void)
{
	for (int i = 0; i < SPINS; i++)
		if (!atomic_load_explicit(&locked, memory_order_relaxed) &&
		    !atomic_exchange_explicit(&locked, 1, memory_order_acquire))
			return true;
	return false;
}

struct mp_objects *mp_objects_get(void)
{
	struct mp_objects *o, *old = NULL;
	struct changes now = { 0, 0 };

	mp_loader_iterate(read_changes, &now);
	if (!lock())
		return make();
	o = current;
	if (!o || o->adds != now.adds || o->subs != now.subs) {
		old = o;
		o = make();
		current = o;
	}
	if (o)
		atomic_fetch_add(&o->users, 1);
	atomic_store_explicit(&locked, 0, memory_order_release);
	mp_objects_put(old);
	return o;
}

void mp_objects_put(struct mp_objects *o)
{
	if (o && atomic_fetch_sub(&o->users, 1) == 1)
		munmap(o, sizeof(*o));
}

size_t mp_objects_find(const struct mp_objects *o, uintptr_t pc)
{
	size_t low = 0, high = o->count;

	/* The last one that begins at or below `pc`. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (o->objects[middle].start <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low && pc < o->objects[low - 1].end ? low - 1 : MP_OBJECTS_MAX;
}

struct mp_text mp_objects_line(const struct mp_objects *o, size_t object)
{
	const struct object *at = &o->objects[object];

	return (struct mp_text){ o->text + at->line, at->len };
}

struct mp_text mp_objects_exe(const struct mp_objects *o)
{
	return o->exe;
}
