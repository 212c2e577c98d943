/* What the files of the node room share. Nobody else includes this. */
#ifndef NODE_INTERNAL_H
#define NODE_INTERNAL_H

#include <pthread.h>

#include "charter/charter.h"
#include "crypt/age.h"
#include "crypt/cert.h"
#include "crypt/keyfile.h"
#include "exchange/append.h"
#include "exchange/pull.h"
#include "log/checkpoint.h"
#include "node/blob.h"
#include "node/duty.h"
#include "node/fetch.h"
#include "node/files.h"
#include "node/node.h"
#include "node/writer.h"

#define MAX_READERS 16			/* idle readers kept */
#define KEY_MODE_MASK 077		/* a key file must not be readable by group or others */

struct published {			/* newest signed state of one log */
	uint64_t size;
	struct buf note;
};

struct settled {			/* newest state of one log that a quorum has cosigned; size 0 and no note: none */
	uint64_t size, time_s;
	struct buf note;
};

struct own_key {			/* a public key of our own, parsed once */
	char text[VKEY_TEXT_MAX];
	struct vkey key;
};

#define GATHERINGS 4			/* own checkpoints for which cosignatures may still come in */

#define GOSSIP_LOOKED_AT 256u		/* notes that are remembered as looked at: some a member's log */

struct guard {
	enum guard_state state;
	bool tried[LAW_MEMBERS_MAX];	/* who was asked since the start, perhaps in vain */
	bool heard[LAW_MEMBERS_MAX];	/* who has answered */
	bool knows;			/* enough have: what this node said before the start is here again */
	uint64_t seen_size;		/* signed by us, and shown to us */
	int seen_by;
	uint64_t from, to;		/* own entries that came back from peers */
	uint64_t held;			/* of these, with their payload */
	bool fetching;			/* one peer's turn is at it */
	bool unsaved;			/* the setting in the store says something else */
	char trouble[256];
};

/* The keys that are changed by plan (rotate.c). */
enum change { CHANGE_LOG, CHANGE_WITNESS, CHANGE_TLS, CHANGE_POUCH, CHANGE_COUNT };

struct key_next {			/* a next key; text "": none */
	int64_t from_ms;
	bool owed;			/* own: not told yet */
	char text[VKEY_TEXT_MAX];
};

struct turn {				/* what a peer's turns carry from one to the next */
	uint32_t log_no;		/* which log of the member; another one begins anew */
	int64_t backoff_ms, pull_at_us, receipt_at_us, not_before_us;	/* ..._us: node_mono_us */
	int64_t asked_again_ms;		/* node time of the last round for what was withheld */
	uint64_t again;			/* how far this round has come */
	bool asking, owe_bell;		/* a round is under way; a bell could not be delivered */
	/* cosign.c */
	uint64_t cosigned;		/* what this witness is known to have cosigned of our log */
	uint64_t told;			/* size of the settled note it was told */
	int64_t cosign_at_us, refresh_at_us, cosign_backoff_ms, cosign_tried_us;
	/* gossip.c */
	int64_t seen_at_us, seen_backoff_ms;
	uint64_t returned;		/* own payloads below were asked back from this peer */
	uint64_t receipted, held_to;	/* payloads below: receipted; below: decided */
	struct blob_pass blobs;		/* blob_sync.c */
	struct buf note;
};

struct work {				/* what one turn is to do */
	bool pull, bell, cosign, seen;
};

struct peer {
	struct node *node;
	int member;
	bool paired;
	struct card card;
	struct vkey vkey[PULL_KEYS];	/* of its log: the card's, and during a change the next one */
	size_t vkeys;
	struct vkey witness[PULL_KEYS];	/* by which it cosigns; none: it does not */
	size_t witnesses;
	struct key_next next[CHANGE_COUNT];
	struct peer_status status;
	/* sync.c, turn.c */
	pthread_t thread;
	bool running;			/* has a thread; or, of a stepped node, has turns */
	struct turn turn;
	struct store_reader *reader;	/* of its turns */
	struct card card_used;		/* the thread's own copy */
	void *session;
	struct fetch fetch;
	struct keeper *keeper;
	bool ask_again;			/* for what was withheld */
	pthread_cond_t wake;
	bool rung, must_ring;
	struct buf bell_note;		/* the checkpoint a bell brought */
	struct published heard;		/* newest checkpoint of a bell that its log has signed, held or not */
	struct buf told_note, told;	/* a settled checkpoint it told us of: just come; being looked at */
};

struct node {
	struct node *self;		/* for functions that only look but must lock */
	char dir[4096];
	bool readonly, stepped, guarded, serving, clock_trusted, begin_epoch, only_prepare;
	int64_t cosign_ms;
	const struct clock *clock;
	const struct rng *rng;
	uint64_t max_log_entries, max_blob_bytes;
	uint32_t blob_days;

	struct arena boot;		/* charter, register */
	struct charter *charter;
	struct registry *reg;
	uint32_t *log_no;		/* per member of the register: its newest log */
	char charter_hash[65];
	char member[CODE_MAX + 1], address[280], tls_pin[64], vkey_text[VKEY_TEXT_MAX];
	char witness_text[VKEY_TEXT_MAX], pouch_text[AGE_RECIPIENT_CHARS + 1];
	int own;

	struct store *store;
	struct writer *writer;
	/* Those that can sign: keys in memory, or another process's. Up to two of each: now, and next. */
	struct sign_key secret[2 * PULL_KEYS];
	struct note_signer log_signer[PULL_KEYS], witness_signer[PULL_KEYS];
	size_t log_signers, witness_signers;
	struct note_signer signer, cosigner;	/* those of now */
	struct note_signer signer_next;		/* and, while both count, the log's next */
	bool have_key, have_next;
	struct key_next next[CHANGE_COUNT];
	struct own_key own_vkey, own_witness, own_before;
	char witness_before[VKEY_TEXT_MAX];	/* what it cosigned with before still counts; "": none */

	/* The own log's end. Touched by the writer thread only, once it runs. */
	struct append *tail, *tail_before;	/* ..._before: of this transaction, once tail_changed */
	bool tail_changed, acts_filed;
	uint64_t note_kept, note_keeping;	/* size whose note is in the store; in this transaction. UINT64_MAX: none */
	struct log_row own_log;

	pthread_mutex_t pairing;	/* one pairing at a time; taken before lock */
	pthread_mutex_t lock;		/* guards all below */
	struct published *published;	/* per member of the register */
	struct settled *settled;	/* per member of the register */
	struct published gathering[GATHERINGS];	/* of the own log */
	struct digest looked_at[GOSSIP_LOOKED_AT];	/* gossip.c: notes that peers told, by their hashes */
	int64_t look_again_us;		/* when they are forgotten: node_mono_us */
	struct guard guard;
	int64_t tell_ms;		/* when forks.c tries (again) to tell of forks; INT64_MAX: all are told. At first 0 */
	struct duty *duty;		/* duty.c */
	int64_t duty_ms;		/* when it wants its next turn */
	uint64_t house_noted;		/* size of the own log when housekeeping last had its note stored */
	char house_trouble[256];	/* of housekeeping; "" when all is well */
	struct blob_claim *blob_claims;	/* blob.c */
	int64_t blob_sweep_ms;		/* node time of the next sweep; housekeeping's own */
	int64_t clock_seen_ms;		/* the newest time this node has signed */
	struct peer *peers;		/* per member of the register */
	struct store_reader *readers[MAX_READERS];
	int readers_count;
	bool stopping, failed, syncing;
	struct err failure;
	const struct transport *transport;
	pthread_t housekeeper;
	bool housekeeping, stopping_house;
	pthread_cond_t housekeeper_wake;
};

/* A condition whose waits a change of the wall clock does not lengthen: wait until a CLOCK_MONOTONIC time. */
void cond_init(pthread_cond_t *c);

/* The member's code; from the register, so that it never changes. */
static inline const char *
peer_code(const struct peer *p)
{
	return p->node->reg->members[p->member].code;
}

/* identity.c */
int identity_read_keyfile(const char *dir, enum keyfile_purpose purpose, const char *file, struct keyfile *k, struct err *e);
/* A new key in a new file ${dir}/${file}, mode 0600; ${k} is the caller's to wipe. */
int identity_new_key(const char *dir, const struct rng *rng, enum keyfile_purpose purpose, const char *file, const char *name,
    struct keyfile *k, struct err *e);
/* Witness and pouch keys, new where their files are missing; what is public of them. */
int identity_make_trust(const char *dir, const struct rng *rng, const char *mechanism, const char *member,
    char witness[VKEY_TEXT_MAX], char pouch[AGE_RECIPIENT_CHARS + 1], struct err *e);
int identity_read_key(const struct node *n, enum keyfile_purpose purpose, const char *file, struct sign_key *key, struct err *e);

/* filing_hooks.c */
struct writer_hooks filing_hooks(struct node *n);
void writer_hooks_fail(struct node *n, const struct err *e);	/* the node must end: remember why */

/* peers.c */
int peers_keep_card(struct store *s, const struct card *card, struct err *e);	/* in a transaction */
int peers_load(struct node *n, struct err *e);
void peers_free(struct node *n);
void peers_ring_all(struct node *n);
void peers_wake(struct node *n);	/* something that is not a new entry has changed */

/* keep.c: both as struct pull wants them; *${keeper} is NULL at first and again after keep_finish */
struct keeper;
int keep_payloads(struct keeper **keeper, struct node *n, struct peer *p, const struct pulled *items, size_t count, uint64_t from,
    uint64_t next, struct err *e);
int keep_finish(struct keeper **keeper, struct err *e);
/* Receipts for the payloads held of [*next, end) of the peer's log; *next advances with each that is filed. */
int file_receipts(struct node *n, struct peer *p, struct store_reader *r, uint64_t *next, uint64_t end, struct err *e);
/*
 * receipt.c: a control record of the node itself for ${member}, with the given body: filed at ${now_ms}, under the id ${id}, or a
 * new one where that is NULL.
 */
int compose_to_member(struct node *n, int member, const uint8_t *id, int64_t now_ms, const struct buf *body, struct buf *text,
    struct err *e);

/* sync.c: start the peer's turns if exchange is running */
int sync_peer(struct node *n, struct peer *p, struct err *e);
/* For durations: the machine's monotonic clock, or, of a stepped node, its own clock. Microseconds. */
int64_t node_mono_us(const struct node *n);

/* peer_io.c: a pull from ${p} of its own log, reading with ${r} */
struct pull peer_pull(struct peer *p, struct store_reader *r);

/*
 * turn.c: start (with p->reader open); how long until there is something to do, 0 if there is (lock held); take what there is
 * (lock held); do it; end. turn_failed: say in the peer's status that it could not be started.
 */
int turn_start(struct peer *p, struct err *e);
int64_t turn_wait_ms(const struct peer *p);
void turn_take(struct peer *p, struct work *w);
void turn_do(struct peer *p, const struct work *w);
void turn_end(struct peer *p);
void turn_failed(struct peer *p, const struct err *e);

/* house.c: what housekeeping is due; node time when more will be */
int64_t house_turn(struct node *n);

/*
 * What to make of a payload of ${member}'s log: OK and ${r}, ${law}; or why it is quarantined (not understood, out of
 * place, refused by the law).
 * The same answer when it comes and when the store is refolded.
 */
int payload_verdict(const struct node *n, int member, const void *bytes, size_t len, struct arena *a, struct record *r,
    struct law_record *law, struct err *e);

/* keys.c: who may sign what. ${keys} has PULL_KEYS places. */
size_t keys_of_log(struct node *n, int member, struct vkey *keys);
/* The witnesses of ${of}'s log whose keys are known, own included; at most keys_witnesses_max. */
size_t keys_witnesses_max(const struct node *n);
size_t keys_of_witnesses(struct node *n, int of, struct vkey *keys);
bool keys_is_witness(const struct node *n, int member);
/* The member and epoch that an origin is of; LAW_NONE for another mechanism's or malformed. */
int keys_member_of(const struct node *n, const char *origin, uint32_t *epoch);
void keys_origin(const struct node *n, int member, uint32_t epoch, char out[256]);
/* The name of a member's key that is for all its epochs: "witness", "pouch". */
void keys_name(const struct node *n, int member, const char *what, char out[256]);

/* signers.c: find who signs; choose by the settings which is now's and which the next */
int signers_load(struct node *n, const struct node_options *o, struct err *e);
int signers_choose(struct node *n, struct err *e);
int signers_have(const struct node *n, enum change c, const char *text, struct err *e);	/* ERR_CONFLICT: that key is not here */

/* rotate.c */
const char *rotate_word(enum change c);
enum change rotate_from_word(const char *word);	/* CHANGE_COUNT: none */
int rotate_load_own(struct node *n, struct store_reader *r, struct err *e);
int rotate_load_peer(struct node *n, struct store_reader *r, int member, struct err *e);
/* In the transaction that keeps a KEY_CHANGE of ${member}; afterwards rotate_load_peer. */
int rotate_keep(struct node *n, struct store *s, int member, const struct record *r, struct err *e);
/*
 * A new card of ${member}: is what was announced for this key history with it? In the transaction that keeps the card: forget
 * what is. The rest goes on.
 */
bool rotate_settles(const struct card *before, const struct card *now, enum change c);
int rotate_forget(const struct node *n, struct store *s, int member, const struct card *before, const struct card *now,
    struct err *e);
int rotate_turn(struct node *n, struct err *e);	/* what is due: telling, switching, forgetting old keys */
/* Key files whose time has come take their place; before any key is read. */
int rotate_files(struct store *s, const char *dir, int64_t now_ms, struct err *e);
/* receipt.c: the KEY_CHANGE */
int file_key_change(struct node *n, const char *old, const char *next, int64_t from_ms, struct err *e);
/* identity.c: a certificate of ${key} into keys/tls<next>.crt and .pem */
int identity_certificate(const char *dir, const char *member, const char *address, const struct sign_key *key, const char *next,
    const struct rng *rng, struct err *e);

/* epoch.c: another member's next log, as its new card says */
int epoch_accept(struct node *n, int member, uint32_t epoch, struct err *e);

/* cosign.c: show the peer our newest checkpoint, gather its cosignature; tell it what is settled */
bool cosign_due(const struct peer *p, int64_t *at_us);	/* lock held */
void cosign_turn(struct peer *p);
void cosign_sooner(struct peer *p);	/* it can be reached again, whatever its last failure was */

/*
 * settle.c: a checkpoint note that is consistent with what is held of ${member}'s log: keep its cosignatures. May be any note of a
 * size that is held; lines by unknown keys are dropped.
 */
int settle_take(struct node *n, int member, struct store_reader *r, const void *note, size_t len, struct err *e);
int settle_load(struct node *n, struct err *e);
/* The quorum's word about a note: 1 and its time when k witnesses of ${member}'s log have cosigned; 0; or ERR_NOMEM. */
int settle_counts(struct node *n, int member, const void *note, size_t len, struct checkpoint *cp, uint64_t *time_s);

/* gossip.c: compare what ${p} has seen with what we hold; also the guard's question */
void gossip_turn(struct peer *p);

/* guard.c */
int guard_load(struct node *n, struct err *e);
int guard_may_sign(struct node *n, struct err *e);
bool guard_may_cosign(struct node *n);			/* what was cosigned before the start is known again */
/* It was asked what it has seen of our log; it has said all, or could not be heard. */
void guard_heard(struct node *n, int member, bool answered);
/* It has shown a checkpoint of our log, signed by us, of more entries than there are here. */
void guard_ahead(struct node *n, int member, uint64_t size);
bool guard_misses(struct node *n);			/* there are entries of ours that are not here */
bool guard_fetch(struct node *n, uint64_t size);	/* they are to be fetched back: take the task on */
void guard_fetched(struct node *n, int rc, const struct err *e);	/* and how that went */
bool guard_returns(struct node *n, uint64_t *from, uint64_t *to);	/* own entries that may lack their payload */
void guard_returned(struct node *n, uint64_t held);
void guard_froze(struct node *n);

/* witness.c: a peer shows a note that may carry our own cosignature: what we have said before a rollback holds */
int witness_recall(struct node *n, int member, struct store_reader *r, const struct checkpoint *cp, const void *note, size_t len,
    struct err *e);

/* forks.c: a proof about an origin, from wherever: verified, kept, the log frozen; then all members are told, once */
int fork_found(struct node *n, const void *proof, size_t len, struct err *e);
void forks_tell(struct node *n);	/* now, what could not be told before; if it is time to try again */
/* receipt.c: a record of our own about a log, with evidence, to all members; and that of a proof */
int file_about_log(struct node *n, const char *type, int member, uint32_t epoch, const void *evidence, size_t len, struct err *e);
int fork_announce(struct node *n, int member, uint32_t epoch, const void *proof, size_t len, struct err *e);

/* publish.c: the state of log ${no} as signed by its member */
int publish(struct node *n, int member, uint64_t size, const void *note, size_t len);	/* ERR_NOMEM: the older one stays */
int publish_own(struct node *n, struct err *e);
/* The newest note that is stored, on which nothing stands that was not verified here. Fine if there is none. */
int publish_stored(struct node *n, int member, struct store_reader *r, struct err *e);
int publish_load(struct node *n, struct err *e);

#endif
