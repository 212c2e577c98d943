/*
 * Reading a pouch's file, private to the node room. First pass: from end to end, so that nothing is done with a file that was cut
 * or changed; what is small, and the commitments, are set aside. Second pass: the contents, in their order, never set aside.
 */
#ifndef NODE_POUCH_FILE_H
#define NODE_POUCH_FILE_H

#include "node/pouch.h"

#define POUCH_KEYS 2			/* that of now and, during a change, the next */

struct pouch_file {
	const char *path;		/* keeps */
	struct age_identity id[POUCH_KEYS];
	size_t ids;
	int fd, spool;			/* -1: none */
	uint64_t size, at, spooled;
	struct pouch_told *told;
	struct buf checkpoint, cosigned, seen;
	progress_fn progress;
	void *ctx;
	const char *doing;
	/* Second pass. */
	struct age_reader *age;
	struct pouch_reader reader;
	const uint8_t *chunk;
	size_t chunk_left;
	struct pouch_part part;		/* the one that is whole in ${content}, or of which a piece is */
	struct buf content;
	bool ready;
};

/*
 * Make the first pass. ${spool_dir} NULL: commitments are not wanted. ${f}->told gets what is in it. On failure ${f} is closed. Its
 * identity, progress and told are set by the caller before.
 */
int pouch_file_open(struct pouch_file *f, const char *path, const char *spool_dir, struct err *e);
void pouch_file_close(struct pouch_file *f);

/* ${len} bytes of what was set aside, from ${offset}. */
int pouch_file_tile(struct pouch_file *f, uint64_t offset, size_t len, struct buf *out, struct err *e);

/*
 * The second pass: the next payload stream, whole, or the next piece (STORE_BLOB_PART bytes, or the last) of an attachment, into
 * f->content and f->part. 1: there is one; 0: the end; else an error.
 */
int pouch_file_next(struct pouch_file *f, struct err *e);

/* pouch_reseal.c: the pouch keys of the node in ${dir}; wipe them. */
int pouch_identities(const char *dir, struct age_identity id[POUCH_KEYS], size_t *count, struct err *e);
/* Make the encrypted file ready to be read from its beginning, into f->age. ERR_DENIED: it is for another key. */
int pouch_file_start(struct pouch_file *f, struct err *e);

/* ---- pouch_disk.c ---- */

/* The folder POUCH_FOLDER of the node in ${dir}, there afterwards. */
int pouch_disk_folder(const char *dir, char out[POUCH_PATH_MAX], struct err *e);
/* A file in it without a name: whatever happens, nothing of it is left. */
int pouch_disk_spool(const char *dir, int *fd, struct err *e);

#endif
