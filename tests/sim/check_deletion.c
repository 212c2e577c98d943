/*
 * Deletion reaches all: when all has settled, no honest node shows a record that its (honest) originator has ordered to be deleted,
 * to anybody. Each honest node that the record was addressed to, the originator's among them, has not got it any more: no payload
 * is stored, and its bytes are nowhere on that node's disk; unless it has answered that it keeps it. And the originator holds the
 * answer of each of the others, that it is done or why not, however often either was down.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/world.h"
#include "view/acts.h"

/* The acknowledged order about ledger line ${line}; -1: there is none. */
static int
order_of(const struct world *w, size_t line)
{
	for (size_t i = 0; i < w->filed; i++)
		if (w->ledger[i].deed == DEED_DELETE && w->ledger[i].acked &&
		    memcmp(w->ledger[w->ledger[i].target].id, w->ledger[line].id, ID_LEN) == 0)
			return (int)i;
	return -1;
}

/* What ${h} has answered to the order of ledger line ${order}, as the originator's node knows it. */
static bool
answer_to(struct world *w, int order, const struct host *h, struct answers *a)
{
	struct host *from = host_of(w, w->ledger[order].member);
	struct err e = { 0 };
	struct store_reader *r = host_up(from) ? node_reader(from->node, &e) : NULL;
	int rc = r == NULL ? e.code : acts_answers(r, w->ledger[order].id, member_codes[h->member], a, &e);

	if (r != NULL)
		node_reader_done(from->node, r);
	return rc == OK;
}

static void
check_shown(struct world *w, struct host *h, struct store_reader *r, size_t line)
{
	const struct filed *f = &w->ledger[line];
	struct judge j = node_judge(h->node, r);
	struct viewer v = judge_node(h->member);
	struct arena a = { 0 };
	struct judged t;
	struct err e = { 0 };
	int rc = judge_read(&j, POS(LOG_NO(f->member, 1), f->index), &a, &t, &e);

	if (rc == OK && t.parsed && judge_decide(&j, &t, &v, node_today(h->node)) != LEVEL_NONE)
		violated(w, "deletion", "%s%07zu (%s/%" PRIu64 ") was ordered to be deleted, and %s still shows it", MARK, line,
		    member_codes[f->member], f->index, member_codes[h->member]);
	arena_free(&a);
}

static void
check_gone(struct world *w, struct host *h, struct store_reader *r, size_t line)
{
	const struct filed *f = &w->ledger[line];
	struct payload p;
	struct err e = { 0 };
	char mark[40];

	snprintf(mark, sizeof mark, "%s%0*zu", MARK, MARK_DIGITS, line);
	if (store_payload_get(r, POS(LOG_NO(f->member, 1), f->index), &p, &e) != ERR_NOTFOUND)
		violated(w, "deletion", "%s (%s/%" PRIu64 ") was ordered to be deleted, and %s has not erased it", mark,
		    member_codes[f->member], f->index, member_codes[h->member]);
	else if (disk_holds(h->disk, mark, sizeof MARK - 1 + MARK_DIGITS))
		violated(w, "deletion", "%s (%s/%" PRIu64 ") was erased, and is on the disk of %s", mark,
		    member_codes[f->member], f->index, member_codes[h->member]);
}

static void
check_line_deleted(struct world *w, struct host *h, struct store_reader *r, size_t line)
{
	const struct filed *f = &w->ledger[line];
	struct answers a = { .done = ACTS_NO_ORDER, .keep = ACTS_NO_ORDER };
	int order = order_of(w, line);
	bool owed = h->member != f->member && (f->allowed >> h->member & 1) != 0;

	check_shown(w, h, r, line);
	if (!owed && h->member != f->member)
		return;
	if (owed && !answer_to(w, order, h, &a))
		violated(w, "deletion", "what %s has answered to %s%07d cannot be read", member_codes[h->member], MARK, order);
	else if (owed && a.done == ACTS_NO_ORDER && a.keep == ACTS_NO_ORDER)
		violated(w, "deletion", "%s has no answer of %s to its order %s%07d to delete %s%07zu", member_codes[f->member],
		    member_codes[h->member], MARK, order, MARK, line);
	if (a.keep == ACTS_NO_ORDER)
		check_gone(w, h, r, line);
	else
		w->out.kept++;
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
