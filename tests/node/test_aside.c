/* Orders to delete, and attachments, of what this version does not understand: however much of it there is. */
#include "crypt/hash.h"
#include "fold/fold.h"
#include "home.h"
#include "node/blob.h"
#include "node/duty.h"

#define OTHERS 1200			/* payloads in quarantine that have nothing to do with it */
#define VERSIONS 4200			/* of the record */
#define LOG LOG_NO(UZ, 1)

static struct digest only, shared;	/* attachments: of the record alone; also of a payload that stays */

static void
put_aside(struct store *s, uint64_t index, const char *text)
{
	static const uint8_t nonce[32] = { 7 };
	struct err e = { 0 }, why;

	err_set(&why, ERR_UNKNOWN, "of a later version");
	node_must(store_payload_put(s, POS(LOG, index), nonce, text, strlen(text), &e), &e);
	node_must(fold_quarantine(s, POS(LOG, index), &why, &e), &e);
}

static void
make_store(const uint8_t id[RECORD_ID_BYTES])
{
	char path[500], text[500], hex[2 * RECORD_ID_BYTES + 1], first[65], second[65];
	struct err e = { 0 };
	struct store *s;

	hex_encode(hex, id, RECORD_ID_BYTES);
	hex_encode(first, only.b, sizeof only.b);
	hex_encode(second, shared.b, sizeof shared.b);
	snprintf(path, sizeof path, "%s/diwan.db", in_home("kz"));
	node_must(store_open_sqlite(path, 0, &s, &e), &e);
	node_must(store_begin(s, &e), &e);
	for (uint64_t i = 0; i < OTHERS; i++) {
		snprintf(text, sizeof text, "{\"diwan\":2,\"id\":\"%031" PRIu64 "f\",\"seq\":1,\"blob\":\"%s\"}", i, second);
		put_aside(s, i, text);
	}
	for (uint64_t i = 0; i < VERSIONS; i++) {
		snprintf(text, sizeof text, "{\"diwan\":2,\"id\":\"%s\",\"seq\":%" PRIu64 ",\"blobs\":[\"%s\",\"%s\"]}", hex, i + 1,
		    first, second);
		put_aside(s, OTHERS + i, text);
	}
	put_aside(s, OTHERS + VERSIONS, "no JSON at all");
	node_must(store_commit(s, &e), &e);
	store_close(s);
}

static void
attach(struct node *n, const char *text, struct digest *hash)
{
	struct err e = { 0 };
	struct blob now;

	hash_once(hash, text, strlen(text));
	node_must(node_blob_put(n, hash->b, strlen(text), 0, text, strlen(text), &now, &e), &e);
}

static int
count_row(void *ctx, const struct row *row)
{
	(void)row;
	++*(uint64_t *)ctx;
	return 0;
}

/* Payloads from ${from} on. */
static uint64_t
payloads(struct store_reader *r, uint64_t from)
{
	uint64_t count = 0;
	struct err e = { 0 };

	node_must(store_payload_scan(r, POS(LOG, from), INT64_MAX, count_payload, &count, &e), &e);
	return count;
}

static uint64_t
rows(struct store_reader *r, enum derived_table t)
{
	struct row from = { .table = t, .cols = store_table_def(t)->cols };
	uint64_t count = 0;
	struct err e = { 0 };

	for (int i = 0; i < from.cols; i++)
		from.v[i] = t == T_ASIDE && i == 0 ? val_blob("", 0) : val_int(0);
	node_must(store_row_scan(r, &from, 0, 0, false, count_row, &count, &e), &e);
	return count;
}

static bool
held(struct store_reader *r, const struct digest *hash)
{
	struct blob b;
	struct err e = { 0 };

	return store_blob_get(r, hash->b, &b, &e) == OK && b.whole;
}

/* The order, carried out; what it came to. */
static enum duty_result
order(struct node *n, const uint8_t id[RECORD_ID_BYTES], int member, uint32_t seq)
{
	struct duty_order o = { .pos = POS(LOG_NO(member, 1), 900000), .id = { 9 }, .seq = seq };
	struct err e = { 0 };

	memcpy(o.target, id, sizeof o.target);
	node_must(duty_erase(n, &o, 1, node_now_ms(n), &e), &e);
	return o.result;
}

int
main(void)
{
	static const uint8_t id[RECORD_ID_BYTES] = { 1, 2, 3 };
	struct erasure x;
	struct store_reader *r;
	struct err e = { 0 };
	struct node *n;
	uint64_t found;

	home_start();
	n = new_node("kz", "kz", 7301);
	attach(n, "of the record alone", &only);
	attach(n, "of another one, too", &shared);
	node_close(n);
	make_store(id);
	n = open_in("kz");
	r = node_reader(n, &e);
	is(rows(r, T_ASIDE), OTHERS * 2 + VERSIONS * 3, "what is in quarantine is found by id, and by hash");
	is(order(n, id, TJ, 0), DUTY_NOT_THEIRS, "an order of another member");
	is(payloads(r, OTHERS), VERSIONS + 1, "takes nothing");
	is(order(n, id, UZ, 1), DUTY_ERASED, "an order about the first version");
	is(payloads(r, OTHERS), VERSIONS, "takes that");
	ok(held(r, &only), "an attachment stays while a later version holds its name");
	is(order(n, id, UZ, 0), DUTY_ERASED, "an order about all of them");
	is(payloads(r, OTHERS), 1, "takes them, however many they are");
	is(payloads(r, 0), OTHERS + 1, "and nothing else");
	is(store_erasure_get(r, POS(LOG, OTHERS + VERSIONS - 1), &x, &e), OK, "the last is known to be erased");
	is(rows(r, T_ASIDE), OTHERS * 2, "no row of them is left");
	is(rows(r, T_QUARANTINE), OTHERS + 1, "nor of why they were put aside");
	ok(!held(r, &only), "an attachment that nothing names any more went with them");
	ok(held(r, &shared), "one that others in quarantine name stays");
	node_reader_done(n, r);
	node_must(node_rebuild(n, NULL, NULL, &found, &e), &e);
	r = node_reader(n, &e);
	is(rows(r, T_ASIDE), OTHERS * 2, "a rebuild finds the same again");
	node_reader_done(n, r);
	node_close(n);
	home_end();
	return tap_done();
}
