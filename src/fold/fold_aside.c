/*
 * What a payload in quarantine says of itself, without being understood: which version of which record it states it is, and which
 * attachments it could name. So an order to delete finds it, and what it may need one day is not dropped before.
 */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "fold/fold.h"

#define HEX_CHARS ((size_t)2 * RECORD_HASH_BYTES)

bool
fold_stated(const void *bytes, size_t len, uint8_t id[RECORD_ID_BYTES], uint32_t *seq)
{
	static const struct json_limits limits = { RECORD_MAX_BYTES, RECORD_MAX_DEPTH, RECORD_MAX_NODES };
	struct arena one = { 0 };
	const struct json *i, *s;
	struct json *root = NULL;
	bool known = false;

	if (json_parse(&one, bytes, len, &limits, &root, NULL) == OK) {
		i = json_get(root, "id");
		s = json_get(root, "seq");
		known = i != NULL && i->type == JSON_STRING && i->len == 2 * RECORD_ID_BYTES &&
		    hex_decode(id, RECORD_ID_BYTES, i->str, i->len) && s != NULL && s->type == JSON_INT && s->num > 0 &&
		    s->num <= UINT32_MAX;
		*seq = known ? (uint32_t)s->num : 0;
	}
	arena_free(&one);
	return known;
}

static int
emit_name(const uint8_t *name, size_t len, int64_t seq, int64_t pos, fold_emit *emit, void *ctx, struct err *e)
{
	struct row row = { .table = T_ASIDE, .cols = 3, .v = { val_blob(name, len), val_int(seq), val_int(pos) } };

	return emit(ctx, &row, e);
}

/* The next run of exactly as many hex digits as a hash has, from *${at} on; false: there is none. */
static bool
next_hash(const char *text, size_t len, size_t *at, uint8_t hash[RECORD_HASH_BYTES])
{
	while (*at < len) {
		size_t from = *at;

		while (*at < len && strchr("0123456789abcdef", text[*at]) != NULL && text[*at] != '\0')
			++*at;
		if (*at - from == HEX_CHARS && hex_decode(hash, RECORD_HASH_BYTES, text + from, HEX_CHARS))
			return true;
		*at += *at == from;
	}
	return false;
}

int
fold_aside_rows(const void *bytes, size_t len, int64_t pos, fold_emit *emit, void *ctx, struct err *e)
{
	uint8_t id[RECORD_ID_BYTES], hash[FOLD_ASIDE_BLOBS][RECORD_HASH_BYTES];
	size_t at = 0, count = 0, same;
	uint32_t seq;
	int rc = fold_stated(bytes, len, id, &seq) ? emit_name(id, sizeof id, seq, pos, emit, ctx, e) : OK;

	while (rc == OK && count < FOLD_ASIDE_BLOBS && next_hash(bytes, len, &at, hash[count])) {
		for (same = 0; same < count && memcmp(hash[same], hash[count], sizeof hash[same]) != 0; same++)
			;
		if (same == count)
			rc = emit_name(hash[count++], RECORD_HASH_BYTES, 0, pos, emit, ctx, e);
	}
	return rc;
}
