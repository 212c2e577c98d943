/* A log that has grown, while it is pulled: what the files of pull_log share. Private to the exchange room. */
#ifndef EXCHANGE_PULL_GROWN_H
#define EXCHANGE_PULL_GROWN_H

#include "exchange/pull.h"
#include "log/checkpoint.h"

#define PULL_WRITE_BUNDLES 16		/* bundles written in one transaction when walking down */

struct grown {				/* one pull in progress */
	struct pull *p;
	struct log_row log;
	struct checkpoint cp;		/* where the log has grown to */
	struct buf note;		/* its signed note, as shown */
	struct buf signed_note;		/* and with the log's own lines only: the others' are not verified here */
	struct digest *commitments;	/* proven, not yet written */
	size_t count;
	bool last;			/* this write reaches the checkpoint */
	bool begun;			/* the next bundle is being fetched */
	/* walking down */
	uint8_t (*tiles)[TILE_BYTES];	/* the last verified full tile of each level */
	uint64_t tile_n[TILE_LEVELS];
	bool tile_have[TILE_LEVELS];
	/* From here on nothing is set while the log has not grown. */
	struct append held;		/* the end of what is held */
	struct edge edge;		/* the right edge of the new tree, verified against the root */
};

/* pull_bundle.c: GET ${what} of p's log. ERR_DENIED: the peer answered 403; ERR_IO: another status. */
int pull_bundle_file(struct pull *p, const char *what, size_t max_bytes, struct buf *out, struct err *e);
/* Fetch bundle ${n} as wide as the new tree has it; ${b} points into ${bytes}. The next one may be begun. */
int pull_bundle_fetch(struct grown *g, uint64_t n, struct buf *bytes, struct bundle *b, struct err *e);
/*
 * Take the entries of bundle ${n} that are not held into g->commitments; all leaf hashes go to ${leaves} (256 places) if it is not
 * NULL.
 */
int pull_bundle_take(struct grown *g, uint64_t n, const struct bundle *b, uint8_t *leaves, struct err *e);

/*
 * pull_write.c: write g->commitments, which are proven; ${last}: they reach the checkpoint. Unless it is the last, the new end is
 * read back from the store. ERR_CONFLICT: the log was followed from another side meanwhile.
 */
int pull_write_proven(struct grown *g, bool last, struct err *e);

/* pull_walk.c: many new entries, from the signed root down to each tile and bundle. */
int pull_walk(struct grown *g, struct err *e);
/* The entries do not lead to the signed root: is it another history, or are the entries wrong? The tiles tell. Always an error. */
int pull_walk_explain(struct grown *g, struct err *e);

#endif
