#include "log/bundle.h"

#include <assert.h>

#include "base/wire.h"

bool
bundle_add(struct buf *out, const void *entry, size_t len)
{
	assert(len <= BUNDLE_ENTRY_MAX);
	put_u16(out, (uint16_t)len);
	return buf_add(out, entry, len);
}

int
bundle_parse(struct bundle *out, const void *bytes, size_t len, struct err *e)
{
	struct wire w = wire_reader(bytes, len);

	out->count = 0;
	if (len == 0)
		return err_set(e, ERR_INPUT, "entry bundle: empty; one with no entries must not exist");
	while (wire_left(&w) > 0) {
		size_t entry_len = wire_u16(&w);
		const uint8_t *entry = wire_bytes(&w, entry_len);

		if (w.failed)
			return err_set(e, ERR_INPUT, "entry bundle: cut off inside entry %u", out->count);
		if (out->count == TILE_WIDTH)
			return err_set(e, ERR_LIMIT, "entry bundle: more than %d entries", TILE_WIDTH);
		out->entry[out->count].bytes = entry;
		out->entry[out->count++].len = entry_len;
	}
	return OK;
}
