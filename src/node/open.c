/* Opening and closing a node, and what it says of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypt/crypt.h"
#include "crypt/keyfile.h"
#include "node/internal.h"
#include "node/pouch.h"

#define MAX_LOG_ENTRIES UINT64_C(100000000)
#define TIDY_MS 500
#define DUTY_RETRY_MS 60000

uint32_t
node_log_no(const struct node *n, int member)
{
	return n->log_no[member];
}

static int
get_text(struct store_reader *r, const char *name, char *out, size_t cap, struct err *e)
{
	struct buf b = { 0 };
	int rc = store_meta_get(r, name, &b, e);

	if (rc == OK && b.len >= cap)
		rc = err_set(e, ERR_VERIFY, "setting %s is too long; the store is damaged", name);
	if (rc == OK)
		memcpy(out, buf_cstr(&b), b.len + 1);
	buf_free(&b);
	return rc;
}

/* The same for what nodes made by an earlier version have not. */
static int
get_optional(struct store_reader *r, const char *name, char *out, size_t cap, struct err *e)
{
	int rc = get_text(r, name, out, cap, e);

	if (rc != ERR_NOTFOUND)
		return rc;
	out[0] = '\0';
	return OK;
}

static int
load_charter(struct node *n, struct store_reader *r, struct err *e)
{
	struct buf text = { 0 };
	struct digest hash;
	uint8_t *copy;
	int rc = store_meta_get(r, "node/charter", &text, e);

	if (rc == OK && (copy = (uint8_t *)arena_strn(&n->boot, buf_cstr(&text), text.len)) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for the charter");
	if (rc == OK && (rc = charter_read(&n->boot, "charter", copy, text.len, &n->charter, e)) == OK)
		rc = charter_registry(n->charter, &n->boot, &n->reg, e);
	hash_once(&hash, text.data, text.len);
	hex_encode(n->charter_hash, hash.b, sizeof hash.b);
	buf_free(&text);
	return rc;
}

/* Each member's newest log. */
static int
load_log_numbers(struct node *n, struct store_reader *r, struct err *e)
{
	struct log_row row;
	int rc = OK;

	if ((n->log_no = calloc(n->reg->members_count, sizeof *n->log_no)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the members' logs");
	for (uint32_t i = 0; i < n->reg->members_count && rc == OK; i++)
		if ((rc = store_log_find(r, n->reg->mechanism, n->reg->members[i].code, 0, &row, e)) == OK)
			n->log_no[i] = row.no;
	return rc;
}

static int
load_identity(struct node *n, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	int rc;

	if (r == NULL)
		return e->code;
	if ((rc = get_text(r, "node/member", n->member, sizeof n->member, e)) == OK &&
	    (rc = get_text(r, "node/address", n->address, sizeof n->address, e)) == OK &&
	    (rc = get_text(r, "node/vkey", n->vkey_text, sizeof n->vkey_text, e)) == OK &&
	    (rc = get_optional(r, "node/witness", n->witness_text, sizeof n->witness_text, e)) == OK &&
	    (rc = get_optional(r, "node/pouch", n->pouch_text, sizeof n->pouch_text, e)) == OK &&
	    (rc = load_charter(n, r, e)) == OK && (rc = load_log_numbers(n, r, e)) == OK) {
		n->own = registry_member(n->reg, n->member, strlen(n->member));
		if ((rc = rotate_load_own(n, r, e)) == OK)
			rc = n->own == LAW_NONE ? err_set(e, ERR_VERIFY, "the charter in the store does not name \"%s\"", n->member) :
		    store_log_get(r, node_log_no(n, n->own), &n->own_log, e);
	}
	node_reader_done(n, r);
	return rc;
}

/* The certificate's pin: public, so also for readers. */
static int
load_public(struct node *n, struct err *e)
{
	struct buf text = { 0 };
	struct cert_info info;
	char path[4352];
	int rc;

	snprintf(path, sizeof path, "%s/keys/tls.crt", n->dir);
	if ((rc = file_read(path, CERT_MAX_BYTES, &text, e)) == OK && (rc = cert_info(&info, text.data, text.len, e)) == OK)
		snprintf(n->tls_pin, sizeof n->tls_pin, "%s", info.pin);
	buf_free(&text);
	return rc;
}

static int
put_trust(void *arg, struct store *s, struct err *e)
{
	struct node *n = arg;
	int rc = store_meta_put(s, "node/witness", n->witness_text, strlen(n->witness_text), e);

	return rc == OK ? store_meta_put(s, "node/pouch", n->pouch_text, strlen(n->pouch_text), e) : rc;
}

/* A node made before there were witness and pouch keys gets them now, and its peers need its new card. */
static int
make_trust(struct node *n, struct err *e)
{
	int rc;

	if (n->witness_text[0] != '\0')
		return OK;
	if ((rc = identity_make_trust(n->dir, n->rng, n->reg->mechanism, n->member, n->witness_text, n->pouch_text, e)) != OK ||
	    (rc = store_begin(n->store, e)) != OK)
		return rc;
	if ((rc = put_trust(n, n->store, e)) != OK || (rc = store_commit(n->store, e)) != OK)
		store_rollback(n->store);
	return rc;
}

/* The end of the own log: what is stored must give the committed root, or nothing may be signed. */
static int
load_tail(struct node *n, struct err *e)
{
	n->tail = malloc(sizeof *n->tail);
	n->tail_before = malloc(sizeof *n->tail_before);
	if (n->tail == NULL || n->tail_before == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the log's right edge");
	if (append_load(n->tail, store_view(n->store), &n->own_log, e) != OK)
		return err_at(e, "the own log does not agree with its committed root, nothing will be signed; restore "
		    "the file and ask the peers "
		    "for what is missing");
	return OK;
}

/*
 * A clock that went back would date new records before old ones. Only our own last record counts: a peer may write any
 * date. It is read from its
 * text, since the derived rows may still wait for their rebuild.
 */
static int
check_clock(struct node *n, struct err *e)
{
	struct arena one = { 0 };
	struct payload p;
	struct record r;
	struct err why;
	int64_t last = WHEN_NONE;
	char text[INST_LEN];
	int rc = n->own_log.size == 0 ? ERR_NOTFOUND :
	    store_payload_get(store_view(n->store), POS(n->own_log.no, n->own_log.size - 1), &p, e);

	if (rc == OK && record_parse(&one, p.bytes, p.len, &r, &why) == OK)
		last = r.filed_at.ms;
	else if (rc == OK && why.code == ERR_NOMEM)
		rc = err_set(e, ERR_NOMEM, "no memory to read this node's last record");
	arena_free(&one);
	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	if (last == WHEN_NONE || node_now_ms(n) >= last - DAY_MS)
		return OK;	/* nothing filed, or deleted, or of a later version: nothing to compare with */
	inst_format(text, (struct inst){ last, 0 });
	return err_set(e, ERR_CONFLICT, "this machine's clock is more than a day behind this node's last record (%s); "
	    "set the clock, "
	    "then start again", text);
}

/* What of the work that nobody asked for did not go well is told in the status until it does. */
static void
house_trouble(struct node *n, int rc, const struct err *e)
{
	pthread_mutex_lock(&n->lock);
	snprintf(n->house_trouble, sizeof n->house_trouble, "%.250s", rc == OK ? "" : e->text);
	pthread_mutex_unlock(&n->lock);
}

void
node_trouble(struct node *n, char out[256])
{
	pthread_mutex_lock(&n->lock);
	snprintf(out, 256, "%s", n->house_trouble);
	pthread_mutex_unlock(&n->lock);
}

/* What signs: changes of keys, and what acts on records and dates ask for. */
static int
house_duties(struct node *n, int64_t now, struct err *e)
{
	int64_t next = INT64_MAX;
	int rc = rotate_turn(n, e);

	if (rc != OK || (now < n->duty_ms && !duty_pending(n)))
		return rc;
	rc = duty_turn(n, now, &next, e);
	n->duty_ms = rc == OK ? next : now + DUTY_RETRY_MS;
	return rc;
}

int64_t
house_turn(struct node *n)
{
	int64_t now = node_now_ms(n);
	struct err e = { 0 };
	int rc = OK;

	if (!node_failed(n, NULL)) {
		if (guard_may_sign(n, NULL) == OK)
			rc = house_duties(n, now, &e);
		if (!n->readonly)
			forks_tell(n);
		if (rc == OK)
			rc = blob_sweep(n, now, &e);
		house_trouble(n, rc, &e);
	}
	(void)store_tidy(n->store, &e);	/* only a matter of space; the next round tries again */
	return now + TIDY_MS;
}

static void *
housekeeping_main(void *arg)
{
	struct node *n = arg;
	struct timespec until;

	pthread_mutex_lock(&n->lock);
	while (!n->stopping_house) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += TIDY_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&n->housekeeper_wake, &n->lock, &until);
		pthread_mutex_unlock(&n->lock);
		house_turn(n);
		pthread_mutex_lock(&n->lock);
	}
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

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
	if ((rc = publish_own(n, e)) != OK)
		return rc;
	if (!n->stepped && pthread_create(&n->housekeeper, NULL, housekeeping_main, n) != 0)
		return err_set(e, ERR_IO, "cannot start a thread; raise the process limit (ulimit -u)");
	n->housekeeping = !n->stepped;
	return writer_do(n->writer, nothing_to_write, NULL, e);
}

static int
open_node(struct node *n, const struct node_options *o, struct err *e)
{
	char path[4352];
	int rc;

	if ((rc = crypt_init(e)) != OK)
		return rc;
	snprintf(path, sizeof path, "%s/diwan.db", n->dir);
	if ((rc = store_open_sqlite(path, n->readonly ? STORE_READONLY : 0, &n->store,
	    e)) != OK || (!n->readonly && (rc = rotate_files(n->store, n->dir, node_now_ms(n), e)) != OK) ||
	    (rc = load_identity(n, e)) != OK ||
	    (rc = load_public(n, e)) != OK)
		return rc;
	n->published = calloc(n->reg->members_count, sizeof *n->published);
	n->settled = calloc(n->reg->members_count, sizeof *n->settled);
	n->peers = calloc(n->reg->members_count, sizeof *n->peers);
	if (n->published == NULL || n->settled == NULL || n->peers == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the peers");
	if ((rc = peers_load(n, e)) != OK || (rc = publish_load(n, e)) != OK || (rc = settle_load(n, e)) != OK || (rc = guard_load(n, e)) != OK)
		return rc;
	if (n->readonly)
		return OK;
	if (LOG_EPOCH(n->own_log.no) > 1 && n->own_log.size == 0 && !n->begin_epoch)
		return err_set(e, ERR_CONFLICT, "a new epoch of this log was begun and not finished; run `diwan epoch %s` again", n->dir);
	if ((rc = make_trust(n, e)) != OK || n->only_prepare)
		return rc;
	if ((rc = signers_load(n, o, e)) != OK || (rc = check_clock(n, e)) != OK ||
	    (rc = start_threads(n, o, e)) != OK)
		return rc;
	return store_derived_stale(n->store) ? node_rebuild(n, NULL, NULL, &(uint64_t){ 0 }, e) : OK;
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

static void
stop_housekeeping(struct node *n)
{
	if (!n->housekeeping)
		return;
	pthread_mutex_lock(&n->lock);
	n->stopping_house = true;
	pthread_cond_signal(&n->housekeeper_wake);
	pthread_mutex_unlock(&n->lock);
	pthread_join(n->housekeeper, NULL);
	n->housekeeping = false;
}

void
node_close(struct node *n)
{
	struct err e;

	if (n == NULL)
		return;
	if (n->syncing)
		node_sync_stop(n);
	stop_housekeeping(n);		/* it writes too */
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

/* ---- what it says of itself ---- */

const struct registry *node_registry(const struct node *n) { return n->reg; }
const struct charter *node_charter(const struct node *n) { return n->charter; }
const char *node_charter_hash(const struct node *n) { return n->charter_hash; }
const char *node_mechanism(const struct node *n) { return n->reg->mechanism; }
const char *node_member(const struct node *n) { return n->member; }
const char *node_address(const struct node *n) { return n->address; }
const char *node_dir(const struct node *n) { return n->dir; }
int node_own(const struct node *n) { return n->own; }
uint32_t node_own_log(const struct node *n) { return node_log_no(n, n->own); }
int64_t node_now_ms(const struct node *n) { return clock_now_ms(n->clock); }
int32_t node_today(const struct node *n) { return ms_to_days(node_now_ms(n), 0); }

struct store_reader *
node_reader(struct node *n, struct err *e)
{
	struct store_reader *r = NULL;

	pthread_mutex_lock(&n->lock);
	if (n->readers_count > 0)
		r = n->readers[--n->readers_count];
	pthread_mutex_unlock(&n->lock);
	if (r == NULL && store_reader_open(n->store, &r, e) != OK)
		return NULL;
	return r;
}

void
node_reader_done(struct node *n, struct store_reader *r)
{
	pthread_mutex_lock(&n->lock);
	if (n->readers_count < MAX_READERS) {
		n->readers[n->readers_count++] = r;
		r = NULL;
	}
	pthread_mutex_unlock(&n->lock);
	store_reader_close(r);
}

struct judge
node_judge(const struct node *n, struct store_reader *r)
{
	return (struct judge){ .reader = r, .reg = n->reg, .own = n->own };
}
