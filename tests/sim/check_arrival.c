/*
 * What may arrive has arrived: when all has settled, every acknowledged record of an honest member is held, byte for byte, by every
 * honest node that it is addressed to, whatever was lost, late or down on the way; unless an act on it has come before it.
 */
#include <inttypes.h>

#include "sim/world.h"

static void
check_line_arrived(struct world *w, struct host *h, struct store_reader *r, size_t line)
{
	const struct filed *f = &w->ledger[line];
	struct payload p;
	struct digest text;
	struct err e = { 0 };
	struct peer_status s = { 0 };

	if (store_payload_get(r, POS(LOG_NO(f->member, 1), f->index), &p, &e) != OK) {
		(void)node_peer_status(h->node, f->member, &s);	/* for the sentence only */
		violated(w, "arrival",
		    "%s%07zu (%s/%" PRIu64 ") has not reached %s: %s (peer %s, %" PRIu64 "/%" PRIu64 ": %.200s)", MARK,
		    line, member_codes[f->member], f->index, member_codes[h->member], e.text, peer_state_word(s.state),
		    s.payloads_next,
		    s.size, s.trouble);
		return;
	}
	hash_once(&text, p.bytes, p.len);
	if (!hash_equal(&text, &f->text))
		violated(w, "arrival", "%s holds another text of %s/%" PRIu64, member_codes[h->member], member_codes[f->member],
		    f->index);
}

void
check_arrival(struct world *w, struct host *h)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(h->node, &e);

	for (size_t i = 0; r != NULL && i < w->filed; i++) {
		const struct filed *f = &w->ledger[i];

		if (f->acked && !f->acted && (f->allowed >> h->member & 1) != 0 && host_honest(w, host_of(w, f->member)))
			check_line_arrived(w, h, r, i);
	}
	if (r != NULL)
		node_reader_done(h->node, r);
	else
		violated(w, "arrival", "%s cannot be read: %s", member_codes[h->member], e.text);
}
