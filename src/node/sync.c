/*
 * One thread a peer: rings its bell when our log grew, pulls when its bell rang or it is time, files receipts. A peer that
 * fails is
 * left alone for a while that doubles; a bell from it ends the wait (docs/exchange.md 4, 5).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "node/internal.h"

#define POLL_MS 30000			/* lost bells cost at most this */
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 60000
#define RECEIPT_PAUSE_MS 300		/* receipts for what comes in quick succession go into one record */
#define BELL_MAX_BYTES 8192u
#define BELL_PAUSE_MS 20		/* at most one pull in this time, however often the peer rings */
#define STACK_BYTES ((size_t)512 * 1024)

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

static struct pull
new_pull(struct peer *p, struct store_reader *r)
{
	struct node *n = p->node;

	return (struct pull){
		.mechanism = n->reg->mechanism, .member = peer_code(p), .vkey = p->vkey_used, .log_no = node_log_no(p->member),
		.compress = strncmp(p->card_used.address, "127.", 4) != 0 && strncmp(p->card_used.address, "[::1]", 5) != 0,
		.max_entries = n->max_log_entries, .reader = r, .ctx = p,
		.get = peer_get, .begin = peer_begin, .finish = peer_finish, .write = peer_write, .keep = peer_keep,
		    .kept = peer_kept,
		.forked = peer_forked
	};
}

/* One round of pulling. */
static int
pull_once(struct peer *p, struct store_reader *r, const struct buf *note, struct err *e)
{
	struct node *n = p->node;
	struct pull pull = new_pull(p, r);
	struct buf stored = { 0 };
	uint64_t size;
	int rc = pull_log(&pull, note->len > 0 ? note->data : NULL, note->len, e);

	if (rc == OK && pull.entries > 0 && store_checkpoint_get(r, pull.log_no, UINT64_MAX, &size, &stored, e) == OK) {
		publish(n, p->member, size, stored.data, stored.len);
		pthread_mutex_lock(&n->lock);
		p->status.verified_ms = node_now_ms(n);
		pthread_mutex_unlock(&n->lock);
	}
	buf_free(&stored);
	if (rc == OK && pull.old_tree && note->len == 0)	/* a bell may have been overtaken by a poll */
		rc = err_set(e, ERR_VERIFY, "%s shows an older tree of its log than we hold; nothing was taken. Ask "
		    "whether it was restored "
		    "from a backup", peer_code(p));
	return rc == OK ? pull_payloads(&pull, e) : rc;
}

static void
note_result(struct peer *p, int rc, const struct err *e)
{
	struct node *n = p->node;
	int64_t now = node_now_ms(n);

	if (rc == ERR_STOP)
		return;
	pthread_mutex_lock(&n->lock);
	p->status.last_try_ms = now;
	if (rc == OK) {
		p->status.last_ok_ms = now;
		p->status.state = PEER_CURRENT;
		p->status.trouble[0] = '\0';
	} else {
		p->status.state = PEER_FAILING;
		snprintf(p->status.trouble, sizeof p->status.trouble, "%.500s", e->text);
	}
	pthread_mutex_unlock(&n->lock);
}

static int
ring(struct peer *p, struct err *e)
{
	struct node *n = p->node;
	const struct transport *t = n->transport;
	struct buf note = { 0 };
	uint64_t size;
	char path[100];
	int status = 0, rc = node_published(n, n->own, &size, &note, e);

	snprintf(path, sizeof path, "/x1/%s/bell", n->reg->mechanism);
	if (rc == OK)
		rc = t->post(t->ctx, &p->session, &p->card_used, path, note.data, note.len, &status, e);
	buf_free(&note);
	if (rc == OK && status != 204)
		rc = err_set(e, status == 403 ? ERR_DENIED : ERR_IO, "%s answered our bell with %d", peer_code(p), status);
	return rc;
}

/* Wait until there is something to do, at most ${ms}. Called with the lock held. */
static void
wait_ms(struct peer *p, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_cond_timedwait(&p->wake, &p->node->lock, &until);
}

/* Wait that long whatever rings; false: stop. */
static bool
pause_ms(struct peer *p, int64_t ms)
{
	int64_t end = monotonic_us() + ms * 1000, now;
	bool go;

	pthread_mutex_lock(&p->node->lock);
	while (!p->node->stopping && (now = monotonic_us()) < end)
		wait_ms(p, (end - now) / 1000 + 1);
	go = !p->node->stopping;
	pthread_mutex_unlock(&p->node->lock);
	return go;
}

struct turn {				/* what the loop carries from round to round */
	int64_t backoff_ms, pull_at_us, receipt_at_us, not_before_us;
	int64_t asked_again_ms;		/* node time of the last round for what was withheld */
	uint64_t again;			/* how far this round has come */
	bool asking, owe_bell;		/* a round is under way; a bell could not be delivered */
	uint64_t receipted, held_to;	/* payloads below: receipted; below: decided */
	struct buf note;
};

/* Where our receipts for this log end: after the highest index that one of them names. What others receipted says nothing
 * of us. */
struct own_receipts {
	const char *own;
	uint64_t end;
};

static int
last_receipted(void *ctx, const struct row *row)
{
	struct own_receipts *x = ctx;

	if (text_eq(row->v[3].bytes, row->v[3].len, x->own) && (uint64_t)row->v[2].num + 1 > x->end)
		x->end = (uint64_t)row->v[2].num + 1;
	return 0;
}

static int
start_turn(struct peer *p, struct turn *t, struct store_reader *r, struct err *e)
{
	struct row from = { .table = T_RECEIPT, .cols = 6 };
	struct own_receipts own = { p->node->member, 0 };
	struct log_row log;
	int rc = store_log_get(r, node_log_no(p->member), &log, e);

	memset(t, 0, sizeof *t);
	if (rc != OK)
		return rc;
	t->held_to = log.payloads_next;
	t->asked_again_ms = node_now_ms(p->node);
	p->ask_again = t->held_to > 0;	/* clock or charter may have changed while this node was down */
	from.v[0] = val_int(node_log_no(p->member));
	rc = store_row_scan(r, &from, 1, 1, false, last_receipted, &own, e);
	t->receipted = own.end;
	return rc < 0 ? rc : OK;
}

static void
pull_turn(struct peer *p, struct turn *t, struct store_reader *r)
{
	struct err e = { 0 };
	struct log_row log;
	int rc;

	pthread_mutex_lock(&p->node->lock);
	p->status.state = PEER_PULLING;
	pthread_mutex_unlock(&p->node->lock);
	rc = pull_once(p, r, &t->note, &e);
	buf_reset(&t->note);
	fetch_stop(&p->fetch);		/* its thread and its buffer are for a catch-up only */
	fetch_init(&p->fetch, p->node->transport);
	note_result(p, rc, &e);
	if (rc == OK)
		t->backoff_ms = 0;
	else
		t->backoff_ms = t->backoff_ms == 0 ? BACKOFF_FIRST_MS : t->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS :
		    t->backoff_ms * 2;
	t->pull_at_us = monotonic_us() + (rc == OK ? POLL_MS : t->backoff_ms) * 1000;
	/* A bell ends the wait, but a peer that fails cannot set the pace of failing. */
	t->not_before_us = monotonic_us() + (rc == OK ? BELL_PAUSE_MS : BACKOFF_FIRST_MS) * 1000;
	if (store_log_get(r, node_log_no(p->member), &log, &e) == OK && log.payloads_next > t->held_to) {
		if (t->held_to <= t->receipted)
			t->receipt_at_us = monotonic_us() + RECEIPT_PAUSE_MS * 1000;
		t->held_to = log.payloads_next;
	}
}

struct late {				/* receipts for what came late */
	struct peer *p;
	struct store_reader *r;
};

static int
receipt_late(void *ctx, uint64_t from, uint64_t to, struct err *e)
{
	struct late *l = ctx;

	return file_receipts(l->p->node, l->p, l->r, &from, to, e);
}

/* Once a day, and after an act of the originator: ask again for what was withheld, some runs a turn. */
static void
again_turn(struct peer *p, struct turn *t, struct store_reader *r)
{
	struct pull pull = new_pull(p, r);
	struct late late = { p, r };
	struct err e = { 0 };
	int64_t now = node_now_ms(p->node);
	int rc;

	if (!t->asking && (p->ask_again || now >= t->asked_again_ms + DAY_MS)) {
		t->asking = true;
		t->again = 0;
		t->asked_again_ms = now;
		p->ask_again = false;
	}
	if (!t->asking || t->backoff_ms > 0)
		return;
	rc = pull_gaps(&pull, &t->again, receipt_late, &late, &e);
	if (rc != OK)
		note_result(p, rc, &e);
	t->asking = rc == OK && t->again < t->held_to;
	if (t->asking)
		t->pull_at_us = monotonic_us() + BELL_PAUSE_MS * 1000;
}

static void
receipt_turn(struct peer *p, struct turn *t, struct store_reader *r)
{
	struct err e = { 0 };

	if (file_receipts(p->node, p, r, &t->receipted, t->held_to, &e) != OK) {
		note_result(p, e.code, &e);
		t->receipt_at_us = monotonic_us() + BACKOFF_MAX_MS * 1000;
	}
}

static int64_t
until_next(const struct peer *p, const struct turn *t)
{
	int64_t next = p->rung && t->not_before_us < t->pull_at_us ? t->not_before_us : t->pull_at_us, now = monotonic_us();

	if (t->receipted < t->held_to && t->receipt_at_us < next)
		next = t->receipt_at_us;
	return next <= now ? 0 : (next - now) / 1000 + 1;
}

/* Wait; then say what to do. False: stop. */
static bool
next_work(struct peer *p, struct turn *t, bool *pull, bool *bell)
{
	struct node *n = p->node;
	int64_t ms;
	bool go;

	pthread_mutex_lock(&n->lock);
	while (!n->stopping && !p->must_ring && (ms = until_next(p, t)) > 0)
		wait_ms(p, ms);
	*bell = p->must_ring;
	*pull = monotonic_us() >= (p->rung ? t->not_before_us : t->pull_at_us);
	p->must_ring = false;
	if (*pull)
		p->rung = false;
	if (*pull && p->bell_note.len > 0) {
		buf_reset(&t->note);
		buf_add(&t->note, p->bell_note.data, p->bell_note.len);
		buf_reset(&p->bell_note);
	}
	p->card_used = p->card;		/* a new card may come at any time; this round keeps to one */
	p->vkey_used = p->vkey;
	go = !n->stopping;
	pthread_mutex_unlock(&n->lock);
	return go;
}

static void *
sync_main(void *arg)
{
	struct peer *p = arg;
	struct node *n = p->node;
	struct store_reader *r = NULL;
	struct err e = { 0 };
	struct turn t = { 0 };
	bool pull, bell;

	pthread_setname_np(pthread_self(), "sync");
	while (store_reader_open(n->store, &r, &e) != OK || start_turn(p, &t, r, &e) != OK) {
		note_result(p, e.code, &e);
		store_reader_close(r);
		r = NULL;
		if (!pause_ms(p, BACKOFF_MAX_MS))
			return NULL;
	}
	fetch_init(&p->fetch, n->transport);
	while (next_work(p, &t, &pull, &bell)) {
		if (bell && (t.owe_bell = ring(p, &e) != OK))
			note_result(p, e.code, &e);	/* it will poll, or be rung when it can be reached again */
		if (pull)
			pull_turn(p, &t, r);
		if (pull && t.backoff_ms == 0 && t.owe_bell)
			t.owe_bell = ring(p, &e) != OK;
		if (pull)
			again_turn(p, &t, r);
		if (t.receipted < t.held_to && monotonic_us() >= t.receipt_at_us)
			receipt_turn(p, &t, r);
	}
	fetch_stop(&p->fetch);
	buf_free(&t.note);
	n->transport->end(n->transport->ctx, p->session);
	p->session = NULL;
	store_reader_close(r);
	return NULL;
}

int
sync_peer(struct node *n, struct peer *p, struct err *e)
{
	pthread_attr_t attr;
	int rc = 0;

	pthread_mutex_lock(&n->lock);
	if (n->syncing && !n->stopping && p->paired && !p->running && p->member != n->own) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, STACK_BYTES);
		p->must_ring = true;
		rc = pthread_create(&p->thread, &attr, sync_main, p);
		p->running = rc == 0;
		pthread_attr_destroy(&attr);
	}
	pthread_mutex_unlock(&n->lock);
	return rc == 0 ? OK : err_set(e, ERR_IO, "cannot start a thread for %s; raise the process limit (ulimit -u)",
	    peer_code(p));
}

int
node_sync_start(struct node *n, const struct transport *t, struct err *e)
{
	int rc = OK;

	pthread_mutex_lock(&n->lock);
	n->transport = t;
	n->stopping = false;		/* it may have been stopped before */
	n->syncing = true;
	pthread_mutex_unlock(&n->lock);
	for (uint32_t i = 0; i < n->reg->members_count && rc == OK; i++)
		rc = sync_peer(n, &n->peers[i], e);
	return rc;
}

void
node_sync_stop(struct node *n)
{
	pthread_mutex_lock(&n->lock);
	n->stopping = true;
	n->syncing = false;		/* nobody starts another thread from here on */
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		pthread_cond_signal(&n->peers[i].wake);
	pthread_mutex_unlock(&n->lock);
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		if (n->peers[i].running) {
			pthread_join(n->peers[i].thread, NULL);
			n->peers[i].running = false;
		}
}

void
node_bell(struct node *n, int member, const void *note, size_t len)
{
	struct peer *p;

	if (member < 0 || (uint32_t)member >= n->reg->members_count)
		return;
	p = &n->peers[member];
	pthread_mutex_lock(&n->lock);
	p->rung = true;
	buf_reset(&p->bell_note);
	if (len <= BELL_MAX_BYTES)
		buf_add(&p->bell_note, note, len);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&n->lock);
}
