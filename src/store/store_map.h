/*
 * An ordered map of byte strings that keeps its past: taking a snapshot is counting one reference, and writing
 * afterwards copies only the path that changes. So store_mem has transactions, rollback and any number of reading
 * threads without a lock around the data.
 *
 * An AVL tree, so its depth is below 1.45 log2(n) whatever the keys. Nodes and items are counted; one that only one
 * owner holds is changed in place. A root may be read by any thread that holds a reference to it; it is written by one
 * thread.
 */
#ifndef STORE_STORE_MAP_H
#define STORE_STORE_MAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_node;			/* NULL is the empty map */

struct map_item {
	atomic_uint refs;
	uint32_t key_len, value_len;
	uint8_t bytes[];		/* key, then value */
};

static inline const uint8_t *
map_value(const struct map_item *it)
{
	return it->bytes + it->key_len;
}

/* References: map_ref returns its argument. Dropping the last one frees. NULL is fine everywhere. */
struct map_node *map_ref(struct map_node *root);
void map_drop(struct map_node *root);
struct map_item *map_item_ref(struct map_item *it);
void map_item_drop(struct map_item *it);

/* Nodes a writer keeps for its next write. Zeroed is empty; map_spare_free when done. */
struct map_spare {
	struct map_node *list;
	int count;
};
void map_spare_free(struct map_spare *s);

/*
 * Insert or replace, remove. ${root} is the caller's own reference to its version and is replaced. False: no memory,
 * nothing changed. Removing what is not there is true. O(log n).
 */
bool map_put(struct map_spare *s, struct map_node **root, const void *key, size_t key_len, const void *value,
    size_t value_len);
bool map_del(struct map_spare *s, struct map_node **root, const void *key, size_t key_len);

/* Belongs to the map. O(log n). */
struct map_item *map_get(struct map_node *root, const void *key, size_t key_len);

/*
 * In key order from the first item whose key is >= ${from}, or backwards from the last whose key is <= ${from} or
 * begins with it. The map must not change meanwhile (hold a reference). A non-zero return of ${visit} stops and is
 * returned.
 */
int map_walk(struct map_node *root, const void *from, size_t from_len, bool descending,
    int (*visit)(void *ctx, const struct map_item *it), void *ctx);

/* Invariants: keys ascend, heights differ by at most one, every reference count is at least one. */
bool map_check(const struct map_node *root);

#endif
