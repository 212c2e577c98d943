/* Logs and witnesses with keys made from a number, and signed checkpoints of the reference tree. For tests only. */
#ifndef TESTS_LOG_SIGNED_H
#define TESTS_LOG_SIGNED_H

#include "crypt/crypt.h"
#include "log/checkpoint.h"
#include "log/forest.h"
#include "tap.h"

struct party {
	struct sign_key key;
	struct note_signer signer;
};

/* The party of ${name} with the key whose seed is ${seed} repeated; keeps the key inside ${p}. */
__attribute__((unused)) static void
party_make(struct party *p, const char *name, uint8_t type, uint8_t seed)
{
	uint8_t bytes[SIGN_SEED_BYTES];
	struct err e;

	memset(bytes, seed, sizeof bytes);
	sign_from_seed(&p->key, bytes);
	if (vkey_signer(&p->signer, name, type, &p->key, &e) != OK)
		ok(false, "party %s: %s", name, e.text);
}

/* Replace ${out} by the note of (${origin}, ${size}, ${root}), signed by ${log}, whatever its key's name. */
__attribute__((unused)) static void
signed_root(struct buf *out, const char *origin, uint64_t size, const struct digest *root, const struct party *log)
{
	struct checkpoint c = { .size = size, .root = *root };
	struct buf text = { 0 };
	struct err e;

	snprintf(c.origin, sizeof c.origin, "%s", origin);
	buf_reset(out);
	if (checkpoint_format(&text, &c, &e) != OK || note_begin(out, text.data, text.len, &e) != OK ||
	    note_add_line(out, text.data, text.len, &log->signer, 0, &e) != OK)
		ok(false, "checkpoint: %s", e.text);
	buf_free(&text);
}

/* The same of the reference tree as it now stands. */
__attribute__((unused)) static void
signed_tree(struct buf *out, const char *origin, uint64_t size, const struct party *log)
{
	struct digest root = forest_mth(0, (size_t)size);

	signed_root(out, origin, size, &root, log);
}

/* Another history: leaf ${i} of the reference tree is changed; the same call again changes it back. */
__attribute__((unused)) static void
forest_flip(size_t i)
{
	forest[i].b[0] ^= 1;
}

#endif
