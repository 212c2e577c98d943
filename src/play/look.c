/* Questions to one node, asked as its operator would: status, list, show, why, check. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "play/stage.h"

#define PAGE "10000"			/* records of one list */
#define EXIT_NOT_THERE 3
#define EXIT_DENIED 4

static const struct json_limits limits = { 64 * 1024 * 1024, 24, 4000000 };

static int
parse(struct arena *a, const struct buf *text, struct json **root, struct err *e)
{
	int rc = json_parse(a, buf_cstr(text), text->len, &limits, root, e);

	return rc == OK ? OK : err_at(e, "a node's answer");
}

static uint64_t
number(const struct json *v)
{
	return v != NULL && v->type == JSON_INT && v->num > 0 ? (uint64_t)v->num : 0;
}

static void
text_of(char *out, size_t cap, const struct json *v)
{
	snprintf(out, cap, "%.*s", v != NULL && v->type == JSON_STRING ? (int)v->len : 0, v == NULL || v->str == NULL ? "" :
	    v->str);
}

/* ---- status ---- */

static void
read_peer(const struct json *p, struct peer_view *view)
{
	const struct json *t = json_get(p, "last_try");
	struct inst when;

	text_of(view->state, sizeof view->state, json_get(p, "state"));
	text_of(view->trouble, sizeof view->trouble, json_get(p, "trouble"));
	text_of(view->cosign_trouble, sizeof view->cosign_trouble, json_get(p, "cosign_trouble"));
	view->settled = number(json_get(p, "settled"));
	view->cosigned = number(json_get(p, "cosigned"));
	view->size = number(json_get(p, "size"));
	view->payloads_next = number(json_get(p, "payloads_next"));
	view->last_try_ms = t != NULL && t->type == JSON_STRING && inst_parse(t->str, t->len, &when) ? when.ms : WHEN_NONE;
}

static void
read_self(const struct json *root, struct self_view *self)
{
	const struct json *g = json_get(root, "guard");

	self->size = number(json_get(root, "size"));
	self->settled = number(json_get(root, "settled"));
	text_of(self->guard, sizeof self->guard, json_get(g, "state"));
	text_of(self->why, sizeof self->why, json_get(g, "why"));
}

int
look_status(struct cast *c, unsigned who, unsigned of, struct self_view *self, struct peer_view *view, struct err *e)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const struct json *p;
	int rc = cast_call(c, who, "GET", "/control/status", NULL, 0, &out, e);

	if (rc == OK && (rc = parse(&a, &out, &root, e)) == OK) {
		if (self != NULL)
			read_self(root, self);
		p = json_get(root, "peers");
		p = p == NULL ? NULL : p->child;
		while (p != NULL && !json_is(json_get(p, "member"), c->actor[of].member))
			p = p->next;
		if (view != NULL && p == NULL)
			rc = err_set(e, ERR_NOTFOUND, "%s does not speak of %s in its status", c->actor[who].code,
			    c->actor[of].code);
		else if (view != NULL)
			read_peer(p, view);
	}
	arena_free(&a);
	buf_free(&out);
	return rc;
}

int
look_size(struct cast *c, unsigned who, uint64_t *size, struct err *e)
{
	struct self_view self = { .size = 0 };
	int rc = look_status(c, who, who, &self, NULL, e);

	*size = self.size;
	return rc;
}

/* ---- one record ---- */

void
look_label(char out[80], const struct cast *c, const struct place *at)
{
	if (at->epoch == 1)
		snprintf(out, 80, "%s/%llu", c->actor[at->of].member, (unsigned long long)at->index);
	else
		snprintf(out, 80, "%s/%u/%llu", c->actor[at->of].member, (unsigned)at->epoch, (unsigned long long)at->index);
}

static int
show(struct cast *c, unsigned who, const struct place *at, const char *view, const char *purpose, int *exit, struct buf *out,
    struct err *e)
{
	char label[80];
	const char *args[] = { label, "--view", view, purpose == NULL ? NULL : "--purpose", purpose, NULL };

	look_label(label, c, at);
	return cast_run(c, who, "show", args, NULL, 0, exit, out, e);
}

static int
unexpected_exit(const struct cast *c, unsigned who, int exit, const struct buf *out, struct err *e)
{
	return err_set(e, ERR_INPUT, "`diwan show` at %s ended with %d: %.400s", c->actor[who].code, exit, buf_cstr(out));
}

int
look_holds(struct cast *c, unsigned who, const struct place *at, bool *holds, struct err *e)
{
	struct buf out = { 0 };
	int exit = 0, rc = show(c, who, at, "live", NULL, &exit, &out, e);

	/* Held and hidden from this viewer is held: 4. */
	*holds = exit == 0 || exit == EXIT_DENIED;
	if (rc == OK && !*holds && exit != EXIT_NOT_THERE)
		rc = unexpected_exit(c, who, exit, &out, e);
	buf_free(&out);
	return rc;
}

int
look_sees(struct cast *c, unsigned who, const struct place *at, const char *view, bool *sees, struct err *e)
{
	struct buf out = { 0 };
	int exit = 0, rc = show(c, who, at, view, NULL, &exit, &out, e);

	*sees = exit == 0;
	if (rc == OK && exit != 0 && exit != EXIT_NOT_THERE && exit != EXIT_DENIED)
		rc = unexpected_exit(c, who, exit, &out, e);
	buf_free(&out);
	return rc;
}

static bool
same_word(const struct json *a, const struct json *b)
{
	return a != NULL && b != NULL && a->type == JSON_STRING && b->type == JSON_STRING && a->len == b->len &&
	    memcmp(a->str, b->str, a->len) == 0;
}

int
look_gate(struct cast *c, unsigned who, const struct place *at, const char *view, int *gate, struct err *e)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const struct json *node, *r;
	char label[80];
	const char *args[] = { label, "--viewer", c->actor[who].member, "--view", view, NULL };
	int rc;

	look_label(label, c, at);
	*gate = 0;
	if ((rc = cast_do(c, at->of, "why", args, NULL, 0, &out, e)) == OK && (rc = parse(&a, &out, &root, e)) == OK) {
		r = json_get(root, "members");
		node = json_get(r == NULL ? NULL : r->child, "node");
		if (json_get(node, "level") == NULL)
			rc = err_set(e, ERR_INPUT, "`diwan why` at %s: %.400s", c->actor[at->of].code, buf_cstr(&out));
		r = json_get(node, "reasons");
		if (rc == OK && !json_is(json_get(node, "level"), "FULL"))
			for (r = r == NULL ? NULL : r->child; r != NULL && *gate == 0; r = r->next)
				if (same_word(json_get(r, "ceiling"), json_get(node, "level")))
					*gate = (int)number(json_get(r, "gate"));
	}
	arena_free(&a);
	buf_free(&out);
	return rc;
}

/* ---- many records ---- */

/*
 * Call ${each} for every row of `diwan list` at ${who} of records from ${of}, as its auditor sees them: all that is held, of
 * every mode.
 */
static int
list_held(struct cast *c, unsigned who, unsigned of, const char *const *more, int (*each)(void *ctx, const struct json *row),
    void *ctx,
    struct err *e)
{
	const char *args[16] = { "--from", c->actor[of].member, "--role", "auditor", "--all-versions", "--limit", PAGE };
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const struct json *r;
	char cursor[80];
	size_t n = 7, k;
	int rc;

	while (more != NULL && *more != NULL && n < 12)
		args[n++] = *more++;
	for (k = n;; k = n + 2) {
		args[k] = NULL;
		arena_reset(&a);
		if ((rc = cast_do(c, who, "list", args, NULL, 0, &out, e)) != OK || (rc = parse(&a, &out, &root, e)) != OK)
			break;
		r = json_get(root, "records");
		for (r = r == NULL ? NULL : r->child; r != NULL && rc == OK; r = r->next)
			rc = each(ctx, r);
		text_of(cursor, sizeof cursor, json_get(root, "cursor"));
		if (rc != OK || cursor[0] == '\0')
			break;
		args[n] = "--cursor";
		args[n + 1] = cursor;
	}
	arena_free(&a);
	buf_free(&out);
	return rc < 0 ? rc : OK;
}

int
look_list(struct cast *c, unsigned who, unsigned of, int (*each)(void *ctx, const struct json *row), void *ctx, struct err *e)
{
	return list_held(c, who, of, NULL, each, ctx, e);
}

static int
count_row(void *ctx, const struct json *row)
{
	uint64_t *n = ctx;

	*n += !json_is(json_get(row, "kind"), "control");
	return OK;
}

int
look_count(struct cast *c, unsigned who, unsigned of, uint64_t *count, struct err *e)
{
	*count = 0;
	return list_held(c, who, of, NULL, count_row, count, e);
}

/* ---- receipts ---- */

struct fresh {				/* receipts not yet looked at: their indexes in the giver's log */
	uint64_t from, index[1024];
	unsigned count;
};

static int
fresh_row(void *ctx, const struct json *row)
{
	struct fresh *f = ctx;
	const struct json *label = json_get(row, "label");
	const char *slash = label == NULL || label->type != JSON_STRING ? NULL : memrchr(label->str, '/', label->len);
	uint64_t index;

	if (slash == NULL || !dec_u64(slash + 1, label->len - (size_t)(slash + 1 - label->str), UINT64_MAX >> 1, &index))
		return OK;
	if (index < f->from)
		return 1;		/* newest first: the rest is known */
	if (f->count == sizeof f->index / sizeof f->index[0])
		return ERR_LIMIT;
	f->index[f->count++] = index;
	return OK;
}

static void
mark(struct receipts *r, uint64_t first, uint64_t last)
{
	static const uint8_t none[256];

	if (last < first || last > SCENARIO_RECORDS_MAX * UINT64_C(10))
		return;
	while (r->has.len <= last && !r->has.failed)
		buf_add(&r->has, none, sizeof none);
	if (!r->has.failed)
		memset(r->has.data + first, 1, (size_t)(last - first + 1));
}

/* The ranges of the receipt at ${index} of the giver's log, as ${asked} holds it, if it is about ${of}. */
static int
take_receipt(struct cast *c, struct receipts *r, unsigned asked, unsigned giver, unsigned of, uint64_t index, struct err *e)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const struct json *body, *x;
	const struct place at = { giver, c->actor[giver].epoch, index };
	int exit = 0, rc = show(c, asked, &at, "live", "P13", &exit, &out, e);

	if (rc == OK && exit == 0 && (rc = parse(&a, &out, &root, e)) == OK) {
		body = json_get(json_get(root, "record"), "body");
		x = json_get(body, "ranges");
		if (json_is(json_get(body, "type"), "RECEIPT") && json_is(json_get(json_get(body, "log"), "member"),
		    c->actor[of].member))
			for (x = x == NULL ? NULL : x->child; x != NULL; x = x->next)
				if (x->type == JSON_ARRAY && x->count == 2)
					mark(r, number(x->child), number(x->child->next));
	}
	arena_free(&a);
	buf_free(&out);
	return rc;
}

int
look_receipt(struct cast *c, struct receipts *r, unsigned asked, unsigned giver, const struct place *at, bool *has, struct err *e)
{
	const unsigned of = at->of;
	const uint64_t index = at->index;
	static const char *const control[] = { "--kind", "control", NULL };
	struct fresh f = { .from = r->seen };
	int rc = OK;

	if (index >= r->has.len || r->has.data[index] == 0)
		rc = list_held(c, asked, giver, control, fresh_row, &f, e);
	if (rc == ERR_LIMIT)
		return err_set(e, rc, "%s has filed more receipts than are looked at", c->actor[giver].code);
	for (unsigned i = f.count; i-- > 0 && rc == OK; )
		if ((rc = take_receipt(c, r, asked, giver, of, f.index[i], e)) == OK && f.index[i] >= r->seen)
			r->seen = f.index[i] + 1;
	*has = index < r->has.len && r->has.data[index] != 0;
	return rc;
}

/* ---- check ---- */

int
look_check(struct cast *c, unsigned who, uint64_t *findings, char first[300], struct err *e)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const struct json *list;
	int rc = cast_call(c, who, "POST", "/control/check", NULL, 0, &out, e);

	if (rc == OK && (rc = parse(&a, &out, &root, e)) == OK) {
		if (json_get(root, "count") == NULL)
			rc = err_set(e, ERR_INPUT, "%s does not say what its check found", c->actor[who].code);
		*findings = number(json_get(root, "count"));
		list = json_get(root, "findings");
		text_of(first, 300, list == NULL ? NULL : list->child);
	}
	arena_free(&a);
	buf_free(&out);
	return rc;
}
