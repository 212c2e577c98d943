/* What pulling from a peer needs of the node: its line, the writer, the keeper, and what happens on two histories. */
#include <stdio.h>
#include <string.h>

#include "node/internal.h"

/* A stop must not wait for a long catch-up: every step of it asks here first. */
static int
stopped(struct peer *p, struct err *e)
{
	bool stop;

	pthread_mutex_lock(&p->node->lock);
	stop = p->node->stopping;
	pthread_mutex_unlock(&p->node->lock);
	return stop ? err_set(e, ERR_STOP, "the node is stopping") : OK;
}

static int
peer_get(void *ctx, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	struct peer *p = ctx;
	const struct transport *t = p->node->transport;
	int rc = stopped(p, e);

	return rc != OK ? rc : t->get(t->ctx, &p->session, &p->card_used, path, max_bytes, status, out, e);
}

static int
peer_write(void *ctx, int (*run)(void *arg, struct store *s, struct err *e), void *arg, size_t weight, struct err *e)
{
	struct peer *p = ctx;
	struct job j = { .run = run, .ctx = arg, .weight = weight };
	int rc = stopped(p, e);

	if (rc != OK)
		return rc;
	writer_submit(p->node->writer, &j);
	return writer_wait(p->node->writer, &j, e);
}

static int
peer_keep(void *ctx, const struct pulled *items, size_t count, uint64_t from, uint64_t next, struct err *e)
{
	struct peer *p = ctx;
	int rc = stopped(p, e);

	return rc != OK ? rc : keep_payloads(&p->keeper, p->node, p, items, count, from, next, e);
}

static int
peer_kept(void *ctx, struct err *e)
{
	return keep_finish(&((struct peer *)ctx)->keeper, e);
}

static int
peer_begin(void *ctx, const char *path, size_t max_bytes, struct err *e)
{
	struct peer *p = ctx;
	int rc = stopped(p, e);

	return rc != OK ? rc : fetch_begin(&p->fetch, &p->card_used, path, max_bytes, e);
}

static int
peer_finish(void *ctx, int *status, struct buf *out, struct err *e)
{
	return fetch_finish(&((struct peer *)ctx)->fetch, status, out, e);
}

/* Both notes are kept as settings, and the log is frozen: nothing more of it is taken. */
struct fork_found {
	struct peer *p;
	const struct buf *held, *shown;
};

static int
run_freeze(void *arg, struct store *s, struct err *e)
{
	struct fork_found *f = arg;
	struct log_row row;
	char name[80];
	int rc = store_log_get(store_view(s), node_log_no(f->p->member), &row, e);

	if (rc != OK)
		return rc;
	row.frozen = true;
	snprintf(name, sizeof name, "fork/%s/held", row.member);
	if ((rc = store_meta_put(s, name, f->held->data, f->held->len, e)) != OK)
		return rc;
	snprintf(name, sizeof name, "fork/%s/shown", row.member);
	if ((rc = store_meta_put(s, name, f->shown->data, f->shown->len, e)) != OK)
		return rc;
	return store_log_put(s, &row, e);
}

static void
peer_forked(void *ctx, const struct buf *held, const struct buf *shown)
{
	struct fork_found f = { ctx, held, shown };
	struct err e;

	if (writer_do(f.p->node->writer, run_freeze, &f, &e) != OK)
		writer_hooks_fail(f.p->node, &e);
}

struct pull
peer_pull(struct peer *p, struct store_reader *r)
{
	struct node *n = p->node;

	struct pull pull = {
		.mechanism = n->reg->mechanism, .member = peer_code(p), .vkey = p->vkey_used, .log_no = node_log_no(p->member),
		.compress = strncmp(p->card_used.address, "127.", 4) != 0 && strncmp(p->card_used.address, "[::1]", 5) != 0,
		.max_entries = n->max_log_entries, .reader = r, .ctx = p,
		.get = peer_get, .begin = peer_begin, .finish = peer_finish, .write = peer_write, .keep = peer_keep,
		    .kept = peer_kept,
		.forked = peer_forked
	};

	if (n->stepped)
		pull.begin = NULL;	/* fetching ahead is a thread's work */
	return pull;
}
