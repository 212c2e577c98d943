/*
 * Nodes in one process that talk over memory. Requests are answered as the http room answers them; between any two nodes the
 * line can be cut, and a seed decides which requests are lost and which answers are cut off.
 */
#ifndef TESTS_NODE_NET_H
#define TESTS_NODE_NET_H

#include <pthread.h>

#include "exchange/append.h"
#include "exchange/blob.h"
#include "exchange/release.h"
#include "home.h"
#include "log/tile.h"

#define NET_NODES 5

struct net;
struct end {				/* one node's end of the net */
	struct net *net;
	int who;
	struct node *node;
	char dir[20];
	struct clock clock;
	_Atomic int64_t ahead_ms;	/* of home_clock */
	struct transport transport;
	bool syncing;
	bool guarded;			/* set before net_open */
	int64_t cosign_ms;		/* 0: a second */
	_Atomic int busy;		/* requests it is answering */
	bool closed;			/* lets nobody in any more */
	uint64_t max_blob_bytes;	/* option, when it is opened next */
};

struct net {
	struct end end[NET_NODES];
	pthread_mutex_t lock;
	uint32_t seed;
	_Atomic uint32_t bad_percent;	/* how many of a hundred requests go wrong */
	_Atomic bool cut[NET_NODES][NET_NODES];	/* [asking][asked] */
	_Atomic int generous;		/* this member gives every payload to everybody; -1: none does */
	/*
	 * What this member answers instead of the honest answer, which is in ${out}: it returns the HTTP status. NULL: everybody
	 * is honest.
	 */
	_Atomic int liar;
	int (*_Atomic lie)(int asker, const char *path, const void *body, size_t len, int status, struct buf *out);
	_Atomic int blob_liar;		/* this member gives attachments with another byte in them; -1: none does */
	_Atomic uint64_t requests, spoiled, blob_gets;
};

static struct net net = { .lock = PTHREAD_MUTEX_INITIALIZER, .seed = 1, .generous = -1, .blob_liar = -1 };

static uint32_t
net_random(uint32_t below)
{
	uint32_t x;

	pthread_mutex_lock(&net.lock);
	net.seed = net.seed * 1664525 + 1013904223;
	x = (net.seed >> 8) % below;
	pthread_mutex_unlock(&net.lock);
	return x;
}

/* ---- answering ----------------------------------------------------------------------------------------------------------- */

static int
give_all(struct store_reader *r, const struct log_row *log, uint64_t from, uint64_t to, struct buf *out, struct err *e)
{
	struct frame_writer w;
	struct payload p;
	bool room = true;

	frame_begin(&w, out, from, to, false);
	for (uint64_t i = from; i < to && room; i++)
		room = store_payload_get(r, POS(log->no, i), &p, e) == OK ? frame_payload(&w, p.nonce, p.bytes,
		    p.len) : frame_withheld(&w);
	return frame_end(&w, e);
}

static int
answer_payloads(struct end *at, int who, int of, const char *query, struct buf *out, struct err *e)
{
	struct store_reader *r;
	struct judge j;
	struct log_row log;
	uint64_t from, to;
	int rc;

	if (sscanf(query, "from=%" SCNu64 "&to=%" SCNu64, &from, &to) != 2)
		return err_set(e, ERR_INPUT, "not a query: %s", query);
	if (to > published_of(at->node, of, NULL))
		return err_set(e, ERR_INPUT, "past the published size: %s", query);
	if ((r = node_reader(at->node, e)) == NULL)
		return e->code;
	j = node_judge(at->node, r);
	if ((rc = store_log_get(r, node_log_no(at->node, of), &log, e)) == OK)
		rc = net.generous == at->who ? give_all(r, &log, from, to, out, e) :
		    release_payloads(&j, &log, who, from, to, node_today(at->node), strstr(query, "&z=1") != NULL, out, e);
	node_reader_done(at->node, r);
	return rc;
}

/* ${path}: the name, and from where. */
static int
answer_blob(struct end *at, int who, const char *path, struct buf *out, struct err *e)
{
	uint8_t hash[RECORD_HASH_BYTES];
	struct store_reader *r;
	struct judge j;
	uint64_t from;
	int rc;

	net.blob_gets++;
	if (strlen(path) < 71 || !hex_decode(hash, sizeof hash, path, 64) || sscanf(path + 64, "?from=%" SCNu64, &from) != 1)
		return err_set(e, ERR_INPUT, "not an attachment: %s", path);
	if ((r = node_reader(at->node, e)) == NULL)
		return e->code;
	j = node_judge(at->node, r);
	rc = blob_release(&j, hash, who, from, node_today(at->node), out, e);
	node_reader_done(at->node, r);
	if (rc == OK && net.blob_liar == at->who && out->len > BLOB_HEAD_BYTES)
		out->data[out->len - 1] ^= 1;
	return rc;
}

static int
answer_log(struct end *at, int of, const char *path, struct buf *out, struct err *e)
{
	struct store_reader *r;
	struct tile t;
	uint64_t size;
	int rc;

	if (strcmp(path, "checkpoint") == 0)
		return node_published(at->node, of, &size, out, e);
	if ((rc = node_published(at->node, of, &size, NULL, e)) != OK || (rc = tile_parse(&t, path, strlen(path), e)) != OK)
		return rc;
	if (!tile_exists(&t, size))
		return err_set(e, ERR_NOTFOUND, "%s is past the published size", path);
	if ((r = node_reader(at->node, e)) == NULL)
		return e->code;
	rc = store_tile_get(r, node_log_no(at->node, of), t.level == TILE_ENTRIES ? STORE_BUNDLE : t.level, t.n, out, e);
	node_reader_done(at->node, r);
	out->len = (size_t)t.width * (t.level == TILE_ENTRIES ? 2 + ENTRY_BYTES : HASH_BYTES);
	return rc;
}

static int
answer(struct end *at, int who, const char *path, struct buf *out, struct err *e)
{
	static const char payloads[] = "/x1/tashkent-2000/payloads?", returns[] = "/x1/tashkent-2000/returns?",
	    blob[] = "/x1/tashkent-2000/blob/";
	char log[60];

	if (strncmp(path, payloads, sizeof payloads - 1) == 0)
		return answer_payloads(at, who, at->who, path + sizeof payloads - 1, out, e);
	if (strncmp(path, returns, sizeof returns - 1) == 0)
		return answer_payloads(at, who, who, path + sizeof returns - 1, out, e);
	if (strncmp(path, blob, sizeof blob - 1) == 0)
		return answer_blob(at, who, path + sizeof blob - 1, out, e);
	if (strcmp(path, "/x1/tashkent-2000/seen") == 0)
		return node_seen(at->node, who, out, e);
	for (int of = 0; of < NET_NODES; of++) {
		snprintf(log, sizeof log, "/log/tashkent-2000/%s/", party_codes[of]);
		if (strncmp(path, log, strlen(log)) == 0)
			return answer_log(at, of, path + strlen(log), out, e);
	}
	return err_set(e, ERR_NOTFOUND, "%s: there is nothing here", path);
}

/* ---- the lines ---------------------------------------------------------------------------------------------------------- */

/* The node behind ${card}, which is busy from here on; NULL when it cannot be reached now. */
static struct end *
reach(struct end *from, const struct card *card, struct err *e)
{
	struct end *to = NULL;

	for (int m = 0; m < NET_NODES; m++)
		if (strcmp(card->member, party_codes[m]) == 0)
			to = &net.end[m];
	pthread_mutex_lock(&net.lock);
	net.requests++;
	if (to == NULL || to->node == NULL || to->closed || net.cut[from->who][to->who])
		to = NULL;
	if (to != NULL)
		to->busy++;
	pthread_mutex_unlock(&net.lock);
	if (to == NULL)
		err_set(e, ERR_IO, "%s at %s cannot be reached", card->member, card->address);
	return to;
}

/* What the liar makes of an answer. */
static int
lied(int who, int asker, const char *path, const void *body, size_t len, int status, struct buf *out)
{
	int (*lie)(int, const char *, const void *, size_t, int, struct buf *) = atomic_load(&net.lie);

	return lie != NULL && net.liar == who ? lie(asker, path, body, len, status, out) : status;
}

static bool
goes_wrong(void)
{
	bool bad = net.bad_percent > 0 && net_random(100) < net.bad_percent;

	net.spoiled += bad;
	return bad;
}

static int
net_get(void *ctx, void **session, const struct card *card, const char *path, size_t max_bytes, int *status, struct buf *out,
    struct err *e)
{
	struct end *from = ctx, *to = reach(from, card, e);
	struct buf body = { 0 };
	struct err why = { 0 };
	int rc;

	*session = from;
	if (to == NULL)
		return ERR_IO;
	if (goes_wrong()) {
		to->busy--;
		return err_set(e, ERR_IO, "the request was lost");
	}
	rc = answer(to, from->who, path, &body, &why);
	*status = rc == OK ? 200 : rc == ERR_NOTFOUND ? 404 : 500;
	if (rc != OK) {
		buf_reset(&body);
		buf_str(&body, why.text);
	}
	*status = lied(to->who, from->who, path, NULL, 0, *status, &body);
	to->busy--;
	if (goes_wrong())
		body.len = body.len > 0 ? net_random((uint32_t)body.len) : 0;
	rc = body.len > max_bytes ? err_set(e, ERR_LIMIT, "too long") : OK;
	if (rc == OK)
		buf_add(out, body.data, body.len);
	buf_free(&body);
	return rc;
}

static int
net_post(void *ctx, void **session, const struct card *card, const char *path, const void *body, size_t len,
    size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	struct end *from = ctx, *to = reach(from, card, e);

	struct buf body_out = { 0 };
	const char *type;
	bool lost = goes_wrong();

	*session = from;
	if (to == NULL)
		return ERR_IO;
	*status = 404;
	if (lost)
		*status = 204;		/* as if it had come: what was in it is looked for again */
	else if (strcmp(path, "/x1/tashkent-2000/bell") == 0 && (*status = 204) != 0)
		node_bell(to->node, from->who, body, len);
	else if (strcmp(path, "/x1/tashkent-2000/settled") == 0 && (*status = 204) != 0)
		node_told(to->node, from->who, body, len);
	else if (strcmp(path, "/add-checkpoint") == 0)
		*status = node_add_checkpoint(to->node, body, len, &body_out, &type);
	*status = lied(to->who, from->who, path, body, len, *status, &body_out);
	to->busy--;
	if (out != NULL && body_out.len <= max_bytes)
		buf_add(out, body_out.data, body_out.len);
	buf_free(&body_out);
	return OK;
}

static void
net_end(void *ctx, void *session)
{
	if (session != NULL && session != ctx) {
		printf("Bail out! a session was mixed up\n");
		exit(1);
	}
}

/* ---- nodes ---------------------------------------------------------------------------------------------------------------- */

static int64_t
end_now(void *ctx)
{
	struct end *x = ctx;

	return atomic_load(&home_now_ms) + atomic_load(&x->ahead_ms);
}

/* Open ${who}'s node (again). */
static int
net_open(int who, struct err *e)
{
	struct end *x = &net.end[who];
	struct node_options o = { .dir = in_home(x->dir), .clock = &x->clock, .guarded = x->guarded, .cosign_ms = x->cosign_ms,
	    .max_blob_bytes = x->max_blob_bytes };
	struct node *n = NULL;
	int rc = node_open(&n, &o, e);

	pthread_mutex_lock(&net.lock);
	x->node = n;
	x->closed = false;
	pthread_mutex_unlock(&net.lock);
	return rc;
}

/* Nobody reaches it from here on; what it is answering it finishes. */
__attribute__((unused)) static void
net_close(int who)
{
	struct node *n = net.end[who].node;

	pthread_mutex_lock(&net.lock);
	net.end[who].closed = true;
	pthread_mutex_unlock(&net.lock);
	while (net.end[who].busy > 0)
		usleep(2000);
	pthread_mutex_lock(&net.lock);
	net.end[who].node = NULL;
	pthread_mutex_unlock(&net.lock);
	net.end[who].syncing = false;
	node_close(n);
}

__attribute__((unused)) static void
net_add(int who)
{
	struct end *x = &net.end[who];
	char address[40];
	struct err e = { 0 };

	x->net = &net;
	x->who = who;
	x->clock = (struct clock){ end_now, x };
	x->transport = (struct transport){ x, net_get, net_post, net_end };
	snprintf(x->dir, sizeof x->dir, "%s", party_codes[who]);
	snprintf(address, sizeof address, "127.0.0.1:%d", 7101 + who);
	node_must(make_node_in(in_home(x->dir), party_codes[who], address, &e), &e);
	node_must(net_open(who, &e), &e);
}

__attribute__((unused)) static void
net_pair(int a, int b)
{
	struct card ca, cb;
	struct err e = { 0 };

	node_card(net.end[a].node, &ca);
	node_card(net.end[b].node, &cb);
	node_must(node_pair(net.end[a].node, &cb, &e), &e);
	node_must(node_pair(net.end[b].node, &ca, &e), &e);
}

__attribute__((unused)) static void
net_sync(int who, bool on)
{
	struct end *x = &net.end[who];
	struct err e = { 0 };

	if (on)
		node_must(node_sync_start(x->node, &x->transport, &e), &e);
	else
		node_sync_stop(x->node);
	x->syncing = on;
}

/* ---- waiting ------------------------------------------------------------------------------------------------------------ */

/* ${a} holds all that ${b} has published, and has decided about all of it. */
static bool
caught_up(int a, int b)
{
	struct peer_status s;
	uint64_t size = published_of(net.end[b].node, b, NULL);

	return node_peer_status(net.end[a].node, b,
	    &s) == OK && (s.state == PEER_UNPAIRED || (s.size == size && s.payloads_next == size));
}

/* What a poll would do, which is half a minute away. */
static void
poke(int a, int b)
{
	node_bell(net.end[a].node, b, NULL, 0);
}

/* Wait until every node that syncs has all of every other, and nothing has moved for a while; false after ${seconds}. */
__attribute__((unused)) static bool
settled(int seconds)
{
	int64_t end_us = monotonic_us() + seconds * 1000000LL, calm_us = 0;
	uint64_t sum = 0, last = UINT64_MAX;

	while (monotonic_us() < end_us) {
		bool all = true;

		sum = 0;
		for (int a = 0; a < NET_NODES; a++) {
			if (net.end[a].node == NULL)
				continue;
			sum += published_of(net.end[a].node, a, NULL);
			for (int b = 0; b < NET_NODES; b++)
				if (a != b && net.end[b].node != NULL && net.end[a].syncing && !caught_up(a, b)) {
					all = false;
					poke(a, b);
				}
		}
		if (!all || sum != last)
			calm_us = monotonic_us();
		last = sum;
		if (all && monotonic_us() - calm_us > 450000)	/* longer than receipts wait */
			return true;
		usleep(30000);
	}
	return false;
}

/* Wait until ${reached}(who), at most ${seconds}. */
__attribute__((unused)) static bool
await(bool (*reached)(int who), int who, int seconds)
{
	for (int i = 0; i < seconds * 50; i++) {
		if (reached(who))
			return true;
		usleep(20000);
	}
	return reached(who);
}

/* Stop, start: each turn begins anew, with its questions. */
__attribute__((unused)) static void
net_restart(int who)
{
	struct err e = { 0 };
	bool on = net.end[who].syncing;

	if (on)
		net_sync(who, false);
	net_close(who);
	node_must(net_open(who, &e), &e);
	if (on)
		net_sync(who, true);
}

__attribute__((unused)) static void
net_cut(int a, int b, bool cut)
{
	net.cut[a][b] = net.cut[b][a] = cut;
}

/* ---- stores that are set back ------------------------------------------------------------------------------------------- */

__attribute__((unused)) static void
copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	char bytes[65536];
	size_t n;

	while (in != NULL && out != NULL && (n = fread(bytes, 1, sizeof bytes, in)) > 0)
		fwrite(bytes, 1, n, out);
	if (in == NULL || out == NULL || fclose(out) != 0) {
		printf("Bail out! cannot copy %s\n", from);
		exit(1);
	}
	fclose(in);
	chmod(to, 0600);
}

static const char *
store_of(int who)
{
	char name[40];

	snprintf(name, sizeof name, "%s/diwan.db", net.end[who].dir);
	return in_home(name);
}

/* A copy of a node's store, as a backup would have it, named ${name}. The node is opened again, its exchange off. */
__attribute__((unused)) static void
net_save(int who, const char *name)
{
	struct err e = { 0 };

	if (net.end[who].syncing)
		net_sync(who, false);
	net_close(who);
	copy_file(store_of(who), in_home(name));
	node_must(net_open(who, &e), &e);
}

/* The store set back to what was saved. The node stays closed. */
__attribute__((unused)) static void
net_set_back(int who, const char *name)
{
	static const char *const with_it[] = { "-wal", "-shm" };
	char path[420];

	if (net.end[who].syncing)
		net_sync(who, false);
	if (net.end[who].node != NULL)
		net_close(who);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s%s", store_of(who), with_it[i]);
		unlink(path);
	}
	copy_file(in_home(name), store_of(who));
}

/* ---- receipts ----------------------------------------------------------------------------------------------------------- */

struct receipts {
	int by_member[NET_NODES];
	uint64_t covered;		/* indexes named */
	int64_t last;
};

static const struct registry *reg;

static int
take_receipt(void *ctx, const struct row *row)
{
	struct receipts *x = ctx;
	int m = registry_member(reg, row->v[3].bytes, row->v[3].len);

	if (m >= 0)
		x->by_member[m]++;
	x->covered += (uint64_t)(row->v[2].num - row->v[1].num + 1);
	if (row->v[2].num > x->last)
		x->last = row->v[2].num;
	return 0;
}

/* Receipts that ${at} knows for ${of}'s log. */
__attribute__((unused)) static struct receipts
receipts_at(int at, int of)
{
	struct row from = { .table = T_RECEIPT, .cols = 6 };
	struct receipts x = { .last = -1 };
	struct err e = { 0 };
	struct store_reader *r = node_reader(net.end[at].node, &e);

	reg = node_registry(net.end[at].node);
	from.v[0] = val_int(LOG_NO(of, 1));
	if (store_row_scan(r, &from, 1, 1, false, take_receipt, &x, &e) < 0)
		printf("# %s\n", e.text);
	node_reader_done(net.end[at].node, r);
	return x;
}

/* The end of a test. */
__attribute__((unused)) static void
net_end_all(void)
{
	for (int m = 0; m < NET_NODES; m++)
		if (net.end[m].syncing)
			net_sync(m, false);
	for (int m = 0; m < NET_NODES; m++)
		if (net.end[m].node != NULL)
			net_close(m);
}

#endif
