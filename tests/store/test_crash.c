/*
 * What is acknowledged is there, and nothing is half there: after kill -9 in the middle of commits, after a full disk,
 * after every single write or sync that can fail.
 */
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "store/conform_rows.h"
#include "store/files.h"

#define KILLS 25

/* ---- a state that shows whether it is whole ---------------------------------------------------------------------- */

/* Record ${i} of the log, from 100 to 3,000 bytes. */
static size_t
text_of(char *out, uint64_t i)
{
	size_t len = 100 + (size_t)(i * 7919 % 2900);

	memset(out, 'a' + (int)(i % 26), len);
	snprintf(out, 32, "record %llu", (unsigned long long)i);
	return len;
}

/* One transaction: ${n} more records with their rows and tile, and the log's new size. */
static int
add_records(struct store *s, uint64_t n, struct err *e)
{
	static uint8_t tile[8192];
	struct log_row log = a_log(1, "kz", 0);
	char text[3200];
	uint64_t to;
	int rc;

	if (store_log_find(store_view(s), log.mechanism, log.member, 0, &log, e) == ERR_NOTFOUND)
		log.size = 0;
	to = log.size + n;
	if ((rc = store_begin(s, e)) != OK)
		return rc;
	for (uint64_t i = log.size; rc == OK && i < to; i++) {
		struct row row = { .table = T_BY_TIME, .cols = 2, .v = { val_int((int64_t)(i / 3)),
		    val_int(POS(1, i)) } };
		size_t len = text_of(text, i);

		if ((rc = store_payload_put(s, POS(1, i), nonce_a, text, len, e)) == OK)
			rc = store_row_put(s, &row, e);
	}
	log.size = log.payloads_next = to;
	memcpy(log.root, &to, sizeof to);
	if (rc == OK && (rc = store_tile_put(s, 1, 0, to / 256, tile, 32 * (size_t)(to % 256 + 1), e)) == OK &&
	    (rc = store_log_put(s, &log, e)) == OK)
		return store_commit(s, e);
	store_rollback(s);
	return rc;
}

struct whole {
	uint64_t next;
	bool good;
};

static int
check_payload(void *ctx, const struct payload *p)
{
	struct whole *w = ctx;
	char text[3200];
	size_t len = text_of(text, w->next);

	w->good = w->good && p->pos == POS(1, w->next) && p->len == len && memcmp(p->bytes, text, len) == 0;
	w->next++;
	return 0;
}

/* The size of the log, or -1 if payloads, rows and tile do not fit it exactly. */
static int64_t
whole_size(struct store *s)
{
	struct whole w = { 0, true };
	struct log_row log = { 0 };
	struct buf tile = { 0 };
	struct err e;
	bool good;
	int rc = store_log_get(store_view(s), 1, &log, &e);

	if (rc != OK && rc != ERR_NOTFOUND)
		return -1;
	if (store_payload_scan(store_view(s), 0, INT64_MAX, check_payload, &w, &e) != OK)
		return -1;
	good = w.good && w.next == log.size && (uint64_t)rows_in(store_view(s), T_BY_TIME) == log.size;
	if (log.size > 0)
		good = good && store_tile_get(store_view(s), 1, 0, log.size / 256, &tile, &e) == OK &&
		    tile.len == 32 * (log.size % 256 + 1);
	buf_free(&tile);
	return good ? (int64_t)log.size : -1;
}

/* ---- kill -9 ----------------------------------------------------------------------------------------------------- */

/* Commits until it is killed; tells each size that store_commit acknowledged. */
static _Noreturn void
file_until_killed(int out, unsigned seed)
{
	struct store *s;
	struct log_row log;

	if (store_open_sqlite(db, 0, &s, NULL) != OK)
		_exit(2);
	for (;;) {
		seed = seed * 1664525 + 1013904223;
		if (add_records(s, 1 + (seed >> 16) % 120, NULL) != OK ||
		    store_log_get(store_view(s), 1, &log, NULL) != OK ||
		    write(out, &log.size, sizeof log.size) != sizeof log.size)
			_exit(3);
		if (seed >> 30 == 0 && store_tidy(s, NULL) != OK)
			_exit(4);
	}
}

static uint64_t
kill_one(unsigned seed)
{
	uint64_t acknowledged = 0, size;
	int fd[2], status;
	pid_t pid;

	if (pipe(fd) != 0 || (pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		close(fd[0]);
		file_until_killed(fd[1], seed);
	}
	close(fd[1]);
	usleep(15000 + seed * 7919 % 40000);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	while (read(fd[0], &size, sizeof size) == sizeof size)
		acknowledged = size;
	close(fd[0]);
	if (!WIFSIGNALED(status))
		printf("# the child ended by itself: %d\n", status);
	return WIFSIGNALED(status) ? acknowledged : UINT64_MAX;
}

static void
test_kill(void)
{
	int lost = 0, half = 0, findings = 0, died = 0;
	uint64_t most = 0;
	struct store *s;

	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	store_close(s);
	for (unsigned i = 1; i <= KILLS; i++) {
		uint64_t acknowledged = kill_one(i);
		int64_t size;

		if (acknowledged == UINT64_MAX) {
			died++;
			continue;
		}
		most = acknowledged > most ? acknowledged : most;
		MUST(store_open_sqlite(db, 0, &s, NULL));
		size = whole_size(s);
		half += size < 0;
		lost += size >= 0 && (uint64_t)size < most;
		if (i % 10 == 0) {
			struct err e;
			int n = 0;

			MUST(store_selfcheck(store_view(s), no_finding, &n, &e));
			/* payloads without version rows, as filled; anything else would add to them */
			findings += n != 100;
		}
		store_close(s);
	}
	is(died, 0, "kill: the children filed until they were killed");
	ok(most > 0, "kill: %d times, up to %llu records", KILLS, (unsigned long long)most);
	is(half, 0, "kill: nothing is half there");
	is(lost, 0, "kill: all that was acknowledged is there");
	is(findings, 0, "kill: the file is sound");
	remove_store(db);
}

/* ---- full disk --------------------------------------------------------------------------------------------------- */

static void
test_file_limit(void)
{
	struct rlimit old, now;
	int64_t size = 0;
	struct store *s;
	struct err e;
	int rc;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	now = old;
	now.rlim_cur = 2 * 1024 * 1024;
	setrlimit(RLIMIT_FSIZE, &now);
	while ((rc = add_records(s, 50, &e)) == OK)
		size += 50;
	is(rc, ERR_FULL, "full: the file may not grow");
	ok(size > 100 && strstr(e.text, "room") != NULL, "full: after %lld records; the error says what to do",
	    (long long)size);
	is(whole_size(s), size, "full: all that was acknowledged can be read, and no more");
	is(add_records(s, 50, &e), ERR_FULL, "full: still");
	setrlimit(RLIMIT_FSIZE, &old);
	is(add_records(s, 50, &e), OK, "full: with room again the same store goes on");
	is(whole_size(s), size + 50, "full: and is whole");
	store_close(s);
	remove_store(db);
}

/* ---- every write and every sync fails once ----------------------------------------------------------------------- */

enum fault { NO_FAULT, WRITE_FULL, WRITE_ERROR, SYNC_ERROR };

static sqlite3_vfs faulty_vfs, *real_vfs;
static sqlite3_io_methods faulty_methods[2];	/* of main files, which take locks, and of others */
static const sqlite3_io_methods *real_methods[2];
static enum fault armed;
static int countdown;			/* calls until the fault */
static bool fired;

static bool
fires(enum fault a, enum fault b)
{
	if ((armed != a && armed != b) || fired || countdown-- > 0)
		return false;
	fired = true;
	return true;
}

static const sqlite3_io_methods *
real_of(const sqlite3_file *f)
{
	return real_methods[f->pMethods == &faulty_methods[1]];
}

static int
faulty_write(sqlite3_file *f, const void *p, int len, sqlite3_int64 at)
{
	if (!fires(WRITE_FULL, WRITE_ERROR))
		return real_of(f)->xWrite(f, p, len, at);
	real_of(f)->xWrite(f, p, len / 2, at);	/* torn */
	return armed == WRITE_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int
faulty_sync(sqlite3_file *f, int flags)
{
	return fires(SYNC_ERROR, SYNC_ERROR) ? SQLITE_IOERR_FSYNC : real_of(f)->xSync(f, flags);
}

static int
faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	int rc = real_vfs->xOpen(real_vfs, name, f, flags, out), other = !(flags & SQLITE_OPEN_MAIN_DB);

	(void)vfs;
	if (rc != SQLITE_OK)
		return rc;
	if (real_methods[other] == NULL) {
		real_methods[other] = f->pMethods;
		faulty_methods[other] = *f->pMethods;
		faulty_methods[other].xWrite = faulty_write;
		faulty_methods[other].xSync = faulty_sync;
	}
	f->pMethods = &faulty_methods[other];
	return SQLITE_OK;
}

static void
install_faults(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	faulty_vfs = *real_vfs;
	faulty_vfs.pNext = NULL;
	faulty_vfs.zName = "faulty";
	faulty_vfs.xOpen = faulty_open;
	sqlite3_vfs_register(&faulty_vfs, 1);
}

/* A commit whose ${n}th write (or sync) fails; false once none did. */
static bool
fail_commit(enum fault fault, int n, int want)
{
	int64_t size;
	struct store *s;
	struct err e = { 0 };
	int rc;

	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	MUST(add_records(s, 20, NULL));
	fired = false;
	countdown = n;
	armed = fault;
	rc = add_records(s, 20, &e);
	armed = NO_FAULT;
	if (!fired) {
		ok(rc == OK && n > 0, "fault %d: %d places to fail", (int)fault, n);
		store_close(s);
		remove_store(db);
		return false;
	}
	ok(rc == want && e.code == want, "fault %d at %d: the commit says so: %s", (int)fault, n, e.text);
	ok(whole_size(s) == 20, "fault %d at %d: the reader sees the state before", (int)fault, n);
	rc = add_records(s, 20, &e);
	ok(rc == (want == ERR_IO ? ERR_IO : OK), "fault %d at %d: the store %s", (int)fault, n,
	    want == ERR_IO ? "takes no more writes" : "goes on");
	ok(whole_size(s) == (want == ERR_IO ? 20 : 40), "fault %d at %d: and is whole", (int)fault, n);
	store_close(s);
	MUST(store_open_sqlite(db, 0, &s, NULL));
	size = whole_size(s);
	ok(size == 40 || (want == ERR_IO && size == 20), "fault %d at %d: whole after opening again", (int)fault, n);
	store_close(s);
	remove_store(db);
	return true;
}

/* A fault while tidying or deleting must not harm what is committed. */
static bool
fail_tidy(enum fault fault, int n)
{
	struct store *s;
	struct err e;
	int rc;

	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	MUST(add_records(s, 60, NULL));
	fired = false;
	countdown = n;
	armed = fault;
	rc = store_tidy(s, &e);
	armed = NO_FAULT;
	ok(fired ? rc < 0 : rc == OK, "tidy, fault %d at %d: %s", (int)fault, n, fired ? e.text : "none left");
	ok(whole_size(s) == 60 && add_records(s, 1, NULL) == OK &&
	    store_tidy(s, NULL) == OK, "tidy: the next one does it");
	store_close(s);
	MUST(store_open_sqlite(db, 0, &s, NULL));
	ok(whole_size(s) == 61, "tidy: nothing was lost");
	store_close(s);
	remove_store(db);
	return fired;
}

int
main(void)
{
	static const struct { enum fault fault; int want; } faults[] = {
		{ WRITE_FULL, ERR_FULL }, { WRITE_ERROR, ERR_IO }, { SYNC_ERROR, ERR_IO },
	};

	install_faults();
	new_folder();
	test_kill();
	test_file_limit();
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		/* A commit of 20 records writes some dozens of pages: the first few, then every fifth. */
		for (int n = 0; fail_commit(faults[i].fault, n, faults[i].want);)
			n += n < 4 ? 1 : 5;
		for (int n = 0; fail_tidy(faults[i].fault, n);)
			n += n < 4 ? 1 : 7;
	}
	rmdir(folder);
	return tap_done();
}
