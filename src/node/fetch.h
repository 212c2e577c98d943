/*
 * Fetching ahead: one get that goes on in a thread of its own while its caller does something else. The thread starts with
 * the first
 * fetch_begin and ends with fetch_stop; it has its own connection.
 */
#ifndef NODE_FETCH_H
#define NODE_FETCH_H

#include <pthread.h>
#include <stdbool.h>

#include "node/node.h"

struct fetch {
	const struct transport *transport;
	pthread_t thread;
	bool running, stopping, wanted, done;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void *session;
	struct card card;
	char path[256];
	size_t max_bytes;
	int status, rc;
	struct err err;
	struct buf out;
};

void fetch_init(struct fetch *f, const struct transport *t);
/* Begin; ${f} must not have one under way. */
int fetch_begin(struct fetch *f, const struct card *card, const char *path, size_t max_bytes, struct err *e);
/* Wait for it; *${out}'s bytes are exchanged for the answer's. */
int fetch_finish(struct fetch *f, int *status, struct buf *out, struct err *e);
/* End the thread, close the connection, free. A zeroed or stopped ${f} is fine. */
void fetch_stop(struct fetch *f);

#endif
