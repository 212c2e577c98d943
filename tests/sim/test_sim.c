/*
 * The simulation as a test: the pretend disk does what it says; a seed gives the same world again; the checkers find what they
 * are there to find; and some hundred worlds are sound. More of them, and a single one with its story: tests/sim/sim.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/parts.h"
#include "tap.h"

#define SEEDS 200
#define HOURS 4
#define RECORDS 16			/* a day */
#define BLIND_SEEDS 4			/* of longer worlds, in which more happens */
#define BLIND_HOURS 16
#define BLIND_RECORDS 40
#define RELAPSE_SEEDS 2

/* ---- the disk ---- */

#define PLACE "/pretended"

static sqlite3_file *
open_file(const char *path)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
	sqlite3_file *f = calloc(1, (size_t)vfs->szOsFile);
	int flags;

	if (f == NULL || vfs->xOpen(vfs, path, f, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB,
	    &flags) != SQLITE_OK) {
		printf("Bail out! %s cannot be opened\n", path);
		exit(1);
	}
	return f;
}

static void
close_file(sqlite3_file *f)
{
	f->pMethods->xClose(f);
	free(f);
}

/* The bytes of ${f} are ${len} times ${c}. */
static bool
holds(sqlite3_file *f, char c, size_t len)
{
	char bytes[4096];

	if (f->pMethods->xRead(f, bytes, (int)len, 0) != SQLITE_OK)
		return false;
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != c)
			return false;
	return true;
}

/* A file of 4096 times 'a' on disk; then 'b' is written over it, and not synced. */
static sqlite3_file *
write_twice(struct disk *d)
{
	char bytes[4096];
	sqlite3_file *f = open_file(PLACE "/f");

	(void)d;
	memset(bytes, 'a', sizeof bytes);
	f->pMethods->xWrite(f, bytes, sizeof bytes, 0);
	f->pMethods->xSync(f, SQLITE_SYNC_NORMAL);
	memset(bytes, 'b', sizeof bytes);
	f->pMethods->xWrite(f, bytes, sizeof bytes, 0);
	return f;
}

static void
test_losses(void)
{
	bool mixed = false;

	for (uint64_t seed = 0; seed < 20; seed++) {
		struct disk *d = disk_new(PLACE, seed);
		sqlite3_file *f = write_twice(d);

		disk_crash(d);
		close_file(f);
		disk_reboot(d, LOSS_POWER);
		f = open_file(PLACE "/f");
		mixed = mixed || (!holds(f, 'a', 4096) && !holds(f, 'b', 4096));
		close_file(f);
		disk_free(d);
	}
	ok(mixed, "a loss of power tears what was not synced");
}

static void
test_kept(void)
{
	struct disk_habits lies = { .lies = true };
	struct disk *d = disk_new(PLACE, 1);
	struct disk_image *image;
	sqlite3_file *f = write_twice(d);

	image = disk_save(d);
	f->pMethods->xSync(f, SQLITE_SYNC_NORMAL);
	ok(disk_holds(d, "bbbb", 4) && !disk_holds(d, "aaaa", 4), "what is synced is durable");
	disk_crash(d);
	is(f->pMethods->xWrite(f, "c", 1, 0), SQLITE_IOERR_WRITE, "after a crash nothing is written");
	close_file(f);
	disk_reboot(d, LOSS_POWER);
	f = open_file(PLACE "/f");
	ok(holds(f, 'b', 4096), "and survives a loss of power");
	disk_set(d, &lies);
	f->pMethods->xWrite(f, "c", 1, 0);
	is(f->pMethods->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_OK, "a disk that lies says that it has synced");
	ok(!disk_holds(d, "c", 1), "and has not");
	close_file(f);
	disk_load(d, image);
	f = open_file(PLACE "/f");
	ok(holds(f, 'a', 4096), "an image that was put back is all there is");
	close_file(f);
	disk_image_free(image);
	disk_free(d);
}

static void
test_crash_in_a_write(void)
{
	struct disk *d = disk_new(PLACE, 3);
	sqlite3_file *f = open_file(PLACE "/f");
	char bytes[4096];
	sqlite3_int64 size = 0;

	memset(bytes, 'a', sizeof bytes);
	disk_crash_after(d, 2);
	is(f->pMethods->xWrite(f, bytes, sizeof bytes, 0), SQLITE_OK, "the operation before the crash is done");
	is(f->pMethods->xWrite(f, bytes, sizeof bytes, 4096), SQLITE_IOERR_WRITE, "the one it falls into is not");
	is(f->pMethods->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_IOERR_FSYNC, "nor any after it");
	close_file(f);
	disk_reboot(d, LOSS_KILL);
	f = open_file(PLACE "/f");
	f->pMethods->xFileSize(f, &size);
	ok(size >= 4096 && size < 8192 && holds(f, 'a', 4096), "a killed process leaves what it had written, and half of the rest");
	close_file(f);
	disk_free(d);
}

static void
test_locks(void)
{
	struct disk *d = disk_new(PLACE, 4);
	sqlite3_file *a = open_file(PLACE "/f"), *b = open_file(PLACE "/f");

	a->pMethods->xLock(a, SQLITE_LOCK_SHARED);
	b->pMethods->xLock(b, SQLITE_LOCK_SHARED);
	is(a->pMethods->xLock(a, SQLITE_LOCK_RESERVED), SQLITE_OK, "one of two readers may reserve");
	is(b->pMethods->xLock(b, SQLITE_LOCK_RESERVED), SQLITE_BUSY, "the other one not any more");
	is(a->pMethods->xLock(a, SQLITE_LOCK_EXCLUSIVE), SQLITE_BUSY, "exclusive waits for readers");
	b->pMethods->xUnlock(b, SQLITE_LOCK_NONE);
	is(b->pMethods->xLock(b, SQLITE_LOCK_SHARED), SQLITE_BUSY, "and lets no new one in");
	is(a->pMethods->xLock(a, SQLITE_LOCK_EXCLUSIVE), SQLITE_OK, "then it is had");
	is(a->pMethods->xShmLock(a, 0, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE), SQLITE_OK, "a slot of the wal-index");
	is(b->pMethods->xShmLock(b, 0, 1, SQLITE_SHM_LOCK | SQLITE_SHM_SHARED), SQLITE_BUSY, "is one's own");
	close_file(a);
	is(b->pMethods->xShmLock(b, 0, 1, SQLITE_SHM_LOCK | SQLITE_SHM_SHARED), SQLITE_OK, "until that one closes");
	close_file(b);
	disk_free(d);
}

/* ---- worlds ---- */

static struct outcome
live(uint64_t seed, enum plot plot, bool blind, bool unguarded)
{
	struct world_options o = {
		.seed = seed, .plot = plot, .blind = blind, .unguarded = unguarded,
		.hours = blind ? BLIND_HOURS : HOURS, .records_a_day = blind ? BLIND_RECORDS : RECORDS
	};
	struct outcome x;

	sim_run(&o, &x);
	return x;
}

static void
test_replay(void)
{
	struct outcome a = live(7, PLOT_CLONE, false, false), other = live(8, PLOT_CLONE, false, false), b = live(7, PLOT_CLONE,
	    false, false);

	ok(a.fingerprint == b.fingerprint && a.events == b.events && a.calls == b.calls, "a seed gives the same world again");
	ok(a.fingerprint != other.fingerprint, "another seed another one");
	ok(a.acked > 0 && a.calls > 100, "and something happens in it: %" PRIu64 " records, %" PRIu64 " calls", a.acked, a.calls);
}

/* The checkers, not told whom to mistrust: each of these plots breaks a rule that one of them guards. */
static void
test_checkers(void)
{
	static const struct { enum plot plot; bool unguarded; const char *says; } t[] = {
		{ PLOT_CLONE, true, "history" }, { PLOT_OLD_IMAGE, false, "guard" }, { PLOT_CLONE, false, "guard" },
		{ PLOT_GENEROUS, false, "privacy" }, { PLOT_WITHHOLDS, false, "arrival" }
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int found = 0;

		for (uint64_t seed = 1; seed <= BLIND_SEEDS; seed++) {
			struct outcome x = live(seed, t[i].plot, true, t[i].unguarded);

			found += strstr(x.broken, t[i].says) != NULL;
		}
		ok(found > 0, "taken for honest%s, the plot \"%s\" breaks the rule \"%s\" in %d of %d worlds",
		    t[i].unguarded ? " and unguarded" : "", plot_word(t[i].plot), t[i].says, found, BLIND_SEEDS);
	}
}

/* Ordinary worlds are sound; where a machine forgets everything when all is done, they are not. */
static void
test_relapse(void)
{
	struct world_options o = { .hours = BLIND_HOURS, .records_a_day = 3 * BLIND_RECORDS, .ordinary = true };
	int violations = 0, lost = 0, unanswered = 0;
	uint64_t kept = 0;
	struct outcome x;

	for (o.seed = 1; o.seed <= RELAPSE_SEEDS; o.seed++) {
		o.relapse = false;
		sim_run(&o, &x);
		violations += x.violations;
		kept += x.kept;
		o.relapse = true;
		sim_run(&o, &x);
		lost += strstr(x.broken, "acknowledged") != NULL;
		unanswered += strstr(x.broken, "deletion") != NULL;
	}
	is(violations, 0, "ordinary worlds are sound");
	ok(kept > 0, "and in them %" PRIu64 " times a recipient has kept what was ordered to be deleted", kept);
	is(lost, RELAPSE_SEEDS, "those in which a machine forgets everything are not: what was acknowledged is lost");
	ok(unanswered > 0, "and in %d of them what it was answered to its orders to delete", unanswered);
}

static void
test_seeds(void)
{
	uint64_t acked = 0, crashes = 0, torn = 0, noticed = 0, refused = 0, calls = 0;
	int plots[PLOT_COUNT] = { 0 };

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct outcome x = live(seed, PLOT_NONE, false, false);

		if (!ok(x.violations == 0, "seed %" PRIu64 " (%s)", seed, plot_word(x.plot)))
			printf("# %d violations; first: %s\n"
			    "# again, with its story: tests/sim/sim --hours %d --records %d --trace --seed %" PRIu64 "\n",
			    x.violations, x.first, HOURS, RECORDS, seed);
		plots[x.plot]++;
		acked += x.acked;
		crashes += x.crashes;
		torn += x.torn;
		calls += x.calls;
		noticed += x.forks_noticed;
		refused += x.refused;
	}
	for (int p = 0; p < PLOT_COUNT; p++)
		ok(plots[p] > 0, "%d worlds with the plot \"%s\"", plots[p], plot_word((enum plot)p));
	ok(acked > SEEDS && calls > 100 * SEEDS && crashes > SEEDS / 2 && torn > SEEDS / 4,
	    "in them: %" PRIu64 " records, %" PRIu64 " calls, %" PRIu64 " crashes, %" PRIu64 " lost or torn sectors", acked,
	    calls, crashes, torn);
	ok(noticed > 0 && refused > 0, "%" PRIu64 " times two histories were noticed, %" PRIu64 " payloads refused", noticed,
	    refused);
}

int
main(void)
{
	sim_setup();
	test_losses();
	test_kept();
	test_crash_in_a_write();
	test_locks();
	test_replay();
	test_checkers();
	test_relapse();
	test_seeds();
	sim_teardown();
	return tap_done();
}
