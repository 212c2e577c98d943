/*
 * The writer: the one thread that changes the store. Others hand it jobs; it takes all that wait, runs them in one
 * transaction, commits once, and tells everybody (group commit). A job is told OK only after its bytes are on disk.
 *
 * W1  At most one transaction is open, and only the writer thread opens it.
 * W2  A job that fails leaves nothing: when one of a batch fails, the batch is rolled back and its jobs run again one by one,
 *     each in a transaction of its own. So a job's function must be repeatable and must not touch anything but the store
 *     and what its hooks restore (hooks.begin / hooks.rollback).
 * W3  After hooks.committed has run for a batch, readers that open see it.
 */
#ifndef NODE_WRITER_H
#define NODE_WRITER_H

#include <stdbool.h>

#include "base/err.h"
#include "store/store.h"

struct writer;

struct job {
	/* Runs in the writer thread inside a transaction; may run more than once. */
	int (*run)(void *ctx, struct store *s, struct err *e);
	void *ctx;
	size_t weight;			/* about how many records it writes; bounds a batch */

	/* Filled by the writer; read them only after writer_wait. */
	int rc;
	struct err err;
	bool done;
	struct job *next;
};

struct writer_hooks {
	void *ctx;
	void (*begin)(void *ctx);			/* a transaction starts: remember memory state */
	int (*seal)(void *ctx, struct store *s, struct err *e);	/* before commit: write what the whole batch shares */
	void (*rollback)(void *ctx);			/* it was undone: restore memory state */
	void (*committed)(void *ctx);			/* it is durable: publish */
	void (*fatal)(void *ctx, const struct err *e);	/* a commit failed in a way that leaves the disk in doubt: stop the node */
};

/*
 * Start the thread. ${s} stays the caller's but is used by the writer alone until writer_stop. With ${inside} there is no thread:
 * writer_submit runs its job at once, in a transaction of its own.
 */
int writer_start(struct writer **out, struct store *s, const struct writer_hooks *hooks, bool inside, struct err *e);
/* Finish what is queued, stop the thread, free. NULL is fine. */
void writer_stop(struct writer *w);

/* Queue ${j} (keeps it until writer_wait returns). Blocks while the queue is full (bounded weight). */
void writer_submit(struct writer *w, struct job *j);
/* Wait for ${j}; returns its code and copies its sentence to ${e}. */
int writer_wait(struct writer *w, struct job *j, struct err *e);
/* Both. */
int writer_do(struct writer *w, int (*run)(void *ctx, struct store *s, struct err *e), void *ctx, struct err *e);

#endif
