/*
 * The transport over TLS: libcurl with GnuTLS. TLS 1.3 only, our certificate shown, the peer's public key pinned and its
 * certificate's dates checked before a byte is sent. Redirects, proxies and other protocols are off.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "node/node.h"

struct http_client;

/* ${n}'s certificate and TLS key are read from its folder. Call once before threads start. */
int http_client_open(struct http_client **out, const struct node *n, struct err *e);
void http_client_close(struct http_client *c);
/* For node_sync_start; valid as long as the client. */
const struct transport *http_client_transport(const struct http_client *c);

/*
 * A request to a running node's control socket (the command line's way in). ${method} "GET" or "POST". The answer's body,
 * at most ${max_bytes}, replaces
 * ${out}. ERR_NOTFOUND: no node is listening there. *${session} keeps the connection between calls, NULL at first; end it
 * with control_end.
 */
int control_call(void **session, const char *dir, const char *method, const char *path, const void *body, size_t len,
    size_t max_bytes, int *status, struct buf *out, struct err *e);
void control_end(void *session);

#endif
