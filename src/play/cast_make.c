/* Making a cast: charter, clock, links, keys, pairing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "play/cast.h"

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
		return err_set(e, ERR_LIMIT,
		    "the charter has %u members and at most %d can be played; choose some with members: [...]", n,
		    CAST_MAX);
	for (uint32_t i = 0; i < n; i++) {
		const char *code = o->members_count > 0 ? o->members[i] : c->charter->members[i].code;
		struct actor *x = &c->actor[i];

		if (charter_member_index(c->charter, code) < 0)
			return err_set(e, ERR_NOTFOUND, "the charter of %s has no member \"%s\"", c->charter->mechanism, code);
		snprintf(x->code, sizeof x->code, "%s", code);
		snprintf(x->dir, sizeof x->dir, "%s/%s", c->dir, code);
		snprintf(x->member, sizeof x->member, "%s", code);
		x->epoch = 1;
		cast_no_links(x);
	}
	c->count = n;
	return OK;
}

static int
make_links(struct cast *c, struct err *e)
{
	int rc = relay_start(&c->relay, e);

	for (unsigned a = 0; a < c->count && rc == OK; a++)
		rc = cast_link(c, a, e);
	return rc;
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

int
cast_card(struct cast *c, unsigned who, struct buf *card, struct err *e)
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

int
cast_address(const struct cast *c, unsigned to, unsigned of, struct buf *card, struct buf *out, struct err *e)
{
	static const char label[] = "\naddress ";
	const char *text = buf_cstr(card), *at = strstr(text, label), *end = at == NULL ? NULL : strchr(at + 1, '\n');

	if (end == NULL)
		return err_set(e, ERR_INPUT, "a card without address");
	if (c->relay == NULL)
		buf_str(out, text);
	else
		buf_fmt(out, "%.*s%s127.0.0.1:%u%s", (int)(at - text), text, label, c->actor[to].call[of], end);
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a card") : OK;
}

int
cast_give(struct cast *c, unsigned to, unsigned of, struct buf *card, struct err *e)
{
	struct buf own = { 0 }, out = { 0 };
	int rc = cast_address(c, to, of, card, &own, e);

	if (rc == OK)
		rc = cast_call(c, to, "POST", "/control/pair", own.data, own.len, &out, e);
	buf_free(&own);
	buf_free(&out);
	return rc;
}

static int
pair_all(struct cast *c, const struct cast_options *o, struct err *e)
{
	unsigned done = 0, total = c->count * (c->count - 1);
	struct buf card = { 0 };
	char what[80];
	int rc = OK;

	for (unsigned of = 0; of < c->count && rc == OK; of++) {
		buf_reset(&card);
		rc = cast_card(c, of, &card, e);
		for (unsigned to = 0; to < c->count && rc == OK; to++)
			if (to != of && (rc = cast_give(c, to, of, &card, e)) == OK) {
				snprintf(what, sizeof what, "pairing %s with %s", c->actor[to].code, c->actor[of].code);
				if (o->progress != NULL)
					o->progress(o->ctx, what, ++done, total);
			}
	}
	buf_free(&card);
	return rc;
}

int
cast_make(struct cast *c, const struct cast_options *o, struct err *e)
{
	char what[80];
	int rc;

	if ((rc = cast_charter(&c->boot, o->charter, &c->charter, e)) != OK ||
	    (rc = charter_registry(c->charter, &c->boot, &c->reg, e)) != OK || (rc = choose_members(c, o, e)) != OK ||
	    (rc = make_clock(c, o->starts_ms, e)) != OK || (!o->direct && (rc = make_links(c, e)) != OK))
		return rc;
	for (unsigned i = 0; i < c->count; i++) {
		snprintf(what, sizeof what, "keys of %s", c->actor[i].code);
		if (o->progress != NULL)
			o->progress(o->ctx, what, i, c->count);
		if ((rc = make_node(c, i, o->charter, e)) != OK || (rc = cast_start(c, i, e)) != OK)
			return rc;
	}
	for (unsigned i = 0; i < c->count; i++) {
		if ((rc = cast_await(c, i, e)) != OK)
			return rc;
		cast_lead(c, i, 0);
	}
	return pair_all(c, o, e);
}
