/* What pulling from a peer needs of the node: its line, the writer, the keeper, and what happens on two histories. */
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

static void
peer_forked(void *ctx, const struct buf *proof)
{
	struct peer *p = ctx;
	struct err e;

	if (fork_found(p->node, proof->data, proof->len, &e) == ERR_IO)
		writer_hooks_fail(p->node, &e);
}

struct pull
peer_pull(struct peer *p, struct store_reader *r)
{
	struct node *n = p->node;

	struct pull pull = {
		.mechanism = n->reg->mechanism, .member = peer_code(p), .log_no = node_log_no(n, p->member),
		.compress = strncmp(p->card_used.address, "127.", 4) != 0 && strncmp(p->card_used.address, "[::1]", 5) != 0,
		.max_entries = n->max_log_entries, .reader = r, .ctx = p,
		.get = peer_get, .begin = peer_begin, .finish = peer_finish, .write = peer_write, .keep = peer_keep,
		    .kept = peer_kept,
		.forked = peer_forked
	};

	pull.n_keys = keys_of_log(n, p->member, pull.key);
	if (n->stepped)
		pull.begin = NULL;	/* fetching ahead is a thread's work */
	return pull;
}
