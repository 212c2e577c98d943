/*
 * The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1): hashing, appending, proofs.
 *
 *     leaf  = SHA-256(0x00 || entry)      node = SHA-256(0x01 || left || right)      root of no leaves = SHA-256("")
 *     MTH(D[n]) = node(MTH(D[0:k]), MTH(D[k:n])),  k the largest power of two below n
 *
 * "The hash (level, index)" is the root of the complete subtree over leaves [index * 2^level, (index + 1) * 2^level).
 * Sizes and indexes are below 2^63, so that they fit a database's signed integer.
 */
#ifndef LOG_TREE_H
#define LOG_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypt/hash.h"

#define TREE_MAX_SIZE UINT64_C(0x7fffffffffffffff)
#define TREE_PROOF_MAX 64		/* hashes in the longest proof of either kind */

/* Hashing. Cannot fail. A node costs two compressions, a leaf of n bytes one per started 64 of (n + 10). */
void tree_leaf(struct digest *out, const void *entry, size_t len);
void tree_node(struct digest *out, const struct digest *left, const struct digest *right);	/* ${out} may be either */
void tree_empty(struct digest *out);

/*
 * A compact range: all that appending needs to remember. peak[k] is defined where bit k of size is set, and is then the
 * hash of the complete subtree of 2^k leaves that belongs to that bit (largest subtree first in the log). A zeroed
 * struct is the empty tree.
 */
struct tree_range {
	uint64_t size;
	struct digest peak[63];
};

/* Add one leaf hash; amortised one node hash. ${r}->size must be below TREE_MAX_SIZE. */
void tree_append(struct tree_range *r, const struct digest *leaf);

/* The root at the present size. At most 62 node hashes. */
void tree_root(const struct tree_range *r, struct digest *out);

/* Where proofs get their hashes from. Every hash asked for lies within the size the proof is made for. */
struct tree_source {
	int (*get)(void *ctx, unsigned level, uint64_t index, struct digest *out, struct err *e);
	void *ctx;
};

/* The root of the first ${size} leaves, read from ${src}: O(log size) reads. */
int tree_root_from(const struct tree_source *src, uint64_t size, struct digest *out, struct err *e);

/*
 * tree_prove_inclusion(src, index, size, proof, n, e):
 * The sibling hashes that lead from leaf ${index} to the root of the first ${size} leaves, lowest first, into ${proof}
 * (TREE_PROOF_MAX places); their number into *${n}. O(log size) hashes read. Errors: ERR_INPUT (index not below size),
 * and those of ${src}. What ${src} answers is not checked: verify the proof before it is handed on if the source may be
 * damaged.
 */
int tree_prove_inclusion(const struct tree_source *src, uint64_t index, uint64_t size, struct digest *proof, size_t *n,
    struct err *e);

/*
 * tree_prove_consistency(src, size1, size2, proof, n, e):
 * That the first ${size1} leaves are a prefix of the first ${size2}; 0 < size1 <= size2. The proof of equal sizes is
 * empty.
 */
int tree_prove_consistency(const struct tree_source *src, uint64_t size1, uint64_t size2, struct digest *proof,
    size_t *n, struct err *e);

/*
 * tree_check_inclusion(index, size, leaf, proof, n, root, e):
 * Does ${proof} show that ${leaf} is at ${index} of the tree with ${size} leaves and ${root}? The algorithm of RFC 9162
 * section 2.1.3.2; a proof with a hash too many is refused. Errors: ERR_INPUT (index not below size), ERR_VERIFY.
 */
int tree_check_inclusion(uint64_t index, uint64_t size, const struct digest *leaf, const struct digest *proof, size_t n,
    const struct digest *root, struct err *e);

/*
 * tree_check_consistency(size1, size2, proof, n, root1, root2, e):
 * Does ${proof} show that the tree (size1, root1) is a prefix of (size2, root2)? RFC 9162 section 2.1.4.2. Size1 0 is
 * refused with ERR_INPUT: every tree is consistent with the empty one, so there is nothing to prove and a caller that
 * got here has lost its old root. Errors: ERR_INPUT (sizes), ERR_VERIFY.
 */
int tree_check_consistency(uint64_t size1, uint64_t size2, const struct digest *proof, size_t n,
    const struct digest *root1, const struct digest *root2, struct err *e);

/*
 * tree_follow_consistency(size1, size2, proof, n, root1, from, to, e):
 * Where does ${proof} lead? It is a valid consistency proof from (${size1}, *${from}) to (${size2}, *${to}), 0 < size1 <
 * size2, and of no other trees. ${root1} is needed where ${size1} is a power of two: the proof then does not hold the
 * old root, and *${from} is ${root1} itself. With tree_check_consistency's loop, whose two comparisons are left to the
 * caller: a witness tells by them a broken proof (*${to} is wrong) from proof of a fork (only *${from} is). Errors:
 * ERR_INPUT (sizes), ERR_VERIFY (number of hashes).
 */
int tree_follow_consistency(uint64_t size1, uint64_t size2, const struct digest *proof, size_t n,
    const struct digest *root1, struct digest *from, struct digest *to, struct err *e);

#endif
