#include "node/fetch.h"

#include <stdio.h>
#include <string.h>

#define STACK_BYTES ((size_t)256 * 1024)

void
fetch_init(struct fetch *f, const struct transport *t)
{
	memset(f, 0, sizeof *f);
	f->transport = t;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
}

static void *
fetch_main(void *arg)
{
	struct fetch *f = arg;
	const struct transport *t = f->transport;

	pthread_setname_np(pthread_self(), "fetch");
	pthread_mutex_lock(&f->lock);
	for (;;) {
		while (!f->wanted && !f->stopping)
			pthread_cond_wait(&f->changed, &f->lock);
		if (f->stopping)
			break;
		f->wanted = false;
		pthread_mutex_unlock(&f->lock);
		buf_reset(&f->out);
		f->rc = t->get(t->ctx, &f->session, &f->card, f->path, f->max_bytes, &f->status, &f->out, &f->err);
		pthread_mutex_lock(&f->lock);
		f->done = true;
		pthread_cond_broadcast(&f->changed);
	}
	pthread_mutex_unlock(&f->lock);
	t->end(t->ctx, f->session);
	f->session = NULL;
	return NULL;
}

static int
start_thread(struct fetch *f, struct err *e)
{
	pthread_attr_t attr;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	rc = pthread_create(&f->thread, &attr, fetch_main, f);
	pthread_attr_destroy(&attr);
	if (rc != 0)
		return err_set(e, ERR_IO, "cannot start a thread to fetch; raise the process limit (ulimit -u)");
	f->running = true;
	return OK;
}

int
fetch_begin(struct fetch *f, const struct card *card, const char *path, size_t max_bytes, struct err *e)
{
	int rc;

	if (!f->running && (rc = start_thread(f, e)) != OK)
		return rc;
	pthread_mutex_lock(&f->lock);
	f->card = *card;
	snprintf(f->path, sizeof f->path, "%s", path);
	f->max_bytes = max_bytes;
	f->wanted = true;
	f->done = false;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	return OK;
}

int
fetch_finish(struct fetch *f, int *status, struct buf *out, struct err *e)
{
	struct buf mine;
	int rc;

	pthread_mutex_lock(&f->lock);
	while (!f->done)
		pthread_cond_wait(&f->changed, &f->lock);
	mine = f->out;
	f->out = *out;
	*out = mine;
	*status = f->status;
	if ((rc = f->rc) != OK)
		*e = f->err;
	pthread_mutex_unlock(&f->lock);
	return rc;
}

void
fetch_stop(struct fetch *f)
{
	if (f->transport == NULL)
		return;
	if (f->running) {
		pthread_mutex_lock(&f->lock);
		f->stopping = true;
		pthread_cond_broadcast(&f->changed);
		pthread_mutex_unlock(&f->lock);
		pthread_join(f->thread, NULL);
	}
	buf_free(&f->out);
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->changed);
	memset(f, 0, sizeof *f);
}
