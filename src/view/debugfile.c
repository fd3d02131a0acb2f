#include "view/debugfile.h"

#include "profile/format.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nothing but a file: to open a pipe would wait. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -ENOEXEC;
}

/* Its path where distributions keep it: `.build-id/12/3456.debug`. */
static int open_by_build_id(const char *build_id)
{
	char path[PATH_MAX];
	int n;

	if (strlen(build_id) < 4)
		return -ENOENT;
	n = snprintf(path, sizeof(path),
		     "/usr/lib/debug/.build-id/%.2s/%s.debug", build_id,
		     build_id + 2);
	return n < (int)sizeof(path) ? open_file(path) : -ENAMETOOLONG;
}

/*
 * The kernel's own object has no file, but all of it, headers of sections
 * last, is in the memory of each process: so in this one's.  As a file, for
 * whoever takes files.
 */
static int open_vdso(void)
{
	const ElfW(Ehdr) *h = (const ElfW(Ehdr) *)getauxval(AT_SYSINFO_EHDR);
	size_t size;
	ssize_t n;
	int fd;

	if (!h)
		return -ENOENT;
	size = h->e_shoff + (size_t)h->e_shnum * h->e_shentsize;
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* What is not there is the kernel's to find out. */
	n = write(fd, h, size);
	if (n == (ssize_t)size)
		return fd;
	close(fd);
	return -ENOEXEC;
}

static int open_either(const char *path, const char *build_id)
{
	int fd, other;

	if (!strcmp(path, MP_FORMAT_VDSO))
		return open_vdso();
	fd = open_file(path);
	if (fd >= 0)
		return fd;
	other = open_by_build_id(build_id);
	return other < 0 ? fd : other;
}

static bool has_build_id(Dwfl_Module *module, const char *want)
{
	const unsigned char *bits;
	GElf_Addr address;
	int len = dwfl_module_build_id(module, &bits, &address);
	char digits[3];

	/* One that was not written down is none that could be told apart. */
	if (len < 0 || strlen(want) != 2 * (size_t)len)
		return false;
	for (int i = 0; i < len; i++) {
		snprintf(digits, sizeof(digits), "%02x", bits[i]);
		if (memcmp(digits, want + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

/* Addresses stay those of the file: its base is 0. */
static int report(struct mp_debugfile *f, const char *path, int fd)
{
	static char *debug_path; /* null: the usual folders */
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.debuginfo_path = &debug_path,
	};

	/* libdw would ask the servers that this names. */
	unsetenv("DEBUGINFOD_URLS");
	f->dwfl = dwfl_begin(&callbacks);
	if (!f->dwfl) {
		close(fd);
		return -ENOMEM;
	}
	dwfl_report_begin(f->dwfl);
	f->module = dwfl_report_elf(f->dwfl, path, path, fd, 0, true);
	if (!f->module)
		close(fd);
	dwfl_report_end(f->dwfl, NULL, NULL);
	return f->module ? 0 : -ENOEXEC;
}

int mp_debugfile_open(const char *path, const char *build_id,
		      struct mp_debugfile *ret)
{
	struct mp_debugfile f = { 0 };
	int fd = open_either(path, build_id), err;

	if (fd < 0)
		return fd;
	err = report(&f, path, fd);
	if (!err && !has_build_id(f.module, build_id))
		err = -ESTALE;
	if (err)
		mp_debugfile_close(&f);
	else
		*ret = f;
	return err;
}

void mp_debugfile_close(struct mp_debugfile *f)
{
	if (f->dwfl)
		dwfl_end(f->dwfl);
	*f = (struct mp_debugfile){ 0 };
}
