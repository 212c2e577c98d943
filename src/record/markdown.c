/* The tables of docs/format.md, printed from the rows that validate. */
#include <stdio.h>
#include <string.h>

#include "record/schema.h"
#include "record/tables.h"

static void
value_text(const struct field *f, char *out, size_t cap)
{
	switch ((enum field_type)f->type) {
	case FT_WORD:
		snprintf(out, cap, "word of %s", tables_vocab[f->arg].name);
		return;
	case FT_STRUCT:
		snprintf(out, cap, "%s", tables_struct[f->arg].name);
		return;
	case FT_INT:
		snprintf(out, cap, "int %lld..%lld", (long long)f->min, (long long)f->max);
		return;
	case FT_TEXT:
	case FT_LINE:
		snprintf(out, cap, "%s (%lld)", tables_type[f->type].name, (long long)f->max);
		return;
	default:
		snprintf(out, cap, "%s", tables_type[f->type].name);
	}
}

void
schema_type_text(const struct field *f, char *out, size_t cap)
{
	char value[96];

	value_text(f, value, sizeof value);
	if (f->type == FT_STRUCT && f->arg == S_MTEXT)
		snprintf(out, cap, "mtext");
	else if (f->shape == SHAPE_ONE)
		snprintf(out, cap, "%s", value);
	else
		snprintf(out, cap, "%s of %s, %u..%u", f->shape == SHAPE_SET ? "set" : "list", value, f->least, f->most);
}

static void
put_fields(struct buf *b, enum struct_id s)
{
	const struct field *f = &tables_field[tables_struct[s].first];
	char type[160];

	buf_str(b, "| field | | type | meaning |\n|---|---|---|---|\n");
	for (unsigned n = tables_fields(s); n > 0; n--, f++) {
		schema_type_text(f, type, sizeof type);
		buf_fmt(b, "|%s|%s|%s|%s", f->name, f->need == MUST ? "must" : "", type, f->help);
		if (f->ident != NULL)
			buf_fmt(b, "%sidentifier", f->help[0] ? "; " : "");
		if (f->pd != PD_NONE)
			buf_fmt(b, "%sneeds pd %s", f->help[0] || f->ident != NULL ? "; " : "", pd_word(f->pd));
		buf_str(b, "|\n");
	}
	buf_str(b, "\n");
}

static void
put_types(struct buf *b)
{
	buf_str(b, "## 3 Types\n\n| type | a value |\n|---|---|\n");
	for (int i = 0; i < FT_COUNT; i++)
		buf_fmt(b, "|%s|%s|\n", tables_type[i].name, tables_type[i].rule);
	buf_str(b, "|mtext|must be a list of MTEXT, each language once|\n\n");
}

/* A struct is printed with the kind that reaches it, or with the common ones where several do. */
static void
count_users(enum struct_id s, unsigned *users, bool *seen)
{
	const struct field *f = &tables_field[tables_struct[s].first];

	if (seen[s])
		return;
	seen[s] = true;
	users[s]++;
	for (unsigned n = tables_fields(s); n > 0; n--, f++)
		if (f->type == FT_STRUCT)
			count_users(f->arg, users, seen);
}

static void
put_struct(struct buf *b, enum struct_id s)
{
	buf_fmt(b, "**%s**: %s\n\n", tables_struct[s].name, tables_struct[s].help);
	put_fields(b, s);
}

static void
put_words(struct buf *b, enum vocab_id v)
{
	for (unsigned i = 0; i < tables_words(v); i++) {
		const struct word *w = &tables_word[tables_vocab[v].first + i];

		buf_fmt(b, "%s%s", i ? ", " : "", w->s);
		if (w->help[0] != '\0')
			buf_fmt(b, " (%s)", w->help);
	}
}

static void
put_kind(struct buf *b, enum kind k, const unsigned *users)
{
	const struct kind_def *kind = &tables_kind[k];
	unsigned own[S_COUNT] = { 0 };
	bool seen[S_COUNT] = { false };

	buf_fmt(b, "### %d `%s`: %s\n\nStates: ", (int)k, kind_code(k), kind->help);
	put_words(b, kind->states);
	buf_str(b, "\n\n");
	put_fields(b, kind->body);
	count_users(kind->body, own, seen);
	for (int s = 0; s < S_COUNT; s++)
		if (own[s] != 0 && users[s] == 1 && s != kind->body)
			put_struct(b, (enum struct_id)s);
}

static void
put_rules(struct buf *b)
{
	buf_str(b, "## 7 Rules between fields\n\n| rule | of | at | |\n|---|---|---|---|\n");
	for (int s = 0; s < S_COUNT; s++) {
		const struct rule *rule;

		for (size_t n = tables_struct_rules((enum struct_id)s, &rule); n > 0; n--, rule++)
			buf_fmt(b, "|R-%02u|%s|%s|%s|\n", rule->number, tables_struct[s].name, rule->field, rule->text);
	}
}

void
schema_markdown(struct buf *b)
{
	unsigned users[S_COUNT] = { 0 };
	bool envelope[S_COUNT] = { false };

	put_types(b);
	count_users(S_ENVELOPE, users, envelope);
	for (int k = 1; k < KIND_COUNT; k++) {
		bool seen[S_COUNT] = { false };

		count_users(tables_kind[k].body, users, seen);
	}
	buf_str(b, "## 4 Envelope and common structs\n\n");
	for (int s = 0; s < S_COUNT; s++)
		if (envelope[s] || users[s] > 1)
			put_struct(b, (enum struct_id)s);
	buf_str(b, "## 5 Bodies\n\n");
	for (int k = 1; k < KIND_COUNT; k++)
		put_kind(b, (enum kind)k, users);
	buf_str(b, "## 6 Words\n\n| list | words |\n|---|---|\n");
	for (int v = 0; v < V_COUNT; v++) {
		buf_fmt(b, "|%s|", tables_vocab[v].name);
		put_words(b, (enum vocab_id)v);
		buf_str(b, "|\n");
	}
	buf_str(b, "\n");
	put_rules(b);
}
