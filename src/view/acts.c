#include "view/acts.h"

#include <string.h>

#include "base/text.h"
#include "record/tables.h"

struct gather {
	const struct judge *j;
	struct law_record *l;
	int64_t pos;			/* INT64_MAX: of no version, or of one that is not held */
	bool marks;			/* apply changes of markings */
	struct acts *out;
	struct mset contesting;
	int64_t contested_ms[LAW_MEMBERS_MAX];	/* only where ${contesting} has it */
	int64_t lifted_ms;		/* the originator's last UNCONTEST */
};

/* The body of the act at ${pos}, in ${a}; NULL when it cannot be read. */
static const struct json *
body_at(const struct judge *j, int64_t pos, struct arena *a)
{
	struct payload p;
	struct record *r = arena_alloc(a, sizeof *r);

	if (r == NULL || store_payload_get(j->reader, pos, &p, NULL) != OK)
		return NULL;
	/* parsed from a copy: the reader's bytes end with its next call */
	p.bytes = (const uint8_t *)arena_strn(a, (const char *)p.bytes, p.len);
	return p.bytes != NULL && record_parse(a, p.bytes, p.len, r, NULL) == OK ? r->body : NULL;
}

static bool
covers(int64_t target_seq, uint32_t seq)
{
	return target_seq == 0 || (int64_t)seq <= target_seq;
}

static void
contest(struct gather *g, enum act act, int member, int64_t at_ms)
{
	if (act == ACT_CONTEST) {
		if (!mset_has(&g->contesting, member) || at_ms > g->contested_ms[member])
			g->contested_ms[member] = at_ms;
		mset_add(&g->contesting, member);
	} else if (member == g->l->origin) {
		g->lifted_ms = at_ms > g->lifted_ms ? at_ms : g->lifted_ms;
		mset_remove(&g->contesting, member);
	} else {
		mset_remove(&g->contesting, member);
	}
}

/* What is left after the originator's last lifting. */
static bool
still_contested(const struct gather *g)
{
	for (int m = mset_next(&g->contesting, 0); m >= 0; m = mset_next(&g->contesting, m + 1))
		if (g->contested_ms[m] > g->lifted_ms)
			return true;
	return false;
}

static void
restricted(struct gather *g, int64_t pos)
{
	struct arena a = { 0 };
	const struct json *list = json_get(body_at(g->j, pos, &a), "purposes");
	int i;

	g->out->restricted_purposes = 0;	/* none when it cannot be read */
	for (const struct json *k = list == NULL ? NULL : list->child; k != NULL; k = k->next)
		if ((i = tables_find_word(V_PURPOSE, k->str, k->len)) >= 0)
			g->out->restricted_purposes |= PURPOSE_BIT(i + 1);
	arena_free(&a);
}

static void
recalled(struct gather *g, int64_t pos)
{
	struct arena a = { 0 };
	const struct json *list = json_get(body_at(g->j, pos, &a), "members");

	g->out->unreadable |= list == NULL;
	for (const struct json *k = list == NULL ? NULL : list->child; k != NULL; k = k->next) {
		int m = k->type == JSON_STRING ? registry_member(g->j->reg, k->str, k->len) : LAW_NONE;

		if (m < 0)
			continue;	/* one the register does not know gets nothing anyway */
		mset_add(&g->out->recalled, m);
		if (m == g->j->own && g->out->recall == ACTS_NO_ORDER)
			g->out->recall = pos;
	}
	arena_free(&a);
}

static void
marked(struct gather *g, int64_t pos)
{
	struct arena a = { 0 };
	const struct json *change = json_get(body_at(g->j, pos, &a), "marking");
	struct err why;

	g->out->unreadable |= change == NULL || act_mark(g->l, change, g->j->reg, &why) != OK;
	arena_free(&a);
}

static void
flag(struct gather *g, enum act act)
{
	static const struct { enum act act; uint32_t flag; bool set; } acts[] = {
		{ ACT_RESTRICT, CAVEAT_RESTRICTED, true }, { ACT_UNRESTRICT, CAVEAT_RESTRICTED, false },
		{ ACT_BLOCK, CAVEAT_BLOCKED, true }, { ACT_UNBLOCK, CAVEAT_BLOCKED, false },
		{ ACT_WITHDRAW, CAVEAT_WITHDRAWN, true }
	};

	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
		if (acts[i].act == act)
			g->out->flags = acts[i].set ? g->out->flags | acts[i].flag : g->out->flags & ~acts[i].flag;
}

static int
take_act(void *ctx, const struct row *row)
{
	struct gather *g = ctx;
	int64_t pos = row->v[1].num, seq = row->v[2].num;
	enum act act = act_from(row->v[3].bytes, row->v[3].len);
	int member = registry_member(g->j->reg, row->v[4].bytes, row->v[4].len);

	if (act == ACT_CONTEST || act == ACT_UNCONTEST) {
		if (member >= 0)
			contest(g, act, member, row->v[5].num);
		return 0;
	}
	if (member != g->l->origin)
		return 0;
	flag(g, act);
	if (act == ACT_RESTRICT)
		restricted(g, pos);
	if (act == ACT_DELETE_ORDER && covers(seq, g->l->seq)) {
		g->out->flags |= CAVEAT_DELETED;
		g->out->order = g->out->order == ACTS_NO_ORDER ? pos : g->out->order;
	}
	if (act == ACT_RECALL && covers(seq, g->l->seq))
		recalled(g, pos);
	if (act == ACT_MARKING && g->marks && (seq == 0 ? pos > g->pos : covers(seq, g->l->seq)))
		marked(g, pos);
	return 0;
}

static int
gather(const struct judge *j, struct law_record *l, int64_t pos, bool marks, struct acts *out, struct err *e)
{
	struct row from = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	struct gather g;		/* not set to zero as a whole: the times are read only where contesting says so */
	int rc;

	g.j = j;
	g.l = l;
	g.pos = pos;
	g.marks = marks;
	g.out = out;
	memset(&g.contesting, 0, sizeof g.contesting);
	g.lifted_ms = WHEN_NONE;
	from.v[0] = val_blob(l->id, RECORD_ID_BYTES);
	if ((rc = store_row_scan(j->reader, &from, 1, 1, false, take_act, &g, e)) < 0)
		return rc;
	if (still_contested(&g))
		out->flags |= CAVEAT_CONTESTED;
	return OK;
}

int
acts_gather(const struct judge *j, struct law_record *l, int64_t pos, struct acts *out, struct err *e)
{
	*out = (struct acts){ .order = ACTS_NO_ORDER, .recall = ACTS_NO_ORDER };
	return j->no_acts ? OK : gather(j, l, pos, true, out, e);
}

int
acts_ordered(const struct judge *j, const uint8_t id[RECORD_ID_BYTES], int origin, uint32_t seq, struct acts *out, struct err *e)
{
	struct law_record l = { .seq = seq, .origin = origin };

	memcpy(l.id, id, RECORD_ID_BYTES);
	*out = (struct acts){ .order = ACTS_NO_ORDER, .recall = ACTS_NO_ORDER };
	return gather(j, &l, INT64_MAX, false, out, e);
}

/* ---- answers ------------------------------------------------------------------------------------------------------------ */

struct answering {
	const char *member;
	struct answers *out;
};

static int
take_answer(void *ctx, const struct row *row)
{
	struct answering *x = ctx;
	enum act act = act_from(row->v[3].bytes, row->v[3].len);
	int64_t *pos = act == ACT_ACK ? &x->out->ack : act == ACT_DELETE_DONE ? &x->out->done : act == ACT_KEEP ?
	    &x->out->keep : NULL;
	int64_t *ms = act == ACT_ACK ? &x->out->ack_ms : act == ACT_DELETE_DONE ? &x->out->done_ms : &x->out->keep_ms;

	if (pos == NULL || *pos != ACTS_NO_ORDER || !text_eq(row->v[4].bytes, row->v[4].len, x->member))
		return 0;
	*pos = row->v[1].num;
	*ms = row->v[5].num;
	return 0;
}

int
acts_answers(struct store_reader *r, const uint8_t act_id[RECORD_ID_BYTES], const char *member, struct answers *out,
    struct err *e)
{
	struct row from = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	struct answering x = { member, out };
	int rc;

	*out = (struct answers){ ACTS_NO_ORDER, ACTS_NO_ORDER, ACTS_NO_ORDER, WHEN_NONE, WHEN_NONE, WHEN_NONE };
	from.v[0] = val_blob(act_id, RECORD_ID_BYTES);
	rc = store_row_scan(r, &from, 1, 1, false, take_answer, &x, e);
	return rc < 0 ? rc : OK;
}

int
acts_id(struct store_reader *r, int64_t pos, uint8_t id[RECORD_ID_BYTES], struct err *e)
{
	struct row key = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols }, row;
	int rc;

	key.v[0] = val_int(pos);
	if ((rc = store_row_get(r, &key, &row, e)) != OK)
		return rc;
	memcpy(id, row.v[1].bytes, RECORD_ID_BYTES);
	return OK;
}
