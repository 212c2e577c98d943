#include "cli/acting.h"

#include <string.h>

#include "base/text.h"
#include "cli/complete.h"
#include "record/compose.h"
#include "view/acts.h"
#include "view/query.h"
#include "view/target.h"

#define PURPOSE_GOVERNANCE 13

static const struct { const char *word; enum act act; } words[] = {
	{ "delete", ACT_DELETE_ORDER }, { "recall", ACT_RECALL }, { "withdraw", ACT_WITHDRAW }, { "block", ACT_BLOCK },
	{ "unblock", ACT_UNBLOCK }, { "restrict", ACT_RESTRICT }, { "unrestrict", ACT_UNRESTRICT }, { "mark", ACT_MARKING },
	{ "correct", ACT_CORRECT }, { "contest", ACT_CONTEST }, { "uncontest", ACT_UNCONTEST }, { "breach", ACT_BREACH },
	{ "no-action", ACT_NO_ACTION }, { "unreachable", ACT_UNREACHABLE }
};

enum act
acting_word(const char *s)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(s, words[i].word) == 0)
			return words[i].act;
	return ACT_NONE;
}

const char *
acting_words(void)
{
	return "delete, recall, withdraw, block, unblock, restrict, unrestrict, mark, correct, contest, uncontest, breach, "
	    "no-action or unreachable";
}

/* ---- the record it is about ------------------------------------------------------------------------------------------------ */

/* The id that ${x}->name means: of a record held, or, where it is gone, as written. */
static int
find_id(const struct acting *x, const struct judge *j, uint8_t id[RECORD_ID_BYTES], struct err *e)
{
	struct arena a = { 0 };
	struct judged d;
	struct ref ref;
	int64_t pos;
	int rc = query_find(j, x->name, strlen(x->name), 0, &pos, e);

	if (rc == ERR_NOTFOUND && ref_parse(x->name, strlen(x->name), &ref)) {
		memcpy(id, ref.id, RECORD_ID_BYTES);
		return OK;
	}
	if (rc != OK || (rc = judge_read(j, pos, &a, &d, e)) != OK)
		goto out;
	if (!d.parsed)
		rc = err_set(e, ERR_UNKNOWN, "%s is in quarantine: nothing can be said about it", x->name);
	else if ((x->act == ACT_KEEP || x->act == ACT_ACK) && d.rec.kind != KIND_CONTROL && d.order != ACTS_NO_ORDER)
		rc = acts_id(j->reader, d.order, id, e);
	else
		memcpy(id, d.rec.id, RECORD_ID_BYTES);
out:
	arena_free(&a);
	return rc;
}

/* ---- the body -------------------------------------------------------------------------------------------------------------- */

static const char *
option(const struct acting *x, const char *name)
{
	return command_option(x->cli->command, name, strlen(name)) == NULL ? NULL : args_get(x->cli, name);
}

static void
put_words(struct json_out *o, const char *key, const char *list)
{
	if (list == NULL)
		return;
	jo_open(o, key, '[');
	for (size_t n; *list != 0; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		jo_strn(o, NULL, list, n);
	}
	jo_close(o, ']');
}

static void
put_text(struct json_out *o, const char *key, const char *lang, const char *text)
{
	if (text == NULL)
		return;
	jo_open(o, key, '[');
	jo_open(o, NULL, '{');
	jo_str(o, "lang", lang);
	jo_str(o, "text", text);
	jo_close(o, '}');
	jo_close(o, ']');
}

static void
put_word(struct json_out *o, const char *key, const char *word)
{
	if (word != NULL)
		jo_str(o, key, word);
}

/* "2:SECRET:security-agreement": level, label, mapping instrument. "0" alone. */
static int
put_class(struct json_out *o, const char *s, struct err *e)
{
	const char *label = s == NULL ? NULL : strchr(s, ':'), *mapping = label == NULL ? NULL : strchr(label + 1, ':');

	if (s == NULL)
		return OK;
	if (s[0] < '0' || s[0] > '4' || (s[1] != 0 && (label != s + 1 || mapping == NULL)) || (s[1] == 0 && s[0] != '0'))
		return err_set(e, ERR_USAGE, "--class: \"%s\" is not LEVEL:LABEL:INSTRUMENT, such as 2:secret:security, nor 0", s);
	jo_open(o, "class", '{');
	if (label != NULL)
		jo_strn(o, "label", label + 1, (size_t)(mapping - label) - 1);
	jo_int(o, "level", s[0] - '0');
	if (mapping != NULL)
		jo_str(o, "mapping", mapping + 1);
	jo_close(o, '}');
	return OK;
}

static int
put_marking(const struct acting *x, struct json_out *o, struct err *e)
{
	int rc;

	if (x->act != ACT_MARKING)
		return OK;
	jo_open(o, "marking", '{');
	put_word(o, "tlp", option(x, "tlp"));
	put_word(o, "pap", option(x, "pap"));
	put_word(o, "onward", option(x, "onward"));
	rc = put_class(o, option(x, "class"), e);
	jo_close(o, '}');
	return rc;
}

/* What is about a certain version says which: later ones are not meant. */
static void
put_target(const struct acting *x, struct json_out *o, const uint8_t id[RECORD_ID_BYTES], const struct target *t)
{
	bool version = x->act == ACT_DELETE_ORDER || x->act == ACT_RECALL || x->act == ACT_MARKING;
	char hex[2 * RECORD_ID_BYTES + 1];
	struct buf ref = { 0 };

	hex_encode(hex, id, RECORD_ID_BYTES);
	buf_fmt(&ref, "%s", hex);
	if (version && t->seq > 0)
		buf_fmt(&ref, "@%u", t->seq);
	jo_str(o, "target", buf_cstr(&ref));
	buf_free(&ref);
}

static int
write_body(const struct acting *x, const uint8_t id[RECORD_ID_BYTES], const struct target *t, struct buf *out, struct err *e)
{
	struct json_out o = { out, false };
	const char *lang = x->cli->lang, *text = option(x, "text"), *members = option(x, "members");
	int rc;

	jo_open(&o, NULL, '{');
	jo_str(&o, "type", act_rule(x->act)->word);
	put_target(x, &o, id, t);
	put_word(&o, "reason", option(x, "reason"));
	put_text(&o, "reason_text", lang, text);
	put_word(&o, "due", option(x, "due"));
	put_words(&o, "purposes", option(x, "purposes"));
	if (x->act == ACT_UNREACHABLE)
		put_word(&o, "member", members);
	else
		put_words(&o, "members", members);
	rc = put_marking(x, &o, e);
	put_text(&o, "evidence", lang, option(x, "evidence"));
	jo_close(&o, '}');
	return rc == OK && out->failed ? err_set(e, ERR_NOMEM, "no memory to compose an act") : rc;
}

/* ---- the whole --------------------------------------------------------------------------------------------------------------- */

static int
write_record(const struct acting *x, const struct node *n, const struct target *t, const struct buf *body, struct buf *text,
    struct err *e)
{
	const struct registry *reg = node_registry(n);
	struct mset to = act_audience(x->act, &t->law, node_own(n));
	const char *codes[LAW_MEMBERS_MAX], *authority = option(x, "authority");
	int64_t now = clock_now_ms(&x->cli->clock) + x->skew_ms;
	struct draft d;
	size_t count = 0;

	for (int m = mset_next(&to, 0); m >= 0; m = mset_next(&to, m + 1))
		codes[count++] = reg->members[m].code;
	compose_start(&d, KIND_CONTROL);
	record_new_id(d.id, now, &rng_system);
	d.mechanism = node_mechanism(n);
	d.member = node_member(n);
	d.purposes = PURPOSE_BIT(PURPOSE_GOVERNANCE);
	d.authority = authority != NULL ? authority :
	    complete_authority(reg, node_own(n), KIND_CONTROL, d.purposes, ms_to_days(now, 0));
	if (d.authority == NULL)
		return err_set(e, ERR_LAW, "origin: the charter gives %s no authority that is valid today", node_member(n));
	d.filed_at = (struct inst){ now, 0 };
	d.state = "FILED";
	d.mode = t->law.law == NULL ? MODE_REAL : t->law.law->mode;
	d.base = AUD_LIST;
	d.members = d.delivery = (struct draft_list){ codes, count };
	d.tlp = d.pap = TLP_AMBER;
	return compose_record(&d, body->data, body->len, text, e);
}

static int
check(const struct node *n, const struct target *t, const struct buf *text, struct arena *a, struct err *e)
{
	struct law_record *law = arena_alloc(a, sizeof *law);
	struct record r;
	int rc = law == NULL ? err_set(e, ERR_NOMEM, "no memory to check an act") : record_parse(a, text->data, text->len, &r, e);

	if (rc == OK)
		rc = law_intern(node_registry(n), &r, a, law, e);
	return rc == OK ? act_check(&r, law, &t->law, node_registry(n), e) : rc;
}

int
acting_compose(const struct acting *x, struct local *look, struct buf *text, struct err *e)
{
	struct judge j = node_judge(look->node, look->reader);
	struct arena a = { 0 };
	struct buf body = { 0 };
	uint8_t id[RECORD_ID_BYTES];
	struct target t;
	int rc;

	if ((rc = find_id(x, &j, id, e)) == OK && (rc = target_find(&j, id, &a, &t, e)) == OK &&
	    (rc = write_body(x, id, &t, &body, e)) == OK && (rc = write_record(x, look->node, &t, &body, text, e)) == OK)
		rc = check(look->node, &t, text, &a, e);
	buf_free(&body);
	arena_free(&a);
	return rc;
}
