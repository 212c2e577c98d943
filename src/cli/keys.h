/* What the files of `diwan keys` share. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/cli.h"

/* A key file's bytes: a regular file that others cannot read. ERR_DENIED names the command that puts it right. */
int keys_read(const char *path, size_t max_bytes, struct buf *out, struct err *e);
/* A new file, mode 0600, on disk when it returns. One that a broken attempt left is replaced. */
int keys_write(const char *path, const struct buf *text, struct err *e);

/* keys seal and keys unseal (cmd_seal.c). */
int keys_seal(struct cli *c, bool close_them, struct err *e);

#endif
