/*
 * Attachments between two stores: who is given which, going on after an answer that broke off at any byte, bytes and sizes that are
 * not what the record says.
 */
#include "exchange/blob.h"

#include "crypt/hash.h"
#include "view/filed.h"

#define BIG (2 * STORE_BLOB_PART + 1234)	/* three parts */

static struct filed at_a, at_b;		/* A's store, and B's with what it holds of A's log */
static uint8_t big[BIG];

struct named {				/* a record's attachment */
	uint8_t hash[32];
	char body[500];
};

static struct named
name_bytes(const void *bytes, size_t len, uint64_t size)
{
	struct named x;
	struct digest d;
	char hex[65];

	hash_once(&d, bytes, len);
	memcpy(x.hash, d.b, sizeof x.hash);
	hex_encode(hex, d.b, sizeof d.b);
	snprintf(x.body, sizeof x.body, "{\"class\":\"GOODS\",\"stage\":\"OCCURRED\",\"when\":{\"aware_at\":"
	    "\"2024-10-04T10:00:00Z\","
	    "\"precision\":\"DAY\"},\"response\":[{\"lang\":\"en\",\"text\":\"Patrol sent.\"}],\"documents\":[{\"sha256\":\"%s\","
	    "\"bytes\":%llu,\"media\":\"text/plain\"}]}", hex, (unsigned long long)size);
	return x;
}

/* The attachment into the store, its last part left out unless ${whole}. */
static void
put_blob(struct store *s, const uint8_t hash[32], const uint8_t *bytes, size_t len, bool whole)
{
	struct err e = { 0 };

	must(store_begin(s, &e), &e);
	must(store_blob_begin(s, hash, len, &e), &e);
	for (size_t at = 0; at < len; at += STORE_BLOB_PART) {
		size_t some = len - at < STORE_BLOB_PART ? len - at : STORE_BLOB_PART;

		if (whole || at + some < len)
			must(store_blob_append(s, hash, at, bytes + at, some, &e), &e);
	}
	if (whole)
		must(store_blob_seal(s, hash, &e), &e);
	must(store_commit(s, &e), &e);
}

static struct draft
to_b(int member)
{
	static const char *const b[] = { "b" }, *const a_b[] = { "a", "b" };
	struct draft d = drafted(&at_a, member, KIND_INCIDENT);

	d.base = AUD_LIST;
	d.base_arg = NULL;
	d.members = (struct draft_list){ b, 1 };
	d.delivery = (struct draft_list){ a_b, 2 };
	return d;
}

/* ---- the answering side ---------------------------------------------------------------------------------------------- */

static int
ask(const uint8_t hash[32], int member, uint64_t from, struct buf *out, struct err *e)
{
	buf_reset(out);
	return blob_release(&at_a.j, hash, member, from, SENT, out, e);
}

static void
test_release(const struct named *x, int64_t pos)
{
	struct named none = name_bytes("nobody", 6, 6);
	struct buf out = { 0 };
	struct err e = { 0 }, other = { 0 };

	is(ask(x->hash, B, 0, &out, &e), OK, "B is given what a record for it names");
	ok(out.len == BLOB_HEAD_BYTES + BIG && memcmp(out.data + BLOB_HEAD_BYTES, big, BIG) == 0, "all bytes in one answer");
	is(ask(x->hash, B, STORE_BLOB_PART, &out, &e), OK, "from the second part on");
	is_mem(out.data + BLOB_HEAD_BYTES, big + STORE_BLOB_PART, BIG - STORE_BLOB_PART, "its bytes");
	is(ask(x->hash, B, 1, &out, &e), ERR_INPUT, "from is a multiple of a part");
	is(ask(x->hash, B, 3 * STORE_BLOB_PART, &out, &e), ERR_NOTFOUND, "past its end there is nothing");
	is(ask(x->hash, C, 0, &out, &e), ERR_NOTFOUND, "C is not given it");
	is(ask(none.hash, C, 0, &out, &other), ERR_NOTFOUND, "what nobody has heard of");
	is_str(e.text, other.text, "is answered with the same sentence");
	is((long long)out.len, 0, "and nothing else");
	put_act(&at_a, A, "DELETE_ORDER", pos, ",\"reason\":\"INACCURATE\"");
	is(ask(x->hash, B, 0, &out, &e), ERR_NOTFOUND, "under an order to delete nobody is given it");
	buf_free(&out);
}

static void
test_returns(void)
{
	struct named theirs = name_bytes("of B", 4, 4), part = name_bytes(big, STORE_BLOB_PART + 7, STORE_BLOB_PART + 7);
	struct draft d = drafted(&at_a, B, KIND_INCIDENT);
	struct buf out = { 0 };
	struct err e = { 0 };

	put_draft(&at_a, B, &d, theirs.body);
	put_blob(at_a.s, theirs.hash, (const uint8_t *)"of B", 4, true);
	is(ask(theirs.hash, B, 0, &out, &e), OK, "B gets back what its own record names");
	is(ask(theirs.hash, C, 0, &out, &e), ERR_NOTFOUND, "C asks B for that");
	d = to_b(A);
	put_draft(&at_a, A, &d, part.body);
	put_blob(at_a.s, part.hash, big, STORE_BLOB_PART + 7, false);
	is(ask(part.hash, B, 0, &out, &e), ERR_NOTFOUND, "what is not whole is not given");
	buf_free(&out);
}

/* ---- the asking side -------------------------------------------------------------------------------------------------- */

static struct line {			/* between the two */
	size_t cut;			/* the next answer ends there */
	size_t flip;			/* byte of the next answer that is another */
	bool lie;			/* of all answers the last byte */
	bool lost;
	uint64_t says_size;		/* not 0: in the head */
	bool longer;
	unsigned gets;
	size_t most;			/* bytes of an answer */
	char path[200];
} line;

static int
line_get(void *ctx, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	const char *hex = strstr(path, "/blob/") + 6, *from = strstr(path, "?from=") + 6;
	uint8_t hash[32];
	uint64_t at;
	int rc;

	(void)ctx;
	line.gets++;
	snprintf(line.path, sizeof line.path, "%s", path);
	if (line.lost)
		return err_set(e, ERR_IO, "a cannot be reached");
	if (!hex_decode(hash, 32, hex, 64) || !dec_u64(from, strlen(from), UINT64_MAX >> 1, &at))
		return err_set(e, ERR_IO, "not a path: %s", path);
	rc = blob_release(&at_a.j, hash, B, at, SENT, out, e);
	*status = rc == OK ? 200 : 404;
	if (line.longer)
		buf_str(out, "more");
	if (out->len > line.most)
		line.most = out->len;
	if (line.cut < out->len)
		out->len = line.cut;
	if (line.flip < out->len)
		out->data[line.flip] ^= 1;
	if (line.lie)
		out->data[out->len - 1] ^= 1;
	for (int i = 0; line.says_size != 0 && i < 8; i++)
		out->data[4 + i] = (uint8_t)(line.says_size >> (56 - 8 * i));
	line.cut = line.flip = SIZE_MAX;
	return out->len > max_bytes ? err_set(e, ERR_LIMIT, "too long") : OK;
}

/* As the writer may do it: once in vain, then for good. */
static int
line_write(void *ctx, int (*run)(void *arg, struct store *s, struct err *e), void *arg, size_t weight, struct err *e)
{
	int rc;

	(void)ctx, (void)weight;
	must(store_begin(at_b.s, e), e);
	(void)run(arg, at_b.s, e);
	store_rollback(at_b.s);
	must(store_begin(at_b.s, e), e);
	if ((rc = run(arg, at_b.s, e)) == OK)
		return store_commit(at_b.s, e);
	store_rollback(at_b.s);
	return rc;
}

static struct blob_pull
puller(void)
{
	line = (struct line){ .cut = SIZE_MAX, .flip = SIZE_MAX };
	return (struct blob_pull){ .mechanism = "test", .member = "a", .reader = at_b.j.reader, .max_bytes = 8 * 1024 * 1024,
	    .get = line_get, .write = line_write };
}

static bool
holds(const struct named *x, const uint8_t *bytes, size_t len)
{
	struct buf all = { 0 };
	struct blob b;
	struct err e;
	bool same = store_blob_get(at_b.j.reader, x->hash, &b, &e) == OK && b.whole && b.size == len;

	for (uint64_t at = 0; same && at < len; at += STORE_BLOB_PART)
		same = store_blob_read(at_b.j.reader, x->hash, at, &all, &e) == OK;
	same = same && all.len == len && (len == 0 || memcmp(all.data, bytes, len) == 0);
	buf_free(&all);
	return same;
}

static void
drop(const struct named *x)
{
	struct err e = { 0 };

	must(store_begin(at_b.s, &e), &e);
	(void)store_blob_erase(at_b.s, x->hash, &e);
	must(store_commit(at_b.s, &e), &e);
}

static bool
absent(const struct named *x)
{
	struct blob b;
	struct err e;

	return store_blob_get(at_b.j.reader, x->hash, &b, &e) == ERR_NOTFOUND;
}

static void
test_resume(const struct named *x)
{
	static const size_t edges[] = { 0, 1, 19, 20, 21, 20 + STORE_BLOB_PART - 1, 20 + STORE_BLOB_PART, 20 + STORE_BLOB_PART + 1,
	    20 + 2 * STORE_BLOB_PART, 20 + 2 * STORE_BLOB_PART + 1, 20 + BIG - 1 };
	size_t n = sizeof edges / sizeof edges[0], bad = 0, rounds = 0;
	struct blob_pull p;
	enum blob_end end;
	struct err e = { 0 };
	int rc;

	for (size_t i = 0; i < n || (i - n) * 17011 < 20 + BIG; i++, rounds++) {
		size_t cut = i < n ? edges[i] : (i - n) * 17011;
		uint64_t whole = cut < 20 ? 0 : (cut - 20) / STORE_BLOB_PART * STORE_BLOB_PART;
		char want[30];

		p = puller();
		line.cut = cut;
		line.lost = false;
		rc = blob_pull(&p, x->hash, BIG, &end, &e);
		if (rc == OK && end == BLOB_WHOLE) {	/* it went on by itself after the whole parts */
			snprintf(want, sizeof want, "?from=%llu", (unsigned long long)whole);
			bad += strstr(line.path, want) == NULL || line.gets != 2;
		} else {
			bad += rc != ERR_IO;
			rc = blob_pull(&p, x->hash, BIG, &end, &e);
			bad += rc != OK || end != BLOB_WHOLE;
		}
		bad += !holds(x, big, BIG);
		drop(x);
	}
	is((long long)bad, 0, "an answer that breaks off costs only the part it broke in");
	ok(rounds > 40, "tried at %zu places", rounds);
	p = puller();
	line.cut = 20 + STORE_BLOB_PART + 99;
	p.max_bytes = 1;
	is(blob_pull(&p, x->hash, BIG, &end, &e), OK, "a bounded piece");
	is(end, BLOB_MORE, "there is more");
	p = puller();
	line.lost = true;
	is(blob_pull(&p, x->hash, BIG, &end, &e), ERR_IO, "the peer is away");
	p = puller();
	is(blob_pull(&p, x->hash, BIG, &end, &e), OK, "in another process it goes on");
	ok(end == BLOB_WHOLE && strstr(line.path, "?from=262144") != NULL && holds(x, big, BIG), "from what is there: %s",
	    line.path);
	is(blob_pull(&p, x->hash, BIG, &end, &e), OK, "once more");
	ok(end == BLOB_WHOLE && line.gets == 1, "asks for nothing");
	ok(line.most <= BLOB_ANSWER_MAX, "answers are bounded: %zu", line.most);
	drop(x);
}

static void
test_false(const struct named *x)
{
	struct blob_pull p = puller(), liar;
	enum blob_end end;
	struct err e = { 0 };

	line.flip = 20 + STORE_BLOB_PART + 5;
	is(blob_pull(&p, x->hash, BIG, &end, &e), ERR_VERIFY, "a byte is another");
	ok(end == BLOB_FALSE && strstr(e.text, "what a gave has another hash") != NULL, "who gave it is named: %s", e.text);
	ok(absent(x), "nothing of it stays");
	p = puller();
	line.says_size = BIG + 1;
	is(blob_pull(&p, x->hash, BIG, &end, &e), ERR_VERIFY, "another size than the record says");
	is(end, BLOB_FALSE, "is false");
	p = puller();
	line.longer = true;
	is(blob_pull(&p, x->hash, BIG, &end, &e), ERR_VERIFY, "more bytes than there are");
	p = puller();
	line.flip = 3;
	is(blob_pull(&p, x->hash, BIG, &end, &e), ERR_IO, "no such answer");
	drop(x);
	liar = puller();
	line.cut = 20 + STORE_BLOB_PART;
	line.flip = 30;
	liar.max_bytes = 1;
	is(blob_pull(&liar, x->hash, BIG, &end, &e), OK, "the beginning came from another member, and is false");
	p = puller();
	is(blob_pull(&p, x->hash, BIG, &end, &e), OK, "who gave the rest is not blamed");
	ok(end == BLOB_MORE && absent(x), "it begins anew");
	is(blob_pull(&p, x->hash, BIG, &end, &e), OK, "and gives all of it");
	ok(end == BLOB_WHOLE && holds(x, big, BIG), "right");
	is(blob_pull(&p, x->hash, BIG - 1, &end, &e), ERR_VERIFY, "a record that gives it another size");
	ok(end == BLOB_FALSE && holds(x, big, BIG), "harms nothing");
	is(blob_pull(&p, x->hash, STORE_BLOB_MAX + 1, &end, &e), ERR_VERIFY, "a record that gives it a size past the bound");
	drop(x);
}

static void
test_rest(const struct named *x)
{
	struct named empty = name_bytes("", 0, 0), unnamed = name_bytes("unnamed", 7, 7), closed = name_bytes("closed", 6, 6);
	struct blob_pull p = puller();
	struct draft d = to_b(A);
	enum blob_end end;
	struct err e = { 0 };

	put_draft(&at_b, A, &d, empty.body);
	is(blob_pull(&p, empty.hash, 0, &end, &e), OK, "an attachment of no bytes");
	ok(end == BLOB_WHOLE && line.gets == 0 && holds(&empty, NULL, 0), "is whole without asking");
	is(blob_pull(&p, unnamed.hash, 7, &end, &e), OK, "one that no record names");
	ok(end == BLOB_GONE && absent(&unnamed), "is not begun");
	put_draft(&at_b, A, &d, closed.body);
	is(blob_pull(&p, closed.hash, 6, &end, &e), OK, "one that is not given");
	is(end, BLOB_ABSENT, "is absent");
	/* Begun by a record with a false size: the right one makes room. */
	must(store_begin(at_b.s, &e), &e);
	must(store_blob_begin(at_b.s, x->hash, 17, &e), &e);
	must(store_commit(at_b.s, &e), &e);
	is(blob_pull(&p, x->hash, BIG, &end, &e), OK, "one that was begun with a false size");
	ok(end == BLOB_WHOLE && holds(x, big, BIG), "is had all the same");
}

int
main(void)
{
	struct named x;
	struct draft d;
	int64_t pos;

	world();
	filed_start(&at_a, A);
	filed_start(&at_b, B);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (uint8_t)(i * 31 + i / 251);
	x = name_bytes(big, BIG, BIG);
	d = to_b(A);
	pos = put_draft(&at_a, A, &d, x.body);
	put_draft(&at_b, A, &d, x.body);
	put_blob(at_a.s, x.hash, big, BIG, true);
	test_resume(&x);
	test_false(&x);
	test_rest(&x);
	test_returns();
	test_release(&x, pos);
	filed_end(&at_a);
	filed_end(&at_b);
	world_end();
	return tap_done();
}
