#include "play/block.h"

#include <string.h>

#include "base/buf.h"

#define MUST true
#define MAY false

static const struct {
	enum sentence s;
	struct block_row row;
} rows[] = {
#define BLOCK(sentence, key, form, must, option) { DO_##sentence, { key, option, form, must } },
#include "play/blocks.def"
#undef BLOCK
};

#define ROWS (sizeof rows / sizeof rows[0])

/* Rows of one sentence stand together; they are handed out as a part of this copy. */
const struct block_row *
block_rows(enum sentence s, size_t *count)
{
	static const struct block_row plain[] = {
#define BLOCK(sentence, key, form, must, option) { key, option, form, must },
#include "play/blocks.def"
#undef BLOCK
	};
	size_t first = 0, end;

	while (first < ROWS && rows[first].s != s)
		first++;
	for (end = first; end < ROWS && rows[end].s == s; end++)
		;
	*count = end - first;
	return &plain[first < ROWS ? first : 0];
}

static int
check_value(const char *file, const struct yaml *v, const struct block_row *row, struct err *e)
{
	uint32_t n = 0;

	if (row->form == TEXT && (v->type != YAML_SCALAR || v->str[0] == '\0'))
		return tree_err(file, v, e, "%s is one line of text", row->key);
	if (row->form == TEXT || (v->type == YAML_SCALAR && v->str[0] != '\0'))
		return OK;
	if (v->type != YAML_LIST || v->count == 0 || v->count > BLOCK_CODES_MAX)
		return tree_err(file, v, e, "%s is a code, or a list of at most %u: [kg, tj]", row->key, BLOCK_CODES_MAX);
	for (const struct yaml *c = v->child; c != NULL; c = c->next, n++)
		if (c->type != YAML_SCALAR || c->str[0] == '\0')
			return tree_err(file, c, e, "%s is a list of codes", row->key);
	return OK;
}

int
block_check(struct arena *a, const char *file, const struct yaml *y, enum sentence s, struct err *e)
{
	struct buf allowed = { 0 };
	const struct yaml *v;
	const struct block_row *row;
	const char *list;
	size_t count;
	int rc;

	row = block_rows(s, &count);
	for (size_t i = 0; i < count; i++)
		buf_fmt(&allowed, "%s%s", i > 0 ? ", " : "", row[i].key);
	list = arena_str(a, buf_cstr(&allowed));
	buf_free(&allowed);
	if (list == NULL)
		return err_set(e, ERR_NOMEM, "%s: no memory to read it", file);
	if ((rc = tree_only(file, y, "this block", list, e)) != OK)
		return rc;
	if (y->count == 0)
		return tree_err(file, y, e, "the block is empty; it may have %s", list);
	for (size_t i = 0; i < count; i++) {
		if ((v = yaml_get(y, row[i].key)) == NULL && row[i].must)
			return tree_err(file, y, e, "\"%s\" is missing", row[i].key);
		if (v != NULL && (rc = check_value(file, v, &row[i], e)) != OK)
			return rc;
	}
	return OK;
}

const char *
block_text(const struct yaml *y, const char *key)
{
	const struct yaml *v = yaml_get(y, key);

	return v == NULL ? "" : v->str;
}

const struct yaml *
block_first(const struct yaml *y, const char *key)
{
	const struct yaml *v = yaml_get(y, key);

	return v == NULL || v->type == YAML_SCALAR ? v : v->child;
}

/* A single word is a member of its block, the next key of which is no next code. */
const struct yaml *
block_next(const struct yaml *code)
{
	return code->key != NULL ? NULL : code->next;
}
