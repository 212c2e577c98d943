#include "play/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int
tree_err(const char *file, const struct yaml *y, struct err *e, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (y == NULL)
		return err_set(e, ERR_INPUT, "%s: %s", file, text);
	return err_set(e, ERR_INPUT, "%s:%u:%u: %s", file, y->line, y->col, text);
}

int
tree_read(struct arena *a, const char *file, const char *text, size_t len, const struct yaml **root, struct err *e)
{
	struct complaints *c = calloc(1, sizeof *c);
	struct yaml *tree;
	int rc = OK;

	if (c == NULL || (c->file = arena_str(a, file)) == NULL) {
		free(c);
		return err_set(e, ERR_NOMEM, "%s: no memory to read it", file);
	}
	if (yaml_read(a, text, len, TREE_MAX_BYTES, c, &tree))
		*root = tree;
	else
		rc = complaints_err(c, ERR_INPUT, e);
	free(c);
	return rc;
}

int
tree_load(struct arena *a, const char *path, const struct yaml **root, struct err *e)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t len;
	int rc;

	if (f == NULL)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path, strerror(errno));
	if ((text = malloc(TREE_MAX_BYTES + 1)) == NULL) {
		fclose(f);
		return err_set(e, ERR_NOMEM, "%s: no memory to read it", path);
	}
	len = fread(text, 1, TREE_MAX_BYTES + 1, f);
	if (ferror(f))
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	else if (len > TREE_MAX_BYTES)
		rc = err_set(e, ERR_LIMIT, "%s: larger than %u bytes; split the file", path, TREE_MAX_BYTES);
	else
		rc = tree_read(a, path, text, len, root, e);
	fclose(f);
	free(text);
	return rc;
}

bool
tree_is(const struct yaml *y, const char *z)
{
	return y != NULL && y->type == YAML_SCALAR && strcmp(y->str, z) == 0;
}

/* Is ${word} one of ${list}, "a, b, c"? */
static bool
listed(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	for (; *list != '\0'; list += n + (list[n] == ',' ? 2 : 0)) {
		n = strcspn(list, ",");
		if (n == len && memcmp(list, word, n) == 0)
			return true;
	}
	return false;
}

int
tree_only(const char *file, const struct yaml *map, const char *what, const char *allowed, struct err *e)
{
	if (map->type != YAML_MAP)
		return tree_err(file, map, e, "%s is written as keys and values; it may have: %s", what, allowed);
	for (const struct yaml *y = map->child; y != NULL; y = y->next)
		if (!listed(allowed, y->key))
			return tree_err(file, y, e, "%s has no \"%.60s\"; it may have: %s", what, y->key, allowed);
	return OK;
}

int
tree_u64(const char *file, const struct yaml *y, const char *what, uint64_t min, uint64_t max, uint64_t *out, struct err *e)
{
	if (y->type != YAML_SCALAR || !dec_u64(y->str, y->len, max, out) || *out < min)
		return tree_err(file, y, e, "%s must be a whole number from %llu to %llu", what, (unsigned long long)min,
		    (unsigned long long)max);
	return OK;
}

/* A scalar without quotes that JSON knows by another type. */
static bool
write_plain(struct json_out *o, const char *key, const struct yaml *y)
{
	size_t minus = y->str[0] == '-';
	uint64_t v;

	if (tree_is(y, "true") || tree_is(y, "false"))
		jo_bool(o, key, y->str[0] == 't');
	else if (tree_is(y, "null"))
		jo_null(o, key);
	else if (dec_u64(y->str + minus, y->len - minus, (uint64_t)JSON_SAFE_INT, &v))
		jo_int(o, key, minus ? -(int64_t)v : (int64_t)v);
	else
		return false;
	return true;
}

void
tree_json(struct json_out *o, const char *key, const struct yaml *y)
{
	bool map = y->type == YAML_MAP;

	if (y->type == YAML_SCALAR) {
		if (y->quoted || !write_plain(o, key, y))
			jo_strn(o, key, y->str, y->len);
		return;
	}
	jo_open(o, key, map ? '{' : '[');
	for (const struct yaml *c = y->child; c != NULL; c = c->next)
		tree_json(o, c->key, c);
	jo_close(o, map ? '}' : ']');
}
