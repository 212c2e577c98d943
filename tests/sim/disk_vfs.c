/*
 * SQLite's view of the pretend disks: a VFS over the files of disk.c. Locks are those of one process: between its handles (rollback
 * locks of a file, and the wal-index's slots). The rules are SQLite's: "sqlite3_io_methods" and "sqlite3_vfs" in its documentation.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/disk_file.h"

static sqlite3_vfs *real_vfs;		/* for paths only */
static const struct clock *env_clock = &clock_system;
static struct dice *env_dice;

static inline struct handle *
handle_of(sqlite3_file *f)
{
	return (struct handle *)f;
}

/* ---- bytes ---- */

static int
vfs_read(sqlite3_file *file, void *out, int amount, sqlite3_int64 offset)
{
	const struct disk_file *f = handle_of(file)->f;
	size_t at = (size_t)offset, want = (size_t)amount, have;

	if (f->disk->crashed)
		return SQLITE_IOERR_READ;
	have = at >= f->now.len ? 0 : f->now.len - at < want ? f->now.len - at : want;
	if (have > 0)
		memcpy(out, f->now.p + at, have);
	memset((char *)out + have, 0, want - have);
	return have == want ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
vfs_write(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 offset)
{
	return disk_write(handle_of(file)->f, bytes, (size_t)amount, (uint64_t)offset);
}

static int
vfs_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return disk_truncate(handle_of(file)->f, (uint64_t)size);
}

static int
vfs_sync(sqlite3_file *file, int flags)
{
	(void)flags;
	return disk_sync(handle_of(file)->f);
}

static int
vfs_size(sqlite3_file *file, sqlite3_int64 *size)
{
	const struct disk_file *f = handle_of(file)->f;

	*size = (sqlite3_int64)f->now.len;
	return f->disk->crashed ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

/* ---- locks of a file: SHARED, RESERVED, EXCLUSIVE (PENDING on the way) ---- */

static int
vfs_lock(sqlite3_file *file, int level)
{
	struct handle *h = handle_of(file);
	struct disk_file *f = h->f;
	bool others = f->readers > (h->level >= SQLITE_LOCK_SHARED);

	if (f->disk->crashed)
		return SQLITE_IOERR_LOCK;
	if (level <= h->level)
		return SQLITE_OK;
	if (level == SQLITE_LOCK_SHARED) {
		if (f->pending)
			return SQLITE_BUSY;
		f->readers++;
	} else if (f->reserved != NULL && f->reserved != h) {
		return SQLITE_BUSY;
	} else {
		f->reserved = h;
		f->pending = level == SQLITE_LOCK_EXCLUSIVE;
		if (level == SQLITE_LOCK_EXCLUSIVE && others) {
			h->level = SQLITE_LOCK_PENDING;
			return SQLITE_BUSY;
		}
	}
	h->level = level;
	return SQLITE_OK;
}

static int
vfs_unlock(sqlite3_file *file, int level)
{
	struct handle *h = handle_of(file);
	struct disk_file *f = h->f;

	if (h->level <= level)
		return SQLITE_OK;
	if (f->reserved == h) {
		f->reserved = NULL;
		f->pending = false;
	}
	if (level == SQLITE_LOCK_NONE)
		f->readers--;
	h->level = level;
	return SQLITE_OK;
}

static int
vfs_reserved(sqlite3_file *file, int *out)
{
	*out = handle_of(file)->f->reserved != NULL;
	return SQLITE_OK;
}

/* ---- the wal-index ---- */

static int
vfs_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
	struct disk_file *f = handle_of(file)->f;

	*out = NULL;
	if (f->disk->crashed)
		return SQLITE_IOERR_SHMMAP;
	assert(size == SHM_REGION);
	if (region >= SHM_REGIONS)
		return SQLITE_IOERR_SHMSIZE;
	if (f->shm.region[region] == NULL && extend != 0 && (f->shm.region[region] = calloc(1, SHM_REGION)) == NULL)
		return SQLITE_IOERR_NOMEM;
	*out = f->shm.region[region];
	return SQLITE_OK;
}

static void
shm_unlock(struct handle *h, int slot)
{
	uint16_t bit = (uint16_t)(1u << slot);

	if (h->shm_exclusive & bit)
		h->f->shm.writer[slot] = false;
	if (h->shm_shared & bit)
		h->f->shm.readers[slot]--;
	h->shm_exclusive &= (uint16_t)~bit;
	h->shm_shared &= (uint16_t)~bit;
}

static bool
shm_free(const struct handle *h, int slot, bool shared)
{
	const struct shared *x = &h->f->shm;
	int mine = (h->shm_shared >> slot) & 1;

	return !x->writer[slot] && (shared || x->readers[slot] == mine);
}

static int
vfs_shm_lock(sqlite3_file *file, int first, int count, int flags)
{
	struct handle *h = handle_of(file);
	bool shared = (flags & SQLITE_SHM_SHARED) != 0;

	if (flags & SQLITE_SHM_UNLOCK) {
		for (int i = first; i < first + count; i++)
			shm_unlock(h, i);
		return SQLITE_OK;
	}
	if (h->f->disk->crashed)
		return SQLITE_IOERR_SHMLOCK;
	for (int i = first; i < first + count; i++)
		if (!(h->shm_exclusive >> i & 1) && !shm_free(h, i, shared))
			return SQLITE_BUSY;
	for (int i = first; i < first + count; i++) {
		uint16_t bit = (uint16_t)(1u << i);

		if (shared && !(h->shm_shared & bit)) {
			h->shm_shared |= bit;
			h->f->shm.readers[i]++;
		} else if (!shared) {
			h->shm_exclusive |= bit;
			h->f->shm.writer[i] = true;
		}
	}
	return SQLITE_OK;
}

static void
vfs_shm_barrier(sqlite3_file *file)
{
	(void)file;			/* one thread */
}

static int
vfs_shm_unmap(sqlite3_file *file, int remove)
{
	struct handle *h = handle_of(file);

	for (int i = 0; i < SQLITE_SHM_NLOCK; i++)
		shm_unlock(h, i);
	if (remove)
		shm_forget(h->f);
	return SQLITE_OK;
}

/* ---- files ---- */

static int
vfs_close(sqlite3_file *file)
{
	struct handle *h = handle_of(file);

	vfs_shm_unmap(file, 0);
	vfs_unlock(file, SQLITE_LOCK_NONE);
	h->f->open--;
	h->base.pMethods = NULL;
	return SQLITE_OK;
}

static int
vfs_control(sqlite3_file *file, int op, void *arg)
{
	(void)file, (void)op, (void)arg;
	return SQLITE_NOTFOUND;
}

static int
vfs_sector(sqlite3_file *file)
{
	(void)file;
	return 4096;
}

/* A write harms no byte outside it, which is what SQLite assumes of the real disks too (its default). */
static int
vfs_characteristics(sqlite3_file *file)
{
	(void)file;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
	2, vfs_close, vfs_read, vfs_write, vfs_truncate, vfs_sync, vfs_size, vfs_lock, vfs_unlock, vfs_reserved, vfs_control,
	vfs_sector, vfs_characteristics, vfs_shm_map, vfs_shm_lock, vfs_shm_barrier, vfs_shm_unmap, NULL, NULL
};

/* The store makes its main file itself, empty, before SQLite opens it: so a main file that is not there yet is made here. */
static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	struct handle *h = handle_of(file);
	struct disk *d = name == NULL ? NULL : disk_of(name);
	struct disk_file *f;

	(void)vfs;
	memset(h, 0, sizeof *h);
	if (d == NULL || d->crashed)
		return SQLITE_CANTOPEN;
	f = disk_find(d, name);
	if ((f == NULL || !f->named) && !(flags & (SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB)))
		return SQLITE_CANTOPEN;
	if (f == NULL && (f = disk_make(d, name)) == NULL)
		return SQLITE_IOERR_NOMEM;
	f->named = true;
	f->open++;
	h->f = f;
	h->base.pMethods = &methods;
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_name)
{
	struct disk *d = disk_of(name);

	(void)vfs, (void)sync_name;
	return d == NULL ? SQLITE_IOERR_DELETE_NOENT : disk_unlink(d, name);
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	struct disk *d = disk_of(name);
	const struct disk_file *f = d == NULL ? NULL : disk_find(d, name);

	(void)vfs;
	*out = f != NULL && f->named && (flags != SQLITE_ACCESS_EXISTS || f->now.len > 0);	/* as SQLite's own on Unix */
	return d != NULL && d->crashed ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int
vfs_full_path(sqlite3_vfs *vfs, const char *name, int cap, char *out)
{
	(void)vfs;
	if (name[0] == '/' && strlen(name) < (size_t)cap) {
		memcpy(out, name, strlen(name) + 1);
		return SQLITE_OK;
	}
	return real_vfs->xFullPathname(real_vfs, name, cap, out);
}

/* ---- the machine ---- */

static int
vfs_random(sqlite3_vfs *vfs, int len, char *out)
{
	(void)vfs;
	memset(out, 0, (size_t)len);
	if (env_dice != NULL)
		dice_fill(env_dice, out, (size_t)len);
	return len;
}

static int
vfs_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;			/* who waits for a lock in one thread waits in vain: let it find out at once */
	return us;
}

#define JULIAN_1970_MS INT64_C(210866760000000)

static int
vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	(void)vfs;
	*out = clock_now_ms(env_clock) + JULIAN_1970_MS;
	return SQLITE_OK;
}

static int
vfs_time(sqlite3_vfs *vfs, double *out)
{
	sqlite3_int64 ms;

	vfs_time64(vfs, &ms);
	*out = (double)ms / 86400000.0;
	return SQLITE_OK;
}

static int
vfs_error(sqlite3_vfs *vfs, int cap, char *out)
{
	(void)vfs;
	if (cap > 0)
		out[0] = '\0';
	return 0;
}

static sqlite3_vfs sim_vfs = {
	.iVersion = 2, .szOsFile = sizeof(struct handle), .mxPathname = DISK_NAME_MAX - 1, .zName = "sim",
	.xOpen = vfs_open, .xDelete = vfs_delete, .xAccess = vfs_access, .xFullPathname = vfs_full_path,
	.xRandomness = vfs_random, .xSleep = vfs_sleep, .xCurrentTime = vfs_time, .xGetLastError = vfs_error,
	.xCurrentTimeInt64 = vfs_time64
};

void
disk_register(void)
{
	int rc;

	if (real_vfs != NULL)
		return;
	real_vfs = sqlite3_vfs_find(NULL);
	rc = sqlite3_vfs_register(&sim_vfs, 1);
	assert(real_vfs != NULL && rc == SQLITE_OK);
}

void
disk_environment(const struct clock *clock, struct dice *dice)
{
	env_clock = clock;
	env_dice = dice;
	sqlite3_randomness(0, NULL);	/* SQLite draws from xRandomness once, and stretches that */
}
