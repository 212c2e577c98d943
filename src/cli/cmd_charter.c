/* charter: check a file, or show what a charter says. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/text.h"
#include "charter/charter.h"
#include "cli/local.h"
#include "cli/say.h"
#include "cli/table.h"

struct reading {			/* a charter, from a file or from a node */
	struct buf text;
	struct arena a;
	struct charter *charter;
	struct registry *reg;
};

static void
reading_free(struct reading *r)
{
	buf_free(&r->text);
	arena_free(&r->a);
}

/* ---- check ---- */

static void
put_complaints(const struct cli *c, const struct complaints *list)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	jo_open(&o, NULL, '{');
	jo_bool(&o, "ok", list->count == 0);
	jo_open(&o, "complaints", '[');
	for (uint32_t i = 0; i < list->count; i++) {
		jo_open(&o, NULL, '{');
		jo_int(&o, "line", list->list[i].line);
		jo_int(&o, "col", list->list[i].col);
		jo_str(&o, "rule", list->list[i].rule);
		jo_str(&o, "text", list->list[i].text);
		jo_close(&o, '}');
	}
	jo_close(&o, ']');
	jo_int(&o, "more", list->dropped);
	jo_close(&o, '}');
	say_json(c, &b);
	buf_free(&b);
}

static void
print_sound(const struct cli *c, const struct charter *ch)
{
	char hash[65];

	hex_encode(hash, ch->hash, sizeof ch->hash);
	say_in(c, PAINT_GOOD, "Sound");
	say(c, ": %s, %u members, %u instruments, %u authorities, %u channels.\nIts hash, the same for every member: %s\n",
	    ch->mechanism, ch->members_count, ch->instruments_count, ch->authorities_count, ch->channels_count, hash);
	for (uint32_t i = 0; i < ch->members_count; i++)
		say(c, "%s%s", i == 0 ? "Members: " : ", ", ch->members[i].code);
	for (uint32_t i = 0; i < ch->channels_count; i++)
		say(c, "%s%s", i == 0 ? "\nChannels: " : ", ", ch->channels[i].code);
	say(c, "\n");
}

static int
check(const struct cli *c, const char *path, struct err *e)
{
	static struct complaints list;
	struct reading r = { 0 };
	struct buf text = { 0 };
	int rc = local_slurp(path, CHARTER_MAX_BYTES, &r.text, e);
	bool sound;

	if (rc != OK)
		return rc;
	sound = charter_check(&r.a, path, buf_cstr(&r.text), r.text.len, &r.charter, &list);
	if (c->json)
		put_complaints(c, &list);
	else if (sound)
		print_sound(c, r.charter);
	complaints_write(&list, &text);
	if (!sound && !c->json)
		say(c, "%s", buf_cstr(&text));
	if (!sound && !c->json && list.dropped > 0)
		say(c, "... and %u more.\n", list.dropped);
	buf_free(&text);
	reading_free(&r);
	return sound ? OK : CLI_FAILED;
}

/* ---- show ---- */

static const char *
name_of(const struct cli *c, const struct charter_names *names)
{
	for (uint32_t i = 0; i < names->count; i++)
		if (strcmp(names->rows[i].lang, c->lang) == 0)
			return names->rows[i].text;
	return names->count > 0 ? names->rows[0].text : "";
}

static void
words_of_purposes(uint32_t purposes, struct buf *out)
{
	for (unsigned p = 1; p <= PURPOSE_MAX; p++)
		if (purposes & PURPOSE_BIT(p))
			buf_fmt(out, "%sP%02u", out->len == 0 ? "" : " ", p);
}

static void
words_of_kinds(uint32_t kinds, struct buf *out)
{
	size_t start = out->len;

	if ((kinds & KINDS_ALL) == KINDS_ALL)
		buf_str(out, "all");
	for (int k = KIND_NONE + 1; k < KIND_COUNT && (kinds & KINDS_ALL) != KINDS_ALL; k++)
		if (kinds & KIND_BIT(k))
			buf_fmt(out, "%s%s", out->len == start ? "" : " ", kind_code((enum kind)k));
}

/* Who is bound by what on ${day}: the matrix that everything else rests on. */
static void
print_matrix(const struct cli *c, const struct reading *r, int32_t day)
{
	const char *head[TABLE_COLUMNS] = { "instrument" };
	uint32_t shown = r->reg->members_count < TABLE_COLUMNS - 1 ? r->reg->members_count : TABLE_COLUMNS - 1;
	struct table t;

	for (uint32_t m = 0; m < shown; m++)
		head[m + 1] = r->reg->members[m].code;
	table_start(&t, c, head, shown + 1);
	for (uint32_t i = 0; i < r->reg->instruments_count; i++) {
		table_cell(&t, PAINT_STRONG, "%s", r->reg->instruments[i].code);
		for (uint32_t m = 0; m < shown; m++) {
			enum binding b = registry_bound(r->reg, (int)i, (int)m, day);

			table_cell(&t, binding_binds(b) ? PAINT_GOOD : b == BINDING_NOT_PARTY ? PAINT_DIM : PAINT_WARN, "%s",
			    binding_word(b));
		}
	}
	table_end(&t, 2);
	if (shown < r->reg->members_count)
		say(c, "  (%u more members: --json shows all)\n", r->reg->members_count - shown);
}

static void
print_members(const struct cli *c, const struct reading *r, int32_t day)
{
	static const char *const head[] = { "member", "standing", "name" };
	struct table t;

	table_start(&t, c, head, 3);
	for (uint32_t m = 0; m < r->reg->members_count; m++) {
		table_cell(&t, PAINT_STRONG, "%s", r->reg->members[m].code);
		table_cell(&t, PAINT_NONE, "%s", standing_word(registry_standing_on(r->reg, (int)m, day, NULL)));
		table_cell(&t, PAINT_NONE, "%s", name_of(c, &r->charter->members[m].names));
	}
	table_end(&t, 2);
}

static void
print_authorities(const struct cli *c, const struct reading *r, int32_t day)
{
	static const char *const head[] = { "authority", "member", "type", "valid", "name" };
	struct table t;

	table_start(&t, c, head, 5);
	for (uint32_t i = 0; i < r->reg->authorities_count; i++) {
		const struct law_authority *a = &r->reg->authorities[i];

		table_cell(&t, PAINT_STRONG, "%s", a->code);
		table_cell(&t, PAINT_NONE, "%s", r->reg->members[a->member].code);
		table_cell(&t, PAINT_NONE, "%s", authority_type_word(a->type));
		table_cell(&t, PAINT_NONE, "%s", span_has(a->valid, day) ? "yes" : "no");
		table_cell(&t, PAINT_NONE, "%s", name_of(c, &r->charter->authorities[i].names));
	}
	table_end(&t, 2);
}

static void
print_channels(const struct cli *c, const struct reading *r)
{
	static const char *const head[] = { "channel", "under", "purposes", "kinds" };
	struct table t;

	table_start(&t, c, head, 4);
	t.wrap = true;
	for (uint32_t i = 0; i < r->reg->channels_count; i++) {
		const struct law_channel *ch = &r->reg->channels[i];
		struct buf purposes = { 0 }, kinds = { 0 };

		words_of_purposes(ch->purposes, &purposes);
		words_of_kinds(ch->kinds, &kinds);
		table_cell(&t, PAINT_STRONG, "%s", ch->code);
		table_cell(&t, PAINT_NONE, "%s", ch->instrument >= 0 ? r->reg->instruments[ch->instrument].code : "");
		table_cell(&t, PAINT_NONE, "%s", buf_cstr(&purposes));
		table_cell(&t, PAINT_NONE, "%s", buf_cstr(&kinds));
		buf_free(&purposes);
		buf_free(&kinds);
	}
	table_end(&t, 2);
}

static void
print_people(const struct cli *c, const struct reading *r, int32_t day)
{
	char date[DATE_LEN];

	date_format(date, day);
	say_in(c, PAINT_STRONG, "%s", r->charter->mechanism);
	say(c, ", as it stands on %s\n", date);
	say_block(c, 0, TABLE_WIDTH, name_of(c, &r->charter->names), strlen(name_of(c, &r->charter->names)));
	say(c, "\n");
	print_members(c, r, day);
	say(c, "\n");
	print_matrix(c, r, day);
	say(c, "\n");
	print_authorities(c, r, day);
	say(c, "\n");
	print_channels(c, r);
}

static void
put_instruments(struct json_out *o, const struct reading *r, int32_t day)
{
	jo_open(o, "instruments", '[');
	for (uint32_t i = 0; i < r->reg->instruments_count; i++) {
		jo_open(o, NULL, '{');
		jo_str(o, "code", r->reg->instruments[i].code);
		jo_open(o, "bindings", '{');
		for (uint32_t m = 0; m < r->reg->members_count; m++)
			jo_str(o, r->reg->members[m].code, binding_word(registry_bound(r->reg, (int)i, (int)m, day)));
		jo_close(o, '}');
		jo_close(o, '}');
	}
	jo_close(o, ']');
}

static void
put_words(struct json_out *o, const char *key, void (*words)(uint32_t set, struct buf *out), uint32_t set)
{
	struct buf b = { 0 };

	words(set, &b);
	jo_str(o, key, buf_cstr(&b));
	buf_free(&b);
}

static void
put_json(const struct cli *c, const struct reading *r, int32_t day)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	char text[65];

	jo_open(&o, NULL, '{');
	jo_str(&o, "mechanism", r->charter->mechanism);
	hex_encode(text, r->charter->hash, sizeof r->charter->hash);
	jo_str(&o, "hash", text);
	date_format(text, day);
	jo_str(&o, "as_of", text);
	jo_open(&o, "members", '[');
	for (uint32_t m = 0; m < r->reg->members_count; m++) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "code", r->reg->members[m].code);
		jo_str(&o, "standing", standing_word(registry_standing_on(r->reg, (int)m, day, NULL)));
		jo_str(&o, "name", name_of(c, &r->charter->members[m].names));
		jo_close(&o, '}');
	}
	jo_close(&o, ']');
	put_instruments(&o, r, day);
	jo_open(&o, "authorities", '[');
	for (uint32_t i = 0; i < r->reg->authorities_count; i++) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "code", r->reg->authorities[i].code);
		jo_str(&o, "member", r->reg->members[r->reg->authorities[i].member].code);
		jo_str(&o, "type", authority_type_word(r->reg->authorities[i].type));
		jo_bool(&o, "valid", span_has(r->reg->authorities[i].valid, day));
		jo_close(&o, '}');
	}
	jo_close(&o, ']');
	jo_open(&o, "channels", '[');
	for (uint32_t i = 0; i < r->reg->channels_count; i++) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "code", r->reg->channels[i].code);
		put_words(&o, "purposes", words_of_purposes, r->reg->channels[i].purposes);
		put_words(&o, "kinds", words_of_kinds, r->reg->channels[i].kinds);
		jo_close(&o, '}');
	}
	jo_close(&o, ']');
	jo_close(&o, '}');
	say_json(c, &b);
	buf_free(&b);
}

/* The text from a node's store, if ${path} is a folder, else from the file. */
static int
read_text(const struct cli *c, const char *path, struct buf *text, struct err *e)
{
	struct local l;
	struct stat st;
	int rc;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return local_slurp(path, CHARTER_MAX_BYTES, text, e);
	if ((rc = local_read(&l, c, path, e)) != OK)
		return rc;
	rc = store_meta_get(l.reader, "node/charter", text, e);
	local_close(&l);
	return rc;
}

static int
show(const struct cli *c, const char *path, struct err *e)
{
	struct reading r = { 0 };
	int32_t day = ms_to_days(clock_now_ms(&c->clock), 0);
	int rc;

	if ((rc = args_date(c, "as-of", &day, e)) == OK && (rc = read_text(c, path, &r.text, e)) == OK &&
	    (rc = charter_read(&r.a, path, r.text.data, r.text.len, &r.charter, e)) == OK &&
	    (rc = charter_registry(r.charter, &r.a, &r.reg, e)) == OK) {
		if (c->json)
			put_json(c, &r, day);
		else
			print_people(c, &r, day);
	}
	reading_free(&r);
	return rc;
}

int
cmd_charter(struct cli *c, struct err *e)
{
	if (strcmp(c->args[0], "show") == 0)
		return show(c, c->args[1], e);
	if (strcmp(c->args[0], "check") != 0)
		return err_set(e, ERR_USAGE, "charter: \"%.40s\" is neither check nor show", c->args[0]);
	if (args_get(c, "as-of") != NULL)
		return err_set(e, ERR_USAGE, "--as-of goes with charter show");
	return check(c, c->args[1], e);
}
