/* What a member's node may ask for (docs/exchange.md 2 to 4). */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "exchange/blob.h"
#include "exchange/release.h"
#include "http/routes.h"
#include "exchange/append.h"
#include "log/tile.h"

#define OCTETS "application/octet-stream"
#define IMMUTABLE "public, max-age=604800, immutable"

static void
refuse(struct http_answer *a, int code, const char *text)
{
	struct err e;

	err_set(&e, code, "%s", text);
	http_problem(a, &e);
}

/* A tile or bundle of any width that was ever published: the prefix of what is stored. */
static int
answer_tile(const struct http_request *r, int member, const char *path, struct http_answer *a, struct err *e)
{
	struct store_reader *reader;
	struct tile t;
	uint64_t size;
	size_t want;
	int rc;

	if (tile_parse(&t, path, strlen(path), e) != OK || node_published(r->node, member, &size, NULL, e) != OK)
		return ERR_NOTFOUND;
	if (!tile_exists(&t, size) || (t.level != TILE_ENTRIES && t.level >= TILE_LEVELS))
		return err_set(e, ERR_NOTFOUND, "%s is not in the tree of %llu entries", path, (unsigned long long)size);
	if ((reader = node_reader(r->node, e)) == NULL)
		return e->code;
	rc = store_tile_get(reader, node_log_no(r->node, member), t.level == TILE_ENTRIES ? STORE_BUNDLE : t.level, t.n, &a->body,
	    e);
	node_reader_done(r->node, reader);
	want = (size_t)t.width * (t.level == TILE_ENTRIES ? 2 + ENTRY_BYTES : HASH_BYTES);
	if (rc == OK && a->body.len < want)
		rc = err_set(e, ERR_VERIFY, "%s is shorter in the store than published; run `diwan check`", path);
	if (rc == OK)
		a->body.len = want;
	a->type = OCTETS;
	a->cache = IMMUTABLE;
	return rc;
}

static void
answer_log(const struct http_request *r, int member, const char *path, struct http_answer *a)
{
	struct err e = { 0 };
	uint64_t size;
	int rc;

	if (strcmp(path, "checkpoint") == 0) {
		a->type = "text/plain; charset=utf-8";
		a->cache = "no-cache";
		rc = node_published(r->node, member, &size, &a->body, &e);
	} else {
		rc = answer_tile(r, member, path, a, &e);
	}
	if (rc != OK) {
		if (e.code == 0 || rc == ERR_NOTFOUND)
			e.code = ERR_NOTFOUND;
		http_problem(a, &e);
	}
}

void
member_own_log(const struct http_request *r, struct http_answer *a)
{
	answer_log(r, node_own(r->node), r->path + 1, a);
}

/* Take "<name>/" off the front of *${path}; its length, or 0. */
static size_t
segment(const char **path, const char **name)
{
	const char *slash = strchr(*path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - *path);

	*name = *path;
	if (len > 0)
		*path = slash + 1;
	return len;
}

static bool
is_mechanism(const struct http_request *r, const char *name, size_t len)
{
	return strlen(node_mechanism(r->node)) == len && strncmp(name, node_mechanism(r->node), len) == 0;
}

void
member_log(const struct http_request *r, struct http_answer *a)
{
	const char *path = r->tail, *mechanism, *member;
	size_t mechanism_len = segment(&path, &mechanism), member_len = segment(&path, &member);
	int m = member_len == 0 ? LAW_NONE : registry_member(node_registry(r->node), member, member_len);

	if (mechanism_len == 0 || !is_mechanism(r, mechanism, mechanism_len) || m == LAW_NONE)
		refuse(a, ERR_NOTFOUND, "no such log is held here");
	else
		answer_log(r, m, path, a);
}

static int
answer_payloads(const struct http_request *r, struct http_answer *a, struct err *e)
{
	struct store_reader *reader;
	struct log_row log;
	struct judge j;
	uint64_t from, to, size, z;
	int rc;

	if (!http_arg_u64(r, "from", &from) || !http_arg_u64(r, "to", &to))
		return err_set(e, ERR_INPUT, "payloads: from and to must be given as decimal numbers");
	if ((rc = node_published(r->node, node_own(r->node), &size, NULL, e)) != OK)
		return rc;
	if (to > size)
		return err_set(e, ERR_INPUT, "payloads: to is %llu, the published size is %llu", (unsigned long long)to,
		    (unsigned long long)size);
	if ((reader = node_reader(r->node, e)) == NULL)
		return e->code;
	j = node_judge(r->node, reader);
	if ((rc = store_log_get(reader, node_own_log(r->node), &log, e)) == OK)
		rc = release_payloads(&j, &log, r->member, from, to, node_today(r->node), http_arg_u64(r, "z",
		    &z) && z == 1, &a->body, e);
	node_reader_done(r->node, reader);
	a->type = "application/vnd.diwan.payloads";
	return rc;
}

/* What is held of the asker's own log: its store may have been lost. */
static int
answer_returns(const struct http_request *r, struct http_answer *a, struct err *e)
{
	struct store_reader *reader;
	struct log_row log;
	struct judge j;
	uint64_t from, to, z;
	int rc;

	if (!http_arg_u64(r, "from", &from) || !http_arg_u64(r, "to", &to))
		return err_set(e, ERR_INPUT, "returns: from and to must be given as decimal numbers");
	if ((reader = node_reader(r->node, e)) == NULL)
		return e->code;
	rc = store_log_get(reader, node_log_no(r->node, r->member), &log, e);
	if (rc == OK && to > log.size)
		rc = err_set(e, ERR_INPUT, "returns: to is %llu, %llu entries of that log are held", (unsigned long long)to,
		    (unsigned long long)log.size);
	j = node_judge(r->node, reader);
	if (rc == OK)
		rc = release_payloads(&j, &log, r->member, from, to, node_today(r->node), http_arg_u64(r, "z", &z) && z == 1,
		    &a->body, e);
	node_reader_done(r->node, reader);
	a->type = "application/vnd.diwan.payloads";
	return rc;
}

static int
answer_seen(const struct http_request *r, struct http_answer *a, struct err *e)
{
	a->type = "text/plain; charset=utf-8";
	return node_seen(r->node, r->member, &a->body, e);
}

/* Nothing in the answer tells an attachment that is for others from one that is not there. */
static int
answer_blob(const struct http_request *r, const char *hex, struct http_answer *a, struct err *e)
{
	struct store_reader *reader;
	uint8_t hash[RECORD_HASH_BYTES];
	struct judge j;
	uint64_t from;
	int rc;

	if (!hex_decode(hash, sizeof hash, hex, strlen(hex)))
		return err_set(e, ERR_NOTFOUND, "there is nothing here");
	if (!http_arg_u64(r, "from", &from))
		return err_set(e, ERR_INPUT, "from: must be given as a decimal number");
	if ((reader = node_reader(r->node, e)) == NULL)
		return e->code;
	j = node_judge(r->node, reader);
	rc = blob_release(&j, hash, r->member, from, node_today(r->node), &a->body, e);
	node_reader_done(r->node, reader);
	a->type = "application/vnd.diwan.blob";
	return rc;
}

void
member_x1(const struct http_request *r, struct http_answer *a)
{
	static const struct {
		const char *name;
		int (*answer)(const struct http_request *, struct http_answer *, struct err *);
	} t[] = {
		{ "payloads", answer_payloads }, { "returns", answer_returns }, { "seen", answer_seen }
	};
	const char *path = r->tail, *mechanism;
	size_t len = segment(&path, &mechanism);
	struct err e = { 0 };

	for (size_t i = 0; len > 0 && is_mechanism(r, mechanism, len) && i < sizeof t / sizeof *t; i++)
		if (strcmp(path, t[i].name) == 0) {
			if (t[i].answer(r, a, &e) != OK)
				http_problem(a, &e);
			return;
		}
	if (len > 0 && is_mechanism(r, mechanism, len) && strncmp(path, "blob/", 5) == 0) {
		if (answer_blob(r, path + 5, a, &e) != OK)
			http_problem(a, &e);
		return;
	}
	refuse(a, ERR_NOTFOUND, "there is nothing here");
}

void
member_bell(const struct http_request *r, struct http_answer *a)
{
	const char *path = r->tail, *mechanism;
	size_t len = segment(&path, &mechanism);
	bool bell = strcmp(path, "bell") == 0;

	if (len == 0 || !is_mechanism(r, mechanism, len) || (!bell && strcmp(path, "settled") != 0)) {
		refuse(a, ERR_NOTFOUND, "there is nothing here");
		return;
	}
	if (bell)
		node_bell(r->node, r->member, r->body, r->body_len);
	else
		node_told(r->node, r->member, r->body, r->body_len);
	a->status = 204;
}

void
member_add_checkpoint(const struct http_request *r, struct http_answer *a)
{
	a->status = node_add_checkpoint(r->node, r->body, r->body_len, &a->body, &a->type);
}

void
member_witness(const struct http_request *r, struct http_answer *a)
{
	const char *path = r->tail, *hex;
	size_t len = segment(&path, &hex);
	char origin[65] = "";
	struct err e = { 0 };

	if (len != 64 || strcmp(path, "checkpoint") != 0) {
		refuse(a, ERR_NOTFOUND, "there is nothing here");
		return;
	}
	memcpy(origin, hex, 64);
	a->type = "text/plain; charset=utf-8";
	if (node_witnessed(r->node, origin, &a->body, &e) != OK)
		http_problem(a, &e);
}
