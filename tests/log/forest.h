/* A plain reference tree to hold the log room against: keeps all leaf hashes, computes by RFC 6962's recursive definition. */
#ifndef TESTS_LOG_FOREST_H
#define TESTS_LOG_FOREST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/bundle.h"
#include "log/tile.h"
#include "log/tree.h"

#define FOREST_MAX 70000

static struct digest forest[FOREST_MAX];	/* leaf hashes of "entry 0", "entry 1", ... */

__attribute__((unused)) static size_t
forest_entry(char *out, size_t cap, uint64_t i)
{
	return (size_t)snprintf(out, cap, "entry %llu", (unsigned long long)i);
}

__attribute__((unused)) static void
forest_grow(void)
{
	char entry[40];

	for (uint64_t i = 0; i < FOREST_MAX; i++) {
		size_t len = forest_entry(entry, sizeof entry, i);

		tree_leaf(&forest[i], entry, len);
	}
}

/* MTH(D[lo:hi]) by definition. */
__attribute__((unused)) static struct digest
forest_mth(size_t lo, size_t hi)
{
	struct digest out, left, right;
	size_t k = 1;

	if (hi == lo) {
		tree_empty(&out);
		return out;
	}
	if (hi - lo == 1)
		return forest[lo];
	while (2 * k < hi - lo)
		k *= 2;
	left = forest_mth(lo, lo + k);
	right = forest_mth(lo + k, hi);
	tree_node(&out, &left, &right);
	return out;
}

__attribute__((unused)) static int
forest_get(void *ctx, unsigned level, uint64_t index, struct digest *out, struct err *e)
{
	uint64_t size = *(const uint64_t *)ctx;

	if (index >= size >> level)
		return err_set(e, ERR_INPUT, "a proof asked for a hash outside the tree");
	*out = forest_mth((size_t)(index << level), (size_t)((index + 1) << level));
	return OK;
}

#endif
