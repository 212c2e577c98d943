/*
 * A pretend disk: the files of one store in memory, behind SQLite's VFS interface, with a memory of what is durable. What was
 * written since the last sync may survive a loss of power, be lost, or be torn, sector by sector.
 *
 * disk_register makes this VFS SQLite's default, before the first store is opened; the store's own layer (sq_scrub.c) then
 * stacks on it. Only what SQLite opens is pretended: lock files, keys and the empty file that store_open_sqlite makes under the
 * store's name are on the real file system (a folder on tmpfs will do) and hold no state that a crash could hurt.
 *
 * One thread. A world has one disk a node; a file belongs to the disk whose root its path lies under.
 */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include "base/clock.h"
#include "sim/dice.h"

struct disk;
struct disk_image;

struct disk_habits {			/* what a disk does to its owner; all zero: it is a good disk */
	uint32_t io_error_ppm;		/* of writes and syncs */
	uint32_t full_ppm;		/* of writes that make a file longer: SQLITE_FULL */
	bool lies;			/* sync says done and does nothing, until disk_lie is told to stop */
};

enum disk_loss {			/* how a run ends */
	LOSS_KILL,			/* the process ends: what was written stays */
	LOSS_POWER,			/* each sector written since its last sync stays, goes or is torn */
};

/* Register as SQLite's default VFS, once a process. Time and random bytes that SQLite asks for come from ${clock} and ${dice}. */
void disk_register(void);
/* What SQLite is told from now on; both are kept until the next call. Forgets what SQLite has drawn before. */
void disk_environment(const struct clock *clock, struct dice *dice);

/* A disk for all files under ${root} (an absolute path; copied). ${seed}: of its faults. */
struct disk *disk_new(const char *root, uint64_t seed);
void disk_free(struct disk *d);			/* no file of it may be open */
void disk_set(struct disk *d, const struct disk_habits *habits);

/*
 * The ${ops}th write, sync, truncation or deletion from now on does not happen (a write: by half), nor does anything after it.
 * 0: never.
 */
void disk_crash_after(struct disk *d, uint64_t ops);
void disk_crash(struct disk *d);		/* now */
bool disk_crashed(const struct disk *d);
/* After a crash, when everything is closed: what is left. The disk works again. */
void disk_reboot(struct disk *d, enum disk_loss loss);

/* Copy of what is durable now; putting it back (nothing may be open) replaces everything. */
struct disk_image *disk_save(const struct disk *d);
void disk_load(struct disk *d, const struct disk_image *image);
void disk_image_free(struct disk_image *image);

/* Is ${bytes} anywhere in the durable files? */
bool disk_holds(const struct disk *d, const void *bytes, size_t len);
uint64_t disk_ops(const struct disk *d);		/* writes, syncs, truncations, deletions so far */
uint64_t disk_torn(const struct disk *d);		/* sectors that a reboot dropped or tore */

#endif
