#include "record/check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "body.facts[0].text" into ${out}; what does not fit is left out. */
static size_t
path(const struct at *at, char *out, size_t cap)
{
	size_t n;
	int w;

	if (at == NULL)
		return 0;
	n = path(at->up, out, cap);
	if (at->name != NULL)
		w = snprintf(out + n, cap - n, "%s%.*s", n ? "." : "", (int)(at->len > 64 ? 64 : at->len), at->name);
	else
		w = snprintf(out + n, cap - n, "[%u]", at->index);
	return w < 0 || n + (size_t)w >= cap ? cap - 1 : n + (size_t)w;
}

/* What a stranger wrote is quoted in complaints, which end in terminals and logs: only printable ASCII of it. */
static void
only_printable(char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

void
check_complain(struct check *c, int code, const struct at *at, const char *field, const char *fmt, ...)
{
	struct at member = { at, field, field != NULL ? (uint32_t)strlen(field) : 0, 0 };
	char where[256] = "", what[480];
	va_list ap;

	if (c->rc != OK && (c->rc == ERR_UNKNOWN || code != ERR_UNKNOWN))
		return;
	c->rc = code;
	path(field != NULL ? &member : at, where, sizeof where);
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	only_printable(where);
	only_printable(what);
	err_set(c->err, code, "%s%s%s", where, where[0] ? ": " : "", what);
}

#define QUARANTINE "this version cannot judge the record, so it is kept in quarantine: "

static void
complain_of_value(struct check *c, int code, const struct field *f, const struct json *j, const struct at *at, const char *why)
{
	int shown = j->type == JSON_STRING ? (int)(j->len > 64 ? 64 : j->len) : 0;

	if (code == ERR_UNKNOWN)
		check_complain(c, code, at, NULL, "\"%.*s\" %s (%s); " QUARANTINE "correct the word, or upgrade this node", shown,
		    shown ? j->str : "", why, f->type == FT_WORD ? tables_vocab[f->arg].name : "HANDLING");
	else if (f->type == FT_INT && j->type == JSON_INT)
		check_complain(c, code, at, NULL, "must be from %lld to %lld; correct the number", (long long)f->min,
		    (long long)f->max);
	else if (j->type == JSON_REAL)
		check_complain(c, code, at, NULL, "%s; a number with a point or an exponent has no place in a record,"
		    " write decimals as strings", why);
	else
		check_complain(c, code, at, NULL, "%s; correct the value (docs/format.md part 3, type %s)", why,
		    tables_type[f->type].name);
}

static int
by_string(const void *a, const void *b)
{
	const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;
	int c = memcmp(x->str, y->str, x->len < y->len ? x->len : y->len);

	return c != 0 ? c : x->len < y->len ? -1 : x->len > y->len;
}

/* The value that stands twice in a set of strings, or NULL: pairwise when short, else by sorting. */
static const struct json *
twice(struct check *c, const struct json *list)
{
	const struct json *x, *y, **sorted;
	uint32_t n = 0;

	if (list->count <= 16) {
		for (x = list->child; x != NULL; x = x->next)
			for (y = list->child; y != x; y = y->next)
				if (by_string(&x, &y) == 0)
					return x;
		return NULL;
	}
	if ((sorted = arena_alloc(c->arena, list->count * sizeof *sorted)) == NULL) {
		check_complain(c, ERR_NOMEM, NULL, NULL, "no memory to check the record");
		return NULL;
	}
	for (x = list->child; x != NULL; x = x->next)
		sorted[n++] = x;
	qsort(sorted, n, sizeof *sorted, by_string);
	for (uint32_t i = 1; i < n; i++)
		if (by_string(&sorted[i - 1], &sorted[i]) == 0)
			return sorted[i];
	return NULL;
}

/* A text in several languages holds each language once: which of two should be shown? */
static void
check_languages(struct check *c, const struct json *list, const struct at *at)
{
	for (const struct json *x = list->child; x != NULL; x = x->next)
		for (const struct json *y = list->child; y != x; y = y->next) {
			const struct json *a = json_get(x, "lang"), *b = json_get(y, "lang");

			if (by_string(&a, &b) == 0) {
				check_complain(c, ERR_INPUT, at, NULL,
				    "holds the language %.*s twice; keep one text of each language", (int)a->len, a->str);
				return;
			}
		}
}

static void
check_inner(struct check *c, enum struct_id s, const struct json *o, const struct at *at)
{
	struct slot slots[FIELDS_MAX] __attribute__((uninitialized));	/* check_struct clears the ones there are */

	check_struct(c, s, o, at, slots);
}

static void
check_one(struct check *c, const struct field *f, const struct json *j, const struct at *at, struct slot *slot)
{
	const char *why;
	int rc = types_check(f, j, slot, &why);

	if (rc != OK)
		complain_of_value(c, rc, f, j, at, why);
	else if (f->type == FT_STRUCT)
		check_inner(c, f->arg, j, at);
}

static void
check_list(struct check *c, const struct field *f, const struct json *list, const struct at *at, struct slot *slot)
{
	struct at element = { at, NULL, 0, 0 };
	int64_t bits = 0;

	if (list->type != JSON_ARRAY) {
		check_complain(c, ERR_INPUT, at, NULL, "must be a list; put the value in [ ]");
		return;
	}
	if (list->count < f->least || list->count > f->most) {
		check_complain(c, ERR_INPUT, at, NULL, "has %u values; must have from %u to %u", list->count, f->least, f->most);
		return;
	}
	for (const struct json *j = list->child; j != NULL; j = j->next, element.index++) {
		struct slot one = { 0 };

		check_one(c, f, j, &element, &one);
		if (c->rc == ERR_UNKNOWN)
			return;
		if (f->type == FT_WORD || f->type == FT_HANDLING) {
			int64_t bit = f->type == FT_WORD ? INT64_C(1) << one.v : one.v;

			if (f->shape == SHAPE_SET && (bits & bit))
				check_complain(c, ERR_INPUT, &element, NULL, "stands twice; keep one");
			bits |= bit;
		}
	}
	slot->v = bits;
	if (c->rc != OK)
		return;
	if (f->shape == SHAPE_SET && f->type != FT_WORD && f->type != FT_HANDLING) {
		const struct json *j = twice(c, list);

		if (j != NULL)
			check_complain(c, ERR_INPUT, at, NULL, "holds \"%.*s\" twice; keep one",
			    (int)(j->len > 64 ? 64 : j->len), j->str);
	} else if (f->type == FT_STRUCT && f->arg == S_MTEXT && list->count > 1) {
		check_languages(c, list, at);
	}
}

static void
check_missing(struct check *c, enum struct_id s, const struct at *at, const struct slot *slots)
{
	const struct field *row = &tables_field[tables_struct[s].first];

	for (unsigned i = 0, n = tables_fields(s); i < n; i++)
		if (row[i].need == MUST && slots[i].j == NULL)
			check_complain(c, ERR_INPUT, at, row[i].name, "is missing; it is required");
}

void
check_struct(struct check *c, enum struct_id s, const struct json *o, const struct at *at, struct slot *slots)
{
	const struct field *row = &tables_field[tables_struct[s].first], *f;
	unsigned hint = 0;

	assert(tables_fields(s) <= FIELDS_MAX);
	memset(slots, 0, tables_fields(s) * sizeof *slots);
	for (const struct json *j = o->child; j != NULL; j = j->next) {
		struct at member = { at, j->key, j->key_len, 0 };
		struct slot *slot;

		if ((f = tables_find_field(s, j->key, j->key_len, &hint)) == NULL) {
			check_complain(c, ERR_UNKNOWN, &member, NULL, "is not a field of %s; " QUARANTINE
			    "correct the name, or upgrade this node", tables_struct[s].name);
			return;
		}
		slot = &slots[f - row];
		slot->j = j;
		if (f->shape != SHAPE_ONE)
			check_list(c, f, j, &member, slot);
		else
			check_one(c, f, j, &member, slot);
		if (c->rc == ERR_UNKNOWN)
			return;
		if (f->pd > c->pd)
			check_complain(c, ERR_INPUT, &member, NULL, "holds personal data that the marking pd %s does not allow;"
			    " mark the record %s or take the field out", pd_word(c->pd), pd_word(f->pd));
	}
	check_missing(c, s, at, slots);
	if (c->rc == OK)
		rules_run(c, s, at, slots);
}
