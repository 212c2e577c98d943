/* Records into the own log in batches, through the running node's control socket or the node opened here. */
#ifndef CLI_SUBMIT_H
#define CLI_SUBMIT_H

#include "cli/local.h"

#define SUBMIT_RECORDS 2000		/* in one request */
#define SUBMIT_BYTES ((size_t)16 * 1024 * 1024)

struct submit_result {
	uint64_t line;			/* as given to submit_add */
	int rc;
	uint64_t index, seq;		/* when rc is OK */
	const char *id, *detail;	/* 32 hex digits; the sentence when rc is not OK */
};

struct submit {				/* zeroed but for the first three */
	struct local *local;		/* keeps */
	void (*result)(void *ctx, const struct submit_result *r);	/* called after the counters were raised */
	void *ctx;
	uint64_t filed, refused;
	struct buf batch;		/* records, one a line */
	uint64_t lines[SUBMIT_RECORDS];
	size_t ends[SUBMIT_RECORDS];	/* of each record in batch, its line end not counted */
	unsigned count;
};

/* Add one record (copied; must hold no line end); full batches go off. An error is one that kept whole batches out. */
int submit_add(struct submit *s, uint64_t line, const char *text, size_t len, struct err *e);
int submit_flush(struct submit *s, struct err *e);
void submit_end(struct submit *s);

#endif
