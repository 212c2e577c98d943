/*
 * Both sides of tlog-witness: a log and its witness talk through bytes; the log reads every answer; and, with TEST_DATA,
 * the requests that another implementation tests its witness with, in their order.
 */
#include "base/text.h"
#include "crypt/vectors.h"
#include "log/signed.h"
#include "log/witness.h"

#define ORIGIN "example.org/log"
#define NOW 1700000000

static struct arena arena;
static struct err e;
static struct party log_key, witness;
static uint64_t source_size;
static const struct tree_source source = { forest_get, &source_size };

static struct witness_decision
decide(const struct buf *body, struct witness_state held, uint64_t now_s)
{
	struct witness_log log = { ORIGIN, &log_key.signer.vkey, 1, held, false };
	struct witness_decision d = { .status = 400 };
	struct witness_request r;

	arena_reset(&arena);
	if (witness_request_parse(&r, body->data, body->len, &e) == OK)
		witness_decide(&arena, &r, &log, now_s, &d);
	return d;
}

/* A log that grows and its witness, through the bytes that go between them. */
static void
test_dialogue(void)
{
	struct witness_state held = { 0 };
	struct buf note = { 0 }, body = { 0 }, out = { 0 };
	uint64_t known = 0, asked = 0, conflicts = 0;
	const char *type;

	for (uint64_t size = 0; size <= 300; size += 1 + size % 7) {
		struct witness_reply reply = { 0 };

		signed_tree(&note, ORIGIN, size, &log_key);
		if (size % 5 == 0)
			known = 0;	/* the log forgets */
		while (!reply.cosigned && asked++ < 1000) {
			struct witness_decision d;
			struct witness_request r;

			source_size = size;
			buf_reset(&body);
			buf_reset(&out);
			if (witness_ask(&body, &source, known, note.data, note.len, &e) != OK)
				break;
			d = decide(&body, held, NOW + size);
			type = NULL;
			if (d.status == 200) {
				held = d.next;
				witness_request_parse(&r, body.data, body.len, &e);
				witness_cosign(&out, &r, &held, &witness.signer, 1, &e);
			} else {
				witness_refuse(&out, &d, &type, &e);
				conflicts += d.status == 409;
			}
			if (witness_reply_read(&reply, known, d.status, type, out.data, out.len, &e) != OK)
				break;
			if (!reply.cosigned)
				known = reply.behind;
		}
		if (!reply.cosigned || held.size != size)
			break;
		known = size;
	}
	ok(held.size > 280 && conflicts > 5, "a log grows to %llu with its witness, which had to say its size %llu times",
	    (unsigned long long)held.size, (unsigned long long)conflicts);
	signed_tree(&note, ORIGIN, 4, &log_key);
	is(witness_ask(&body, &source, 5, note.data, note.len, &e), ERR_CONFLICT, "a witness ahead of the log: rolled back");
	is(witness_ask(&body, &source, 0, "text", 4, &e), ERR_INPUT, "only a note is shown");
	buf_free(&note);
	buf_free(&body);
	buf_free(&out);
}

static void
test_replies(void)
{
	static const struct {
		uint64_t asked;
		int status;
		const char *type, *body;
		int want;
		const char *name;
	} rows[] = {
		{ 0, 200, NULL, "— w AAAAAAAA\n", OK, "lines" },
		{ 0, 200, NULL, "", ERR_INPUT, "no lines" },
		{ 0, 409, "text/x.tlog.size", "7\n", OK, "a size" },
		{ 0, 409, "Text/X.tlog.size; charset=utf-8", "7\n", OK, "types are read without regard to case" },
		{ 9, 409, "text/x.tlog.size", "7\n", OK, "a smaller size" },
		{ 7, 409, "text/x.tlog.size", "7\n", ERR_CONFLICT, "the size that was asked from" },
		{ 0, 409, "text/x.tlog.sizes", "7\n", ERR_CONFLICT, "another type" },
		{ 0, 409, NULL, "7\n", ERR_CONFLICT, "no type" },
		{ 0, 409, "text/x.tlog.size", "7", ERR_CONFLICT, "no newline" },
		{ 0, 409, "text/x.tlog.size", "07\n", ERR_CONFLICT, "leading zero" },
		{ 0, 409, "text/x.tlog.size", "\n", ERR_CONFLICT, "no size" },
		{ 0, 409, "text/x.tlog.size", "9223372036854775808\n", ERR_CONFLICT, "2^63" },
		{ 0, 404, NULL, "", ERR_DENIED, "log unknown" },
		{ 0, 403, NULL, "", ERR_DENIED, "key unknown" },
		{ 0, 400, NULL, "", ERR_VERIFY, "malformed" },
		{ 0, 422, NULL, "", ERR_VERIFY, "proof refused" },
		{ 0, 429, NULL, "", ERR_BUSY, "too often" },
		{ 0, 503, NULL, "", ERR_BUSY, "later" },
		{ 0, 302, NULL, "", ERR_INPUT, "elsewhere" },
		{ 0, 0, NULL, "x", ERR_INPUT, "no status" },
	};
	struct witness_reply reply;
	char *big = calloc(1, WITNESS_BODY_MAX + 1);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int rc = witness_reply_read(&reply, rows[i].asked, rows[i].status, rows[i].type, rows[i].body,
		    strlen(rows[i].body), &e);

		ok(rc == rows[i].want && (rc != OK || (rows[i].status == 200 ? reply.cosigned :
		    !reply.cosigned && reply.behind == 7)), "%d: %s", rows[i].status, rows[i].name);
	}
	ok(big != NULL && witness_reply_read(&reply, 0, 200, NULL, big, WITNESS_BODY_MAX + 1, &e) == ERR_LIMIT, "too long");
	free(big);
}

/* The logs of the ten requests: two origins, each with its own state. */
static void
run_requests(const struct json *root)
{
	static const char sumdb[] = "go.sum database tree";
	const struct json *keys = json_get(root, "log_keys"), *first = keys != NULL ? keys->child : NULL;
	struct witness_log logs[2] = { 0 };
	struct vkey key[2];
	struct vkey *witness_key = &witness.signer.vkey;
	char origin[256];
	const char *hex;
	uint8_t pub[32];
	int n = 0;

	if (first == NULL || (hex = memmem(first->str, first->len, "hex ", 4)) == NULL || !hex_decode(pub, 32, hex + 4, 64)) {
		ok(false, "log_keys can be read");
		return;
	}
	snprintf(origin, sizeof origin, "%.*s", (int)first->key_len, first->key);
	is(vkey_make(&key[0], origin, VKEY_ED25519, pub, &e), OK, "the first log's key");
	is(vkey_parse(&key[1], first->next->str, first->next->len, &e), OK, "the second's, whose name is not its origin");
	logs[0] = (struct witness_log){ origin, &key[0], 1, { 0 }, false };
	logs[1] = (struct witness_log){ sumdb, &key[1], 1, { 0 }, false };
	for (const struct json *t = json_get(root, "requests")->child; t != NULL; t = t->next, n++) {
		const struct json *body = json_get(t, "body");
		int want = (int)json_get(t, "status")->num;
		struct witness_log *log = NULL;
		struct witness_decision d;
		struct witness_request r;
		struct buf out = { 0 };
		const char *type = NULL;

		is(witness_request_parse(&r, body->str, body->len, &e), OK, "parses");
		for (int k = 0; k < 2; k++)
			if (strcmp(logs[k].origin, r.checkpoint.origin) == 0)
				log = &logs[k];
		if (log == NULL && want == 403)
			want = 404;	/* as the specification has it since */
		witness_decide(&arena, &r, log, NOW, &d);
		ok(d.status == want && d.finding == WITNESS_NOTHING, "request %d: %d (%d %s)", n, want, d.status, d.why.text);
		if (d.status == 200) {
			struct note_mark m;
			struct note lines;

			log->held = d.next;
			ok(witness_cosign(&out, &r, &log->held, &witness.signer, 1, &e) == OK &&
			    note_parse_lines(&arena, out.data, out.len, &lines, &e) == OK &&
			    note_verify(&lines, r.note, r.text_len, witness_key, 1, &m, &e) == OK && m.time_s == NOW,
			    "and the answer verifies");
		} else if (d.status == 409) {
			const struct json *want_body = json_get(t, "assert");

			witness_refuse(&out, &d, &type, &e);
			ok(out.len == 2 && memmem(want_body->str, want_body->len, out.data, 1) != NULL, "and the size is right");
		}
		buf_free(&out);
	}
	is(n, 10, "ten requests");
}

static void
test_vectors(void)
{
	struct buf text = { 0 };
	struct arena a = { 0 };
	const struct json *root = vector_json(&a, &text, "filosottile-torchwood/add-checkpoint.json");

	if (root == NULL)
		skip("no TEST_DATA: requests of another implementation", 29);
	else
		run_requests(root);
	buf_free(&text);
	arena_free(&a);
}

int
main(void)
{
	crypt_init(&e);
	forest_grow();
	party_make(&log_key, ORIGIN, VKEY_ED25519, 1);
	party_make(&witness, "example.org/w", VKEY_COSIGN, 4);
	test_dialogue();
	test_replies();
	test_vectors();
	arena_free(&arena);
	return tap_done();
}
