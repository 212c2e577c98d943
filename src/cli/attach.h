/* A file of this machine as an attachment: its name (SHA-256), what a record says of it, and putting it into the node. */
#ifndef CLI_ATTACH_H
#define CLI_ATTACH_H

#include "cli/local.h"

struct attach {
	const char *path;
	uint8_t hash[RECORD_HASH_BYTES];
	char hex[2 * RECORD_HASH_BYTES + 1];
	uint64_t bytes;
	const char *media, *title;	/* title NULL: none */
};

/*
 * attach_read(x, path, media, title, err): read the file once for hash and size. ${media} NULL: by the end of its name, where that
 * is one of a few that nothing runs, else application/octet-stream. ERR_NOTFOUND, ERR_IO, ERR_LIMIT (STORE_BLOB_MAX), ERR_USAGE (a
 * media type that is none; no regular file). Memory: one part. ${path}, ${media}, ${title} are kept.
 */
int attach_read(struct attach *x, const char *path, const char *media, const char *title, struct err *e);
/*
 * attach_send(x, l, err): read it again and put it in, through the running node or into the one opened here; each part is durable
 * before the next is read. After an error nothing of it stays. ERR_VERIFY: the file changed between the two readings.
 */
int attach_send(const struct attach *x, struct local *l, struct err *e);
/* The struct BLOB that a record names it by, as JSON. */
void attach_json(const struct attach *x, struct buf *out);
/*
 * attach_into(x, text, len, out, err): replace ${out} by the record ${text} with the attachment at the front of its body's
 * "documents"; everything else keeps its very bytes. ERR_USAGE: a kind that has no such place.
 */
int attach_into(const struct attach *x, const char *text, size_t len, struct buf *out, struct err *e);

#endif
