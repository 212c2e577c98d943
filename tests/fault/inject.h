/*
 * Faults by counting: everything that can fail asks here first, and the nth that asks fails (and, if wanted, everything after it).
 * A loop over n = 1, 2, ... until nothing was left to fail has then failed everything once.
 *
 * Four kinds of things ask:
 *   FAULT_MEMORY   malloc, calloc, realloc, strdup, sodium_malloc as called by our own objects: the linker sends them here (--wrap)
 *   FAULT_SQLITE   SQLite's own allocations: its allocator is replaced
 *   FAULT_FILES    open, read, write, fsync ... as called by our own objects: --wrap again
 *   FAULT_STORE    what SQLite does with files: a VFS over the pretend disks of tests/sim/disk.h (inject_vfs.h)
 * What other libraries allocate and write for themselves (GnuTLS, libfyaml, libcurl, libmicrohttpd, the C library) is not reached.
 *
 * One thread. Included by programs only, once, after parts.h.
 */
#ifndef TESTS_FAULT_INJECT_H
#define TESTS_FAULT_INJECT_H

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "sim/disk_file.h"

enum fault_what { FAULT_MEMORY = 1, FAULT_SQLITE = 2, FAULT_FILES = 4, FAULT_STORE = 8 };
enum fault_mode { FAULT_ONCE, FAULT_FROM_THEN_ON };

static struct {
	unsigned what;			/* kinds that are counted; 0: none */
	uint64_t at;			/* the one that fails; 0: count only */
	enum fault_mode mode;
	bool full;			/* files: no space is left, rather than an input/output error */
	uint64_t seen, failed;
	int paused;			/* in what is not under test: the other end of a line, the pretend disk itself */
	const char *first;		/* what it was that failed first */
} fault;

static void
fault_arm(unsigned what, uint64_t at, enum fault_mode mode, bool full)
{
	fault.what = what;
	fault.at = at;
	fault.mode = mode;
	fault.full = full;
	fault.seen = fault.failed = 0;
	fault.first = NULL;
}

/* Nothing fails any more. fault.seen and fault.failed stay. */
static void
fault_disarm(void)
{
	fault.what = 0;
}

static bool
fault_here(enum fault_what what, const char *name)
{
	if ((fault.what & what) == 0 || fault.paused > 0)
		return false;
	fault.seen++;
	if (fault.at == 0 || (fault.mode == FAULT_ONCE ? fault.seen != fault.at : fault.seen < fault.at))
		return false;
	if (fault.failed++ == 0)
		fault.first = name;
	return true;
}

/* ---- memory ------------------------------------------------------------------------------------------------------------- */

/* The linker's names for the functions themselves and for these in their place. */
#define WRAP(type, name, args) type __real_##name args; type __wrap_##name args; type __wrap_##name args

WRAP(void *, malloc, (size_t size))
{
	return fault_here(FAULT_MEMORY, "malloc") ? NULL : __real_malloc(size);
}

WRAP(void *, calloc, (size_t count, size_t size))
{
	return fault_here(FAULT_MEMORY, "calloc") ? NULL : __real_calloc(count, size);
}

WRAP(void *, realloc, (void *p, size_t size))
{
	return fault_here(FAULT_MEMORY, "realloc") ? NULL : __real_realloc(p, size);
}

WRAP(char *, strdup, (const char *s))
{
	return fault_here(FAULT_MEMORY, "strdup") ? NULL : __real_strdup(s);
}

WRAP(void *, sodium_malloc, (size_t size))
{
	return fault_here(FAULT_MEMORY, "sodium_malloc") ? NULL : __real_sodium_malloc(size);
}

static sqlite3_mem_methods sqlite_memory;	/* SQLite's own */

static void *
sqlite_malloc(int size)
{
	return fault_here(FAULT_SQLITE, "SQLite's malloc") ? NULL : sqlite_memory.xMalloc(size);
}

static void *
sqlite_realloc(void *p, int size)
{
	return fault_here(FAULT_SQLITE, "SQLite's realloc") ? NULL : sqlite_memory.xRealloc(p, size);
}

/* ---- files of our own ---------------------------------------------------------------------------------------------------- */

static bool
file_fails(const char *name, bool needs_space)
{
	if ((fault.full && !needs_space) || !fault_here(FAULT_FILES, name))
		return false;
	errno = fault.full ? ENOSPC : EIO;
	return true;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return file_fails("open", (flags & O_CREAT) != 0) ? -1 : __real_open(path, flags, mode);
}

WRAP(ssize_t, read, (int fd, void *out, size_t len))
{
	return file_fails("read", false) ? -1 : __real_read(fd, out, len);
}

/* Half of it is written, the rest is not: a disk does not fail between calls. */
WRAP(ssize_t, write, (int fd, const void *bytes, size_t len))
{
	if (!file_fails("write", true))
		return __real_write(fd, bytes, len);
	if (len > 1 && __real_write(fd, bytes, len / 2) < 0)
		return -1;
	errno = fault.full ? ENOSPC : EIO;
	return -1;
}

WRAP(ssize_t, pwrite, (int fd, const void *bytes, size_t len, off_t at))
{
	return file_fails("pwrite", true) ? -1 : __real_pwrite(fd, bytes, len, at);
}

WRAP(int, fsync, (int fd))
{
	return file_fails("fsync", true) ? -1 : __real_fsync(fd);
}

/* The descriptor is closed in any case, as on Linux. */
WRAP(int, close, (int fd))
{
	int rc = __real_close(fd);

	return file_fails("close", true) ? -1 : rc;
}

WRAP(int, ftruncate, (int fd, off_t len))
{
	return file_fails("ftruncate", false) ? -1 : __real_ftruncate(fd, len);
}

WRAP(int, mkdir, (const char *path, mode_t mode))
{
	return file_fails("mkdir", true) ? -1 : __real_mkdir(path, mode);
}

WRAP(int, rename, (const char *from, const char *to))
{
	return file_fails("rename", true) ? -1 : __real_rename(from, to);
}

/* On a pretend disk the copy of a store has only its name in the real folder: what is in it gets the other name too. */
WRAP(int, link, (const char *from, const char *to))
{
	struct disk *d = disk_of(from);
	struct disk_file *f = d == NULL ? NULL : disk_find(d, from);
	int rc = file_fails("link", true) ? -1 : __real_link(from, to);

	if (rc == 0 && f != NULL && strlen(to) < sizeof f->name)
		memcpy(f->name, to, strlen(to) + 1);
	return rc;
}

/* Does not fail; a file of a pretend disk goes with its name. */
WRAP(int, unlink, (const char *path))
{
	struct disk *d = disk_of(path);

	if (d != NULL && disk_find(d, path) != NULL)
		(void)disk_unlink(d, path);
	return __real_unlink(path);
}

#endif
