/* What disk.c (disks, crashes) and disk_vfs.c (SQLite's view of them) share. */
#ifndef TESTS_SIM_DISK_FILE_H
#define TESTS_SIM_DISK_FILE_H

#include <sqlite3.h>

#include "sim/disk.h"

#define SECTOR 512u
#define DISK_NAME_MAX 512
#define SHM_REGION 32768		/* as SQLite asks for */
#define SHM_REGIONS 64

struct bytes {
	uint8_t *p;
	size_t len, cap;
};

struct handle;

struct shared {				/* wal-index: shared memory and its locks; gone when the process is */
	uint8_t *region[SHM_REGIONS];
	int readers[SQLITE_SHM_NLOCK];
	bool writer[SQLITE_SHM_NLOCK];
};

struct disk_file {
	struct disk_file *next;
	struct disk *disk;
	char name[DISK_NAME_MAX];
	struct bytes now, kept;		/* as written; as it would be after a loss of power */
	uint8_t *dirty;			/* a bit a sector: written since the last sync */
	size_t dirty_cap;
	bool named;			/* it has not been deleted */
	int open;			/* handles */
	int readers;			/* handles with SHARED or more */
	struct handle *reserved;	/* the one with RESERVED or more */
	bool pending;
	struct shared shm;
};

struct disk {
	struct disk *next;
	char root[DISK_NAME_MAX];
	struct disk_file *files;
	struct disk_habits habits;
	struct dice dice;
	uint64_t ops, crash_at, torn;
	bool crashed;
};

struct handle {				/* what SQLite calls an open file */
	sqlite3_file base;
	struct disk_file *f;
	int level;			/* SQLITE_LOCK_ */
	uint16_t shm_shared, shm_exclusive;
};

struct disk *disk_of(const char *path);
struct disk_file *disk_find(struct disk *d, const char *path);
struct disk_file *disk_make(struct disk *d, const char *path);
bool bytes_size(struct bytes *b, size_t len);		/* grows with zeros */

/* One operation that changes something: false when the disk has crashed or does so now. */
bool disk_op(struct disk *d);
/* These return a code of SQLite. */
int disk_write(struct disk_file *f, const void *bytes, size_t len, uint64_t offset);
int disk_truncate(struct disk_file *f, uint64_t len);
int disk_sync(struct disk_file *f);
int disk_unlink(struct disk *d, const char *path);
void shm_forget(struct disk_file *f);

#endif
