#include "log/witness.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"

int
witness_request_format(struct buf *out, uint64_t old_size, const struct digest *proof, size_t n_proof, const void *note,
    size_t note_len, struct err *e)
{
	char b64[BASE64_LEN(HASH_BYTES) + 1];
	size_t start = out->len;

	if (n_proof > WITNESS_PROOF_MAX || note_len > NOTE_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "add-checkpoint: at most %d hashes and a note of %d bytes", WITNESS_PROOF_MAX,
		    NOTE_MAX_BYTES);
	buf_fmt(out, "old %" PRIu64 "\n", old_size);
	for (size_t i = 0; i < n_proof; i++) {
		base64_encode(b64, proof[i].b, HASH_BYTES);
		buf_fmt(out, "%s\n", b64);
	}
	buf_byte(out, '\n');
	if (!buf_add(out, note, note_len))
		return err_set(e, ERR_NOMEM, "add-checkpoint: out of memory");
	if (out->len - start > WITNESS_BODY_MAX)
		return err_set(e, ERR_LIMIT, "add-checkpoint: %zu bytes, a witness reads at most %d; leave cosignatures out of "
		    "the note", out->len - start, WITNESS_BODY_MAX);
	return OK;
}

/* Take one hash line, or the empty line that ends them, off *${s}. */
static int
parse_proof(const char **s, const char *end, struct witness_request *out, struct err *e)
{
	for (;;) {
		const char *stop = memchr(*s, '\n', (size_t)(end - *s)), *line = *s;

		if (stop == NULL)
			return err_set(e, ERR_INPUT, "add-checkpoint: no empty line before the checkpoint");
		*s = stop + 1;
		if (stop == line)
			return OK;
		if (out->n_proof == WITNESS_PROOF_MAX)
			return err_set(e, ERR_LIMIT, "add-checkpoint: more than %d hashes", WITNESS_PROOF_MAX);
		if (base64_decode(out->proof[out->n_proof].b, HASH_BYTES, line, (size_t)(stop - line)) != HASH_BYTES)
			return err_set(e, ERR_INPUT, "add-checkpoint: hash %zu: must be strict base64 of %d bytes",
			    out->n_proof + 1, HASH_BYTES);
		out->n_proof++;
	}
}

int
witness_request_parse(struct witness_request *out, const void *bytes, size_t len, struct err *e)
{
	const char *s = bytes, *end = s + len, *stop;
	int rc;

	memset(out, 0, sizeof *out);
	if (len > WITNESS_BODY_MAX)
		return err_set(e, ERR_LIMIT, "add-checkpoint: %zu bytes, at most %d are read", len, WITNESS_BODY_MAX);
	if (len < 4 || memcmp(s, "old ", 4) != 0 || (stop = memchr(s, '\n', len)) == NULL ||
	    !dec_u64(s + 4, (size_t)(stop - s) - 4, TREE_MAX_SIZE, &out->old_size))
		return err_set(e, ERR_INPUT, "add-checkpoint: line 1 must be \"old \" and a size: a decimal of at most 2^63 - 1 "
		    "without leading zero");
	s = stop + 1;
	if ((rc = parse_proof(&s, end, out, e)) != OK)
		return rc;
	out->note = s;
	out->note_len = (size_t)(end - s);
	if (!note_split(s, out->note_len, &out->text_len) || !note_text_ok(s, out->text_len))
		return err_set(e, ERR_INPUT, "add-checkpoint: the checkpoint must be a signed note: UTF-8 text, an empty line, "
		    "signature lines");
	return checkpoint_parse_claim(&out->checkpoint, s, out->text_len, e);
}

/* Has a key of ${log} signed? If not, ${out} says why not. */
static bool
is_signed(struct arena *a, const struct witness_request *r, const struct witness_log *log, struct witness_decision *out)
{
	struct note note;
	struct note_mark *marks = arena_alloc(a, (log->n_keys + 1) * sizeof *marks);
	int rc;

	if (marks == NULL)
		rc = err_set(&out->why, ERR_NOMEM, "add-checkpoint: out of memory");
	else if ((rc = note_parse(a, r->note, r->note_len, &note, &out->why)) == OK)
		rc = note_verify(&note, note.text, note.text_len, log->keys, log->n_keys, marks, &out->why);
	if (rc != OK)
		out->status = rc == ERR_NOMEM ? 500 : 403;
	return rc == OK;
}

/* What the signed checkpoint of ${r} says about the log, whatever becomes of the request. */
static void
find(const struct witness_request *r, const struct witness_state *held, struct witness_decision *out)
{
	const struct checkpoint *c = &r->checkpoint;
	struct digest from, to;

	if (held->size == 0)
		return;
	if (c->size == held->size) {
		if (!hash_equal(&c->root, &held->root))
			out->finding = WITNESS_FORK;
		return;
	}
	if (r->old_size != held->size || c->size < held->size ||
	    tree_follow_consistency(held->size, c->size, r->proof, r->n_proof, &held->root, &from, &to, NULL) != OK)
		return;
	if (hash_equal(&to, &c->root) && !hash_equal(&from, &held->root)) {
		out->finding = WITNESS_FORK_GROWN;
		out->other_root = from;
	}
}

/* 422: is the tree of ${r} one that grew out of what is held? */
static bool
grows(const struct witness_request *r, const struct witness_state *held, struct witness_decision *out)
{
	const struct checkpoint *c = &r->checkpoint;
	struct digest empty;

	if (r->old_size > 0)
		return tree_check_consistency(held->size, c->size, r->proof, r->n_proof, &held->root, &c->root,
		    &out->why) == OK;
	if (r->n_proof > 0) {
		err_set(&out->why, ERR_VERIFY, "consistency proof: from size 0 there is nothing to prove; send old 0 without "
		    "hashes");
		return false;
	}
	tree_empty(&empty);
	if (c->size == 0 && !hash_equal(&c->root, &empty)) {
		err_set(&out->why, ERR_VERIFY, "checkpoint of %s: size 0, but the root is not that of the empty tree",
		    c->origin);
		return false;
	}
	return true;
}

static int
refuse_clock(struct witness_decision *out, const struct witness_log *log)
{
	err_set(&out->why, ERR_BUSY, "this witness's clock stands before its last cosignature of %s; it signs again when the "
	    "clock is right", log->origin);
	return 503;
}

/* The status for a checkpoint that a key of ${log} has signed; other than 200, with the reason in ${out}. */
static int
decide_signed(const struct witness_request *r, const struct witness_log *log, uint64_t now_s, struct witness_decision *out)
{
	const struct checkpoint *c = &r->checkpoint;
	const struct witness_state *held = &log->held;

	if (log->frozen) {
		err_set(&out->why, ERR_DENIED, "the log %s has shown two histories: nothing more of it is cosigned here; it "
		    "must begin a new epoch", log->origin);
		return 403;
	}
	if (r->old_size > c->size) {
		err_set(&out->why, ERR_INPUT, "add-checkpoint: old %" PRIu64 " is above the checkpoint's size %" PRIu64,
		    r->old_size, c->size);
		return 400;
	}
	if (c->extensions != 0) {
		err_set(&out->why, ERR_INPUT, "checkpoint of %s: extension lines are not cosigned here", c->origin);
		return 400;
	}
	if (r->old_size != held->size) {
		err_set(&out->why, ERR_CONFLICT, "checkpoint of %s: cosigned here up to size %" PRIu64 "; prove from there",
		    c->origin, held->size);
		return 409;
	}
	if (!grows(r, held, out))
		return 422;
	if (now_s == 0 || now_s > VKEY_MAX_TIME_S || now_s < held->time_s)
		return refuse_clock(out, log);
	out->next = (struct witness_state){ c->size, c->root, now_s };
	return 200;
}

void
witness_decide(struct arena *a, const struct witness_request *r, const struct witness_log *log, uint64_t now_s,
    struct witness_decision *out)
{
	memset(out, 0, sizeof *out);
	if (log == NULL || strcmp(log->origin, r->checkpoint.origin) != 0) {
		err_set(&out->why, ERR_NOTFOUND, "add-checkpoint: the log %s is not witnessed here", r->checkpoint.origin);
		out->status = 404;
		return;
	}
	for (size_t k = 0; k < log->n_keys; k++)
		assert(log->keys[k].type == VKEY_ED25519);	/* another type of line says something else */
	out->held_size = log->held.size;
	if (!is_signed(a, r, log, out))
		return;
	find(r, &log->held, out);
	out->status = decide_signed(r, log, now_s, out);
}

int
witness_refuse(struct buf *out, const struct witness_decision *d, const char **type, struct err *e)
{
	bool good;

	assert(d->status != 200);
	if (d->status == 409) {
		*type = WITNESS_SIZE_TYPE;
		good = buf_fmt(out, "%" PRIu64 "\n", d->held_size);
	} else {
		*type = "text/plain; charset=utf-8";
		good = buf_fmt(out, "%s\n", d->why.text);
	}
	return good ? OK : err_set(e, ERR_NOMEM, "add-checkpoint: out of memory");
}

int
witness_cosign(struct buf *out, const struct witness_request *r, const struct witness_state *stored,
    const struct note_signer *signers, size_t n, struct err *e)
{
	const struct checkpoint *c = &r->checkpoint;
	int rc = OK;

	if (stored->size != c->size || !hash_equal(&stored->root, &c->root))
		return err_set(e, ERR_CONFLICT, "cosignature of %s: the stored tree of size %" PRIu64 " is not the one that was "
		    "asked for; decide anew", c->origin, stored->size);
	for (size_t i = 0; i < n && rc == OK; i++) {
		if (signers[i].vkey.type != VKEY_COSIGN)
			return err_set(e, ERR_INPUT, "cosignature by %s: a witness's key must be of type 04",
			    signers[i].vkey.name);
		rc = note_add_line(out, r->note, r->text_len, &signers[i], stored->time_s, e);
	}
	return rc;
}

void
witness_origin_hex(char hex[2 * HASH_BYTES + 1], const char *origin)
{
	struct digest d;

	hash_once(&d, origin, strlen(origin));
	hex_encode(hex, d.b, HASH_BYTES);
}
