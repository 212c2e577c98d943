#include "log/proof.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

static const char magic[] = "c2sp.org/tlog-proof@v1";
static const char magic_stem[] = "c2sp.org/tlog-proof@";

int
proof_format(struct buf *out, const struct proof *p, struct err *e)
{
	char b64[BASE64_LEN(PROOF_EXTRA_MAX) + 1];

	if (p->n > TREE_PROOF_MAX || p->extra_len > PROOF_EXTRA_MAX || p->note_len > NOTE_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "proof file: at most %d hashes, %d bytes of extra and a note of %d "
		    "bytes", TREE_PROOF_MAX, PROOF_EXTRA_MAX, NOTE_MAX_BYTES);
	buf_fmt(out, "%s\n", magic);
	if (p->extra != NULL) {
		base64_encode(b64, p->extra, p->extra_len);
		buf_fmt(out, "extra %s\n", b64);
	}
	buf_fmt(out, "index %" PRIu64 "\n", p->index);
	for (size_t i = 0; i < p->n; i++) {
		base64_encode(b64, p->hash[i].b, HASH_BYTES);
		buf_fmt(out, "%s\n", b64);
	}
	buf_byte(out, '\n');
	if (!buf_add(out, p->note, p->note_len))
		return err_set(e, ERR_NOMEM, "proof file: out of memory");
	return OK;
}

/* A cursor over lines. */
struct lines {
	const char *at, *end;
	const char *s;			/* the current line, without its newline */
	size_t len;
};

static bool
next_line(struct lines *l)
{
	const char *stop = l->at < l->end ? memchr(l->at, '\n', (size_t)(l->end - l->at)) : NULL;

	if (stop == NULL)
		return false;
	l->s = l->at;
	l->len = (size_t)(stop - l->at);
	l->at = stop + 1;
	return true;
}

static bool
starts(const struct lines *l, const char *word)
{
	size_t n = strlen(word);

	return l->len >= n && memcmp(l->s, word, n) == 0;
}

static int
parse_extra(struct arena *a, const struct lines *l, struct proof *out, struct err *e)
{
	size_t b64_len = l->len - 6;
	uint8_t *extra;
	long n;

	if (b64_len > BASE64_LEN(PROOF_EXTRA_MAX))
		return err_set(e, ERR_LIMIT, "proof file: extra: at most %d bytes are read", PROOF_EXTRA_MAX);
	if ((extra = arena_alloc(a, PROOF_EXTRA_MAX)) == NULL)
		return err_set(e, ERR_NOMEM, "proof file: out of memory");
	if ((n = base64_decode(extra, PROOF_EXTRA_MAX, l->s + 6, b64_len)) < 0)
		return err_set(e, ERR_INPUT, "proof file: extra: not strict base64");
	out->extra = extra;
	out->extra_len = (size_t)n;
	return OK;
}

static int
parse_hashes(struct lines *l, struct proof *out, struct err *e)
{
	while (next_line(l)) {
		if (l->len == 0)
			return OK;
		if (out->n == TREE_PROOF_MAX)
			return err_set(e, ERR_LIMIT, "proof file: more than %d hashes", TREE_PROOF_MAX);
		if (base64_decode(out->hash[out->n].b, HASH_BYTES, l->s, l->len) != HASH_BYTES)
			return err_set(e, ERR_INPUT, "proof file: hash %zu: must be strict base64 of %d bytes",
			    out->n + 1, HASH_BYTES);
		out->n++;
	}
	return err_set(e, ERR_INPUT, "proof file: no empty line before the checkpoint; the file is cut off");
}

int
proof_parse(struct arena *a, const void *bytes, size_t len, struct proof *out, struct err *e)
{
	struct lines l = { bytes, (const char *)bytes + len, NULL, 0 };
	int rc;

	memset(out, 0, sizeof *out);
	if (len > PROOF_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "proof file: %zu bytes, at most %d are read", len, PROOF_MAX_BYTES);
	if (!next_line(&l) || !starts(&l, magic_stem))
		return err_set(e, ERR_INPUT, "proof file: line 1 must be \"%s\"", magic);
	if (!text_eq(l.s, l.len, magic))
		return err_set(e, ERR_UNKNOWN, "proof file: this version reads \"%s\" only", magic);
	if (!next_line(&l))
		return err_set(e, ERR_INPUT, "proof file: ends after line 1");
	if (starts(&l, "extra ")) {
		if ((rc = parse_extra(a, &l, out, e)) != OK)
			return rc;
		if (!next_line(&l))
			return err_set(e, ERR_INPUT, "proof file: ends after the extra line");
	}
	if (!starts(&l, "index ") || !dec_u64(l.s + 6, l.len - 6, TREE_MAX_SIZE, &out->index))
		return err_set(e, ERR_INPUT, "proof file: expected \"index \" and a decimal of at most 2^63 - 1 "
		    "without leading zero");
	if ((rc = parse_hashes(&l, out, e)) != OK)
		return rc;
	out->note = l.at;
	out->note_len = (size_t)(l.end - l.at);
	if (out->note_len > NOTE_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "proof file: the checkpoint is longer than %d bytes", NOTE_MAX_BYTES);
	return OK;
}

int
proof_verify(struct arena *a, const struct proof *p, const void *entry, size_t len, const struct proof_policy *policy,
    struct proof_result *out, struct err *e)
{
	struct note_mark marks[1 + PROOF_WITNESSES_MAX];
	struct digest leaf;
	struct note note;
	int rc;

	memset(out, 0, sizeof *out);
	if (policy->n_keys < 1 || policy->n_keys > 1 + PROOF_WITNESSES_MAX)
		return err_set(e, ERR_LIMIT, "proof: give the log's key and at most %d witnesses' keys",
		    PROOF_WITNESSES_MAX);
	if ((rc = vkey_distinct(policy->keys, policy->n_keys, e)) != OK)
		return rc;
	rc = checkpoint_open(a, p->note, p->note_len, policy->keys, policy->n_keys, &out->checkpoint, &note, marks, e);
	if (rc != OK)
		return rc;
	for (size_t i = 1; i < policy->n_keys; i++)
		out->cosigned += marks[i].signed_by;
	if (!checkpoint_settled(marks + 1, policy->n_keys - 1, policy->quorum, &out->settled_s))
		return err_set(e, ERR_VERIFY, "proof: %zu witnesses have cosigned the checkpoint of size %" PRIu64 ", "
		    "%zu are needed", out->cosigned, out->checkpoint.size, policy->quorum);
	tree_leaf(&leaf, entry, len);
	return tree_check_inclusion(p->index, out->checkpoint.size, &leaf, p->hash, p->n, &out->checkpoint.root, e);
}
