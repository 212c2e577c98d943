/* Steps that operators do with nodes: backups, clones, who is called, a new epoch, new keys. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "play/stage.h"


/* What was known of receipts in and for its log rests on a store that has changed. */
static void
forget_receipts(struct stage *st, unsigned who)
{
	for (unsigned i = 0; i < CAST_MAX; i++) {
		buf_reset(&st->receipts[who][i].has);
		buf_reset(&st->receipts[i][who].has);
		st->receipts[who][i].seen = st->receipts[i][who].seen = 0;
	}
}

/* Run a command with the node stopped. It is started again if it ran. */
static int
while_down(struct stage *st, unsigned who, const char *verb, const char *const *args, struct err *e)
{
	bool up = st->cast->actor[who].up;
	struct buf out = { 0 };
	struct err later;
	int rc = cast_down(st->cast, who, e), back = OK;

	if (rc != OK)
		return rc;
	rc = verb == NULL ? cast_restore(st->cast, who, e) : cast_do(st->cast, who, verb, args, NULL, 0, &out, e);
	if (up || (rc == OK && verb == NULL))	/* also after a failure: the play goes on */
		back = cast_up(st->cast, who, rc == OK ? e : &later);
	buf_free(&out);
	return rc == OK ? back : rc;
}

static int
act_set_back(struct stage *st, unsigned who, struct err *e)
{
	forget_receipts(st, who);
	return while_down(st, who, NULL, NULL, e);
}

static int
act_epoch(struct stage *st, unsigned who, struct err *e)
{
	static const char *const args[] = { "--yes", NULL };
	int rc = while_down(st, who, "epoch", args, e);

	if (rc == OK) {
		st->cast->actor[who].epoch++;
		forget_receipts(st, who);
	}
	return rc;
}

static int
act_new_key(struct stage *st, const struct step *s, unsigned who, struct err *e)
{
	char days[24];
	const char *args[] = { "rotate", s->name, "--days", days, NULL };

	if (s->ms % (uint64_t)DAY_MS != 0)
		return err_set(e, ERR_INPUT, "%s:%u: keys change on whole days", st->s->file, s->line);
	snprintf(days, sizeof days, "%llu", (unsigned long long)(s->ms / (uint64_t)DAY_MS));
	return while_down(st, who, "keys", args, e);
}

/* Everybody takes it whose line it is: those that run and call this member. */
static int
act_accepted(struct stage *st, unsigned who, struct outcome *o, struct err *e)
{
	struct cast *c = st->cast;
	unsigned member = cast_member(c, who), given = 0;
	struct buf card = { 0 };
	int rc = cast_card(c, who, &card, e);

	for (unsigned to = 0; to < c->count && rc == OK; to++)
		if (c->actor[to].up && c->actor[to].link[member] >= 0) {
			rc = cast_give(c, to, member, &card, e);
			given++;
		}
	buf_free(&card);
	o->good = given > 0;
	snprintf(o->detail, sizeof o->detail, "by %u", given);
	return rc;
}

static int
act_resume(struct stage *st, const struct step *s, unsigned who, struct outcome *o, struct err *e)
{
	struct buf out = { 0 };
	struct err refused = { 0 };
	int rc = cast_do(st->cast, who, "resume", NULL, NULL, 0, &out, &refused);

	buf_free(&out);
	if (s->what == DO_RESUMES) {
		*e = refused;
		return rc;
	}
	o->good = rc != OK && strstr(refused.text, s->because) != NULL;
	snprintf(o->detail, sizeof o->detail, "%s", rc == OK ? "it goes on" : refused.text);
	return OK;
}

/* The pouch from ${from} to ${to}: packed or opened by ${who}, one of the two. */
static int
act_pouch(struct stage *st, unsigned who, unsigned from, unsigned to, struct outcome *o, struct err *e)
{
	const struct actor *x = &st->cast->actor[who];
	char file[4200];
	const char *pack[] = { "pack", x->dir, st->cast->actor[to].member, file, NULL }, *open[] = { "open", x->dir, file, NULL };
	struct buf out = { 0 };
	int exit = 0, rc;

	snprintf(file, sizeof file, "%s/%s-%s.pouch", st->cast->dir, st->cast->actor[from].code, st->cast->actor[to].code);
	if (who == from && unlink(file) != 0 && errno != ENOENT)
		return err_set(e, ERR_IO, "%s: %s", file, strerror(errno));
	rc = cast_verb(st->cast, "pouch", who == from ? pack : open, &exit, &out, e);
	o->good = exit == 0;
	snprintf(o->detail, sizeof o->detail, "%.600s", buf_cstr(&out));
	buf_free(&out);
	return rc;
}

static void
cut_off(struct cast *c, unsigned who, bool cut)
{
	for (unsigned i = 0; i < c->count; i++)
		if (i != who)
			cast_cut(c, who, i, cut);
}

int
act_node(struct stage *st, const struct step *s, unsigned who, unsigned other, struct outcome *o, struct err *e)
{
	switch (s->what) {
	case DO_BACKED_UP: return cast_backup(st->cast, who, e);
	case DO_SET_BACK: return act_set_back(st, who, e);
	case DO_CLONED: return cast_clone(st->cast, who, s->name, e);
	case DO_REACHES: return cast_reach(st->cast, who, other, e);
	case DO_RESUMES: case DO_MAY_NOT_RESUME: return act_resume(st, s, who, o, e);
	case DO_EPOCH: return act_epoch(st, who, e);
	case DO_ACCEPTED: return act_accepted(st, who, o, e);
	case DO_NEW_KEY: return act_new_key(st, s, who, e);
	case DO_PACKS: return act_pouch(st, who, who, other, o, e);
	case DO_OPENS: return act_pouch(st, who, other, who, o, e);
	default:
		cut_off(st->cast, who, s->what == DO_CUT_OFF);
		return OK;
	}
}
