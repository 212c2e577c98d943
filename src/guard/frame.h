/*
 * Frames between a node and the processes that hold its keys (docs/guard.md section 2, which says what each field is). Both
 * sides are ours, but they do not trust each other: every length is bounded, and what does not parse ends the conversation.
 * Nothing here allocates: the signer cannot.
 */
#ifndef GUARD_FRAME_H
#define GUARD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "guard/process.h"
#include "log/vkey.h"

#define FRAME_VERSION 1
#define FRAME_HEAD_BYTES 4
#define FRAME_BODY_MAX 8192
#define FRAME_DIR_MAX 4095
#define FRAME_USER_MAX 255
#define FRAME_PASSPHRASE_MAX 1024
#define FRAME_KEYS_MAX 4
#define FRAME_SEALED 64			/* status: a passphrase is needed */

enum frame_type {
	FRAME_OPEN = 1,
	FRAME_HELLO,
	FRAME_SIGN_CHECKPOINT,
	FRAME_COSIGN,
	FRAME_QUIT
};

struct frame {				/* a request or an answer */
	uint8_t type;			/* request: enum frame_type; answer: status */
	uint8_t key;
	uint16_t len;
	uint8_t body[FRAME_BODY_MAX];
};

struct frame_text {			/* bytes inside a frame's body; not NUL-terminated */
	const char *s;
	size_t len;
};

struct frame_open {
	struct frame_text dir, user, passphrase;
};

struct frame_hello {
	struct guard_report report;
	unsigned count;
	struct {
		enum keyfile_purpose purpose;
		char text[VKEY_TEXT_MAX];
	} key[FRAME_KEYS_MAX];
};

/* Exactly ${len} bytes, of a head or a body. False when the other side is gone. */
bool frame_receive(int fd, uint8_t *p, size_t len);
/* The head of a frame: false when its length is over the bound. */
bool frame_head(struct frame *f, const uint8_t head[FRAME_HEAD_BYTES]);
/* Head and body as they are sent, into ${out}; the number of bytes. */
size_t frame_bytes(const struct frame *f, uint8_t out[FRAME_HEAD_BYTES + FRAME_BODY_MAX]);
/* Fill in an answer: the sentence of ${e}, whose code is ${rc}. */
void frame_refusal(struct frame *f, int rc, const struct err *e);
/* What an answer of status not 0 says: its code, and the sentence in ${e}. */
int frame_refused(const struct frame *f, struct err *e);

/*
 * The bodies that have parts. Writing: false if a part is over its bound. Reading: false unless the body is exactly its parts,
 * each within its bound; texts without NUL bytes, save the passphrase's; the results of frame_read_open point into ${f}.
 */
bool frame_write_open(struct frame *f, const struct frame_open *o);
bool frame_read_open(const struct frame *f, struct frame_open *o);
bool frame_write_hello(struct frame *f, const struct frame_hello *h);
bool frame_read_hello(const struct frame *f, struct frame_hello *h);

/* Overwrite in a way the compiler does not remove. */
void frame_wipe(struct frame *f);

#endif
