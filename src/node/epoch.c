/*
 * A new epoch: the member's log ends, and another one, with a new key and a new origin, takes its place (docs/log.md 13). The
 * remedy after two histories, and after a key that was lost or that others may have. Begun by its owner, with the node stopped;
 * accepted by each other member with the new card, the words of which are compared aloud as at first: the old key cannot vouch for
 * the new.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/internal.h"
#include "node/rotate.h"

#define KEY_NEXT "keys/log.next.key"

struct opening {			/* the next epoch of ${member}'s log */
	struct node *n;
	int member;
	uint32_t epoch;
	char vkey[VKEY_TEXT_MAX];	/* own: of its key */
};

/* In one transaction: the old log is closed, the new one is there. */
static int
run_open(void *arg, struct store *s, struct err *e)
{
	struct opening *o = arg;
	struct node *n = o->n;
	struct log_row row, next;
	struct digest empty;
	int rc = store_log_get(store_view(s), node_log_no(n, o->member), &row, e);

	if (rc != OK)
		return rc;
	tree_empty(&empty);
	next = (struct log_row){ .no = LOG_NO(o->member, o->epoch), .epoch = o->epoch, .own = row.own };
	snprintf(next.mechanism, sizeof next.mechanism, "%s", row.mechanism);
	snprintf(next.member, sizeof next.member, "%s", row.member);
	keys_origin(n, o->member, o->epoch, next.origin);
	memcpy(next.root, empty.b, sizeof next.root);
	row.frozen = true;
	if ((rc = store_log_put(s, &row, e)) != OK || (rc = store_log_put(s, &next, e)) != OK)
		return rc;
	if (o->vkey[0] == '\0')
		return OK;
	if ((rc = store_meta_put(s, "node/guard", "", 0, e)) != OK || (rc = store_meta_put(s, "next/log", "", 0, e)) != OK ||
	    (rc = store_meta_put(s, "files/log", "next", 4, e)) != OK)
		return rc;
	return store_meta_put(s, "node/vkey", o->vkey, strlen(o->vkey), e);
}

int
epoch_accept(struct node *n, int member, uint32_t epoch, struct err *e)
{
	struct opening o = { .n = n, .member = member, .epoch = epoch };
	int rc = writer_do(n->writer, run_open, &o, e);

	if (rc != OK)
		return rc;
	pthread_mutex_lock(&n->lock);
	n->log_no[member] = LOG_NO(member, epoch);
	buf_reset(&n->published[member].note);
	n->published[member].size = 0;
	buf_reset(&n->settled[member].note);
	n->settled[member].size = 0;
	pthread_mutex_unlock(&n->lock);
	return OK;
}

/* The key of the next epoch. One that a planned change had made is of the old log, and goes. */
static int
make_key(struct node *n, struct opening *o, struct err *e)
{
	struct keyfile k;
	struct sign_key key;
	struct vkey v;
	char path[4352], origin[256];
	int rc;

	keys_origin(n, n->own, o->epoch, origin);
	snprintf(path, sizeof path, "%s/%s", n->dir, KEY_NEXT);
	rotate_files_destroy(path);
	if ((rc = identity_new_key(n->dir, n->rng, KEYFILE_LOG, KEY_NEXT, origin, &k, e)) != OK)
		return rc;
	sign_from_seed(&key, k.seed);
	keyfile_wipe(&k);
	if ((rc = vkey_make(&v, origin, VKEY_ED25519, key.pub, e)) == OK)
		vkey_format(o->vkey, &v);
	sign_wipe(&key);
	return rc;
}

/* Nothing is signed here, and the old key may be lost: the store alone is open, without the writer's thread. */
static int
begin(struct node *n, struct err *e)
{
	struct opening o = { .n = n, .member = n->own, .epoch = LOG_EPOCH(node_own_log(n)) + 1 };
	int rc = make_key(n, &o, e);

	if (rc != OK || (rc = store_begin(n->store, e)) != OK)
		return rc;
	if ((rc = run_open(&o, n->store, e)) != OK || (rc = store_commit(n->store, e)) != OK)
		store_rollback(n->store);
	return rc;
}

/* Entry 0 says which log ended and how far it had been settled: so far it stands. */
static int
announce(struct node *n, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	uint32_t before = LOG_EPOCH(node_own_log(n)) - 1;
	struct buf note = { 0 };
	uint64_t size;
	char name[80];
	int rc;

	if (r == NULL)
		return e->code;
	snprintf(name, sizeof name, "settled/%s", n->member);
	rc = store_meta_get(r, name, &note, e);
	if (rc == ERR_NOTFOUND)		/* nothing was settled: the newest that was signed */
		rc = store_checkpoint_get(r, LOG_NO(n->own, before), UINT64_MAX, &size, &note, e);
	if (rc == ERR_NOTFOUND)
		rc = buf_str(&note, "nothing was signed") ? OK : err_set(e, ERR_NOMEM, "no memory for a checkpoint");
	node_reader_done(n, r);
	if (rc == OK)
		rc = file_about_log(n, "NEW_EPOCH", n->own, before, note.data, note.len, e);
	buf_free(&note);
	return rc;
}

int
node_epoch_begin(const struct node_options *o, struct err *e)
{
	struct node_options own = *o;
	struct node *n = NULL;
	int rc;

	own.readonly = false;
	own.only_prepare = own.begin_epoch = true;
	if ((rc = node_open(&n, &own, e)) != OK)
		return rc;
	if (n->own_log.size > 0 || LOG_EPOCH(node_own_log(n)) == 1)	/* else: one that was begun and not finished */
		rc = begin(n, e);
	node_close(n);
	return rc;
}

int
node_epoch_finish(const struct node_options *o, struct card *card, struct err *e)
{
	struct node_options own = *o;
	struct node *n = NULL;
	int rc;

	own.guarded = own.readonly = false;
	own.begin_epoch = true;
	if ((rc = node_open(&n, &own, e)) != OK)
		return rc;
	if (LOG_EPOCH(node_own_log(n)) == 1)
		rc = err_set(e, ERR_CONFLICT, "no new epoch of this log was begun");
	else if (n->own_log.size == 0)
		rc = announce(n, e);
	if (rc == OK)
		node_card(n, card);
	node_close(n);
	return rc;
}
