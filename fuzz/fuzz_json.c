/*
 * The JSON parser, and that what the writer makes of its strings parses to the same strings again. A value that changes
 * between the two
 * would be a way to show one text and hash another.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_again(struct json_out *o, const struct json *j)
{
	if (j->type == JSON_STRING)
		jo_strn(o, NULL, j->str, j->len);
	else if (j->type != JSON_ARRAY && j->type != JSON_OBJECT)
		jo_null(o, NULL);
	for (const struct json *k = j->child; k != NULL; k = k->next)
		write_again(o, k);
}

static const struct json *
next_string(const struct json *list)
{
	while (list != NULL && list->type != JSON_STRING)
		list = list->next;
	return list;
}

/* The strings of the tree ${j}, in order, are those of the flat list from *${at} on. */
static void
compare(const struct json *j, const struct json **at)
{
	if (j->type == JSON_STRING) {
		const struct json *k = next_string(*at);

		if (k == NULL || k->len != j->len || (k->len > 0 && memcmp(k->str, j->str, k->len) != 0))
			abort();
		*at = k->next;
	}
	for (const struct json *k = j->child; k != NULL; k = k->next)
		compare(k, at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_limits limits = { 1u << 16, 32, 2000 }, wide = { 1u << 20, 4, 4000 };
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json_out o = { .b = &b };
	struct json *root, *again;
	const struct json *at;
	struct err e;

	if (json_parse(&a, data, size, &limits, &root, &e) == OK) {
		jo_open(&o, NULL, '[');
		write_again(&o, root);
		jo_close(&o, ']');
		if (json_parse(&a, b.data, b.len, &wide, &again, &e) != OK)
			abort();
		at = again->child;
		compare(root, &at);
	}
	arena_free(&a);
	buf_free(&b);
	return 0;
}
