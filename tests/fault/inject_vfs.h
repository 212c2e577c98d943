/*
 * Faults in what SQLite does with files: a VFS that asks fault_here and then calls the one below, the pretend disks of
 * tests/sim/disk.h. And the beginning of it all, fault_setup.
 */
#ifndef TESTS_FAULT_INJECT_VFS_H
#define TESTS_FAULT_INJECT_VFS_H

#include "fault/inject.h"

/* ---- what SQLite does with files ----------------------------------------------------------------------------------------- */

static sqlite3_vfs *under;		/* the pretend disks */

struct shim {
	sqlite3_file base;
	sqlite3_file *real;		/* right behind this struct */
};

static inline sqlite3_file *
real_of(sqlite3_file *f)
{
	return ((struct shim *)f)->real;
}

static int store_errno;			/* what SQLite is told of the last failure */

static bool
store_fails(const char *name, bool needs_space)
{
	store_errno = 0;
	if ((fault.full && !needs_space) || !fault_here(FAULT_STORE, name))
		return false;
	store_errno = fault.full ? ENOSPC : EIO;
	return true;
}

static int
shim_error(sqlite3_vfs *vfs, int cap, char *out)
{
	(void)vfs;
	if (cap > 0)
		out[0] = '\0';
	return store_errno;
}

/* Call the pretend disk: what it allocates for itself is not under test. */
#define BELOW(call) ({ int below_rc; fault.paused++; below_rc = (call); fault.paused--; below_rc; })

static int
shim_close(sqlite3_file *f)
{
	return BELOW(real_of(f)->pMethods->xClose(real_of(f)));
}

static int
shim_read(sqlite3_file *f, void *out, int len, sqlite3_int64 at)
{
	return store_fails("xRead", false) ? SQLITE_IOERR_READ : BELOW(real_of(f)->pMethods->xRead(real_of(f), out, len, at));
}

static int
shim_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 at)
{
	bool fails = store_fails("xWrite", true);
	int rc = BELOW(real_of(f)->pMethods->xWrite(real_of(f), bytes, fails ? len / 2 : len, at));

	return !fails ? rc : fault.full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int
shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return store_fails("xTruncate", false) ? SQLITE_IOERR_TRUNCATE :
	    BELOW(real_of(f)->pMethods->xTruncate(real_of(f), size));
}

/* What was written and not synced is lost when the power goes: nothing of it is written here. */
static int
shim_sync(sqlite3_file *f, int flags)
{
	return store_fails("xSync", false) ? SQLITE_IOERR_FSYNC : BELOW(real_of(f)->pMethods->xSync(real_of(f), flags));
}

static int
shim_size(sqlite3_file *f, sqlite3_int64 *out)
{
	return store_fails("xFileSize", false) ? SQLITE_IOERR_FSTAT : BELOW(real_of(f)->pMethods->xFileSize(real_of(f), out));
}

static int
shim_lock(sqlite3_file *f, int level)
{
	return store_fails("xLock", false) ? SQLITE_IOERR_LOCK : BELOW(real_of(f)->pMethods->xLock(real_of(f), level));
}

static int
shim_unlock(sqlite3_file *f, int level)
{
	return BELOW(real_of(f)->pMethods->xUnlock(real_of(f), level));
}

static int
shim_reserved(sqlite3_file *f, int *out)
{
	return BELOW(real_of(f)->pMethods->xCheckReservedLock(real_of(f), out));
}

static int
shim_control(sqlite3_file *f, int op, void *arg)
{
	return BELOW(real_of(f)->pMethods->xFileControl(real_of(f), op, arg));
}

static int
shim_sector(sqlite3_file *f)
{
	return BELOW(real_of(f)->pMethods->xSectorSize(real_of(f)));
}

static int
shim_characteristics(sqlite3_file *f)
{
	return BELOW(real_of(f)->pMethods->xDeviceCharacteristics(real_of(f)));
}

static int
shim_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
	*out = NULL;
	return store_fails("xShmMap", false) ? SQLITE_IOERR_SHMMAP :
	    BELOW(real_of(f)->pMethods->xShmMap(real_of(f), region, size, extend, out));
}

static int
shim_shm_lock(sqlite3_file *f, int first, int count, int flags)
{
	bool taking = (flags & SQLITE_SHM_UNLOCK) == 0;

	return taking && store_fails("xShmLock", false) ? SQLITE_IOERR_SHMLOCK :
	    BELOW(real_of(f)->pMethods->xShmLock(real_of(f), first, count, flags));
}

static void
shim_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int
shim_shm_unmap(sqlite3_file *f, int delete)
{
	return BELOW(real_of(f)->pMethods->xShmUnmap(real_of(f), delete));
}

static const sqlite3_io_methods shim_methods = {
	2, shim_close, shim_read, shim_write, shim_truncate, shim_sync, shim_size, shim_lock, shim_unlock, shim_reserved,
	shim_control, shim_sector, shim_characteristics, shim_shm_map, shim_shm_lock, shim_shm_barrier, shim_shm_unmap, NULL, NULL
};

static int
shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	struct shim *s = (struct shim *)file;
	int rc;

	(void)vfs;
	memset(s, 0, sizeof *s);
	s->real = (sqlite3_file *)(s + 1);
	if (store_fails("xOpen", (flags & SQLITE_OPEN_CREATE) != 0))
		return SQLITE_CANTOPEN;
	if ((rc = BELOW(under->xOpen(under, name, s->real, flags, out_flags))) == SQLITE_OK)
		s->base.pMethods = &shim_methods;
	return rc;
}

static int
shim_delete(sqlite3_vfs *vfs, const char *name, int sync_name)
{
	(void)vfs;
	return store_fails("xDelete", false) ? SQLITE_IOERR_DELETE : BELOW(under->xDelete(under, name, sync_name));
}

static int
shim_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	(void)vfs;
	*out = 0;
	return store_fails("xAccess", false) ? SQLITE_IOERR_ACCESS : BELOW(under->xAccess(under, name, flags, out));
}

/* Before anything else that uses SQLite. */
static void
fault_setup(void)
{
	static sqlite3_vfs shim;
	sqlite3_mem_methods counted;

	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory);
	counted = sqlite_memory;
	counted.xMalloc = sqlite_malloc;
	counted.xRealloc = sqlite_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &counted) != SQLITE_OK) {
		printf("Bail out! SQLite is running already\n");
		exit(1);
	}
	disk_register();
	under = sqlite3_vfs_find(NULL);
	shim = *under;
	shim.pNext = NULL;
	shim.zName = "fault";
	shim.szOsFile = (int)sizeof(struct shim) + under->szOsFile;
	shim.xOpen = shim_open;
	shim.xDelete = shim_delete;
	shim.xAccess = shim_access;
	shim.xGetLastError = shim_error;
	sqlite3_vfs_register(&shim, 1);
}

#endif
