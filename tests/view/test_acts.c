/*
 * Acts on records and what they come to: markings, recalls, contests, versions; whom an act must reach; the ledger; days. A files,
 * B and C are parties, the store is A's unless a test says otherwise.
 */
#include "filed.h"

#include "view/acts.h"
#include "view/ledger.h"
#include "view/retention.h"
#include "view/target.h"

#define HOUR_MS INT64_C(3600000)

static struct filed w;

static enum level
node_sees(int64_t pos, int member)
{
	struct viewer v = judge_node(member);

	return level_of(&w.j, pos, &v, SENT + 2);
}

static enum level
officer_sees(int64_t pos, int member, int authority)
{
	struct viewer v = officer(member, authority);

	return level_of(&w.j, pos, &v, SENT + 2);
}

static void
hex_of(struct filed *f, int64_t pos, char hex[2 * RECORD_ID_BYTES + 1])
{
	uint8_t id[RECORD_ID_BYTES];
	struct err e = { 0 };

	must(acts_id(f->j.reader, pos, id, &e), &e);
	hex_encode(hex, id, RECORD_ID_BYTES);
}

/* ${member}'s act at hour ${hour} after SENT, to the members of ${to}; ${target} as the record's reference. */
static int64_t
act_to(struct filed *f, int member, const char *type, const char *target, const char *more, int hour, const char *const *to,
    size_t count)
{
	struct draft d = drafted(f, member, KIND_CONTROL);
	char body[600];

	snprintf(body, sizeof body, "{\"type\":\"%s\",\"target\":\"%s\"%s}", type, target, more);
	d.purposes = PURPOSE_BIT(13);
	d.filed_at.ms += hour * HOUR_MS;
	d.base = AUD_LIST;
	d.base_arg = NULL;
	d.members = d.delivery = (struct draft_list){ to, count };
	return put_draft(f, member, &d, body);
}

/* ${member}'s receipt for entry ${index} of ${of}'s log, at hour ${hour}. */
static void
receipt(struct filed *f, int member, int of, uint64_t index, int hour)
{
	struct draft d = drafted(f, member, KIND_CONTROL);
	char body[200], when[INST_LEN];

	inst_format(when, (struct inst){ SENT * DAY_MS + hour * HOUR_MS, 0 });
	snprintf(body, sizeof body, "{\"type\":\"RECEIPT\",\"log\":{\"member\":\"%s\"},\"ranges\":[[%llu,%llu]],"
	    "\"received_at\":\"%s\"}",
	    all_codes[of], (unsigned long long)index, (unsigned long long)index, when);
	put_draft(f, member, &d, body);
}

/* ---- markings ----------------------------------------------------------------------------------------------------------- */

static void
test_markings(void)
{
	int64_t pos = put_incident(&w, A), other = put_incident(&w, A);
	struct arena a = { 0 };
	struct judged t;
	struct err e = { 0 };

	put_act(&w, A, "MARKING_CHANGE", pos, ",\"marking\":{\"tlp\":\"RED\"}");
	is(officer_sees(pos, B, b_police), LEVEL_NONE, "V24 raised to RED: hidden from who is not named, at once");
	is(node_sees(pos, B), LEVEL_FULL, "not deleted");
	is(officer_sees(other, B, b_police), LEVEL_FULL, "and no other record is touched");
	must(judge_read(&w.j, pos, &a, &t, &e), &e);
	ok(t.law.tlp == TLP_RED && t.rec.tlp == TLP_RED && t.law.pap == TLP_GREEN && t.law.onward == ONWARD_AUDIENCE,
	    "what is not named stays");
	put_act(&w, A, "MARKING_CHANGE", pos, ",\"marking\":{\"onward\":\"NONE\",\"tlp\":\"AMBER\"}");
	is(officer_sees(pos, B, b_police), LEVEL_FULL, "lowered: seen again");
	must(judge_read(&w.j, pos, &a, &t, &e), &e);
	ok(t.law.tlp == TLP_AMBER && t.law.onward == ONWARD_NONE, "the last change counts, field by field");
	put_act(&w, B, "MARKING_CHANGE", pos, ",\"marking\":{\"tlp\":\"RED\"}");
	is(officer_sees(pos, B, b_police), LEVEL_FULL, "another member marks nothing");
	put_act(&w, A, "MARKING_CHANGE", pos, ",\"marking\":{\"class\":{\"label\":\"S\",\"level\":1,\"mapping\":\"sec\"}}");
	is(node_sees(pos, B), LEVEL_FULL, "classified: B has the security agreement");
	is(node_sees(pos, C), LEVEL_NONE, "C has not and loses it");
	put_act(&w, A, "MARKING_CHANGE", pos, ",\"marking\":{\"class\":{\"label\":\"S\",\"level\":1,\"mapping\":\"i9\"}}");
	is(node_sees(pos, B), LEVEL_NONE, "a change that nobody here can read: nothing is shown");
	arena_free(&a);
}

/* A later version carries its own markings; a change without version is about those before it. */
static void
test_marked_versions(void)
{
	struct arena a = { 0 };
	int64_t v1 = put_incident(&w, A), v2, v3;
	struct draft d;

	put_act(&w, A, "MARKING_CHANGE", v1, ",\"marking\":{\"tlp\":\"RED\"}");
	d = next_version(&w, v1, &a);
	ok(d.tlp == TLP_RED, "the next version starts from the markings as they are");
	d.tlp = d.pap = TLP_GREEN;
	v2 = put_draft(&w, A, &d, incident_body);
	is(officer_sees(v2, B, b_police), LEVEL_FULL, "version 2, filed after the change, is GREEN as it says");
	is(officer_sees(v1, B, b_police), LEVEL_NONE, "version 1 stays RED");
	d = next_version(&w, v2, &a);
	v3 = put_draft(&w, A, &d, incident_body);
	put_act(&w, A, "MARKING_CHANGE", v3, ",\"marking\":{\"tlp\":\"RED\"}");
	ok(officer_sees(v3, B, b_police) == LEVEL_NONE && officer_sees(v2, B, b_police) == LEVEL_NONE,
	    "a change to the newest binds the older ones");
	arena_free(&a);
}

/* ---- recall, contest, versions of an order -------------------------------------------------------------------------------- */

static void
test_recall(void)
{
	int64_t pos = put_incident(&w, A);

	put_act(&w, A, "RECALL_WRONG_ADDRESSEE", pos, ",\"reason\":\"WRONG_ADDRESSEE\",\"members\":[\"c\"]");
	is(node_sees(pos, C), LEVEL_NONE, "the wrong addressee has lost it");
	is(officer_sees(pos, C, c_police), LEVEL_NONE, "its officers too");
	is(node_sees(pos, B), LEVEL_FULL, "the right one has not");
	put_act(&w, C, "RECALL_WRONG_ADDRESSEE", pos, ",\"reason\":\"WRONG_ADDRESSEE\",\"members\":[\"b\"]");
	is(node_sees(pos, B), LEVEL_FULL, "another member recalls nothing");
}

static bool
contested(int64_t pos)
{
	struct arena a = { 0 };
	struct judged t;
	struct err e = { 0 };
	bool yes;

	must(judge_read(&w.j, pos, &a, &t, &e), &e);
	yes = (t.caveats.flags & CAVEAT_CONTESTED) != 0;
	arena_free(&a);
	return yes;
}

/* P10: only the person concerned, a court or a supervisor ends it; filed by who contested, or by the originator. */
static void
test_contest(void)
{
	static const char *const abc[] = { "a", "b", "c" };
	static const char because[] = ",\"reason\":\"COURT\",\"evidence\":[{\"lang\":\"en\",\"text\":\"Judgment\"}]";
	static const char flag[] = ",\"reason\":\"CONTESTED\"";
	int64_t pos = put_incident(&w, A);
	char id[2 * RECORD_ID_BYTES + 1];

	hex_of(&w, pos, id);
	act_to(&w, B, "CONTEST_FLAG", id, flag, 1, abc, 3);
	act_to(&w, C, "CONTEST_FLAG", id, flag, 1, abc, 3);
	ok(contested(pos), "P10 two contest");
	act_to(&w, B, "UNCONTEST", id, because, 2, abc, 3);
	ok(contested(pos), "P10 one ends its own: the other's stands");
	act_to(&w, C, "UNCONTEST", id, because, 2, abc, 3);
	ok(!contested(pos), "P10 both have ended");
	act_to(&w, C, "CONTEST_FLAG", id, flag, 3, abc, 3);
	act_to(&w, B, "CONTEST_FLAG", id, flag, 4, abc, 3);
	act_to(&w, A, "UNCONTEST", id, because, 5, abc, 3);
	ok(!contested(pos), "P10 the originator, on a judgment, ends all that came before");
	act_to(&w, B, "CONTEST_FLAG", id, flag, 6, abc, 3);
	ok(contested(pos), "P10 and a new one stands");
	act_to(&w, D, "UNCONTEST", id, because, 7, abc, 3);
	ok(contested(pos), "P10 a stranger ends nothing");
}

static void
test_order_versions(void)
{
	static const char *const abc[] = { "a", "b", "c" };
	struct arena a = { 0 };
	int64_t v1 = put_incident(&w, A), v2, order;
	struct draft d = next_version(&w, v1, &a);
	char id[2 * RECORD_ID_BYTES + 1], ref[60];
	struct judged t;
	struct err e = { 0 };

	v2 = put_draft(&w, A, &d, incident_body);
	hex_of(&w, v1, id);
	snprintf(ref, sizeof ref, "%s@1", id);
	order = act_to(&w, A, "DELETE_ORDER", ref, ",\"reason\":\"INACCURATE\"", 1, abc, 3);
	ok(node_sees(v1, A) == LEVEL_NONE && node_sees(v2, B) == LEVEL_FULL, "an order for version 1 leaves version 2");
	must(judge_read(&w.j, v1, &a, &t, &e), &e);
	ok(t.order == order, "and it is known by which order");
	must(judge_read(&w.j, v2, &a, &t, &e), &e);
	ok(t.order == ACTS_NO_ORDER, "or by none");
	act_to(&w, A, "DELETE_ORDER", id, ",\"reason\":\"INACCURATE\"", 2, abc, 3);
	is(node_sees(v2, B), LEVEL_NONE, "an order for the record takes all versions");
	d = next_version(&w, v2, &a);
	is(node_sees(put_draft(&w, A, &d, incident_body), B), LEVEL_NONE, "also such as come later");
	arena_free(&a);
}

/* P9: kept against an order. */
static void
test_kept(void)
{
	static const char *const ab[] = { "a", "b" };
	struct filed b;
	struct viewer o = officer(B, b_police), reviewer = o;
	int64_t pos, order;
	char id[2 * RECORD_ID_BYTES + 1];

	reviewer.role = ROLE_REVIEWER;
	filed_start(&b, B);
	pos = put_incident(&b, A);
	hex_of(&b, pos, id);
	order = act_to(&b, A, "DELETE_ORDER", id, ",\"reason\":\"INACCURATE\"", 1, ab, 2);
	is(level_of(&b.j, pos, &reviewer, SENT), LEVEL_NONE, "P9 ordered to be deleted: nobody reads it");
	hex_of(&b, order, id);
	act_to(&b, B, "KEEP_WITH_REASON", id, ",\"reason\":\"EVIDENCE\",\"reason_text\":[{\"lang\":\"en\",\"text\":\"Case 12\"}]",
	    2, ab, 2);
	is(level_of(&b.j, pos, &o, SENT), LEVEL_NONE, "P9 kept: out of use");
	is(level_of(&b.j, pos, &reviewer, SENT), LEVEL_FULL, "P9 kept: the reviewer accounts for it");
	filed_end(&b);
}

/* ---- whom an act must reach ------------------------------------------------------------------------------------------------- */

static void
test_target(void)
{
	static const char *const to_c[] = { "c" }, *const ab[] = { "a", "b" };
	struct arena a = { 0 };
	int64_t v1 = put_incident(&w, A), v2;
	struct draft d = next_version(&w, v1, &a);
	struct mset want = set("ABC");
	struct erasure gone;
	uint8_t id[RECORD_ID_BYTES];
	char hex[2 * RECORD_ID_BYTES + 1];
	struct target t;
	struct err e = { 0 };

	d.exclude = (struct draft_list){ to_c, 1 };
	d.delivery = (struct draft_list){ ab, 2 };
	v2 = put_draft(&w, A, &d, incident_body);
	must(acts_id(w.j.reader, v1, id, &e), &e);
	must(target_find(&w.j, id, &a, &t, &e), &e);
	ok(t.law.origin == A && t.law.act == ACT_NONE && t.seq == 2 && t.pos == v2 && t.law.law != NULL && t.law.law->seq == 2,
	    "the newest version of a record");
	ok(mset_equal(&t.law.past, &want), "C, whom version 2 excludes, had version 1");
	receipt(&w, D, A, POS_INDEX(v1), 3);
	must(target_find(&w.j, id, &a, &t, &e), &e);
	want = set("ABCD");
	ok(mset_equal(&t.law.past, &want), "and whoever receipted it had it, listed or not");

	hex_of(&w, v1, hex);
	act_to(&w, A, "BLOCK", hex, ",\"reason\":\"PROCEDURE\"", 1, all_codes, 6);
	must(store_begin(w.s, &e), &e);
	for (int i = 0; i < 2; i++) {
		gone = (struct erasure){ .pos = i == 0 ? v1 : v2, .seq = (uint32_t)i + 1, .order_pos = ERASED_LOCAL };
		memcpy(gone.id, id, sizeof id);
		must(fold_forget(w.s, gone.pos, &e), &e);
		must(store_payload_erase(w.s, &gone, &e), &e);
	}
	must(store_commit(w.s, &e), &e);
	must(target_find(&w.j, id, &a, &t, &e), &e);
	want = set("ABCDEF");
	ok(t.law.origin == A && t.law.law == NULL && t.seq == 2 && mset_equal(&t.law.past, &want),
	    "when it is gone, its originator's earlier acts say who had it");
	memset(id, 9, sizeof id);
	must(target_find(&w.j, id, &a, &t, &e), &e);
	ok(t.law.origin == LAW_NONE && t.law.law == NULL && t.seq == 0, "of what was never here nothing is known");
	arena_free(&a);
}

/* ---- the ledger ------------------------------------------------------------------------------------------------------------- */

static struct ledger_line
line_of(const struct ledger_act *l, int member)
{
	for (uint32_t i = 0; i < l->lines; i++)
		if (l->line[i].member == member)
			return l->line[i];
	return (struct ledger_line){ .member = LAW_NONE };
}

static struct ledger_act
ledger_at(struct filed *f, struct arena *a, int64_t order, int hour)
{
	struct ledger_act l;
	struct err e = { 0 };

	must(ledger_read(&f->j, order, SENT * DAY_MS + hour * HOUR_MS, a, &l, &e), &e);
	return l;
}

static void
test_ledger(void)
{
	static const char keep[] = ",\"reason\":\"EVIDENCE\",\"reason_text\":[{\"lang\":\"en\",\"text\":\"Case 12\"}]";
	static const char *const all[] = { "a", "b", "c", "d", "e", "f" }, *const back[] = { "a", "b", "c", "d", "e" };
	struct arena a = { 0 };
	struct filed f;
	int64_t pos, order;
	char id[2 * RECORD_ID_BYTES + 1];
	struct ledger_act l;
	struct ledger_line b;

	filed_start(&f, A);
	pos = put_incident(&f, A);
	hex_of(&f, pos, id);
	order = act_to(&f, A, "DELETE_ORDER", id, ",\"reason\":\"INACCURATE\"", 0, all, 6);
	hex_of(&f, order, id);
	l = ledger_at(&f, &a, order, 1);
	ok(l.act == ACT_DELETE_ORDER && l.by == A && l.lines == 5 && l.must == 5 && l.undelivered == 5 && l.late == 0 &&
	    l.done == 0,
	    "five have to delete; none has the order yet");
	l = ledger_at(&f, &a, order, 1000);
	ok(l.late == 0, "T03 what was not delivered is not late");
	for (int m = B; m <= E; m++)
		receipt(&f, m, A, POS_INDEX(order), 10);
	l = ledger_at(&f, &a, order, 10 + 72);
	b = line_of(&l, B);
	ok(l.undelivered == 1 && l.late == 0 && b.state == LEDGER_DELIVERED && b.delivered_ms == SENT * DAY_MS + 10 * HOUR_MS &&
	    b.due_ms == b.delivered_ms + 72 * HOUR_MS && b.answer_due_ms == b.delivered_ms + 96 * HOUR_MS,
	    "delivered: 72 hours to carry it out, 96 to say so");
	l = ledger_at(&f, &a, order, 10 + 73);
	ok(l.late == 4 && line_of(&l, F).state == LEDGER_UNDELIVERED && !line_of(&l, F).late, "then four are late");
	act_to(&f, B, "DELETE_DONE", id, ",\"executed_at\":\"2024-10-05T12:00:00Z\"", 40, back, 2);
	act_to(&f, C, "DELETE_DONE", id, ",\"executed_at\":\"2024-10-09T00:00:00Z\"", 96, back, 3);
	act_to(&f, D, "KEEP_WITH_REASON", id, keep, 20, back, 4);
	act_to(&f, E, "ACK", id, "", 20, back, 5);
	act_to(&f, A, "UNREACHABLE", id, ",\"member\":\"f\"", 50, back, 1);
	l = ledger_at(&f, &a, order, 200);
	b = line_of(&l, B);
	ok(b.state == LEDGER_EXECUTED && !b.late && b.answer_pos >= 0, "B deleted in time");
	b = line_of(&l, C);
	ok(b.state == LEDGER_EXECUTED && b.late, "C deleted too late");
	b = line_of(&l, D);
	ok(b.state == LEDGER_KEPT && !b.late && text_eq(b.reason.s, b.reason.len, "EVIDENCE") &&
	    text_eq(b.text.s, b.text.len, "Case 12"),
	    "P9 D keeps it and says why");
	b = line_of(&l, E);
	ok(b.state == LEDGER_ACKNOWLEDGED && b.late, "E has read it and done nothing: late");
	b = line_of(&l, F);
	ok(b.state == LEDGER_UNREACHABLE && !b.late, "F cannot be reached");
	ok(l.must == 5 && l.done == 2 && l.kept == 1 && l.late == 2 && l.undelivered == 1, "in sum");
	filed_end(&f);
	arena_free(&a);
}

static void
test_ledger_needs(void)
{
	static const char *const abc[] = { "a", "b", "c" };
	struct arena a = { 0 };
	struct filed f;
	int64_t pos, recall, breach, block, *list, due;
	char id[2 * RECORD_ID_BYTES + 1];
	struct ledger_act l;
	uint32_t count;
	uint8_t target[RECORD_ID_BYTES];
	struct err e = { 0 };

	filed_start(&f, A);
	pos = put_incident(&f, A);
	hex_of(&f, pos, id);
	must(acts_id(f.j.reader, pos, target, &e), &e);
	recall = act_to(&f, A, "RECALL_WRONG_ADDRESSEE", id, ",\"reason\":\"WRONG_ADDRESSEE\",\"members\":[\"c\"]", 1, abc, 3);
	breach = act_to(&f, A, "BREACH_NOTICE", id, ",\"reason\":\"UNLAWFUL\"", 2, abc, 3);
	block = act_to(&f, A, "BLOCK", id, ",\"reason\":\"PROCEDURE\"", 3, abc, 3);
	due = act_to(&f, A, "DELETE_ORDER", id, ",\"reason\":\"UNLAWFUL\",\"due\":\"2024-10-04T06:00:00Z\"", 4, abc, 3);
	for (int m = B; m <= C; m++)
		for (int64_t p = recall; p <= due; p++)
			receipt(&f, m, A, POS_INDEX(p), 5);
	l = ledger_at(&f, &a, recall, 5 + 25);
	ok(l.must == 1 && line_of(&l, B).need == NEED_NOTHING && line_of(&l, C).late && !line_of(&l, B).late,
	    "a recall: who is named has 24 hours, the others have nothing to do");
	l = ledger_at(&f, &a, breach, 5 + 73);
	ok(l.must == 2 && l.late == 2 && line_of(&l, B).need == NEED_ACK, "P17 a breach notice is to be read within 72 hours");
	hex_of(&f, breach, id);
	act_to(&f, B, "ACK", id, "", 6, abc, 2);
	l = ledger_at(&f, &a, breach, 5 + 73);
	ok(l.done == 1 && !line_of(&l, B).late, "and it is enough to have read it");
	l = ledger_at(&f, &a, block, 1000);
	ok(l.must == 0 && l.late == 0 && l.lines == 2, "a block takes effect by itself");
	l = ledger_at(&f, &a, due, 7);
	ok(line_of(&l, B).late == (l.due_ms < SENT * DAY_MS + 7 * HOUR_MS) && line_of(&l, B).due_ms == l.due_ms,
	    "an order may set an earlier time");
	is(ledger_read(&f.j, pos, 0, &a, &l, &e), ERR_INPUT, "a record that is no act has no ledger");
	is(ledger_read(&f.j, POS(1, 999), 0, &a, &l, &e), ERR_NOTFOUND, "nor what is not there");
	must(ledger_list(&f.j, target, 10, &a, &list, &count, &e), &e);
	ok(count == 4 && list[0] == due && list[3] == recall, "all acts about it, the newest first");
	must(ledger_list(&f.j, NULL, 2, &a, &list, &count, &e), &e);
	ok(count == 2 && list[0] == due && list[1] == block, "or the newest of them");
	filed_end(&f);

	filed_start(&f, B);
	pos = put_incident(&f, A);
	hex_of(&f, pos, id);
	due = act_to(&f, A, "DELETE_ORDER", id, ",\"reason\":\"UNLAWFUL\"", 4, abc, 3);
	l = ledger_at(&f, &a, due, 7);
	ok(l.lines == 1 && l.line[0].member == B && l.must == 1, "of another member's act only the own part is known");
	filed_end(&f);
	arena_free(&a);
}

/* ---- when it was held; days -------------------------------------------------------------------------------------------------- */

/* V06: what B had before its withdrawal took effect stays; its own receipt says when it had it. */
static void
test_held_on(void)
{
	struct filed f;
	struct viewer v = judge_node(B);
	struct err e = { 0 };
	int64_t early, late;
	int inst = must(registry_add_instrument(reg, "leaving", "A treaty that B leaves", 0, &e), &e);
	static const struct draft_basis on_it = { .instrument = "leaving", .article = "1" };
	struct draft d;

	for (int m = A; m <= C; m++)
		must(registry_binding(reg, inst, m, BINDING_BOUND, m == B ? days(INT32_MIN, SENT + 5) : SPAN_ALWAYS, "s:9",
		    &e), &e);
	must(registry_survival(reg, inst, SURVIVAL_UNTIL_DELETE_BY, 0, &e), &e);
	filed_start(&f, B);
	d = drafted(&f, A, KIND_INCIDENT);
	d.basis = &on_it;
	early = put_draft(&f, A, &d, incident_body);
	d.id[0] = 77;
	late = put_draft(&f, A, &d, incident_body);
	is(level_of(&f.j, early, &v, SENT + 4), LEVEL_FULL, "V05 while it is bound, no receipt is asked for");
	is(level_of(&f.j, early, &v, SENT + 6), LEVEL_NONE, "V06 afterwards: without a receipt nothing proves since when");
	receipt(&f, B, A, POS_INDEX(early), 24);
	receipt(&f, B, A, POS_INDEX(late), 6 * 24);
	is(level_of(&f.j, early, &v, SENT + 6), LEVEL_FULL, "V06 received before the withdrawal took effect: stays");
	is(level_of(&f.j, late, &v, SENT + 6), LEVEL_NONE, "V06 received after: not, though it was filed before");
	filed_end(&f);
}

struct seen {
	struct retention x[10];
	int count;
};

static int
see_due(void *ctx, const struct retention *x)
{
	struct seen *s = ctx;

	if (s->count < 10)
		s->x[s->count++] = *x;
	return 0;
}

static struct seen
due_on(struct filed *f, int32_t day)
{
	struct seen s = { .count = 0 };
	struct err e = { 0 };

	must(retention_due(f->j.reader, day, see_due, &s, &e), &e);
	return s;
}

static void
test_retention(void)
{
	struct arena a = { 0 };
	struct filed f;
	struct draft d;
	struct seen s;
	int64_t v1, v2, expired[4];
	uint32_t count;
	struct err e = { 0 };

	is(retention_announced_on(SENT + 365, SENT) >= SENT + 365 - 124 &&
	    retention_announced_on(SENT + 365, SENT) <= SENT + 365 - 120, 1,
	    "T05 kept a year: announced four months ahead");
	is(retention_announced_on(SENT + 30, SENT), SENT + 20, "kept a month: ten days ahead");
	filed_start(&f, A);
	d = drafted(&f, A, KIND_INCIDENT);
	d.review_by = SENT + 30;
	d.delete_by = SENT + 60;
	v1 = put_draft(&f, A, &d, incident_body);
	put_incident(&f, A);
	ok(due_on(&f, SENT + 19).count == 0, "nothing is due before");
	s = due_on(&f, SENT + 20);
	ok(s.count == 1 && s.x[0].pos == v1 && s.x[0].state == RETENTION_ANNOUNCED && s.x[0].day == SENT + 30,
	    "then its review is announced");
	is(due_on(&f, SENT + 30).x[0].state, RETENTION_ANNOUNCED, "V16 to the day");
	is(due_on(&f, SENT + 31).x[0].state, RETENTION_HIDDEN, "V16 the day after it is hidden");
	must(retention_expired(f.j.reader, SENT + 60, expired, 4, &count, &e), &e);
	is(count, 0, "V17 on delete_by it is still there");
	must(retention_expired(f.j.reader, SENT + 61, expired, 4, &count, &e), &e);
	ok(count == 1 && expired[0] == v1, "V17 the day after it is to be deleted");
	d = next_version(&f, v1, &a);
	d.review_by = SENT + 90;
	d.delete_by = SENT + 120;
	v2 = put_draft(&f, A, &d, incident_body);
	ok(due_on(&f, SENT + 31).count == 0, "extended by a new version: the old date is no matter for the reviewer");
	s = due_on(&f, SENT + 95);
	ok(s.count == 2 && s.x[0].pos == v1 && s.x[0].state == RETENTION_DELETE && s.x[1].pos == v2 &&
	    s.x[1].state == RETENTION_HIDDEN,
	    "but each version is deleted on its own");
	filed_end(&f);
	arena_free(&a);
}

int
main(void)
{
	world();
	filed_start(&w, A);
	test_markings();
	test_marked_versions();
	test_recall();
	test_contest();
	test_order_versions();
	test_kept();
	test_target();
	test_ledger();
	test_ledger_needs();
	test_held_on();
	test_retention();
	filed_end(&w);
	world_end();
	return tap_done();
}
