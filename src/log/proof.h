/*
 * Proof files (C2SP tlog-proof@v1, suffix .tlog-proof; docs/log.md section 7): "this entry is in that log", to be
 * checked by anybody, offline, with nothing but the entry and the public keys.
 *
 *     c2sp.org/tlog-proof@v1 LF
 *     [extra SP base64 LF]
 *     index SP decimal LF
 *     { base64(hash) LF }
 *     LF
 *     checkpoint note, byte for byte
 */
#ifndef LOG_PROOF_H
#define LOG_PROOF_H

#include "log/checkpoint.h"

#define PROOF_EXTRA_MAX 4096
#define PROOF_MAX_BYTES (NOTE_MAX_BYTES + 16 * 1024)

struct proof {
	const uint8_t *extra;		/* what the maker put beside it: authenticated by nothing. NULL if absent */
	size_t extra_len;
	uint64_t index;
	struct digest hash[TREE_PROOF_MAX];
	size_t n;
	const void *note;		/* the checkpoint note */
	size_t note_len;
};

/* Append a proof file. Errors: ERR_LIMIT (extra, note, hashes), ERR_NOMEM. Does not check that the proof is true. */
int proof_format(struct buf *out, const struct proof *p, struct err *e);

/*
 * proof_parse(a, bytes, len, out, e):
 * Take a proof file apart without verifying it. ${out}->note points into ${bytes} (borrowed while ${out} is used),
 * extra into the arena. Errors: ERR_INPUT (names the line), ERR_UNKNOWN (another version), ERR_LIMIT, ERR_NOMEM.
 */
int proof_parse(struct arena *a, const void *bytes, size_t len, struct proof *out, struct err *e);

struct proof_policy {
	const struct vkey *keys;	/* keys[0]: the log's; the others: its witnesses. Must pass vkey_distinct */
	size_t n_keys;
	size_t quorum;			/* cosignatures demanded; 0: the log's word alone */
};

#define PROOF_WITNESSES_MAX 64

struct proof_result {
	struct checkpoint checkpoint;
	uint64_t settled_s;		/* the quorum-th smallest cosignature time; 0 when the quorum is 0 */
	size_t cosigned;		/* witnesses whose cosignature verified */
};

/*
 * proof_verify(a, p, entry, len, policy, out, e):
 * Do the log's signature, ${policy}->quorum cosignatures and the inclusion proof hold for these ${len} entry bytes?
 * Errors: ERR_VERIFY with the reason; ERR_INPUT, ERR_LIMIT (keys, checkpoint note), ERR_NOMEM.
 */
int proof_verify(struct arena *a, const struct proof *p, const void *entry, size_t len, const struct proof_policy *policy,
    struct proof_result *out, struct err *e);

#endif
