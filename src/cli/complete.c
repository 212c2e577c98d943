#include "cli/complete.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/raw.h"
#include "law/intern.h"

static const struct json_limits limits = { RECORD_MAX_BYTES, RECORD_MAX_DEPTH, RECORD_MAX_NODES };

/* ---- one record ---- */

struct filling {
	const struct complete *k;
	struct arena one;
	struct raw piece[COMPLETE_FIELDS];
};

static void
set(struct filling *f, const char *name, char *text)
{
	f->piece[complete_row(name)] = (struct raw){ text, text == NULL ? 0 : strlen(text) };
}

static bool
has(const struct filling *f, const char *name)
{
	return f->piece[complete_row(name)].s != NULL;
}

/* The string that stands in piece ${name}; empty if there is none. The quotes are left out, escapes stay (codes have none). */
static struct slice
word_in(const struct filling *f, const char *name)
{
	const struct raw *p = &f->piece[complete_row(name)];
	size_t len = p->len;

	while (len > 0 && p->s[len - 1] != '"')
		len--;
	return len < 2 ? (struct slice){ NULL, 0 } : (struct slice){ p->s + 1, (uint32_t)(len - 2) };
}

static int
take_members(struct filling *f, const char *text, size_t len, const struct json *root, struct err *e)
{
	unsigned hint = 0;

	for (const struct json *m = root->child; m != NULL; m = m->next) {
		const struct field *row = tables_find_field(S_ENVELOPE, m->key, m->key_len, &hint);

		if (row == NULL)
			return err_set(e, ERR_UNKNOWN, "%.*s: is no member of a record's envelope; `diwan kinds` lists them",
			    m->key_len > 60 ? 60 : (int)m->key_len, m->key);
		f->piece[row - &tables_field[tables_struct[S_ENVELOPE].first]] = raw_value(text, len, m);
	}
	return OK;
}

static void
take_options(struct filling *f)
{
	for (unsigned i = 0; i < COMPLETE_FIELDS; i++)
		if (f->piece[i].s == NULL && f->k->option[i] != NULL)
			f->piece[i] = (struct raw){ f->k->option[i], strlen(f->k->option[i]) };
}

/* What the version before said, save what belongs to that version alone. */
static void
take_base(struct filling *f)
{
	unsigned hint = 0;

	if (f->k->base == NULL)
		return;
	for (const struct json *m = f->k->base->child; m != NULL; m = m->next) {
		const struct field *row = tables_find_field(S_ENVELOPE, m->key, m->key_len, &hint);
		struct raw *p = row == NULL ? NULL : &f->piece[row - &tables_field[tables_struct[S_ENVELOPE].first]];

		if (p == NULL || p->s != NULL || strcmp(row->name, "seq") == 0 || strcmp(row->name, "prev") == 0 ||
		    strcmp(row->name, "filed_at") == 0 || strcmp(row->name, "delivery") == 0)
			continue;
		*p = raw_value(f->k->base_text, strlen(f->k->base_text), m);
	}
	if (!has(f, "seq"))
		set(f, "seq", arena_fmt(&f->one, "%u", (unsigned)f->k->next_seq));
	if (!has(f, "prev"))
		set(f, "prev", arena_fmt(&f->one, "\"%s\"", f->k->prev));
}

const char *
complete_authority(const struct registry *reg, int member, enum kind kind, uint32_t purposes, int32_t day)
{
	const char *first = NULL;

	for (uint32_t i = 0; i < reg->authorities_count; i++) {
		bool may = true;

		if (reg->authorities[i].member != member || !span_has(reg->authorities[i].valid, day))
			continue;
		if (first == NULL)
			first = reg->authorities[i].code;
		for (int p = 1; p <= PURPOSE_MAX && may; p++)
			may = !(purposes & PURPOSE_BIT(p)) || registry_may(reg, (int)i, p, kind, MAY_FILE, day);
		if (may)
			return reg->authorities[i].code;
	}
	return first;
}

static char *
first_live_state(struct filling *f)
{
	struct slice word = word_in(f, "kind");
	enum kind kind = word.s == NULL ? KIND_NONE : kind_from(word.s, word.len);

	if (kind == KIND_NONE)
		return NULL;
	for (unsigned i = 0; i < tables_words((enum vocab_id)tables_kind[kind].states); i++) {
		const char *s = tables_word_at((enum vocab_id)tables_kind[kind].states, (int)i);

		if (law_state_class(kind, s, strlen(s)) == STATE_LIVE)
			return complete_quoted(&f->one, s, strlen(s));
	}
	return NULL;
}

static const struct law_channel *
channel_of(const struct filling *f)
{
	const struct registry *reg = node_registry(f->k->node);
	struct slice word = word_in(f, "channel");
	int channel = word.s == NULL ? LAW_NONE : registry_channel(reg, word.s, word.len);

	return channel == LAW_NONE ? NULL : &reg->channels[channel];
}

/* A channel with a single purpose says it. */
static void
take_channel(struct filling *f)
{
	const struct law_channel *ch = channel_of(f);

	if (!has(f, "purpose") && ch != NULL && __builtin_popcount(ch->purposes) == 1)
		set(f, "purpose", arena_fmt(&f->one, "[\"P%02d\"]", __builtin_ctz(ch->purposes)));
}

/* A basis cannot be guessed: it cites an article. */
static int
check_basis(const struct filling *f, struct err *e)
{
	const struct law_channel *ch = channel_of(f);

	if (has(f, "basis"))
		return OK;
	if (ch == NULL || ch->instrument < 0)
		return err_set(e, ERR_INPUT, "basis: is missing; cite instrument and article: --basis INSTRUMENT:ARTICLE");
	return err_set(e, ERR_INPUT, "basis: is missing; cite the article of the channel's instrument: --basis %s:ARTICLE",
	    node_registry(f->k->node)->instruments[ch->instrument].code);
}

static void
take_defaults(struct filling *f)
{
	const struct complete *k = f->k;
	int64_t now = clock_now_ms(&k->cli->clock) + k->skew_ms;
	uint8_t id[RECORD_ID_BYTES];
	char text[2 * RECORD_ID_BYTES + 1], when[INST_LEN];

	if (!has(f, "diwan"))
		set(f, "diwan", arena_fmt(&f->one, "%d", RECORD_SCHEMA));
	record_new_id(id, now, &rng_system);
	hex_encode(text, id, sizeof id);
	if (!has(f, "id"))
		set(f, "id", arena_fmt(&f->one, "\"%s\"", text));
	if (!has(f, "seq"))
		set(f, "seq", arena_str(&f->one, "1"));
	if (!has(f, "mechanism"))
		set(f, "mechanism", arena_fmt(&f->one, "\"%s\"", node_mechanism(k->node)));
	inst_format(when, (struct inst){ now, 0 });
	if (!has(f, "filed_at"))
		set(f, "filed_at", arena_fmt(&f->one, "\"%s\"", when));
	if (!has(f, "mode"))
		set(f, "mode", arena_str(&f->one, "\"REAL\""));
	if (!has(f, "pd"))
		set(f, "pd", arena_str(&f->one, "\"NONE\""));
	if (!has(f, "state"))
		set(f, "state", first_live_state(f));
	take_channel(f);
}

static void
set_origin(struct filling *f, const char *authority)
{
	const char *given = args_get(f->k->cli, "authority");

	if (given != NULL || authority == NULL)
		authority = given != NULL ? given : "none";	/* the law then says what is missing */
	set(f, "origin", arena_fmt(&f->one, "{\"member\":\"%s\",\"authority\":%s}", node_member(f->k->node),
	    complete_quoted(&f->one, authority, strlen(authority))));
}

static int
write_text(struct filling *f, struct buf *out, struct err *e)
{
	const struct field *rows = &tables_field[tables_struct[S_ENVELOPE].first];

	buf_reset(out);
	for (unsigned i = 0; i < tables_fields(S_ENVELOPE); i++) {
		if (f->piece[i].s == NULL)
			continue;
		buf_fmt(out, "%s\"%s\":", out->len == 0 ? "{" : ",", rows[i].name);
		raw_compact(out, f->piece[i]);
	}
	buf_str(out, "}");
	return out->failed ? err_set(e, ERR_NOMEM, "no memory to complete a record") : OK;
}

static void
set_delivery(struct filling *f, const struct record *r, const struct law_record *law)
{
	const struct registry *reg = node_registry(f->k->node);
	struct mset to = law_resolve_audience(reg, law, ms_to_days(r->filed_at.ms, 0));
	const char *codes[LAW_MEMBERS_MAX];
	struct buf b = { 0 };
	size_t n = 0;

	for (int m = mset_next(&to, 0); m >= 0; m = mset_next(&to, m + 1)) {	/* kept in byte order */
		size_t i = n++;

		for (; i > 0 && strcmp(codes[i - 1], reg->members[m].code) > 0; i--)
			codes[i] = codes[i - 1];
		codes[i] = reg->members[m].code;
	}
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s\"%s\"", i == 0 ? "[" : ",", codes[i]);
	buf_str(&b, "]");
	set(f, "delivery", n == 0 ? NULL : arena_str(&f->one, buf_cstr(&b)));
	buf_free(&b);
}

/* First without what can only be known from the whole, then with it. */
static int
fill(struct filling *f, struct buf *out, struct err *e)
{
	const struct registry *reg = node_registry(f->k->node);
	bool own_origin = has(f, "origin") && args_get(f->k->cli, "authority") == NULL, own_delivery = has(f, "delivery");
	struct law_record *law = arena_alloc(&f->one, sizeof *law);
	struct record r;
	const char *authority;
	int rc;

	if (law == NULL)
		return err_set(e, ERR_NOMEM, "no memory to complete a record");
	if ((rc = check_basis(f, e)) != OK)
		return rc;
	if (!own_origin)
		set_origin(f, "none");
	if (!own_delivery)
		set(f, "delivery", arena_fmt(&f->one, "[\"%s\"]", node_member(f->k->node)));
	if ((rc = write_text(f, out, e)) != OK || (rc = record_parse(&f->one, out->data, out->len, &r, e)) != OK)
		return rc;
	if (!own_origin) {
		authority = complete_authority(reg, node_own(f->k->node), r.kind, r.purposes, ms_to_days(r.filed_at.ms, 0));
		if (authority == NULL && args_get(f->k->cli, "authority") == NULL)
			return err_set(e, ERR_LAW, "origin: the charter gives %s no authority that is valid on that day",
			    node_member(f->k->node));
		set_origin(f, authority);
	}
	if (!own_delivery) {
		if ((rc = law_intern(reg, &r, &f->one, law, e)) != OK)
			return rc;
		set_delivery(f, &r, law);
	}
	if ((rc = write_text(f, out, e)) != OK)
		return rc;
	return record_parse(&f->one, out->data, out->len, &r, e);
}

int
complete_record(const struct complete *k, const char *text, size_t len, struct buf *out, struct err *e)
{
	struct filling f = { .k = k };
	struct json *root;
	int rc;

	if ((rc = json_parse(&f.one, text, len, &limits, &root, e)) == OK && root->type != JSON_OBJECT)
		rc = err_set(e, ERR_INPUT, "a record is a JSON object");
	if (rc == OK && (rc = take_members(&f, text, len, root, e)) == OK) {
		take_options(&f);
		take_base(&f);
		take_defaults(&f);
		rc = fill(&f, out, e);
	}
	arena_free(&f.one);
	return rc;
}
