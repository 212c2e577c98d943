/* What the files of the node room share. Nobody else includes this. */
#ifndef NODE_INTERNAL_H
#define NODE_INTERNAL_H

#include <pthread.h>

#include "charter/charter.h"
#include "crypt/cert.h"
#include "crypt/keyfile.h"
#include "exchange/append.h"
#include "exchange/pull.h"
#include "log/checkpoint.h"
#include "node/fetch.h"
#include "node/node.h"
#include "node/writer.h"

#define MAX_READERS 16			/* idle readers kept */
#define KEY_MODE_MASK 077		/* a key file must not be readable by group or others */

struct published {			/* newest signed state of one log */
	uint64_t size;
	struct buf note;
};

struct peer {
	struct node *node;
	int member;
	bool paired;
	struct card card;
	struct vkey vkey;
	struct peer_status status;
	/* sync.c */
	pthread_t thread;
	bool running;
	struct card card_used;		/* the thread's own copy */
	struct vkey vkey_used;
	void *session;
	struct fetch fetch;
	struct keeper *keeper;
	bool ask_again;			/* for what was withheld */
	pthread_cond_t wake;
	bool rung, must_ring;
	struct buf bell_note;		/* the checkpoint a bell brought */
};

struct node {
	struct node *self;		/* for functions that only look but must lock */
	char dir[4096];
	bool readonly;
	const struct clock *clock;
	const struct rng *rng;
	uint64_t max_log_entries;

	struct arena boot;		/* charter, register */
	struct charter *charter;
	struct registry *reg;
	char charter_hash[65];
	char member[CODE_MAX + 1], address[280], tls_pin[64], vkey_text[VKEY_TEXT_MAX];
	int own;

	struct store *store;
	struct writer *writer;
	struct sign_key log_key;
	struct note_signer signer;
	bool have_key;

	/* The own log's end. Touched by the writer thread only, once it runs. */
	struct append *tail, *tail_before;
	bool tail_changed;
	uint64_t note_kept, note_keeping;	/* size whose note is in the store; in this transaction. UINT64_MAX: none */
	struct log_row own_log;

	pthread_mutex_t pairing;	/* one pairing at a time; taken before lock */
	pthread_mutex_t lock;		/* guards all below */
	struct published *published;	/* per member of the register */
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
int identity_read_key(const struct node *n, enum keyfile_purpose purpose, const char *file, struct sign_key *key, struct err *e);
int file_read(const char *path, size_t max_bytes, struct buf *out, struct err *e);
int file_write_new(const char *path, unsigned mode, const void *bytes, size_t len, struct err *e);

/* filing.c */
struct writer_hooks filing_hooks(struct node *n);
void writer_hooks_fail(struct node *n, const struct err *e);	/* the node must end: remember why */

/* peers.c */
int peers_load(struct node *n, struct err *e);
void peers_free(struct node *n);
void peers_ring_all(struct node *n);

/* keep.c: both as struct pull wants them; *${keeper} is NULL at first and again after keep_finish */
struct keeper;
int keep_payloads(struct keeper **keeper, struct node *n, struct peer *p, const struct pulled *items, size_t count, uint64_t from,
    uint64_t next, struct err *e);
int keep_finish(struct keeper **keeper, struct err *e);
/* Receipts for the payloads held of [*next, end) of the peer's log; *next advances with each that is filed. */
int file_receipts(struct node *n, struct peer *p, struct store_reader *r, uint64_t *next, uint64_t end, struct err *e);
/* A RECEIPT record for ${member} with the given body. */
int compose_receipt(struct node *n, int member, const struct buf *body, struct buf *text, struct err *e);

/* sync.c: start the peer's thread if exchange is running */
int sync_peer(struct node *n, struct peer *p, struct err *e);

/*
 * What to make of a payload of ${member}'s log: OK and ${r}, ${law}; or why it is quarantined (not understood, out of
 * place, refused by the law).
 * The same answer when it comes and when the store is refolded.
 */
int payload_verdict(const struct node *n, int member, const void *bytes, size_t len, struct arena *a, struct record *r,
    struct law_record *law, struct err *e);

/* publish.c: the state of log ${no} as signed by its member */
void publish(struct node *n, int member, uint64_t size, const void *note, size_t len);
int publish_own(struct node *n, struct err *e);
int publish_load(struct node *n, struct err *e);

#endif
