/*
 * Small files, written whole and durably. For this room and for the command line, whose files are asked of the same.
 *
 * Errors name the path: ERR_NOTFOUND, ERR_CONFLICT (there is such a file; nothing is overwritten), ERR_FULL, ERR_IO.
 */
#ifndef NODE_FILES_H
#define NODE_FILES_H

#include "base/buf.h"
#include "base/err.h"

/* All of a file of at most ${max_bytes} (else ERR_LIMIT) into ${out}, which is emptied before; a NUL follows it. */
int file_read(const char *path, size_t max_bytes, struct buf *out, struct err *e);
/* A file that was not there is there whole and durably, or not at all, whatever ends this process. */
int file_write_new(const char *path, unsigned mode, const void *bytes, size_t len, struct err *e);
int file_sync_folder(const char *path, struct err *e);	/* the folder ${path} lies in */

/* In steps: ${path} as a new file that nobody else reads, *${fd} open for writing; all of ${bytes} into it. */
int file_create(const char *path, int *fd, struct err *e);
int file_write(int fd, const char *path, const void *bytes, size_t len, struct err *e);
/* Zeros over all that ${fd}, open for writing at its beginning, holds; on disk when it returns true. */
bool file_overwrite(int fd);
/* errno, of ${path}, as its code and sentence. */
int file_failed(const char *path, struct err *e);

#endif
