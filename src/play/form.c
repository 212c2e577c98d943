#include "play/form.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "record/record.h"

static const struct {
	enum kind kind;
	const char *field, *json;
} forms[] = {
#define FORM(kind, field, json) { KIND_##kind, field, json },
#include "play/forms.def"
#undef FORM
};

const struct yaml *
form_get(const struct form *f, const char *key)
{
	const struct yaml *y;

	for (unsigned i = f->blocks; i-- > 0; )
		if ((y = yaml_get(f->block[i], key)) != NULL)
			return tree_is(y, "none") ? NULL : y;
	return NULL;
}

/* ---- audience, purpose, basis ---- */

/* The rest of ${s} after ${prefix}, or NULL. */
static const char *
after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 && s[n] != '\0' ? s + n : NULL;
}

/* "[kz, uz]" or "kz, uz" as an array of words. */
static void
write_codes(struct json_out *o, const char *key, const char *s)
{
	jo_open(o, key, '[');
	for (size_t n; *s != '\0'; s += n) {
		s += strspn(s, "[], ");
		if ((n = strcspn(s, "[], ")) > 0)
			jo_strn(o, NULL, s, n);
	}
	jo_close(o, ']');
}

static int
write_audience(const struct form *f, struct json_out *o, struct err *e)
{
	const struct yaml *to = form_get(f, "to"), *exclude = form_get(f, "exclude");
	const char *s = to == NULL || to->type != YAML_SCALAR ? "" : to->str, *rest;

	if (to == NULL)
		return tree_err(f->file, f->block[0], e,
		    "\"to\" is missing: parties of <instrument>, members [...], body <code>, everyone, public");
	jo_open(o, "audience", '{');
	if (to->type == YAML_LIST) {
		jo_str(o, "base", "LIST");
		tree_json(o, "members", to);
	} else if ((rest = after(s, "members ")) != NULL) {
		jo_str(o, "base", "LIST");
		write_codes(o, "members", rest);
	} else if ((rest = after(s, "parties of ")) != NULL || (rest = after(s, "body ")) != NULL) {
		jo_str(o, "base", s[0] == 'p' ? "PARTIES" : "BODY");
		jo_str(o, "of", rest);
	} else if (strcmp(s, "everyone") == 0 || strcmp(s, "public") == 0) {
		jo_str(o, "base", s[0] == 'e' ? "ALL_MEMBERS" : "PUBLIC");
	} else {
		return tree_err(f->file, to, e,
		    "to is one of: parties of <instrument>, members [...], body <code>, everyone, public");
	}
	if (exclude != NULL && exclude->type == YAML_LIST)
		tree_json(o, "exclude", exclude);
	else if (exclude != NULL)
		write_codes(o, "exclude", exclude->type == YAML_SCALAR ? exclude->str : "");
	jo_close(o, '}');
	return OK;
}

static void
write_purpose(const struct form *f, struct json_out *o)
{
	const struct yaml *given = form_get(f, "purpose"), *channel = form_get(f, "channel");
	int ch = channel == NULL || channel->type != YAML_SCALAR ? LAW_NONE : registry_channel(f->reg, channel->str, channel->len);
	uint32_t purposes = ch < 0 ? PURPOSE_BIT(13) : f->reg->channels[ch].purposes;
	char word[8];

	if (given != NULL && given->type == YAML_LIST) {
		tree_json(o, "purpose", given);
	} else if (given != NULL) {
		write_codes(o, "purpose", given->type == YAML_SCALAR ? given->str : "");
	} else {
		snprintf(word, sizeof word, "P%02d", purposes == 0 ? 13 : __builtin_ctz(purposes));
		write_codes(o, "purpose", word);
	}
}

/* "treaty:exchange of information", or a list as it stands in records. The public is told things on no basis but one's own. */
static int
write_basis(const struct form *f, struct json_out *o, struct err *e)
{
	const struct yaml *given = form_get(f, "basis");
	const char *colon;

	if (given != NULL && given->type == YAML_LIST) {
		tree_json(o, "basis", given);
		return OK;
	}
	if (given == NULL) {
		if (tree_is(form_get(f, "to"), "public")) {
			jo_open(o, "basis", '[');
			jo_close(o, ']');
		}
		return OK;	/* the node says what is missing */
	}
	if (given->type != YAML_SCALAR || (colon = strchr(given->str, ':')) == NULL || colon == given->str || colon[1] == '\0')
		return tree_err(f->file, given, e, "a basis is written \"<instrument>:<article>\"");
	jo_open(o, "basis", '[');
	jo_open(o, NULL, '{');
	jo_strn(o, "instrument", given->str, (size_t)(colon - given->str));
	jo_str(o, "article", colon + 1 + strspn(colon + 1, " "));
	jo_close(o, '}');
	jo_close(o, ']');
	return OK;
}

static int
write_links(const struct form *f, struct json_out *o, struct err *e)
{
	const struct yaml *links = form_get(f, "links");
	char ref[48];
	int rc;

	if (links == NULL)
		return OK;
	if (links->type != YAML_LIST)
		return tree_err(f->file, links, e, "links is a list: [{to: <name>, rel: REPLIES}]");
	jo_open(o, "links", '[');
	for (const struct yaml *l = links->child; l != NULL; l = l->next) {
		const struct yaml *to = yaml_get(l, "to"), *rel = yaml_get(l, "rel");

		if ((rc = tree_only(f->file, l, "a link", "to, rel", e)) != OK)
			return rc;
		if (to == NULL || rel == NULL || to->type != YAML_SCALAR || rel->type != YAML_SCALAR)
			return tree_err(f->file, l, e, "a link says where it leads and what it means: {to: <name>, rel: REPLIES}");
		if (f->find == NULL || !f->find(f->ctx, to->str, ref))
			return tree_err(f->file, to, e, "no record has been filed as \"%.60s\"", to->str);
		jo_open(o, NULL, '{');
		jo_str(o, "ref", ref);
		jo_str(o, "rel", rel->str);
		jo_close(o, '}');
	}
	jo_close(o, ']');
	return OK;
}

/* ---- the body ---- */

static void
write_title(const struct form *f, struct json_out *o, const char *key)
{
	const struct yaml *title = form_get(f, "title");
	struct buf text = { 0 };

	if (title == NULL || title->type != YAML_SCALAR)
		buf_fmt(&text, "Without a title%s", f->suffix);
	else
		buf_fmt(&text, "%s%s", title->str, f->suffix);
	jo_open(o, key, '[');
	jo_open(o, NULL, '{');
	jo_str(o, "lang", "en");
	jo_strn(o, "text", buf_cstr(&text), text.len);
	jo_close(o, '}');
	jo_close(o, ']');
	buf_free(&text);
}

/* A row of forms.def, its @words replaced. */
static void
write_form(const struct form *f, struct json_out *o, const char *key, const char *json)
{
	struct buf value = { 0 };
	const char *at = strstr(json, "@now");
	char now[INST_LEN];

	if (strcmp(json, "@title") == 0) {
		write_title(f, o, key);
		return;
	}
	inst_format(now, (struct inst){ f->now_ms, 0 });
	if (at == NULL)
		buf_str(&value, json);
	else
		buf_fmt(&value, "%.*s\"%s\"%s", (int)(at - json), json, now, at + 4);
	jo_raw(o, key, buf_cstr(&value), value.len);
	buf_free(&value);
}

static void
write_body(const struct form *f, struct json_out *o, enum kind kind)
{
	const struct yaml *body = form_get(f, "body");
	/* A title that is newer than the body replaces the one inside it. */
	bool titled = form_get(f, "title") != NULL;

	jo_open(o, "body", '{');
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (forms[i].kind == kind && (yaml_get(body, forms[i].field) == NULL ||
		    (titled && strcmp(forms[i].field, "title") == 0)))
			write_form(f, o, forms[i].field, forms[i].json);
	for (const struct yaml *y = body == NULL || body->type != YAML_MAP ? NULL : body->child; y != NULL; y = y->next)
		if (!titled || strcmp(y->key, "title") != 0)
			tree_json(o, y->key, y);
	jo_close(o, '}');
}

/* ---- the whole ---- */

static const char *const as_they_are[] = { "channel", "state", "pap", "onward", "handling", "announce", "review_by", "delete_by",
    "class" };

static void
write_rest(const struct form *f, struct json_out *o)
{
	const struct yaml *to = form_get(f, "to"), *y;

	for (size_t i = 0; i < sizeof as_they_are / sizeof as_they_are[0]; i++)
		if ((y = form_get(f, as_they_are[i])) != NULL)
			tree_json(o, as_they_are[i], y);
	if ((y = form_get(f, "tlp")) != NULL)
		tree_json(o, "tlp", y);
	else
		jo_str(o, "tlp", tree_is(to, "public") ? "CLEAR" : "AMBER");
	if ((y = form_get(f, "pd")) != NULL)
		tree_json(o, "pd", y);
	else
		jo_str(o, "pd", "NONE");
	if ((y = form_get(f, "mode")) != NULL)
		tree_json(o, "mode", y);
}

int
form_write(const struct form *f, struct buf *out, struct err *e)
{
	struct json_out o = { out, false };
	const struct yaml *kind = form_get(f, "kind");
	enum kind k = kind == NULL || kind->type != YAML_SCALAR ? KIND_NONE : kind_from(kind->str, kind->len);
	int rc;

	if (k == KIND_NONE)
		return tree_err(f->file, kind == NULL ? f->block[0] : kind, e,
		    "\"kind\" is a kind of record; `diwan kinds` lists them");
	jo_open(&o, NULL, '{');
	jo_str(&o, "kind", kind->str);
	write_rest(f, &o);
	write_purpose(f, &o);
	if ((rc = write_basis(f, &o, e)) != OK || (rc = write_audience(f, &o, e)) != OK || (rc = write_links(f, &o, e)) != OK)
		return rc;
	write_body(f, &o, k);
	jo_close(&o, '}');
	buf_byte(out, '\n');
	return out->failed ? err_set(e, ERR_NOMEM, "no memory to write a record") : OK;
}
