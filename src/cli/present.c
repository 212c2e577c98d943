#include "cli/present.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/raw.h"
#include "cli/say.h"
#include "log/entry.h"
#include "record/schema.h"

#define PAGE_WIDTH 100

/* Why nothing of the entry at ${pos} is held, or can be read. */
static int
not_held(const struct viewing *w, int64_t pos, struct err *e)
{
	char label[LABEL_LEN];

	judge_label(label, &w->judge, pos);
	return err_set(e, ERR_NOTFOUND, "%s: its text is not held here: its originator did not release it to this member, it has "
	    "been deleted, or it "
	    "has not come yet; the log only proves that something was filed", label);
}

static int
set_aside(const struct viewing *w, int64_t pos, struct err *e)
{
	struct row key = { .table = T_QUARANTINE, .cols = store_table_def(T_QUARANTINE)->cols }, row;
	char label[LABEL_LEN];
	int rc;

	judge_label(label, &w->judge, pos);
	key.v[0] = val_int(pos);
	if ((rc = store_row_get(w->judge.reader, &key, &row, e)) == OK)
		return err_set(e, ERR_UNKNOWN, "%s is set aside, because this version of the program does not understand it: %.*s",
		    label, (int)row.v[2].len, (const char *)row.v[2].bytes);
	return rc == ERR_NOTFOUND ? err_set(e, ERR_UNKNOWN, "%s is set aside: this version of the program does not understand it",
	    label) :
	    rc;
}

int
present_load(const struct viewing *w, int64_t pos, struct arena *a, struct judged *d, struct err *e)
{
	int rc = judge_read(&w->judge, pos, a, d, e);

	if (rc == ERR_NOTFOUND)
		return not_held(w, pos, e);
	return rc == OK && !d->parsed ? set_aside(w, pos, e) : rc;
}

void
present_title(const struct judged *d, const char *lang, char *out, size_t cap)
{
	out[0] = 0;
	if (d->level >= LEVEL_REDACTED)
		record_title(&d->rec, lang, out, cap);
}

void
present_markings(const struct judged *d, struct buf *out)
{
	const struct record *r = &d->rec;

	buf_fmt(out, "%s  TLP:%s", mode_word(r->mode), tlp_word(r->tlp));
	if (r->pap != r->tlp)
		buf_fmt(out, "  PAP:%s", tlp_word(r->pap));
	if (r->class_level > 0)
		buf_fmt(out, "  class %d %.*s", r->class_level, (int)r->class_label.len, r->class_label.s == NULL ? "" :
		    r->class_label.s);
	for (unsigned i = 0; i < 4; i++)
		if (r->handling & 1u << i)
			buf_fmt(out, "  H%u", i);
	if (d->level >= LEVEL_META && r->pd > PD_NONE)
		buf_fmt(out, "  personal data: %s", pd_word(r->pd));
}

/* ---- the body ---- */

struct redaction {
	enum pd from;			/* fields that need this marking or more are left out */
};

static bool
is_person_field(void *ctx, enum kind kind, const char *path, size_t len)
{
	const struct redaction *x = ctx;

	return schema_field_pd(kind, path, len) >= x->from;
}

/*
 * What is left out: with the right to person data only the special fields, and only if nothing else than their absence from the
 * viewer's rights brought the level down.
 */
static struct redaction
redaction_for(const struct viewing *w, const struct judged *d)
{
	bool special_only = w->viewer.pd_right == PD_RIGHT_PERSON;

	for (uint32_t i = 0; i < d->why.count; i++)
		if (d->why.reasons[i].ceiling < LEVEL_FULL && d->why.reasons[i].code != WHY_PD_SPECIAL)
			special_only = false;
	return (struct redaction){ special_only ? PD_SPECIAL : PD_IDENTIFYING };
}

int
present_body(const struct viewing *w, const struct judged *d, struct buf *out, struct err *e)
{
	struct redaction x = redaction_for(w, d);

	if (d->level < LEVEL_REDACTED)
		return err_set(e, ERR_DENIED, "the body is not shown at this level");
	if (d->level == LEVEL_REDACTED)
		return law_redact(&d->rec, is_person_field, &x, out, e);
	raw_compact(out, raw_value((const char *)d->rec.bytes, d->rec.size, d->rec.body));
	return out->failed ? err_set(e, ERR_NOMEM, "no memory to show the body") : OK;
}

void
present_why(const struct viewing *w, const struct judged *d, const struct viewer *v, struct buf *out)
{
	char label[LABEL_LEN];

	judge_label(label, &w->judge, d->pos);
	vis_explain(out, label, &d->law, v, w->judge.reg, &d->why, READER_LOCAL);
}

/* ---- the page ---- */

static void
say_list(const struct cli *c, const char *lead, const struct json *list)
{
	if (list == NULL || list->child == NULL)
		return;
	say(c, "%s", lead);
	for (const struct json *x = list->child; x != NULL; x = x->next)
		say(c, "%s%.*s", x == list->child ? "" : ", ", (int)x->len, x->type == JSON_STRING ? x->str : "");
}

static void
say_audience(const struct cli *c, const struct record *r)
{
	static const char *const bases[] = { "members named", "body", "parties to", "all members", "public" };

	say(c, "  to         %s%s%.*s", bases[r->base], r->base_arg.len > 0 ? " " : "", (int)r->base_arg.len,
	    r->base_arg.s == NULL ? "" : r->base_arg.s);
	say_list(c, ": ", r->delivery);
	say_list(c, ", without ", r->exclude);
	say_list(c, "; only ", r->roles);
	say_list(c, "; persons ", r->persons);
	say(c, "\n");
}

static void
say_purposes(const struct cli *c, const struct record *r)
{
	const char *comma = "";

	say(c, "  purposes   ");
	for (unsigned p = 1; p <= PURPOSE_MAX; p++)
		if (r->purposes & PURPOSE_BIT(p)) {
			say(c, "%sP%02u", comma, p);
			comma = ", ";
		}
	if (r->channel.len > 0)
		say(c, "   channel %.*s", (int)r->channel.len, r->channel.s);
	say(c, "\n");
}

static void
say_dates(const struct cli *c, const struct record *r)
{
	char review[DATE_LEN], gone[DATE_LEN];

	if (r->review_by == INT32_MAX && r->delete_by == INT32_MAX)
		return;
	date_format(review, r->review_by == INT32_MAX ? 0 : r->review_by);
	date_format(gone, r->delete_by == INT32_MAX ? 0 : r->delete_by);
	say(c, "  kept       %s%s%s%s%s\n", r->review_by == INT32_MAX ? "" : "review by ", r->review_by == INT32_MAX ? "" : review,
	    r->review_by != INT32_MAX && r->delete_by != INT32_MAX ? ", " : "", r->delete_by == INT32_MAX ? "" : "delete by ",
	    r->delete_by == INT32_MAX ? "" : gone);
}

static void
say_envelope(const struct cli *c, const struct judged *d)
{
	const struct record *r = &d->rec;
	char id[2 * RECORD_ID_BYTES + 1], filed[INST_LEN];

	hex_encode(id, r->id, sizeof r->id);
	inst_format(filed, r->filed_at);
	say(c, "  id         %s, version %u\n", id, (unsigned)r->seq);
	say(c, "  filed      %s by %.*s/%.*s\n", filed, (int)r->member.len, r->member.s, (int)r->authority.len, r->authority.s);
	say_audience(c, r);
	say_purposes(c, r);
	say_dates(c, r);
}

/* What happened to it since. */
static void
say_caveats(const struct cli *c, const struct judged *d)
{
	static const struct { uint32_t flag; const char *text; } flags[] = {
		{ CAVEAT_CONTESTED, "its accuracy is contested" }, { CAVEAT_RESTRICTED, "restricted by its originator" },
		{ CAVEAT_BLOCKED, "blocked as a precaution" }, { CAVEAT_WITHDRAWN, "withdrawn by its originator" },
		{ CAVEAT_DELETED, "ordered to be deleted" }
	};

	if (d->superseded)
		say_in(c, PAINT_WARN, "  note       a later version has replaced this one\n");
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (d->caveats.flags & flags[i].flag)
			say_in(c, PAINT_WARN, "  note       %s\n", flags[i].text);
}

static int
say_body(const struct cli *c, const struct viewing *w, const struct judged *d, struct err *e)
{
	static const struct json_limits limits = { RECORD_MAX_BYTES, RECORD_MAX_DEPTH, RECORD_MAX_NODES };
	struct buf body = { 0 };
	struct arena a = { 0 };
	struct json *root;
	int rc;

	if ((rc = present_body(w, d, &body, e)) == OK && (rc = json_parse(&a, body.data, body.len, &limits, &root, e)) == OK) {
		say(c, "\n");
		body_print(c, root, 2);
	}
	arena_free(&a);
	buf_free(&body);
	return rc;
}

int
present_page(const struct cli *c, const struct viewing *w, const struct judged *d, struct err *e)
{
	char label[LABEL_LEN], title[400];
	struct buf markings = { 0 }, why = { 0 };
	int rc = OK;

	judge_label(label, &w->judge, d->pos);
	present_title(d, c->lang, title, sizeof title);
	present_markings(d, &markings);
	if (d->rec.mode != MODE_REAL)
		say_in(c, PAINT_WARN, "======== %s ========\n", mode_word(d->rec.mode));
	say_in(c, PAINT_STRONG, "%s", label);
	if (d->level >= LEVEL_META)
		say(c, "  %s %.*s", kind_code(d->rec.kind), (int)d->rec.state.len, d->rec.state.s);
	say(c, "  [%s]\n", level_word(d->level));
	if (title[0] != 0)
		say_in(c, PAINT_STRONG, "%s\n", title);
	say(c, "\n  marking    %s\n", buf_cstr(&markings));
	if (d->level >= LEVEL_META)
		say_envelope(c, d);
	say_caveats(c, d);
	if (d->level >= LEVEL_REDACTED)
		rc = say_body(c, w, d, e);
	present_why(w, d, &w->viewer, &why);
	if (rc == OK) {
		say(c, "\n");
		say_block(c, 0, PAGE_WIDTH, buf_cstr(&why), why.len);
		if (d->level < LEVEL_REDACTED && viewer_hint(w)[0] != 0)
			say(c, "%s\n", viewer_hint(w));
	}
	buf_free(&markings);
	buf_free(&why);
	return rc;
}
