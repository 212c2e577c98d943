/* Steps that look: what must hold, and does within the time that exchange needs. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "play/expect.h"

int
stage_member(const struct stage *st, const struct step *s, const char *code, unsigned *who, struct err *e)
{
	struct yaml at = { .line = s->line, .col = s->col };
	int i = cast_find(st->cast, code);

	if (i < 0)
		return tree_err(st->s->file, &at, e, "\"%s\" is no member that takes part here", code);
	*who = (unsigned)i;
	return OK;
}

void
expect_note(struct looking *l, bool good, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	int n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!good && l->holds)
		l->len = 0;		/* from here on only what is wrong */
	if (good && !l->holds)
		return;
	l->holds = l->holds && good;
	n = snprintf(l->detail + l->len, l->cap - l->len, "%s%s", l->len > 0 ? "; " : "", text);
	if (n > 0)
		l->len = l->len + (size_t)n < l->cap ? l->len + (size_t)n : l->cap - 1;
}

/* ---- one record ---- */

/* The view in which those who may see it do. */
static const char *
view_of(const struct named *n)
{
	return n->exercise ? "exercise" : "live";
}

static int
look_seen(struct looking *l, const struct named *n, const char *code, struct err *e)
{
	const struct expectation *x = &l->step->expect;
	bool sees = false, live = true;
	unsigned who = 0;
	int rc;

	if ((rc = stage_member(l->st, l->step, code, &who, e)) != OK)
		return rc;
	if ((rc = look_sees(l->st->cast, who, &n->at, view_of(n), &sees, e)) != OK)
		return rc;
	if (x->exercise_only && (rc = look_sees(l->st->cast, who, &n->at, "live", &live, e)) != OK)
		return rc;
	expect_note(l, sees, "%s %s it", code, sees ? "sees" : "does not see");
	if (x->exercise_only)
		expect_note(l, !live, "%s%s in its live view", code, live ? " sees it" : ": not");
	return OK;
}

/* Whatever its store holds, no officer there sees it. */
static int
look_unseen(struct looking *l, const struct named *n, const char *code, struct err *e)
{
	bool sees = false;
	unsigned who = 0;
	int rc = stage_member(l->st, l->step, code, &who, e);

	if (rc == OK && (rc = look_sees(l->st->cast, who, &n->at, view_of(n), &sees, e)) == OK)
		expect_note(l, !sees, "%s %s it", code, sees ? "sees" : "does not see");
	return rc;
}

/* Entitled, and does not have it. */
static int
look_waiting(struct looking *l, const struct named *n, const char *code, struct err *e)
{
	bool holds = false;
	int gate = 0, rc;
	unsigned who = 0;

	if ((rc = stage_member(l->st, l->step, code, &who, e)) != OK ||
	    (rc = look_holds(l->st->cast, who, &n->at, &holds, e)) != OK ||
	    (rc = look_gate(l->st->cast, who, &n->at, view_of(n), &gate, e)) != OK)
		return rc;
	if (gate != 0)
		expect_note(l, false, "%s may not have it (G%d)", code, gate);
	else
		expect_note(l, !holds, "%s %s", code, holds ? "has it already" : "waits for it");
	return OK;
}

/* Not there though everything up to it is decided, and for the reason given. */
static int
look_hidden(struct looking *l, const struct named *n, const struct hidden *h, struct err *e)
{
	struct cast *c = l->st->cast;
	struct peer_view view = { .payloads_next = UINT64_MAX };
	bool holds = false;
	int gate = 0, rc;
	unsigned who = 0;

	if ((rc = stage_member(l->st, l->step, h->member, &who, e)) != OK ||
	    (rc = look_holds(c, who, &n->at, &holds, e)) != OK ||
	    (rc = look_gate(c, who, &n->at, view_of(n), &gate, e)) != OK)
		return rc;
	if (c->actor[who].up && (rc = look_status(c, who, n->at.of, NULL, &view, e)) != OK)
		return rc;
	if (holds)
		expect_note(l, false, "%s holds it", h->member);
	else if (gate == 0)
		expect_note(l, false, "%s may have it", h->member);
	else if (h->gate != 0 && gate != h->gate)
		expect_note(l, false, "hidden from %s by G%d, not by G%d", h->member, gate, h->gate);
	else
		expect_note(l, view.payloads_next > n->at.index, "%s %s (G%d)", h->member,
		    view.payloads_next > n->at.index ? "holds nothing of it" : "has not asked for it yet", gate);
	return OK;
}

static int
look_receipts(struct looking *l, const struct named *n, struct err *e)
{
	struct cast *c = l->st->cast;
	int count = 0, rc = OK;
	bool has;

	for (unsigned i = 0; i < c->count && rc == OK; i++)
		if (strcmp(c->actor[i].member, c->actor[n->at.of].member) != 0 && cast_member(c, i) == i) {
			rc = look_receipt(c, &l->st->receipts[i][n->at.of], n->at.of, i, &n->at, &has, e);
			count += rc == OK && has;
		}
	if (rc == OK)
		expect_note(l, count == l->step->expect.receipts, "%d receipt%s", count, count == 1 ? "" : "s");
	return rc;
}

int
expect_named(struct looking *l, const struct named **out, struct err *e)
{
	struct yaml at = { .line = l->step->line, .col = l->step->col };

	*out = stage_named(l->st, l->step->name);
	if (*out == NULL || (*out)->seq == 0)
		return tree_err(l->st->s->file, &at, e, "nothing has been filed as \"%s\"", l->step->name);
	return OK;
}

/* In its own log, whoever has heard of it. */
static int
look_confirmed(struct looking *l, struct err *e)
{
	struct receipts own = { .seen = 0 };
	const struct named *n;
	unsigned who = 0;
	bool has = false;
	int rc = stage_member(l->st, l->step, l->step->member, &who, e);

	if (rc == OK && (rc = expect_named(l, &n, e)) == OK &&
	    (rc = look_receipt(l->st->cast, &own, who, who, &n->at, &has, e)) == OK)
		expect_note(l, has, "%s", has ? "confirmed" : "no receipt yet");
	buf_free(&own.has);
	return rc;
}

static int
look_record(struct looking *l, struct err *e)
{
	const struct expectation *x = &l->step->expect;
	const struct named *n;
	int rc = expect_named(l, &n, e);

	for (uint32_t i = 0; rc == OK && i < x->seen_count; i++)
		rc = look_seen(l, n, x->seen_by[i], e);
	for (uint32_t i = 0; rc == OK && i < x->not_seen_count; i++)
		rc = look_unseen(l, n, x->not_seen_by[i], e);
	for (uint32_t i = 0; rc == OK && i < x->hidden_count; i++)
		rc = look_hidden(l, n, &x->hidden_from[i], e);
	if (rc == OK && x->receipts >= 0)
		rc = look_receipts(l, n, e);
	if (rc == OK && x->settled >= 0)
		rc = expect_settled(l, n, e);
	for (uint32_t i = 0; rc == OK && i < x->waiting_count; i++)
		rc = look_waiting(l, n, x->waiting_for[i], e);
	return rc;
}

/* ---- logs and nodes ---- */

static bool
is_current(const struct peer_view *v, uint64_t size)
{
	return strcmp(v->state, "current") == 0 && v->trouble[0] == '\0' && v->size == size && v->payloads_next == size;
}

static int
look_pair(struct looking *l, unsigned who, unsigned of, bool *current, struct err *e)
{
	struct cast *c = l->st->cast;
	struct self_view self;
	struct peer_view v;
	int rc;

	if ((rc = look_status(c, of, of, &self, NULL, e)) != OK || (rc = look_status(c, who, of, NULL, &v, e)) != OK)
		return rc;
	*current = is_current(&v, self.size);
	if (!*current)
		expect_note(l, false, "%s is %s with %s: %llu of %llu entries%s%s", c->actor[who].code, v.state, c->actor[of].code,
		    (unsigned long long)v.size, (unsigned long long)self.size, v.trouble[0] ? ", " : "", v.trouble);
	return OK;
}

static int
look_logs(struct looking *l, struct err *e)
{
	struct cast *c = l->st->cast;
	unsigned pairs = 0;
	bool current;
	int rc = OK;

	for (unsigned a = 0; a < c->count && rc == OK; a++)
		for (unsigned b = 0; b < c->count && rc == OK; b++)
			if (a != b && c->actor[a].up && c->actor[b].up && cast_member(c, a) == a && cast_member(c, b) == b) {
				rc = look_pair(l, a, b, &current, e);
				pairs += rc == OK && current;
			}
	if (rc == OK && l->holds)
		expect_note(l, pairs > 0, "%u copies of logs, each up to its newest checkpoint", pairs);
	return rc;
}

static int
look_nodes(struct looking *l, struct err *e)
{
	struct cast *c = l->st->cast;
	uint64_t findings;
	char first[300];
	int rc = OK;

	for (unsigned i = 0; i < c->count && rc == OK; i++)
		if (c->actor[i].up && (rc = look_check(c, i, &findings, first, e)) == OK)
			expect_note(l, findings == 0, "%s: %s", c->actor[i].code, findings == 0 ? "sound" : first);
	return rc;
}

static int
look_held(struct looking *l, uint64_t want, struct err *e)
{
	unsigned who = 0, of = 0;
	uint64_t count = 0;
	int rc;

	if ((rc = stage_member(l->st, l->step, l->step->member, &who, e)) != OK ||
	    (rc = stage_member(l->st, l->step, l->step->other, &of, e)) != OK ||
	    (rc = look_count(l->st->cast, who, of, &count, e)) != OK)
		return rc;
	expect_note(l, count == want, "%s holds %llu of %s", l->step->member, (unsigned long long)count, l->step->other);
	return OK;
}

static int
look_trust(struct looking *l, bool trust, struct err *e)
{
	struct stage *st = l->st;
	struct peer_view v;
	unsigned who = 0, of = 0;
	bool current = false;
	int rc;

	if ((rc = stage_member(st, l->step, l->step->member, &who, e)) != OK ||
	    (rc = stage_member(st, l->step, l->step->other, &of, e)) != OK)
		return rc;
	if (trust) {
		rc = look_pair(l, who, of, &current, e);
		if (rc == OK && current)
			expect_note(l, true, "%s is current", l->step->member);
		return rc;
	}
	if ((rc = look_status(st->cast, who, of, NULL, &v, e)) != OK)
		return rc;
	/* Trouble from before the present lie proves nothing about it. */
	if (st->cast->actor[of].liar == NULL || liar_lies(st->cast->actor[of].liar) == 0 || v.last_try_ms < st->lie_since_ms[of])
		expect_note(l, false, "%s has not been lied to yet", l->step->member);
	else
		expect_note(l, v.trouble[0] != '\0' && (strcmp(v.state, "failing") == 0 || strcmp(v.state, "frozen") == 0),
		    "%s: %s",
		    v.state, v.trouble[0] ? v.trouble : "no trouble shown");
	return OK;
}

static int
look_once(struct looking *l, struct err *e)
{
	switch (l->step->what) {
	case DO_EXPECT: return look_record(l, e);
	case DO_CONFIRMED: return look_confirmed(l, e);
	case DO_LOGS_VERIFY: return look_logs(l, e);
	case DO_NODES_CHECK: return look_nodes(l, e);
	case DO_HOLDS_NOTHING: return look_held(l, 0, e);
	case DO_HOLDS_EXACTLY: return look_held(l, l->step->n, e);
	case DO_DISTRUSTS: return look_trust(l, false, e);
	case DO_TRUSTS: return look_trust(l, true, e);
	default: return expect_trust(l, e);
	}
}

int
expect_step(struct stage *st, const struct step *s, struct outcome *o, struct err *e)
{
	int64_t until = monotonic_us() + st->patience_ms * INT64_C(1000);
	int pause_ms = STAGE_POLL_MS / 4, rc;

	for (;;) {
		struct looking l = { .st = st, .step = s, .holds = true, .detail = o->detail, .cap = sizeof o->detail };

		o->detail[0] = '\0';
		if ((rc = look_once(&l, e)) != OK)
			return rc;
		o->good = l.holds;
		if (l.holds || monotonic_us() > until)
			return OK;
		nap_ms(pause_ms);
		pause_ms = pause_ms < STAGE_POLL_MS * 4 ? pause_ms * 2 : pause_ms;
	}
}
