/* kinds: what records there are and what they hold, from the tables that validate them. */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "cli/say.h"
#include "cli/table.h"
#include "record/schema.h"
#include "record/tables.h"

static int
list_kinds(const struct cli *c)
{
	static const char *const head[] = { "kind", "what it is" };
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	struct table t;

	table_start(&t, c, head, 2);
	jo_open(&o, NULL, '[');
	for (int k = KIND_NONE + 1; k < KIND_COUNT; k++) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "kind", kind_code((enum kind)k));
		jo_str(&o, "title", tables_kind[k].title);
		jo_str(&o, "help", tables_kind[k].help);
		jo_close(&o, '}');
		table_cell(&t, PAINT_STRONG, "%s", kind_code((enum kind)k));
		table_cell(&t, PAINT_NONE, "%s", tables_kind[k].help);
	}
	jo_close(&o, ']');
	if (c->json)
		say_json(c, &b);
	else
		table_end(&t, 2);
	if (!c->json)
		say(c, "\n`diwan kinds KIND` shows its fields, `diwan kinds envelope` those that every record has, and `diwan "
		    "kinds LIST` the\n"
		    "words of a list, for example `diwan kinds purpose`.\n");
	table_drop(&t);
	buf_free(&b);
	return OK;
}

static void
print_words(const struct cli *c, enum vocab_id v)
{
	static const char *const head[] = { "word", "what it means" };
	struct table t;

	say(c, "%s: %s\n\n", tables_vocab[v].name, tables_vocab[v].help);
	table_start(&t, c, head, 2);
	t.wrap = true;
	for (unsigned i = 0; i < tables_words(v); i++) {
		table_cell(&t, PAINT_STRONG, "%s", tables_word_at(v, (int)i));
		table_cell(&t, PAINT_NONE, "%s", tables_word[tables_vocab[v].first + i].help);
	}
	table_end(&t, 2);
}

static void
put_words(struct json_out *o, enum vocab_id v)
{
	jo_open(o, NULL, '{');
	jo_str(o, "list", tables_vocab[v].name);
	jo_open(o, "words", '[');
	for (unsigned i = 0; i < tables_words(v); i++) {
		jo_open(o, NULL, '{');
		jo_str(o, "word", tables_word_at(v, (int)i));
		jo_str(o, "help", tables_word[tables_vocab[v].first + i].help);
		jo_close(o, '}');
	}
	jo_close(o, ']');
	jo_close(o, '}');
}

static void
print_fields(const struct cli *c, enum struct_id s)
{
	static const char *const head[] = { "field", "", "type", "what it is" };
	struct table t;

	table_start(&t, c, head, 4);
	t.wrap = true;
	for (unsigned i = 0; i < tables_fields(s); i++) {
		const struct field *f = &tables_field[tables_struct[s].first + i];
		char type[160];

		schema_type_text(f, type, sizeof type);
		table_cell(&t, PAINT_STRONG, "%s", f->name);
		table_cell(&t, PAINT_WARN, "%s", f->need == MUST ? "must" : "");
		table_cell(&t, PAINT_NONE, "%s", type);
		table_cell(&t, PAINT_NONE, "%s", f->help);
	}
	table_end(&t, 2);
}

static void
put_fields(struct json_out *o, enum struct_id s)
{
	jo_open(o, "fields", '[');
	for (unsigned i = 0; i < tables_fields(s); i++) {
		const struct field *f = &tables_field[tables_struct[s].first + i];
		char type[160];

		schema_type_text(f, type, sizeof type);
		jo_open(o, NULL, '{');
		jo_str(o, "name", f->name);
		jo_bool(o, "needed", f->need == MUST);
		jo_str(o, "type", type);
		jo_str(o, "help", f->help);
		jo_close(o, '}');
	}
	jo_close(o, ']');
}

/* One struct: the body of a kind, the envelope, or a part such as "person". */
static int
show_struct(const struct cli *c, enum struct_id s, enum kind kind)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	if (c->json) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "name", tables_struct[s].name);
		jo_str(&o, "help", kind != KIND_NONE ? tables_kind[kind].help : tables_struct[s].help);
		put_fields(&o, s);
		if (kind != KIND_NONE) {
			jo_open(&o, "states", '[');
			for (unsigned i = 0; i < tables_words((enum vocab_id)tables_kind[kind].states); i++)
				jo_str(&o, NULL, tables_word_at((enum vocab_id)tables_kind[kind].states, (int)i));
			jo_close(&o, ']');
		}
		jo_close(&o, '}');
		say_json(c, &b);
		buf_free(&b);
		return OK;
	}
	say(c, "%s: %s\n\n", kind != KIND_NONE ? tables_kind[kind].title : tables_struct[s].name, kind != KIND_NONE ?
	    tables_kind[kind].help : tables_struct[s].help);
	print_fields(c, s);
	if (kind != KIND_NONE) {
		say(c, "\n");
		print_words(c, (enum vocab_id)tables_kind[kind].states);
	}
	return OK;
}

static int
show_list(const struct cli *c, enum vocab_id v)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	if (c->json) {
		put_words(&o, v);
		say_json(c, &b);
	} else {
		print_words(c, v);
	}
	buf_free(&b);
	return OK;
}

static int
print_schema(const struct cli *c, enum kind k)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	record_schema(k, &o);
	say_json(c, &b);
	buf_free(&b);
	return OK;
}

int
cmd_kinds(struct cli *c, struct err *e)
{
	bool schema = args_get(c, "schema") != NULL;
	const char *name = c->args[0];
	enum kind k;

	if (c->args_count == 0)
		return schema ? err_set(e, ERR_USAGE, "--schema needs a kind: diwan kinds incident --schema") : list_kinds(c);
	if ((k = kind_from(name, strlen(name))) != KIND_NONE)
		return schema ? print_schema(c, k) : show_struct(c, (enum struct_id)tables_kind[k].body, k);
	if (schema)
		return err_set(e, ERR_USAGE, "--schema: \"%s\" is no kind; `diwan kinds` lists them", name);
	for (int s = 0; s < S_COUNT; s++)
		if (strcasecmp(tables_struct[s].name, name) == 0)
			return show_struct(c, (enum struct_id)s, KIND_NONE);
	for (int v = 0; v < V_COUNT; v++)
		if (strcasecmp(tables_vocab[v].name, name) == 0)
			return show_list(c, (enum vocab_id)v);
	return err_set(e, ERR_NOTFOUND, "there is no kind, part or list \"%.40s\"; `diwan kinds` lists the kinds", name);
}
