/*
 * Deletion reaches all: when all has settled, no honest node shows a record that its (honest) originator has ordered to be
 * deleted, to anybody; and where a node says that it has erased it, its bytes are nowhere on that node's disk.
 */
#include <inttypes.h>
#include <stdio.h>

#include "sim/world.h"

static void
check_line_deleted(struct world *w, struct host *h, struct store_reader *r, size_t line)
{
	const struct filed *f = &w->ledger[line];
	struct judge j = node_judge(h->node, r);
	struct viewer v = judge_node(h->member);
	struct arena a = { 0 };
	struct judged t;
	struct err e = { 0 };
	struct erasure gone;
	char mark[40];
	int rc = judge_read(&j, POS(LOG_NO(f->member, 1), f->index), &a, &t, &e);

	if (rc == OK && t.parsed && judge_decide(&j, &t, &v, node_today(h->node)) != LEVEL_NONE)
		violated(w, "deletion", "%s%07zu (%s/%" PRIu64 ") was ordered to be deleted, and %s still shows it", MARK, line,
		    member_codes[f->member], f->index, member_codes[h->member]);
	arena_free(&a);
	snprintf(mark, sizeof mark, "%s%0*zu", MARK, MARK_DIGITS, line);
	if (store_erasure_get(r, POS(LOG_NO(f->member, 1), f->index), &gone, &e) == OK &&
	    disk_holds(h->disk, mark, sizeof MARK - 1 + MARK_DIGITS))
		violated(w, "deletion", "%s (%s/%" PRIu64 ") was erased, and is on the disk of %s", mark,
		    member_codes[f->member], f->index, member_codes[h->member]);
}

void
check_deletion(struct world *w, struct host *h)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(h->node, &e);

	for (size_t i = 0; r != NULL && i < w->filed; i++)
		if (w->ledger[i].delete_acked && w->ledger[i].acked && host_honest(w, host_of(w, w->ledger[i].member)))
			check_line_deleted(w, h, r, i);
	if (r != NULL)
		node_reader_done(h->node, r);
	else
		violated(w, "deletion", "%s cannot be read: %s", member_codes[h->member], e.text);
}
