/* Asking again for payloads that were withheld or refused before (docs/exchange.md 5.6). */
#include <stdlib.h>

#include "exchange/pull.h"

struct run {
	uint64_t from, to;
};

struct gaps {
	struct store_reader *reader;
	struct run run[PULL_GAPS];
	size_t count;
	uint32_t log_no;
	bool erasures;			/* there are any at all */
	uint64_t next, end;		/* first index not looked at; where the decided part ends */
	struct err *e;
	int rc;
};

/* What was erased here is not missing: it is never to come back. */
static bool
was_erased(struct gaps *g, uint64_t index)
{
	struct erasure x;
	int rc;

	if (!g->erasures || g->rc != OK)
		return false;
	if ((rc = store_erasure_get(g->reader, POS(g->log_no, index), &x, g->e)) != OK && rc != ERR_NOTFOUND)
		g->rc = rc;
	return rc == OK;
}

/* The runs of missing payloads from g->next to ${to}, which becomes g->next; false when there is no room for more. */
static bool
add_gap(struct gaps *g, uint64_t to)
{
	while (g->next < to && g->count < PULL_GAPS && g->rc == OK) {
		struct run *run = &g->run[g->count];

		if (was_erased(g, g->next)) {
			g->next++;
			continue;
		}
		run->from = g->next++;
		while (g->next < to && !(g->erasures && was_erased(g, g->next)))
			g->next = g->erasures ? g->next + 1 : to;
		run->to = g->next;
		g->count++;
	}
	return g->next >= to && g->count < PULL_GAPS && g->rc == OK;
}

/* A payload that is held: what lies between it and the one before is missing. */
static int
see_held(void *ctx, const struct row *row)
{
	struct gaps *g = ctx;
	uint64_t index = POS_INDEX(row->v[0].num);

	if (POS_LOG(row->v[0].num) != g->log_no || index >= g->end)
		return 1;
	if (!add_gap(g, index))
		return 1;
	g->next = index + 1;
	return 0;
}

static int
see_erasure(void *ctx, const struct erasure *x)
{
	(void)x;
	*(bool *)ctx = true;
	return 1;
}

static int
find_gaps(struct gaps *g, struct err *e)
{
	struct row from = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols };
	int rc;

	from.v[0] = val_int(POS(g->log_no, g->next));
	if ((rc = store_erasure_each(g->reader, NULL, see_erasure, &g->erasures, e)) < 0 ||
	    (rc = store_row_scan(g->reader, &from, 0, 1, false, see_held, g, e)) < 0)
		return rc;
	if (g->count < PULL_GAPS)
		(void)add_gap(g, g->end);
	return g->rc;
}

int
pull_gaps(struct pull *p, uint64_t *cursor, int (*gap)(void *ctx, uint64_t from, uint64_t to, struct err *e),
    void *ctx, struct err *e)
{
	struct gaps *g = calloc(1, sizeof *g);
	struct log_row log;
	int rc;

	if (g == NULL)
		return err_set(e, ERR_NOMEM, "no memory to ask again");
	if ((rc = store_log_get(p->reader, p->log_no, &log, e)) == OK) {
		g->reader = p->reader;
		g->log_no = p->log_no;
		g->next = *cursor;
		g->end = log.payloads_next;
		g->e = e;
		rc = find_gaps(g, e);
	}
	for (size_t i = 0; i < g->count && rc == OK; i++) {
		uint64_t before = p->payloads;

		if ((rc = pull_range(p, g->run[i].from, g->run[i].to, e)) == OK && p->payloads > before)
			rc = gap(ctx, g->run[i].from, g->run[i].to, e);
	}
	if (rc == OK)
		*cursor = g->next;
	free(g);
	return rc;
}
