/*
 * Nothing acknowledged is lost: every record for which node_file answered OK stands at its index in the own log, byte for byte,
 * after any crash of a machine whose disk keeps what it says it keeps. (Of a record that was ordered to be deleted, its entry
 * stands there.)
 */
#include <inttypes.h>

#include "sim/world.h"

static void
check_line_acked(struct world *w, const struct host *h, struct store_reader *r, size_t line, uint64_t size)
{
	const struct filed *f = &w->ledger[line];
	struct payload p;
	struct digest text;
	struct err e = { 0 };

	if (f->index >= size) {
		violated(w, "acknowledged", "%s%07zu is gone: %s/%" PRIu64 " was acknowledged, its log has %" PRIu64 " entries",
		    MARK, line,
		    member_codes[f->member], f->index, size);
		return;
	}
	if (f->acted)
		return;			/* its text may have been erased meanwhile */
	if (store_payload_get(r, POS(node_own_log(h->node), f->index), &p, &e) != OK) {
		violated(w, "acknowledged", "%s%07zu is gone: %s", MARK, line, e.text);
		return;
	}
	hash_once(&text, p.bytes, p.len);
	if (!hash_equal(&text, &f->text))
		violated(w, "acknowledged", "%s/%" PRIu64 " holds another text than was filed there", member_codes[f->member],
		    f->index);
}

void
check_acked(struct world *w, struct host *h)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(h->node, &e);
	struct log_row log;

	if (r == NULL || store_log_get(r, node_own_log(h->node), &log, &e) != OK) {
		violated(w, "acknowledged", "%s cannot be read: %s", member_codes[h->member], e.text);
	} else {
		for (size_t i = 0; i < w->filed; i++)
			if (w->ledger[i].acked && w->ledger[i].host == h->number)
				check_line_acked(w, h, r, i, log.size);
	}
	if (r != NULL)
		node_reader_done(h->node, r);
}
