/*
 * Messages. A request of one host is answered by the other's own handlers (http/routes.def): found by method and path, told who
 * asks by the pinned key, given the body. Between them stands chance: requests and answers are lost, late, doubled, cut off.
 */
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/routes.h"
#include "sim/world.h"

#define REFUSED_MS 5			/* how long it takes to learn that nobody listens */
#define TIMEOUT_MS 20000
#define LATE_MEAN_MS (10 * 60000)

struct query {				/* what stands for a connection: the arguments of the request */
	const char *text;		/* "from=0&to=7", NULL: none */
	char value[64];			/* the last one that was asked for */
};

/*
 * The http room asks libmicrohttpd for the arguments of a request. Here no socket has parsed them: this takes its place, since a
 * program's own functions come before a library's.
 */
const char *
MHD_lookup_connection_value(struct MHD_Connection *connection, enum MHD_ValueKind kind, const char *key)
{
	struct query *q = (struct query *)(void *)connection;
	size_t len = strlen(key);

	if (kind != MHD_GET_ARGUMENT_KIND)
		return NULL;
	for (const char *s = q->text; s != NULL; s = strchr(s, '&'), s = s == NULL ? NULL : s + 1)
		if (strncmp(s, key, len) == 0 && s[len] == '=') {
			size_t n = strcspn(s + len + 1, "&");

			snprintf(q->value, sizeof q->value, "%.*s", (int)n, s + len + 1);
			return q->value;
		}
	return NULL;
}

static const struct route *
route_of(const char *method, const char *path, const char **tail)
{
	for (size_t i = 0; i < http_routes_count; i++) {
		const struct route *r = &http_routes[i];
		size_t len = strlen(r->path);

		if (!(r->listeners & ON_MEMBERS) || strcmp(r->method, method) != 0)
			continue;
		if (r->path[len - 1] == '/' ? strncmp(path, r->path, len) == 0 : strcmp(path, r->path) == 0) {
			*tail = path + len;
			return r;
		}
	}
	return NULL;
}

static void
no_answer(struct http_answer *a, int code, const char *text)
{
	struct err e;

	err_set(&e, code, "%s", text);
	http_problem(a, &e);
}

/* What ${to}'s listener does with a request of ${from}. */
static void
serve(struct host *from, struct host *to, const char *method, const char *whole, const void *body, size_t len,
    struct http_answer *a)
{
	char path[400];
	struct query q = { 0 };
	struct http_request r = { .node = to->node, .method = method, .path = path, .body = body, .body_len = len,
	    .connection = &q };
	const struct route *route;
	char *mark;

	memset(a, 0, sizeof *a);
	a->status = 200;
	snprintf(path, sizeof path, "%s", whole);
	if ((mark = strchr(path, '?')) != NULL) {
		*mark = '\0';
		q.text = mark + 1;
	}
	r.member = node_member_by_pin(to->node, from->pin);
	if (r.member == LAW_NONE)
		no_answer(a, ERR_DENIED, "this key is not paired with this node");
	else if ((route = route_of(method, path, &r.tail)) == NULL)
		no_answer(a, ERR_NOTFOUND, "there is nothing here");
	else if (len > route->max_body)
		no_answer(a, ERR_LIMIT, "too long");
	else
		route->handle(&r, a);
}

/* ---- who is reached ---- */

/* The machine that answers for ${member} when ${from} calls: with a clone about, one of two. */
static struct host *
machine_of(struct world *w, const struct host *from, int member)
{
	struct host *clone = &w->host[MEMBERS];

	if (clone->node != NULL && clone->member == member &&
	    (w->plot == PLOT_TWO_FACES ? (w->faces >> from->member & 1) != 0 : dice_below(&w->net_dice, 2) == 0))
		return clone;
	return &w->host[member];
}

static struct host *
reach(struct host *from, const struct card *card, struct err *e)
{
	struct world *w = from->world;
	struct host *to = NULL;

	w->out.calls++;
	for (int m = 0; m < MEMBERS; m++)
		if (strcmp(card->member, member_codes[m]) == 0)
			to = machine_of(w, from, m);
	if (from->calls_left > 0 && --from->calls_left == 0)
		disk_crash(from->disk);		/* the power goes while it waits for the network */
	if (to != NULL && host_up(to) && !w->cut[from->number][to->number]) {
		w->now_ms += dice_between(&w->net_dice, 1, 250);
		return to;
	}
	w->now_ms += dice_below(&w->net_dice, 4) == 0 ? TIMEOUT_MS : REFUSED_MS;
	err_set(e, ERR_IO, "%s cannot be reached", card->member);
	return NULL;
}

/* ${to} has done something: it may have died of it. */
static void
served(struct world *w, struct host *to)
{
	if (disk_crashed(to->disk))
		at(w, w->now_ms, EV_FALL, to->number, 0);
}

static bool
lost(struct world *w, uint32_t ppm, const char *what, const char *path, struct err *e)
{
	if (!dice_hit(&w->net_dice, ppm))
		return false;
	note(w, "    %s of %s lost", what, path);
	w->now_ms += TIMEOUT_MS;
	err_set(e, ERR_IO, "the %s was lost", what);
	return true;
}

/* Checkpoints and content on their way are looked at by the checkers. */
static void
look_at(struct world *w, const struct host *from, const struct host *to, const char *path, const struct http_answer *a)
{
	size_t len = strlen(path);

	if (a->status != 200)
		return;
	if (len > 11 && strcmp(path + len - 11, "/checkpoint") == 0)
		check_note(w, from->member, false, a->body.data, a->body.len);
	if (host_honest(w, to))
		check_wire(w, from, a->body.data, a->body.len);
}

static int
take_answer(struct world *w, struct host *from, struct host *to, const char *path, size_t max_bytes, int *status, struct buf *out,
    struct http_answer *a, struct err *e)
{
	bool whole = !dice_hit(&w->net_dice, w->cut_answer_ppm);
	int rc = OK;

	if (to->number == w->victim)
		liar_answers(w, from, to, path, a);
	look_at(w, from, to, path, a);
	*status = a->status;
	if (!whole)
		a->body.len = (size_t)dice_below(&w->net_dice, a->body.len);
	if (a->body.len > max_bytes)
		return err_set(e, ERR_LIMIT, "%s: the answer is longer than %zu bytes", path, max_bytes);
	if (out != NULL && a->body.len > 0 && !buf_add(out, a->body.data, a->body.len))
		rc = err_set(e, ERR_NOMEM, "no memory for an answer");
	return rc == OK && !whole ? err_set(e, ERR_IO, "%s: the answer was cut off", path) : rc;
}

static int
net_get(void *ctx, void **session, const struct card *card, const char *path, size_t max_bytes, int *status, struct buf *out,
    struct err *e)
{
	struct host *from = ctx, *to = reach(from, card, e);
	struct world *w = from->world;
	struct http_answer a;
	int rc;

	*session = from;
	if (to == NULL || lost(w, w->lose_ppm, "request", path, e))
		return ERR_IO;
	serve(from, to, "GET", path, NULL, 0, &a);
	served(w, to);
	note(w, "    %s asks %s %s: %d, %zu bytes", member_codes[from->member], card->member, path, a.status, a.body.len);
	rc = lost(w, w->lose_answer_ppm, "answer", path, e) ? ERR_IO : take_answer(w, from, to, path, max_bytes, status, out,
	    &a, e);
	buf_free(&a.body);
	return rc;
}

/* ---- posts: they may come late, and more than once ---- */

static void
send_later(struct world *w, const struct host *from, const struct host *to, const char *path, const void *body, size_t len)
{
	struct message *m = calloc(1, sizeof *m);

	if (m == NULL)
		return;
	m->from = from->number;
	m->to = to->number;
	snprintf(m->path, sizeof m->path, "%s", path);
	buf_add(&m->body, body, len);
	at_event(w, (struct event){ .at_ms = w->now_ms + dice_wait(&w->net_dice, LATE_MEAN_MS), .kind = EV_POST, .message = m });
}

static void
serve_post(struct world *w, struct host *from, struct host *to, const char *path, const void *body, size_t len,
    struct http_answer *a)
{
	size_t n = strlen(path);

	bool bell = n > 5 && strcmp(path + n - 5, "/bell") == 0;

	if (bell)
		check_note(w, to->member, true, body, len);
	serve(from, to, "POST", path, body, len, a);
	served(w, to);
	note(w, "    %s sends %s %s: %d", member_codes[from->member], member_codes[to->member], path, a->status);
	if (bell)
		host_soon(w, to);
}

void
net_deliver(struct world *w, const struct message *m)
{
	struct host *to = &w->host[m->to];
	struct http_answer a = { 0 };

	if (!host_up(to))
		return;
	note(w, "late:");
	serve_post(w, &w->host[m->from], to, m->path, m->body.data, m->body.len, &a);
	buf_free(&a.body);
}

static int
net_post(void *ctx, void **session, const struct card *card, const char *path, const void *body, size_t len, size_t max_bytes,
    int *status, struct buf *out, struct err *e)
{
	struct host *from = ctx, *to = reach(from, card, e);
	struct world *w = from->world;
	struct http_answer a;
	int rc;

	*session = from;
	if (to == NULL)
		return ERR_IO;
	if (dice_hit(&w->net_dice, w->late_ppm)) {
		send_later(w, from, to, path, body, len);
		w->now_ms += TIMEOUT_MS;
		return err_set(e, ERR_IO, "no answer in time");
	}
	if (lost(w, w->lose_ppm, "request", path, e))
		return ERR_IO;
	if (dice_hit(&w->net_dice, w->double_ppm))
		send_later(w, from, to, path, body, len);
	serve_post(w, from, to, path, body, len, &a);
	rc = lost(w, w->lose_answer_ppm, "answer", path, e) ? ERR_IO :
	    take_answer(w, from, to, path, out == NULL ? SIZE_MAX : max_bytes, status, out, &a, e);
	buf_free(&a.body);
	return rc;
}

static void
net_end(void *ctx, void *session)
{
	(void)ctx, (void)session;	/* there are no connections to end */
}

struct transport
net_transport(struct host *h)
{
	return (struct transport){ h, net_get, net_post, net_end };
}
