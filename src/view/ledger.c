#include "view/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "view/acts.h"
#include "view/receipts.h"

struct entering {			/* one act into the ledger */
	const struct judge *j;
	struct arena *a;
	int64_t as_of_ms;
	struct record rec;
	struct law_record law;
	struct mset named, unreachable;	/* RECALL: members; UNREACHABLE stated by the filer */
	struct receipts receipts;
	struct ledger_act *out;
	struct err *e;
};

const char *
ledger_word(enum ledger_state s)
{
	static const char *const words[] = { "not delivered", "unreachable", "delivered", "acknowledged", "kept", "executed" };

	return (unsigned)s < sizeof words / sizeof words[0] ? words[s] : "?";
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

static int
load(const struct entering *x, int64_t pos, struct record *r)
{
	struct payload p;
	const void *copy;
	int rc = store_payload_get(x->j->reader, pos, &p, x->e);

	if (rc != OK)
		return rc;
	if ((copy = arena_strn(x->a, (const char *)p.bytes, p.len)) == NULL)
		return err_set(x->e, ERR_NOMEM, "no memory to read an act");
	return record_parse(x->a, copy, p.len, r, x->e);
}

static void
members_of(const struct entering *x, const struct json *list, struct mset *out)
{
	memset(out, 0, sizeof *out);
	for (const struct json *k = list == NULL ? NULL : list->child; k != NULL; k = k->next) {
		int m = k->type == JSON_STRING ? registry_member(x->j->reg, k->str, k->len) : LAW_NONE;

		if (m >= 0)
			mset_add(out, m);
	}
}

static int64_t
inst_in(const struct json *body, const char *name)
{
	const struct json *j = json_get(body, name);
	struct inst at;

	return j != NULL && j->type == JSON_STRING && inst_parse(j->str, j->len, &at) ? at.ms : WHEN_NONE;
}

static int
read_act(struct entering *x)
{
	const struct json *target, *reason;
	struct ledger_act *o = x->out;
	int rc = load(x, o->pos, &x->rec);

	if (rc == OK)
		rc = law_intern(x->j->reg, &x->rec, x->a, &x->law, x->e);
	if (rc != OK)
		return rc;
	o->act = act_of(&x->rec);
	target = json_get(x->rec.body, "target");
	reason = json_get(x->rec.body, "reason");
	if (o->act == ACT_NONE || act_rule(o->act)->answer || target == NULL || target->type != JSON_STRING ||
	    !ref_parse(target->str, target->len, &o->target))
		return err_set(x->e, ERR_INPUT, "is no act on a record that anybody would answer");
	memcpy(o->id, x->rec.id, sizeof o->id);
	o->by = x->law.origin;
	o->filed_ms = x->law.filed_ms;
	o->due_ms = inst_in(x->rec.body, "due");
	if (reason != NULL)
		o->reason = (struct slice){ reason->str, reason->len };
	members_of(x, json_get(x->rec.body, "members"), &x->named);
	return OK;
}

/* UNREACHABLE and SERVED about this act or its target, by who filed it: whom they name. */
static int
unreachable_row(void *ctx, const struct row *row)
{
	struct entering *x = ctx;
	struct record r;
	const struct json *member;
	int m;

	if (act_from(row->v[3].bytes, row->v[3].len) != ACT_UNREACHABLE ||
	    registry_member(x->j->reg, row->v[4].bytes, row->v[4].len) != x->out->by || load(x, row->v[1].num, &r) != OK)
		return 0;
	member = json_get(r.body, "member");
	if (member != NULL && member->type == JSON_STRING && (m = registry_member(x->j->reg, member->str, member->len)) >= 0)
		mset_add(&x->unreachable, m);
	return 0;
}

static int
erased_row(void *ctx, const struct erasure *x)
{
	struct ledger_act *o = ctx;

	if (x->order_pos == o->pos && (o->own_erased_ms == WHEN_NONE || x->at_ms > o->own_erased_ms))
		o->own_erased_ms = x->at_ms;
	return 0;
}

/* ---- one addressee ------------------------------------------------------------------------------------------------------- */

static int64_t
filed_at(const struct entering *x, int64_t pos)
{
	struct row key = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols }, row;

	key.v[0] = val_int(pos);
	return store_row_get(x->j->reader, &key, &row, NULL) == OK ? row.v[6].num : WHEN_NONE;
}

static int
why_kept(const struct entering *x, struct ledger_line *l)
{
	struct record r;
	const struct json *reason, *text;
	int rc = load(x, l->answer_pos, &r);

	if (rc != OK)
		return rc;
	reason = json_get(r.body, "reason");
	text = json_get(r.body, "reason_text");
	text = text == NULL || text->child == NULL ? NULL : json_get(text->child, "text");
	if (reason != NULL)
		l->reason = (struct slice){ reason->str, reason->len };
	if (text != NULL && text->type == JSON_STRING)
		l->text = (struct slice){ text->str, text->len };
	return OK;
}

static bool
past(int64_t at_ms, int64_t due_ms)
{
	return due_ms != WHEN_NONE && at_ms != WHEN_NONE && at_ms > due_ms;
}

static void
set_due(const struct entering *x, struct ledger_line *l)
{
	const struct act_rule *rule = act_rule(x->out->act);

	l->due_ms = l->answer_due_ms = WHEN_NONE;
	if (l->need == NEED_NOTHING)
		return;
	l->due_ms = x->out->due_ms != WHEN_NONE ? x->out->due_ms :
	    act_due_ms(rule->do_by >= 0 ? rule->do_by : rule->answer_by, l->delivered_ms);
	l->answer_due_ms = act_due_ms(rule->answer_by, l->delivered_ms);
}

/* Late: what was done after its time, and what is still open after it; never what was not delivered. */
static bool
is_late(const struct entering *x, const struct ledger_line *l)
{
	if (l->need == NEED_NOTHING || l->delivered_ms == WHEN_NONE)
		return false;
	if (l->need == NEED_ACK)
		return past(l->acked_ms == WHEN_NONE ? x->as_of_ms : l->acked_ms, l->due_ms);
	if (l->answered_ms == WHEN_NONE)
		return past(x->as_of_ms, l->due_ms);
	return past(l->answered_ms, l->answer_due_ms) || (l->state == LEDGER_EXECUTED && past(l->executed_ms, l->due_ms));
}

static int
enter_line(struct entering *x, int member, struct ledger_line *l)
{
	enum act_need need = act_rule(x->out->act)->need;
	struct answers ans;
	int rc = acts_answers(x->j->reader, x->out->id, x->j->reg->members[member].code, &ans, x->e);

	if (rc != OK)
		return rc;
	*l = (struct ledger_line){ .member = member, .need = need == NEED_ERASE_NAMED ? mset_has(&x->named, member) ? NEED_ERASE :
	    NEED_NOTHING : need, .acked_ms = ans.ack_ms, .executed_ms = ans.done_ms, .answered_ms = WHEN_NONE, .answer_pos = -1 };
	l->delivered_ms = mset_has(&x->receipts.by, member) ? x->receipts.at_ms[member] : WHEN_NONE;
	l->state = l->delivered_ms != WHEN_NONE ? LEDGER_DELIVERED : mset_has(&x->unreachable, member) ? LEDGER_UNREACHABLE :
	    LEDGER_UNDELIVERED;
	if (ans.ack != ACTS_NO_ORDER) {
		l->state = LEDGER_ACKNOWLEDGED;
		l->answer_pos = ans.ack;
	}
	if (ans.keep != ACTS_NO_ORDER) {
		l->state = LEDGER_KEPT;
		l->answer_pos = ans.keep;
		if ((rc = why_kept(x, l)) != OK)
			return rc;
	}
	if (ans.done != ACTS_NO_ORDER) {
		l->state = LEDGER_EXECUTED;
		l->answer_pos = ans.done;
	}
	if (l->answer_pos >= 0 && l->state != LEDGER_ACKNOWLEDGED)
		l->answered_ms = filed_at(x, l->answer_pos);
	if (l->delivered_ms == WHEN_NONE && l->answer_pos >= 0)
		l->delivered_ms = filed_at(x, l->answer_pos);	/* who answers has it */
	set_due(x, l);
	l->late = is_late(x, l);
	return OK;
}

static void
count(struct ledger_act *o, const struct ledger_line *l)
{
	bool must = l->need != NEED_NOTHING;

	o->must += must;
	o->done += must && (l->need == NEED_ACK ? l->acked_ms != WHEN_NONE : l->state == LEDGER_EXECUTED);
	o->kept += l->state == LEDGER_KEPT;
	o->late += l->late;
	o->undelivered += l->delivered_ms == WHEN_NONE;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------- */

static int
enter_lines(struct entering *x)
{
	struct mset to = x->law.delivery;
	int rc = OK;

	mset_remove(&to, x->out->by);
	if (x->out->by != x->j->own) {
		bool ours = mset_has(&to, x->j->own);

		memset(&to, 0, sizeof to);
		if (ours)
			mset_add(&to, x->j->own);
	}
	if ((rc = receipts_find(x->j->reader, x->j->reg, x->out->pos, &to, RECEIPTS_ALL, &x->receipts, x->e)) != OK)
		return rc;
	if ((x->out->line = arena_alloc(x->a, ((size_t)mset_count(&to) + 1) * sizeof *x->out->line)) == NULL)
		return err_set(x->e, ERR_NOMEM, "no memory for the ledger of an act");
	for (int m = mset_next(&to, 0); m >= 0 && rc == OK; m = mset_next(&to, m + 1)) {
		struct ledger_line *l = &x->out->line[x->out->lines];

		if ((rc = enter_line(x, m, l)) != OK)
			break;
		x->out->lines++;
		count(x->out, l);
	}
	return rc;
}

int
ledger_read(const struct judge *j, int64_t pos, int64_t as_of_ms, struct arena *a, struct ledger_act *out, struct err *e)
{
	struct row from = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	struct entering *x = arena_alloc(a, sizeof *x);
	int rc;

	if (x == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the ledger of an act");
	*x = (struct entering){ .j = j, .a = a, .as_of_ms = as_of_ms, .out = out, .e = e };
	*out = (struct ledger_act){ .pos = pos, .own_erased_ms = WHEN_NONE };
	if ((rc = read_act(x)) != OK)
		return rc;
	from.v[0] = val_blob(out->id, RECORD_ID_BYTES);
	if ((rc = store_row_scan(j->reader, &from, 1, 1, false, unreachable_row, x, e)) < 0)
		return rc;
	from.v[0] = val_blob(out->target.id, RECORD_ID_BYTES);
	if ((rc = store_row_scan(j->reader, &from, 1, 1, false, unreachable_row, x, e)) < 0 ||
	    (rc = store_erasure_each(j->reader, out->target.id, erased_row, out, e)) < 0)
		return rc;
	return enter_lines(x);
}

/* ---- lists -------------------------------------------------------------------------------------------------------------- */

struct found {
	int64_t at_ms, pos;
};

struct listing {
	struct found *f;		/* a heap, the oldest on top, once it is full */
	uint32_t count, most;
};

static bool
older(const struct found *a, const struct found *b)
{
	return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->pos < b->pos);
}

static void
sift(struct found *f, uint32_t n, uint32_t i)
{
	for (uint32_t k; (k = 2 * i + 1) < n; i = k) {
		struct found t = f[i];

		if (k + 1 < n && older(&f[k + 1], &f[k]))
			k++;
		if (!older(&f[k], &t))
			return;
		f[i] = f[k];
		f[k] = t;
	}
}

static int
list_row(void *ctx, const struct row *row)
{
	struct listing *x = ctx;
	const struct act_rule *rule = act_rule(act_from(row->v[3].bytes, row->v[3].len));
	struct found f = { row->v[5].num, row->v[1].num };

	if (rule == NULL || rule->answer || rule->reach == REACH_ANY || x->most == 0)
		return 0;
	if (x->count < x->most) {
		x->f[x->count++] = f;
		for (uint32_t i = x->count == x->most ? x->most / 2 : 0; i-- > 0;)
			sift(x->f, x->most, i);
	} else if (older(&x->f[0], &f)) {
		x->f[0] = f;
		sift(x->f, x->count, 0);
	}
	return 0;
}

static int
newest_first(const void *a, const void *b)
{
	return older(a, b) ? 1 : older(b, a) ? -1 : 0;
}

int
ledger_list(const struct judge *j, const uint8_t *target, uint32_t most, struct arena *a, int64_t **pos, uint32_t *count_out,
    struct err *e)
{
	struct row from = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	struct listing x = { calloc(most + 1, sizeof *x.f), 0, most };
	int rc, keys = target == NULL ? 0 : 1;

	*count_out = 0;
	*pos = arena_alloc(a, (most + 1) * sizeof **pos);
	if (x.f == NULL || *pos == NULL) {
		free(x.f);
		return err_set(e, ERR_NOMEM, "no memory for a list of %u acts", most);
	}
	if (target != NULL)
		from.v[0] = val_blob(target, RECORD_ID_BYTES);
	if ((rc = store_row_scan(j->reader, &from, keys, keys, false, list_row, &x, e)) >= 0) {
		qsort(x.f, x.count, sizeof *x.f, newest_first);
		for (uint32_t i = 0; i < x.count; i++)
			(*pos)[i] = x.f[i].pos;
		*count_out = x.count;
	}
	free(x.f);
	return rc < 0 ? rc : OK;
}
