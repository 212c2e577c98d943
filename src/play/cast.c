#include "play/cast.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/client.h"

#define COMMAND_MS 120000
#define STOP_MS 20000
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

int
cast_run(struct cast *c, unsigned who, const char *verb, const char *const *args, const char *in, size_t in_len, int *exit,
    struct buf *out, struct err *e)
{
	const char *argv[PROC_ARGS_MAX] = { proc_self(), verb, c->actor[who].dir };
	struct proc_run r = { .argv = argv, .env = c->clock_env[0] ? c->clock_env : NULL, .in = in, .in_len = in_len,
		.max_bytes = ANSWER_MAX, .timeout_ms = COMMAND_MS };
	size_t n = 3;
	int rc;

	for (; args != NULL && *args != NULL && n < PROC_ARGS_MAX - 2; args++)
		argv[n++] = *args;
	argv[n] = "--json";
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

static int
await_ready(struct cast *c, unsigned who, struct err *e)
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

static int
start_node(struct cast *c, unsigned who, struct err *e)
{
	struct actor *x = &c->actor[who];
	const char *argv[12] = { proc_self(), "serve", x->dir };
	char listen[32], clock[4096], log[4096];
	int rc, n = 3;

	if (c->relay != NULL && (rc = free_port(&x->port, e)) != OK)
		return rc;
	snprintf(listen, sizeof listen, "127.0.0.1:%u", x->port);
	argv[n++] = "--listen";
	argv[n++] = listen;
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
	int rc = start_node(c, who, e);

	if (rc == OK && (rc = await_ready(c, who, e)) == OK && c->actor[who].liar == NULL)
		cast_lead(c, who, c->actor[who].port);
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
	int status;

	forget_session(x);
	x->up = false;
	if (x->node.pid == 0)
		return OK;
	status = proc_end(&x->node, SIGTERM, STOP_MS);
	if (status != 0)
		return err_set(e, ERR_IO, "the node of %s did not stop in good order (status %#x); see %s", x->code, status, x->node.log);
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

void
cast_lead(struct cast *c, unsigned who, unsigned port)
{
	for (unsigned i = 0; c->relay != NULL && i < c->count; i++)
		if (i != who)
			relay_lead(c->relay, c->actor[i].link[who], port);
}

void
cast_cut(struct cast *c, unsigned a, unsigned b, bool cut)
{
	relay_cut(c->relay, c->actor[a].link[b], cut);
	relay_cut(c->relay, c->actor[b].link[a], cut);
}

void
cast_slow(struct cast *c, unsigned a, unsigned b, uint32_t delay_ms, uint64_t bytes_per_s)
{
	relay_slow(c->relay, c->actor[a].link[b], delay_ms, bytes_per_s);
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

static int
make_clock(struct cast *c, int64_t starts_ms, struct err *e)
{
	char path[4096];
	int fd, rc = OK;
	void *p;

	if (starts_ms == WHEN_NONE)
		return OK;
	snprintf(path, sizeof path, "%s/clock", c->dir);
	snprintf(c->clock_env, sizeof c->clock_env, "DIWAN_CLOCK=%s/clock", c->dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, 8) != 0 || (p = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED)
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	else
		c->clock = p;
	if (fd >= 0)
		close(fd);
	if (rc == OK)
		cast_wait(c, starts_ms - clock_now_ms(&clock_system));
	return rc;
}

/* ---- making the cast ---- */

int
cast_find(const struct cast *c, const char *code)
{
	for (unsigned i = 0; i < c->count; i++)
		if (strcmp(c->actor[i].code, code) == 0)
			return (int)i;
	return -1;
}

int
cast_charter(struct arena *a, const char *path, struct charter **out, struct err *e)
{
	FILE *f = fopen(path, "rb");
	char *text;
	size_t len;
	int rc;

	if (f == NULL)
		return err_set(e, ERR_NOTFOUND, "charter %s: %s", path, strerror(errno));
	text = malloc(CHARTER_MAX_BYTES + 1);
	len = text == NULL ? 0 : fread(text, 1, CHARTER_MAX_BYTES + 1, f);
	fclose(f);
	if (text == NULL)
		return err_set(e, ERR_NOMEM, "no memory to read %s", path);
	rc = charter_read(a, path, text, len, out, e);
	free(text);
	return rc;
}

static int
choose_members(struct cast *c, const struct cast_options *o, struct err *e)
{
	uint32_t n = o->members_count > 0 ? o->members_count : c->charter->members_count;

	if (n > CAST_MAX)
		return err_set(e, ERR_LIMIT, "the charter has %u members and at most %d can be played; choose some with members: [...]", n,
		    CAST_MAX);
	for (uint32_t i = 0; i < n; i++) {
		const char *code = o->members_count > 0 ? o->members[i] : c->charter->members[i].code;
		struct actor *x = &c->actor[i];

		if (charter_member_index(c->charter, code) < 0)
			return err_set(e, ERR_NOTFOUND, "the charter of %s has no member \"%s\"", c->charter->mechanism, code);
		snprintf(x->code, sizeof x->code, "%s", code);
		snprintf(x->dir, sizeof x->dir, "%s/%s", c->dir, code);
		for (unsigned k = 0; k < CAST_MAX; k++)
			x->link[k] = -1;
	}
	c->count = n;
	return OK;
}

static int
make_links(struct cast *c, unsigned ports[CAST_MAX][CAST_MAX], struct err *e)
{
	int rc = relay_start(&c->relay, e);

	for (unsigned a = 0; a < c->count && rc >= 0; a++)
		for (unsigned b = 0; b < c->count && rc >= 0; b++)
			if (a != b)
				rc = c->actor[a].link[b] = relay_add(c->relay, &ports[a][b], e);
	return rc < 0 ? rc : OK;
}

static int
make_node(struct cast *c, unsigned who, const char *charter, struct err *e)
{
	struct actor *x = &c->actor[who];
	char address[32];
	const char *args[] = { "--charter", charter, "--member", x->code, "--address", address, NULL };
	struct buf out = { 0 };
	int rc;

	if ((rc = free_port(&x->port, e)) != OK)
		return rc;
	snprintf(address, sizeof address, "127.0.0.1:%u", x->port);
	rc = cast_do(c, who, "init", args, NULL, 0, &out, e);
	buf_free(&out);
	return rc;
}

/* The card of ${who} as it prints it. */
static int
read_card(struct cast *c, unsigned who, struct buf *card, struct err *e)
{
	static const struct json_limits limits = { 65536, 8, 100 };
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const struct json *text;
	int rc = cast_do(c, who, "pair", NULL, NULL, 0, &out, e);

	if (rc == OK && (rc = json_parse(&a, out.data, out.len, &limits, &root, e)) == OK) {
		text = json_get(root, "card");
		if (text == NULL || text->type != JSON_STRING)
			rc = err_set(e, ERR_INPUT, "`diwan pair` at %s printed no card", c->actor[who].code);
		else
			buf_add(card, text->str, text->len);
	}
	arena_free(&a);
	buf_free(&out);
	return rc;
}

/* Give ${to} the card of ${of}, with the address at which ${to} reaches it (${port}; 0: as it stands). */
static int
give_card(struct cast *c, unsigned to, const struct buf *card, unsigned port, struct err *e)
{
	static const char label[] = "\naddress ";
	const char *text = buf_cstr(card), *at = strstr(text, label), *end = at == NULL ? NULL : strchr(at + 1, '\n');
	struct buf own = { 0 }, out = { 0 };
	int rc;

	if (end == NULL)
		return err_set(e, ERR_INPUT, "a card without address");
	if (port == 0)
		buf_str(&own, text);
	else
		buf_fmt(&own, "%.*s%s127.0.0.1:%u%s", (int)(at - text), text, label, port, end);
	rc = cast_call(c, to, "POST", "/control/pair", own.data, own.len, &out, e);
	buf_free(&own);
	buf_free(&out);
	return rc;
}

static int
pair_all(struct cast *c, unsigned ports[CAST_MAX][CAST_MAX], const struct cast_options *o, struct err *e)
{
	unsigned done = 0, total = c->count * (c->count - 1);
	struct buf card = { 0 };
	char what[80];
	int rc = OK;

	for (unsigned of = 0; of < c->count && rc == OK; of++) {
		buf_reset(&card);
		rc = read_card(c, of, &card, e);
		for (unsigned to = 0; to < c->count && rc == OK; to++)
			if (to != of && (rc = give_card(c, to, &card, c->relay == NULL ? 0 : ports[to][of], e)) == OK) {
				snprintf(what, sizeof what, "pairing %s with %s", c->actor[to].code, c->actor[of].code);
				if (o->progress != NULL)
					o->progress(o->ctx, what, ++done, total);
			}
	}
	buf_free(&card);
	return rc;
}

static int
make_all(struct cast *c, const struct cast_options *o, struct err *e)
{
	unsigned ports[CAST_MAX][CAST_MAX] = { 0 };
	char what[80];
	int rc;

	if ((rc = cast_charter(&c->boot, o->charter, &c->charter, e)) != OK ||
	    (rc = charter_registry(c->charter, &c->boot, &c->reg, e)) != OK || (rc = choose_members(c, o, e)) != OK ||
	    (rc = make_clock(c, o->starts_ms, e)) != OK || (!o->direct && (rc = make_links(c, ports, e)) != OK))
		return rc;
	for (unsigned i = 0; i < c->count; i++) {
		snprintf(what, sizeof what, "keys of %s", c->actor[i].code);
		if (o->progress != NULL)
			o->progress(o->ctx, what, i, c->count);
		if ((rc = make_node(c, i, o->charter, e)) != OK || (rc = start_node(c, i, e)) != OK)
			return rc;
	}
	for (unsigned i = 0; i < c->count; i++) {
		if ((rc = await_ready(c, i, e)) != OK)
			return rc;
		cast_lead(c, i, c->actor[i].port);
	}
	return pair_all(c, ports, o, e);
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
		rc = make_all(c, o, e);
	if (rc != OK) {
		cast_close(c);
		return rc;
	}
	*out = c;
	return OK;
}

void
cast_close(struct cast *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->count; i++) {
		forget_session(&c->actor[i]);
		if (c->actor[i].node.pid != 0)
			kill(c->actor[i].node.pid, SIGTERM);	/* all at once; then wait for each */
	}
	for (unsigned i = 0; i < c->count; i++) {
		proc_end(&c->actor[i].node, SIGTERM, STOP_MS);
		buf_free(&c->actor[i].old_note);
	}
	relay_stop(c->relay);
	if (c->clock != NULL)
		munmap((void *)(uintptr_t)c->clock, 8);
	arena_free(&c->boot);
	free(c);
}
