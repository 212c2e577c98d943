/* Asking again for payloads that were withheld or refused before (docs/exchange.md 5.6). */
#include <stdlib.h>

#include "exchange/pull.h"

struct run {
	uint64_t from, to;
};

struct gaps {
	struct run run[PULL_GAPS];
	size_t count;
	uint32_t log_no;
	uint64_t next, end;		/* first index not looked at; where the decided part ends */
};

static bool
add_gap(struct gaps *g, uint64_t to)
{
	if (g->next < to) {
		g->run[g->count].from = g->next;
		g->run[g->count++].to = to;
	}
	return g->count < PULL_GAPS;
}

/* A payload that is held: what lies between it and the one before is missing. */
static int
see_held(void *ctx, const struct row *row)
{
	struct gaps *g = ctx;
	uint64_t index = POS_INDEX(row->v[0].num);
	bool room;

	if (POS_LOG(row->v[0].num) != g->log_no || index >= g->end)
		return 1;
	room = add_gap(g, index);
	g->next = index + 1;
	return !room;
}

static int
find_gaps(struct pull *p, struct gaps *g, struct err *e)
{
	struct row from = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols };
	int rc;

	from.v[0] = val_int(POS(g->log_no, g->next));
	if ((rc = store_row_scan(p->reader, &from, 0, 1, false, see_held, g, e)) < 0)
		return rc;
	if (g->count < PULL_GAPS) {
		(void)add_gap(g, g->end);
		g->next = g->end;
	}
	return OK;
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
		g->log_no = p->log_no;
		g->next = *cursor;
		g->end = log.payloads_next;
		rc = find_gaps(p, g, e);
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
