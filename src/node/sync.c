/*
 * When each peer has its turn (turn.c): a thread a peer, or, for a stepped node, whenever node_step is called.
 */
#include <assert.h>
#include <string.h>

#include "node/internal.h"

#define BELL_MAX_BYTES 8192u
#define STACK_BYTES ((size_t)512 * 1024)
#define RETRY_MS 60000			/* after a peer's turn could not be set up at all */

int64_t
node_mono_us(const struct node *n)
{
	return n->stepped ? node_now_ms(n) * 1000 : monotonic_us();
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

/* Wait; then say what to do. False: stop. */
static bool
next_work(struct peer *p, struct work *w)
{
	struct node *n = p->node;
	int64_t ms;
	bool go;

	pthread_mutex_lock(&n->lock);
	while (!n->stopping && (ms = turn_wait_ms(p)) > 0)
		wait_ms(p, ms);
	turn_take(p, w);
	go = !n->stopping;
	pthread_mutex_unlock(&n->lock);
	return go;
}

static int
set_up(struct peer *p, struct err *e)
{
	int rc = store_reader_open(p->node->store, &p->reader, e);

	if (rc == OK && (rc = turn_start(p, e)) == OK) {
		fetch_init(&p->fetch, p->node->transport);
		return OK;
	}
	turn_failed(p, e);
	guard_heard(p->node, p->member, false);
	store_reader_close(p->reader);
	p->reader = NULL;
	return rc;
}

static void *
sync_main(void *arg)
{
	struct peer *p = arg;
	struct err e = { 0 };
	struct work w;

	pthread_setname_np(pthread_self(), "sync");
	while (set_up(p, &e) != OK)
		if (!pause_ms(p, RETRY_MS))
			return NULL;
	while (next_work(p, &w))
		turn_do(p, &w);
	turn_end(p);
	return NULL;
}

static int
start_thread(struct peer *p)
{
	pthread_attr_t attr;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	rc = pthread_create(&p->thread, &attr, sync_main, p);
	pthread_attr_destroy(&attr);
	return rc;
}

int
sync_peer(struct node *n, struct peer *p, struct err *e)
{
	int rc = 0;

	pthread_mutex_lock(&n->lock);
	if (n->syncing && !n->stopping && p->paired && !p->running && p->member != n->own) {
		p->must_ring = true;
		rc = n->stepped ? 0 : start_thread(p);
		p->running = rc == 0;
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

/* The end of a peer's part: its thread has gone, or there was none. */
static void
stop_peer(struct peer *p)
{
	if (!p->running)
		return;
	if (!p->node->stepped)
		pthread_join(p->thread, NULL);
	else if (p->reader != NULL)
		turn_end(p);
	pthread_mutex_lock(&p->node->lock);
	p->running = false;
	pthread_mutex_unlock(&p->node->lock);
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
		stop_peer(&n->peers[i]);
}

/* ---- stepped ---- */

static void
sooner(int64_t *next_ms, int64_t at_ms)
{
	if (at_ms < *next_ms)
		*next_ms = at_ms;
}

/* What is due of one peer; then when it is due again. */
static void
step_peer(struct peer *p, int64_t *next_ms)
{
	struct err e = { 0 };
	struct work w;
	int64_t wait;

	if (p->reader == NULL && set_up(p, &e) != OK) {
		sooner(next_ms, node_now_ms(p->node) + RETRY_MS);
		return;
	}
	if (turn_wait_ms(p) <= 0) {
		turn_take(p, &w);
		turn_do(p, &w);
	}
	wait = turn_wait_ms(p);
	sooner(next_ms, node_now_ms(p->node) + (wait > 0 ? wait : 0));
}

int
node_step(struct node *n, int64_t *next_ms, struct err *e)
{
	assert(n->stepped);
	*next_ms = INT64_MAX;
	for (uint32_t i = 0; i < n->reg->members_count && !node_failed(n, NULL); i++)
		if (n->peers[i].running)
			step_peer(&n->peers[i], next_ms);
	sooner(next_ms, house_turn(n));
	return node_failed(n, e) ? e->code : OK;
}

/* Something came from ${member}: its turn looks at it. */
static void
come(struct node *n, int member, bool told, const void *note, size_t len)
{
	struct peer *p;
	struct buf *to;

	if (member < 0 || (uint32_t)member >= n->reg->members_count)
		return;
	p = &n->peers[member];
	to = told ? &p->told_note : &p->bell_note;
	pthread_mutex_lock(&n->lock);
	p->rung = true;
	buf_reset(to);
	if (len <= BELL_MAX_BYTES)
		buf_add(to, note, len);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&n->lock);
}

void
node_bell(struct node *n, int member, const void *note, size_t len)
{
	come(n, member, false, note, len);
}

void
node_told(struct node *n, int member, const void *note, size_t len)
{
	come(n, member, true, note, len);
}
