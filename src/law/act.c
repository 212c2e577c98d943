#include "law/act.h"

#include <string.h>

#include "base/text.h"
#include "record/tables.h"

#define NO_LIMIT (-1), (-1)

static const struct act_rule rules[ACT_COUNT] = {
	[ACT_RECEIPT] = { "RECEIPT", FILER_ANYBODY, REACH_ANY, NEED_NOTHING, NO_LIMIT, false, false },
	[ACT_ACK] = { "ACK", FILER_RECIPIENT, REACH_ORIGINATOR, NEED_NOTHING, NO_LIMIT, true, false },
	[ACT_CORRECT] = { "CORRECT", FILER_ORIGINATOR, REACH_ALL, NEED_NOTHING, NO_LIMIT, false, true },
	[ACT_DELETE_ORDER] = { "DELETE_ORDER", FILER_ORIGINATOR, REACH_ALL, NEED_ERASE, LIMIT_DELETE_EXECUTE, LIMIT_DELETE_ACK,
	    false, true },
	[ACT_DELETE_DONE] = { "DELETE_DONE", FILER_RECIPIENT, REACH_ORIGINATOR, NEED_NOTHING, NO_LIMIT, true, false },
	[ACT_KEEP] = { "KEEP_WITH_REASON", FILER_RECIPIENT, REACH_ORIGINATOR, NEED_NOTHING, NO_LIMIT, true, false },
	[ACT_RESTRICT] = { "RESTRICT", FILER_ORIGINATOR, REACH_ALL, NEED_NOTHING, NO_LIMIT, false, true },
	[ACT_UNRESTRICT] = { "UNRESTRICT", FILER_ORIGINATOR, REACH_ALL, NEED_NOTHING, NO_LIMIT, false, true },
	[ACT_CONTEST] = { "CONTEST_FLAG", FILER_HOLDER, REACH_ALL, NEED_NOTHING, NO_LIMIT, false, true },
	[ACT_BLOCK] = { "BLOCK", FILER_ORIGINATOR, REACH_ALL, NEED_NOTHING, NO_LIMIT, false, true },
	[ACT_UNBLOCK] = { "UNBLOCK", FILER_ORIGINATOR, REACH_ALL, NEED_NOTHING, NO_LIMIT, false, true },
	[ACT_WITHDRAW] = { "WITHDRAW", FILER_ORIGINATOR, REACH_ALL, NEED_NOTHING, NO_LIMIT, false, true },
	[ACT_NO_ACTION] = { "FLAG_NO_ACTION", FILER_RECIPIENT, REACH_ORIGINATOR, NEED_NOTHING, NO_LIMIT, false, true },
	[ACT_MARKING] = { "MARKING_CHANGE", FILER_ORIGINATOR, REACH_ALL, NEED_NOTHING, NO_LIMIT, false, true },
	[ACT_RECALL] = { "RECALL_WRONG_ADDRESSEE", FILER_ORIGINATOR, REACH_ALL, NEED_ERASE_NAMED, LIMIT_RECALL, LIMIT_RECALL,
	    false, true },
	[ACT_BREACH] = { "BREACH_NOTICE", FILER_HOLDER, REACH_ORIGINATOR, NEED_ACK, -1, LIMIT_BREACH, false, true },
	[ACT_UNREACHABLE] = { "UNREACHABLE", FILER_ANYBODY, REACH_ANY, NEED_NOTHING, NO_LIMIT, false, false },
	[ACT_SERVED] = { "SERVED", FILER_ANYBODY, REACH_ANY, NEED_NOTHING, NO_LIMIT, false, false },
	[ACT_KEY_CHANGE] = { "KEY_CHANGE", FILER_ANYBODY, REACH_ANY, NEED_NOTHING, NO_LIMIT, false, false },
	[ACT_CHAIR] = { "CHAIR_ACT", FILER_ANYBODY, REACH_ANY, NEED_NOTHING, NO_LIMIT, false, false },
	[ACT_FORK] = { "FORK_PROOF", FILER_ANYBODY, REACH_ANY, NEED_NOTHING, NO_LIMIT, false, false },
	[ACT_EPOCH] = { "NEW_EPOCH", FILER_ANYBODY, REACH_ANY, NEED_NOTHING, NO_LIMIT, false, false },
	[ACT_UNCONTEST] = { "UNCONTEST", FILER_HOLDER, REACH_ALL, NEED_NOTHING, NO_LIMIT, false, true },
};

enum act
act_from(const char *word, size_t len)
{
	for (int a = 0; a < ACT_COUNT; a++)
		if (text_eq(word, len, rules[a].word))
			return (enum act)a;
	return ACT_NONE;
}

enum act
act_of(const struct record *r)
{
	const struct json *type = r->kind == KIND_CONTROL ? json_get(r->body, "type") : NULL;

	return type == NULL || type->type != JSON_STRING ? ACT_NONE : act_from(type->str, type->len);
}

const struct act_rule *
act_rule(enum act a)
{
	return a >= 0 && a < ACT_COUNT ? &rules[a] : NULL;
}

int64_t
act_due_ms(int id, int64_t start_ms)
{
	const struct limit *l = id < 0 ? NULL : limit_get((enum limit_id)id);
	struct due_facts f = { .start_ms = start_ms, .done_ms = WHEN_NONE };
	struct due d;

	if (l == NULL || start_ms == WHEN_NONE || due(l, &f, NULL, start_ms, &d, NULL) != OK)
		return WHEN_NONE;
	return d.due_ms;
}

static struct mset
with(struct mset s, int member)
{
	if (member >= 0)
		mset_add(&s, member);
	return s;
}

struct mset
act_audience(enum act a, const struct law_target *t, int own)
{
	const struct act_rule *x = act_rule(a);
	struct mset to = { { 0 } };

	if (x != NULL && x->reach == REACH_ALL)
		to = t->past;
	if (x != NULL && x->reach != REACH_ANY)
		to = with(to, t->origin);
	return with(to, own);
}

/* ---- may it be filed? -------------------------------------------------------------------------------------------------- */

struct acting {
	const struct record *r;
	const struct law_record *l;
	const struct law_target *t;
	const struct registry *reg;
	const struct act_rule *rule;
	enum act act;
	struct err *e;
};

static const char *
code_of(const struct acting *x, int m)
{
	return m >= 0 && (uint32_t)m < x->reg->members_count ? x->reg->members[m].code : "?";
}

static int
check_filer(const struct acting *x)
{
	int own = x->l->origin, whose = x->t->origin;

	if (x->rule->filer == FILER_ANYBODY)
		return OK;
	if (whose == LAW_NONE)
		return err_set(x->e, ERR_LAW, "body.target: no such record was ever held here, so nothing is known that %s could be"
		    " about; name a record by its id as `diwan show` prints it", x->rule->word);
	if (x->rule->filer == FILER_ORIGINATOR && own != whose)
		return err_set(x->e, ERR_LAW, "body.type: %s of a record of %s is filed by %s only; a recipient may contest it"
		    " (CONTEST_FLAG) or ask for it (request)", x->rule->word, code_of(x, whose), code_of(x, whose));
	if (x->rule->filer == FILER_RECIPIENT && own == whose)
		return err_set(x->e, ERR_LAW, "body.type: %s is filed by a recipient; the record is of %s itself", x->rule->word,
		    code_of(x, own));
	if (own != whose && !mset_has(&x->t->past, own))
		return err_set(x->e, ERR_LAW, "body.type: %s is filed by members that the record was delivered to, and %s is none",
		    x->rule->word, code_of(x, own));
	return OK;
}

/* What an act may be about. */
static int
check_sort(const struct acting *x)
{
	bool is_act = x->t->act != ACT_NONE;

	if (x->act == ACT_DELETE_DONE && x->t->act != ACT_DELETE_ORDER && x->t->act != ACT_RECALL)
		return err_set(x->e, ERR_LAW, "body.target: DELETE_DONE names the order that was carried out, a DELETE_ORDER or"
		    " RECALL_WRONG_ADDRESSEE, not the record");
	if (x->act == ACT_KEEP && x->t->act == ACT_RECALL)
		return err_set(x->e, ERR_LAW, "body.type: what came to a wrong addressee is not kept; carry the recall out");
	if (x->act == ACT_KEEP && x->t->act != ACT_DELETE_ORDER)
		return err_set(x->e, ERR_LAW, "body.target: KEEP_WITH_REASON names the order that is not carried out, a"
		    " DELETE_ORDER, not the record");
	if (x->rule->on_record && is_act)
		return err_set(x->e, ERR_LAW, "body.target: an act on a record is not acted on itself; what it did is undone by"
		    " another act about the same record");
	if (x->act == ACT_DELETE_ORDER && x->t->law != NULL && x->t->law->kind == KIND_ACTION)
		return err_set(x->e, ERR_LAW, "body.target: an action on an instrument is never deleted; CORRECT it");
	return OK;
}

static int
check_reach(const struct acting *x)
{
	struct mset want = act_audience(x->act, x->t, x->l->origin), missing = mset_minus(&want, &x->l->delivery);
	int m = mset_next(&missing, 0);

	if (m < 0)
		return OK;
	if (x->rule->reach == REACH_ORIGINATOR)
		return err_set(x->e, ERR_LAW, "delivery: %s is left out, whose record it is about; address it (audience LIST)",
		    code_of(x, m));
	return err_set(x->e, ERR_LAW, "delivery: %s is left out, to whom the record was delivered; %s reaches every past recipient,"
	    " suspended and former members too; address all of them (audience LIST)", code_of(x, m), x->rule->word);
}

static int
check_due(const struct acting *x)
{
	const struct json *due = json_get(x->r->body, "due");
	int64_t latest = act_due_ms(x->rule->do_by >= 0 ? x->rule->do_by : x->rule->answer_by, x->l->filed_ms);
	struct inst at;

	if (due == NULL || latest == WHEN_NONE || due->type != JSON_STRING || !inst_parse(due->str, due->len, &at))
		return OK;
	if (at.ms < x->l->filed_ms)
		return err_set(x->e, ERR_LAW, "body.due: lies before the filing; give a later time, or leave it out");
	if (at.ms > latest)
		return err_set(x->e, ERR_LAW, "body.due: is later than the law allows for %s (%s); give an earlier time, or"
		    " leave it out", x->rule->word, limit_get((enum limit_id)(x->rule->do_by >= 0 ? x->rule->do_by :
		    x->rule->answer_by))->rule);
	return OK;
}

static int
check_recalled(const struct acting *x)
{
	const struct json *list = x->act == ACT_RECALL ? json_get(x->r->body, "members") : NULL;

	for (const struct json *j = list == NULL ? NULL : list->child; j != NULL; j = j->next) {
		int m = j->type == JSON_STRING ? registry_member(x->reg, j->str, j->len) : LAW_NONE;

		if (m == LAW_NONE || m == x->l->origin || !mset_has(&x->t->past, m))
			return err_set(x->e, ERR_LAW, "body.members: \"%.*s\" is not a member that the record was delivered to;"
			    " name those that should not have had it", j->type == JSON_STRING ? (int)j->len : 0,
			    j->type == JSON_STRING ? j->str : "");
	}
	return OK;
}

static int
check_marking(const struct acting *x)
{
	struct law_record changed;
	struct err why;

	if (x->act != ACT_MARKING || x->t->law == NULL)
		return OK;
	changed = *x->t->law;
	if (act_mark(&changed, json_get(x->r->body, "marking"), x->reg, &why) != OK)
		return err_set(x->e, ERR_LAW, "%s; give one that it knows", why.text);
	if (changed.base == AUD_PUBLIC && changed.class_level > 0)
		return err_set(x->e, ERR_LAW, "body.marking.class: a record that was published is not classified afterwards;"
		    " WITHDRAW it");
	for (uint32_t i = 0; i < changed.basis_count; i++) {
		const struct law_basis *b = &changed.basis[i];

		if (b->type != BASIS_CONSENT && b->instrument >= 0 &&
		    changed.class_level > x->reg->instruments[b->instrument].caps.class_level)
			return err_set(x->e, ERR_LAW, "body.marking.class: level %d is more than \"%s\" allows, on which the"
			    " record rests; BLOCK or WITHDRAW the record", changed.class_level,
			    x->reg->instruments[b->instrument].code);
	}
	return OK;
}

int
act_check(const struct record *r, const struct law_record *l, const struct law_target *t, const struct registry *reg,
    struct err *e)
{
	static int (*const checks[])(const struct acting *x) = { check_filer, check_sort, check_reach, check_due, check_recalled,
	    check_marking };
	struct acting x = { r, l, t, reg, NULL, act_of(r), e };
	int rc = OK;

	if ((x.rule = act_rule(x.act)) == NULL || json_get(r->body, "target") == NULL)
		return OK;
	for (size_t i = 0; i < sizeof checks / sizeof *checks && rc == OK; i++)
		rc = checks[i](&x);
	return rc;
}

/* ---- markings ----------------------------------------------------------------------------------------------------------- */

static int
mark_word(const struct json *change, const char *name, enum vocab_id words, int *out, struct err *e)
{
	const struct json *j = json_get(change, name);
	int i;

	if (j == NULL)
		return OK;
	if (j->type != JSON_STRING || (i = tables_find_word(words, j->str, j->len)) < 0)
		return err_set(e, ERR_UNKNOWN, "body.marking.%s: is no word that this version knows", name);
	*out = i;
	return OK;
}

static int
mark_class(struct law_record *l, const struct json *class, const struct registry *reg, struct err *e)
{
	const struct json *level = json_get(class, "level"), *mapping = json_get(class, "mapping");
	int found = LAW_NONE;

	if (level == NULL || level->type != JSON_INT || level->num < 0 || level->num > CLASS_MAX)
		return err_set(e, ERR_UNKNOWN, "body.marking.class.level: is none that this version knows");
	if (mapping != NULL && (mapping->type != JSON_STRING ||
	    (found = registry_instrument(reg, mapping->str, mapping->len)) == LAW_NONE))
		return err_set(e, ERR_UNKNOWN, "body.marking.class.mapping: the register knows no such instrument");
	l->class_level = (int)level->num;
	l->class_mapping = found;
	return OK;
}

int
act_mark(struct law_record *l, const struct json *change, const struct registry *reg, struct err *e)
{
	const struct json *class = json_get(change, "class");
	int tlp = (int)l->tlp, pap = (int)l->pap, onward = (int)l->onward, rc;

	if ((rc = mark_word(change, "tlp", V_TLP, &tlp, e)) != OK || (rc = mark_word(change, "pap", V_TLP, &pap, e)) != OK ||
	    (rc = mark_word(change, "onward", V_ONWARD, &onward, e)) != OK ||
	    (class != NULL && (rc = mark_class(l, class, reg, e)) != OK))
		return rc;
	l->tlp = (enum tlp)tlp;
	l->pap = (enum tlp)pap;
	l->onward = (enum onward)onward;
	return OK;
}
