/* Steps that do something: nodes go and come, links fail, lies are told, records are filed (act_file.c). */
#include <stdio.h>
#include <string.h>

#include "play/stage.h"

/* ---- nodes ---- */

static int
act_up(struct stage *st, unsigned who, struct outcome *o, struct err *e)
{
	struct self_view self = { .size = 0 };
	int rc;

	if (st->cast->actor[who].up && (rc = cast_down(st->cast, who, e)) != OK)
		return rc;
	if ((rc = cast_up(st->cast, who, e)) != OK || (rc = look_status(st->cast, who, who, &self, NULL, e)) != OK)
		return rc;
	/* What it acknowledged before it was killed must be there. */
	o->good = self.size >= st->acknowledged[who];
	if (st->acknowledged[who] > 0)
		snprintf(o->detail, sizeof o->detail, "%llu entries; %llu had been acknowledged", (unsigned long long)self.size,
		    (unsigned long long)st->acknowledged[who]);
	return OK;
}

static int
act_after(struct stage *st, const struct step *s)
{
	double live_ms = (double)s->ms * st->speed;

	cast_wait(st->cast, (int64_t)((double)s->ms - live_ms));
	for (; live_ms > 0; live_ms -= 1000)
		nap_ms(live_ms > 1000 ? 1000 : (int)live_ms);
	return OK;
}

/* ---- lies ---- */

static int
ring_all(struct stage *st, unsigned who, struct err *e)
{
	int rc = OK;

	for (unsigned i = 0; i < st->cast->count && rc == OK; i++)
		if (i != who && st->cast->actor[i].up)
			rc = liar_ring(st->cast->actor[who].liar, st->cast->actor[i].port, e);
	return rc;
}

static int
act_lie(struct stage *st, unsigned who, enum lie lie, struct err *e)
{
	struct actor *x = &st->cast->actor[who];
	struct liar *new = NULL;
	unsigned port;
	int rc;

	if (lie == LIE_OLD_TREE && x->old_note.len == 0)
		return err_set(e, ERR_INPUT, "there is no old tree of %s yet; let it file something first", x->code);
	if ((rc = liar_start(&new, x->dir, st->cast->reg->mechanism, &x->old_note, lie, &port, e)) != OK)
		return rc;
	cast_lead(st->cast, who, port);
	liar_stop(x->liar);
	x->liar = new;
	st->lie_since_ms[who] = cast_now_ms(st->cast);
	return ring_all(st, who, e);
}

static int
act_honest(struct stage *st, unsigned who, struct err *e)
{
	struct actor *x = &st->cast->actor[who];
	int rc;

	if (x->liar == NULL)
		return err_set(e, ERR_INPUT, "%s has told the truth all the time", x->code);
	cast_lead(st->cast, who, 0);
	rc = ring_all(st, who, e);
	liar_stop(x->liar);
	x->liar = NULL;
	return rc;
}

/* The first checkpoint of each node that has one, for an old tree later. */
static void
remember_notes(struct stage *st, unsigned who)
{
	struct actor *x = &st->cast->actor[who];
	struct err e;

	if (x->old_note.len == 0 && x->up && cast_call(st->cast, who, "GET", "/checkpoint", NULL, 0, &x->old_note, &e) != OK)
		buf_reset(&x->old_note);
}

int
act_step(struct stage *st, const struct step *s, struct outcome *o, struct err *e)
{
	unsigned who = 0, other = 0;
	int rc;

	o->good = true;
	if (s->member != NULL && (rc = stage_member(st, s, s->member, &who, e)) != OK)
		return rc;
	if (s->other != NULL && (rc = stage_member(st, s, s->other, &other, e)) != OK)
		return rc;
	switch (s->what) {
	case DO_OFFLINE: return cast_down(st->cast, who, e);
	case DO_KILLED: cast_kill(st->cast, who); return OK;
	case DO_BACK: case DO_RESTARTS: return act_up(st, who, o, e);
	case DO_CUT: cast_cut(st->cast, who, other, true); return OK;
	case DO_RESTORED: cast_cut(st->cast, who, other, false); cast_slow(st->cast, who, other, 0, 0); return OK;
	case DO_SLOW: cast_slow(st->cast, who, other, (uint32_t)s->ms, s->n); return OK;
	case DO_AFTER: return act_after(st, s);
	case DO_FILES: case DO_FILES_AGAIN: case DO_FILES_MANY: case DO_MAY_NOT_FILE: case DO_KILLED_FILING:
		rc = act_filing(st, s, who, o, e);
		remember_notes(st, who);
		return rc;
	case DO_WRONG_HASHES: return act_lie(st, who, LIE_WRONG_HASHES, e);
	case DO_FORGED_PAYLOADS: return act_lie(st, who, LIE_FORGED_PAYLOADS, e);
	case DO_OLD_TREE: return act_lie(st, who, LIE_OLD_TREE, e);
	case DO_ENDLESS_STREAM: return act_lie(st, who, LIE_ENDLESS_STREAM, e);
	case DO_OUT_OF_ORDER: return act_lie(st, who, LIE_OUT_OF_ORDER, e);
	case DO_HONEST: return act_honest(st, who, e);
	case DO_DELETES: case DO_RECALLS: case DO_MARKS: case DO_RESTRICTS: case DO_KEEPS: case DO_MAY_NOT_KEEP:
		return act_order(st, s, who, o, e);
	case DO_BACKED_UP: case DO_SET_BACK: case DO_CLONED: case DO_REACHES: case DO_RESUMES: case DO_MAY_NOT_RESUME:
	case DO_EPOCH: case DO_ACCEPTED: case DO_NEW_KEY: case DO_PACKS: case DO_OPENS: case DO_CUT_OFF: case DO_CONNECTED:
		return act_node(st, s, who, other, o, e);
	default: return expect_step(st, s, o, e);
	}
}
