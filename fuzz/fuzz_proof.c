/* Proof files: what parses is written back as the same bytes, and verifying it ends. */
#include <assert.h>
#include <string.h>

#include "log/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char vkey[] = "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
	struct arena a = { .max_bytes = 8 * NOTE_MAX_BYTES };
	struct proof_result result;
	struct buf out = { 0 };
	struct vkey key;
	struct proof p;
	struct err e;

	if (proof_parse(&a, data, size, &p, &e) == OK) {
		struct proof_policy policy = { &key, 1, 0 };

		assert(proof_format(&out, &p, &e) == OK);
		assert(out.len == size && memcmp(out.data, data, size) == 0);
		assert(vkey_parse(&key, vkey, sizeof vkey - 1, &e) == OK);
		proof_verify(&a, &p, "entry", 5, &policy, &result, &e);
	}
	buf_free(&out);
	arena_free(&a);
	return 0;
}
