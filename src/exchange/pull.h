/*
 * Pulling from a peer (docs/exchange.md 5): verified copies of its log, and the payloads it gives us. Bytes in, bytes out: the
 * transport and the writer are functions that the caller supplies, so the same code runs over TLS, from a file, and in a
 * simulation.
 *
 * Nothing is stored before it is proven to lie under a checkpoint signed by the peer's log key and to extend what is held.
 * An untrusted
 * peer costs at most: one answer in memory (9 MiB), 16 bundles of work, and max_entries entries of disk.
 */
#ifndef EXCHANGE_PULL_H
#define EXCHANGE_PULL_H

#include "base/clock.h"
#include "exchange/append.h"
#include "exchange/frame.h"
#include "log/checkpoint.h"

#define PULL_AHEAD 4			/* keeps that may be under way while the next is prepared */

#define PULL_KEYS 2

struct pulled {				/* one payload whose bytes match its entry */
	uint64_t index;
	struct digest commitment;	/* what its entry says, and what its bytes gave */
	const uint8_t *nonce;		/* 32 bytes */
	const uint8_t *bytes;
	size_t len;
};

struct pull {
	/* Set by the caller. */
	const char *mechanism, *member;	/* whose log */
	struct vkey key[PULL_KEYS];	/* its log keys: one, or two during a change of key; either signs */
	size_t n_keys;
	uint32_t log_no;
	bool compress;			/* ask for compressed blocks */
	bool returns;			/* the log is our own: payloads of it that the peer holds come back */
	uint64_t max_entries;
	struct store_reader *reader;
	void *ctx;
	/* GET ${path} into ${out}; *${status} is the HTTP status. */
	int (*get)(void *ctx, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e);
	/* Run ${run} inside the writer's transaction; durable on return. */
	int (*write)(void *ctx, int (*run)(void *arg, struct store *s, struct err *e), void *arg, size_t weight, struct err *e);
	/* Optional: begin the same get and return at once; finish it later. One at a time; a begun one is always finished. */
	int (*begin)(void *ctx, const char *path, size_t max_bytes, struct err *e);
	int (*finish)(void *ctx, int *status, struct buf *out, struct err *e);
	/*
	 * Keep the ${count} payloads of [from, next); everything else in that range was withheld. May return while the
	 * writing still goes on: the items stay
	 * valid until PULL_AHEAD more keeps or one kept have returned. kept waits: on OK everything is durable, with
	 * payloads_next = ${next} of the last keep.
	 */
	int (*keep)(void *ctx, const struct pulled *items, size_t count, uint64_t from, uint64_t next, struct err *e);
	int (*kept)(void *ctx, struct err *e);	/* NULL: keep never returns before the writing is done */
	/* Two histories from one log: a proof (log/fork.h) that has been verified. */
	void (*forked)(void *ctx, const struct buf *proof);

	/* What happened, for status and receipts. */
	uint64_t entries, payloads, withheld;
	bool old_tree;			/* the peer shows a smaller tree than we hold; it is a part of ours */
	/*
	 * The checkpoint that was shown, byte for byte, with whatever cosignatures it came with; what is stored of it is the
	 * log's own signature. Set when it is consistent with what is held now. pull_end frees it.
	 */
	struct buf shown;
	struct checkpoint checkpoint;
};

/*
 * pull_log(p, note, note_len, err):
 * Bring the copy of the log up to its newest checkpoint: the one given (from a bell), or the one asked for when ${note} is
 * NULL. OK also when there is
 * nothing new. ERR_VERIFY: the peer's answers do not agree with its signed root, or it shows another history.
 */
int pull_log(struct pull *p, const void *note, size_t note_len, struct err *e);

/*
 * pull_judge(p, log, note, len, err): is this signed note of a tree of at most log->size entries a part of what is held? OK; or
 * ERR_VERIFY, after forked was called if it proves two histories.
 */
int pull_judge(struct pull *p, const struct log_row *log, const void *note, size_t len, struct err *e);

/*
 * ${note} with nothing under it but the first line of each of ${keys} (at most 64), into ${out}, which is emptied before. What
 * others have put there is not verified by anybody here and could be 128 KiB of anything. Errors: those of note_parse, ERR_NOMEM.
 */
int pull_own_lines(const struct vkey *keys, size_t n_keys, const void *note, size_t len, struct buf *out, struct err *e);

void pull_end(struct pull *p);

/* pull_payloads(p, err): get every payload not yet decided, up to the size that is held. */
int pull_payloads(struct pull *p, struct err *e);

/* The payloads of [from, to), entries of which are held; for what was decided before, keep must not mind what it has
 * already. */
int pull_range(struct pull *p, uint64_t from, uint64_t to, struct err *e);

/*
 * pull_gaps(p, cursor, gap, ctx, err):
 * Ask again for what was withheld: a block may have been lifted, a seat decided, a clock set right. Looks at the decided
 * part of the log from *${cursor} on, asks
 * for at most PULL_GAPS runs of missing payloads, calls ${gap} after each run that brought something, and moves
 * *${cursor}; at the end it is the number of payloads
 * decided. O(rows of the log from the cursor on).
 */
#define PULL_GAPS 256
int pull_gaps(struct pull *p, uint64_t *cursor, int (*gap)(void *ctx, uint64_t from, uint64_t to, struct err *e), void *ctx,
    struct err *e);

#endif
