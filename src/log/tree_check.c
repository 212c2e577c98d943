/* Checking proofs: RFC 9162 sections 2.1.3.2 and 2.1.4.2, whose variable names fn and sn are kept. */
#include <inttypes.h>

#include "log/tree.h"

/* Climb over the levels at which the node is a last, left child and so has no sibling. */
static void
skip_lone(uint64_t *fn, uint64_t *sn)
{
	while (!(*fn & 1) && *fn != 0) {
		*fn >>= 1;
		*sn >>= 1;
	}
}

int
tree_check_inclusion(uint64_t index, uint64_t size, const struct digest *leaf, const struct digest *proof, size_t n,
    const struct digest *root, struct err *e)
{
	uint64_t fn = index, sn = size - 1;
	struct digest r = *leaf;

	if (size > TREE_MAX_SIZE || index >= size)
		return err_set(e, ERR_INPUT, "inclusion proof: index %" PRIu64 " is not in a tree of size %" PRIu64,
		    index, size);
	for (size_t i = 0; i < n; i++) {
		if (sn == 0)
			return err_set(e, ERR_VERIFY, "inclusion proof: %zu hashes, more than a tree of size %"
			    PRIu64 " needs", n, size);
		if (fn & 1 || fn == sn) {
			tree_node(&r, &proof[i], &r);
			skip_lone(&fn, &sn);
		} else {
			tree_node(&r, &r, &proof[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return err_set(e, ERR_VERIFY, "inclusion proof: %zu hashes, fewer than a tree of size %" PRIu64 " "
		    "needs", n, size);
	if (!hash_equal(&r, root))
		return err_set(e, ERR_VERIFY, "inclusion proof: does not lead from entry %" PRIu64 " to the root of "
		    "size %" PRIu64, index, size);
	return OK;
}

static int
check_equal_sizes(uint64_t size, size_t n, const struct digest *root1, const struct digest *root2, struct err *e)
{
	if (n != 0)
		return err_set(e, ERR_VERIFY, "consistency proof: sizes are equal, so the proof must be empty; it has "
		    "%zu hashes", n);
	if (!hash_equal(root1, root2))
		return err_set(e, ERR_VERIFY, "consistency proof: two different roots for size %" PRIu64 ": the log "
		    "has forked; keep both checkpoints as evidence", size);
	return OK;
}

int
tree_check_consistency(uint64_t size1, uint64_t size2, const struct digest *proof, size_t n, const struct digest *root1,
    const struct digest *root2, struct err *e)
{
	struct digest from, to;
	int rc;

	if (size1 != 0 && size1 == size2 && size2 <= TREE_MAX_SIZE)
		return check_equal_sizes(size1, n, root1, root2, e);
	if ((rc = tree_follow_consistency(size1, size2, proof, n, root1, &from, &to, e)) != OK)
		return rc;
	if (!hash_equal(&from, root1) || !hash_equal(&to, root2))
		return err_set(e, ERR_VERIFY, "consistency proof: the tree of size %" PRIu64 " is not shown to be a "
		    "prefix of that of size %" PRIu64, size1, size2);
	return OK;
}

int
tree_follow_consistency(uint64_t size1, uint64_t size2, const struct digest *proof, size_t n,
    const struct digest *root1, struct digest *from, struct digest *to, struct err *e)
{
	uint64_t fn = size1 - 1, sn = size2 - 1;
	struct digest fr = *root1, sr = *root1;
	size_t i = 0;

	if (size1 == 0 || size1 >= size2 || size2 > TREE_MAX_SIZE)
		return err_set(e, ERR_INPUT, "consistency proof: from size %" PRIu64 " to %" PRIu64 " is not defined; "
		    "the old size must be at least 1 and at most the new", size1, size2);
	for (; fn & 1; sn >>= 1)
		fn >>= 1;
	if (fn != 0) {	/* size1 is no power of two: the proof begins with the subtree both trees share */
		if (n == 0)
			return err_set(e, ERR_VERIFY, "consistency proof: empty, but the sizes differ");
		fr = sr = proof[i++];
	}
	for (; i < n; i++) {
		if (sn == 0)
			return err_set(e, ERR_VERIFY, "consistency proof: more hashes than sizes %" PRIu64 " and %"
			    PRIu64 " need", size1, size2);
		if (fn & 1 || fn == sn) {
			tree_node(&fr, &proof[i], &fr);
			tree_node(&sr, &proof[i], &sr);
			skip_lone(&fn, &sn);
		} else {
			tree_node(&sr, &sr, &proof[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0)
		return err_set(e, ERR_VERIFY, "consistency proof: fewer hashes than sizes %" PRIu64 " and %" PRIu64 " "
		    "need", size1, size2);
	*from = fr;
	*to = sr;
	return OK;
}
