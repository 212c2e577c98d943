/*
 * Acts on records: who may file which about what, whom they must reach, and by when. A's record went to B and C (PARTIES of i1);
 * F, suspended, had an earlier version; D never had it.
 */
#include "world.h"

#include "law/act.h"
#include "record/tables.h"

static const struct json_limits limits = { 1000, 6, 60 };
static struct law_record about;

struct acting {				/* one act to be filed */
	struct record text;
	struct law_record l;
	struct law_target t;
	struct arena a;
};

static struct json *
parsed(struct arena *a, const char *text)
{
	struct json *root = NULL;
	struct err e = { 0 };

	must(json_parse(a, text, strlen(text), &limits, &root, &e), &e);
	return root;
}

static void
compose(struct acting *x, int filer, const char *body)
{
	memset(x, 0, sizeof *x);
	x->text.kind = KIND_CONTROL;
	x->text.body = parsed(&x->a, body);
	about = sent(KIND_INCIDENT);
	x->t = (struct law_target){ .origin = A, .law = &about, .act = ACT_NONE, .past = set("ABCF") };
	x->l = sent(KIND_CONTROL);
	x->l.origin = filer;
	x->l.delivery = act_audience(act_of(&x->text), &x->t, filer);
}

static int
answer(struct acting *x, struct err *e)
{
	int rc;

	*e = (struct err){ 0 };
	rc = act_check(&x->text, &x->l, &x->t, reg, e);
	arena_free(&x->a);
	return rc;
}

/* Every act, by each who might file it: A the originator, B a recipient, D a stranger. 'y': may; 'n': may not. */
static const struct {
	const char *type, *more, *may;	/* by A, B, D */
	enum act target;		/* what it is about: a plain record, or an act of A */
} who[] = {
	{ "CORRECT", "", "ynn", ACT_NONE }, { "DELETE_ORDER", ",\"reason\":\"INACCURATE\"", "ynn", ACT_NONE },
	{ "RESTRICT", ",\"purposes\":[\"P01\"]", "ynn", ACT_NONE }, { "UNRESTRICT", "", "ynn", ACT_NONE },
	{ "BLOCK", "", "ynn", ACT_NONE }, { "UNBLOCK", "", "ynn", ACT_NONE }, { "WITHDRAW", "", "ynn", ACT_NONE },
	{ "MARKING_CHANGE", ",\"marking\":{\"tlp\":\"RED\"}", "ynn", ACT_NONE },
	{ "RECALL_WRONG_ADDRESSEE", ",\"members\":[\"b\"]", "ynn", ACT_NONE },
	{ "CONTEST_FLAG", "", "yyn", ACT_NONE }, { "UNCONTEST", "", "yyn", ACT_NONE }, { "BREACH_NOTICE", "", "yyn", ACT_NONE },
	{ "FLAG_NO_ACTION", "", "nyn", ACT_NONE }, { "ACK", "", "nyn", ACT_NONE }, { "ACK", "", "nyn", ACT_DELETE_ORDER },
	{ "DELETE_DONE", "", "nyn", ACT_DELETE_ORDER }, { "DELETE_DONE", "", "nyn", ACT_RECALL },
	{ "DELETE_DONE", "", "nnn", ACT_NONE }, { "DELETE_DONE", "", "nnn", ACT_BLOCK },
	{ "KEEP_WITH_REASON", "", "nyn", ACT_DELETE_ORDER }, { "KEEP_WITH_REASON", "", "nnn", ACT_RECALL },
	{ "KEEP_WITH_REASON", "", "nnn", ACT_NONE },
	/* an act is not acted on */
	{ "DELETE_ORDER", "", "nnn", ACT_DELETE_ORDER }, { "BLOCK", "", "nnn", ACT_BLOCK }, { "CORRECT", "", "nnn", ACT_WITHDRAW },
	{ "CONTEST_FLAG", "", "nnn", ACT_DELETE_ORDER }, { "MARKING_CHANGE", ",\"marking\":{}", "nnn", ACT_RECALL },
	{ "SERVED", "", "yyy", ACT_NONE }, { "UNREACHABLE", "", "yyy", ACT_NONE },
};

static void
filers(void)
{
	static const int by[] = { A, B, D };
	char body[200];

	for (size_t i = 0; i < sizeof who / sizeof who[0]; i++)
		for (int k = 0; k < 3; k++) {
			struct acting x;
			struct err e;
			int rc;

			snprintf(body, sizeof body, "{\"type\":\"%s\",\"target\":\"00\"%s}", who[i].type, who[i].more);
			compose(&x, by[k], body);
			x.t.act = who[i].target;
			x.l.delivery = act_audience(act_of(&x.text), &x.t, by[k]);
			rc = answer(&x, &e);
			ok(rc == (who[i].may[k] == 'y' ? OK : ERR_LAW) && (rc == OK || strstr(e.text, ": ") != NULL),
			    "%s about %s by %c: %s", who[i].type, who[i].target == ACT_NONE ? "a record" :
			    act_rule(who[i].target)->word, 'A' + by[k], who[i].may[k] == 'y' ? "may" : "may not");
		}
}

static void
refused(struct acting *x, const char *words, const char *name)
{
	struct err e;
	int rc = answer(x, &e);

	ok(rc == ERR_LAW && strstr(e.text, words) != NULL, "%s", name);
	if (rc != ERR_LAW || strstr(e.text, words) == NULL)
		printf("#   got %d \"%s\", want \"%s\"\n", rc, e.text, words);
}

/* V06, V19: an order reaches everybody who had it, whatever became of their standing. */
static void
reach(void)
{
	static const char order[] = "{\"type\":\"DELETE_ORDER\",\"target\":\"00\",\"reason\":\"INACCURATE\"}";
	static const char done[] = "{\"type\":\"DELETE_DONE\",\"target\":\"00\"}";
	static const char breach[] = "{\"type\":\"BREACH_NOTICE\",\"target\":\"00\"}";
	struct mset to = set("ABCF"), all = set("ABCFD"), back = set("AB");
	struct acting x;
	struct err e;

	compose(&x, A, order);
	ok(mset_equal(&x.l.delivery, &to), "V19 an order to delete is for all who had it, the suspended one too");
	is(answer(&x, &e), OK, "so addressed it is filed");
	compose(&x, A, order);
	mset_remove(&x.l.delivery, F);
	refused(&x, "delivery: f is left out", "V19 one that leaves out the suspended member is not");
	compose(&x, A, order);
	x.l.delivery = all;
	is(answer(&x, &e), OK, "it may go to more");
	compose(&x, B, "{\"type\":\"CONTEST_FLAG\",\"target\":\"00\"}");
	mset_remove(&x.l.delivery, C);
	refused(&x, "delivery: c is left out", "who contests tells all whom it knows to have it");
	compose(&x, B, done);
	x.t.act = ACT_DELETE_ORDER;
	ok(mset_equal(&x.l.delivery, &back), "an answer goes to who ordered");
	mset_remove(&x.l.delivery, A);
	refused(&x, "delivery: a is left out", "and not past him");
	compose(&x, B, breach);
	ok(mset_equal(&x.l.delivery, &back), "P17 a breach is told to the provider");
	mset_remove(&x.l.delivery, A);
	refused(&x, "delivery: a is left out", "P17 and not past it");
}

static void
targets(void)
{
	static const char order[] = "{\"type\":\"DELETE_ORDER\",\"target\":\"00\",\"reason\":\"INACCURATE\"}";
	struct acting x;
	struct err e;

	compose(&x, A, order);
	x.t = (struct law_target){ .origin = LAW_NONE, .act = ACT_NONE };
	refused(&x, "no such record was ever held", "about what was never held");
	compose(&x, A, order);
	x.t.law = NULL;
	is(answer(&x, &e), OK, "about what is gone already: whose it was is still known");
	compose(&x, A, order);
	about.kind = KIND_ACTION;
	refused(&x, "never deleted", "an action on an instrument is corrected, never deleted");
	compose(&x, A, "{\"type\":\"CORRECT\",\"target\":\"00\"}");
	about.kind = KIND_ACTION;
	is(answer(&x, &e), OK, "by CORRECT");
	compose(&x, A, "{\"type\":\"RECALL_WRONG_ADDRESSEE\",\"target\":\"00\",\"members\":[\"d\"]}");
	refused(&x, "\"d\" is not a member that the record was delivered to", "a recall from one who never had it");
	compose(&x, A, "{\"type\":\"RECALL_WRONG_ADDRESSEE\",\"target\":\"00\",\"members\":[\"a\"]}");
	refused(&x, "\"a\" is not a member", "a recall from oneself");
	compose(&x, A, "{\"type\":\"RECALL_WRONG_ADDRESSEE\",\"target\":\"00\",\"members\":[\"zz\"]}");
	refused(&x, "\"zz\" is not a member", "a recall from nobody");
}

static void
due_times(void)
{
	static const struct { const char *type, *more; int hours; } t[] = {
		{ "DELETE_ORDER", "", 72 }, { "RECALL_WRONG_ADDRESSEE", ",\"members\":[\"b\"]", 24 }, { "BREACH_NOTICE", "", 72 }
	};
	char body[300], due[INST_LEN];
	struct acting x;
	struct err e;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int64_t last = SENT * DAY_MS + t[i].hours * INT64_C(3600000);

		for (int late = 0; late < 2; late++) {
			inst_format(due, (struct inst){ last + late, 0 });
			snprintf(body, sizeof body, "{\"type\":\"%s\",\"target\":\"00\",\"due\":\"%s\"%s}", t[i].type, due,
			    t[i].more);
			compose(&x, A, body);
			if (late)
				refused(&x, "body.due: is later", t[i].type);
			else
				ok(answer(&x, &e) == OK, "%s: at the latest after %d hours", t[i].type, t[i].hours);
		}
	}
	compose(&x, A, "{\"type\":\"DELETE_ORDER\",\"target\":\"00\",\"due\":\"1999-01-01T00:00:00Z\"}");
	refused(&x, "before the filing", "not before it is filed");
	is(act_due_ms(LIMIT_DELETE_EXECUTE, 1000), 1000 + 72 * INT64_C(3600000), "an order is carried out in 72 hours");
	is(act_due_ms(LIMIT_DELETE_ACK, 1000), 1000 + 96 * INT64_C(3600000), "and confirmed within 96");
	ok(act_due_ms(LIMIT_RECALL, WHEN_NONE) == WHEN_NONE && act_due_ms(-1, 1000) == WHEN_NONE, "no delivery or limit: no end");
}

static void
markings(void)
{
	struct law_caps caps = { 1, PD_SPECIAL, KINDS_ALL };
	struct law_record l = sent(KIND_INCIDENT);
	struct arena a = { 0 };
	struct json *j = NULL;
	struct acting x;
	struct err e = { 0 };

	j = parsed(&a, "{\"tlp\":\"RED\"}");
	l.pap = TLP_AMBER;
	ok(act_mark(&l, j, reg, &e) == OK && l.tlp == TLP_RED && l.pap == TLP_AMBER && l.onward == ONWARD_AUDIENCE &&
	    l.class_level == 0, "a change names some markings; the others stay");
	j = parsed(&a, "{\"onward\":\"NONE\",\"class\":{\"level\":2,\"mapping\":\"sec\"}}");
	ok(act_mark(&l, j, reg, &e) == OK && l.tlp == TLP_RED && l.onward == ONWARD_NONE && l.class_level == 2 &&
	    l.class_mapping == sec, "one after the other");
	j = parsed(&a, "{\"tlp\":\"PINK\"}");
	is(act_mark(&l, j, reg, &e), ERR_UNKNOWN, "a word that nobody knows");
	j = parsed(&a, "{\"class\":{\"level\":7}}");
	is(act_mark(&l, j, reg, &e), ERR_UNKNOWN, "a level that there is not");
	j = parsed(&a, "{\"class\":{\"level\":1,\"mapping\":\"i9\"}}");
	is(act_mark(&l, j, reg, &e), ERR_UNKNOWN, "an agreement that the register does not know");
	arena_free(&a);

	must(registry_caps(reg, i1, &caps, &e), &e);
	compose(&x, A, "{\"type\":\"MARKING_CHANGE\",\"target\":\"00\",\"marking\":{\"class\":{\"level\":2,\"mapping\":\"sec\"}}}");
	refused(&x, "more than \"i1\" allows", "a class above what the basis allows");
	compose(&x, A, "{\"type\":\"MARKING_CHANGE\",\"target\":\"00\",\"marking\":{\"class\":{\"level\":1,\"mapping\":\"i9\"}}}");
	refused(&x, "knows no such instrument", "an unknown agreement");
	compose(&x, A, "{\"type\":\"MARKING_CHANGE\",\"target\":\"00\",\"marking\":{\"class\":{\"level\":1,\"mapping\":\"sec\"}}}");
	is(answer(&x, &e), OK, "within the caps");
	compose(&x, A, "{\"type\":\"MARKING_CHANGE\",\"target\":\"00\",\"marking\":{\"class\":{\"level\":1,\"mapping\":\"sec\"}}}");
	about.base = AUD_PUBLIC;
	refused(&x, "was published", "what was published is not classified afterwards");
}

/* Every word of the vocabulary is an act that this room has a rule for, and no other is. */
static void
words(void)
{
	for (unsigned i = 0; i < tables_words(V_CONTROL_TYPE); i++) {
		const char *w = tables_word_at(V_CONTROL_TYPE, (int)i);
		enum act a = act_from(w, strlen(w));

		ok(a != ACT_NONE && strcmp(act_rule(a)->word, w) == 0, "%s is an act", w);
	}
	ok(tables_words(V_CONTROL_TYPE) == ACT_COUNT && act_from("DELETE", 6) == ACT_NONE && act_rule(ACT_NONE) == NULL,
	    "and there is no other");
}

int
main(void)
{
	world();
	words();
	filers();
	reach();
	targets();
	due_times();
	markings();
	world_end();
	return tap_done();
}
