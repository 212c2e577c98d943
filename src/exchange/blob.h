/*
 * Attachments between nodes (docs/exchange.md 8). An attachment is named by its SHA-256; it has no audience of its own: whoever may
 * have, in full, a record that names it may have it. Both sides work part by part (STORE_BLOB_PART): neither ever holds more
 * than one answer in memory, whatever the size.
 *
 *   DWB1  u64 size  u64 from  bytes        size: of the whole attachment; bytes: from ${from} on, whole parts or up to the end
 */
#ifndef EXCHANGE_BLOB_H
#define EXCHANGE_BLOB_H

#include "view/judge.h"

#define BLOB_HEAD_BYTES 20u
#define BLOB_ANSWER_PARTS 16u
#define BLOB_ANSWER_MAX (BLOB_HEAD_BYTES + BLOB_ANSWER_PARTS * STORE_BLOB_PART)	/* about 4 MiB */
#define BLOB_LOOKS 4096u		/* records of one log judged for one question; those after them do not count */

/*
 * blob_visible(j, hash, of, viewer, as_of, pos, err):
 * Is there a record that names the attachment and that ${viewer} sees in full? OK and its position in *${pos}, else ERR_NOTFOUND:
 * the same for an attachment that nobody has heard of and for one that is for others. With ${of} only records in the logs of
 * these members count; NULL: of all. Says nothing of whether the bytes are here. About 15 us a record that names it.
 */
int blob_visible(const struct judge *j, const uint8_t hash[RECORD_HASH_BYTES], const struct mset *of, const struct viewer *viewer,
    int32_t as_of, int64_t *pos, struct err *e);

/*
 * blob_release(j, hash, member, from, as_of, out, err):
 * The answering side: append to ${out} the head and at most BLOB_ANSWER_PARTS parts from ${from} on (a multiple of STORE_BLOB_PART,
 * else ERR_INPUT). What counts is records of our own log, and of the asker's own, whose store may have been lost. ERR_NOTFOUND, in
 * one and the same sentence, for what is unknown, not whole here, or not for ${member}. Reads under one snapshot.
 */
int blob_release(const struct judge *j, const uint8_t hash[RECORD_HASH_BYTES], int member, uint64_t from, int32_t as_of,
    struct buf *out, struct err *e);

/* Read all parts of ${b} and compare with its name: ERR_VERIFY if a part is missing or the hash is another. O(size). */
int blob_verify(struct store_reader *r, const struct blob *b, struct err *e);

/* ---- the asking side --------------------------------------------------------------------------------------------- */

enum blob_end {
	BLOB_WHOLE,			/* it is here, verified and durable */
	BLOB_MORE,			/* max_bytes were fetched; there is more */
	BLOB_ABSENT,			/* the peer does not give it: it has not got it, or it is not for us */
	BLOB_GONE,			/* no record names it any more, or somebody else is writing it */
	BLOB_FALSE			/* with ERR_VERIFY: other bytes than the record says; nothing of it stays */
};

struct blob_pull {
	/* Set by the caller. */
	const char *mechanism, *member;	/* who is asked */
	struct store_reader *reader;	/* not held: it must see what was written last */
	uint64_t max_bytes;		/* end after so many, at the end of an answer */
	void *ctx;
	/* As in struct pull (exchange/pull.h). */
	int (*get)(void *ctx, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e);
	int (*write)(void *ctx, int (*run)(void *arg, struct store *s, struct err *e), void *arg, size_t weight, struct err *e);

	/* Kept from call to call, zero at first: the attachment of which this peer gave all that is here, and how much that is. */
	uint8_t mine[RECORD_HASH_BYTES];
	uint64_t mine_to;

	uint64_t fetched;		/* bytes, so far */
};

/*
 * blob_pull(p, hash, size, end, err):
 * Fetch the attachment that a held record names with ${size} bytes, going on from what the store has of it. Each answer's whole
 * parts are durable before the next is asked for. When all are there the hash is compared: right, and it is sealed; else it is
 * erased.
 * If some of it may have come from somebody else, nobody is blamed for that: BLOB_MORE, and the next call begins from nothing.
 * OK with *${end}; ERR_IO when the peer could not be reached or the answer broke off (what came whole was kept); ERR_VERIFY with
 * BLOB_FALSE and a sentence that names the peer: another hash, or another size than the record says. Nobody else may write this
 * attachment meanwhile but through erasing. Memory: one answer.
 */
int blob_pull(struct blob_pull *p, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size, enum blob_end *end, struct err *e);

#endif
