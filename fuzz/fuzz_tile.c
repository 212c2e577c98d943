/* Tile paths (what parses is written back the same) and entry bundles (entries lie back to back and fill the input). */
#include <assert.h>
#include <string.h>

#include "log/bundle.h"
#include "log/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bundle bundle;
	char path[TILE_PATH_MAX];
	struct tile t;
	struct err e;

	if (tile_parse(&t, (const char *)data, size, &e) == OK) {
		tile_format(path, &t);
		assert(strlen(path) == size && memcmp(path, data, size) == 0);
	}
	if (bundle_parse(&bundle, data, size, &e) == OK) {
		size_t total = 0;

		for (unsigned i = 0; i < bundle.count; i++) {
			total += 2 + bundle.entry[i].len;
			assert(bundle.entry[i].bytes == data + total - bundle.entry[i].len);
		}
		assert(total == size);
	}
	return 0;
}
