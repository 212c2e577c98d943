#include "record/schema.h"

#include <string.h>

#include "record/tables.h"

/* The structs a kind's record reaches, so that its schema defines these and no others. */
static void
reach(enum struct_id s, bool *reached)
{
	const struct field *f = &tables_field[tables_struct[s].first];

	if (reached[s])
		return;
	reached[s] = true;
	for (unsigned n = tables_fields(s); n > 0; n--, f++)
		if (f->type == FT_STRUCT)
			reach(f->arg, reached);
}

static void
put_ref(struct json_out *o, enum struct_id s)
{
	struct buf b = { 0 };

	buf_fmt(&b, "#/$defs/%s", tables_struct[s].name);
	jo_str(o, "$ref", buf_cstr(&b));
	buf_free(&b);
}

static void
put_words(struct json_out *o, enum vocab_id v)
{
	jo_open(o, "enum", '[');
	for (unsigned i = 0; i < tables_words(v); i++)
		jo_str(o, NULL, tables_word_at(v, (int)i));
	jo_close(o, ']');
}

static void
put_text(struct json_out *o, int64_t max)
{
	jo_str(o, "type", "string");
	jo_int(o, "minLength", 1);
	jo_int(o, "maxLength", max);
}

static void
put_handling(struct json_out *o)
{
	jo_open(o, "oneOf", '[');
	jo_open(o, NULL, '{');
	jo_raw(o, "enum", "[\"H0\",\"H1\",\"H2\"]", 16);
	jo_close(o, '}');
	jo_open(o, NULL, '{');
	jo_str(o, "type", "object");
	jo_raw(o, "required", "[\"H3\"]", 6);
	jo_bool(o, "additionalProperties", false);
	jo_open(o, "properties", '{');
	jo_open(o, "H3", '{');
	put_text(o, 4000);
	jo_close(o, '}');
	jo_close(o, '}');
	jo_close(o, '}');
	jo_close(o, ']');
}

/* The keywords for one value of a row, inside an object that is open. */
static void
put_type(struct json_out *o, const struct field *f, enum kind kind)
{
	switch ((enum field_type)f->type) {
	case FT_TEXT:
	case FT_LINE:
		put_text(o, f->max);
		return;
	case FT_WORD:
		put_words(o, f->arg);
		return;
	case FT_STATE:
		put_words(o, tables_kind[kind].states);
		return;
	case FT_INT:
		jo_str(o, "type", "integer");
		jo_int(o, "minimum", f->min);
		jo_int(o, "maximum", f->max);
		return;
	case FT_BOOL:
		jo_str(o, "type", "boolean");
		return;
	case FT_RANGE:
		jo_str(o, "type", "array");
		jo_raw(o, "items", "{\"type\":\"integer\",\"minimum\":0}", 30);
		jo_int(o, "minItems", 2);
		jo_int(o, "maxItems", 2);
		return;
	case FT_HANDLING:
		put_handling(o);
		return;
	case FT_BODY:
		put_ref(o, tables_kind[kind].body);
		return;
	case FT_STRUCT:
		put_ref(o, f->arg);
		return;
	default:
		jo_str(o, "type", "string");
		jo_str(o, "pattern", tables_type[f->type].pattern);
	}
}

/* What the envelope of this kind fixes: its own code, and the schema version. */
static bool
put_const(struct json_out *o, enum struct_id s, const struct field *f, enum kind kind)
{
	if (s != S_ENVELOPE)
		return false;
	if (strcmp(f->name, "kind") == 0)
		jo_str(o, "const", kind_code(kind));
	else if (strcmp(f->name, "diwan") == 0)
		jo_int(o, "const", RECORD_SCHEMA);
	else
		return false;
	return true;
}

static void
put_field(struct json_out *o, enum struct_id s, const struct field *f, enum kind kind)
{
	jo_open(o, f->name, '{');
	if (f->help[0] != '\0')
		jo_str(o, "description", f->help);
	if (put_const(o, s, f, kind)) {
		jo_close(o, '}');
		return;
	}
	if (f->shape != SHAPE_ONE) {
		jo_str(o, "type", "array");
		jo_int(o, "minItems", f->least);
		jo_int(o, "maxItems", f->most);
		if (f->shape == SHAPE_SET)
			jo_bool(o, "uniqueItems", true);
		jo_open(o, "items", '{');
		put_type(o, f, kind);
		jo_close(o, '}');
	} else {
		put_type(o, f, kind);
	}
	jo_close(o, '}');
}

/* The keywords of an object, inside an object that is open. */
static void
put_struct(struct json_out *o, enum struct_id s, enum kind kind)
{
	const struct field *f = &tables_field[tables_struct[s].first];
	unsigned n = tables_fields(s);

	jo_str(o, "type", "object");
	jo_str(o, "description", tables_struct[s].help);
	jo_bool(o, "additionalProperties", false);
	jo_open(o, "required", '[');
	for (unsigned i = 0; i < n; i++)
		if (f[i].need == MUST)
			jo_str(o, NULL, f[i].name);
	jo_close(o, ']');
	jo_open(o, "properties", '{');
	for (unsigned i = 0; i < n; i++)
		put_field(o, s, &f[i], kind);
	jo_close(o, '}');
}

void
record_schema(enum kind kind, struct json_out *o)
{
	bool reached[S_COUNT] = { false };

	reach(S_ENVELOPE, reached);
	reach(tables_kind[kind].body, reached);
	jo_open(o, NULL, '{');
	jo_str(o, "$schema", "https://json-schema.org/draft/2020-12/schema");
	jo_str(o, "title", tables_kind[kind].title);
	put_struct(o, S_ENVELOPE, kind);
	jo_open(o, "$defs", '{');
	for (int s = 0; s < S_COUNT; s++) {
		if (!reached[s] || s == S_ENVELOPE)
			continue;
		jo_open(o, tables_struct[s].name, '{');
		put_struct(o, (enum struct_id)s, kind);
		jo_close(o, '}');
	}
	jo_close(o, '}');
	jo_close(o, '}');
}

enum pd
schema_field_pd(enum kind kind, const char *path, size_t len)
{
	enum struct_id s = tables_kind[kind].body;
	enum pd most = PD_NONE;
	const char *end = path + len;

	for (;;) {
		const char *dot = memchr(path, '.', (size_t)(end - path));
		unsigned hint = 0;
		const struct field *f = tables_find_field(s, path, (size_t)((dot != NULL ? dot : end) - path), &hint);

		if (f == NULL || (dot != NULL && f->type != FT_STRUCT))
			return PD_SPECIAL;
		if (f->pd > most)
			most = f->pd;
		if (dot == NULL)
			return most;
		s = f->arg;
		path = dot + 1;
	}
}
