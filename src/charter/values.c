/* Single values: texts, codes, words, dates, sets. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "charter/read.h"

#define TEXT_MAX 4000

void *
read_room(struct reading *x, uint32_t count, size_t size)
{
	void *p = arena_alloc(x->a, ((size_t)count + 1) * size);

	if (p == NULL)
		complain(x->c, NULL, "CH02", "no memory for the charter; raise the memory bound");
	return p;
}

bool
is_scalar(struct reading *x, const struct yaml *v)
{
	return v->type == YAML_SCALAR || complain(x->c, v, "CH07",
	    "a single value is expected here, not a map or list");
}

bool
is_list(struct reading *x, const struct yaml *v)
{
	return v->type == YAML_LIST || complain(x->c, v, "CH07", "a list is expected here; write [one, two]");
}

bool
is_map(struct reading *x, const struct yaml *v)
{
	return v->type == YAML_MAP || complain(x->c, v, "CH07", "a map is expected here; write {name: value}");
}

static void
unknown_key(struct reading *x, const struct yaml *k, const char *what, const struct field *fields, size_t count)
{
	char known[220];
	size_t n = 0;

	known[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		int w = snprintf(known + n, sizeof known - n, "%s%s", i == 0 ? "" : ", ", fields[i].key);

		if (w < 0 || (size_t)w >= sizeof known - n) {
			known[n] = '\0';
			break;
		}
		n += (size_t)w;
	}
	complain_at(x->c, k->key_line, k->key_col, "CH05", "%s has no \"%.40s\"; it knows %s", what, k->key, known);
}

bool
read_map(struct reading *x, const struct yaml *v, const char *what, const struct field *fields, size_t count, void *to)
{
	if (!is_map(x, v))
		return false;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		size_t i = 0;

		while (i < count && strcmp(k->key, fields[i].key) != 0)
			i++;
		if (i == count)
			unknown_key(x, k, what, fields, count);
		else if (yaml_get(v, k->key) == k)	/* of a name that stands twice, only the first is read */
			fields[i].read(x, k, (char *)to + fields[i].offset);
	}
	for (size_t i = 0; i < count; i++)
		if (fields[i].must && yaml_get(v, fields[i].key) == NULL)
			complain(x->c, v, "CH06", "%s needs \"%s\"; add it", what, fields[i].key);
	return true;
}

uint32_t
read_rows(struct reading *x, const struct yaml *v, const struct rows *shape, void **rows)
{
	struct span span;
	uint32_t n = 0;

	if (!is_list(x, v) || (*rows = read_room(x, v->count, shape->size)) == NULL)
		return 0;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		char *row = (char *)*rows + n * shape->size;

		memcpy(row, shape->blank, shape->size);
		if (!read_map(x, k, shape->what, shape->fields, shape->fields_count, row))
			continue;
		if (shape->at_offset != ROWS_NO_AT)
			memcpy(row + shape->at_offset, &k, sizeof k);
		if (shape->span_offset != ROWS_NO_SPAN) {
			memcpy(&span, row + shape->span_offset, sizeof span);
			check_span(x, k, span);
		}
		n++;
	}
	return n;
}

void
read_text(struct reading *x, const struct yaml *v, void *to)
{
	if (!is_scalar(x, v))
		return;
	if (v->len == 0 || v->len > TEXT_MAX)
		complain(x->c, v, "CH08", "a text of 1 to %d bytes is expected; leave the key out if there is nothing"
		    " to say", TEXT_MAX);
	*(const char **)to = v->str;
}

static bool
code_ok(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-'))
			return false;
	return n > 0 && n <= LAW_CODE_MAX;
}

void
read_name_code(struct reading *x, const struct yaml *v, const char *s, uint32_t line, uint32_t col)
{
	(void)v;
	if (!code_ok(s))
		complain_at(x->c, line, col, "CH08", "\"%.70s\" is no code; a code is 1 to %d of a-z, 0-9 and '-'", s,
		    LAW_CODE_MAX);
}

void
read_code(struct reading *x, const struct yaml *v, void *to)
{
	if (!is_scalar(x, v))
		return;
	read_name_code(x, v, v->str, v->line, v->col);
	*(const char **)to = v->str;
}

void
read_codes(struct reading *x, const struct yaml *v, void *to)
{
	struct charter_codes *out = to;

	if (!is_list(x, v) || (out->codes = read_room(x, v->count, sizeof *out->codes)) == NULL ||
	    (out->at = read_room(x, v->count, sizeof *out->at)) == NULL)
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		if (!is_scalar(x, k))
			continue;
		read_name_code(x, k, k->str, k->line, k->col);
		for (uint32_t i = 0; i < out->count; i++)
			if (strcmp(out->codes[i], k->str) == 0)
				complain(x->c, k, "CH16", "\"%.70s\" stands twice in this list; keep one", k->str);
		out->codes[out->count] = k->str;
		out->at[out->count++] = k;
	}
}

/* A language tag of the shape BCP 47 gives it: letters first, then parts of 1 to 8 letters or digits. */
static bool
lang_ok(const char *s)
{
	size_t part = 0, i = 0;

	for (; i < 36 && s[i] != '\0'; i++) {
		bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z');

		if (s[i] == '-') {
			if (part == 0)
				return false;
			part = 0;
		} else if (!letter && !(s[i] >= '0' && s[i] <= '9' && i >= 3)) {
			return false;
		} else if (++part > 8) {
			return false;
		}
	}
	return i >= 2 && s[i] == '\0' && part > 0;
}

void
read_names(struct reading *x, const struct yaml *v, void *to)
{
	struct charter_names *out = to;

	if (!is_map(x, v) || (out->rows = read_room(x, v->count, sizeof *out->rows)) == NULL)
		return;
	if (v->count == 0)
		complain(x->c, v, "CH08", "a name in one language at least is expected; write {en: ...}");
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		const char *text = NULL;

		if (!lang_ok(k->key))
			complain_at(x->c, k->key_line, k->key_col, "CH08",
			    "\"%.40s\" is no language tag; write en, ru, fa, ar ...", k->key);
		read_text(x, k, &text);
		if (text != NULL)
			out->rows[out->count++] = (struct name_row){ k->key, text };
	}
}

static void
read_set(struct reading *x, const struct yaml *v, uint32_t *to, int (*number)(const struct yaml *k), const char *what)
{
	if (!is_list(x, v))
		return;
	*to = 0;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		int n = k->type == YAML_SCALAR ? number(k) : -1;

		if (n < 0)
			complain(x->c, k, "CH08", "\"%.40s\" is no %s", k->type == YAML_SCALAR ? k->str : "...", what);
		else if ((*to >> n & 1) != 0)
			complain(x->c, k, "CH16", "\"%.40s\" stands twice in this list; keep one", k->str);
		else
			*to |= UINT32_C(1) << n;
	}
}

static int
purpose_number(const struct yaml *k)
{
	int n;

	if (k->len != 3 || k->str[0] != 'P' || k->str[1] < '0' || k->str[1] > '1' || k->str[2] < '0' || k->str[2] > '9')
		return -1;
	n = (k->str[1] - '0') * 10 + (k->str[2] - '0');
	return n >= 1 && n <= PURPOSE_MAX ? n : -1;
}

static int
kind_number(const struct yaml *k)
{
	enum kind n = kind_from(k->str, k->len);

	return n == KIND_NONE ? -1 : (int)n;
}

void
read_purposes(struct reading *x, const struct yaml *v, void *to)
{
	read_set(x, v, to, purpose_number, "purpose; purposes are P01 to P14");
}

void
read_kinds(struct reading *x, const struct yaml *v, void *to)
{
	if (v->type == YAML_SCALAR && strcmp(v->str, "all") == 0)
		*(uint32_t *)to = KINDS_ALL;
	else
		read_set(x, v, to, kind_number, "kind of record; `diwan kinds` lists them");
}

int
read_word(struct reading *x, const struct yaml *v, const char *const *words, int count)
{
	char known[200];
	size_t n = 0;

	if (!is_scalar(x, v))
		return -1;
	for (int i = 0; i < count; i++)
		if (strcmp(v->str, words[i]) == 0)
			return i;
	known[0] = '\0';
	for (int i = 0; i < count && n < sizeof known; i++) {
		int w = snprintf(known + n, sizeof known - n, "%s%s", i == 0 ? "" : ", ", words[i]);

		n += w < 0 ? sizeof known : (size_t)w;
	}
	complain(x->c, v, "CH08", "\"%.60s\" is not known here; use one of %s", v->str, known);
	return -1;
}

void
read_standing(struct reading *x, const struct yaml *v, void *to)
{
	static const char *const words[] = { "none", "member", "acceding", "observer", "dialogue partner", "guest",
	    "suspended", "former",
		"organisation observer" };
	int n = read_word(x, v, words, STANDING_COUNT);

	if (n >= 0)
		*(enum standing *)to = (enum standing)n;
}

bool
read_number(struct reading *x, const struct yaml *v, int64_t min, int64_t max, int64_t *out)
{
	uint64_t n;

	if (!is_scalar(x, v))
		return false;
	if (!dec_u64(v->str, v->len, (uint64_t)max, &n) || (int64_t)n < min)
		return complain(x->c, v, "CH08", "a whole number from %lld to %lld is expected", (long long)min,
		    (long long)max);
	*out = (int64_t)n;
	return true;
}

/* 2000-02-30 has the shape of a date and is none. */
static bool
date_shape(const struct yaml *v)
{
	for (uint32_t i = 0; i < v->len; i++)
		if (i == 4 || i == 7 ? v->str[i] != '-' : v->str[i] < '0' || v->str[i] > '9')
			return false;
	return v->len == 4 || v->len == 7 || v->len == 10;
}

static void
bad_date(struct reading *x, const struct yaml *v, const char *want)
{
	if (date_shape(v))
		complain(x->c, v, "CH09", "there is no day %.20s in the calendar; correct it", v->str);
	else
		complain(x->c, v, "CH08", "\"%.40s\" is no date; write %s", v->str, want);
}

void
read_date(struct reading *x, const struct yaml *v, void *to)
{
	struct charter_date *d = to;
	struct pdate p;

	if (!is_scalar(x, v))
		return;
	*d = (struct charter_date){ INT32_MIN, INT32_MAX, true };
	if (strcmp(v->str, "unknown") == 0)
		return;
	if (!pdate_parse(v->str, v->len, &p)) {
		bad_date(x, v, "2000-04-21, 2000-04, 2000 or unknown");
		return;
	}
	d->first = civil_to_days(p.year, p.month == 0 ? 1 : p.month, p.day == 0 ? 1 : p.day);
	d->last = civil_to_days(p.year, p.month == 0 ? 12 : p.month, p.day != 0 ? p.day :
	    days_in_month(p.year, p.month == 0 ? 12 : p.month));
}

void
read_from(struct reading *x, const struct yaml *v, void *to)
{
	int32_t day;

	if (!is_scalar(x, v))
		return;
	if (date_parse(v->str, v->len, &day))
		*(int32_t *)to = day;
	else
		bad_date(x, v, "2000-04-21");
}

void
read_to(struct reading *x, const struct yaml *v, void *to)
{
	int32_t day = INT32_MAX - 1;

	read_from(x, v, &day);
	*(int32_t *)to = day + 1;	/* a charter names the last day, the register the first day after it */
}

void
read_duration(struct reading *x, const struct yaml *v, void *to)
{
	struct charter_duration *d = to;
	const char *space;
	uint64_t n;

	if (!is_scalar(x, v))
		return;
	space = strchr(v->str, ' ');
	if (space == NULL || !dec_u64(v->str, (size_t)(space - v->str), 9999, &n) ||
	    (strcmp(space, " days") != 0 && strcmp(space, " day") != 0 && strcmp(space, " months") != 0 &&
	    strcmp(space, " month") != 0))
		complain(x->c, v, "CH08", "\"%.40s\" is no duration; write 30 days or 6 months", v->str);
	else
		*d = (struct charter_duration){ (uint16_t)n, space[1] == 'm' };
}

void
check_span(struct reading *x, const struct yaml *at, struct span s)
{
	if (s.from >= s.until)
		complain(x->c, at, "CH10", "\"from\" lies after \"to\"; exchange or correct them");
}
