/*
 * The guard against a store that was set back: a restored backup, a snapshot, a second machine with the same key. Signing on from
 * an old state is how an honest member comes to show two histories. So nothing new is signed until enough peers have said what
 * they have seen of our log; and what they have seen and we have not is fetched back before an operator lets it go on.
 *
 * What was found is kept as a setting, so that a restart does not forget it:
 *     node/guard = "held <from> <to>" | "twin <from> <to>"      entries [from, to) came back from peers
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "node/internal.h"

static const char *const words[] = { "open", "asking", "fetching", "held", "twin", "frozen" };

const char *
guard_word(enum guard_state s)
{
	return words[s];
}

/* ---- keeping it ---- */

static int
run_put(void *arg, struct store *s, struct err *e)
{
	return store_meta_put(s, "node/guard", arg, strlen(arg), e);
}

/* Called without the lock. */
static void
put(struct node *n, enum guard_state state, uint64_t from, uint64_t to)
{
	char text[80] = "";
	struct err e;

	if (state == GUARD_HELD || state == GUARD_TWIN)
		snprintf(text, sizeof text, "%s %" PRIu64 " %" PRIu64, words[state], from, to);
	if (writer_do(n->writer, run_put, text, &e) != OK)
		writer_hooks_fail(n, &e);
}

/*
 * The operator's word for one opening. A file beside the store, not in it: a copy of the store must not bring the word along.
 */
static void
once_path(const struct node *n, char out[4352])
{
	snprintf(out, 4352, "%s/resume.once", n->dir);
}

int
node_resume_once(struct node *n, struct err *e)
{
	char path[4352];

	if (n->guard.state == GUARD_FROZEN)
		return guard_may_sign(n, e);
	once_path(n, path);
	unlink(path);
	return file_write_new(path, 0600, "", 0, e);
}

static bool
take_once(const struct node *n)
{
	char path[4352];

	once_path(n, path);
	return n->guarded && unlink(path) == 0;
}

void
guard_load(struct node *n)
{
	struct store_reader *r = node_reader(n, NULL);
	struct guard *g = &n->guard;
	struct buf text = { 0 };
	bool paired = false;

	*g = (struct guard){ .seen_by = LAW_NONE };
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		paired |= n->peers[i].paired;
	if (n->own_log.frozen)
		g->state = GUARD_FROZEN;
	else if (r != NULL && store_meta_get(r, "node/guard", &text, NULL) == OK && text.len > 0)
		g->state = strncmp(buf_cstr(&text), "twin", 4) == 0 ? GUARD_TWIN : GUARD_HELD;
	else
		g->state = n->guarded && paired ? GUARD_ASKING : GUARD_OPEN;
	if (text.len > 0)
		(void)sscanf(buf_cstr(&text), "%*s %" SCNu64 " %" SCNu64, &g->from, &g->to);
	if (!n->readonly && g->state != GUARD_FROZEN && take_once(n))
		*g = (struct guard){ .state = GUARD_OPEN, .seen_by = LAW_NONE };
	buf_free(&text);
	if (r != NULL)
		node_reader_done(n, r);
}

/* ---- what peers say ---- */

static void
count(const struct node *n, int *asked, int *answered, int *needed)
{
	*asked = *answered = 0;
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		if ((int)i != n->own && n->peers[i].paired) {
			++*asked;
			*answered += n->guard.heard[i];
		}
	*needed = *asked - (*asked > 0 ? (*asked - 1) / 3 : 0);	/* all but those that may be away or lie: n - f */
}

void
guard_heard(struct node *n, int member)
{
	int asked, answered, needed;

	pthread_mutex_lock(&n->lock);
	n->guard.heard[member] = true;
	count(n, &asked, &answered, &needed);
	if (n->guard.state == GUARD_ASKING && answered >= needed)
		n->guard.state = GUARD_OPEN;
	pthread_mutex_unlock(&n->lock);
	peers_wake(n);
}

void
guard_ahead(struct node *n, int member, uint64_t size)
{
	struct guard *g = &n->guard;
	bool twin = false;

	pthread_mutex_lock(&n->lock);
	if (size > g->seen_size && size > n->published[n->own].size) {
		g->seen_size = size;
		g->seen_by = member;
	}
	if (size > n->published[n->own].size) {
		if (g->state == GUARD_ASKING) {
			g->state = GUARD_FETCHING;
		} else if (g->state == GUARD_OPEN) {
			/* We have been signing, and so has somebody else. */
			g->state = GUARD_TWIN;
			g->from = g->to = n->published[n->own].size;
			twin = true;
		}
	}
	pthread_mutex_unlock(&n->lock);
	if (twin)
		put(n, GUARD_TWIN, g->from, g->to);
}

/* May this peer's turn fetch up to ${size}? One at a time. */
bool
guard_fetch(struct node *n, int member, uint64_t size)
{
	struct guard *g = &n->guard;
	bool yes;

	(void)member;
	pthread_mutex_lock(&n->lock);
	yes = !g->fetching && size > n->published[n->own].size &&
	    (g->state == GUARD_FETCHING || g->state == GUARD_HELD || g->state == GUARD_TWIN);
	if (yes) {
		g->fetching = true;
		if (g->to == 0)
			g->from = n->published[n->own].size;
	}
	pthread_mutex_unlock(&n->lock);
	return yes;
}

void
guard_fetched(struct node *n, int rc, const struct err *e)
{
	struct guard *g = &n->guard;
	uint64_t from, to;
	enum guard_state state;

	pthread_mutex_lock(&n->lock);
	g->fetching = false;
	if (rc == OK) {
		g->to = n->published[n->own].size;
		if (g->state == GUARD_FETCHING)
			g->state = GUARD_HELD;
	} else {
		snprintf(g->trouble, sizeof g->trouble, "%.200s", e->text);
	}
	state = g->state;
	from = g->from;
	to = g->to;
	pthread_mutex_unlock(&n->lock);
	if (rc == OK)
		put(n, state, from, to);
}

/* Which of our own entries may still lack their payload. */
bool
guard_returns(struct node *n, uint64_t *from, uint64_t *to)
{
	bool yes;

	pthread_mutex_lock(&n->lock);
	*from = n->guard.from;
	*to = n->guard.to;
	yes = (n->guard.state == GUARD_HELD || n->guard.state == GUARD_TWIN) && *from < *to;
	pthread_mutex_unlock(&n->lock);
	return yes;
}

void
guard_returned(struct node *n, uint64_t held)
{
	pthread_mutex_lock(&n->lock);
	n->guard.held = held;
	pthread_mutex_unlock(&n->lock);
}

void
guard_froze(struct node *n)
{
	pthread_mutex_lock(&n->lock);
	n->guard.state = GUARD_FROZEN;
	pthread_mutex_unlock(&n->lock);
}

/* ---- what it says ---- */

/* With the lock. */
static void
explain(const struct node *n, struct guard_status *s)
{
	const struct guard *g = &n->guard;
	const char *by = g->seen_by == LAW_NONE ? "a peer" : n->reg->members[g->seen_by].code;

	switch (g->state) {
	case GUARD_OPEN:
		break;
	case GUARD_ASKING:
		snprintf(s->why, sizeof s->why, "read only: %d of %d peers have said what they have seen of this log, %d must; wait for "
		    "them, or, if you know that this store was not restored from a copy, `diwan resume`", s->answered, s->asked,
		    s->needed);
		break;
	case GUARD_FETCHING:
		snprintf(s->why, sizeof s->why, "read only: this store is older than its log: %s has seen %" PRIu64 " entries, here are %"
		    PRIu64 ". They are being fetched back%s%s", by, g->seen_size, s->own_size, g->trouble[0] ? "; last trouble: " : "",
		    g->trouble);
		break;
	case GUARD_HELD:
		snprintf(s->why, sizeof s->why, "read only: this store was older than its log; entries %" PRIu64 " to %" PRIu64
		    " came back from peers, %" PRIu64 " of them without their text. Make sure that no other machine runs with "
		    "this node's keys, then `diwan resume`", g->from, g->to == 0 ? 0 : g->to - 1, s->missing);
		break;
	case GUARD_TWIN:
		snprintf(s->why, sizeof s->why, "read only: %s has seen %" PRIu64 " entries of this log, more than were signed here: "
		    "another machine signs with this node's key. Stop it, keep one of the two, then `diwan resume` on that one", by,
		    g->seen_size);
		break;
	case GUARD_FROZEN:
		snprintf(s->why, sizeof s->why, "read only: two histories of this node's own log are proven (`diwan fork show %s`); "
		    "nothing more can be signed in it. A new epoch (`diwan epoch`) and a new card are the remedy", n->member);
		break;
	}
}

void
node_guard(struct node *n, struct guard_status *out)
{
	const struct guard *g = &n->guard;

	memset(out, 0, sizeof *out);
	pthread_mutex_lock(&n->lock);
	out->state = g->state;
	count(n, &out->asked, &out->answered, &out->needed);
	out->own_size = n->published[n->own].size;
	out->seen_size = g->seen_size;
	out->seen_by = g->seen_by;
	out->came_back = g->to - g->from;
	out->missing = g->held < out->came_back ? out->came_back - g->held : 0;
	explain(n, out);
	pthread_mutex_unlock(&n->lock);
}

int
guard_may_sign(struct node *n, struct err *e)
{
	struct guard_status s;

	if (n->guard.state == GUARD_OPEN)	/* one word, set by few: the sentence is made under the lock */
		return OK;
	node_guard(n, &s);
	return s.state == GUARD_OPEN ? OK : err_set(e, ERR_DENIED, "%s", s.why);
}

int
node_resume(struct node *n, struct err *e)
{
	struct guard_status s;

	node_guard(n, &s);
	if (s.state == GUARD_FROZEN)
		return err_set(e, ERR_CONFLICT, "%s", s.why);
	if (s.state == GUARD_FETCHING || s.seen_size > s.own_size)
		return err_set(e, ERR_CONFLICT, "entries %" PRIu64 " to %" PRIu64 " of this log are not here; going on without them "
		    "would show two histories. Let the node reach the peer that has them (%s), or begin a new epoch (`diwan epoch`)",
		    s.own_size, s.seen_size - 1, s.seen_by == LAW_NONE ? "?" : n->reg->members[s.seen_by].code);
	pthread_mutex_lock(&n->lock);
	n->guard = (struct guard){ .state = GUARD_OPEN, .seen_by = LAW_NONE };
	pthread_mutex_unlock(&n->lock);
	put(n, GUARD_OPEN, 0, 0);
	peers_wake(n);
	return OK;
}
