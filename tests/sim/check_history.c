/*
 * One history. Every checkpoint of an honest member that was ever shown to anybody is the root of a prefix of every copy of its
 * log: so no honest node has signed two histories, whatever befell it. And whatever a dishonest member shows, nothing that an
 * honest node has once taken in changes; and an honest node that was shown two histories says so (frozen, or failing with a
 * reason).
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log/bundle.h"
#include "log/checkpoint.h"
#include "log/edge.h"
#include "log/entry.h"
#include "log/note.h"
#include "sim/world.h"

/* Whose log? By the first line of the checkpoint; -1: no member's. */
static int
member_of(const struct checkpoint *cp)
{
	for (int m = 0; m < MEMBERS; m++)
		if (strcmp(cp->origin, member_keys[m].name) == 0)
			return m;
	return -1;
}

static bool
seen_already(const struct world *w, int member, int to, bool bell, const struct checkpoint *cp)
{
	for (size_t i = w->seen_count; i > 0 && i + 40 > w->seen_count; i--) {	/* most come again and again, soon after */
		const struct seen *s = &w->seen[i - 1];

		if (s->member == member && s->to == to && s->bell == bell && !s->lost && s->size == cp->size &&
		    memcmp(s->root, cp->root.b, HASH_BYTES) == 0)
			return true;
	}
	return false;
}

/* A checkpoint was shown to ${to}. What cannot be read, or is not signed by the log's key, is none. */
void
check_note(struct world *w, int to, bool bell, const void *bytes, size_t len)
{
	const uint8_t *text_end = memmem(bytes, len, "\n\n", 2);
	struct checkpoint cp;
	struct note n;
	struct note_mark mark;
	struct arena a = { 0 };
	struct err e;
	int member;

	if (text_end == NULL || checkpoint_parse(&cp, bytes, (size_t)(text_end - (const uint8_t *)bytes) + 1, &e) != OK ||
	    (member = member_of(&cp)) < 0 || seen_already(w, member, to, bell, &cp))
		return;
	if (checkpoint_open(&a, bytes, len, &member_keys[member], 1, &cp, &n, &mark, &e) == OK) {
		if (w->seen_count == w->seen_cap) {
			w->seen_cap = w->seen_cap == 0 ? 256 : w->seen_cap * 2;
			w->seen = realloc(w->seen, w->seen_cap * sizeof *w->seen);
			assert(w->seen != NULL);
		}
		w->seen[w->seen_count] = (struct seen){ .member = member, .to = to, .bell = bell, .size = cp.size };
		memcpy(w->seen[w->seen_count++].root, cp.root.b, HASH_BYTES);
	}
	arena_free(&a);
}

void
forget_bells(struct world *w, int to)
{
	for (size_t i = 0; i < w->seen_count; i++)
		if (w->seen[i].to == to && w->seen[i].bell)
			w->seen[i].lost = true;
}

static int
no_sink(void *ctx, const struct tile *t, const uint8_t *bytes, struct err *e)
{
	(void)ctx, (void)t, (void)bytes, (void)e;
	return OK;
}

/* The root of every prefix of a log, as its stored bundles give it: ${roots}[0 .. size]. */
static int
roots_of(struct store_reader *r, const struct log_row *log, struct digest *roots, struct err *e)
{
	static struct edge edge;	/* too large for the stack */
	const struct edge_sink nowhere = { no_sink, NULL };
	struct buf bytes = { 0 };
	struct bundle b;
	struct digest c, leaf;
	uint64_t size = 0;
	int rc = OK;

	edge_init(&edge);
	edge_root(&edge, &roots[0]);
	for (uint64_t n = 0; rc == OK && size < log->size; n++) {
		if ((rc = store_tile_get(r, log->no, STORE_BUNDLE, n, &bytes, e)) != OK ||
		    (rc = bundle_parse(&b, bytes.data, bytes.len, e)) != OK)
			break;
		for (unsigned i = 0; rc == OK && i < b.count && size < log->size; i++) {
			if ((rc = entry_parse(&c, b.entry[i].bytes, b.entry[i].len, e)) != OK)
				break;
			entry_leaf(&leaf, &c);
			rc = edge_append(&edge, &leaf, &nowhere, e);
			edge_root(&edge, &roots[++size]);
		}
	}
	buf_free(&bytes);
	return rc;
}

/* Is it known at ${h} that ${member} has shown two histories? */
static bool
knows(struct host *h, int member)
{
	struct peer_status s;

	return node_peer_status(h->node, member, &s) == OK && (s.state == PEER_FROZEN || s.state == PEER_FAILING);
}

static void
compare(struct world *w, struct host *h, int member, const struct log_row *log, const struct digest *roots)
{
	bool honest = host_honest(w, host_of(w, member)), told = false;

	for (size_t i = 0; i < w->seen_count; i++) {
		const struct seen *s = &w->seen[i];

		if (s->member != member || s->size > log->size || memcmp(s->root, roots[s->size].b, HASH_BYTES) == 0)
			continue;
		if (honest)
			violated(w, "history", "%s has shown %s another tree of %" PRIu64 " entries than %s holds",
			    member_codes[member],
			    member_codes[s->to], s->size, member_codes[h->member]);
		else if (s->to == h->member && !s->lost && !told && w->settling)
			told = true;
	}
	if (!told)
		return;
	if (knows(h, member))
		w->out.forks_noticed++;
	else
		violated(w, "history", "%s was shown two histories of %s and does not say so", member_codes[h->member],
		    member_codes[member]);
}

static void
check_log(struct world *w, struct host *h, struct store_reader *r, int member)
{
	struct err e = { 0 };
	struct log_row log;
	struct digest *roots = NULL;

	if (store_log_get(r, LOG_NO(member, 1), &log, &e) != OK) {
		violated(w, "history", "%s: %s", member_codes[h->member], e.text);
		return;
	}
	roots = calloc(log.size + 1, sizeof *roots);
	assert(roots != NULL);
	if (roots_of(r, &log, roots, &e) != OK)
		violated(w, "history", "%s: the log of %s cannot be read: %s", member_codes[h->member], member_codes[member],
		    e.text);
	else if (memcmp(roots[log.size].b, log.root, HASH_BYTES) != 0)
		violated(w, "history", "%s: the entries of %s do not give its root", member_codes[h->member], member_codes[member]);
	else
		compare(w, h, member, &log, roots);
	free(roots);
}

void
check_history(struct world *w, struct host *h)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(h->node, &e);

	for (int m = 0; r != NULL && m < PARTIES; m++)
		check_log(w, h, r, m);
	if (r != NULL)
		node_reader_done(h->node, r);
	else
		violated(w, "history", "%s cannot be read: %s", member_codes[h->member], e.text);
}
