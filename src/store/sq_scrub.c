/*
 * No stale bytes in pages. SQLite's secure_delete overwrites what is deleted, but when a B-tree page is rebuilt (a
 * split or merge that cannot be edited in place) the cells that moved to another page stay behind in the gap between
 * the cell pointers and the cells; if such a record is deleted later, its copy in the gap is not. Measured with SQLite
 * 3.40.1: after 6,667 of 20,000 payloads in eight interleaved logs were deleted, text of deleted ones stood on 96 pages
 * of the file.
 *
 * So the writer's connections use a VFS that is the system's own but for one thing: a page on its way into the main
 * file (a checkpoint of the write-ahead log, a backup) leaves with zeros in its gap. SQLite never reads those bytes.
 * Together with secure_delete, and with the write-ahead log being emptied after a deletion (sq_tidy), nothing of a
 * deleted row is left in the store's files.
 *
 * Which pages are B-tree pages? Only those begin with one of the four flag bytes: an overflow or freelist page begins
 * with a page number, whose first byte is 0 or 1 as long as the file has less than 2^25 pages (256 GiB). Beyond that
 * nothing is touched.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/sq.h"

#define FILE_HEADER 100			/* bytes before the B-tree header of page 1 */
#define MAX_PAGE 65536
#define MAX_PAGES (INT64_C(1) << 25)

static sqlite3_vfs scrub_vfs, *system_vfs;
static sqlite3_io_methods scrub_methods;
static const sqlite3_io_methods *system_methods;
static pthread_mutex_t setup_mutex = PTHREAD_MUTEX_INITIALIZER;

static uint32_t
u16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/*
 * The gap of the page ${p}: *${from} .. *${to}. False if it is no B-tree page, or none that makes sense. SQLite file
 * format 1.6.
 */
static bool
find_gap(const uint8_t *p, uint32_t size, bool first_page, uint32_t *from, uint32_t *to)
{
	uint32_t head = first_page ? FILE_HEADER : 0, leaf;

	switch (p[head]) {
	case 2: case 5:				/* interior: index, table */
		leaf = 0;
		break;
	case 10: case 13:			/* leaf: index, table */
		leaf = 1;
		break;
	default:
		return false;
	}
	*from = head + (leaf ? 8 : 12) + 2 * u16(p + head + 3);
	*to = u16(p + head + 5);
	if (*to == 0)
		*to = 65536;
	return *from <= *to && *to <= size;
}

static bool
all_zero(const uint8_t *p, uint32_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

static int
scrub_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 offset)
{
	uint32_t from, to, size = (uint32_t)len;
	uint8_t *copy;
	int rc;

	/* A whole page: a power of two, and at a multiple of it. */
	if (len < 512 || len > MAX_PAGE || (size & (size - 1)) != 0 || offset % len != 0 || offset / len >= MAX_PAGES ||
	    !find_gap(bytes, size, offset == 0, &from, &to) || all_zero((const uint8_t *)bytes + from, to - from))
		return system_methods->xWrite(f, bytes, len, offset);
	if ((copy = malloc(size)) == NULL)
		return SQLITE_IOERR_NOMEM;
	memcpy(copy, bytes, size);
	memset(copy + from, 0, to - from);
	rc = system_methods->xWrite(f, copy, len, offset);
	free(copy);
	return rc;
}

/* A main database file gets the methods above; all others (write-ahead log, journal) stay the system's. */
static int
scrub_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	int rc = system_vfs->xOpen(system_vfs, name, f, flags, out_flags);

	(void)vfs;
	if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB))
		return rc;
	pthread_mutex_lock(&setup_mutex);
	if (system_methods == NULL) {
		system_methods = f->pMethods;
		scrub_methods = *system_methods;
		scrub_methods.xWrite = scrub_write;
	}
	pthread_mutex_unlock(&setup_mutex);
	assert(f->pMethods == system_methods);	/* one kind of file system access for all main files */
	f->pMethods = &scrub_methods;
	return SQLITE_OK;
}

const char *
sq_scrub_vfs(void)
{
	const char *name = NULL;

	pthread_mutex_lock(&setup_mutex);
	if (system_vfs == NULL && (system_vfs = sqlite3_vfs_find(NULL)) != NULL) {
		scrub_vfs = *system_vfs;
		scrub_vfs.pNext = NULL;
		scrub_vfs.zName = "diwan-scrub";
		scrub_vfs.xOpen = scrub_open;
		if (sqlite3_vfs_register(&scrub_vfs, 0) != SQLITE_OK)
			system_vfs = NULL;
	}
	if (system_vfs != NULL)
		name = scrub_vfs.zName;
	pthread_mutex_unlock(&setup_mutex);
	return name;
}
