/*
 * A node: one member's part in one mechanism. It puts the rooms together: keys, charter, store, log, writer, peers. It opens no
 * listening socket (that is the http room's) and talks to peers through a transport that it is given.
 *
 * A node's folder:
 *   diwan.db          the store                           keys/log.key, keys/tls.key     secret keys, mode 0600
 *   keys/tls.crt      its certificate                     node.sock                      control socket while it runs
 * Identity, charter text and the peers' cards are settings in the store (docs/store.md).
 *
 * Threads: the caller's, the writer (writer.h), one a peer (sync.c), one for housekeeping. All functions here may be called
 * from
 * any thread unless they say otherwise.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "crypt/sign.h"
#include "exchange/card.h"
#include "law/registry.h"
#include "log/vkey.h"
#include "record/record.h"
#include "store/store.h"
#include "view/judge.h"

struct node;

/* ---- making and opening ---------------------------------------------------------------------------------------- */

struct node_init {
	const char *dir;		/* made if it is not there; must not hold a node */
	const char *charter_path;
	const char *member;		/* code in the charter */
	const char *address;		/* host:port where peers reach it */
	int days_valid;			/* of the certificate; 0: two years */
};
/* Make keys, certificate, store. Nothing is left behind on failure. */
int node_create(const struct node_init *in, const struct clock *clock, const struct rng *rng, struct err *e);

struct node_options {
	const char *dir;
	bool readonly;			/* for commands that only look; works beside a running node */
	const struct clock *clock;
	const struct rng *rng;
	uint64_t max_log_entries;	/* of one peer's log; 0: 100 million */
	uint64_t max_blob_bytes;	/* of attachments that one peer's records name; 0: 4 GiB */
	uint32_t blob_days;		/* an attachment that no record names is dropped after so many; 0: seven */
	/*
	 * Start no thread: what is written is written in the caller's, waiting goes by the node's clock, and node_step does
	 * the rest. For simulations; all calls then come from one thread.
	 */
	bool stepped;
	bool guarded;			/* ask the peers before anything new is signed */
	bool serving;			/* it runs from now on: an operator's word given beforehand (node_resume_once) is used up */
	bool clock_trusted;		/* cosign even if the kernel does not call its clock synchronised */
	/* Who signs, if not the keys in the folder (another process holds them). Up to two of each; NULL: none. */
	const struct note_signer *log_signer[2], *witness_signer[2];
	/* Called when all files are open and before the first thread starts: the last moment to give up rights. NULL: none. */
	int (*before_threads)(void *ctx, struct err *e);
	void *before_ctx;
	bool begin_epoch, only_prepare;	/* private to node_epoch, node_prepare */
	int64_t cosign_ms;		/* pace at which witnesses are shown our newest checkpoint; 0: one second */
};
/*
 * Open. Unless readonly: takes the store's lock (ERR_BUSY: another node runs on it), reads the keys (ERR_DENIED when a key
 * file can be read by others),
 * checks the right edge of the own log against the committed root (ERR_VERIFY), and refuses a clock behind the last own
 * checkpoint's record
 * (ERR_CONFLICT). A stale derived schema is refolded.
 */
int node_open(struct node **out, const struct node_options *o, struct err *e);
void node_close(struct node *n);
/*
 * node_prepare(o, err): what must be done to the key files before anybody reads them: next keys whose time has come take their
 * places, keys that an earlier version did not make are made. Before a process that holds the keys is started.
 */
int node_prepare(const struct node_options *o, struct err *e);

/* ---- looking ------------------------------------------------------------------------------------------------------- */

const struct registry *node_registry(const struct node *n);
const struct charter *node_charter(const struct node *n);
const char *node_charter_hash(const struct node *n);	/* 64 hex digits */
const char *node_mechanism(const struct node *n);
const char *node_member(const struct node *n);
const char *node_address(const struct node *n);
const char *node_dir(const struct node *n);
int node_own(const struct node *n);			/* index in the register */
uint32_t node_own_log(const struct node *n);		/* log number of the own log */
int64_t node_now_ms(const struct node *n);
int32_t node_today(const struct node *n);		/* UTC day */

/* A reader for the calling thread, from a pool; give it back soon. NULL with *${e} set when none can be had. */
struct store_reader *node_reader(struct node *n, struct err *e);
void node_reader_done(struct node *n, struct store_reader *r);
/* A judge on ${r}. */
struct judge node_judge(const struct node *n, struct store_reader *r);

/* The number of the member's newest log (LOG_NO of its newest epoch here). */
uint32_t node_log_no(const struct node *n, int member);

/*
 * The newest published state of a log: size and its signed note (appended to ${note}, which may be NULL). ERR_NOTFOUND
 * before the first checkpoint.
 * Published means: durable here and signed by its member.
 */
int node_published(struct node *n, int member, uint64_t *size, struct buf *note, struct err *e);

/* ---- filing --------------------------------------------------------------------------------------------------------- */

struct entry_job {			/* one record on its way into the own log */
	const void *bytes;		/* keeps: the text, until node_file returns */
	size_t len;
	int rc;				/* result: OK, or why not */
	struct err err;
	uint64_t index;			/* where it stands in the log, when rc is OK */
	uint8_t id[RECORD_ID_BYTES];
	uint32_t seq;
	struct prepared *prepared;	/* private */
};
/*
 * node_file(n, jobs, count, err):
 * Validate, ask the law, log, fold and make durable ${count} records. Each job gets its own result; one bad record does not
 * hinder the others. Every job has its own result in any case; returns OK when they were all worked, else the first
 * failure that kept a piece of
 * them out. When it
 * returns, what is
 * OK is on disk and in a signed checkpoint. Large counts are worked in pieces while earlier pieces are being written.
 */
int node_file(struct node *n, struct entry_job *jobs, size_t count, struct err *e);

/* ---- peers ---------------------------------------------------------------------------------------------------------- */

/* How bytes reach a peer; implemented by the http room (mutual TLS) and by simulations. */
struct transport {
	void *ctx;
	/* GET ${path} from the peer on ${card} into ${out} (at most ${max_bytes}). *${status} is the HTTP status. ERR_IO,
	 * ERR_DENIED (wrong or
	 * expired key), ERR_LIMIT. ${session} keeps a connection alive between calls of one thread; *session NULL at first. */
	int (*get)(void *ctx, void **session, const struct card *card, const char *path, size_t max_bytes, int *status,
	    struct buf *out, struct err *e);
	/* POST; the answer's body, at most ${max_bytes}, goes to ${out} (NULL: not wanted). */
	int (*post)(void *ctx, void **session, const struct card *card, const char *path, const void *body, size_t len,
	    size_t max_bytes, int *status, struct buf *out, struct err *e);
	void (*end)(void *ctx, void *session);
};

/* Own card; cards of peers. */
void node_card(const struct node *n, struct card *out);
int node_pair(struct node *n, const struct card *card, struct err *e);	/* also replaces a card with a new address */
int node_peer_card(struct node *n, int member, struct card *out, struct err *e);
/* The keys that sign the member's log now: one, or two during a change of key; 0: not paired. ${keys} has two places. */
size_t node_log_keys(struct node *n, int member, struct vkey keys[2]);
/* The member whose pinned TLS key is ${pin}, or LAW_NONE. */
int node_member_by_pin(struct node *n, const char *pin);

enum peer_state { PEER_UNPAIRED, PEER_WAITING, PEER_PULLING, PEER_CURRENT, PEER_FAILING, PEER_FROZEN };
struct peer_status {
	int member;
	enum peer_state state;
	uint64_t size, payloads_next;	/* held of its log */
	uint64_t received, withheld;	/* payloads, in this process's life */
	uint64_t refused;		/* sent to us though we may not hold them */
	int64_t last_ok_ms, last_try_ms;	/* WHEN_NONE: never */
	int64_t verified_ms;		/* when the newest entry was verified */
	char trouble[512];		/* last failure, "" when there is none */
	/* As a witness of our log, and of what it has seen. */
	bool witness;			/* it is one, and its key is known */
	uint64_t cosigned;		/* size it cosigned last of our log */
	int64_t cosigned_ms;		/* node time of that; WHEN_NONE */
	int64_t skew_ms;		/* its clock less ours, as of seen_ms */
	int64_t seen_ms;		/* when we last compared what both have seen; WHEN_NONE */
	char cosign_trouble[256];
	/* Attachments that its records name. */
	uint64_t blob_bytes, blobs_missing;	/* here; how many are not whole */
	char blob_trouble[256];		/* why some are missing, "" while they are only on their way */
};
int node_peer_status(struct node *n, int member, struct peer_status *out);
const char *peer_state_word(enum peer_state s);

/* Start one thread a paired peer. ${t} is kept. */
int node_sync_start(struct node *n, const struct transport *t, struct err *e);
void node_sync_stop(struct node *n);
/*
 * node_step(n, next_ms, err): of a stepped node, everything that is due by its clock: bells, pulls, receipts, duties,
 * housekeeping. *${next_ms}: when (node time) there will be something again; a bell or a filing may make it sooner. An error
 * is node_failed's: the node must be closed.
 */
int node_step(struct node *n, int64_t *next_ms, struct err *e);
/* A bell rang: ${member} says its log grew; ${note} may be its checkpoint. */
void node_bell(struct node *n, int member, const void *note, size_t len);

/* ---- trust: witnesses, what is settled, two histories, a node that was set back --------------------------------------------- */

/*
 * node_add_checkpoint(n, body, len, out, type): answer a request to cosign (C2SP tlog-witness add-checkpoint). Returns the HTTP
 * status; ${out} gets the body, *${type} its media type. What is cosigned is durable before this returns 200. Besides the
 * specified answers, 503: this machine's clock is not to be relied on, or the store cannot be written now.
 */
int node_add_checkpoint(struct node *n, const void *body, size_t len, struct buf *out, const char **type);
/* The last checkpoint cosigned for the origin whose lower-case hex SHA-256 is ${hex}, with our own line. ERR_NOTFOUND. */
int node_witnessed(struct node *n, const char *hex, struct buf *note, struct err *e);

/* What this node has seen of every log (docs/exchange.md 7), for ${asker}. */
int node_seen(struct node *n, int asker, struct buf *out, struct err *e);
/* A member tells that a checkpoint of its log is settled; looked at in its turn. */
void node_told(struct node *n, int member, const void *note, size_t len);

/*
 * node_settled(n, member, size, time_s, note, err): the newest checkpoint of the member's log that a quorum has cosigned.
 * *${time_s}: the k-th smallest time of its cosignatures. ${note} may be NULL. ERR_NOTFOUND: none yet.
 */
int node_settled(struct node *n, int member, uint64_t *size, uint64_t *time_s, struct buf *note, struct err *e);
/* How many witnesses the member's log has, and how many must cosign. */
void node_quorum(struct node *n, int member, size_t *witnesses, size_t *k);
/* Is this member a witness of the others' logs today? */
bool node_is_witness(const struct node *n, int member);

/*
 * Before a node signs anything new after a start, its peers say how much they have seen of its log: a restored backup must not
 * tell another story than the one that went out. Filing is open in GUARD_OPEN only; every other state says why and what to do.
 */
enum guard_state {
	GUARD_OPEN,
	GUARD_ASKING,			/* not enough peers have answered yet */
	GUARD_FETCHING,			/* peers have seen more than is here; it is being fetched back */
	GUARD_HELD,			/* fetched back; waits for an operator's word (node_resume) */
	GUARD_TWIN,			/* somebody else signs with our key at this moment */
	GUARD_FROZEN			/* two histories of our own log are proven: a new epoch is needed */
};
struct guard_status {
	enum guard_state state;
	int asked, answered, needed;	/* peers */
	uint64_t own_size, seen_size;	/* entries here; the most that anybody has seen */
	int seen_by;			/* who; LAW_NONE */
	uint64_t came_back, missing;	/* entries fetched back; of these, without a payload anywhere */
	char why[512];			/* a sentence for people; "" in GUARD_OPEN */
};
void node_guard(struct node *n, struct guard_status *out);
const char *guard_word(enum guard_state s);
/* An operator says that this is the only node with this key, and that what is here is all there is. */
int node_resume(struct node *n, struct err *e);
/*
 * The same for a node that does not run, whatever peers would say: for members that no line reaches. Holds until the node has been
 * started once.
 */
int node_resume_once(struct node *n, struct err *e);

/*
 * End this node's log and begin another with a new key (docs/log.md 13); the node must not be running. In two parts, between which
 * whoever signs must be asked again for its keys: node_epoch_begin makes the new key and log, node_epoch_finish signs its first
 * entry. ${card} is the new card, which every other member must accept as it accepted the first. Both may be called again after a
 * crash in the middle.
 */
int node_epoch_begin(const struct node_options *o, struct err *e);
int node_epoch_finish(const struct node_options *o, struct card *card, struct err *e);

/*
 * node_rotate(o, what, days, text, from_ms, err): begin a planned change of the "log", "witness", "tls" or "pouch" key; the node
 * must not be running. The next key is made now; the node tells the others at its next start, and the key takes over in ${days}
 * days (tls: at the first start after that). ${text}: what is public of it.
 */
int node_rotate(const struct node_options *o, const char *what, int days, char text[VKEY_TEXT_MAX], int64_t *from_ms,
    struct err *e);

/* Proofs of two histories that are held. */
int node_forks(struct node *n, int (*visit)(void *ctx, int member, uint32_t epoch, int64_t found_ms, const struct buf *proof),
    void *ctx, struct err *e);

/* ---- attachments -------------------------------------------------------------------------------------------------------- */

/*
 * node_blob_put(n, hash, size, at, bytes, len, now, err):
 * Put one part into the attachment ${hash} of ${size} bytes, from a file on this machine: STORE_BLOB_PART bytes, or the last. A
 * part at 0 begins it anew, unless it is whole: then nothing is changed. With the last part the whole is read back and its hash
 * compared. *${now}: what is here then; durable. ERR_VERIFY: the bytes have another hash, all were erased; ERR_CONFLICT: ${at} is
 * not where it ends; ERR_BUSY: it is being received at this moment; ERR_LIMIT. No record names it yet: blob_sweep drops it after
 * some days.
 */
int node_blob_put(struct node *n, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size, uint64_t at, const void *bytes, size_t len,
    struct blob *now, struct err *e);
/* Drop what was put in of it, if it is not whole. Fine if there is none. */
int node_blob_drop(struct node *n, const uint8_t hash[RECORD_HASH_BYTES], struct err *e);
/*
 * blob_sweep(n, now_ms, err): drop attachments that no record has named for node_options.blob_days, and after an hour those of
 * which only a part was put in. For housekeeping: call it as often as you like, it works every ten minutes. One thread at a time.
 */
int blob_sweep(struct node *n, int64_t now_ms, struct err *e);

/* ---- care ------------------------------------------------------------------------------------------------------------ */

typedef int (*progress_fn)(void *ctx, const char *what, uint64_t done, uint64_t total);

/* Drop and refold every derived row (needs the writer: not on a readonly node). */
int node_rebuild(struct node *n, progress_fn progress, void *ctx, uint64_t *records, struct err *e);
/*
 * Everything that can be checked without a peer: file structure, each log's tiles against its root and signed checkpoint,
 * each payload against
 * its entry, and the derived rows against a fresh fold. ${finding} gets a sentence each. OK with *${findings} == 0 means sound.
 */
int node_check(struct node *n, void (*finding)(void *ctx, const char *text), progress_fn progress, void *ctx,
    uint64_t *findings, struct err *e);

/* A consistent copy of the store in a new file, online. Keys are not in it (docs/store.md says how to keep them). */
int node_backup(struct node *n, const char *path, progress_fn progress, void *ctx, struct err *e);

/* What housekeeping (duties, changes of keys, attachments) could not do at its last turn, in a sentence; "" for nothing. */
void node_trouble(struct node *n, char out[256]);

/* Set when a commit failed in a way that leaves the disk in doubt: the process should end. */
bool node_failed(const struct node *n, struct err *e);

#endif
