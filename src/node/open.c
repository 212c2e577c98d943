/* Opening and closing a node. */
#include "node/open.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypt/crypt.h"
#include "node/pouch.h"

#define MAX_LOG_ENTRIES UINT64_C(100000000)

static int
nothing_to_write(void *arg, struct store *s, struct err *e)
{
	(void)arg, (void)s, (void)e;
	return OK;		/* the writer's seal hook keeps the newest note */
}

static int
start_threads(struct node *n, const struct node_options *o, struct err *e)
{
	struct writer_hooks hooks = filing_hooks(n);
	int rc;

	if ((rc = load_tail(n, e)) != OK || (rc = pouch_folder(n->dir, e)) != OK ||
	    (o->before_threads != NULL && (rc = o->before_threads(o->before_ctx, e)) != OK))
		return rc;
	if ((rc = writer_start(&n->writer, n->store, &hooks, n->stepped, e)) != OK)
		return rc;
	if ((rc = publish_own(n, e)) != OK || (rc = house_start(n, e)) != OK)
		return rc;
	return writer_do(n->writer, nothing_to_write, NULL, e);
}

/* What is held of the other members, and of all logs. */
static int
load_others(struct node *n, struct err *e)
{
	int rc;

	n->published = calloc(n->reg->members_count, sizeof *n->published);
	n->settled = calloc(n->reg->members_count, sizeof *n->settled);
	n->peers = calloc(n->reg->members_count, sizeof *n->peers);
	if (n->published == NULL || n->settled == NULL || n->peers == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the peers");
	if ((rc = peers_load(n, e)) != OK || (rc = publish_load(n, e)) != OK || (rc = settle_load(n, e)) != OK)
		return rc;
	return guard_load(n, e);
}

static int
open_for_work(struct node *n, const struct node_options *o, struct err *e)
{
	int rc;

	if (LOG_EPOCH(n->own_log.no) > 1 && n->own_log.size == 0 && !n->begin_epoch)
		return err_set(e, ERR_CONFLICT, "a new epoch of this log was begun and not finished; run `diwan epoch %s` again",
		    n->dir);
	if ((rc = load_trust(n, e)) != OK || n->only_prepare)
		return rc;
	if ((rc = signers_load(n, o, e)) != OK || (rc = load_clock(n, e)) != OK || (rc = start_threads(n, o, e)) != OK)
		return rc;
	return store_derived_stale(n->store) ? node_rebuild(n, NULL, NULL, &(uint64_t){ 0 }, e) : OK;
}

static int
open_node(struct node *n, const struct node_options *o, struct err *e)
{
	char path[4352];
	int rc;

	if ((rc = crypt_init(e)) != OK)
		return rc;
	snprintf(path, sizeof path, "%s/diwan.db", n->dir);
	if ((rc = store_open_sqlite(path, n->readonly ? STORE_READONLY : 0, &n->store, e)) != OK ||
	    (!n->readonly && (rc = rotate_files(n->store, n->dir, node_now_ms(n), e)) != OK) ||
	    (rc = load_identity(n, e)) != OK || (rc = load_public(n, e)) != OK || (rc = load_others(n, e)) != OK)
		return rc;
	return n->readonly ? OK : open_for_work(n, o, e);
}

static void
set_options(struct node *n, const struct node_options *o)
{
	snprintf(n->dir, sizeof n->dir, "%s", o->dir);
	n->readonly = o->readonly;
	n->stepped = o->stepped;
	n->guarded = o->guarded;
	n->serving = o->serving;
	n->clock_trusted = o->clock_trusted;
	n->cosign_ms = o->cosign_ms;
	n->only_prepare = o->only_prepare;
	n->begin_epoch = o->begin_epoch;
	n->clock = o->clock == NULL ? &clock_system : o->clock;
	n->rng = o->rng == NULL ? &rng_system : o->rng;
	n->max_log_entries = o->max_log_entries == 0 ? MAX_LOG_ENTRIES : o->max_log_entries;
	n->max_blob_bytes = o->max_blob_bytes == 0 ? BLOB_QUOTA_BYTES : o->max_blob_bytes;
	n->blob_days = o->blob_days == 0 ? BLOB_DAYS : o->blob_days;
}

int
node_open(struct node **out, const struct node_options *o, struct err *e)
{
	struct node *n = calloc(1, sizeof *n);
	int rc;

	if (n == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a node");
	n->self = n;
	n->note_kept = UINT64_MAX;
	set_options(n, o);
	pthread_mutex_init(&n->lock, NULL);
	pthread_mutex_init(&n->pairing, NULL);
	cond_init(&n->housekeeper_wake);
	if ((rc = open_node(n, o, e)) != OK) {
		node_close(n);
		return rc;
	}
	*out = n;
	return OK;
}

int
node_prepare(const struct node_options *o, struct err *e)
{
	struct node_options own = *o;
	struct node *n = NULL;
	int rc;

	own.only_prepare = true;
	if ((rc = node_open(&n, &own, e)) == OK)
		node_close(n);
	return rc;
}

void
node_close(struct node *n)
{
	struct err e;

	if (n == NULL)
		return;
	if (n->syncing)
		node_sync_stop(n);
	house_stop(n);			/* it writes too */
	if (n->writer != NULL && !node_failed(n, NULL))
		(void)writer_do(n->writer, nothing_to_write, NULL, &e);	/* the last note; it can be signed anew at the next start */
	writer_stop(n->writer);
	for (int i = 0; i < n->readers_count; i++)
		store_reader_close(n->readers[i]);
	peers_free(n);
	for (uint32_t i = 0; n->published != NULL && n->settled != NULL && i < n->reg->members_count; i++) {
		buf_free(&n->published[i].note);
		buf_free(&n->settled[i].note);
	}
	for (int i = 0; i < GATHERINGS; i++)
		buf_free(&n->gathering[i].note);
	free(n->published);
	free(n->settled);
	free(n->log_no);
	duty_free(n->duty);
	store_close(n->store);
	for (size_t i = 0; i < sizeof n->secret / sizeof *n->secret; i++)
		sign_wipe(&n->secret[i]);
	free(n->tail);
	free(n->tail_before);
	arena_free(&n->boot);
	pthread_mutex_destroy(&n->lock);
	pthread_mutex_destroy(&n->pairing);
	pthread_cond_destroy(&n->housekeeper_wake);
	free(n);
}
