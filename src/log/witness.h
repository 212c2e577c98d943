/*
 * The witness (C2SP tlog-witness; docs/log.md section 12): who cosigns a log's checkpoint says "this is the largest
 * tree of this log I have seen, and every one I saw before is a prefix of it". A log that wants to show two histories
 * must find witnesses that say this of both.
 *
 * No clock, no socket, no file here: the witness is a function from (request, what was cosigned last, keys, time) to an
 * answer. What keeps it honest is the order in which its caller works, under one lock or transaction for each origin:
 *
 *     witness_request_parse           fails: answer 400
 *     load the log by request.checkpoint.origin: its keys and the state (NULL: not a log we witness)
 *     witness_decide                  status 200: ${next} is the new state; otherwise witness_refuse writes the answer
 *     store ${next} and the note, durably, only if the state is still the one that was loaded
 *     witness_cosign                  the lines of the answer
 *
 * Nothing is signed before it is stored. A crash after the store costs nothing: the log asks again with old = size and
 * gets a cosignature of the same tree with a fresh time.
 *
 * A status is not a verdict on the log. A client that is behind, a lost answer or a broken proof is no offence; two
 * signed roots that cannot both be true are one. The finding says so, whatever the status.
 */
#ifndef LOG_WITNESS_H
#define LOG_WITNESS_H

#include "log/checkpoint.h"

#define WITNESS_PROOF_MAX 63
#define WITNESS_BODY_MAX (128 * 1024)
#define WITNESS_SIZE_TYPE "text/x.tlog.size"	/* content type of a 409 */
#define WITNESS_SKEW_S 60			/* a cosignature may be this far ahead of its reader's clock */

/* The body of add-checkpoint. */
struct witness_request {
	uint64_t old_size;			/* of the tree the proof starts from */
	struct digest proof[WITNESS_PROOF_MAX];
	size_t n_proof;
	const char *note;			/* the checkpoint note, in the body's bytes */
	size_t note_len, text_len;
	struct checkpoint checkpoint;		/* what it claims; nothing is verified */
};

/*
 * witness_request_parse(out, bytes, len, e):
 *
 *     "old " decimal LF  { base64(hash) LF } 0..63 times  LF  checkpoint note
 *
 * ${bytes} is borrowed as long as ${out} is used. The note's signature lines are looked at by witness_decide, when it is
 * known whose they should be. Errors: ERR_INPUT (names the line), ERR_LIMIT (body, hashes, origin); answer 400.
 */
int witness_request_parse(struct witness_request *out, const void *bytes, size_t len, struct err *e);

/* Append a request body. Errors: ERR_LIMIT, ERR_NOMEM. Nothing is verified. */
int witness_request_format(struct buf *out, uint64_t old_size, const struct digest *proof, size_t n_proof,
    const void *note, size_t note_len, struct err *e);

/*
 * What this witness cosigned last for an origin. All zero: never. (A cosigned empty tree has size 0 and a time.) It must
 * never go back: a witness whose state was restored from a backup can be made to cosign a second history.
 */
struct witness_state {
	uint64_t size;
	struct digest root;			/* undefined while size is 0 */
	uint64_t time_s;			/* of that cosignature */
};

/* A log that is witnessed. */
struct witness_log {
	const char *origin;
	const struct vkey *keys;		/* those trusted for this origin now: two during a change. Type 01 */
	size_t n_keys;
	struct witness_state held;
	bool frozen;				/* a fork of it is proven (fork.h): nothing more is cosigned */
};

enum witness_finding {
	WITNESS_NOTHING,			/* nothing against the log */
	/*
	 * The log has signed another root for the size that is held: the held note and the request's note are a fork
	 * proof of the same size (fork.h).
	 */
	WITNESS_FORK,
	/*
	 * The log has signed a larger tree, and the request's own proof shows that at the held size that tree has another
	 * root (${other_root}): held note, request's note, this root and the proof are a fork proof of two sizes.
	 */
	WITNESS_FORK_GROWN
};

struct witness_decision {
	int status;				/* HTTP: 200, 400, 403, 404, 409, 422, 500, 503 */
	enum witness_finding finding;		/* may come with 400, 403 (frozen), 409, 422 */
	struct digest other_root;		/* WITNESS_FORK_GROWN only */
	uint64_t held_size;			/* what a 409 tells */
	struct witness_state next;		/* with 200: store this, then sign */
	struct err why;				/* the reason, for people; empty with 200 */
};

/*
 * witness_decide(a, r, log, now_s, out):
 * Decide, in this order:
 *
 *     404  ${log} is NULL, or is of another origin
 *     403  no line of a key of ${log}, or such a line does not verify, or the lines cannot be read; the log is frozen
 *     400  old > size; extension lines (cosigners do not agree on whether they are covered)
 *     409  old is not the held size
 *     422  old 0 with a proof; the proof fails; old = size, but another root; size 0, but not the root of nothing
 *     503  our own clock: ${now_s} is 0 or before the time of the last cosignature of this origin
 *     200  also for old = size with the same root and no proof: that renews the time
 *
 * Lines by unknown keys are ignored. The proof is held against the held root only, never one from the request. ${a} is
 * for what is read of the note. At most n_keys signature checks and 128 node hashes.
 */
void witness_decide(struct arena *a, const struct witness_request *r, const struct witness_log *log, uint64_t now_s,
    struct witness_decision *out);

/*
 * witness_refuse(out, d, type, e):
 * Append the body of a decision that is not 200 and set *${type} to its content type (static). Errors: ERR_NOMEM.
 */
int witness_refuse(struct buf *out, const struct witness_decision *d, const char **type, struct err *e);

/*
 * witness_cosign(out, r, stored, signers, n, e):
 * Append the body of a 200: one cosignature line by each of ${signers} (type 04; two while the witness changes its key)
 * with the time of ${stored}. ${stored} is what was read or written durably after the decision, and must be the
 * request's tree: ERR_CONFLICT otherwise. Errors: also ERR_INPUT (type, time 0), ERR_NOMEM, those of the signer.
 */
int witness_cosign(struct buf *out, const struct witness_request *r, const struct witness_state *stored,
    const struct note_signer *signers, size_t n, struct err *e);

/* The name under which a witness shows an origin's last checkpoint: lower-case hex of SHA-256(origin), and a NUL. */
void witness_origin_hex(char hex[2 * HASH_BYTES + 1], const char *origin);

/*
 * The log's side. Keep for each witness the size it is known to have cosigned (0 at first), ask, and on "behind" ask
 * again from the size it says.
 */

/*
 * witness_ask(out, src, known_size, note, len, e):
 * Append the request by which the checkpoint ${note} is shown to a witness that is at ${known_size}; the proof is made
 * from ${src}, the log's own tree. Errors: ERR_CONFLICT: the witness is ahead of this checkpoint; if the log has no
 * larger one, then the log has been rolled back and must sign nothing more. ERR_INPUT (note), ERR_LIMIT, ERR_NOMEM, those of
 * ${src}.
 */
int witness_ask(struct buf *out, const struct tree_source *src, uint64_t known_size, const void *note, size_t len,
    struct err *e);

struct witness_reply {
	bool cosigned;				/* the body has signature lines: note_merge them */
	uint64_t behind;			/* otherwise the witness is at this size: ask again from it */
};

/*
 * witness_reply_read(out, asked_size, status, type, body, len, e):
 * What did the witness answer to a request that said old ${asked_size}? ${type} is the content type (NULL: none).
 * Nothing is verified: lines are verified by note_merge with the time now + WITNESS_SKEW_S at most. Errors: ERR_CONFLICT
 * (409 without a size, or with the very size that was asked from: it holds another root for it; compare checkpoints),
 * ERR_DENIED (403, 404: it does not know our log or our key), ERR_VERIFY (400, 422: it does not take the request),
 * ERR_BUSY (429, 5xx: later), ERR_LIMIT, ERR_INPUT (anything else).
 */
int witness_reply_read(struct witness_reply *out, uint64_t asked_size, int status, const char *type, const void *body,
    size_t len, struct err *e);

#endif
