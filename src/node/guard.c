/*
 * The guard against a store that was set back: a restored backup, a snapshot, a second machine with the same key. Signing on from
 * an old state is how an honest member comes to show two histories. So nothing new is signed until enough peers have said what
 * they have seen of our log; and what they have seen and we have not is fetched back before an operator lets it go on.
 *
 * What peers tell counts only as far as our own key has signed it (gossip.c): a liar cannot stop a node.
 *
 * What was found is kept as a setting, so that a restart does not forget it:
 *     node/guard = ("fetching" | "held" | "twin") <from> <to> <seen>
 * Entries [from, to) came back from peers; so many have been seen.
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

/* In the writer's thread: whatever is true by then, so that what is written last is right. */
static int
run_put(void *arg, struct store *s, struct err *e)
{
	struct node *n = arg;
	const struct guard *g = &n->guard;
	char text[120] = "";

	pthread_mutex_lock(&n->lock);
	if (g->state == GUARD_FETCHING || g->state == GUARD_HELD || g->state == GUARD_TWIN)
		snprintf(text, sizeof text, "%s %" PRIu64 " %" PRIu64 " %" PRIu64, words[g->state], g->from, g->to, g->seen_size);
	pthread_mutex_unlock(&n->lock);
	return store_meta_put(s, "node/guard", text, strlen(text), e);
}

/* Called without the lock. */
static void
put(struct node *n)
{
	struct err e;

	if (writer_do(n->writer, run_put, n, &e) != OK)
		writer_hooks_fail(n, &e);
}

/*
 * The operator's word for a node that does not run, until it is started. A file beside the store, not in it: a copy of the store
 * must not bring the word along.
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
	return n->guarded && (n->serving ? unlink(path) == 0 : access(path, F_OK) == 0);
}

/* What an earlier start has found. False: nothing. */
static bool
read_setting(struct guard *g, const char *text, uint64_t own_size)
{
	char word[12] = "";

	if (sscanf(text, "%11s %" SCNu64 " %" SCNu64 " %" SCNu64, word, &g->from, &g->to, &g->seen_size) < 1)
		return false;
	g->state = strcmp(word, "twin") == 0 ? GUARD_TWIN : g->seen_size > own_size ? GUARD_FETCHING : GUARD_HELD;
	if (g->to < own_size)		/* the end of the fetching was cut off */
		g->to = own_size;
	return true;
}

int
guard_load(struct node *n, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	struct guard *g = &n->guard;
	struct buf text = { 0 };
	bool paired = false, found;
	int rc;

	*g = (struct guard){ .seen_by = LAW_NONE };
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		paired |= n->peers[i].paired;
	g->knows = !n->guarded || !paired;
	if (r == NULL)
		return e->code;
	rc = store_meta_get(r, "node/guard", &text, e);
	node_reader_done(n, r);
	if (rc != OK && rc != ERR_NOTFOUND) {	/* what was found before must not be forgotten */
		buf_free(&text);
		return rc;
	}
	found = text.len > 0 && read_setting(g, buf_cstr(&text), n->own_log.size);
	if (n->own_log.frozen)
		g->state = GUARD_FROZEN;
	else if (!found)
		g->state = g->knows ? GUARD_OPEN : GUARD_ASKING;
	/* The word is that nothing is missing; it does not make good what is known to be missing. */
	if (!n->readonly && g->state != GUARD_FROZEN && take_once(n) && g->seen_size <= n->own_log.size) {
		g->knows |= g->state == GUARD_ASKING;
		g->state = GUARD_OPEN;
		g->unsaved = found;
	}
	buf_free(&text);
	return OK;
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

/* Has each been asked once, whatever came of it? Who can be reached is heard, even if enough others have answered. */
static bool
all_tried(const struct node *n)
{
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		if ((int)i != n->own && n->peers[i].paired && !n->guard.tried[i])
			return false;
	return true;
}

void
guard_heard(struct node *n, int member, bool answered_now)
{
	struct guard *g = &n->guard;
	int asked, answered, needed;
	bool save;

	pthread_mutex_lock(&n->lock);
	g->tried[member] = true;
	g->heard[member] |= answered_now;
	count(n, &asked, &answered, &needed);
	g->knows |= answered >= needed && all_tried(n);
	if (g->state == GUARD_ASKING && g->knows)
		g->state = GUARD_OPEN;
	save = g->unsaved && g->knows;
	g->unsaved &= !save;
	pthread_mutex_unlock(&n->lock);
	if (save)
		put(n);
	peers_wake(n);
}

bool
guard_misses(struct node *n)
{
	bool yes;

	pthread_mutex_lock(&n->lock);
	yes = n->guard.seen_size > n->published[n->own].size;
	pthread_mutex_unlock(&n->lock);
	return yes;
}

bool
guard_may_cosign(struct node *n)
{
	bool yes;

	pthread_mutex_lock(&n->lock);
	yes = n->guard.knows;
	pthread_mutex_unlock(&n->lock);
	return yes;
}

void
guard_ahead(struct node *n, int member, uint64_t size)
{
	struct guard *g = &n->guard;
	bool news = false;

	pthread_mutex_lock(&n->lock);
	if (size > n->published[n->own].size) {
		news = size > g->seen_size;
		if (news) {
			g->seen_size = size;
			g->seen_by = member;
		}
		if (g->state == GUARD_ASKING || g->state == GUARD_OPEN) {
			/* Open: we have been signing, and so has somebody else. */
			g->state = g->state == GUARD_OPEN ? GUARD_TWIN : GUARD_FETCHING;
			g->from = g->to = n->published[n->own].size;
			g->held = 0;
			news = true;
		}
	}
	pthread_mutex_unlock(&n->lock);
	if (news)
		put(n);
}

/* May the turn of a peer that has seen ${size} entries fetch what is missing? One at a time. */
bool
guard_fetch(struct node *n, uint64_t size)
{
	struct guard *g = &n->guard;
	bool yes;

	pthread_mutex_lock(&n->lock);
	yes = !g->fetching && size > n->published[n->own].size &&
	    (g->state == GUARD_FETCHING || g->state == GUARD_HELD || g->state == GUARD_TWIN);
	g->fetching |= yes;
	pthread_mutex_unlock(&n->lock);
	return yes;
}

void
guard_fetched(struct node *n, int rc, const struct err *e)
{
	struct guard *g = &n->guard;

	pthread_mutex_lock(&n->lock);
	g->fetching = false;
	g->to = n->published[n->own].size;
	if (g->state == GUARD_FETCHING && g->seen_size <= g->to)
		g->state = GUARD_HELD;
	snprintf(g->trouble, sizeof g->trouble, "%.200s", rc == OK ? "" : e->text);
	pthread_mutex_unlock(&n->lock);
	put(n);
}

/* Which of our own entries may still lack their payload. */
bool
guard_returns(struct node *n, uint64_t *from, uint64_t *to)
{
	bool yes;

	pthread_mutex_lock(&n->lock);
	*from = n->guard.from;
	*to = n->guard.to;
	yes = *from < *to;
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
		snprintf(s->why, sizeof s->why, "read only: %d of %d peers have said what they have seen of this log, %d must; "
		    "wait for them, or, if you know that this store was not restored from a copy, `diwan resume`",
		    s->answered, s->asked,
		    s->needed);
		break;
	case GUARD_FETCHING:
		snprintf(s->why, sizeof s->why, "read only: this store is older than its log: %s has seen %" PRIu64 " entries, "
		    "here are %" PRIu64 ". They are being fetched back%s%s", by, g->seen_size, s->own_size,
		    g->trouble[0] ? "; last trouble: " : "", g->trouble);
		break;
	case GUARD_HELD:
		snprintf(s->why, sizeof s->why, "read only: this store was older than its log; entries %" PRIu64 " to %" PRIu64
		    " came back from peers, %" PRIu64 " of them without their text. Make sure that no other machine runs with "
		    "this node's keys, then `diwan resume`", g->from, g->to == 0 ? 0 : g->to - 1, s->missing);
		break;
	case GUARD_TWIN:
		snprintf(s->why, sizeof s->why, "read only: %s has seen %" PRIu64 " entries of this log, more than were "
		    "signed here: another machine signs with this node's key, or this store was set back and only now hears of "
		    "it. Let one machine run, and when it has them all, `diwan resume`", by,
		    g->seen_size);
		break;
	case GUARD_FROZEN:
		snprintf(s->why, sizeof s->why, "read only: two histories of this node's own log are proven (`diwan fork show "
		    "DIR %s`); nothing more can be signed in it. A new epoch (`diwan epoch`) and a new card are the remedy",
		    n->member);
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

	node_guard(n, &s);
	return s.state == GUARD_OPEN ? OK : err_set(e, ERR_DENIED, "%s", s.why);
}

/* With the lock. */
static int
may_resume(const struct node *n, struct err *e)
{
	const struct guard *g = &n->guard;
	uint64_t own = n->published[n->own].size;

	if (g->state == GUARD_FROZEN)
		return err_set(e, ERR_CONFLICT, "two histories of this node's own log are proven; nothing more can be signed in "
		    "it. Begin a new epoch (`diwan epoch`)");
	if (g->fetching || g->seen_size > own)
		return err_set(e, ERR_CONFLICT, "entries %" PRIu64 " to %" PRIu64 " of this log are not here; going on without "
		    "them would show two histories. Let the node reach the peer that has them (%s), or begin a new epoch "
		    "(`diwan epoch`)",
		    own, g->seen_size - 1, g->seen_by == LAW_NONE ? "whichever it is" : n->reg->members[g->seen_by].code);
	return OK;
}

int
node_resume(struct node *n, struct err *e)
{
	struct guard *g = &n->guard;
	int rc;

	pthread_mutex_lock(&n->lock);
	if ((rc = may_resume(n, e)) == OK) {
		/* The word is about this store. What it forgot when it was set back, a witness still has to hear from peers. */
		g->knows |= g->state == GUARD_ASKING;
		g->state = GUARD_OPEN;
		g->seen_size = 0;
		g->seen_by = LAW_NONE;
	}
	pthread_mutex_unlock(&n->lock);
	if (rc != OK)
		return rc;
	put(n);
	peers_wake(n);
	return OK;
}
