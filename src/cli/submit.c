#include "cli/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

static const struct json_limits limits = { 65536, 4, 32 };

static void
tell(struct submit *s, const struct submit_result *r)
{
	if (r->rc == OK)
		s->filed++;
	else
		s->refused++;
	s->result(s->ctx, r);
}

/* ---- the node opened here ---- */

static int
flush_direct(struct submit *s, struct err *e)
{
	struct entry_job *jobs = calloc(s->count, sizeof *jobs);
	size_t at = 0;
	int rc;

	if (jobs == NULL)
		return err_set(e, ERR_NOMEM, "no memory to file %u records", s->count);
	for (unsigned i = 0; i < s->count; i++) {
		jobs[i].bytes = s->batch.data + at;
		jobs[i].len = s->ends[i] - at;
		at = s->ends[i] + 1;
	}
	rc = node_file(s->local->node, jobs, s->count, e);
	for (unsigned i = 0; i < s->count && rc == OK; i++) {
		char id[2 * RECORD_ID_BYTES + 1];
		struct submit_result r = { s->lines[i], jobs[i].rc, jobs[i].index, jobs[i].seq, id, jobs[i].err.text };

		hex_encode(id, jobs[i].id, sizeof jobs[i].id);
		tell(s, &r);
	}
	free(jobs);
	return rc;
}

/* ---- a running node ---- */

static uint64_t
number(const struct json *v)
{
	return v != NULL && v->type == JSON_INT && v->num >= 0 ? (uint64_t)v->num : 0;
}

static const char *
string(struct arena *a, const struct json *v)
{
	const char *s = v != NULL && v->type == JSON_STRING ? arena_strn(a, v->str, v->len) : "";

	return s == NULL ? "" : s;
}

static int
read_result(struct submit *s, struct arena *a, const char *text, size_t len, unsigned expected, struct err *e)
{
	struct submit_result r = { .line = s->lines[expected] };
	const struct json *ok, *code;
	struct json *root;
	int rc = json_parse(a, text, len, &limits, &root, e);

	if (rc != OK || (ok = json_get(root, "ok")) == NULL || number(json_get(root, "line")) != expected + 1)
		return err_set(e, ERR_IO, "the node's answer is not a list of results; is it of the same version?");
	if (ok->type != JSON_TRUE) {
		code = json_get(root, "code");
		r.rc = code != NULL && code->type == JSON_STRING ? cli_code_from(code->str, code->len) : ERR_INPUT;
		r.detail = string(a, json_get(root, "detail"));
	} else {
		r.index = number(json_get(root, "index"));
		r.seq = number(json_get(root, "seq"));
		r.id = string(a, json_get(root, "id"));
	}
	tell(s, &r);
	return OK;
}

static int
flush_running(struct submit *s, struct err *e)
{
	struct buf out = { 0 };
	struct arena a = { 0 };
	unsigned i = 0;
	int rc = local_call(s->local, "POST", "/control/file", s->batch.data, s->batch.len, &out, e);
	const char *at = buf_cstr(&out), *end = at + out.len;

	while (rc == OK && at < end && i < s->count) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((lf == NULL ? end : lf) - at);

		arena_reset(&a);
		rc = read_result(s, &a, at, len, i++, e);
		at += len + 1;
	}
	if (rc == OK && i < s->count)
		rc = err_set(e, ERR_IO, "the node answered for %u of %u records; see `diwan list` for what was filed", i, s->count);
	arena_free(&a);
	buf_free(&out);
	return rc;
}

/* ---- */

int
submit_flush(struct submit *s, struct err *e)
{
	int rc;

	if (s->count == 0)
		return OK;
	rc = s->local->node != NULL ? flush_direct(s, e) : flush_running(s, e);
	buf_reset(&s->batch);
	s->count = 0;
	return rc;
}

int
submit_add(struct submit *s, uint64_t line, const char *text, size_t len, struct err *e)
{
	int rc;

	if ((s->count == SUBMIT_RECORDS || s->batch.len + len + 1 > SUBMIT_BYTES) && (rc = submit_flush(s, e)) != OK)
		return rc;
	buf_add(&s->batch, text, len);
	s->ends[s->count] = s->batch.len;
	s->lines[s->count++] = line;
	if (!buf_byte(&s->batch, '\n'))
		return err_set(e, ERR_NOMEM, "no memory for a batch of records");
	return OK;
}

void
submit_end(struct submit *s)
{
	buf_free(&s->batch);
}
