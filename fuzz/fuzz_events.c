/* Files of dated events, and the records they become. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "play/events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_limits limits = { 8u << 20, 64, 200000 };
	struct arena a = { .max_bytes = (size_t)64 << 20 };
	struct buf out = { .max_bytes = (size_t)8 << 20 };
	struct events all;
	struct json *root;
	struct err e = { 0 };
	int rc = events_parse(&a, "fuzz.yaml", (const char *)data, size, &all, &e);

	assert(rc == OK || (e.code == rc && e.text[0] != '\0'));
	for (uint32_t i = 0; rc == OK && i < all.count; i++) {
		buf_reset(&out);
		event_write(&all, &all.list[i], "kz", &out);
		if (!out.failed) {
			rc = json_parse(&a, out.data, out.len - 1, &limits, &root, &e);
			assert(rc == OK || rc == ERR_INPUT || rc == ERR_LIMIT || rc == ERR_NOMEM);
			rc = OK;
		}
	}
	buf_free(&out);
	arena_free(&a);
	return 0;
}
