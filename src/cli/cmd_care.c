/* check, rebuild, backup: through the running node, or directly. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/local.h"
#include "cli/progress.h"
#include "cli/say.h"

static const struct json_limits limits = { 16 * 1024 * 1024, 8, 200000 };

/* Ask the running node and parse its answer. */
static int
ask(struct local *l, const char *path, const char *body, struct arena *a, struct buf *out, struct json **root, struct err *e)
{
	int rc = local_call(l, "POST", path, body, body == NULL ? 0 : strlen(body), out, e);

	return rc == OK ? json_parse(a, buf_cstr(out), out->len, &limits, root, e) : rc;
}

static uint64_t
number(const struct json *root, const char *key)
{
	const struct json *v = json_get(root, key);

	return v != NULL && v->type == JSON_INT && v->num >= 0 ? (uint64_t)v->num : 0;
}

/* ---- check ---- */

struct findings {
	const struct cli *cli;
	struct json_out out;
	struct progress progress;
	uint64_t count;
};

static void
add_finding(void *ctx, const char *text)
{
	struct findings *f = ctx;

	if (f->cli->json)
		jo_str(&f->out, NULL, text);
	else
		say(f->cli, "%s\n", text);
}

static int
show_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct findings *f = ctx;

	return progress_show(&f->progress, what, done, total);
}

static int
check_running(struct local *l, struct findings *f, struct err *e)
{
	struct arena a = { 0 };
	struct buf answer = { 0 }, one = { 0 };
	struct json *root;
	const struct json *list;
	int rc = ask(l, "/control/check", NULL, &a, &answer, &root, e);

	list = rc == OK ? json_get(root, "findings") : NULL;
	for (const struct json *x = list == NULL ? NULL : list->child; x != NULL; x = x->next) {
		buf_reset(&one);
		if (x->type == JSON_STRING && buf_add(&one, x->str, x->len))
			add_finding(f, buf_cstr(&one));
	}
	if (rc == OK)
		f->count = number(root, "count");
	arena_free(&a);
	buf_free(&answer);
	buf_free(&one);
	return rc;
}

int
cmd_check(struct cli *c, struct err *e)
{
	struct buf b = { 0 };
	struct findings f = { .cli = c, .out = { &b, false } };
	struct local l;
	int rc;

	if ((rc = local_work(&l, c, c->args[0], e)) != OK)
		return rc;
	progress_start(&f.progress, c);
	jo_open(&f.out, NULL, '{');
	jo_open(&f.out, "findings", '[');
	rc = l.node == NULL ? check_running(&l, &f, e) : node_check(l.node, add_finding, show_progress, &f, &f.count, e);
	progress_end(&f.progress);
	local_close(&l);
	if (rc == OK && c->json) {
		jo_close(&f.out, ']');
		jo_int(&f.out, "count", (int64_t)f.count);
		jo_close(&f.out, '}');
		say_json(c, &b);
	} else if (rc == OK && f.count == 0) {
		say_in(c, PAINT_GOOD, "Sound: logs, payloads and derived rows agree.\n");
	} else if (rc == OK) {
		say_in(c, PAINT_BAD, "%" PRIu64 " finding%s.\n", f.count, f.count == 1 ? "" : "s");
	}
	buf_free(&b);
	return rc == OK && f.count > 0 ? CLI_FAILED : rc;
}

/* ---- rebuild ---- */

static int
rebuild_running(struct local *l, uint64_t *records, struct err *e)
{
	struct arena a = { 0 };
	struct buf answer = { 0 };
	struct json *root;
	int rc = ask(l, "/control/rebuild", NULL, &a, &answer, &root, e);

	if (rc == OK)
		*records = number(root, "records");
	arena_free(&a);
	buf_free(&answer);
	return rc;
}

static void
say_number(const struct cli *c, const char *key, uint64_t n)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	jo_open(&o, NULL, '{');
	jo_int(&o, key, (int64_t)n);
	jo_close(&o, '}');
	say_json(c, &b);
	buf_free(&b);
}

int
cmd_rebuild(struct cli *c, struct err *e)
{
	struct progress p;
	struct local l;
	uint64_t records = 0;
	int rc;

	if ((rc = local_work(&l, c, c->args[0], e)) != OK)
		return rc;
	progress_start(&p, c);
	rc = l.node == NULL ? rebuild_running(&l, &records, e) : node_rebuild(l.node, progress_show, &p, &records, e);
	progress_end(&p);
	local_close(&l);
	if (rc == OK && c->json)
		say_number(c, "records", records);
	else if (rc == OK)
		say(c, "Folded %" PRIu64 " record%s anew.\n", records, records == 1 ? "" : "s");
	return rc;
}

/* ---- backup ---- */

/* By this process, also beside a running node, which is locked into its folder. */
int
cmd_backup(struct cli *c, struct err *e)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	struct progress p;
	struct local l;
	int rc;

	if ((rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	progress_start(&p, c);
	rc = node_backup(l.node, c->args[1], progress_show, &p, e);
	progress_end(&p);
	local_close(&l);
	if (rc == OK && c->json) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "backup", c->args[1]);
		jo_close(&o, '}');
		say_json(c, &b);
	} else if (rc == OK) {
		say(c, "Wrote %s. The keys are not in it: keep %s/keys apart, in a safe place.\n", c->args[1], c->args[0]);
	}
	buf_free(&b);
	return rc;
}
