/* ledger: who has done what about an act, and who is late. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/local.h"
#include "cli/say.h"
#include "cli/table.h"
#include "view/acts.h"
#include "view/ledger.h"
#include "view/query.h"

#define ACTS_SHOWN 200

struct showing {
	const struct cli *cli;
	struct judge judge;
	int64_t as_of_ms;
	bool open_only;
	struct json_out out;
	uint32_t shown;
};

static const char *
code_of(const struct showing *s, int member)
{
	return s->judge.reg->members[member].code;
}

static const char *
need_word(enum act_need n)
{
	return n == NEED_ACK ? "read it" : n == NEED_NOTHING ? "nothing" : "erase it";
}

static void
when_text(char out[INST_LEN], int64_t ms)
{
	if (ms == WHEN_NONE)
		snprintf(out, INST_LEN, "-");
	else
		inst_format(out, (struct inst){ ms / 1000 * 1000, 0 });
}

/* ---- people ---- */

static void
line_row(const struct showing *s, struct table *t, const struct ledger_line *l)
{
	char delivered[INST_LEN], due[INST_LEN], done[INST_LEN];

	when_text(delivered, l->delivered_ms);
	when_text(due, l->due_ms);
	when_text(done, l->state == LEDGER_EXECUTED ? l->executed_ms : l->state == LEDGER_KEPT ? l->answered_ms : l->acked_ms);
	table_cell(t, PAINT_STRONG, "%s", code_of(s, l->member));
	table_cell(t, PAINT_NONE, "%s", need_word(l->need));
	table_cell(t, l->late ? PAINT_BAD : l->state == LEDGER_EXECUTED ? PAINT_GOOD : PAINT_NONE, "%s%s", ledger_word(l->state),
	    l->late ? ", LATE" : "");
	table_cell(t, PAINT_NONE, "%s", delivered);
	table_cell(t, PAINT_NONE, "%s", due);
	table_cell(t, PAINT_NONE, "%s", done);
	table_cell(t, PAINT_NONE, "%.*s%s%.*s", (int)l->reason.len, l->reason.s == NULL ? "" : l->reason.s, l->text.len > 0 ?
	    ": " : "", (int)l->text.len, l->text.s == NULL ? "" : l->text.s);
}

static void
print_act(struct showing *s, const struct ledger_act *l)
{
	static const char *const head[] = { "member", "has to", "state", "delivered", "due", "done", "reason" };
	char label[LABEL_LEN], hex[2 * RECORD_ID_BYTES + 1], filed[INST_LEN], gone[INST_LEN];
	struct table t;

	judge_label(label, &s->judge, l->pos);
	hex_encode(hex, l->target.id, RECORD_ID_BYTES);
	when_text(filed, l->filed_ms);
	when_text(gone, l->own_erased_ms);
	say(s->cli, s->shown == 0 ? "" : "\n");
	say_in(s->cli, PAINT_STRONG, "%s %s", label, act_rule(l->act)->word);
	say(s->cli, " by %s, %s, about %s\n", code_of(s, l->by), filed, hex);
	if (l->own_erased_ms != WHEN_NONE)
		say(s->cli, "  erased here %s\n", gone);
	table_start(&t, s->cli, head, 7);
	t.wrap = true;
	for (uint32_t i = 0; i < l->lines; i++)
		line_row(s, &t, &l->line[i]);
	table_end(&t, 2);
	say(s->cli, "  %u to do, %u done, %u kept, %u late, %u not delivered\n", l->must, l->done, l->kept, l->late,
	    l->undelivered);
}

/* ---- programs ---- */

static void
put_when(struct json_out *o, const char *key, int64_t ms)
{
	char text[INST_LEN];

	if (ms == WHEN_NONE)
		return;
	inst_format(text, (struct inst){ ms, 0 });
	jo_str(o, key, text);
}

static void
put_line(const struct showing *s, struct json_out *o, const struct ledger_line *l)
{
	jo_open(o, NULL, '{');
	jo_str(o, "member", code_of(s, l->member));
	jo_str(o, "need", need_word(l->need));
	jo_str(o, "state", ledger_word(l->state));
	jo_bool(o, "late", l->late);
	put_when(o, "delivered_at", l->delivered_ms);
	put_when(o, "acknowledged_at", l->acked_ms);
	put_when(o, "answered_at", l->answered_ms);
	put_when(o, "executed_at", l->executed_ms);
	put_when(o, "due", l->due_ms);
	put_when(o, "answer_due", l->answer_due_ms);
	if (l->reason.s != NULL)
		jo_strn(o, "reason", l->reason.s, l->reason.len);
	if (l->text.s != NULL)
		jo_strn(o, "reason_text", l->text.s, l->text.len);
	jo_close(o, '}');
}

static void
put_act(struct showing *s, const struct ledger_act *l)
{
	struct json_out *o = &s->out;
	char label[LABEL_LEN], hex[2 * RECORD_ID_BYTES + 1];

	judge_label(label, &s->judge, l->pos);
	hex_encode(hex, l->target.id, RECORD_ID_BYTES);
	jo_open(o, NULL, '{');
	jo_str(o, "act", label);
	jo_str(o, "type", act_rule(l->act)->word);
	jo_str(o, "by", code_of(s, l->by));
	jo_str(o, "target", hex);
	put_when(o, "filed_at", l->filed_ms);
	put_when(o, "erased_here_at", l->own_erased_ms);
	jo_int(o, "to_do", l->must);
	jo_int(o, "done", l->done);
	jo_int(o, "kept", l->kept);
	jo_int(o, "late", l->late);
	jo_int(o, "not_delivered", l->undelivered);
	jo_open(o, "members", '[');
	for (uint32_t i = 0; i < l->lines; i++)
		put_line(s, o, &l->line[i]);
	jo_close(o, ']');
	jo_close(o, '}');
}

/* ---- */

static int
show(struct showing *s, int64_t pos, struct err *e)
{
	struct arena a = { 0 };
	struct ledger_act l;
	int rc = ledger_read(&s->judge, pos, s->as_of_ms, &a, &l, e);

	if (rc == OK && (!s->open_only || l.must > l.done + l.kept || l.undelivered > 0)) {
		if (s->cli->json)
			put_act(s, &l);
		else
			print_act(s, &l);
		s->shown++;
	}
	arena_free(&a);
	return rc;
}

/* ${name}: an act, or a record whose acts are wanted, held or gone. */
static int
show_named(struct showing *s, const char *name, struct err *e)
{
	struct arena a = { 0 };
	struct ref ref;
	int64_t pos = 0, *list = NULL;
	uint32_t count = 0;
	int rc = query_find(&s->judge, name, strlen(name), 0, &pos, e);

	if (rc == OK && show(s, pos, e) == OK)
		return OK;
	if (rc == OK)
		rc = acts_id(s->judge.reader, pos, ref.id, e);
	else if (rc == ERR_NOTFOUND && ref_parse(name, strlen(name), &ref))
		rc = OK;
	if (rc == OK)
		rc = ledger_list(&s->judge, ref.id, ACTS_SHOWN, &a, &list, &count, e);
	for (uint32_t i = 0; i < count && rc == OK; i++)
		rc = show(s, list[i], e);
	arena_free(&a);
	return rc;
}

static int
show_all(struct showing *s, struct err *e)
{
	struct arena a = { 0 };
	int64_t *list = NULL;
	uint32_t count = 0;
	int rc = ledger_list(&s->judge, NULL, ACTS_SHOWN, &a, &list, &count, e);

	for (uint32_t i = 0; i < count && rc == OK; i++)
		rc = show(s, list[i], e);
	arena_free(&a);
	return rc;
}

int
cmd_ledger(struct cli *c, struct err *e)
{
	struct showing s = { .cli = c, .open_only = c->args_count == 1 && args_get(c, "all") == NULL };
	struct buf b = { 0 };
	struct local l;
	int rc = local_read(&l, c, c->args[0], e);

	if (rc != OK)
		return rc;
	s.judge = node_judge(l.node, l.reader);
	s.as_of_ms = node_now_ms(l.node);
	s.out = (struct json_out){ &b, false };
	if (c->json)
		jo_open(&s.out, NULL, '[');
	rc = c->args_count > 1 ? show_named(&s, c->args[1], e) : show_all(&s, e);
	if (rc == OK && c->json) {
		jo_close(&s.out, ']');
		say_json(c, &b);
	} else if (rc == OK && s.shown == 0) {
		say(c, c->args_count > 1 ? "There is no act about it.\n" : "Nothing is open.\n");
	}
	buf_free(&b);
	local_close(&l);
	return rc;
}
