/* A packed row of each derived table: what unpacks packs to the same bytes, and its key is ordered like itself. */
#include <assert.h>
#include <string.h>

#include "store/store_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf packed = { 0 }, key = { 0 };
	struct row row;

	if (size == 0 || !store_row_unpack((enum derived_table)(data[0] % T_COUNT), data + 1, size - 1, &row))
		return 0;
	store_row_pack(&packed, &row);
	assert(packed.len == size - 1 && (packed.len == 0 || memcmp(packed.data, data + 1, packed.len) == 0));
	assert(store_row_same(&row, &row, row.cols));
	store_row_key(&key, &row, store_table_def(row.table)->keys);
	assert(!key.failed && key.len > 0);
	buf_free(&packed);
	buf_free(&key);
	return 0;
}
