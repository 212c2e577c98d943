/*
 * Files and connections. A store is PATH, PATH-wal and PATH-shm (SQLite's), and PATH.lock, which holds the writer's
 * process number and is never removed (removing a lock file that another process has open would let two hold "the"
 * lock).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sq.h"

static int
sys_fail(struct err *e, const char *doing, const char *path)
{
	int sys = errno;
	int code = sys == ENOSPC || sys == EDQUOT ? ERR_FULL :
	    sys == EACCES || sys == EPERM || sys == EROFS ? ERR_DENIED : ERR_IO;

	return err_set(e, code, "store: cannot %s %s: %s", doing, path, strerror(sys));
}

static int
path_with(char *out, size_t cap, const char *path, const char *suffix, struct err *e)
{
	int n = snprintf(out, cap, "%s%s", path, suffix);

	return n > 0 && (size_t)n < cap ? OK :
	    err_set(e, ERR_LIMIT, "store: the path is longer than %zu bytes", cap - 1);
}

int
sq_sync_folder(const char *path, struct err *e)
{
	char folder[PATH_MAX];
	char *slash;
	int fd, rc = OK;

	if ((rc = path_with(folder, sizeof folder, path, "", e)) != OK)
		return rc;
	if ((slash = strrchr(folder, '/')) == NULL)
		memcpy(folder, ".", 2);
	else
		slash[slash == folder] = '\0';
	if ((fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return sys_fail(e, "open the folder", folder);
	if (fsync(fd) != 0)
		rc = sys_fail(e, "sync the folder", folder);
	close(fd);
	return rc;
}

/* ---- one writer -------------------------------------------------------------------------------------------------- */

static int
take_lock(struct sq_store *s, struct err *e)
{
	char path[PATH_MAX], pid[32];
	ssize_t n;
	int rc;

	if ((rc = path_with(path, sizeof path, s->path, ".lock", e)) != OK)
		return rc;
	if ((s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
		return sys_fail(e, "open", path);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return sys_fail(e, "lock", path);
		n = pread(s->lock_fd, pid, sizeof pid - 1, 0);
		pid[n > 0 ? n : 0] = '\0';
		pid[strspn(pid, "0123456789")] = '\0';
		return err_set(e, ERR_BUSY, "store: %s is held by process %s; stop that one first", s->path,
		    pid[0] == '\0' ? "(unknown)" : pid);
	}
	n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	if (ftruncate(s->lock_fd, 0) != 0 || pwrite(s->lock_fd, pid, (size_t)n, 0) != n)
		return sys_fail(e, "write", path);
	return OK;
}

void
sq_unlock(struct sq_store *s)
{
	if (s->lock_fd >= 0)
		close(s->lock_fd);		/* which also lets go of the lock */
	s->lock_fd = -1;
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

/* "file:PATH?immutable=1", with what a URI would read otherwise in %XX. */
static int
immutable_uri(char *out, size_t cap, const char *path, struct err *e)
{
	struct buf b = { .max_bytes = cap - 1 };
	int rc;

	buf_str(&b, "file:");
	for (; *path != '\0'; path++) {
		if (strchr("%?#", *path) != NULL)
			buf_fmt(&b, "%%%02x", (unsigned char)*path);
		else
			buf_byte(&b, (uint8_t)*path);
	}
	buf_str(&b, "?immutable=1");
	rc = b.failed ? err_set(e, ERR_LIMIT, "store: the path is longer than %zu bytes", cap - 1) : OK;
	if (rc == OK)
		memcpy(out, b.data, b.len + 1);
	buf_free(&b);
	return rc;
}

/*
 * What every connection has: no trust in the schema of a file somebody may have prepared (no functions in views or
 * triggers, which we do not use at all), no strings in double quotes, defensive mode, statements and values of bounded
 * length.
 */
static int
harden(sqlite3 *db, struct err *e)
{
	static const struct { int op, on; } config[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	};

	for (size_t i = 0; i < sizeof config / sizeof config[0]; i++) {
		int now = -1, rc = sqlite3_db_config(db, config[i].op, config[i].on, &now);

		if (rc != SQLITE_OK || now != config[i].on)
			return err_set(e, ERR_IO, "store: this SQLite (%s) lacks the setting %d; version 3.37 or later"
			    " is needed", sqlite3_libversion(), config[i].op);
	}
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 2 * (int)STORE_META_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_extended_result_codes(db, 1);
	return OK;
}

/*
 * synchronous FULL: a commit is on disk when it returns. wal_autocheckpoint 0: moving pages into the main file is
 * sq_tidy's work, not that of whoever happens to commit. journal_size_limit: the log's file gives back what a burst
 * made it grow.
 */
static const char settings[] =
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA mmap_size = 0;"			/* an I/O error is an error code, not a SIGBUS */
    "PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA journal_size_limit = 67108864;"
    "PRAGMA cell_size_check = ON;";

static const char *
cache_setting(int kib)
{
	return kib == SQ_CACHE_WRITER ? "PRAGMA cache_size = -8192" :
	    kib == SQ_CACHE_READER ? "PRAGMA cache_size = -1024" : "PRAGMA cache_size = -256";
}

int
sq_connect(const struct sq_store *s, int flags, int cache_kib, sqlite3 **out, struct err *e)
{
	char uri[2 * PATH_MAX];
	const char *name = s->path, *vfs = s->immutable ? NULL : sq_scrub_vfs();
	int rc;

	*out = NULL;
	if (!s->immutable && vfs == NULL)
		return err_set(e, ERR_NOMEM, "store: SQLite cannot be set up (out of memory)");
	if (s->immutable) {
		if ((rc = immutable_uri(uri, sizeof uri, s->path, e)) != OK)
			return rc;
		name = uri;
		flags |= SQLITE_OPEN_URI;
	}
	rc = sqlite3_open_v2(name, out, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
	if (rc != SQLITE_OK) {
		rc = sq_fail(*out, rc, "open the file", e);
		goto err0;
	}
	sqlite3_busy_timeout(*out, 10000);
	if ((rc = harden(*out, e)) != OK || (rc = sq_exec(*out, settings, e)) != OK ||
	    (rc = sq_exec(*out, cache_setting(cache_kib), e)) != OK)
		goto err0;
	return OK;

err0:
	sqlite3_close(*out);
	*out = NULL;
	return rc;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static int
create_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_CONFLICT, "store: %s exists; open it, or name another file", path);
	if (fd < 0)
		return sys_fail(e, "create", path);
	close(fd);
	return OK;
}

static void
remove_files(const char *path)
{
	char name[PATH_MAX];
	struct err ignore;		/* the path was short enough to be created */

	unlink(path);
	if (path_with(name, sizeof name, path, "-wal", &ignore) == OK)
		unlink(name);
	if (path_with(name, sizeof name, path, "-shm", &ignore) == OK)
		unlink(name);
}

static bool
nothing_in_wal(const char *path)
{
	char name[PATH_MAX];
	struct stat st;
	struct err ignore;

	return path_with(name, sizeof name, path, "-wal", &ignore) == OK && (stat(name, &st) != 0 || st.st_size == 0);
}

/*
 * Reading needs the shared memory file beside the store. Where it is not there and cannot be made (a medium or folder
 * that is read-only), there is no writer either: then, if the main file is all there is, it is read as one that never
 * changes.
 */
static int
connect_readonly(struct sq_store *s, struct err *e)
{
	int64_t version;
	int rc;

	if ((rc = sq_connect(s, SQLITE_OPEN_READONLY, SQ_CACHE_READER, &s->view.conn.db, e)) == OK &&
	    (rc = sq_ask(s->view.conn.db, "PRAGMA user_version", &version, e)) == OK)
		return OK;
	if ((rc != ERR_IO && rc != ERR_DENIED) || access(s->path, R_OK) != 0 || !nothing_in_wal(s->path))
		return rc;
	sqlite3_close(s->view.conn.db);
	s->immutable = true;
	return sq_connect(s, SQLITE_OPEN_READONLY, SQ_CACHE_READER, &s->view.conn.db, e);
}

static int
connect_writer(struct sq_store *s, bool create, struct err *e)
{
	int rc;

	if (!create && access(s->path, F_OK) != 0)
		return sys_fail(e, "open", s->path);
	if ((rc = take_lock(s, e)) != OK || (create && (rc = create_file(s->path, e)) != OK))
		return rc;
	if ((rc = sq_connect(s, SQLITE_OPEN_READWRITE, SQ_CACHE_WRITER, &s->view.conn.db, e)) == OK && create)
		rc = sq_create_schemas(s, e);
	if (rc != OK && create) {
		sq_forget(&s->view.conn);
		sqlite3_close(s->view.conn.db);
		s->view.conn.db = NULL;
		remove_files(s->path);
	}
	return rc;
}

int
sq_open(struct sq_store *s, const char *path, unsigned flags, struct err *e)
{
	bool stale;
	int64_t page;
	int rc;

	s->lock_fd = -1;
	s->base.readonly = (flags & STORE_READONLY) != 0;
	if ((s->path = strdup(path)) == NULL)
		return err_set(e, ERR_NOMEM, "store: out of memory");
	rc = s->base.readonly ? connect_readonly(s, e) : connect_writer(s, (flags & STORE_CREATE) != 0, e);
	if (rc != OK || (rc = sq_check_schemas(s, e)) != OK || (rc = sq_read_stale(s, &stale, e)) != OK ||
	    (rc = sq_ask(s->view.conn.db, "PRAGMA page_size", &page, e)) != OK)
		return rc;
	s->page_bytes = (int)page;
	s->base.view_stale = stale;
	atomic_store(&s->base.stale, stale);
	/* the last run may have ended between a deletion and its tidying */
	atomic_store(&s->erased, !(flags & STORE_CREATE));
	atomic_store(&s->untidy, true);
	return OK;
}
