/* Making proofs (RFC 6962 sections 2.1.1 and 2.1.2) from hashes of complete subtrees. */
#include <inttypes.h>

#include "log/tree.h"

/* The largest power of two below ${n}; n >= 2. */
static uint64_t
split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static unsigned
log2_of(uint64_t power)
{
	return (unsigned)__builtin_ctzll(power);
}

/*
 * MTH of leaves [lo, hi), where lo is a multiple of a power of two that is not below hi - lo, as is every subtree a
 * proof meets. Its complete subtrees are read from the right, smallest first, and joined as they come.
 */
static int
span(const struct tree_source *src, uint64_t lo, uint64_t hi, struct digest *out, struct err *e)
{
	struct digest left;
	bool have = false;
	int rc;

	for (uint64_t n = hi - lo; n > 0; n &= n - 1) {
		uint64_t power = n & -n, start = lo + (n & (n - 1));

		if ((rc = src->get(src->ctx, log2_of(power), start / power, have ? &left : out, e)) != OK)
			return rc;
		if (have)
			tree_node(out, &left, out);
		have = true;
	}
	return OK;
}

int
tree_root_from(const struct tree_source *src, uint64_t size, struct digest *out, struct err *e)
{
	if (size > TREE_MAX_SIZE)
		return err_set(e, ERR_LIMIT, "tree size %" PRIu64 ": above 2^63 - 1", size);
	if (size == 0) {
		tree_empty(out);
		return OK;
	}
	return span(src, 0, size, out, e);
}

/* A proof is found from the root down but written from the leaf up. */
static void
reverse(struct digest *proof, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct digest d = proof[i];

		proof[i] = proof[n - 1 - i];
		proof[n - 1 - i] = d;
	}
}

int
tree_prove_inclusion(const struct tree_source *src, uint64_t index, uint64_t size, struct digest *proof, size_t *n,
    struct err *e)
{
	uint64_t lo = 0, hi = size;
	int rc = OK;

	*n = 0;
	if (size > TREE_MAX_SIZE || index >= size)
		return err_set(e, ERR_INPUT, "inclusion proof: index %" PRIu64 " is not in a tree of size %" PRIu64,
		    index, size);
	while (hi - lo > 1 && rc == OK) {
		uint64_t mid = lo + split(hi - lo);

		if (index < mid) {
			rc = span(src, mid, hi, &proof[(*n)++], e);
			hi = mid;
		} else {
			rc = span(src, lo, mid, &proof[(*n)++], e);
			lo = mid;
		}
	}
	reverse(proof, *n);
	return rc;
}

int
tree_prove_consistency(const struct tree_source *src, uint64_t size1, uint64_t size2, struct digest *proof, size_t *n,
    struct err *e)
{
	uint64_t lo = 0, hi = size2;
	int rc = OK;

	*n = 0;
	if (size1 == 0 || size1 > size2 || size2 > TREE_MAX_SIZE)
		return err_set(e, ERR_INPUT, "consistency proof: from size %" PRIu64 " to %" PRIu64 " is not defined; "
		    "the old size must be at least 1 and at most the new", size1, size2);
	while (size1 < hi && rc == OK) {	/* SUBPROOF(size1 - lo, D[lo:hi], lo == 0) */
		uint64_t mid = lo + split(hi - lo);

		if (size1 <= mid) {
			rc = span(src, mid, hi, &proof[(*n)++], e);
			hi = mid;
		} else {
			rc = span(src, lo, mid, &proof[(*n)++], e);
			lo = mid;
		}
	}
	/* [lo, hi) is now a complete subtree of both trees; the verifier knows it only if it is the whole old tree. */
	if (rc == OK && lo > 0)
		rc = span(src, lo, hi, &proof[(*n)++], e);
	reverse(proof, *n);
	return rc;
}
