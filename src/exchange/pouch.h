/*
 * The archive inside a pouch (docs/pouch.md): what a member is due, in one file. A tar archive in one form only, with its parts
 * in a
 * fixed order, so that both directions are streams and a reader knows of every byte what it must be. Pure: bytes in, bytes
 * out; encryption is crypt/age.h's, files are the node's.
 *
 * Nothing here is authenticated. What a part says counts after the same checks as over the network.
 */
#ifndef EXCHANGE_POUCH_H
#define EXCHANGE_POUCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "log/tile.h"

#define POUCH_HEAD_MAX 1024u
#define POUCH_NOTE_MAX (64u * 1024)		/* log/checkpoint */
#define POUCH_COSIGNED_MAX (128u * 1024)
#define POUCH_BLOCK 512u			/* of tar */
#define POUCH_NAME_MAX 100			/* of a part, with its NUL */

struct pouch_head {
	char mechanism[33], from[33], to[33];
	char charter[65];			/* lower-case hex SHA-256 of the charter file */
	int64_t made_ms;
	uint64_t first, size;			/* entries [first, size); first is a multiple of 256 */
};

enum pouch_kind {				/* in the order in which they come */
	POUCH_HEAD, POUCH_CHECKPOINT, POUCH_COSIGNED, POUCH_SEEN, POUCH_TILE, POUCH_PAYLOADS, POUCH_BLOB
};

struct pouch_part {
	enum pouch_kind kind;
	uint64_t size;				/* bytes */
	struct tile tile;			/* POUCH_TILE; level TILE_ENTRIES: a bundle */
	uint64_t from;				/* POUCH_PAYLOADS: first index */
	uint8_t hash[32];			/* POUCH_BLOB */
};

/* ---- parts (pouch_parts.c) ---- */

/* The head as text; and strictly back. ERR_INPUT names the line; ERR_UNKNOWN: of a later program. */
void pouch_head_write(struct buf *out, const struct pouch_head *h);
int pouch_head_read(struct pouch_head *out, const void *text, size_t len, struct err *e);

/* The name of a part; and back, all but its size. ERR_UNKNOWN: no part of this version. */
void pouch_name(char out[POUCH_NAME_MAX], const struct pouch_part *p);
int pouch_name_read(struct pouch_part *out, const char *name, size_t len, struct err *e);

/*
 * The bundles and tiles of [first, size) in their order. Begin with {.first, .size} and zeros; false at the end, also of an
 * empty range.
 */
struct pouch_tiles {
	uint64_t first, size;
	unsigned section;			/* 0: bundles; 1 + level */
	uint64_t n;				/* next of the section, counted from its first */
};
bool pouch_tiles_next(struct pouch_tiles *w, struct tile *out);
uint64_t pouch_tile_bytes(const struct tile *t);
/*
 * Where ${t} would lie if the contents of all of them stood one after another; its width may be smaller than there. False: it is
 * not among them. O(levels).
 */
bool pouch_tile_place(const struct pouch_head *h, const struct tile *t, uint64_t *offset);

/* What may come next. Shared by both directions; zero it at first. */
struct pouch_order {
	bool begun;
	enum pouch_kind last;
	struct pouch_tiles tiles;
	uint64_t first, size, from;
	uint8_t hash[32];
};
/* ${p} comes, with its size. ERR_INPUT, ERR_LIMIT. */
int pouch_order_take(struct pouch_order *o, const struct pouch_part *p, struct err *e);
/* The head has been read, or is known: before any other part. */
void pouch_order_head(struct pouch_order *o, const struct pouch_head *h);
int pouch_order_end(const struct pouch_order *o, struct err *e);

/* The header of ${p} in an archive made in second ${made_s}. */
void pouch_header(uint8_t out[POUCH_BLOCK], const struct pouch_part *p, int64_t made_s);

/* ---- writing (pouch_write.c) ---- */

struct pouch_writer {
	int (*write)(void *ctx, const void *bytes, size_t len, struct err *e);
	void *ctx;
	struct pouch_order order;
	int64_t made_s;
	uint64_t left;				/* of the part that is open */
	unsigned fill;				/* zeros after it */
};

/* Write the head. ${write} (keeps) gets the bytes in order; its errors are passed on, and nothing may follow them. */
int pouch_write_begin(struct pouch_writer *w, const struct pouch_head *h,
    int (*write)(void *ctx, const void *bytes, size_t len, struct err *e), void *ctx, struct err *e);
/* A part of p->size bytes begins; ERR_INPUT: it is not its turn, or the one before is not whole. */
int pouch_write_part(struct pouch_writer *w, const struct pouch_part *p, struct err *e);
/* Its bytes, in as many pieces as one likes; ERR_LIMIT: more than it has. */
int pouch_write(struct pouch_writer *w, const void *bytes, size_t len, struct err *e);
/* Both, for a part that is in memory; p->size is set from ${len}. */
int pouch_write_whole(struct pouch_writer *w, struct pouch_part p, const void *bytes, size_t len, struct err *e);
int pouch_write_end(struct pouch_writer *w, struct err *e);

/* ---- reading (pouch_read.c) ---- */

struct pouch_reader {
	/* Set by the caller. A part's head is read here; the others are given out as they come. NULL: not wanted. */
	void *ctx;
	int (*head)(void *ctx, const struct pouch_head *h, struct err *e);
	int (*part)(void *ctx, const struct pouch_part *p, struct err *e);
	int (*bytes)(void *ctx, const struct pouch_part *p, const void *bytes, size_t len, struct err *e);
	int (*done)(void *ctx, const struct pouch_part *p, struct err *e);

	struct pouch_head h;			/* zero until it is read */
	struct pouch_order order;
	struct pouch_part now;
	enum { POUCH_AT_HEADER, POUCH_IN_PART, POUCH_IN_FILL, POUCH_AT_END } state;
	uint64_t left;
	size_t have;				/* bytes of ${block} */
	uint8_t block[POUCH_BLOCK];
	uint8_t text[POUCH_HEAD_MAX];		/* of the head */
	int64_t made_s;
	uint64_t at;				/* bytes taken, for sentences */
};

/*
 * pouch_feed(r, bytes, len, err): the next ${len} bytes. What a caller's function returns, if not OK, is passed on. Errors:
 * ERR_INPUT (with the place), ERR_LIMIT, ERR_UNKNOWN (a part or version that this program does not know). Holds 2 KiB.
 */
int pouch_feed(struct pouch_reader *r, const void *bytes, size_t len, struct err *e);
/* All has been fed: was it a whole archive? */
int pouch_feed_end(struct pouch_reader *r, struct err *e);

/* ---- payload streams (pouch_slice.c) ---- */

/* What a stream covers, from its first and last bytes; a guess until it is read. ERR_INPUT if they cannot be right. */
int pouch_stream_range(const void *bytes, size_t len, uint64_t *from, uint64_t *to, uint64_t *next, struct err *e);
/*
 * pouch_slice(bytes, len, from, to, out, err): append to ${out} a stream that covers [from, to) as far as this one does,
 * uncompressed;
 * what is past its own ${to} was not asked when it was made. ${from} is in it. Errors: those of frame.h.
 */
int pouch_slice(const void *bytes, size_t len, uint64_t from, uint64_t to, struct buf *out, struct err *e);

#endif
