#include "log/tree.h"

#include <assert.h>

void
tree_leaf(struct digest *out, const void *entry, size_t len)
{
	static const uint8_t prefix = 0x00;
	struct hash h;

	hash_start(&h);
	hash_add(&h, &prefix, 1);
	hash_add(&h, entry, len);
	hash_done(&h, out);
}

void
tree_node(struct digest *out, const struct digest *left, const struct digest *right)
{
	static const uint8_t prefix = 0x01;
	struct hash h;

	hash_start(&h);
	hash_add(&h, &prefix, 1);
	hash_add(&h, left->b, sizeof left->b);
	hash_add(&h, right->b, sizeof right->b);
	hash_done(&h, out);
}

void
tree_empty(struct digest *out)
{
	hash_once(out, NULL, 0);
}

void
tree_append(struct tree_range *r, const struct digest *leaf)
{
	struct digest h = *leaf;
	unsigned k = 0;

	assert(r->size < TREE_MAX_SIZE);
	/* Adding one to the size carries through its low one bits; each carry joins two subtrees of equal height. */
	for (; r->size >> k & 1; k++)
		tree_node(&h, &r->peak[k], &h);
	r->peak[k] = h;
	r->size++;
}

void
tree_root(const struct tree_range *r, struct digest *out)
{
	bool have = false;

	if (r->size == 0)
		tree_empty(out);
	for (unsigned k = 0; k < 63; k++) {
		if (!(r->size >> k & 1))
			continue;
		if (have)
			tree_node(out, &r->peak[k], out);
		else
			*out = r->peak[k];
		have = true;
	}
}
