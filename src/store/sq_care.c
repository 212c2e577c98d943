/*
 * Tidying, self-check, backup: all on connections of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/sq.h"

/* ---- tidy -------------------------------------------------------------------------------------------------------- */

#define TIDY_WAIT_MS 100
#define STEP_PAGES 256

/*
 * A passive checkpoint waits for nobody, and may stop where a reader stands. After a deletion the log itself must be emptied
 * too, which waits for the writer and for readers of old snapshots, for a moment only: if they do not come to an end, the next
 * call tries again.
 */
static int
checkpoint(struct sq_store *s, struct err *e)
{
	bool erased = atomic_exchange(&s->erased, false);
	int in_log = 0, moved = 0;
	int rc = sqlite3_wal_checkpoint_v2(s->tidy_db, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);

	if (rc == SQLITE_OK && erased)
		rc = sqlite3_wal_checkpoint_v2(s->tidy_db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (rc != SQLITE_OK && erased)
		atomic_store(&s->erased, true);
	if (rc != SQLITE_OK || moved < in_log)
		atomic_store(&s->untidy, true);
	if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
		return OK;
	return sq_fail(s->tidy_db, rc, "tidy", e);
}

int
sq_tidy(struct store *s, struct err *e)
{
	struct sq_store *q = sq_of(s);
	int rc = OK;

	pthread_mutex_lock(&q->tidy_mutex);
	if (!atomic_exchange(&q->untidy, false)) {
		pthread_mutex_unlock(&q->tidy_mutex);
		return OK;
	}
	if (q->tidy_db == NULL &&
	    (rc = sq_connect(q, SQLITE_OPEN_READWRITE, SQ_CACHE_TIDY, &q->tidy_db, e)) == OK)
		sqlite3_busy_timeout(q->tidy_db, TIDY_WAIT_MS);
	if (rc == OK)
		rc = checkpoint(q, e);
	else
		atomic_store(&q->untidy, true);
	pthread_mutex_unlock(&q->tidy_mutex);
	return rc;
}

/* ---- self-check -------------------------------------------------------------------------------------------------- */

/* Numbers of store.h as they stand in SQL; the file's other constants are those of its format. */
#define STEP "1024"
#define PART "262144"
#define MAX "67108864"
_Static_assert(LOG_EPOCH_STEP == 1024 && STORE_BLOB_PART == 262144 && STORE_BLOB_MAX == 67108864, "as above");

/* Each answers one sentence a finding. */
static const char *const checks[] = {
	"PRAGMA integrity_check(100)",
	"SELECT printf('log %d: row is malformed', no) FROM log"
	    " WHERE length(root) <> 32 OR size < 0 OR payloads_next NOT BETWEEN 0 AND size"
	    " OR epoch <> (no - 1) / " STEP " + 1 LIMIT 100",
	"SELECT printf('tile %d/%d/%d: bytes are no whole number of hashes, or too many', log, level, n) FROM tile"
	    " WHERE level NOT BETWEEN -1 AND 7"
	    " OR (level >= 0 AND (length(bytes) NOT BETWEEN 32 AND 8192 OR length(bytes) % 32 <> 0)) LIMIT 100",
	"SELECT printf('tile %d/%d/%d: belongs to no log', log, level, n) FROM tile"
	    " WHERE log NOT IN (SELECT no FROM log) LIMIT 100",
	"SELECT printf('payload %d/%d: row is malformed', pos >> 40, pos & 0xffffffffff) FROM payload"
	    " WHERE length(nonce) <> 32 OR length(text) = 0 LIMIT 100",
	"SELECT printf('payload %d/%d: is beyond its log', pos >> 40, pos & 0xffffffffff) FROM payload"
	    " LEFT JOIN log ON log.no = pos >> 40"
	    " WHERE log.size IS NULL OR (pos & 0xffffffffff) >= log.size LIMIT 100",
	"SELECT printf('payload %d/%d: is held though it was erased', pos >> 40, pos & 0xffffffffff) FROM erasure"
	    " WHERE pos IN (SELECT pos FROM payload) LIMIT 100",
	"SELECT printf('erasure %d/%d: row is malformed', pos >> 40, pos & 0xffffffffff) FROM erasure"
	    " WHERE length(id) <> 16 OR seq NOT BETWEEN 0 AND 0xffffffff OR pos < 1 << 40"
	    " OR (order_pos < 1 << 40 AND order_pos NOT IN (-1, -2)) LIMIT 100",
	"SELECT printf('witness of %s: row is malformed', origin) FROM witness"
	    " WHERE length(root) <> 32 OR size < 0 OR time_s < 0 OR length(note) = 0 LIMIT 100",
	"SELECT printf('fork proof against %s: is empty', origin) FROM fork WHERE length(proof) = 0 LIMIT 100",
	"SELECT printf('blob %s: row is malformed', lower(hex(hash))) FROM blob"
	    " WHERE length(hash) <> 32 OR size NOT BETWEEN 0 AND " MAX " OR have NOT BETWEEN 0 AND size"
	    " OR whole NOT IN (0, 1) LIMIT 100",
	"SELECT printf('blob %s: is sealed with %d of %d bytes', lower(hex(hash)), have, size) FROM blob"
	    " WHERE whole = 1 AND have <> size LIMIT 100",
	/* Each part has its length, and there are as many as it takes: so they have no gap. */
	"SELECT printf('blob part %d/%d: is not the one its blob needs there, or belongs to none', pos >> 8, pos & 255)"
	    " FROM blob_part LEFT JOIN blob ON blob.no = pos >> 8"
	    " WHERE have IS NULL OR length(bytes) <> min(" PART ", have - (pos & 255) * " PART ") LIMIT 100",
	"SELECT printf('blob %s: a part of its %d bytes is missing', lower(hex(hash)), have) FROM blob"
	    " WHERE (SELECT count(*) FROM blob_part WHERE pos >= no << 8 AND pos <= (no << 8 | 255))"
	    " <> (have + " PART " - 1) / " PART " LIMIT 100",
};
static const char *const derived_checks[] = {
	"SELECT printf('version of %d/%d: there is no such payload; rebuild', pos >> 40, pos & 0xffffffffff)"
	    " FROM version WHERE pos NOT IN (SELECT pos FROM payload) LIMIT 100",
	"SELECT printf('payload %d/%d: is neither shown nor in quarantine; rebuild', pos >> 40, pos & 0xffffffffff)"
	    " FROM payload WHERE pos NOT IN (SELECT pos FROM version) AND pos NOT IN (SELECT pos FROM quarantine)"
	    " LIMIT 100",
	"SELECT printf('date of %d/%d: there is no such record; rebuild', pos >> 40, pos & 0xffffffffff)"
	    " FROM date WHERE pos NOT IN (SELECT pos FROM version) LIMIT 100",
	"SELECT printf('attachment of %d/%d: there is no such record; rebuild', pos >> 40, pos & 0xffffffffff)"
	    " FROM attachment WHERE pos NOT IN (SELECT pos FROM version) LIMIT 100",
	"SELECT printf('aside of %d/%d: no such payload is in quarantine; rebuild', pos >> 40, pos & 0xffffffffff)"
	    " FROM aside WHERE pos NOT IN (SELECT pos FROM quarantine) LIMIT 100",
};

static int
run_check(sqlite3 *db, const char *sql, void (*report)(void *, const char *), void *ctx, struct err *e)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (rc != SQLITE_OK)
		return sq_fail(db, rc, "check", e);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *finding = (const char *)sqlite3_column_text(st, 0);

		if (finding != NULL && strcmp(finding, "ok") != 0)
			report(ctx, finding);
	}
	rc = rc == SQLITE_DONE ? OK : sq_fail(db, rc, "check", e);
	sqlite3_finalize(st);
	return rc;
}

int
sq_selfcheck(struct store_reader *r, void (*report)(void *, const char *), void *ctx, struct err *e)
{
	sqlite3 *db = sq_conn_of(r)->db;
	int rc = OK;

	for (size_t i = 0; rc == OK && i < sizeof checks / sizeof checks[0]; i++)
		rc = run_check(db, checks[i], report, ctx, e);
	if (atomic_load(&r->store->stale))
		return rc;
	for (size_t i = 0; rc == OK && i < sizeof derived_checks / sizeof derived_checks[0]; i++)
		rc = run_check(db, derived_checks[i], report, ctx, e);
	return rc;
}

/* ---- backup ------------------------------------------------------------------------------------------------------ */

/*
 * Copy page by page. The source holds one snapshot throughout, so writers do not make the copy begin again; the price
 * is that the write-ahead log cannot be emptied meanwhile.
 */
static int
copy_pages(sqlite3 *to, sqlite3 *from, int (*progress)(void *, uint64_t, uint64_t), void *ctx, struct err *e)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int rc, told = 0;

	if (b == NULL)
		return sq_fail(to, sqlite3_errcode(to), "begin the copy", e);
	do {
		rc = sqlite3_backup_step(b, STEP_PAGES);
		if (progress != NULL && (rc == SQLITE_OK || rc == SQLITE_DONE)) {
			uint64_t total = (uint64_t)sqlite3_backup_pagecount(b);

			told = progress(ctx, total - (uint64_t)sqlite3_backup_remaining(b), total);
		}
	} while (rc == SQLITE_OK && told == 0);
	sqlite3_backup_finish(b);
	if (told != 0)
		return err_set(e, ERR_STOP, "backup: stopped; the unfinished copy is removed");
	return rc == SQLITE_DONE ? OK : sq_fail(to, rc, "write the copy", e);
}

static int
copy_to(struct sq_store *s, const char *part, int (*progress)(void *, uint64_t, uint64_t), void *ctx, struct err *e)
{
	struct sq_conn from = { 0 };
	sqlite3 *to = NULL;
	int rc;

	if ((rc = sq_connect(s, SQLITE_OPEN_READONLY, SQ_CACHE_READER, &from.db, e)) != OK)
		return rc;
	rc = sqlite3_open_v2(part, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
	    sq_scrub_vfs());
	if (rc != SQLITE_OK)
		rc = sq_fail(to, rc, "open the copy", e);
	/* No journal: an unfinished copy is removed, never repaired. */
	if (rc == OK && (rc = sq_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL;", e)) == OK &&
	    (rc = sq_do(&from, SQ_HOLD, e)) == OK && (rc = sq_do(&from, SQ_TOUCH, e)) == OK)
		rc = copy_pages(to, from.db, progress, ctx, e);
	sqlite3_close(to);
	sq_forget(&from);
	sqlite3_close(from.db);
	return rc;
}

static int
code_of(int sys)
{
	return sys == ENOSPC || sys == EDQUOT ? ERR_FULL : sys == EEXIST ? ERR_CONFLICT : ERR_IO;
}

static int
sync_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), rc = OK;

	if (fd < 0 || fsync(fd) != 0)
		rc = err_set(e, code_of(errno), "backup: cannot sync %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

int
sq_backup(struct store *s, const char *path, int (*progress)(void *, uint64_t, uint64_t), void *ctx, struct err *e)
{
	char part[PATH_MAX];
	int fd, n = snprintf(part, sizeof part, "%s.part", path), rc;

	if (n < 0 || (size_t)n >= sizeof part)
		return err_set(e, ERR_LIMIT, "backup: the path is longer than %zu bytes", sizeof part - 6);
	if (access(path, F_OK) == 0)
		return err_set(e, ERR_CONFLICT, "backup: %s exists; name another file", path);
	if ((fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
		return err_set(e, code_of(errno), "backup: cannot create %s: %s%s", part, strerror(errno),
		    errno == EEXIST ? "; another backup runs, or one was cut off: then remove it" : "");
	close(fd);
	if ((rc = copy_to(sq_of(s), part, progress, ctx, e)) != OK || (rc = sync_file(part, e)) != OK)
		goto err0;
	if (link(part, path) != 0) {		/* unlike rename, never over a file that appeared meanwhile */
		rc = err_set(e, code_of(errno), "backup: cannot name the copy %s: %s", path, strerror(errno));
		goto err0;
	}
	if ((rc = sq_sync_folder(path, e)) != OK)
		unlink(path);		/* who is told that it failed will try again, under the same name */
err0:
	unlink(part);
	return rc;
}
