/*
 * What every backend of the store must do. A backend's test includes this file and calls conform(store) with an empty
 * store; the store is left with rows in it and no transaction open.
 */
#ifndef TESTS_STORE_CONFORM_H
#define TESTS_STORE_CONFORM_H

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "store/store.h"
#include "store/store_row.h"
#include "tap.h"

#define MUST(call) do { \
	int must_rc_ = (call); \
	if (must_rc_ != OK) { \
		printf("Bail out! %s:%d: %s: %d\n", __FILE__, __LINE__, #call, must_rc_); \
		exit(1); \
	} \
} while (0)

static const uint8_t nonce_a[32] = "nonce of payload a, 32 bytes ...", nonce_b[32] = "another nonce";

static struct log_row
a_log(uint32_t no, const char *member, uint64_t size)
{
	struct log_row row = { .no = no, .epoch = 1, .own = no == 1, .size = size, .payloads_next = size };

	snprintf(row.mechanism, sizeof row.mechanism, "tashkent-2000");
	snprintf(row.member, sizeof row.member, "%s", member);
	snprintf(row.origin, sizeof row.origin, "example.org/tashkent-2000/%s", member);
	memset(row.root, (int)size, sizeof row.root);
	return row;
}

/* One write that must be refused, in a transaction of its own. */
#define REFUSED(call, want, ...) do { \
	struct err refused_e_ = { 0 }, *e = &refused_e_; \
	MUST(store_begin(s, NULL)); \
	ok((call) == (want) && e->code == (want) && e->text[0] != '\0', __VA_ARGS__); \
	store_rollback(s); \
} while (0)

/* An erasure at ${pos}, valid until the next. */
__attribute__((unused)) static const struct erasure *
erasing(int64_t pos)
{
	static struct erasure x;

	x = (struct erasure){ .pos = pos, .id = { 1, 2, 3 }, .seq = 7, .order_pos = ERASED_LOCAL, .at_ms = 1000 };
	return &x;
}

/* ---- logs, tiles ------------------------------------------------------------------------------------------------- */

static int
count_logs(void *ctx, const struct log_row *row)
{
	int *last = ctx;

	if ((int)row->no <= *last)
		return -99;
	*last = (int)row->no;
	return row->no == 7 ? 70 : 0;
}

static void
conform_logs(struct store *s)
{
	struct log_row kz = a_log(1, "kz", 0), kg = a_log(2, "kg", 5), other, got;
	struct store_reader *v = store_view(s);
	struct err e;
	int last = 0;

	MUST(store_begin(s, NULL));
	is(store_log_put(s, &kg, &e), OK, "log: put");
	is(store_log_put(s, &kz, &e), OK, "log: put another");
	is(store_log_get(v, 2, &got, &e), OK, "log: the writer sees it before the commit");
	ok(strcmp(got.member, "kg") == 0 && strcmp(got.mechanism, "tashkent-2000") == 0 &&
	    strcmp(got.origin, kg.origin) == 0 && !got.own && !got.frozen && got.size == 5 && got.payloads_next == 5 &&
	    memcmp(got.root, kg.root, 32) == 0, "log: every column comes back");
	kz.size = kz.payloads_next = 300;
	kz.frozen = true;
	memset(kz.root, 9, 32);
	is(store_log_put(s, &kz, &e), OK, "log: grows");
	is(store_log_find(v, "tashkent-2000", "kz", 0, &got, &e), OK, "log: found by member");
	ok(got.no == 1 && got.size == 300 && got.frozen && got.own, "log: the row that was updated");
	is(store_log_find(v, "tashkent-2000", "tm", 0, &got, &e), ERR_NOTFOUND, "log: a member without one");
	is(store_log_find(v, "kz", "tashkent-2000", 0, &got, &e), ERR_NOTFOUND,
	    "log: mechanism and member are not mixed up");
	is(store_log_get(v, 3, &got, &e), ERR_NOTFOUND, "log: no such number");
	is(store_log_each(v, count_logs, &last, &e), OK, "log: each, ascending");
	is(last, 2, "log: each saw both");
	MUST(store_commit(s, NULL));

	MUST(store_begin(s, NULL));
	other = a_log(7, "uz", 1);
	MUST(store_log_put(s, &other, NULL));
	last = 0;
	is(store_log_each(v, count_logs, &last, &e), 70, "log: a visit's answer stops and is returned");
	store_rollback(s);
	is(store_log_get(v, 7, &got, &e), ERR_NOTFOUND, "log: gone after the rollback");
}

/* Each bad row in a transaction of its own, for an error ends it. */
static void
refuse_log(struct store *s, struct log_row row, int code, const char *name)
{
	struct err e = { 0 };

	MUST(store_begin(s, NULL));
	ok(store_log_put(s, &row, &e) == code && e.code == code && e.text[0] != '\0', "log: refused: %s", name);
	is(store_log_put(s, &(struct log_row){ .no = 1 }, &e), code, "log: after it every write answers the same");
	is(store_commit(s, &e), code, "log: and so does the commit");
}

static void
conform_log_rules(struct store *s)
{
	struct log_row row = a_log(1, "kz", 300);

	memset(row.root, 9, 32);
	row.size = row.payloads_next = 299;
	refuse_log(s, row, ERR_CONFLICT, "a log that shrinks");
	row.size = row.payloads_next = 300;
	row.root[5] = 1;
	refuse_log(s, row, ERR_CONFLICT, "another root for the same size");
	row = a_log(1, "uz", 301);
	refuse_log(s, row, ERR_CONFLICT, "another member under the same number");
	row = a_log(9, "kz", 1);
	snprintf(row.origin, sizeof row.origin, "example.org/new");
	refuse_log(s, row, ERR_CONFLICT, "a second log of the same member");
	row = a_log(9, "uz", 1);
	snprintf(row.origin, sizeof row.origin, "example.org/tashkent-2000/kz");
	refuse_log(s, row, ERR_CONFLICT, "a second log of the same origin");
	row = a_log(9, "uz", 1);
	row.payloads_next = 2;
	refuse_log(s, row, ERR_INPUT, "payloads beyond the log");
	row = a_log(9, "", 1);
	refuse_log(s, row, ERR_LIMIT, "an empty code");
	row = a_log(9, "u z", 1);
	refuse_log(s, row, ERR_INPUT, "a blank in a code");
	row = a_log(9, "uz", 1);
	memset(row.member, 'x', sizeof row.member);
	refuse_log(s, row, ERR_LIMIT, "a code without end");
	row = a_log(9, "uz", (uint64_t)1 << 41);
	refuse_log(s, row, ERR_LIMIT, "more entries than a position can say");
}

static void
conform_tiles(struct store *s)
{
	static uint8_t bytes[8192], big[256 * 35];
	struct store_reader *v = store_view(s);
	struct buf out = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	memcpy(big, bytes, sizeof bytes);
	MUST(store_begin(s, NULL));
	is(store_tile_put(s, 1, 0, 3, bytes, 32, &e), OK, "tile: first hash");
	is(store_tile_put(s, 1, 0, 3, bytes, 64, &e), OK, "tile: one more");
	is(store_tile_put(s, 1, 0, 3, bytes, 64, &e), OK, "tile: the same again");
	is(store_tile_put(s, 1, 0, 3, bytes, 8192, &e), OK, "tile: full");
	is(store_tile_put(s, 1, 1, 3, bytes, 96, &e), OK, "tile: another level");
	is(store_tile_put(s, 1, STORE_BUNDLE, 3, big, sizeof big, &e), OK, "bundle: not in 32s");
	is(store_tile_put(s, 2, 7, (UINT64_C(1) << 40) - 1, bytes, 32, &e), OK, "tile: greatest place");
	MUST(store_commit(s, NULL));
	is(store_tile_get(v, 1, 0, 3, &out, &e), OK, "tile: get");
	ok(out.len == 8192 && memcmp(out.data, bytes, 8192) == 0, "tile: its bytes");
	is(store_tile_get(v, 1, STORE_BUNDLE, 3, &out, &e), OK, "bundle: get");
	ok(out.len == sizeof big && memcmp(out.data, big, out.len) == 0, "bundle: its bytes, in place of the buffer's");
	is(store_tile_get(v, 1, 2, 3, &out, &e), ERR_NOTFOUND, "tile: absent level");
	is(store_tile_get(v, 1, 0, 4, &out, &e), ERR_NOTFOUND, "tile: absent number");
	is(store_tile_get(v, 2, 0, 3, &out, &e), ERR_NOTFOUND, "tile: absent log");

	MUST(store_begin(s, NULL));
	is(store_tile_put(s, 1, 1, 3, bytes, 64, &e), ERR_CONFLICT, "tile: shorter is refused");
	store_rollback(s);
	bytes[33] ^= 1;
	MUST(store_begin(s, NULL));
	is(store_tile_put(s, 1, 1, 3, bytes, 128, &e), ERR_CONFLICT, "tile: another prefix is refused");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	is(store_tile_put(s, 1, 1, 3, bytes, 96, &e), ERR_CONFLICT, "tile: other bytes of the same width are refused");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	is(store_tile_put(s, 1, 1, 4, bytes, 33, &e), ERR_INPUT, "tile: no whole number of hashes");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	is(store_tile_put(s, 1, 1, 4, big, 8224, &e), ERR_LIMIT, "tile: too wide");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	is(store_tile_put(s, 1, 1, 4, bytes, 0, &e), ERR_LIMIT, "tile: empty");
	store_rollback(s);
	is(store_tile_get(v, 1, 1, 3, &out, &e), OK, "tile: unharmed");
	is(out.len, 96, "tile: of its width");
	buf_free(&out);
}

/* ---- payloads, checkpoints, settings ----------------------------------------------------------------------------- */

struct seen {
	int64_t pos[64];
	int n, stop_after;
};

static int
see_payload(void *ctx, const struct payload *p)
{
	struct seen *seen = ctx;

	if (p->len != 5 || memcmp(p->bytes, "text", 4) != 0 || memcmp(p->nonce, nonce_a, 32) != 0)
		return -99;
	seen->pos[seen->n++] = p->pos;
	return seen->n == seen->stop_after ? 42 : 0;
}

static void
conform_payloads(struct store *s)
{
	struct store_reader *v = store_view(s);
	struct seen seen = { 0 };
	struct payload p;
	struct err e;
	char text[16];

	MUST(store_begin(s, NULL));
	for (int i = 9; i >= 0; i--) {		/* not in order of position */
		snprintf(text, sizeof text, "text%d", i);
		MUST(store_payload_put(s, POS(1 + i % 2, i), nonce_a, text, 5, NULL));
	}
	is(store_payload_put(s, POS(1, 4), nonce_a, "text4", 5, &e), OK, "payload: the same again is fine");
	MUST(store_commit(s, NULL));
	is(store_payload_get(v, POS(2, 3), &p, &e), OK, "payload: get");
	ok(p.pos == POS(2, 3) && p.len == 5 && memcmp(p.bytes, "text3", 5) == 0 && memcmp(p.nonce, nonce_a, 32) == 0,
	    "payload: as it was put");
	is(store_payload_get(v, POS(2, 4), &p, &e), ERR_NOTFOUND, "payload: absent");
	is(store_payload_scan(v, POS(1, 2), POS(2, 7), see_payload, &seen, &e), OK, "payload: scan");
	ok(seen.n == 7 && seen.pos[0] == POS(1, 2) && seen.pos[3] == POS(1, 8) && seen.pos[4] == POS(2, 1) &&
	    seen.pos[6] == POS(2, 5), "payload: from <= pos < to, in order, across logs");
	seen = (struct seen){ .stop_after = 2 };
	is(store_payload_scan(v, 0, INT64_MAX, see_payload, &seen, &e), 42, "payload: a visit stops the scan");
	is(seen.n, 2, "payload: then and there");
	is(store_payload_scan(v, POS(5, 0), POS(5, 0), see_payload, &seen, &e), OK, "payload: an empty range");

	MUST(store_begin(s, NULL));
	is(store_payload_put(s, POS(1, 4), nonce_a, "TEXT4", 5, &e), ERR_CONFLICT, "payload: another text is refused");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	is(store_payload_put(s, POS(1, 4), nonce_b, "text4", 5, &e), ERR_CONFLICT, "payload: another nonce is refused");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	is(store_payload_put(s, POS(1, 40), nonce_b, "", 0, &e), ERR_LIMIT, "payload: empty is refused");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	is(store_payload_put(s, POS(1, 40), nonce_b, "x", STORE_PAYLOAD_MAX + 1, &e), ERR_LIMIT,
	    "payload: too long is refused");
	store_rollback(s);

	MUST(store_begin(s, NULL));
	is(store_payload_erase(s, erasing(POS(1, 44)), &e), ERR_NOTFOUND, "erase: there is none");
	is(store_payload_erase(s, erasing(POS(1, 4)), &e), OK, "erase: after which the transaction goes on");
	is(store_payload_get(v, POS(1, 4), &p, &e), ERR_NOTFOUND, "erase: gone at once for the writer");
	MUST(store_commit(s, NULL));
	is(store_payload_get(v, POS(1, 4), &p, &e), ERR_NOTFOUND, "erase: gone after the commit");
	is(store_payload_get(v, POS(1, 6), &p, &e), OK, "erase: its neighbour stays");
}

static void
conform_large(struct store *s)
{
	static uint8_t bytes[STORE_PAYLOAD_MAX];
	struct payload p;
	struct err e;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i >> 8 ^ i);
	MUST(store_begin(s, NULL));
	is(store_payload_put(s, POS(STORE_LOG_MAX, (UINT64_C(1) << 40) - 1), nonce_b, bytes, sizeof bytes, &e), OK,
	    "payload: the longest at the greatest position");
	MUST(store_commit(s, NULL));
	is(store_payload_get(store_view(s), INT64_MAX, &p, &e), OK, "payload: which is the greatest integer");
	ok(p.len == sizeof bytes && memcmp(p.bytes, bytes, p.len) == 0, "payload: all its bytes");
	MUST(store_begin(s, NULL));
	MUST(store_payload_erase(s, erasing(INT64_MAX), NULL));
	MUST(store_commit(s, NULL));
}

static void
conform_checkpoints(struct store *s)
{
	struct store_reader *v = store_view(s);
	struct buf out = { 0 };
	uint64_t size = 0;
	struct err e;

	MUST(store_begin(s, NULL));
	MUST(store_checkpoint_put(s, 1, 10, "ten", 3, NULL));
	MUST(store_checkpoint_put(s, 1, 300, "three hundred", 13, NULL));
	MUST(store_checkpoint_put(s, 2, 5, "five", 4, NULL));
	MUST(store_checkpoint_put(s, 1, 10, "ten, cosigned", 13, NULL));
	MUST(store_commit(s, NULL));
	is(store_checkpoint_get(v, 1, 10, NULL, &out, &e), OK, "checkpoint: of a size");
	is_str(buf_cstr(&out), "ten, cosigned", "checkpoint: the later note of the same size");
	is(store_checkpoint_get(v, 1, UINT64_MAX, &size, &out, &e), OK, "checkpoint: the largest");
	ok(size == 300 && strcmp(buf_cstr(&out), "three hundred") == 0, "checkpoint: and its size");
	is(store_checkpoint_get(v, 1, 11, NULL, &out, &e), ERR_NOTFOUND, "checkpoint: only exact sizes");
	is(store_checkpoint_get(v, 2, 4, NULL, &out, &e), ERR_NOTFOUND, "checkpoint: nothing below; no other log's");
	is(store_checkpoint_get(v, 3, UINT64_MAX, NULL, &out, &e), ERR_NOTFOUND, "checkpoint: of a log without one");
	MUST(store_begin(s, NULL));
	is(store_checkpoint_put(s, 1, 11, "", 0, &e), ERR_LIMIT, "checkpoint: an empty note is refused");
	store_rollback(s);
	buf_free(&out);
}

static void
conform_meta(struct store *s)
{
	static const char *const bad[] = { "", "UPPER", "blank name", "store.derived",
	    "a-name-that-is-longer-than-the-sixty-four-characters-which-it-may-be" };
	struct store_reader *v = store_view(s);
	struct buf out = { 0 };
	struct err e;

	MUST(store_begin(s, NULL));
	MUST(store_meta_put(s, "charter/tashkent-2000", "one", 3, NULL));
	MUST(store_meta_put(s, "charter/tashkent-2000", "t\0wo", 4, NULL));
	MUST(store_meta_put(s, "empty", NULL, 0, NULL));
	MUST(store_commit(s, NULL));
	is(store_meta_get(v, "charter/tashkent-2000", &out, &e), OK, "meta: get");
	ok(out.len == 4 && memcmp(out.data, "t\0wo", 4) == 0, "meta: the last value, zero byte and all");
	is(store_meta_get(v, "empty", &out, &e), OK, "meta: an empty value is a value");
	is(out.len, 0, "meta: of no bytes");
	is(store_meta_get(v, "charter", &out, &e), ERR_NOTFOUND, "meta: no half names");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		MUST(store_begin(s, NULL));
		ok(store_meta_put(s, bad[i], "x", 1, &e) == ERR_INPUT, "meta: refused: \"%s\"", bad[i]);
		store_rollback(s);
	}
	buf_free(&out);
}

#endif
