/* Reading test data from the folder named by TEST_DATA. For tests only. */
#ifndef TESTS_CRYPT_VECTORS_H
#define TESTS_CRYPT_VECTORS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

/* Append the file TEST_DATA/vectors/tlog/${path}. False if TEST_DATA is unset or the file cannot be read. */
__attribute__((unused)) static bool
vector_file(struct buf *out, const char *path)
{
	const char *root = getenv("TEST_DATA");
	char full[1024];
	FILE *f;
	uint8_t chunk[4096];
	size_t n;

	if (root == NULL)
		return false;
	snprintf(full, sizeof full, "%s/vectors/tlog/%s", root, path);
	if ((f = fopen(full, "rb")) == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(out, chunk, n);
	fclose(f);
	return !out->failed;
}

/* The same file as JSON in ${a}; NULL if there is none or it is not JSON. */
__attribute__((unused)) static const struct json *
vector_json(struct arena *a, struct buf *text, const char *path)
{
	static const struct json_limits limits = { 4 << 20, 32, 200000 };
	struct json *root = NULL;
	struct err e;

	buf_reset(text);
	if (!vector_file(text, path) || json_parse(a, text->data, text->len, &limits, &root, &e) != OK)
		return NULL;
	return root;
}

#endif
