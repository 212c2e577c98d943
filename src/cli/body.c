/* A record's body for people, whatever its kind: the names of its members are the labels. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/present.h"
#include "cli/say.h"

#define LABEL_WIDTH 16
#define PAGE_WIDTH 100
#define SHORT 80			/* bytes of an object that still goes on one line */

static bool
is_mtext(const struct json *v)
{
	return v->type == JSON_ARRAY && v->child != NULL && json_get(v->child, "lang") != NULL && json_get(v->child, "text") !=
	    NULL;
}

/* The text in the preferred language, else the first. */
static const struct json *
pick_text(const struct json *v, const char *lang)
{
	for (const struct json *t = v->child; t != NULL; t = t->next)
		if (json_is(json_get(t, "lang"), lang))
			return t;
	return v->child;
}

static bool
is_scalar(const struct json *v)
{
	return v->type != JSON_ARRAY && v->type != JSON_OBJECT;
}

static void
scalar_text(const struct json *v, struct buf *out)
{
	switch (v->type) {
	case JSON_NULL: buf_str(out, "none"); break;
	case JSON_FALSE: buf_str(out, "no"); break;
	case JSON_TRUE: buf_str(out, "yes"); break;
	default: buf_add(out, v->str, v->len); break;
	}
}

/* A list of words as "a, b, c". */
static bool
list_text(const struct json *v, struct buf *out)
{
	for (const struct json *x = v->child; x != NULL; x = x->next) {
		if (!is_scalar(x))
			return false;
		if (out->len > 0)
			buf_str(out, ", ");
		scalar_text(x, out);
	}
	return true;
}

static void
add_label(const char *key, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++)
		buf_byte(out, key[i] == '_' ? ' ' : (uint8_t)key[i]);
}

/* A small object on one line: a quantity as "3.5 kg MEASURED", others as "lon 71.1, lat 40.2". */
static bool
small_object(const struct json *v, struct buf *out)
{
	bool quantity = json_get(v, "n") != NULL && json_get(v, "unit") != NULL;

	for (const struct json *x = v->child; x != NULL; x = x->next) {
		if (!is_scalar(x))
			return false;
		buf_str(out, out->len == 0 ? "" : quantity ? " " : ", ");
		if (!quantity) {
			add_label(x->key, x->key_len, out);
			buf_byte(out, ' ');
		}
		scalar_text(x, out);
	}
	return out->len <= SHORT && memchr(buf_cstr(out), '\n', out->len) == NULL;
}

static void
label(const struct cli *c, unsigned indent, const char *key, size_t len)
{
	struct buf b = { 0 };

	add_label(key, len, &b);
	say_in(c, PAINT_DIM, "%*s%-*s ", (int)indent, "", LABEL_WIDTH, buf_cstr(&b));
	buf_free(&b);
}

/* Short text on the label's line, longer text below it. */
static void
text_value(const struct cli *c, unsigned indent, const char *s, size_t len)
{
	if (indent + LABEL_WIDTH + 1 + say_width(s, len) <= PAGE_WIDTH && memchr(s, '\n', len) == NULL) {
		say(c, "%.*s\n", (int)len, s);
		return;
	}
	say(c, "\n");
	say_block(c, indent + 4, PAGE_WIDTH, s, len);
}

static void
mtext_value(const struct cli *c, const struct json *v, unsigned indent)
{
	const struct json *chosen = pick_text(v, c->lang), *text = json_get(chosen, "text"), *lang;
	struct buf b = { 0 };

	if (text->type == JSON_STRING)
		buf_add(&b, text->str, text->len);
	if (v->count > 1 || !json_is(json_get(chosen, "lang"), c->lang)) {
		buf_str(&b, " [");
		lang = json_get(chosen, "lang");
		buf_add(&b, lang->type == JSON_STRING ? lang->str : "", lang->type == JSON_STRING ? lang->len : 0);
		for (const struct json *t = v->child; t != NULL; t = t->next) {
			lang = json_get(t, "lang");
			if (t != chosen && lang != NULL && lang->type == JSON_STRING)
				buf_fmt(&b, "; also %.*s", (int)lang->len, lang->str);
		}
		buf_str(&b, "]");
	}
	text_value(c, indent, buf_cstr(&b), b.len);
	buf_free(&b);
}

static void
member(const struct cli *c, const struct json *v, unsigned indent)
{
	struct buf b = { 0 };
	bool flat;

	label(c, indent, v->key, v->key_len);
	if (is_mtext(v)) {
		mtext_value(c, v, indent);
		return;
	}
	flat = is_scalar(v);
	if (flat)
		scalar_text(v, &b);
	else
		flat = v->type == JSON_ARRAY ? list_text(v, &b) : small_object(v, &b);
	if (flat) {
		text_value(c, indent, buf_cstr(&b), b.len);
	} else {
		say(c, "\n");
		body_print(c, v, indent + 2);
	}
	buf_free(&b);
}

void
body_print(const struct cli *c, const struct json *v, unsigned indent)
{
	unsigned number = 0;

	for (const struct json *x = v->child; x != NULL; x = x->next) {
		if (v->type == JSON_OBJECT) {
			member(c, x, indent);
			continue;
		}
		say_in(c, PAINT_DIM, "%*s%u.\n", (int)indent, "", ++number);
		if (is_scalar(x))
			say_block(c, indent + 2, PAGE_WIDTH, x->type == JSON_STRING ? x->str : "", x->type == JSON_STRING ?
			    x->len : 0);
		else
			body_print(c, x, indent + 2);
	}
}
