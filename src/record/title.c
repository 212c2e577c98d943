/* One line that says what a record is. Which fields say it stands in kinds.def. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "record/tables.h"

/* Length of the primary subtag of a language tag ("uz" of "uz-Cyrl"). */
static size_t
primary(const char *tag, size_t len)
{
	const char *dash = memchr(tag, '-', len);

	return dash != NULL ? (size_t)(dash - tag) : len;
}

/* How well a text suits a reader of ${lang}: the tag itself, the same language, an authentic text, any. */
static int
suits(const struct json *text, const char *lang)
{
	const struct json *tag = json_get(text, "lang"), *authentic = json_get(text, "authentic");
	size_t n = strlen(lang);

	if (tag->len == n && memcmp(tag->str, lang, n) == 0)
		return 3;
	if (primary(tag->str, tag->len) == primary(lang, n) && memcmp(tag->str, lang, primary(lang, n)) == 0)
		return 2;
	return authentic != NULL && authentic->type == JSON_TRUE;
}

static const struct json *
best_text(const struct json *mtext, const char *lang)
{
	const struct json *best = NULL;
	int most = -1;

	for (const struct json *j = mtext->child; j != NULL; j = j->next)
		if (suits(j, lang) > most) {
			most = suits(j, lang);
			best = j;
		}
	return json_get(best, "text");
}

/* The value at a path such as "where.place" in the body, or NULL. */
static const struct json *
at_path(const struct json *o, const char *path, size_t len)
{
	char key[32];

	while (len > 0 && o != NULL) {
		const char *dot = memchr(path, '.', len);
		size_t n = dot != NULL ? (size_t)(dot - path) : len;

		snprintf(key, sizeof key, "%.*s", (int)n, path);
		o = json_get(o, key);
		path += dot != NULL ? n + 1 : n;
		len -= dot != NULL ? n + 1 : n;
	}
	return o;
}

struct line {				/* in the caller's bytes, so that no lack of memory can make it another one */
	char *out;
	size_t room, len;
	bool cut;			/* there was more */
};

static void
put(struct line *l, const char *s, size_t len)
{
	size_t some = len < l->room - l->len ? len : l->room - l->len;

	if (some > 0)
		memcpy(l->out + l->len, s, some);
	l->len += some;
	l->cut |= some < len;
}

static void
add(struct line *out, const struct json *j, const char *lang)
{
	if (j->type == JSON_ARRAY && j->count > 0)
		j = best_text(j, lang);
	if (j == NULL || (j->type != JSON_STRING && j->type != JSON_INT))
		return;
	if (out->len > 0)
		put(out, ", ", 2);
	put(out, j->str, j->len);
}

static void
describe(const struct record *r, const char *lang, struct line *out)
{
	const struct kind_def *kind = &tables_kind[r->kind];
	const struct json *named = kind->named_by[0] ? json_get(r->body, kind->named_by) : NULL;
	const char *path = kind->described_by;

	if (named != NULL) {
		add(out, named, lang);
		return;
	}
	while (*path != '\0') {
		size_t n = strcspn(path, " ");
		const struct json *j = at_path(r->body, path, n);

		if (j != NULL)
			add(out, j, lang);
		path += n + strspn(path + n, " ");
	}
}

void
record_title(const struct record *r, const char *lang, char *out, size_t cap)
{
	struct line line = { .out = out, .room = cap - 1 };

	if (cap == 0)
		return;
	describe(r, lang, &line);
	if (line.len == 0)
		put(&line, tables_kind[r->kind].title, strlen(tables_kind[r->kind].title));
	for (size_t i = 0; i < line.len; i++)
		if (out[i] == '\n' || out[i] == '\t')
			out[i] = ' ';
	out[line.cut ? utf8_valid((const uint8_t *)out, line.len) : line.len] = '\0';
}
