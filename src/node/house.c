/* Housekeeping: the work that nobody asked for. */
#include <stdio.h>

#include "node/open.h"

#define TIDY_MS 500
#define DUTY_RETRY_MS 60000

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

/* What acts on records and dates ask for. */
static int
house_duties(struct node *n, int64_t now, struct err *e)
{
	int64_t next = INT64_MAX;
	int rc;

	if (now < n->duty_ms && !duty_pending(n))
		return OK;
	rc = duty_turn(n, now, &next, e);
	n->duty_ms = rc == OK ? next : now + DUTY_RETRY_MS;
	return rc;
}

/* The first trouble is told; what has nothing to do with it is done all the same: a deletion does not wait for a key. */
static int
house_work(struct node *n, int64_t now, struct err *e)
{
	bool may_sign = guard_may_sign(n, NULL) == OK;
	struct err other = { 0 };
	int rc = may_sign ? rotate_turn(n, e) : OK, next;

	if (may_sign && (next = house_duties(n, now, rc == OK ? e : &other)) != OK && rc == OK)
		rc = next;
	if (!n->readonly)
		forks_tell(n);
	next = blob_sweep(n, now, rc == OK ? e : &other);
	return rc == OK ? next : rc;
}

static int
only_seal(void *arg, struct store *s, struct err *e)
{
	(void)arg, (void)s, (void)e;
	return OK;
}

/* The own log's newest note is stored with what is written next (filing_hooks.c). When nothing is, it is stored by itself, so that
 * commands that read beside this node see what has been signed. */
static int
keep_newest_note(struct node *n, struct err *e)
{
	uint64_t size;

	pthread_mutex_lock(&n->lock);
	size = n->published[n->own].note.len == 0 ? 0 : n->published[n->own].size;
	pthread_mutex_unlock(&n->lock);
	if (size == n->house_noted)
		return OK;
	n->house_noted = size;
	return writer_do(n->writer, only_seal, NULL, e);
}

int64_t
house_turn(struct node *n)
{
	int64_t now = node_now_ms(n);
	struct err e = { 0 };

	if (!node_failed(n, NULL))
		house_trouble(n, house_work(n, now, &e), &e);
	if (!node_failed(n, NULL))
		(void)keep_newest_note(n, &e);	/* a failure that matters has stopped the node by then */
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

int
house_start(struct node *n, struct err *e)
{
	if (n->stepped)
		return OK;
	if (pthread_create(&n->housekeeper, NULL, housekeeping_main, n) != 0)
		return err_set(e, ERR_IO, "cannot start a thread; raise the process limit (ulimit -u)");
	n->housekeeping = true;
	return OK;
}

void
house_stop(struct node *n)
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
