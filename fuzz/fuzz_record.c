/*
 * record_parse on anything; what it accepts must survive every reader of the room: title, identifiers, and being taken apart
 * and written as
 * the next version with the same body.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/compose.h"
#include "record/schema.h"
#include "record/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
see(void *ctx, struct slice type, struct slice value)
{
	size_t *bytes = ctx;

	if (type.len == 0 || value.len == 0 || tables_find_word(V_IDENT_TYPE, type.s, type.len) < 0)
		abort();
	*bytes += type.len + value.len;
	return 0;
}

static void
read_all(const struct record *r)
{
	char title[61];
	size_t bytes = 0;

	record_title(r, "ru", title, sizeof title);
	if (title[0] == '\0' || utf8_valid((const uint8_t *)title, strlen(title)) != strlen(title))
		abort();
	record_identifiers(r, see, &bytes);
	if (bytes > r->size * 20)
		abort();
}

/* The text of the body ends where the bytes between its start and the record's closing brace stop parsing as one value. */
static size_t
body_length(struct arena *a, const struct record *r)
{
	static const struct json_limits limits = { RECORD_MAX_BYTES, RECORD_MAX_DEPTH, RECORD_MAX_NODES };
	const uint8_t *body = r->bytes + r->body->offset;
	size_t n = r->size - r->body->offset;
	struct json *j;

	while (n > 0 && (body[n - 1] != '}' || json_parse(a, body, n, &limits, &j, NULL) != OK))
		n--;
	return n;
}

static void
write_next(struct arena *a, const struct record *r)
{
	static const uint8_t prev[RECORD_HASH_BYTES] = { 7 };
	struct buf out = { 0 };
	struct draft d;
	struct err e = { 0 };
	int rc;

	if (r->seq >= INT32_MAX ||
	    r->body->next != NULL)	/* the last version there can be; a body that is not the last member */
		return;
	if (compose_next(a, r, prev, &d, &e) != OK)
		abort();
	d.filed_at = r->filed_at;
	rc = compose_record(&d, r->bytes + r->body->offset, body_length(a, r), &out, &e);
	if (rc != OK && rc != ERR_LIMIT)			/* one digit more may be one byte too many */
		abort();
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct record r;
	struct err e = { 0 };
	int rc = record_parse(&a, data, size, &r, &e);

	if (rc == OK) {
		read_all(&r);
		if (size < 16384)
			write_next(&a, &r);
	} else if (e.text[0] == '\0' || e.code != rc || r.root != NULL) {
		abort();
	}
	arena_free(&a);
	return 0;
}
