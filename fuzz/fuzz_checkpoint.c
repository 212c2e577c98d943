/* Checkpoint texts: what parses without extension lines is written back as the same bytes. */
#include <assert.h>
#include <string.h>

#include "log/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct checkpoint c;
	struct buf out = { 0 };
	struct err e;

	if (checkpoint_parse(&c, data, size, &e) == OK) {
		assert(c.size <= TREE_MAX_SIZE);
		if (c.extensions == 0) {
			assert(checkpoint_format(&out, &c, &e) == OK);
			assert(out.len == size && memcmp(out.data, data, size) == 0);
		}
	}
	buf_free(&out);
	return 0;
}
