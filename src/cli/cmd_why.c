/* why: who may see a record and on what ground, who may not and why. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/present.h"
#include "cli/say.h"
#include "cli/table.h"
#include "view/query.h"

#define PAGE_WIDTH 100

struct asking {
	const struct cli *cli;
	const struct viewing *w;
	struct judged *d;
	int purpose;			/* that the officers of the table declare */
	int only, authority;		/* of --viewer; LAW_NONE: everybody, and each member's first authority */
};

/* An officer of ${member} with everything but rights to person data and clearance beyond what was asked for. */
static struct viewer
officer_of(const struct asking *q, int member)
{
	struct viewer v = q->w->viewer;

	v.member = member;
	v.purpose = q->purpose;
	v.authority = q->authority != LAW_NONE ? q->authority : viewer_default_authority(q->w->judge.reg, member, q->w->as_of);
	if (v.role == ROLE_AUDITOR)
		v.role = ROLE_OFFICER;
	return v;
}

/* The gate that brought it down to its level, in a word; what it rests on when nothing did. */
static void
ground(const struct why *why, char *out, size_t cap)
{
	out[0] = 0;
	for (uint32_t i = 0; i < why->count; i++) {
		const struct reason *x = &why->reasons[i];
		int gate = reason_gate(x, READER_LOCAL);

		if (x->ceiling != why->level)
			continue;
		if (gate > 0)
			snprintf(out, cap, "G%d %s", gate, why_word((enum why_code)x->code));
		else
			snprintf(out, cap, "%s", why_word((enum why_code)x->code));
		return;
	}
}

static enum paint
level_paint(enum level l)
{
	return l == LEVEL_FULL ? PAINT_GOOD : l == LEVEL_NONE ? PAINT_BAD : PAINT_WARN;
}

static void
add_row(const struct asking *q, struct table *t, int member)
{
	const struct registry *reg = q->w->judge.reg;
	struct viewer node = judge_node(member), officer = officer_of(q, member);
	char text[80];

	table_cell(t, PAINT_STRONG, "%s", reg->members[member].code);
	table_cell(t, PAINT_NONE, "%s", standing_word(registry_standing_on(reg, member, q->w->as_of, NULL)));
	judge_decide(&q->w->judge, q->d, &node, q->w->as_of);
	table_cell(t, level_paint(q->d->level), "%s", q->d->level == LEVEL_FULL ? "given" : "withheld");
	ground(&q->d->why, text, sizeof text);
	table_cell(t, PAINT_NONE, "%s", text);
	judge_decide(&q->w->judge, q->d, &officer, q->w->as_of);
	table_cell(t, level_paint(q->d->level), "%s", level_word(q->d->level));
	ground(&q->d->why, text, sizeof text);
	table_cell(t, PAINT_NONE, "%s", text);
}

static void
sentences(const struct asking *q, int member)
{
	struct viewer node = judge_node(member), officer = officer_of(q, member);
	struct buf b = { 0 };

	judge_decide(&q->w->judge, q->d, &node, q->w->as_of);
	present_why(q->w, q->d, &node, &b);
	say_block(q->cli, 0, PAGE_WIDTH, buf_cstr(&b), b.len);
	buf_reset(&b);
	judge_decide(&q->w->judge, q->d, &officer, q->w->as_of);
	present_why(q->w, q->d, &officer, &b);
	say_block(q->cli, 2, PAGE_WIDTH, buf_cstr(&b), b.len);
	buf_free(&b);
}

static bool
asked(const struct asking *q, uint32_t member)
{
	return q->only == LAW_NONE || q->only == (int)member;
}

static void
print_people(const struct asking *q)
{
	static const char *const head[] = { "member", "standing", "its node", "ground", "officer", "ground" };
	const struct registry *reg = q->w->judge.reg;
	char label[LABEL_LEN], day[DATE_LEN];
	struct table t;

	judge_label(label, &q->w->judge, q->d->pos);
	date_format(day, q->w->as_of);
	say(q->cli, "Who may see ");
	say_in(q->cli, PAINT_STRONG, "%s", label);
	say(q->cli, ", on %s. Officers: one of each member's first authority who declares purpose P%02d.\n\n", day, q->purpose);
	table_start(&t, q->cli, head, 6);
	for (uint32_t i = 0; i < reg->members_count; i++)
		if (asked(q, i))
			add_row(q, &t, (int)i);
	table_end(&t, 2);
	for (uint32_t i = 0; i < reg->members_count; i++)
		if (asked(q, i)) {
			say(q->cli, "\n");
			sentences(q, (int)i);
		}
}

/* ---- JSON ---- */

static void
put_answer(const struct asking *q, struct json_out *o, const char *key, const struct viewer *v)
{
	struct buf b = { 0 };

	judge_decide(&q->w->judge, q->d, v, q->w->as_of);
	jo_open(o, key, '{');
	if (v->authority >= 0)
		jo_str(o, "authority", q->w->judge.reg->authorities[v->authority].code);
	jo_str(o, "level", level_word(q->d->level));
	present_json_reasons(o, &q->d->why);
	present_why(q->w, q->d, v, &b);
	jo_strn(o, "explanation", buf_cstr(&b), b.len);
	jo_close(o, '}');
	buf_free(&b);
}

static void
print_json(const struct asking *q)
{
	const struct registry *reg = q->w->judge.reg;
	char label[LABEL_LEN], day[DATE_LEN], purpose[8];
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	judge_label(label, &q->w->judge, q->d->pos);
	date_format(day, q->w->as_of);
	snprintf(purpose, sizeof purpose, "P%02d", q->purpose);
	jo_open(&o, NULL, '{');
	jo_str(&o, "label", label);
	jo_str(&o, "as_of", day);
	jo_str(&o, "purpose", purpose);
	jo_open(&o, "members", '[');
	for (uint32_t i = 0; i < reg->members_count; i++) {
		struct viewer node = judge_node((int)i), officer = officer_of(q, (int)i);

		if (!asked(q, i))
			continue;
		jo_open(&o, NULL, '{');
		jo_str(&o, "member", reg->members[i].code);
		jo_str(&o, "standing", standing_word(registry_standing_on(reg, (int)i, q->w->as_of, NULL)));
		put_answer(q, &o, "node", &node);
		put_answer(q, &o, "officer", &officer);
		jo_close(&o, '}');
	}
	jo_close(&o, ']');
	jo_close(&o, '}');
	say_json(q->cli, &b);
	buf_free(&b);
}

/* ---- */

/* "kg" or "kg/kg-police". */
static int
read_viewer(struct asking *q, struct err *e)
{
	const struct registry *reg = q->w->judge.reg;
	const char *s = args_get(q->cli, "viewer"), *slash;
	size_t len;

	q->only = q->authority = LAW_NONE;
	if (s == NULL)
		return OK;
	slash = strchr(s, '/');
	len = slash == NULL ? strlen(s) : (size_t)(slash - s);
	if ((q->only = registry_member(reg, s, len)) == LAW_NONE)
		return err_set(e, ERR_USAGE, "--viewer: the charter names no member \"%.*s\"", len > 60 ? 60 : (int)len, s);
	if (slash == NULL)
		return OK;
	q->authority = registry_authority(reg, slash + 1, strlen(slash + 1));
	if (q->authority == LAW_NONE || reg->authorities[q->authority].member != q->only)
		return err_set(e, ERR_USAGE, "--viewer: %s has no authority \"%s\"", reg->members[q->only].code, slash + 1);
	return OK;
}

/* Who may not know the envelope is not told who else may. */
static int
check_reader(const struct asking *q, struct err *e)
{
	struct viewer self = q->w->viewer;
	struct buf b = { 0 };
	int rc = OK;

	if (self.purpose == 0)
		self.purpose = q->purpose;	/* asking why needs no purpose of its own */
	if (query_decide(&q->w->judge, q->d, &self, q->w->as_of) < LEVEL_META) {
		present_why(q->w, q->d, &self, &b);
		rc = err_set(e, ERR_DENIED, "%s", buf_cstr(&b));
	}
	buf_free(&b);
	return rc;
}

static int
ask(const struct cli *c, const struct viewing *w, struct judged *d, struct err *e)
{
	struct asking q = { .cli = c, .w = w, .d = d, .purpose = w->viewer.purpose };
	int rc;

	if (q.purpose == 0)
		q.purpose = d->rec.purposes == 0 ? 0 : __builtin_ctz(d->rec.purposes);
	if ((rc = read_viewer(&q, e)) != OK || (rc = check_reader(&q, e)) != OK)
		return rc;
	if (c->json)
		print_json(&q);
	else
		print_people(&q);
	return OK;
}

int
cmd_why(struct cli *c, struct err *e)
{
	struct viewing w;
	struct local l;
	struct arena a = { 0 };
	struct judged d;
	int64_t pos;
	int rc;

	if ((rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	if ((rc = viewer_read(&w, c, &l, e)) == OK &&
	    (rc = query_find(&w.judge, c->args[1], strlen(c->args[1]), 0, &pos, e)) == OK &&
	    (rc = present_load(&w, pos, &a, &d, e)) == OK)
		rc = ask(c, &w, &d, e);
	arena_free(&a);
	local_close(&l);
	return rc;
}
