#include "play/cast.h"

#include <endian.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/client.h"

#define COMMAND_MS 120000
#define STOP_MS 20000
#define COSIGN_MS "100"			/* nobody waits a second for what takes none */
#define ANSWER_MAX ((size_t)64 * 1024 * 1024)

/* ---- commands and requests ---- */

/* The sentence in a JSON answer: {"error":{"detail":...}} of a command, or "detail" of a problem document. */
static const char *
sentence_in(struct arena *a, const struct buf *json)
{
	static const struct json_limits limits = { 1 << 20, 16, 10000 };
	struct json *root;
	const struct json *d;

	if (json->len == 0 || json_parse(a, json->data, json->len, &limits, &root, NULL) != OK)
		return NULL;
	if ((d = json_get(json_get(root, "error"), "detail")) == NULL)
		d = json_get(root, "detail");
	return d != NULL && d->type == JSON_STRING ? arena_strn(a, d->str, d->len) : NULL;
}

int
cast_call(struct cast *c, unsigned who, const char *method, const char *path, const void *body, size_t len, struct buf *out,
    struct err *e)
{
	struct actor *x = &c->actor[who];
	struct arena a = { 0 };
	const char *words;
	int status = 0, rc = control_call(&x->session, x->dir, method, path, body, len, ANSWER_MAX, &status, out, e);

	if (rc == OK && status / 100 != 2) {
		words = sentence_in(&a, out);
		rc = err_set(e, status == 404 ? ERR_NOTFOUND : ERR_INPUT, "%s %s at %s: %s", method, path, x->code,
		    words == NULL ? "refused without a reason" : words);
		arena_free(&a);
	}
	return rc;
}

/* ${argv} has ${n} words; there is room for one more and NULL. */
static int
run_words(struct cast *c, const char *argv[PROC_ARGS_MAX], size_t n, const char *in, size_t in_len, int *exit, struct buf *out,
    struct err *e)
{
	struct proc_run r = { .argv = argv, .env = c->clock_env[0] ? c->clock_env : NULL, .in = in, .in_len = in_len,
		.max_bytes = ANSWER_MAX, .timeout_ms = COMMAND_MS };
	int rc;

	argv[n++] = "--json";
	argv[n] = NULL;
	rc = proc_run(&r, e);
	*exit = r.exit;
	buf_free(out);
	*out = r.out;
	if (rc == OK && r.exit != 0 && out->len == 0) {		/* it could not even say it in JSON */
		*out = r.err;
		memset(&r.err, 0, sizeof r.err);
	}
	buf_free(&r.err);
	return rc;
}

int
cast_run(struct cast *c, unsigned who, const char *verb, const char *const *args, const char *in, size_t in_len, int *exit,
    struct buf *out, struct err *e)
{
	const char *argv[PROC_ARGS_MAX] = { proc_self(), verb, c->actor[who].dir };
	size_t n = 3;

	for (; args != NULL && *args != NULL && n < PROC_ARGS_MAX - 2; args++)
		argv[n++] = *args;
	return run_words(c, argv, n, in, in_len, exit, out, e);
}

int
cast_verb(struct cast *c, const char *verb, const char *const *args, int *exit, struct buf *out, struct err *e)
{
	const char *argv[PROC_ARGS_MAX] = { proc_self(), verb };
	size_t n = 2;

	for (; *args != NULL && n < PROC_ARGS_MAX - 2; args++)
		argv[n++] = *args;
	return run_words(c, argv, n, NULL, 0, exit, out, e);
}

int
cast_do(struct cast *c, unsigned who, const char *verb, const char *const *args, const char *in, size_t in_len, struct buf *out,
    struct err *e)
{
	struct arena a = { 0 };
	const char *words;
	int exit, rc = cast_run(c, who, verb, args, in, in_len, &exit, out, e);

	if (rc == OK && exit != 0) {
		words = sentence_in(&a, out);
		rc = err_set(e, exit == 3 ? ERR_NOTFOUND : exit == 4 ? ERR_LAW : ERR_INPUT, "`diwan %s` at %s: %.500s", verb,
		    c->actor[who].code, words == NULL ? buf_cstr(out) : words);
		arena_free(&a);
	}
	return rc;
}

/* ---- one node ---- */

/* The last line that a node printed, for a sentence. */
static void
last_words(const char *path, char out[300])
{
	FILE *f = fopen(path, "r");
	char line[300];

	snprintf(out, 300, "it printed nothing");
	if (f == NULL)
		return;
	while (fgets(line, sizeof line, f) != NULL)
		if (line[0] != '\n') {
			line[strcspn(line, "\n")] = '\0';
			memcpy(out, line, sizeof line);
		}
	fclose(f);
}

int
cast_await(struct cast *c, unsigned who, struct err *e)
{
	struct actor *x = &c->actor[who];
	int64_t until = monotonic_us() + CAST_READY_MS * INT64_C(1000);
	struct buf out = { 0 };
	char words[300];
	int status = 0;

	while (proc_alive(&x->node, NULL) && monotonic_us() < until) {
		if (control_call(&x->session, x->dir, "GET", "/control/status", NULL, 0, ANSWER_MAX, &status, &out, e) == OK) {
			buf_free(&out);
			return OK;
		}
		nap_ms(5);
	}
	buf_free(&out);
	last_words(x->node.log, words);
	return err_set(e, ERR_IO, "the node of %s did not come up: %s (%s)", x->code, words, x->node.log);
}

int
cast_start(struct cast *c, unsigned who, struct err *e)
{
	struct actor *x = &c->actor[who];
	const char *argv[14] = { proc_self(), "serve", x->dir };
	char listen[32], clock[4096], log[4096];
	int rc, n = 3;

	if (c->relay != NULL && (rc = free_port(&x->port, e)) != OK)
		return rc;
	snprintf(listen, sizeof listen, "127.0.0.1:%u", x->port);
	argv[n++] = "--listen";
	argv[n++] = listen;
	argv[n++] = "--cosign-every";
	argv[n++] = COSIGN_MS;
	if (c->clock != NULL) {
		snprintf(clock, sizeof clock, "%s/clock", c->dir);
		argv[n++] = "--clock";
		argv[n++] = clock;
	}
	snprintf(log, sizeof log, "%s/%s.log", c->dir, x->code);
	if ((rc = proc_start(&x->node, argv, NULL, log, e)) == OK)
		x->up = true;
	return rc;
}

int
cast_up(struct cast *c, unsigned who, struct err *e)
{
	int rc = cast_start(c, who, e);

	if (rc == OK && (rc = cast_await(c, who, e)) == OK && c->actor[who].liar == NULL)
		cast_lead(c, who, 0);
	return rc;
}

static void
forget_session(struct actor *x)
{
	control_end(x->session);
	x->session = NULL;
}

int
cast_down(struct cast *c, unsigned who, struct err *e)
{
	struct actor *x = &c->actor[who];
	char words[300];
	int status;

	forget_session(x);
	if (!x->up)
		return OK;
	x->up = false;
	status = proc_end(&x->node, SIGTERM, STOP_MS);
	if (status != 0) {
		last_words(x->node.log, words);
		return err_set(e, ERR_IO, "the node of %s did not end in good order (status %#x): %s (%s)", x->code,
		    (unsigned)status, words, x->node.log);
	}
	return OK;
}

void
cast_kill(struct cast *c, unsigned who)
{
	forget_session(&c->actor[who]);
	c->actor[who].up = false;
	proc_end(&c->actor[who].node, SIGKILL, STOP_MS);
}

/* ---- links and clock ---- */

unsigned
cast_member(const struct cast *c, unsigned who)
{
	return (unsigned)cast_find(c, c->actor[who].member);
}

/* Make the link from ${a} to ${b} lead to who answers there, unless that is cut off. Only what changes ends connections. */
static void
set_link(struct cast *c, unsigned a, unsigned b)
{
	struct actor *x = &c->actor[a];
	const struct actor *to = &c->actor[x->reaches[b]];
	unsigned port = to->face != 0 ? to->face : to->port;

	if (x->link[b] < 0)
		return;
	if (x->broken[b] != x->cut[x->reaches[b]])
		relay_cut(c->relay, x->link[b], x->broken[b] = x->cut[x->reaches[b]]);
	if (x->led[b] != port)
		relay_lead(c->relay, x->link[b], x->led[b] = port);
}

static void
set_links(struct cast *c)
{
	for (unsigned a = 0; c->relay != NULL && a < c->count; a++)
		for (unsigned b = 0; b < c->count; b++)
			set_link(c, a, b);
}

void
cast_lead(struct cast *c, unsigned who, unsigned port)
{
	c->actor[who].face = port;
	set_links(c);
}

int
cast_reach(struct cast *c, unsigned who, unsigned answers, struct err *e)
{
	unsigned member = cast_member(c, answers);

	if (c->actor[who].link[member] < 0)
		return err_set(e, ERR_INPUT, "%s does not call %s", c->actor[who].code, c->actor[member].code);
	c->actor[who].reaches[member] = answers;
	set_links(c);
	return OK;
}

void
cast_cut(struct cast *c, unsigned a, unsigned b, bool cut)
{
	c->actor[a].cut[b] = c->actor[b].cut[a] = cut;
	set_links(c);
}

void
cast_slow(struct cast *c, unsigned a, unsigned b, uint32_t delay_ms, uint64_t bytes_per_s)
{
	if (c->actor[a].link[b] >= 0)
		relay_slow(c->relay, c->actor[a].link[b], delay_ms, bytes_per_s);
	if (c->actor[b].link[a] >= 0)
		relay_slow(c->relay, c->actor[b].link[a], delay_ms, bytes_per_s);
}

int64_t
cast_now_ms(const struct cast *c)
{
	int64_t offset = c->clock == NULL ? 0 : (int64_t)le64toh((uint64_t)*c->clock);

	return clock_now_ms(&clock_system) + offset;
}

void
cast_wait(struct cast *c, int64_t ms)
{
	if (c->clock != NULL)
		*c->clock = (int64_t)htole64((uint64_t)((int64_t)le64toh((uint64_t)*c->clock) + ms));
}

/* ---- the whole ---- */

int
cast_find(const struct cast *c, const char *code)
{
	for (unsigned i = 0; i < c->count; i++)
		if (strcmp(c->actor[i].code, code) == 0)
			return (int)i;
	return -1;
}

int
cast_open(struct cast **out, const struct cast_options *o, struct err *e)
{
	struct cast *c = calloc(1, sizeof *c);
	int rc;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the nodes");
	if (snprintf(c->dir, sizeof c->dir, "%s", o->dir) >= (int)sizeof c->dir)
		rc = err_set(e, ERR_LIMIT, "the folder's name is too long");
	else
		rc = cast_make(c, o, e);
	if (rc != OK) {
		cast_close(c);
		return rc;
	}
	*out = c;
	return OK;
}

int
cast_finish(struct cast *c, struct err *e)
{
	struct err later;
	int rc = OK, one;

	for (unsigned i = 0; i < c->count; i++)
		if (c->actor[i].node.pid != 0)
			kill(c->actor[i].node.pid, SIGTERM);	/* all at once; then wait for each */
	for (unsigned i = 0; i < c->count; i++)
		if ((one = cast_down(c, i, rc == OK ? e : &later)) != OK && rc == OK)
			rc = one;
	return rc;
}

void
cast_close(struct cast *c)
{
	struct err e;

	if (c == NULL)
		return;
	(void)cast_finish(c, &e);
	for (unsigned i = 0; i < c->count; i++)
		buf_free(&c->actor[i].old_note);
	relay_stop(c->relay);
	if (c->clock != NULL)
		munmap((void *)(uintptr_t)c->clock, 8);
	arena_free(&c->boot);
	free(c);
}
