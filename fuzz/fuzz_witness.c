/*
 * add-checkpoint: what parses is put together again as the same bytes; what is decided keeps its promises. The first two
 * bytes make the witness's state, over a tree of equal leaves. Each request is decided as it came and once more with the
 * log's true signature under it, since no input could guess one.
 */
#include <assert.h>
#include <string.h>

#include "log/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 100

static void
check(const struct witness_request *r, const struct witness_log *log)
{
	const struct witness_state *held = &log->held;
	struct arena a = { .max_bytes = 4 * NOTE_MAX_BYTES };
	struct witness_decision d;
	struct buf out = { 0 };
	const char *type;
	struct err e;

	witness_decide(&a, r, log, NOW, &d);
	if (d.status == 200) {
		assert(d.finding == WITNESS_NOTHING && r->old_size == held->size && !log->frozen && held->time_s <= NOW);
		assert(d.next.size == r->checkpoint.size && d.next.size >= held->size && d.next.time_s == NOW);
		assert(d.next.size > held->size || hash_equal(&d.next.root, &held->root));
	} else {
		assert(d.why.text[0] != '\0' && witness_refuse(&out, &d, &type, &e) == OK && out.len > 0);
	}
	assert(d.finding != WITNESS_FORK || r->checkpoint.size == held->size);
	assert(d.finding != WITNESS_FORK_GROWN || (r->checkpoint.size > held->size &&
	    tree_check_consistency(held->size, r->checkpoint.size, r->proof, r->n_proof, &d.other_root, &r->checkpoint.root,
	    &e) == OK && !hash_equal(&d.other_root, &held->root)));
	buf_free(&out);
	arena_free(&a);
}

static void
decide(const struct witness_request *r, uint8_t held_size, uint8_t time_s)
{
	static const uint8_t seed[SIGN_SEED_BYTES] = { 1 };
	struct witness_request with = *r;
	struct tree_range range = { 0 };
	struct digest leaf = { { 0 } };
	struct note_signer signer;
	struct sign_key secret;
	struct witness_log log = { r->checkpoint.origin, &signer.vkey, 1, { 0 }, held_size == 255 };
	struct buf note = { 0 };
	struct err e;

	sign_from_seed(&secret, seed);
	assert(vkey_signer(&signer, "example.org/log", VKEY_ED25519, &secret, &e) == OK);
	while (range.size < held_size)
		tree_append(&range, &leaf);
	log.held.size = held_size;
	log.held.time_s = time_s;
	tree_root(&range, &log.held.root);
	check(r, &log);
	assert(note_begin(&note, r->note, r->text_len, &e) == OK);
	assert(note_add_line(&note, r->note, r->text_len, &signer, 0, &e) == OK);
	with.note = (const char *)note.data;
	with.note_len = note.len;
	check(&with, &log);
	buf_free(&note);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct witness_request r;
	struct witness_reply reply;
	struct buf out = { 0 };
	struct err e;

	if (size < 2)
		return 0;
	if (witness_request_parse(&r, data + 2, size - 2, &e) == OK) {
		assert(r.n_proof <= WITNESS_PROOF_MAX && r.text_len < r.note_len);
		assert(witness_request_format(&out, r.old_size, r.proof, r.n_proof, r.note, r.note_len, &e) == OK);
		assert(out.len == size - 2 && memcmp(out.data, data + 2, out.len) == 0);
		decide(&r, data[0], data[1]);
	}
	if (witness_reply_read(&reply, data[0], 409, WITNESS_SIZE_TYPE, data + 2, size - 2, &e) == OK)
		assert(!reply.cosigned && reply.behind != data[0]);
	buf_free(&out);
	return 0;
}
