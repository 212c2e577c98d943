/*
 * What the store knows beside a record: acts on it, later versions, quarantine. Each case says who may still see how much.
 */
#include "filed.h"

static struct filed w;

static enum level
seen_by_node(int64_t pos, int member)
{
	struct viewer v = judge_node(member);

	return level_of(&w.j, pos, &v, SENT + 2);
}

static enum level
seen_by_officer(int64_t pos, int member, int authority)
{
	struct viewer v = officer(member, authority);

	return level_of(&w.j, pos, &v, SENT + 2);
}

static uint32_t
flags_of(int64_t pos)
{
	struct arena a = { 0 };
	struct judged t;
	struct err e = { 0 };
	uint32_t flags;

	must(judge_read(&w.j, pos, &a, &t, &e), &e);
	flags = t.caveats.flags;
	arena_free(&a);
	return flags;
}

/* ---- acts ------------------------------------------------------------------------------------------------------------- */

static void
test_plain(void)
{
	int64_t pos = put_incident(&w, A);
	struct arena a = { 0 };
	struct judged t;
	struct err e = { 0 };

	is(judge_read(&w.j, pos, &a, &t, &e), OK, "a record is read");
	ok(t.parsed && !t.superseded && t.pos == pos && t.law.origin == A && t.caveats.flags == 0 && t.caveats.newest == NULL &&
	    t.caveats.integrity == INTEGRITY_VERIFIED && t.nonce[0] == (uint8_t)(POS_INDEX(pos) + 1), "with its "
	    "position, nonce and law");
	is(seen_by_node(pos, B), LEVEL_FULL, "a party's node may have it");
	is(seen_by_node(pos, D), LEVEL_NONE, "one that is no party may not");
	is(seen_by_officer(pos, B, b_police), LEVEL_FULL, "a competent officer reads it");
	is(judge_read(&w.j, POS(1, 999), &a, &t, &e), ERR_NOTFOUND, "where no payload is held there is nothing to judge");
	arena_free(&a);
}

static void
test_acts(void)
{
	static const struct {
		const char *act, *more, *undo;
		uint32_t flag;
		enum level own, peer;	/* as nodes see it */
	} t[] = {
		{ "RESTRICT", ",\"reason\":\"CONTESTED\",\"purposes\":[\"P13\"]", "UNRESTRICT", CAVEAT_RESTRICTED,
		    LEVEL_NONE, LEVEL_NONE },
		{ "RESTRICT", ",\"reason\":\"CONTESTED\",\"purposes\":[\"P01\"]", "UNRESTRICT", CAVEAT_RESTRICTED,
		    LEVEL_FULL, LEVEL_FULL },
		{ "BLOCK", ",\"reason\":\"PROCEDURE\"", "UNBLOCK", CAVEAT_BLOCKED, LEVEL_FULL, LEVEL_NONE },
		{ "WITHDRAW", "", NULL, CAVEAT_WITHDRAWN, LEVEL_META, LEVEL_NONE },
		{ "DELETE_ORDER", ",\"reason\":\"INACCURATE\"", NULL, CAVEAT_DELETED, LEVEL_NONE, LEVEL_NONE },
		{ "CONTEST_FLAG", ",\"reason\":\"CONTESTED\"", NULL, CAVEAT_CONTESTED, LEVEL_FULL, LEVEL_FULL }
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int64_t pos = put_incident(&w, A), other = put_incident(&w, A);

		put_act(&w, A, t[i].act, pos, t[i].more);
		ok(flags_of(pos) == t[i].flag && seen_by_node(pos, A) == t[i].own && seen_by_node(pos, B) == t[i].peer,
		    "%s by the originator: own node %s, a party's node %s", t[i].act, level_word(seen_by_node(pos, A)),
		    level_word(seen_by_node(pos, B)));
		ok(flags_of(other) == 0 && seen_by_node(other, B) == LEVEL_FULL, "and no other record is touched");
		if (t[i].undo == NULL)
			continue;
		put_act(&w, A, t[i].undo, pos, "");
		ok(flags_of(pos) == 0 && seen_by_node(pos, B) == LEVEL_FULL, "%s takes it back", t[i].undo);
		put_act(&w, A, t[i].act, pos, t[i].more);
		is(flags_of(pos), t[i].flag, "and it can be done again");
	}
}

/* What remains under a restriction is asked for by purpose. */
static void
test_restriction(void)
{
	struct draft d = drafted(&w, A, KIND_INCIDENT);
	struct viewer v = officer(B, b_police);
	int64_t pos;

	d.purposes = PURPOSE_BIT(1) | PURPOSE_BIT(13);
	pos = put_draft(&w, A, &d, incident_body);
	put_act(&w, A, "RESTRICT", pos, ",\"reason\":\"CONTESTED\",\"purposes\":[\"P13\"]");
	is(level_of(&w.j, pos, &v, SENT), LEVEL_NONE, "restricted to P13: not for P01");
	v.purpose = 13;
	is(level_of(&w.j, pos, &v, SENT), LEVEL_FULL, "but for P13");
	put_act(&w, A, "RESTRICT", pos, ",\"reason\":\"CONTESTED\",\"purposes\":[\"P01\"]");
	is(level_of(&w.j, pos, &v, SENT), LEVEL_NONE, "a later restriction stands in place of the earlier one");
	v.purpose = 1;
	is(level_of(&w.j, pos, &v, SENT), LEVEL_FULL, "for what it says");
}

/* Others may contest, nothing else. */
static void
test_foreign_acts(void)
{
	static const struct { const char *act, *more; } t[] = {
		{ "RESTRICT", ",\"reason\":\"CONTESTED\",\"purposes\":[\"P13\"]" }, { "BLOCK", ",\"reason\":\"PROCEDURE\"" },
		{ "WITHDRAW", "" }, { "DELETE_ORDER", ",\"reason\":\"INACCURATE\"" }
	};
	int64_t pos = put_incident(&w, A), blocked = put_incident(&w, A);

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		put_act(&w, B, t[i].act, pos, t[i].more);
		ok(flags_of(pos) == 0 && seen_by_node(pos, C) == LEVEL_FULL, "%s by another member changes nothing", t[i].act);
	}
	put_act(&w, A, "BLOCK", blocked, ",\"reason\":\"PROCEDURE\"");
	put_act(&w, B, "UNBLOCK", blocked, "");
	is(flags_of(blocked), CAVEAT_BLOCKED, "nor does another member take back what the originator did");
	put_act(&w, C, "CONTEST_FLAG", pos, ",\"reason\":\"CONTESTED\"");
	ok(flags_of(pos) == CAVEAT_CONTESTED && seen_by_node(pos, B) == LEVEL_FULL, "anybody may contest: it is shown, not hidden");
}

/* Acts may come before what they are about. */
static void
test_early_act(void)
{
	struct draft record = drafted(&w, A, KIND_INCIDENT), act = drafted(&w, A, KIND_CONTROL);
	char body[200], id[2 * RECORD_ID_BYTES + 1];
	int64_t pos;

	hex_encode(id, record.id, RECORD_ID_BYTES);
	snprintf(body, sizeof body, "{\"type\":\"BLOCK\",\"target\":\"%s\",\"reason\":\"PROCEDURE\"}", id);
	act.purposes = PURPOSE_BIT(13);
	put_draft(&w, A, &act, body);
	pos = put_draft(&w, A, &record, incident_body);
	ok(flags_of(pos) == CAVEAT_BLOCKED && seen_by_node(pos, B) == LEVEL_NONE, "an act that came before its record holds");
}

/* ---- versions ----------------------------------------------------------------------------------------------------------- */

static void
test_newest_binds(void)
{
	static const char *const only_c[] = { "c" }, *const a_and_b[] = { "a", "b" };
	struct arena a = { 0 };
	int64_t v1 = put_incident(&w, A), v2;
	struct draft d = next_version(&w, v1, &a);
	struct judged t;
	struct err e = { 0 };

	d.exclude = (struct draft_list){ only_c, 1 };
	d.delivery = (struct draft_list){ a_and_b, 2 };
	v2 = put_draft(&w, A, &d, incident_body);
	is(seen_by_node(v2, B), LEVEL_FULL, "version 2 excludes C: B has it");
	is(seen_by_node(v2, C), LEVEL_NONE, "C does not");
	is(seen_by_node(v1, C), LEVEL_NONE, "nor version 1 any more (V24)");
	is(seen_by_node(v1, B), LEVEL_FULL, "B keeps version 1");
	must(judge_read(&w.j, v1, &a, &t, &e), &e);
	ok(t.superseded && t.caveats.newest != NULL && t.caveats.newest->seq == 2, "version 1 is known to be superseded");
	must(judge_read(&w.j, v2, &a, &t, &e), &e);
	ok(!t.superseded && t.caveats.newest == NULL, "version 2 is not");

	d = next_version(&w, v2, &a);
	d.tlp = d.pap = TLP_RED;
	put_draft(&w, A, &d, incident_body);
	is(seen_by_officer(v1, B, b_police), LEVEL_NONE, "version 3 is RED: version 1 is for no officer who is not named");
	is(seen_by_node(v1, B), LEVEL_FULL, "TLP below the member is the receiving node's to apply");
	must(judge_read(&w.j, v1, &a, &t, &e), &e);
	ok(t.caveats.newest != NULL && t.caveats.newest->seq == 3, "the newest of several binds");
	arena_free(&a);
}

static void
test_class_binds(void)
{
	struct arena a = { 0 };
	int64_t v1 = put_incident(&w, A);
	struct draft d = next_version(&w, v1, &a);

	d.class_level = 1;
	d.class_label = "secret";
	d.class_mapping = "sec";
	put_draft(&w, A, &d, incident_body);
	is(seen_by_node(v1, B), LEVEL_FULL, "version 2 is classified: B has the security agreement");
	is(seen_by_node(v1, C), LEVEL_NONE, "C has not, and loses version 1");
	arena_free(&a);
}

/* A later version that this program cannot read binds as if it said the strictest. */
static void
test_unreadable_newest(void)
{
	struct arena a = { 0 };
	int64_t v1 = put_incident(&w, A), v2;
	struct draft d = next_version(&w, v1, &a);
	struct judged t;
	struct err e = { 0 };

	d.authority = "a-police";
	d.base_arg = "i9";		/* an instrument that the register does not know */
	v2 = put_draft(&w, A, &d, incident_body);
	is(seen_by_node(v1, B), LEVEL_NONE, "a later version with unknown vocabulary: nothing of the earlier one is shown");
	must(judge_read(&w.j, v2, &a, &t, &e), &e);
	ok(!t.parsed && seen_by_node(v2, A) == LEVEL_NONE, "and it is in quarantine itself");
	arena_free(&a);
}

/* Somebody else's "version 2" of a record is not one: it must neither hide nor supersede it. */
static void
test_foreign_version(void)
{
	static const char *const only_b[] = { "b" }, *const a_and_c[] = { "a", "c" };
	struct arena a = { 0 };
	int64_t v1 = put_incident(&w, A);
	struct draft d = next_version(&w, v1, &a);
	struct judged t;
	struct err e = { 0 };

	d.member = "c";
	d.authority = "c-police";
	d.seq = 99;
	d.exclude = (struct draft_list){ only_b, 1 };
	d.delivery = (struct draft_list){ a_and_c, 2 };
	put_draft(&w, C, &d, incident_body);
	is(seen_by_node(v1, B), LEVEL_FULL, "another member's record with the same id takes nothing from anybody");
	must(judge_read(&w.j, v1, &a, &t, &e), &e);
	ok(!t.superseded && t.caveats.newest == NULL, "and is no later version");
	d = next_version(&w, v1, &a);
	d.exclude = (struct draft_list){ NULL, 0 };
	put_draft(&w, A, &d, incident_body);
	must(judge_read(&w.j, v1, &a, &t, &e), &e);
	ok(t.superseded && t.caveats.newest != NULL && t.caveats.newest->seq == 2, "the originator's own is found behind it");
	arena_free(&a);
}

/* ---- quarantine and labels ----------------------------------------------------------------------------------------- */

static void
test_quarantine(void)
{
	static const char *const texts[] = { "{\"diwan\":2}", "not JSON at all", "{}", "\xff\xfe" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		int64_t pos = put_text(&w, A, texts[i], strlen(texts[i]));
		struct arena a = { 0 };
		struct judged t;
		struct viewer v = officer(A, a_police);
		struct err e = { 0 };

		ok(judge_read(&w.j, pos, &a, &t, &e) == OK && !t.parsed, "payload %zu is no record of this version", i);
		v.role = ROLE_ADMIN;
		ok(judge_decide(&w.j, &t, &v, SENT) == LEVEL_NONE && seen_by_node(pos,
		    A) == LEVEL_NONE && seen_by_node(pos, B) == LEVEL_NONE,
		    "nothing of it is shown to anybody");
		arena_free(&a);
	}
}

static void
test_labels(void)
{
	char label[LABEL_LEN];

	judge_label(label, &w.j, POS(2, 17));
	is_str(label, "b/17", "a label names member and index");
	judge_label(label, &w.j, POS(77, 5));
	is_str(label, "77/5", "or the log's number where it is not known");
}

/* What came to us was released to us: a treaty's end does not take it away (G4 asks whether it is held). */
static void
test_held(void)
{
	struct filed b;
	struct viewer v = judge_node(B), other = judge_node(C);
	struct arena a = { 0 };
	struct judged t;
	struct err e = { 0 };
	int64_t pos;

	filed_start(&b, B);
	pos = put_incident(&b, A);
	must(judge_read(&b.j, pos, &a, &t, &e), &e);
	ok(!t.caveats.held, "the store's knowledge does not say for whom");
	is(judge_decide(&b.j, &t, &v, SENT + 1), LEVEL_FULL, "B's store: B may have it");
	is(judge_decide(&b.j, &t, &other, SENT + 1), LEVEL_FULL, "and so may C, by its own right");
	arena_free(&a);
	filed_end(&b);
}

int
main(void)
{
	world();
	filed_start(&w, A);
	test_plain();
	test_acts();
	test_restriction();
	test_foreign_acts();
	test_early_act();
	test_newest_binds();
	test_class_binds();
	test_unreadable_newest();
	test_foreign_version();
	test_quarantine();
	test_labels();
	test_held();
	filed_end(&w);
	world_end();
	return tap_done();
}
