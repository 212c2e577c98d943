/*
 * Editing records in tests: the text of an example with some values replaced, removed or added.
 *   edit_text(out, text, len, "body.type=\"ASSET\"; -prev; body.ids[0].value=\"x\"")
 * A path is that of the complaints ("body.counts.dead", "basis[0].article"). path=JSON replaces or adds, -path removes. Edits are
 * separated by "; ", which therefore must not stand inside a value. What a path does not find is added to its parent object.
 */
#ifndef EDIT_H
#define EDIT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "record/record.h"

#define EDITS_MAX 16

struct edit {
	char path[200];
	const char *json;		/* NULL: remove */
	size_t len;
	bool done;
};

struct editing {
	struct edit edits[EDITS_MAX];
	size_t count;
	struct buf *out;
};

static struct edit *
edit_find(struct editing *x, const char *path)
{
	for (size_t i = 0; i < x->count; i++)
		if (!x->edits[i].done && strcmp(x->edits[i].path, path) == 0)
			return &x->edits[i];
	return NULL;
}

static void edit_write(struct editing *x, const struct json *j, const char *path);

static void
edit_value(struct editing *x, const struct json *j)
{
	struct json_out o = { .b = x->out };

	if (j->type == JSON_STRING)
		jo_strn(&o, NULL, j->str, j->len);
	else if (j->type == JSON_INT || j->type == JSON_REAL)
		jo_raw(&o, NULL, j->str, j->len);
	else if (j->type == JSON_NULL)
		jo_null(&o, NULL);
	else
		jo_bool(&o, NULL, j->type == JSON_TRUE);
}

/* Members that the edits add to the object at ${path}. */
static void
edit_add(struct editing *x, const char *path, bool *comma)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < x->count; i++) {
		struct edit *e = &x->edits[i];
		const char *name = n > 0 ? e->path + n + 1 : e->path;

		if (e->done || e->json == NULL || strncmp(e->path, path, n) != 0 || (n > 0 && e->path[n] != '.') ||
		    strpbrk(name, ".[") != NULL)
			continue;
		buf_fmt(x->out, "%s\"%s\":", *comma ? "," : "", name);
		buf_add(x->out, e->json, e->len);
		*comma = e->done = true;
	}
}

static void
edit_children(struct editing *x, const struct json *j, const char *path)
{
	bool comma = false, object = j->type == JSON_OBJECT;
	char inner[256];
	unsigned i = 0;

	for (const struct json *k = j->child; k != NULL; k = k->next, i++) {
		struct edit *e;

		if (object)
			snprintf(inner, sizeof inner, "%s%s%.*s", path, path[0] ? "." : "", (int)k->key_len, k->key);
		else
			snprintf(inner, sizeof inner, "%s[%u]", path, i);
		if ((e = edit_find(x, inner)) != NULL && e->json == NULL) {
			e->done = true;
			continue;
		}
		if (comma)
			buf_byte(x->out, ',');
		comma = true;
		if (object) {
			buf_fmt(x->out, "\"%.*s\":", (int)k->key_len, k->key);
		}
		edit_write(x, k, inner);
	}
	if (object)
		edit_add(x, path, &comma);
}

static void
edit_write(struct editing *x, const struct json *j, const char *path)
{
	struct edit *e = edit_find(x, path);

	if (e != NULL && e->json != NULL) {
		e->done = true;
		buf_add(x->out, e->json, e->len);
	} else if (j->type == JSON_OBJECT || j->type == JSON_ARRAY) {
		buf_byte(x->out, j->type == JSON_OBJECT ? '{' : '[');
		edit_children(x, j, path);
		buf_byte(x->out, j->type == JSON_OBJECT ? '}' : ']');
	} else {
		edit_value(x, j);
	}
}

/* False when the text is no JSON or an edit found no place: a mistake in the test. */
__attribute__((unused)) static bool
edit_text(struct buf *out, const char *text, size_t len, const char *edits)
{
	static const struct json_limits limits = { 1u << 20, 64, 100000 };
	struct editing x = { .out = out };
	struct arena a = { 0 };
	struct json *root;
	bool good;

	while (*edits != '\0' && x.count < EDITS_MAX) {
		struct edit *e = &x.edits[x.count++];
		bool remove = *edits == '-';
		const char *end = strstr(edits, "; "), *equal;
		size_t n = end != NULL ? (size_t)(end - edits) : strlen(edits);

		edits += remove;
		n -= remove;
		equal = remove ? NULL : memchr(edits, '=', n);
		snprintf(e->path, sizeof e->path, "%.*s", (int)(equal != NULL ? (size_t)(equal - edits) : n), edits);
		if (equal != NULL) {
			e->json = equal + 1;
			e->len = n - (size_t)(equal + 1 - edits);
		}
		edits += n + (end != NULL ? 2 : 0);
	}
	good = json_parse(&a, text, len, &limits, &root, NULL) == OK;
	if (good)
		edit_write(&x, root, "");
	for (size_t i = 0; i < x.count; i++)
		good &= x.edits[i].done;
	arena_free(&a);
	return good && !out->failed;
}

/* The text of tests/record/examples/${name}.json; freed with buf_free. Stops the test when it cannot be read. */
__attribute__((unused)) static struct buf
edit_example(const char *name)
{
	struct buf b = { 0 };
	char path[200];
	FILE *f;
	uint8_t *to = buf_room(&b, 65536);

	snprintf(path, sizeof path, "tests/record/examples/%s.json", name);
	if (to == NULL || (f = fopen(path, "rb")) == NULL) {
		printf("Bail out! cannot read %s; run the tests from the project's folder\n", path);
		exit(1);
	}
	b.len += fread(to, 1, 65535, f);
	b.data[b.len] = '\0';
	fclose(f);
	return b;
}

#endif
