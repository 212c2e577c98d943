#include "node/writer.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define BATCH_WEIGHT 8192	/* records in one transaction: above this a commit's cost no longer shows */
#define QUEUE_WEIGHT 32768	/* records waiting: above this a submitter waits */
#define TIDY_WEIGHT 65536	/* records after which the writer itself tidies; see tidy_if_due */

struct writer {
	struct store *store;
	struct writer_hooks hooks;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, room, finished;
	struct job *first, **last;
	size_t queued_weight;
	size_t untidy_weight;
	bool stopping, inside;
};

/* Take jobs up to a batch's weight off the queue. Called with the lock held. */
static struct job *
take_batch(struct writer *w)
{
	struct job *batch = w->first, *j = batch;
	size_t weight = 0;

	for (;; j = j->next) {
		weight += j->weight;
		if (j->next == NULL || weight + j->next->weight > BATCH_WEIGHT)
			break;
	}
	w->first = j->next;
	if (w->first == NULL)
		w->last = &w->first;
	j->next = NULL;
	w->queued_weight -= weight;
	pthread_cond_broadcast(&w->room);
	return batch;
}

static void
roll_back(struct writer *w)
{
	store_rollback(w->store);
	w->hooks.rollback(w->hooks.ctx);
}

/* Run the jobs from ${j} up to ${end} in one transaction. On failure nothing of them stays. */
static int
run_together(struct writer *w, struct job *j, const struct job *end, struct err *e)
{
	int rc;

	if ((rc = store_begin(w->store, e)) != OK)
		return rc;
	w->hooks.begin(w->hooks.ctx);
	for (; j != end; j = j->next) {
		if ((rc = j->run(j->ctx, w->store, e)) != OK) {
			roll_back(w);
			return rc;
		}
	}
	if ((rc = w->hooks.seal(w->hooks.ctx, w->store, e)) != OK || (rc = store_commit(w->store, e)) != OK) {
		roll_back(w);
		if (rc == ERR_IO)	/* after a failed fsync the next one may lie: believe nothing, stop (tlog.md 5.3) */
			w->hooks.fatal(w->hooks.ctx, e);
		return rc;
	}
	w->hooks.committed(w->hooks.ctx);
	return OK;
}

static void
run_batch(struct writer *w, struct job *batch)
{
	struct job *j;
	struct err e = { 0 };
	int rc;

	assert(batch != NULL);
	rc = run_together(w, batch, NULL, &e);
	for (j = batch; j != NULL; j = j->next) {
		j->rc = rc;
		j->err = e;
	}
	if (rc != OK && batch->next != NULL)
		for (j = batch; j != NULL; j = j->next)
			j->rc = run_together(w, j, j->next, &j->err);
}

static void
finish_batch(struct writer *w, struct job *batch)
{
	struct job *next;

	for (struct job *j = batch; j != NULL; j = next) {
		next = j->next;
		j->done = true;
	}
	pthread_cond_broadcast(&w->finished);
}

/* Under steady load the write-ahead log would grow without end: now and then the writer itself moves it into the file. */
static void
tidy_if_due(struct writer *w, const struct job *batch)
{
	struct err e;

	for (const struct job *j = batch; j != NULL; j = j->next)
		w->untidy_weight += j->weight;
	if (w->untidy_weight < TIDY_WEIGHT)
		return;
	w->untidy_weight = 0;
	(void)store_tidy(w->store, &e);	/* only a matter of space; the next round tries again */
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;
	struct job *batch;

	pthread_setname_np(pthread_self(), "writer");
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->first == NULL && !w->stopping)
			pthread_cond_wait(&w->work, &w->lock);
		if (w->first == NULL)
			break;
		batch = take_batch(w);
		pthread_mutex_unlock(&w->lock);
		run_batch(w, batch);
		tidy_if_due(w, batch);
		pthread_mutex_lock(&w->lock);
		finish_batch(w, batch);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int
writer_start(struct writer **out, struct store *s, const struct writer_hooks *hooks, bool inside, struct err *e)
{
	struct writer *w = calloc(1, sizeof *w);

	if (w == NULL)
		return err_set(e, ERR_NOMEM, "writer: no memory");
	w->store = s;
	w->hooks = *hooks;
	w->last = &w->first;
	w->inside = inside;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	pthread_cond_init(&w->room, NULL);
	pthread_cond_init(&w->finished, NULL);
	if (!inside && pthread_create(&w->thread, NULL, writer_main, w) != 0) {
		free(w);
		return err_set(e, ERR_IO, "writer: cannot start a thread; raise the process limit (ulimit -u)");
	}
	*out = w;
	return OK;
}

void
writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_broadcast(&w->work);
	pthread_mutex_unlock(&w->lock);
	if (!w->inside)
		pthread_join(w->thread, NULL);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->room);
	pthread_cond_destroy(&w->finished);
	free(w);
}

void
writer_submit(struct writer *w, struct job *j)
{
	j->done = false;
	j->next = NULL;
	if (w->inside) {
		run_batch(w, j);
		tidy_if_due(w, j);
		j->done = true;
		return;
	}
	pthread_mutex_lock(&w->lock);
	while (w->queued_weight > QUEUE_WEIGHT)
		pthread_cond_wait(&w->room, &w->lock);
	w->queued_weight += j->weight;
	*w->last = j;
	w->last = &j->next;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

int
writer_wait(struct writer *w, struct job *j, struct err *e)
{
	pthread_mutex_lock(&w->lock);
	while (!j->done)
		pthread_cond_wait(&w->finished, &w->lock);
	pthread_mutex_unlock(&w->lock);
	if (j->rc != OK && e != NULL)
		*e = j->err;
	return j->rc;
}

int
writer_do(struct writer *w, int (*run)(void *ctx, struct store *s, struct err *e), void *ctx, struct err *e)
{
	struct job j = { .run = run, .ctx = ctx, .weight = 1 };

	writer_submit(w, &j);
	return writer_wait(w, &j, e);
}
