#include "log/fork.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char magic[] = "diwan-fork-proof-v1";
static const char magic_stem[] = "diwan-fork-proof-";
static const char *const kind_words[] = { [FORK_SAME_SIZE] = "same-size", [FORK_GROWN] = "grown" };

/* ---- making and writing ------------------------------------------------------------------------------------------ */

static int
read_side(struct fork_side *out, const void *note, size_t len, struct err *e)
{
	size_t text_len;

	out->note = note;
	out->note_len = len;
	if (len > NOTE_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "fork proof: a note of %zu bytes, at most %d are read", len, NOTE_MAX_BYTES);
	if (!note_split(note, len, &text_len) || !note_text_ok(note, text_len))
		return err_set(e, ERR_INPUT, "fork proof: a side is not a signed note");
	return checkpoint_parse(&out->checkpoint, note, text_len, e);
}

/* Below 0, 0 or above, as the order of sides has it. */
static int
compare(const struct checkpoint *a, const struct checkpoint *b)
{
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return memcmp(a->root.b, b->root.b, HASH_BYTES);
}

/* Do the two sides, with what stands between them, contradict each other? What each says is not yet verified. */
static int
check_sides(const struct fork_proof *p, struct err *e)
{
	const struct checkpoint *small = &p->side[0].checkpoint, *large = &p->side[1].checkpoint;

	if (strcmp(small->origin, large->origin) != 0)
		return err_set(e, ERR_INPUT, "fork proof: the checkpoints are of two logs, %.200s and %.200s", small->origin,
		    large->origin);
	if (compare(small, large) >= 0)
		return err_set(e, ERR_INPUT, "fork proof of %s: two different checkpoints are needed, the smaller first",
		    small->origin);
	if ((p->kind == FORK_SAME_SIZE) != (small->size == large->size))
		return err_set(e, ERR_INPUT, "fork proof of %s: sizes %" PRIu64 " and %" PRIu64 " do not fit the kind %s",
		    small->origin, small->size, large->size, kind_words[p->kind]);
	if (small->size == 0)
		return err_set(e, ERR_INPUT, "fork proof of %s: every log has grown out of the empty one, so size 0 "
		    "contradicts nothing", small->origin);
	if (p->kind == FORK_GROWN && hash_equal(&p->other_root, &small->root))
		return err_set(e, ERR_INPUT, "fork proof of %s: the larger tree begins with the smaller one, so there is no "
		    "contradiction", small->origin);
	return OK;
}

int
fork_make(const void *one, size_t one_len, const void *other, size_t other_len, const struct digest *other_root,
    const struct digest *hash, size_t n, struct fork_proof *out, struct err *e)
{
	int rc;

	memset(out, 0, sizeof *out);
	if ((rc = read_side(&out->side[0], one, one_len, e)) != OK || (rc = read_side(&out->side[1], other, other_len, e)) != OK)
		return rc;
	if (compare(&out->side[0].checkpoint, &out->side[1].checkpoint) > 0) {
		struct fork_side swap = out->side[0];

		out->side[0] = out->side[1];
		out->side[1] = swap;
	}
	out->kind = out->side[0].checkpoint.size == out->side[1].checkpoint.size ? FORK_SAME_SIZE : FORK_GROWN;
	if (out->kind == FORK_GROWN) {
		if (other_root == NULL || n > TREE_PROOF_MAX)
			return err_set(e, other_root == NULL ? ERR_INPUT : ERR_LIMIT, "fork proof: checkpoints of two sizes "
			    "need the root at the smaller size in the larger tree, and at most %d hashes", TREE_PROOF_MAX);
		out->other_root = *other_root;
		for (out->n = 0; out->n < n; out->n++)
			out->hash[out->n] = hash[out->n];
	}
	return check_sides(out, e);
}

static void
put_hash(struct buf *out, const char *word, const struct digest *d)
{
	char b64[BASE64_LEN(HASH_BYTES) + 1];

	base64_encode(b64, d->b, HASH_BYTES);
	buf_fmt(out, "%s%s\n", word, b64);
}

int
fork_format(struct buf *out, const struct fork_proof *p, struct err *e)
{
	buf_fmt(out, "%s\nkind %s\n", magic, kind_words[p->kind]);
	if (p->kind == FORK_GROWN) {
		put_hash(out, "root ", &p->other_root);
		for (size_t i = 0; i < p->n; i++)
			put_hash(out, "hash ", &p->hash[i]);
	}
	for (int i = 0; i < 2; i++) {
		buf_fmt(out, "note %zu\n", p->side[i].note_len);
		buf_add(out, p->side[i].note, p->side[i].note_len);
	}
	return out->failed ? err_set(e, ERR_NOMEM, "fork proof: out of memory") : OK;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct cursor {
	const char *at, *end;
	const char *s;			/* the current line, without its newline */
	size_t len;
};

static bool
next_line(struct cursor *c)
{
	const char *stop = c->at < c->end ? memchr(c->at, '\n', (size_t)(c->end - c->at)) : NULL;

	if (stop == NULL)
		return false;
	c->s = c->at;
	c->len = (size_t)(stop - c->at);
	c->at = stop + 1;
	return true;
}

/* If the current line is ${word} and something, cut ${word} off. */
static bool
take(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if (c->len < n || memcmp(c->s, word, n) != 0)
		return false;
	c->s += n;
	c->len -= n;
	return true;
}

static int
parse_head(struct cursor *c, struct fork_proof *out, struct err *e)
{
	if (!next_line(c) || !take(c, magic_stem))
		return err_set(e, ERR_INPUT, "fork proof: line 1 must be \"%s\"", magic);
	if (!text_eq(c->s, c->len, magic + strlen(magic_stem)))
		return err_set(e, ERR_UNKNOWN, "fork proof: this version reads \"%s\" only", magic);
	if (!next_line(c) || !take(c, "kind "))
		return err_set(e, ERR_INPUT, "fork proof: line 2 must be \"kind \" and a word");
	for (out->kind = FORK_SAME_SIZE; out->kind <= FORK_GROWN; out->kind++)
		if (text_eq(c->s, c->len, kind_words[out->kind]))
			return OK;
	return err_set(e, ERR_UNKNOWN, "fork proof: of another kind than \"same-size\" and \"grown\", which this version "
	    "reads");
}

/* "root " and the "hash " lines; the current line is then the first "note ". */
static int
parse_hashes(struct cursor *c, struct fork_proof *out, struct err *e)
{
	if (!next_line(c) || !take(c, "root ") ||
	    base64_decode(out->other_root.b, HASH_BYTES, c->s, c->len) != HASH_BYTES)
		return err_set(e, ERR_INPUT, "fork proof: line 3 must be \"root \" and strict base64 of %d bytes", HASH_BYTES);
	while (next_line(c) && take(c, "hash ")) {
		if (out->n == TREE_PROOF_MAX)
			return err_set(e, ERR_LIMIT, "fork proof: more than %d hashes", TREE_PROOF_MAX);
		if (base64_decode(out->hash[out->n].b, HASH_BYTES, c->s, c->len) != HASH_BYTES)
			return err_set(e, ERR_INPUT, "fork proof: hash %zu: must be strict base64 of %d bytes", out->n + 1,
			    HASH_BYTES);
		out->n++;
	}
	return OK;
}

/* The current line says the length, the note follows. */
static int
parse_side(struct cursor *c, struct fork_side *out, int number, struct err *e)
{
	uint64_t len;
	int rc;

	if (!take(c, "note ") || !dec_u64(c->s, c->len, NOTE_MAX_BYTES, &len))
		return err_set(e, ERR_INPUT, "fork proof: note %d must begin with \"note \" and its length, at most %d", number,
		    NOTE_MAX_BYTES);
	if (len > (size_t)(c->end - c->at))
		return err_set(e, ERR_INPUT, "fork proof: note %d is cut off", number);
	if ((rc = read_side(out, c->at, (size_t)len, e)) != OK)
		return rc;
	c->at += len;
	return OK;
}

int
fork_parse(const void *bytes, size_t len, struct fork_proof *out, struct err *e)
{
	struct cursor c = { bytes, (const char *)bytes + len, NULL, 0 };
	int rc;

	memset(out, 0, sizeof *out);
	if (len > FORK_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "fork proof: %zu bytes, at most %d are read", len, FORK_MAX_BYTES);
	if ((rc = parse_head(&c, out, e)) != OK)
		return rc;
	if (out->kind == FORK_GROWN)
		rc = parse_hashes(&c, out, e);
	else if (!next_line(&c))
		rc = err_set(e, ERR_INPUT, "fork proof: ends after line 2");
	if (rc != OK || (rc = parse_side(&c, &out->side[0], 1, e)) != OK)
		return rc;
	if (!next_line(&c))
		return err_set(e, ERR_INPUT, "fork proof: ends after the first note");
	if ((rc = parse_side(&c, &out->side[1], 2, e)) != OK)
		return rc;
	if (c.at != c.end)
		return err_set(e, ERR_INPUT, "fork proof: bytes after the second note");
	return check_sides(out, e);
}

/* ---- verifying --------------------------------------------------------------------------------------------------- */

static int
verify_side(struct arena *a, const struct fork_side *side, const char *origin, const struct vkey *keys, size_t n_keys,
    size_t *key, struct err *e)
{
	struct note_mark *marks = arena_alloc(a, (n_keys + 1) * sizeof *marks);
	struct note note;
	int rc;

	if (marks == NULL)
		return err_set(e, ERR_NOMEM, "fork proof: out of memory");
	if (strcmp(side->checkpoint.origin, origin) != 0)
		return err_set(e, ERR_VERIFY, "fork proof: is of the log %.200s, not of %.200s", side->checkpoint.origin, origin);
	if ((rc = note_parse(a, side->note, side->note_len, &note, e)) != OK ||
	    (rc = note_verify(&note, note.text, note.text_len, keys, n_keys, marks, e)) != OK) {
		err_at(e, "fork proof: checkpoint of size %" PRIu64, side->checkpoint.size);
		return rc;
	}
	for (*key = 0; !marks[*key].signed_by; (*key)++)
		;
	return OK;
}

int
fork_verify(struct arena *a, const struct fork_proof *p, const char *origin, const struct vkey *keys, size_t n_keys,
    struct fork_result *out, struct err *e)
{
	const struct checkpoint *small = &p->side[0].checkpoint, *large = &p->side[1].checkpoint;
	struct fork_result r = { .kind = p->kind, .other_root = p->other_root };
	int rc;

	for (size_t k = 0; k < n_keys; k++)
		if (keys[k].type != VKEY_ED25519)
			return err_set(e, ERR_INPUT, "fork proof: %s is no key of a log (type 01)", keys[k].name);
	if ((rc = check_sides(p, e)) != OK)
		return rc;
	for (int i = 0; i < 2; i++) {
		if ((rc = verify_side(a, &p->side[i], origin, keys, n_keys, &r.key[i], e)) != OK)
			return rc;
		r.size[i] = p->side[i].checkpoint.size;
		r.root[i] = p->side[i].checkpoint.root;
	}
	if (p->kind == FORK_GROWN && (rc = tree_check_consistency(small->size, large->size, p->hash, p->n, &p->other_root,
	    &large->root, e)) != OK) {
		err_at(e, "fork proof of %.200s", origin);
		return rc;
	}
	snprintf(r.origin, sizeof r.origin, "%s", origin);
	*out = r;
	return OK;
}

int
fork_explain(struct buf *out, const struct fork_result *r, struct err *e)
{
	char root[3][BASE64_LEN(HASH_BYTES) + 1];

	base64_encode(root[0], r->root[0].b, HASH_BYTES);
	base64_encode(root[1], r->root[1].b, HASH_BYTES);
	base64_encode(root[2], r->other_root.b, HASH_BYTES);
	buf_fmt(out, "The log %s has shown two histories. ", r->origin);
	if (r->kind == FORK_SAME_SIZE)
		buf_fmt(out, "With its own key it signed that its first %" PRIu64 " entries have the root %s, and also that "
		    "they have the root %s. ", r->size[0], root[0], root[1]);
	else
		buf_fmt(out, "With its own key it signed that its first %" PRIu64 " entries have the root %s; it also signed a "
		    "log of %" PRIu64 " entries (root %s), and in that one the first %" PRIu64 " entries have the root %s. ",
		    r->size[0], root[0], r->size[1], root[1], r->size[0], root[2]);
	buf_fmt(out, "An entry once logged can neither change nor go, so both cannot be true; the signatures prove it without "
	    "anybody's word. It need not be a lie: ask the log's operator whether a backup or snapshot was restored, whether "
	    "a second node runs with the same key, whether a disk or memory fault changed a stored bit. Whatever the answer, "
	    "this log takes no further part: its entries up to the last settled checkpoint stand, the later ones do not, and "
	    "its member goes on with a new epoch, a new log under a new origin that begins from that checkpoint. Keep this "
	    "proof.\n");
	return out->failed ? err_set(e, ERR_NOMEM, "fork proof: out of memory") : OK;
}
