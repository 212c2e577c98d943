#include "cli/local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "http/client.h"
#include "node/files.h"

#define ANSWER_MAX_BYTES ((size_t)64 * 1024 * 1024)

static int
check_folder(const char *dir, struct err *e)
{
	char path[4352];

	if (snprintf(path, sizeof path, "%s/diwan.db", dir) >= (int)sizeof path)
		return err_set(e, ERR_LIMIT, "the folder's name is too long");
	if (access(path, F_OK) == 0)
		return OK;
	return err_set(e, errno == ENOENT || errno == ENOTDIR ? ERR_NOTFOUND : ERR_IO,
	    "%s holds no node (%s: %s); `diwan init` makes one", dir, path, strerror(errno));
}

static int
open_node(struct local *l, bool readonly, struct err *e)
{
	struct node_options o = { .dir = l->dir, .readonly = readonly, .clock = &l->cli->clock, .rng = &rng_system,
	    .guarded = !readonly };
	int rc;

	if (!readonly && (rc = signing_start(&l->signing, &o, NULL, NULL, 0, e)) != OK)
		return rc;
	return node_open(&l->node, &o, e);
}

int
local_read(struct local *l, const struct cli *c, const char *dir, struct err *e)
{
	int rc;

	*l = (struct local){ .cli = c, .dir = dir };
	if ((rc = check_folder(dir, e)) != OK || (rc = open_node(l, true, e)) != OK)
		return rc;
	if ((l->reader = node_reader(l->node, e)) != NULL)
		return OK;
	local_close(l);
	return e->code;
}

int
local_running(struct local *l, bool *running, struct err *e)
{
	struct buf out = { 0 };
	int status, rc;

	rc = control_call(&l->session, l->dir, "GET", "/checkpoint", NULL, 0, ANSWER_MAX_BYTES, &status, &out, e);
	buf_free(&out);
	*running = rc == OK;		/* whatever it answered, somebody did */
	return rc == ERR_NOTFOUND ? OK : rc;
}

int
local_work(struct local *l, const struct cli *c, const char *dir, struct err *e)
{
	bool running;
	int rc;

	*l = (struct local){ .cli = c, .dir = dir };
	if ((rc = check_folder(dir, e)) != OK || (rc = local_running(l, &running, e)) != OK || running)
		return rc;
	return open_node(l, false, e);
}

/* A problem document (RFC 9457) as the error it was. */
static int
problem(const struct buf *body, int status, struct err *e)
{
	static const struct json_limits limits = { 65536, 8, 200 };
	struct arena a = { 0 };
	const struct json *type, *detail;
	struct json *root;
	struct err ignored;
	int rc;

	if (json_parse(&a, buf_cstr(body), body->len, &limits, &root, &ignored) == OK &&
	    (type = json_get(root, "type")) != NULL && type->type == JSON_STRING && type->len > 6 &&
	    (detail = json_get(root, "detail")) != NULL && detail->type == JSON_STRING)
		rc = err_set(e, cli_code_from(type->str + 6, type->len - 6), "%.*s", (int)detail->len, detail->str);
	else
		rc = err_set(e, ERR_IO, "the node answered with HTTP status %d and no reason", status);
	arena_free(&a);
	return rc;
}

int
local_call(struct local *l, const char *method, const char *path, const void *body, size_t len, struct buf *out, struct err *e)
{
	int status = 0, rc;

	rc = control_call(&l->session, l->dir, method, path, body, len, ANSWER_MAX_BYTES, &status, out, e);
	if (rc == OK && (status < 200 || status > 299))
		rc = problem(out, status, e);
	return rc;
}

int
local_status(struct local *l, char member[CODE_MAX + 1], int64_t *skew_ms, struct err *e)
{
	static const struct json_limits limits = { 4 * 1024 * 1024, 8, 65536 };
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const struct json *now, *whose;
	struct inst at;
	int rc;

	if ((rc = local_call(l, "GET", "/control/status", NULL, 0, &out, e)) == OK &&
	    (rc = json_parse(&a, buf_cstr(&out), out.len, &limits, &root, e)) == OK) {
		now = json_get(root, "now");
		whose = json_get(root, "member");
		if (now != NULL && now->type == JSON_STRING && inst_parse(now->str, now->len, &at) && whose != NULL &&
		    whose->type == JSON_STRING && whose->len <= CODE_MAX) {
			*skew_ms = at.ms - clock_now_ms(&l->cli->clock);
			if (member != NULL)
				snprintf(member, CODE_MAX + 1, "%.*s", (int)whose->len, whose->str);
		} else {
			rc = err_set(e, ERR_IO, "the running node does not say whose it is and what its time is; is "
			    "it of the same version?");
		}
	}
	arena_free(&a);
	buf_free(&out);
	return rc;
}

void
local_close(struct local *l)
{
	if (l->reader != NULL)
		node_reader_done(l->node, l->reader);
	node_close(l->node);
	signing_end(&l->signing);
	control_end(l->session);
	l->reader = NULL;
	l->node = NULL;
	l->session = NULL;
}

static int
slurp_stream(FILE *f, const char *path, size_t max_bytes, struct buf *out, struct err *e)
{
	uint8_t *room;
	size_t n = 0;

	do {
		if ((room = buf_room(out, 65536)) == NULL)
			return err_set(e, ERR_NOMEM, "%s: no memory to read it", path);
		if (out->len + (n = fread(room, 1, 65536, f)) > max_bytes)
			return err_set(e, ERR_LIMIT, "%s: is longer than %zu bytes", path, max_bytes);
		out->len += n;
		out->data[out->len] = 0;	/* buf_room leaves a place for it */
	} while (n > 0);
	return ferror(f) ? err_set(e, ERR_IO, "%s: %s", path, strerror(errno)) : OK;
}

int
local_slurp(const char *path, size_t max_bytes, struct buf *out, struct err *e)
{
	FILE *f;
	int rc;

	if (strcmp(path, "-") == 0)
		return slurp_stream(stdin, path, max_bytes, out, e);
	if ((f = fopen(path, "rbe")) == NULL)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path, strerror(errno));
	rc = slurp_stream(f, path, max_bytes, out, e);
	fclose(f);
	return rc;
}

int
local_spill(const char *path, const void *bytes, size_t len, struct err *e)
{
	int fd, rc;

	if (path == NULL || strcmp(path, "-") == 0)
		return fwrite(bytes, 1, len, stdout) == len ? OK : err_set(e, ERR_IO, "standard output cannot be written");
	if ((rc = file_create(path, &fd, e)) != OK)
		return rc;
	if ((rc = file_write(fd, path, bytes, len, e)) == OK && fsync(fd) != 0)
		rc = file_failed(path, e);
	if (close(fd) != 0 && rc == OK)
		rc = file_failed(path, e);
	if (rc != OK)
		unlink(path);
	return rc;
}
