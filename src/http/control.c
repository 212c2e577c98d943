/* The control socket: the command line's way to a running node. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "http/routes.h"
#include "http/trust.h"

#define FILE_LINES 4096			/* records in one request */

static void
answer_json(struct http_answer *a)
{
	a->type = "application/json";
	buf_byte(&a->body, '\n');
}

/* ---- filing ---- */

static void
put_result(struct buf *out, size_t line, const struct entry_job *j)
{
	struct json_out o = { out, false };
	char id[2 * RECORD_ID_BYTES + 1];

	jo_open(&o, NULL, '{');
	jo_int(&o, "line", (int64_t)line + 1);
	jo_bool(&o, "ok", j->rc == OK);
	if (j->rc == OK) {
		hex_encode(id, j->id, sizeof j->id);
		jo_int(&o, "index", (int64_t)j->index);
		jo_str(&o, "id", id);
		jo_int(&o, "seq", j->seq);
	} else {
		jo_str(&o, "code", err_name(j->rc));
		jo_str(&o, "detail", j->err.text);
	}
	jo_close(&o, '}');
	buf_byte(out, '\n');
}

/* The non-empty lines of the body; -1 when there are more than FILE_LINES. */
static long
split_lines(const struct http_request *r, struct entry_job *jobs)
{
	const char *at = r->body, *end = at + r->body_len;
	long n = 0;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((lf == NULL ? end : lf) - at);

		if (len > 0) {
			if (n == FILE_LINES)
				return -1;
			jobs[n].bytes = at;
			jobs[n++].len = len;
		}
		at += len + 1;
	}
	return n;
}

void
control_file(const struct http_request *r, struct http_answer *a)
{
	struct entry_job *jobs = calloc(FILE_LINES, sizeof *jobs);
	struct err e = { 0 };
	long n;

	if (jobs == NULL) {
		err_set(&e, ERR_NOMEM, "no memory to file records");
		http_problem(a, &e);
		return;
	}
	if ((n = r->body_len == 0 ? 0 : split_lines(r, jobs)) <= 0) {
		err_set(&e, n < 0 ? ERR_LIMIT : ERR_INPUT, "send 1 to %d records, one JSON text a line", FILE_LINES);
		http_problem(a, &e);
	} else {
		(void)node_file(r->node, jobs, (size_t)n, &e);	/* every line has its own result */
		for (long i = 0; i < n; i++)
			put_result(&a->body, (size_t)i, &jobs[i]);
		a->type = "application/x-ndjson";
	}
	free(jobs);
}

/* ---- attachments ---- */

static int
read_hash(const struct http_request *r, uint8_t hash[RECORD_HASH_BYTES], struct err *e)
{
	const char *hex = http_arg(r, "hash");

	if (hex != NULL && hex_decode(hash, RECORD_HASH_BYTES, hex, strlen(hex)))
		return OK;
	return err_set(e, ERR_INPUT, "attachment: hash must be its SHA-256 as 64 lower-case hex digits");
}

void
control_blob(const struct http_request *r, struct http_answer *a)
{
	struct json_out o = { &a->body, false };
	uint8_t hash[RECORD_HASH_BYTES];
	uint64_t size, at;
	struct blob now;
	struct err e;
	int rc = read_hash(r, hash, &e);

	if (rc == OK && (!http_arg_u64(r, "size", &size) || !http_arg_u64(r, "at", &at)))
		rc = err_set(&e, ERR_INPUT, "attachment: size and at must be given as decimal numbers");
	if (rc == OK)
		rc = node_blob_put(r->node, hash, size, at, r->body, r->body_len, &now, &e);
	if (rc != OK) {
		http_problem(a, &e);
		return;
	}
	jo_open(&o, NULL, '{');
	jo_int(&o, "have", (int64_t)now.have);
	jo_bool(&o, "whole", now.whole);
	jo_close(&o, '}');
	answer_json(a);
}

void
control_blob_drop(const struct http_request *r, struct http_answer *a)
{
	uint8_t hash[RECORD_HASH_BYTES];
	struct err e;

	if (read_hash(r, hash, &e) != OK || node_blob_drop(r->node, hash, &e) != OK)
		http_problem(a, &e);
	else
		a->status = 204;
}

/* ---- status ---- */

static void
put_peer(struct json_out *o, struct node *n, int member)
{
	struct peer_status s;
	struct card card;
	struct err e;

	if (node_peer_status(n, member, &s) != OK)
		return;
	jo_open(o, NULL, '{');
	jo_str(o, "member", node_registry(n)->members[member].code);
	jo_str(o, "state", peer_state_word(s.state));
	if (node_peer_card(n, member, &card, &e) == OK)
		jo_str(o, "address", card.address);
	jo_int(o, "size", (int64_t)s.size);
	jo_int(o, "payloads_next", (int64_t)s.payloads_next);
	jo_int(o, "received", (int64_t)s.received);
	jo_int(o, "withheld", (int64_t)s.withheld);
	jo_int(o, "refused", (int64_t)s.refused);
	http_put_time(o, "last_ok", s.last_ok_ms);
	http_put_time(o, "last_try", s.last_try_ms);
	http_put_time(o, "verified", s.verified_ms);
	jo_str(o, "trouble", s.trouble[0] ? s.trouble : NULL);
	jo_int(o, "attachment_bytes", (int64_t)s.blob_bytes);
	jo_int(o, "attachments_missing", (int64_t)s.blobs_missing);
	jo_str(o, "attachment_trouble", s.blob_trouble[0] ? s.blob_trouble : NULL);
	http_put_settled(o, n, member);
	http_put_witness(o, &s);
	jo_close(o, '}');
}

void
control_status(const struct http_request *r, struct http_answer *a)
{
	struct json_out o = { &a->body, false };
	struct node *n = r->node;
	struct err e;
	uint64_t size = 0;
	char trouble[256];

	jo_open(&o, NULL, '{');
	jo_str(&o, "mechanism", node_mechanism(n));
	jo_str(&o, "member", node_member(n));
	jo_str(&o, "address", node_address(n));
	jo_str(&o, "charter", node_charter_hash(n));
	http_put_time(&o, "now", node_now_ms(n));
	(void)node_published(n, node_own(n), &size, NULL, &e);	/* nothing published yet: size 0 */
	jo_int(&o, "size", (int64_t)size);
	http_put_settled(&o, n, node_own(n));
	http_put_guard(&o, n);
	jo_bool(&o, "running", true);
	jo_str(&o, "failure", node_failed(n, &e) ? e.text : NULL);
	node_trouble(n, trouble);
	jo_str(&o, "trouble", trouble[0] ? trouble : NULL);
	jo_open(&o, "peers", '[');
	for (uint32_t i = 0; i < node_registry(n)->members_count; i++)
		if ((int)i != node_own(n))
			put_peer(&o, n, (int)i);
	jo_close(&o, ']');
	jo_close(&o, '}');
	answer_json(a);
}

/* ---- pairing and care ---- */

void
control_pair(const struct http_request *r, struct http_answer *a)
{
	struct json_out o = { &a->body, false };
	struct card card;
	struct err e;
	char words[CARD_WORDS_LEN];

	uint64_t new_key = 0;
	bool read = card_read(&card, r->body, r->body_len, &e) == OK;

	card.new_key = http_arg_u64(r, "new_key", &new_key) && new_key == 1;
	if (!read || node_pair(r->node, &card, &e) != OK) {
		http_problem(a, &e);
		return;
	}
	card_words(words, &card);
	jo_open(&o, NULL, '{');
	jo_str(&o, "paired", card.member);
	jo_str(&o, "words", words);
	jo_close(&o, '}');
	answer_json(a);
}

void
control_rebuild(const struct http_request *r, struct http_answer *a)
{
	struct json_out o = { &a->body, false };
	uint64_t records = 0;
	struct err e;

	if (node_rebuild(r->node, NULL, NULL, &records, &e) != OK) {
		http_problem(a, &e);
		return;
	}
	jo_open(&o, NULL, '{');
	jo_int(&o, "records", (int64_t)records);
	jo_close(&o, '}');
	answer_json(a);
}

static void
add_finding(void *ctx, const char *text)
{
	jo_str(ctx, NULL, text);
}

void
control_check(const struct http_request *r, struct http_answer *a)
{
	struct json_out o = { &a->body, false };
	uint64_t findings = 0;
	struct err e;

	jo_open(&o, NULL, '{');
	jo_open(&o, "findings", '[');
	if (node_check(r->node, add_finding, NULL, &o, &findings, &e) != OK) {
		http_problem(a, &e);
		return;
	}
	jo_close(&o, ']');
	jo_int(&o, "count", (int64_t)findings);
	jo_close(&o, '}');
	answer_json(a);
}

void
control_backup(const struct http_request *r, struct http_answer *a)
{
	struct json_out o = { &a->body, false };
	char path[4096];
	struct err e;

	if (r->body_len == 0 || r->body_len >= sizeof path || ((const char *)r->body)[0] != '/') {
		err_set(&e, ERR_INPUT, "backup: give the absolute path of a new file");
		http_problem(a, &e);
		return;
	}
	memcpy(path, r->body, r->body_len);
	path[r->body_len] = '\0';
	if (node_backup(r->node, path, NULL, NULL, &e) != OK) {
		http_problem(a, &e);
		return;
	}
	jo_open(&o, NULL, '{');
	jo_str(&o, "backup", path);
	jo_close(&o, '}');
	answer_json(a);
}
