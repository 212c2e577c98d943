/*
 * Attachments in a node (docs/exchange.md 8): who is writing which, what is wanted of a peer, which nobody names. Private to the
 * node room; what others call stands in node.h.
 */
#ifndef NODE_BLOB_H
#define NODE_BLOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "exchange/blob.h"
#include "record/record.h"
#include "store/store.h"

struct node;
struct peer;

#define BLOB_QUOTA_BYTES (UINT64_C(4) << 30)	/* named by one member's records, unless the node's options say otherwise */
#define BLOB_DAYS 7u			/* after which an attachment that no record names is dropped; likewise */
#define BLOB_PARTIAL_MS (INT64_C(3600) * 1000)	/* the same for one that was not put in whole */
#define BLOB_SWEEP_MS (INT64_C(600) * 1000)	/* how often that is looked at */
#define BLOB_NOTES 4096u		/* of each list below */

/*
 * One attachment is written by one at a time, a peer's turn or somebody who puts it in: what was verified is then what is sealed.
 * Erasing needs no claim, for whoever writes finds it gone. A peer's turns hold theirs until the attachment is whole or something
 * goes wrong; a request holds its own until it is answered.
 */
struct blob_claim {
	const uint8_t *hash;
	struct blob_claim *next;
};
bool blob_claim_take(struct node *n, struct blob_claim *c, const uint8_t hash[RECORD_HASH_BYTES]);
void blob_claim_drop(struct node *n, const struct blob_claim *c);

/*
 * Small lists that must outlive the process, as settings in the store: attachments that no record names and since when
 * (BLOB_WAITING), and what was refused of whom, when (BLOB_REFUSED: not asked for again within a day). At most BLOB_NOTES lines.
 */
#define BLOB_WAITING "node/blobs-waiting"
#define BLOB_REFUSED "node/blobs-refused"
struct blob_note {
	uint8_t hash[RECORD_HASH_BYTES];
	int member;
	int64_t at_ms;
};
struct blob_notes {
	struct blob_note *v;
	size_t count;
};
/* Empty when there is none yet. The caller frees v. */
int blob_notes_read(struct store_reader *r, const char *name, struct blob_notes *out, struct err *e);
int blob_notes_write(struct store *s, const char *name, const struct blob_notes *l, struct err *e);
const struct blob_note *blob_notes_find(const struct blob_notes *l, const uint8_t hash[RECORD_HASH_BYTES], int member);
/* Add, or replace that of the same attachment and member; the oldest makes room. */
int blob_notes_add(struct blob_notes *l, const struct blob_note *x, struct err *e);

/*
 * What a peer's turns carry from one to the next. A pass goes through all rows of T_BLOB twice: it counts what of the peer's is
 * here, then fetches what is missing. Zeroed: a pass begins.
 */
enum blob_phase { BLOB_RESTING, BLOB_COUNTING, BLOB_FETCHING };
struct blob_pass {
	enum blob_phase phase;
	uint8_t hash[RECORD_HASH_BYTES];	/* rows up to this one are done (at_pos 0: none) */
	int64_t at_pos;
	bool hash_done;			/* and all rows of this attachment */
	uint64_t bytes;			/* of the peer's, here */
	uint64_t missing;		/* of the peer's, not whole */
	uint64_t left_out;		/* in this pass: wanted and not to be had now */
	uint64_t received;		/* payloads in this process's life when the pass began */
	int64_t at_us, backoff_ms;	/* nothing before then (node_mono_us) */
	uint8_t mine[RECORD_HASH_BYTES];	/* struct blob_pull */
	uint64_t mine_to;
	struct blob_claim claim;
	uint8_t claimed[RECORD_HASH_BYTES];
	bool claiming;
	bool troubled;			/* in this pass something was said to the peer's status that lasts */
	bool busy;			/* in this pass somebody else was writing what was wanted */
};

/*
 * blob_turn(p): after a pull: fetch attachments that records of ${p}'s log name, or own records (whose attachments were lost), as
 * long as the peer answers and at most some MiB; calls for the next turn itself. Trouble goes to the peer's status.
 */
void blob_turn(struct peer *p);
void blob_turn_end(struct peer *p);	/* before the turns end */

/* Does anything that is held name it: a record, or a payload in quarantine that one day may be one? */
int blob_named(struct store_reader *r, const uint8_t hash[RECORD_HASH_BYTES], bool *yes, struct err *e);

/*
 * blob_check_record(r, rec, err): may a record that names attachments be filed here? ERR_CONFLICT when one is not held whole,
 * ERR_INPUT when its size is another. Within the writer's transaction, so that none can go in between.
 */
int blob_check_record(struct store_reader *r, const struct record *rec, struct err *e);

/* For `diwan check`: each whole attachment against its name, and those that ${own}'s records name. Under the caller's snapshot. */
int blob_check(struct store_reader *r, int own, void (*found)(void *ctx, const char *text),
    int (*tell)(void *ctx, uint64_t done, struct err *e), void *ctx, struct err *e);

#endif
