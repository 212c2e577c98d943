#include "play/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static void
play_step(struct stage *st, const struct step *s, struct outcome *o)
{
	int64_t begin = monotonic_us();
	struct err e = { 0 };

	*o = (struct outcome){ .step = s, .took_us = -1, .at_ms = cast_now_ms(st->cast) };
	if (st->tell != NULL)
		st->tell(st->ctx, o);
	if (act_step(st, s, o, &e) != OK) {
		o->good = false;
		snprintf(o->detail, sizeof o->detail, "%s", e.text);
	}
	o->took_us = monotonic_us() - begin;
	o->at_ms = cast_now_ms(st->cast);
	st->failed += !o->good;
	if (st->tell != NULL)
		st->tell(st->ctx, o);
}

/* A node that broke, or that a sanitizer stopped, shows here if nowhere else. */
static void
play_end(struct stage *st, struct outcome *o)
{
	static const struct step end = { .text = "all nodes end in good order" };
	int64_t begin = monotonic_us();
	struct err e = { 0 };

	*o = (struct outcome){ .step = &end, .good = cast_finish(st->cast, &e) == OK };
	snprintf(o->detail, sizeof o->detail, "%s", e.text);
	o->took_us = monotonic_us() - begin;
	o->at_ms = cast_now_ms(st->cast);
	st->failed += !o->good;
	if (st->tell != NULL)
		st->tell(st->ctx, o);
}

int
stage_play(struct stage *st, struct err *e)
{
	if ((st->outcome = calloc(st->s->steps_count + 1, sizeof *st->outcome)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the outcome");
	for (uint32_t i = 0; i < st->s->steps_count; i++)
		play_step(st, &st->s->steps[i], &st->outcome[i]);
	play_end(st, &st->outcome[st->s->steps_count]);
	return OK;
}

void
stage_free(struct stage *st)
{
	for (unsigned i = 0; i < CAST_MAX; i++) {
		if (st->cast != NULL && i < st->cast->count) {
			liar_stop(st->cast->actor[i].liar);
			st->cast->actor[i].liar = NULL;
		}
		for (unsigned k = 0; k < CAST_MAX; k++)
			buf_free(&st->receipts[i][k].has);
	}
	free(st->outcome);
}
