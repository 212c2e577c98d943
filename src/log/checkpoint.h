/*
 * Checkpoints (C2SP tlog-checkpoint; docs/log.md section 6): the signed note by which a log says "this is all of me".
 *
 *     origin LF  size LF  base64(root) LF  [extension lines]
 *
 * Our logs have no extension lines (cosigners treat them unalike), sign with a key whose name is the origin, and never
 * sign two checkpoints of which neither is a prefix of the other. An origin is any line of text: that it looks like a
 * key name may not be assumed of other people's logs ("go.sum database tree").
 */
#ifndef LOG_CHECKPOINT_H
#define LOG_CHECKPOINT_H

#include "log/note.h"
#include "log/tree.h"

#define CHECKPOINT_ORIGIN_MAX VKEY_NAME_MAX
#define CHECKPOINT_TEXT_MAX (CHECKPOINT_ORIGIN_MAX + 1 + 20 + 45)	/* without extension lines */

struct checkpoint {
	char origin[CHECKPOINT_ORIGIN_MAX + 1];
	uint64_t size;			/* at most TREE_MAX_SIZE */
	struct digest root;
	unsigned extensions;		/* extension lines that were there; not kept. Never written */
};

/*
 * checkpoint_parse(out, text, len, e):
 * Parse a note's text as a checkpoint of any log; extension lines are counted, and it is the caller's to refuse them.
 * Errors: ERR_INPUT (names the line; also size 0 with another root than SHA-256("")), ERR_LIMIT (origin, size).
 */
int checkpoint_parse(struct checkpoint *out, const void *text, size_t len, struct err *e);

/*
 * As checkpoint_parse, but size 0 may come with any root: what a log claims, be it impossible. A witness must tell such
 * a claim (422) from a text it cannot read (400).
 */
int checkpoint_parse_claim(struct checkpoint *out, const void *text, size_t len, struct err *e);

/* Append the text of ${c}. Errors: ERR_INPUT (origin, size, extensions not 0), ERR_NOMEM. */
int checkpoint_format(struct buf *out, const struct checkpoint *c, struct err *e);

/*
 * checkpoint_sign(out, c, s, e):
 * Append the note of ${c} signed by ${s}, a key of type 01 whose name is the origin. Sign only what is durable. Errors:
 * ERR_INPUT (key and origin differ), those of checkpoint_format and vkey_sign.
 */
int checkpoint_sign(struct buf *out, const struct checkpoint *c, const struct note_signer *s, struct err *e);

/*
 * checkpoint_open(a, bytes, len, keys, n_keys, c, n, marks, e):
 * Read a checkpoint note of the log whose key is keys[0]; the others are its witnesses. It must be signed by keys[0],
 * with that key's name as origin, and have no extension lines; every line by another known key must verify. ${marks} as
 * in note_verify. ${bytes} is borrowed as long as ${n} is used. Errors: ERR_INPUT, ERR_LIMIT, ERR_VERIFY, ERR_NOMEM.
 */
int checkpoint_open(struct arena *a, const void *bytes, size_t len, const struct vkey *keys, size_t n_keys,
    struct checkpoint *c, struct note *n, struct note_mark *marks, struct err *e);

/*
 * checkpoint_settled(marks, n, k, time_s):
 * Have ${k} of these ${n} witnesses cosigned, and since when? *${time_s} gets the k-th smallest of their times: the
 * settled time of whatever the checkpoint covers. ${marks} are of witnesses only (from checkpoint_open: &marks[1]),
 * with distinct keys (vkey_distinct). ${k} 0 is settled at time 0. O(n^2), n being a dozen.
 */
bool checkpoint_settled(const struct note_mark *marks, size_t n, size_t k, uint64_t *time_s);

#endif
