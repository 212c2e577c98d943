/* Fork proofs: what parses is written back as the same bytes, contradicts itself, and convicts nobody without a key. */
#include <assert.h>
#include <string.h>

#include "log/fork.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t base_point[SIGN_PUBLIC_BYTES] = { 0x58, [1 ... 31] = 0x66 };
	struct arena a = { .max_bytes = 4 * NOTE_MAX_BYTES };
	struct fork_result r;
	struct fork_proof p;
	struct buf out = { 0 };
	struct vkey key;
	struct err e;

	if (fork_parse(data, size, &p, &e) == OK) {
		const struct checkpoint *small = &p.side[0].checkpoint, *large = &p.side[1].checkpoint;

		assert(fork_format(&out, &p, &e) == OK && out.len == size && memcmp(out.data, data, size) == 0);
		assert(strcmp(small->origin, large->origin) == 0 && small->size > 0 && p.n <= TREE_PROOF_MAX);
		assert(p.kind == FORK_SAME_SIZE ? small->size == large->size && memcmp(&small->root, &large->root, 32) < 0 :
		    small->size < large->size && !hash_equal(&small->root, &p.other_root));
		assert(vkey_make(&key, "x", VKEY_ED25519, base_point, &e) == OK);
		assert(fork_verify(&a, &p, small->origin, &key, 1, &r, &e) != OK);
	}
	buf_free(&out);
	arena_free(&a);
	return 0;
}
