/*
 * Fork proofs (docs/log.md section 13): two statements signed by one log that cannot both be true, checked offline by
 * whoever has the log's public key. Nobody's word is needed, so a proof convicts wherever it arrives.
 *
 * Same size: two signed checkpoints of one size with different roots.
 *
 * Two sizes m < n: the signed (m, r), the signed (n, R), and a valid consistency proof from (m, q) to (n, R) with q not
 * r. The proof shows what the larger tree holds in its first m places, and that is not what the log signed for m.
 *
 * A late, stale or missing checkpoint, a refused request, a broken proof are not forks and never become one here.
 */
#ifndef LOG_FORK_H
#define LOG_FORK_H

#include "log/checkpoint.h"

#define FORK_MAX_BYTES (2 * NOTE_MAX_BYTES + 8 * 1024)

enum fork_kind {
	FORK_SAME_SIZE,
	FORK_GROWN
};

struct fork_proof {
	enum fork_kind kind;
	struct fork_side {
		const void *note;		/* the checkpoint note, byte for byte */
		size_t note_len;
		struct checkpoint checkpoint;	/* what it says; verified by fork_verify only */
	} side[2];				/* the smaller size first; at one size, the smaller root first */
	/* FORK_GROWN only: */
	struct digest other_root;		/* q: the root that the larger tree has at the smaller size */
	struct digest hash[TREE_PROOF_MAX];	/* consistency proof from (m, q) to the larger tree */
	size_t n;
};

/*
 * fork_make(one, one_len, other, other_len, other_root, hash, n, out, e):
 * Put a proof together from two checkpoint notes, in either order. For notes of one size, ${other_root} and ${hash} are
 * not looked at (NULL, 0). Both notes are borrowed as long as ${out} is used. Signatures are not looked at: call
 * fork_verify before the proof is shown to anybody. Errors: ERR_INPUT (a note cannot be read; different origins; these
 * two do not contradict each other), ERR_LIMIT.
 */
int fork_make(const void *one, size_t one_len, const void *other, size_t other_len, const struct digest *other_root,
    const struct digest *hash, size_t n, struct fork_proof *out, struct err *e);

/* Append the text of a proof that fork_make or fork_parse has made. Errors: ERR_NOMEM. */
int fork_format(struct buf *out, const struct fork_proof *p, struct err *e);

/*
 * fork_parse(bytes, len, out, e):
 * Take a proof apart without verifying it; ${out}->side[0].checkpoint.origin then says whose it is, so that the keys can
 * be found. ${bytes} is borrowed as long as ${out} is used. One proof has one text: sides out of order are refused.
 * Errors: ERR_INPUT (names the part), ERR_UNKNOWN (another version or kind), ERR_LIMIT.
 */
int fork_parse(const void *bytes, size_t len, struct fork_proof *out, struct err *e);

struct fork_result {
	enum fork_kind kind;
	char origin[CHECKPOINT_ORIGIN_MAX + 1];
	uint64_t size[2];
	struct digest root[2];			/* as signed */
	struct digest other_root;		/* FORK_GROWN: what the larger tree has at size[0] */
	size_t key[2];				/* which of the keys has signed each side */
};

/*
 * fork_verify(a, p, origin, keys, n_keys, out, e):
 * Is the log ${origin}, whose keys are ${keys} (type 01; several after a change of key), convicted by ${p}? Each side must
 * be signed by one of them, not necessarily the same: a log is its origin, not its key. Give the keys of this origin
 * only, or another log's signature would convict it. Cosignatures are not looked at. Errors: ERR_VERIFY (the reason),
 * ERR_INPUT (keys), ERR_LIMIT, ERR_NOMEM. ${out} is filled on OK only. At most 2 n_keys signature checks and 128 node
 * hashes.
 */
int fork_verify(struct arena *a, const struct fork_proof *p, const char *origin, const struct vkey *keys, size_t n_keys,
    struct fork_result *out, struct err *e);

/*
 * Append one paragraph, ended by LF, that says to a person what was signed, what cannot both be true, what may have
 * happened, and what to do. Errors: ERR_NOMEM.
 */
int fork_explain(struct buf *out, const struct fork_result *r, struct err *e);

#endif
