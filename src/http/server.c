#include "http/server.h"

#include <microhttpd.h>
#include <gnutls/gnutls.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "http/listen.h"
#include "http/pin.h"
#include "http/routes.h"

#define MEMBER_THREADS 2u
#define CONTROL_THREADS 2u
#define MEMBER_CONNECTIONS 512u
#define CONTROL_CONNECTIONS 64u
#define IDLE_TIMEOUT_S 60u		/* longer than the poll interval, so that a peer's connection lives on */
#define MEMBER_CONNECTIONS_EACH 16	/* a node needs two; a verifier a few */
#define PER_ADDRESS_CONNECTIONS 64u	/* one peer cannot use up all connections */

struct http_server {
	struct node *node;
	struct MHD_Daemon *members, *control;
	char *cert, *key;		/* PEM; MHD keeps the pointers */
	char sock_path[108];
	atomic_int open_by[LAW_MEMBERS_MAX];	/* connections of each member */
};

/* What is known of a member connection after its handshake. */
struct conn {
	bool asked;
	int asked_rc;
	struct cert_info cert;		/* what the peer showed in the handshake */
	int counted;			/* whose connections it counts among; LAW_NONE: nobody's */
	int member;			/* LAW_NONE: refused */
	struct err why;
};

struct pending {			/* a request whose body is coming in */
	const struct route *route;
	const char *tail;
	struct buf body;
	bool too_long;
};

/* ---- answers ---- */

int
http_status_of(int err_code)
{
	switch (err_code) {
	case ERR_INPUT: return 400;
	case ERR_UNKNOWN: case ERR_LAW: return 422;
	case ERR_LIMIT: return 413;
	case ERR_NOTFOUND: return 404;
	case ERR_CONFLICT: return 409;
	case ERR_DENIED: return 403;
	case ERR_BUSY: return 503;
	case ERR_FULL: return 507;
	default: return 500;
	}
}

void
http_problem(struct http_answer *a, const struct err *e)
{
	struct json_out o = { &a->body, false };
	char type[40];

	buf_reset(&a->body);
	a->status = http_status_of(e->code);
	a->type = "application/problem+json";
	a->cache = NULL;
	snprintf(type, sizeof type, "diwan:%s", err_name(e->code));
	jo_open(&o, NULL, '{');
	jo_str(&o, "type", type);
	jo_str(&o, "title", err_name(e->code));
	jo_int(&o, "status", a->status);
	jo_str(&o, "detail", e->text);
	jo_close(&o, '}');
}

static enum MHD_Result
send_answer(struct MHD_Connection *c, struct http_answer *a)
{
	struct MHD_Response *r;
	enum MHD_Result rc;

	if (a->body.failed) {
		struct err e;

		err_set(&e, ERR_NOMEM, "no memory for the answer");
		buf_free(&a->body);
		http_problem(a, &e);
	}
	r = MHD_create_response_from_buffer(a->body.len, a->body.data, MHD_RESPMEM_MUST_FREE);
	if (r == NULL) {
		buf_free(&a->body);
		return MHD_NO;
	}
	if (a->type != NULL)
		MHD_add_response_header(r, "Content-Type", a->type);
	MHD_add_response_header(r, "Cache-Control", a->cache == NULL ? "no-store" : a->cache);
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	rc = MHD_queue_response(c, (unsigned)a->status, r);
	MHD_destroy_response(r);
	memset(&a->body, 0, sizeof a->body);
	return rc;
}

static enum MHD_Result
send_problem(struct MHD_Connection *c, const struct err *e)
{
	struct http_answer a = { 0 };

	http_problem(&a, e);
	return send_answer(c, &a);
}

const char *
http_arg(const struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool
http_arg_u64(const struct http_request *r, const char *name, uint64_t *out)
{
	const char *s = http_arg(r, name);

	return s != NULL && dec_u64(s, strlen(s), UINT64_MAX >> 1, out);
}

/* ---- requests ---- */

static const struct route *
find_route(const char *method, const char *path, unsigned listener, const char **tail)
{
	for (size_t i = 0; i < http_routes_count; i++) {
		const struct route *r = &http_routes[i];
		size_t len = strlen(r->path);
		bool prefix = r->path[len - 1] == '/';

		if (!(r->listeners & listener) || strcmp(r->method, method) != 0)
			continue;
		if (prefix ? strncmp(path, r->path, len) == 0 : strcmp(path, r->path) == 0) {
			*tail = path + len;
			return r;
		}
	}
	return NULL;
}

/* One member's connections are bounded, whatever addresses they come from. */
static bool
count_in(struct http_server *s, struct conn *k, int member)
{
	bool fits = atomic_fetch_add(&s->open_by[member], 1) < MEMBER_CONNECTIONS_EACH;

	if (fits)
		k->counted = member;
	else
		atomic_fetch_sub(&s->open_by[member], 1);
	return fits;
}

/*
 * Who is at the other end. The certificate is read once a connection; whether its key is still pinned and its dates still
 * hold is asked at
 * every request, so that a replaced key loses its access at once.
 */
static void
identify(struct http_server *s, struct MHD_Connection *c, struct conn *k)
{
	const union MHD_ConnectionInfo *info;

	k->member = LAW_NONE;
	if (!k->asked) {
		k->asked = true;
		info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		k->asked_rc = info == NULL ? err_set(&k->why, ERR_DENIED, "no TLS session") :
		    pin_of_session(info->tls_session, &k->cert, &k->why);
	}
	if (k->asked_rc != OK) {
		k->why.code = ERR_DENIED;
		return;
	}
	k->member = node_member_by_pin(s->node, k->cert.pin);
	if (k->member == LAW_NONE)
		err_set(&k->why, ERR_DENIED, "the key %s is not paired with this node; exchange cards first (`diwan "
		    "pair`)", k->cert.pin);
	else if (pin_dates(&k->cert, node_registry(s->node)->members[k->member].code, &k->why) != OK)
		k->member = LAW_NONE;
	else if (k->counted == LAW_NONE && !count_in(s, k, k->member)) {
		err_set(&k->why, ERR_BUSY, "%s has %d connections open already; close some",
		    node_registry(s->node)->members[k->member].code, MEMBER_CONNECTIONS_EACH);
		k->member = LAW_NONE;
	}
}

static enum MHD_Result
begin_request(struct MHD_Connection *c, const char *method, const char *url, unsigned listener, void **ctx)
{
	struct pending *p;
	struct err e;
	const char *tail;
	const struct route *route = find_route(strcmp(method, "HEAD") == 0 ? "GET" : method, url, listener, &tail);

	if (route == NULL) {
		err_set(&e, ERR_NOTFOUND, "%.20s %.200s: there is nothing here", method, url);
		return send_problem(c, &e);
	}
	if ((p = calloc(1, sizeof *p)) == NULL)
		return MHD_NO;
	p->route = route;
	p->tail = tail;
	p->body.max_bytes = route->max_body;
	*ctx = p;
	return MHD_YES;
}

static enum MHD_Result
run_request(struct http_server *s, struct MHD_Connection *c, const char *method, const char *url, struct pending *p, int member)
{
	struct http_request r = {
		.node = s->node, .method = method, .path = url, .tail = p->tail, .member = member,
		.body = p->body.data, .body_len = p->body.len, .connection = c
	};
	struct http_answer a = { .status = 200 };
	struct err e;

	if (p->too_long) {
		err_set(&e, ERR_LIMIT, "%s %s takes at most %zu bytes", p->route->method, p->route->path, p->route->max_body);
		http_problem(&a, &e);
	} else {
		p->route->handle(&r, &a);
	}
	return send_answer(c, &a);
}

/* Called by libmicrohttpd: once with the head, then with pieces of the body, then with none when it is complete. */
static enum MHD_Result
handle(struct http_server *s, struct MHD_Connection *c, const char *url, const char *method, const char *data, size_t *len,
    void **ctx, unsigned listener, int member)
{
	struct pending *p = *ctx;

	if (p == NULL)
		return begin_request(c, method, url, listener, ctx);
	if (*len > 0) {
		if (p->body.len + *len > p->route->max_body || !buf_add(&p->body, data, *len))
			p->too_long = true;	/* go on reading, so that the answer can be sent */
		*len = 0;
		return MHD_YES;
	}
	return run_request(s, c, method, url, p, member);
}

static enum MHD_Result
on_member(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data,
    size_t *len, void **ctx)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct conn *k = info == NULL ? NULL : info->socket_context;

	(void)version;
	if (k == NULL)
		return MHD_NO;
	identify(cls, c, k);
	if (k->member == LAW_NONE)
		return send_problem(c, &k->why);
	return handle(cls, c, url, method, data, len, ctx, ON_MEMBERS, k->member);
}

static enum MHD_Result
on_control(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data,
    size_t *len, void **ctx)
{
	(void)version;
	return handle(cls, c, url, method, data, len, ctx, ON_CONTROL, LAW_NONE);
}

static void
on_completed(void *cls, struct MHD_Connection *c, void **ctx, enum MHD_RequestTerminationCode why)
{
	struct pending *p = *ctx;

	(void)cls, (void)c, (void)why;
	if (p != NULL) {
		buf_free(&p->body);
		free(p);
		*ctx = NULL;
	}
}

/* Nothing here needs escapes in paths or numbers: one that is there stays, and finds nothing. */
static size_t
keep_escapes(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls, (void)c;
	return strlen(s);
}

static void
on_connection(void *cls, struct MHD_Connection *c, void **socket_context, enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	struct http_server *s = cls;
	struct conn *k = *socket_context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (k != NULL && k->counted != LAW_NONE)
			atomic_fetch_sub(&s->open_by[k->counted], 1);
		free(k);
		*socket_context = NULL;
		return;
	}
	if ((k = calloc(1, sizeof *k)) != NULL)
		k->counted = LAW_NONE;
	*socket_context = k;
	/* No list of issuers is sent: members' certificates are their own issuers, and clients would search the list in
	 * vain. */
	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info != NULL && info->tls_session != NULL)
		gnutls_certificate_send_x509_rdn_sequence(info->tls_session, 1);
}

/* ---- listeners ---- */

static int
start_members(struct http_server *s, const char *listen_address, struct err *e)
{
	int fd, rc;

	if ((rc = listen_read_pem(node_dir(s->node), "tls.crt", &s->cert, e)) != OK ||
	    (rc = listen_read_pem(node_dir(s->node), "tls.pem", &s->key, e)) != OK || (rc = listen_tcp(listen_address,
	    &fd, e)) != OK)
		return rc;
	s->members = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS, 0, NULL, NULL, on_member, s,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, MEMBER_THREADS,
	    MHD_OPTION_HTTPS_MEM_CERT, s->cert, MHD_OPTION_HTTPS_MEM_KEY, s->key, MHD_OPTION_HTTPS_MEM_TRUST, s->cert,
	    MHD_OPTION_HTTPS_PRIORITIES, "SECURE128:-VERS-ALL:+VERS-TLS1.3",
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
	    MHD_OPTION_CONNECTION_LIMIT, MEMBER_CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT, PER_ADDRESS_CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_END);
	if (s->members == NULL) {
		close(fd);
		return err_set(e, ERR_IO, "the member listener cannot start on %s", listen_address);
	}
	return OK;
}

static int
start_control(struct http_server *s, struct err *e)
{
	int fd = -1, rc;

	if (snprintf(s->sock_path, sizeof s->sock_path, "%s/node.sock", node_dir(s->node)) >= (int)sizeof s->sock_path)
		return err_set(e, ERR_LIMIT, "%s: the folder's name is too long for a socket in it", node_dir(s->node));
	if ((rc = listen_unix(s->sock_path, &fd, e)) != OK)
		return rc;
	s->control = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_control, s,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, CONTROL_THREADS,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT, CONTROL_CONNECTIONS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)128 * 1024, MHD_OPTION_END);
	if (s->control == NULL) {
		close(fd);
		return err_set(e, ERR_IO, "the control listener cannot start");
	}
	return OK;
}

int
http_start(struct http_server **out, struct node *n, const char *listen_address, struct err *e)
{
	struct http_server *s = calloc(1, sizeof *s);
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the listeners");
	s->node = n;
	if ((rc = start_members(s, listen_address, e)) != OK || (rc = start_control(s, e)) != OK) {
		http_stop(s);
		return rc;
	}
	*out = s;
	return OK;
}

void
http_stop(struct http_server *s)
{
	if (s == NULL)
		return;
	if (s->members != NULL)
		MHD_stop_daemon(s->members);
	if (s->control != NULL) {
		MHD_stop_daemon(s->control);
		unlink(s->sock_path);
	}
	free(s->cert);
	if (s->key != NULL)
		explicit_bzero(s->key, PEM_MAX_BYTES);
	free(s->key);
	free(s);
}
