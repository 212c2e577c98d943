/*
 * The audit: verify a whole tiled log, from wherever it is served (folder, URL, database), in bounded memory.
 *
 * Every entry bundle is read once, in order; the tree is built again from the entries by the same code that a writer
 * uses (edge.h), and every tile that arises is compared with the stored one, at every level. Then the root must be that
 * of the signed checkpoint, and if an older checkpoint is given, the tree must have had that root at that size. Nothing
 * is believed but the public key. Memory: the largest bundle (16 MiB at most; 9 KiB in our logs) and 80 KiB; one fetch
 * a tile and bundle.
 */
#ifndef LOG_AUDIT_H
#define LOG_AUDIT_H

#include "log/checkpoint.h"
#include "log/tile.h"

struct audit {
	/* Append the file ${path} ("checkpoint", "tile/...") to ${out}, whose max_bytes bounds it; ERR_NOTFOUND if none. */
	int (*get)(void *ctx, const char *path, struct buf *out, struct err *e);
	/* Optional: sees every entry, in order. An error stops the audit. */
	int (*entry)(void *ctx, uint64_t index, const void *entry, size_t len, struct err *e);
	/* Optional: called after every bundle. An error (ERR_STOP) stops the audit. */
	int (*progress)(void *ctx, uint64_t done, uint64_t size, struct err *e);
	void *ctx;

	const struct vkey *keys;	/* keys[0]: the log's; others: witnesses, whose lines, if any, must verify */
	size_t n_keys;			/* 1 to AUDIT_KEYS_MAX; must pass vkey_distinct */
	const struct checkpoint *old;	/* optional: a checkpoint of this log seen before, verified by the caller */
};

#define AUDIT_KEYS_MAX 65

struct audit_report {
	struct checkpoint checkpoint;
	struct note_mark marks[AUDIT_KEYS_MAX];	/* in the order of keys */
	uint64_t bundles, tiles;	/* checked, partial ones included */
};

/*
 * audit_run(what, out, e):
 * ${out} is filled as far as the audit came. Errors: ERR_VERIFY (path and reason; also: smaller than ${what}->old, or
 * another root at its size: a fork, keep both checkpoints), ERR_NOTFOUND (a tile or bundle is missing), ERR_INPUT,
 * ERR_LIMIT (a file is malformed or too long), and those of the callbacks. A partial tile or bundle that is gone is
 * looked for in the full one.
 */
int audit_run(const struct audit *what, struct audit_report *out, struct err *e);

#endif
