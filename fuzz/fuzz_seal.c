/* Sealed key files: what parses is written back as it stood; what is cheap to open is tried with one passphrase. */
#include <assert.h>
#include <string.h>

#include "crypt/crypt.h"
#include "crypt/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = { 0 };
	struct keyfile key;
	struct seal s;
	struct err e;

	assert(crypt_init(NULL) == OK);
	if (seal_parse(&s, data, size, &e) != OK) {
		assert(strlen(e.text) > 20);
		return 0;
	}
	assert(seal_is(data, size) && s.cost.ops <= SEAL_OPS_MAX && s.cost.mem_bytes <= SEAL_MEM_MAX);
	assert(seal_format(&out, &s, &e) == OK && out.len == size && memcmp(out.data, data, size) == 0);
	if (s.cost.ops == 1 && s.cost.mem_bytes < 32768) {
		if (seal_open(&key, &s, "correct horse", 13, &e) == OK)
			assert(key.purpose == s.purpose && strcmp(key.name, s.name) == 0);
		keyfile_wipe(&key);
	}
	buf_free(&out);
	return 0;
}
