/*
 * Signed notes (C2SP signed-note; docs/log.md section 5): a text and signature lines under it.
 *
 *     note = text || 0x0A || line...          text: UTF-8, no byte below 0x20 but 0x0A, ends in 0x0A
 *     line = E2 80 94 20 || key name || 0x20 || base64(key id (4 bytes) || signature bytes) || 0x0A
 *
 * The text ends at the last empty line; what is signed is the text with its final newline. Lines of keys one does not
 * know are carried but mean nothing. A line of a known key must verify, or the whole note is refused: it is either
 * damaged or forged.
 */
#ifndef LOG_NOTE_H
#define LOG_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "log/vkey.h"

#define NOTE_MAX_BYTES (128 * 1024)
#define NOTE_MAX_LINES 100

struct note_line {
	const char *name;		/* in the note's bytes, not NUL-terminated */
	size_t name_len;
	uint32_t id;
	const uint8_t *sig;		/* after the key id; in the arena */
	size_t sig_len;			/* at least 1 */
	const char *raw;		/* the whole line with its newline, in the note's bytes */
	size_t raw_len;
};

struct note {
	const char *text;		/* in the note's bytes */
	size_t text_len;		/* final newline included */
	struct note_line *line;		/* in the arena */
	size_t n_lines;			/* 1 to NOTE_MAX_LINES */
};

/*
 * note_split(bytes, len, text_len):
 * Where does the text of a note end? *${text_len} gets its length, final newline included; false if there is no empty
 * line. Neither text nor lines are looked at: for those who must know whose note it is before they read its lines.
 */
bool note_split(const void *bytes, size_t len, size_t *text_len);

/*
 * note_parse(a, bytes, len, out, e):
 * Take a note apart without verifying anything. ${bytes} is borrowed as long as ${out} is used. Base64 is strict:
 * padding required, spare bits zero. Errors: ERR_INPUT (names the line), ERR_LIMIT, ERR_NOMEM. O(len).
 */
int note_parse(struct arena *a, const void *bytes, size_t len, struct note *out, struct err *e);

/*
 * Parse signature lines alone (a witness's answer), 1 to NOTE_MAX_LINES of them; text is then "". Otherwise as
 * note_parse.
 */
int note_parse_lines(struct arena *a, const void *bytes, size_t len, struct note *out, struct err *e);

/* What verification found out about one known key. */
struct note_mark {
	bool signed_by;
	uint64_t time_s;		/* of a cosignature; 0 for type 01 */
};

/*
 * note_verify(n, text, len, keys, n_keys, marks, e):
 * Verify the lines of ${n} made by any of ${keys} over ${text} (usually ${n}->text; given apart so that a witness's
 * lines can be held against the checkpoint they answer). ${marks} has ${n_keys} places, in the order of ${keys}. Of
 * several lines by one key the first counts. Errors: ERR_VERIFY (a known key's line fails, or no known key has signed),
 * ERR_INPUT (two of ${keys} share name and id). ${marks} means nothing on error. At most n_keys signature checks.
 */
int note_verify(const struct note *n, const void *text, size_t len, const struct vkey *keys, size_t n_keys,
    struct note_mark *marks, struct err *e);

/*
 * note_find_key(l, keys, n_keys, found, e):
 * The index of the key that ${l} names into *${found}; ${n_keys} if it is unknown. Errors: ERR_INPUT (two of ${keys}
 * share name and id).
 */
int note_find_key(const struct note_line *l, const struct vkey *keys, size_t n_keys, size_t *found, struct err *e);

/*
 * note_merge(a, out, note, len, lines, lines_len, keys, n_keys, max_time_s, e):
 * Append to ${out} the note ${note} with the signature lines ${lines} (a witness's answer) put in: first the lines by
 * keys other than ${keys} (the log's own) as they stand, one a key; then one line for each of ${keys} that has signed,
 * the one with the newest time (of two with the same time the one whose bytes are smaller), sorted by key name and key
 * id. So whoever merges the same lines, in whatever order, gets the same note. Lines in ${lines} by other keys are left
 * out. Everything by ${keys} is verified. Errors: ERR_VERIFY (a line by one of ${keys} fails; a new one has a time after
 * ${max_time_s}, which would hide all later ones; no line of ${lines} is by one of ${keys}), ERR_INPUT, ERR_LIMIT (more
 * than NOTE_MAX_LINES lines or NOTE_MAX_BYTES), ERR_NOMEM. ${out} may have grown on error. One signature check a line.
 */
int note_merge(struct arena *a, struct buf *out, const void *note, size_t len, const void *lines, size_t lines_len,
    const struct vkey *keys, size_t n_keys, uint64_t max_time_s, struct err *e);

/* True if ${text} may stand in a note. */
bool note_text_ok(const void *text, size_t len);

/* Append ${text} and the empty line: note_add_line follows. Errors: ERR_INPUT, ERR_LIMIT, ERR_NOMEM. */
int note_begin(struct buf *out, const void *text, size_t len, struct err *e);

/*
 * Append the line by which ${s} signs ${text}; ${time_s} as in vkey_sign. Errors: those of vkey_sign, ERR_NOMEM.
 */
int note_add_line(struct buf *out, const void *text, size_t len, const struct note_signer *s, uint64_t time_s,
    struct err *e);

#endif
