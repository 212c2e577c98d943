/*
 * The guard raises no false alarm and no alarm too few. A machine that was never set back, and whose key nobody else uses, is
 * never held, never calls itself a twin or frozen, and may sign when all has settled. A machine that was set back does not tell
 * another story: what two honest members had taken in of its log by then is in its log at the end (law of the guard: all but
 * one peer are asked before it signs).
 */
#include <inttypes.h>
#include <string.h>

#include "log/entry.h"
#include "log/tile.h"
#include "sim/world.h"

void
check_guard(struct world *w, struct host *h)
{
	struct guard_status s;

	node_guard(h->node, &s);
	if (s.state != GUARD_OPEN && (s.state != GUARD_ASKING || w->settling))
		violated(w, "guard", "%s is %s without cause: %s", member_codes[h->member], guard_word(s.state), s.why);
}

/* Size that ${h} holds of the victim's log; 0 when it cannot say. */
static uint64_t
held_of_victim(struct world *w, struct host *h)
{
	struct peer_status s;

	return h->used && host_up(h) && h->number != w->victim && node_peer_status(h->node, w->victim, &s) == OK ? s.size : 0;
}

/* The second largest of the sizes held. */
void
guard_before_setback(struct world *w)
{
	uint64_t first = 0, second = 0;

	for (int i = 0; i < MEMBERS; i++) {
		uint64_t size = held_of_victim(w, &w->host[i]);

		if (size > first) {
			second = first;
			first = size;
		} else if (size > second) {
			second = size;
		}
	}
	w->known_size = second;
	note(w, "two others hold %" PRIu64 " entries", second);
}

static bool
entry_at(struct host *h, int member, uint64_t index, uint8_t out[ENTRY_BYTES])
{
	struct err e;
	struct store_reader *r = node_reader(h->node, &e);
	struct buf b = { 0 };
	size_t offset = (size_t)(index % TILE_WIDTH) * (2 + ENTRY_BYTES) + 2;
	bool there = r != NULL && store_tile_get(r, LOG_NO(member, 1), STORE_BUNDLE, index / TILE_WIDTH, &b, &e) == OK &&
	    b.len >= offset + ENTRY_BYTES;

	if (there)
		memcpy(out, b.data + offset, ENTRY_BYTES);
	buf_free(&b);
	if (r != NULL)
		node_reader_done(h->node, r);
	return there;
}

/* One story: entry by entry, as far as two others had it. A machine that does not start, or signs nothing more, tells none. */
void
check_setback(struct world *w)
{
	struct host *v = &w->host[w->victim];
	uint8_t there[ENTRY_BYTES], here[ENTRY_BYTES];

	struct guard_status s;

	if ((w->plot != PLOT_OLD_IMAGE && w->plot != PLOT_LYING_DISK) || !host_up(v))
		return;
	node_guard(v->node, &s);
	if (s.state != GUARD_OPEN)	/* a disk that has lied may leave a damaged store, in which anything may stand */
		return;
	for (int i = 0; i < MEMBERS; i++)
		for (uint64_t k = 0; i != w->victim && k < w->known_size && host_up(&w->host[i]); k++)
			if (entry_at(&w->host[i], v->member, k, there) && entry_at(v, v->member, k, here) &&
			    memcmp(there, here, ENTRY_BYTES) != 0) {
				violated(w, "guard", "%s was set back and has filed another entry %" PRIu64 " than %s holds",
				    member_codes[v->member], k, member_codes[i]);
				return;
			}
}
