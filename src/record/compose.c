#include "record/compose.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/rows.h"

void
compose_start(struct draft *d, enum kind kind)
{
	const struct inst never = { WHEN_NONE, 0 };

	*d = (struct draft){ .kind = kind, .seq = 1, .tlp = TLP_RED, .pap = TLP_RED };
	d->filed_at = d->effective_from = d->effective_until = never;
	d->review_by = d->delete_by = INT32_MAX;
}

static void
put_str(struct json_out *o, const char *key, const char *s)
{
	if (s != NULL)
		jo_str(o, key, s);
}

static void
put_hex(struct json_out *o, const char *key, const uint8_t *bytes, size_t len)
{
	char hex[2 * RECORD_HASH_BYTES + 1];

	hex_encode(hex, bytes, len);
	jo_str(o, key, hex);
}

static void
put_inst(struct json_out *o, const char *key, struct inst t)
{
	char text[INST_LEN];

	if (t.ms == WHEN_NONE)
		return;
	inst_format(text, t);
	jo_str(o, key, text);
}

static void
put_date(struct json_out *o, const char *key, int32_t days)
{
	char text[DATE_LEN];

	if (days == INT32_MAX)
		return;
	date_format(text, days);
	jo_str(o, key, text);
}

static void
put_list(struct json_out *o, const char *key, struct draft_list l)
{
	if (l.count == 0)
		return;
	jo_open(o, key, '[');
	for (size_t i = 0; i < l.count; i++)
		jo_str(o, NULL, l.words[i]);
	jo_close(o, ']');
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The delivery list in byte order, each member once. False if there is no memory to sort in. */
static bool
put_delivery(struct json_out *o, struct draft_list l)
{
	const char **sorted;

	if (l.count == 0)
		return true;
	if ((sorted = calloc(l.count, sizeof *sorted)) == NULL)
		return false;
	memcpy(sorted, l.words, l.count * sizeof *sorted);
	qsort(sorted, l.count, sizeof *sorted, by_bytes);
	jo_open(o, "delivery", '[');
	for (size_t i = 0; i < l.count; i++)
		if (i == 0 || strcmp(sorted[i - 1], sorted[i]) != 0)
			jo_str(o, NULL, sorted[i]);
	jo_close(o, ']');
	free(sorted);
	return true;
}

static void
put_basis(struct json_out *o, const struct draft *d)
{
	jo_open(o, "basis", '[');
	for (size_t i = 0; i < d->basis_count; i++) {
		jo_open(o, NULL, '{');
		put_str(o, "instrument", d->basis[i].instrument);
		put_str(o, "article", d->basis[i].article);
		put_str(o, "decision", d->basis[i].decision);
		put_str(o, "consent", d->basis[i].consent);
		jo_close(o, '}');
	}
	jo_close(o, ']');
}

static void
put_purposes(struct json_out *o, uint32_t purposes)
{
	jo_open(o, "purpose", '[');
	for (int p = 1; p <= PURPOSE_MAX; p++)
		if (purposes & PURPOSE_BIT(p))
			jo_str(o, NULL, tables_word_at(V_PURPOSE, p - 1));
	jo_close(o, ']');
}

static void
put_audience(struct json_out *o, const struct draft *d)
{
	jo_open(o, "audience", '{');
	jo_str(o, "base", tables_word_at(V_AUDIENCE_BASE, (int)d->base));
	put_str(o, "of", d->base_arg);
	put_list(o, "members", d->members);
	put_list(o, "exclude", d->exclude);
	put_list(o, "roles", d->roles);
	put_list(o, "persons", d->persons);
	jo_close(o, '}');
}

static void
put_handling(struct json_out *o, const struct draft *d)
{
	if (d->handling == 0)
		return;
	jo_open(o, "handling", '[');
	for (int i = W_HANDLING_H0; i < W_HANDLING_H3; i++)
		if (d->handling & 1 << i)
			jo_str(o, NULL, tables_word_at(V_HANDLING, i));
	if (d->handling & HANDLING_H3) {
		jo_open(o, NULL, '{');
		jo_str(o, "H3", d->h3 != NULL ? d->h3 : "");
		jo_close(o, '}');
	}
	jo_close(o, ']');
}

static void
put_class_and_grade(struct json_out *o, const struct draft *d)
{
	if (d->class_level != 0 || d->class_label != NULL || d->class_mapping != NULL) {
		jo_open(o, "class", '{');
		put_str(o, "label", d->class_label);
		jo_int(o, "level", d->class_level);
		put_str(o, "mapping", d->class_mapping);
		jo_close(o, '}');
	}
	if (d->grade_scheme != NULL || d->grade_source != NULL || d->grade_info != NULL) {
		jo_open(o, "grade", '{');
		put_str(o, "scheme", d->grade_scheme);
		put_str(o, "source", d->grade_source);
		put_str(o, "info", d->grade_info);
		jo_close(o, '}');
	}
}

static void
put_links(struct json_out *o, const struct draft *d)
{
	if (d->links_count == 0)
		return;
	jo_open(o, "links", '[');
	for (size_t i = 0; i < d->links_count; i++) {
		jo_open(o, NULL, '{');
		put_str(o, "ref", d->links[i].ref);
		put_str(o, "rel", d->links[i].rel);
		jo_close(o, '}');
	}
	jo_close(o, ']');
}

/* Who, when, in what state. */
static void
put_head(struct json_out *o, const struct draft *d)
{
	jo_int(o, "diwan", RECORD_SCHEMA);
	jo_str(o, "kind", kind_code(d->kind));
	put_hex(o, "id", d->id, sizeof d->id);
	jo_int(o, "seq", d->seq);
	if (d->seq > 1)
		put_hex(o, "prev", d->prev, sizeof d->prev);
	put_str(o, "mechanism", d->mechanism);
	put_str(o, "channel", d->channel);
	jo_open(o, "origin", '{');
	put_str(o, "member", d->member);
	put_str(o, "authority", d->authority);
	put_str(o, "officer", d->officer);
	jo_close(o, '}');
	put_inst(o, "filed_at", d->filed_at);
	put_inst(o, "effective_from", d->effective_from);
	put_inst(o, "effective_until", d->effective_until);
	jo_str(o, "mode", mode_word(d->mode));
	put_str(o, "state", d->state);
}

/* On what ground, for whom, under which markings. */
static bool
put_markings(struct json_out *o, const struct draft *d)
{
	bool good;

	put_basis(o, d);
	put_purposes(o, d->purposes);
	put_audience(o, d);
	good = put_delivery(o, d->delivery);
	if (d->onward != ONWARD_NONE)
		jo_str(o, "onward", onward_word(d->onward));
	put_handling(o, d);
	jo_str(o, "tlp", tlp_word(d->tlp));
	if (d->pap != d->tlp)
		jo_str(o, "pap", tlp_word(d->pap));
	put_class_and_grade(o, d);
	jo_str(o, "pd", pd_word(d->pd));
	put_date(o, "review_by", d->review_by);
	put_date(o, "delete_by", d->delete_by);
	if (d->announce)
		jo_bool(o, "announce", true);
	put_str(o, "naming", d->naming);
	put_links(o, d);
	return good;
}

int
compose_record(const struct draft *d, const void *body, size_t len, struct buf *out, struct err *e)
{
	struct json_out o = { .b = out };
	struct arena check = { 0 };
	struct record r;
	size_t start = out->len;
	bool good;
	int rc;

	jo_open(&o, NULL, '{');
	put_head(&o, d);
	good = put_markings(&o, d);
	jo_raw(&o, "body", body, len);
	jo_close(&o, '}');
	if (!good || out->failed)
		return err_set(e, ERR_NOMEM, "no memory to write the record");
	rc = record_parse(&check, out->data + start, out->len - start, &r, e);
	arena_free(&check);
	if (rc != OK) {
		out->len = start;
		out->data[start] = '\0';
	}
	return rc;
}
