/*
 * The two listeners of this version, over libmicrohttpd:
 *   members   HTTPS with mutual TLS and pinned keys (docs/exchange.md)
 *   control   a Unix socket in the node's folder (mode 0600) for the command line on the same machine
 * Requests are rows of routes.def; a handler gets the whole body (bounded by its row) and answers at once.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/buf.h"
#include "base/err.h"
#include "node/node.h"

struct http_server;

struct http_request {
	struct node *node;
	const char *method, *path;	/* path without the query */
	const char *tail;		/* what follows the route's fixed part */
	int member;			/* who asks (member listener); LAW_NONE on the control socket */
	const void *body;
	size_t body_len;
	void *connection;		/* struct MHD_Connection: query arguments through http_arg */
};

struct http_answer {
	int status;
	const char *type;		/* media type */
	const char *cache;		/* Cache-Control, or NULL: no-store */
	struct buf body;		/* taken over by the server */
};

/* A query argument, or NULL. Belongs to the request. */
const char *http_arg(const struct http_request *r, const char *name);
/* Strict decimal argument; false if absent or malformed. */
bool http_arg_u64(const struct http_request *r, const char *name, uint64_t *out);
/* Make ${a} a problem document (RFC 9457) from ${e}, with the status that fits its code. */
void http_problem(struct http_answer *a, const struct err *e);
int http_status_of(int err_code);

/*
 * Start both listeners. ${listen} is the local address "host:port" for members. ERR_IO when an address is taken (names it
 * and who may hold it).
 * The caller runs on; http_stop ends the listeners and waits for open requests.
 */
int http_start(struct http_server **out, struct node *n, const char *listen, struct err *e);
void http_stop(struct http_server *s);

#endif
