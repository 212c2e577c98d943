/* Authorities, bodies, classification, channels, naming sets. */
#include <string.h>

#include "charter/read.h"

static void
read_may(struct reading *x, const struct yaml *v, void *to)
{
	static const char *const words[] = { "file", "see", "act", "approve" };

	if (!is_list(x, v))
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		int n = read_word(x, k, words, 4);

		if (n >= 0)
			/* MAY_FILE, MAY_SEE, MAY_ACT, MAY_APPROVE in this order */
			*(uint8_t *)to |= (uint8_t)(1u << n);
	}
}

static void
read_competences(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("may", true, read_may, struct charter_competence, may),
		FIELD("purposes", true, read_purposes, struct charter_competence, purposes),
		FIELD("kinds", true, read_kinds, struct charter_competence, kinds),
	};
	const struct charter_competence blank = { 0, 0, 0 };
	const struct rows shape = ROWS("a competence", fields, blank, ROWS_NO_SPAN, ROWS_NO_AT);
	struct charter_authority *a = to;
	void *rows = NULL;

	a->competences_count = read_rows(x, v, &shape, &rows);
	a->competences = rows;
}

static void
read_type(struct reading *x, const struct yaml *v, void *to)
{
	static const char *const words[] = { "national coordinator", "single point of contact", "police", "customs",
	    "border", "drug agency",
		"financial intelligence", "security", "defence", "emergency", "foreign ministry", "oversight",
		    "liaison",
		"border representative" };
	int n = read_word(x, v, words, AUTH_TYPE_COUNT);

	if (n >= 0)
		*(enum authority_type *)to = (enum authority_type)n;
}

void
read_authorities(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("member", true, read_code, struct charter_authority, member),
		FIELD("name", false, read_names, struct charter_authority, names),
		FIELD("type", true, read_type, struct charter_authority, type),
		FIELD("from", false, read_from, struct charter_authority, valid.from),
		FIELD("to", false, read_to, struct charter_authority, valid.until),
		{ "competences", true, read_competences, 0 },
		FIELD("note", false, read_text, struct charter_authority, note),
		FIELD("source", false, read_text, struct charter_authority, source),
	};

	(void)to;
	if (!is_map(x, v) || (x->ch->authorities = read_room(x, v->count, sizeof *x->ch->authorities)) == NULL)
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		struct charter_authority a = { .code = k->key, .at = k, .valid = SPAN_ALWAYS };

		read_name_code(x, k, k->key, k->key_line, k->key_col);
		if (!READ_MAP(x, k, "an authority", fields, &a))
			continue;
		check_span(x, k, a.valid);
		x->ch->authorities[x->ch->authorities_count++] = a;
	}
}

static void
read_standings(struct reading *x, const struct yaml *v, void *to)
{
	if (!is_list(x, v))
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		enum standing s = STANDING_COUNT;

		read_standing(x, k, &s);
		if (s != STANDING_COUNT)
			*(uint32_t *)to |= 1u << s;
	}
}

void
read_bodies(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("name", true, read_names, struct charter_body, names),
		FIELD("everyone with status", false, read_standings, struct charter_body, standings),
		FIELD("members", false, read_codes, struct charter_body, members),
		FIELD("note", false, read_text, struct charter_body, note),
		FIELD("source", false, read_text, struct charter_body, source),
	};

	(void)to;
	if (!is_map(x, v) || (x->ch->bodies = read_room(x, v->count, sizeof *x->ch->bodies)) == NULL)
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		struct charter_body b = { .code = k->key, .at = k };

		read_name_code(x, k, k->key, k->key_line, k->key_col);
		if (READ_MAP(x, k, "a body", fields, &b))
			x->ch->bodies[x->ch->bodies_count++] = b;
	}
}

void
read_mappings(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("under", true, read_code, struct charter_mapping, under),
		FIELD("between", false, read_codes, struct charter_mapping, between),
		FIELD("from", false, read_from, struct charter_mapping, span.from),
		FIELD("to", false, read_to, struct charter_mapping, span.until),
		FIELD("source", false, read_text, struct charter_mapping, source),
	};
	const struct charter_mapping blank = { .span = SPAN_ALWAYS };
	const struct rows shape = ROWS("a classification mapping", fields, blank,
	    offsetof(struct charter_mapping, span), offsetof(struct charter_mapping, at));
	void *rows = NULL;

	(void)to;
	x->ch->mappings_count = read_rows(x, v, &shape, &rows);
	x->ch->mappings = rows;
}

void
read_channels(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("under", true, read_code, struct charter_channel, under),
		FIELD("kinds", true, read_kinds, struct charter_channel, kinds),
		FIELD("purposes", true, read_purposes, struct charter_channel, purposes),
		FIELD("note", false, read_text, struct charter_channel, note),
		FIELD("source", false, read_text, struct charter_channel, source),
	};

	(void)to;
	if (!is_map(x, v) || (x->ch->channels = read_room(x, v->count, sizeof *x->ch->channels)) == NULL)
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		struct charter_channel c = { .code = k->key, .at = k };

		read_name_code(x, k, k->key, k->key_line, k->key_col);
		if (READ_MAP(x, k, "a channel", fields, &c))
			x->ch->channels[x->ch->channels_count++] = c;
	}
}

static void
read_terms(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("as", true, read_text, struct term_row, denomination),
		FIELD("footnote", false, read_text, struct term_row, footnote),
	};
	struct charter_naming *n = to;

	if (!is_map(x, v) || (n->terms = read_room(x, v->count, sizeof *n->terms)) == NULL)
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		struct term_row t = { k->key, NULL, NULL };

		read_name_code(x, k, k->key, k->key_line, k->key_col);
		if (READ_MAP(x, k, "a name", fields, &t))
			n->terms[n->terms_count++] = t;
	}
}

void
read_namings(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("for", true, read_codes, struct charter_naming, audience),
		{ "names", true, read_terms, 0 },
		FIELD("source", false, read_text, struct charter_naming, source),
	};

	(void)to;
	if (!is_map(x, v) || (x->ch->namings = read_room(x, v->count, sizeof *x->ch->namings)) == NULL)
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		struct charter_naming n = { .code = k->key, .at = k };

		read_name_code(x, k, k->key, k->key_line, k->key_col);
		if (READ_MAP(x, k, "a naming set", fields, &n))
			x->ch->namings[x->ch->namings_count++] = n;
	}
}
