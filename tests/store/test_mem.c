/*
 * The store in memory: the suite, the map under it, keys in the order of tuples.
 */
#include "store/conform_rows.h"
#include "store/store_map.h"

/* A reference implementation: which of 500 keys are there, and since which round. */
static void
test_map(void)
{
	static int truth[500], old[500];
	struct map_spare spare = { 0 };
	struct map_node *root = NULL, *snapshot = NULL;
	uint32_t seed = 1;
	bool good = true, kept = true;

	for (int round = 1; round <= 20000 && good; round++) {
		int k = (int)((seed = seed * 1664525 + 1013904223) >> 8) % 500;
		uint8_t key[2] = { (uint8_t)(k >> 8), (uint8_t)k };

		if (round == 10000) {
			snapshot = map_ref(root);
			memcpy(old, truth, sizeof old);
		}
		if (seed >> 31) {
			good = map_put(&spare, &root, key, 2, &round, sizeof round);
			truth[k] = round;
		} else {
			good = map_del(&spare, &root, key, 2);
			truth[k] = 0;
		}
		if (round % 500 == 0)
			good = good && map_check(root) && map_check(snapshot);
	}
	for (int k = 0; k < 500; k++) {
		uint8_t key[2] = { (uint8_t)(k >> 8), (uint8_t)k };
		struct map_item *now = map_get(root, key, 2), *then = map_get(snapshot, key, 2);

		good = good && (now == NULL ? truth[k] == 0 : memcmp(map_value(now), &truth[k], sizeof truth[k]) == 0);
		kept = kept && (then == NULL ? old[k] == 0 : memcmp(map_value(then), &old[k], sizeof old[k]) == 0);
	}
	ok(good, "map: 20,000 random changes agree with an array, and stay balanced");
	ok(kept, "map: a snapshot from the middle has not moved");
	map_drop(root);
	map_drop(snapshot);
	map_spare_free(&spare);
}

static void
test_keys(void)
{
	static const struct { const char *s; size_t len; } words[] = { { "", 0 }, { "\0", 1 }, { "\0\0", 2 },
	    { "\0\1", 2 }, { "\0\xff", 2 }, { "\1", 1 }, { "a", 1 }, { "a\0", 2 }, { "a\0b", 3 }, { "aa", 2 },
	    { "\xff", 1 }, { "\xff\xff", 2 } };
	static const int64_t nums[] = { INT64_MIN, -1, 0, 1, 255, 256, INT64_MAX };
	struct buf last = { 0 }, key = { 0 };
	int n = 0, ascending = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		for (size_t k = 0; k < sizeof nums / sizeof nums[0]; k++) {
			struct row row = { .table = T_IDENT, .cols = 3,
			    .v = { val_text(words[i].s, words[i].len), val_str("x"), val_int(nums[k]) } };
			size_t min;
			int c;

			buf_reset(&key);
			store_row_key(&key, &row, 3);
			min = key.len < last.len ? key.len : last.len;
			c = last.len == 0 ? 1 : memcmp(key.data, last.data, min);
			ascending += c > 0 || (c == 0 && key.len > last.len);
			n++;
			buf_reset(&last);
			buf_add(&last, key.data, key.len);
		}
	}
	is(ascending, n, "keys: bytes ascend as tuples do");
	buf_free(&last);
	buf_free(&key);
}

static void
test_pack(void)
{
	struct row row = ident("a\nb", "", INT64_MIN), got;
	struct buf b = { 0 };

	store_row_pack(&b, &row);
	ok(store_row_unpack(T_IDENT, b.data, b.len, &got) && store_row_same(&row, &got, 3), "pack: there and back");
	ok(!store_row_unpack(T_IDENT, b.data, b.len - 1, &got), "pack: a byte short is refused");
	buf_byte(&b, 0);
	ok(!store_row_unpack(T_IDENT, b.data, b.len, &got), "pack: a byte more is refused");
	buf_free(&b);
}

int
main(void)
{
	struct store *s;
	struct err e;

	test_map();
	test_keys();
	test_pack();
	MUST(store_open_mem(&s, NULL));
	conform(s);
	is(store_backup(s, "/nowhere", NULL, NULL, &e), ERR_INPUT, "a store in memory has nothing to copy");
	store_close(s);
	store_close(NULL);
	return tap_done();
}
