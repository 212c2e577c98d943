/*
 * No payload at a party that may not have it: neither stored by an honest node, whoever sent it, nor sent to anybody by one.
 * Who may have a record is what the ledger says (it was addressed to that member), and what the record's own delivery list says.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "sim/world.h"

struct scan {
	struct world *w;
	struct host *h;
};

/* The ledger lines whose marks stand in ${bytes}: is ${member} among those that each was addressed to? */
static void
check_marks(struct world *w, int member, const char *how, const uint8_t *bytes, size_t len)
{
	const uint8_t *at_mark = bytes, *end = bytes + len;
	uint64_t line;

	while (len > 0 && (at_mark = memmem(at_mark, (size_t)(end - at_mark), MARK, sizeof MARK - 1)) != NULL) {
		at_mark += sizeof MARK - 1;
		line = 0;
		for (int i = 0; i < MARK_DIGITS && at_mark < end && *at_mark >= '0' && *at_mark <= '9'; i++)
			line = line * 10 + (uint64_t)(*at_mark++ - '0');
		if (line < w->filed && !(w->ledger[line].allowed >> member & 1))
			violated(w, "privacy", "%s%07" PRIu64 " of %s %s %s, to which it is not addressed", MARK, line,
			    member_codes[w->ledger[line].member], how, member_codes[member]);
	}
}

void
check_wire(struct world *w, const struct host *to, const void *bytes, size_t len)
{
	check_marks(w, to->member, "was sent to", bytes, len);
}

static bool
delivered_to(const struct record *r, const char *member)
{
	for (const struct json *j = r->delivery == NULL ? NULL : r->delivery->child; j != NULL; j = j->next)
		if (json_is(j, member))
			return true;
	return r->base == AUD_PUBLIC;
}

static int
look_at_payload(void *ctx, const struct payload *p)
{
	struct scan *x = ctx;
	struct arena a = { 0 };
	struct record r;

	check_marks(x->w, x->h->member, "is held by", p->bytes, p->len);
	if (POS_LOG(p->pos) != node_own_log(x->h->node) && record_parse(&a, p->bytes, p->len, &r, NULL) == OK &&
	    !delivered_to(&r, member_codes[x->h->member]))
		violated(x->w, "privacy", "%s holds %u/%" PRIu64 ", which was not delivered to it", member_codes[x->h->member],
		    POS_LOG(p->pos), POS_INDEX(p->pos));
	arena_free(&a);
	return 0;
}

void
check_privacy(struct world *w, struct host *h)
{
	struct scan x = { w, h };
	struct err e = { 0 };
	struct store_reader *r = node_reader(h->node, &e);
	struct peer_status s;

	if (r == NULL || store_payload_scan(r, 0, INT64_MAX, look_at_payload, &x, &e) != OK)
		violated(w, "privacy", "%s cannot be read: %s", member_codes[h->member], e.text);
	if (r != NULL)
		node_reader_done(h->node, r);
	if (w->settling && !host_honest(w, &w->host[w->victim]) && node_peer_status(h->node, w->host[w->victim].member, &s) == OK)
		w->out.refused += s.refused;
}
