/* Listening sockets. Private to the http room. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "base/err.h"

#define PEM_MAX_BYTES 16384

/* A listening, non-blocking TCP socket on "host:port". ERR_IO names the address and who may hold it. The caller closes
 * *${out}. */
int listen_tcp(const char *address, int *out, struct err *e);

/* A listening Unix socket at ${path}, mode 0600; what was there is removed: only the holder of the store's lock may call
 * this. */
int listen_unix(const char *path, int *out, struct err *e);

/* The text of ${dir}/keys/${name}, NUL-terminated, in a zeroed buffer of PEM_MAX_BYTES that the caller frees (and wipes,
 * for a key). */
int listen_read_pem(const char *dir, const char *name, char **out, struct err *e);

#endif
