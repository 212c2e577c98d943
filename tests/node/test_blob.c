/*
 * Attachments in nodes: put in, named by a record, carried to those who have the record over lines that break, refused from a peer
 * that gives other bytes, bounded, given back to who lost them, gone with their record, checked and in a backup.
 */
#include <fcntl.h>
#include <sqlite3.h>

#include "crypt/hash.h"
#include "fold/fold.h"
#include "net.h"
#include "node/duty.h"

#define MIB ((size_t)1024 * 1024)
#define PART ((size_t)STORE_BLOB_PART)

struct made {				/* bytes and their name */
	uint8_t *bytes, hash[32];
	size_t len;
};

static struct made
make(size_t len, uint32_t seed)
{
	struct made m = { .bytes = malloc(len + 1), .len = len };
	struct digest d;

	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		m.bytes[i] = (uint8_t)(seed >> 24);
	}
	hash_once(&d, m.bytes, len);
	memcpy(m.hash, d.b, sizeof m.hash);
	return m;
}

/* Put ${m} into the node part by part. */
static int
attach(struct node *n, const struct made *m, struct err *e)
{
	struct blob now = { .have = 0 };
	size_t at = 0;
	int rc;

	do {
		size_t some = m->len - at < PART ? m->len - at : PART;

		if ((rc = node_blob_put(n, m->hash, m->len, at, m->bytes + at, some, &now, e)) != OK || now.whole)
			break;
		at += some;
	} while (at < m->len);
	return rc;
}

static void
body_of(const struct made *m, uint64_t size, char body[600])
{
	char hex[65];

	hex_encode(hex, m->hash, 32);
	snprintf(body, 600, "%.*s,\"documents\":[{\"sha256\":\"%s\",\"bytes\":%" PRIu64 ",\"media\":\"text/plain\"}]}",
	    (int)strlen(home_body) - 1, home_body, hex, size);
}

/* File an incident that names it; ${to}: to that member alone, or -1. Its position. */
static int
name(struct node *n, const struct made *m, uint64_t size, int to, int64_t *pos, struct err *e)
{
	const char *list[1] = { to < 0 ? NULL : party_codes[to] };
	const char *delivery[2] = { list[0], party_codes[node_own(n)] };
	struct draft d = incident_of(node_own(n));
	struct entry_job job;
	char body[600];
	int rc;

	if (to >= 0) {
		d.base = AUD_LIST;
		d.base_arg = NULL;
		d.members = (struct draft_list){ list, 1 };
		if (strcmp(delivery[0], delivery[1]) > 0) {
			delivery[0] = delivery[1];
			delivery[1] = list[0];
		}
		d.delivery = (struct draft_list){ delivery, 2 };
	}
	body_of(m, size, body);
	rc = file_draft(n, &d, body, &job, e);
	if (rc == OK && pos != NULL)
		*pos = POS(node_own_log(n), job.index);
	return rc;
}

enum held { ABSENT, PARTIAL, WHOLE, OTHER };

/* What the node has of it; OTHER: whole, and not the bytes. */
static enum held
held(struct node *n, const struct made *m)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(n, &e);
	struct buf part = { 0 };
	struct blob b;
	enum held h = ABSENT;

	if (store_blob_get(r, m->hash, &b, &e) == OK)
		h = b.whole ? b.size == m->len ? WHOLE : OTHER : PARTIAL;
	for (size_t at = 0; h == WHOLE && at < m->len; at += PART) {
		buf_reset(&part);
		if (store_blob_read(r, m->hash, at, &part, &e) != OK || memcmp(part.data, m->bytes + at, part.len) != 0)
			h = OTHER;
	}
	buf_free(&part);
	node_reader_done(n, r);
	return h;
}

static bool
comes(int at, int of, const struct made *m, enum held what, int seconds)
{
	int64_t end_us = monotonic_us() + seconds * 1000000LL;

	while (held(net.end[at].node, m) != what && monotonic_us() < end_us) {
		poke(at, of);
		usleep(20000);
	}
	return held(net.end[at].node, m) == what;
}

/* ---- alone --------------------------------------------------------------------------------------------------------------- */

static void
test_put(struct node *n)
{
	struct made m = make(2 * PART + 77, 1), none = make(0, 1), other = make(100, 2);
	struct err e = { 0 };
	struct blob now;

	is(name(n, &m, m.len, -1, NULL, &e), ERR_CONFLICT, "a record may not name what is not here");
	ok(strstr(e.text, "diwan attach") != NULL, "what to do: %s", e.text);
	is(node_blob_put(n, m.hash, m.len, PART, m.bytes, PART, &now, &e), ERR_CONFLICT, "it begins at its beginning");
	is(node_blob_put(n, m.hash, m.len, 0, m.bytes, PART, &now, &e), OK, "the first part");
	ok(!now.whole && now.have == PART, "one part is here");
	is(name(n, &m, m.len, -1, NULL, &e), ERR_CONFLICT, "a part is not enough to be named");
	is(node_blob_put(n, m.hash, m.len, PART, m.bytes, 10, &now, &e), ERR_LIMIT, "a part that is too short");
	is(node_blob_put(n, m.hash, m.len, 0, m.bytes, PART, &now, &e), OK, "it can begin anew");
	is(node_blob_put(n, m.hash, m.len, PART, m.bytes, PART, &now, &e), OK, "the same bytes again in place of the second part");
	is(node_blob_put(n, m.hash, m.len, 2 * PART, m.bytes, 77, &now, &e), ERR_VERIFY, "the whole has another hash");
	is(held(n, &m), ABSENT, "nothing stays");
	is(node_blob_put(n, m.hash, m.len, 0, m.bytes, PART, &now, &e), OK, "once more");
	is(node_blob_drop(n, m.hash, &e), OK, "given up");
	is(held(n, &m), ABSENT, "nothing stays of that either");
	is(attach(n, &m, &e), OK, "all of it");
	is(held(n, &m), WHOLE, "is here");
	is(node_blob_put(n, m.hash, m.len, 0, m.bytes, PART, &now, &e), OK, "putting it in again");
	ok(now.whole, "changes nothing");
	is(node_blob_drop(n, m.hash, &e), OK, "dropping it");
	is(held(n, &m), WHOLE, "neither");
	is(name(n, &m, m.len - 1, -1, NULL, &e), ERR_INPUT, "a record that gives it another size");
	is(name(n, &m, m.len, -1, NULL, &e), OK, "a record that names it");
	is(attach(n, &none, &e), OK, "an attachment of no bytes");
	is(held(n, &none), WHOLE, "is whole");
	is(node_blob_put(n, other.hash, STORE_BLOB_MAX + 1, 0, other.bytes, 100, &now, &e), ERR_LIMIT, "one that is too large");
	is(node_blob_put(n, other.hash, 100, 0, other.bytes, 0, &now, &e), ERR_INPUT, "a part without bytes");
	free(m.bytes);
	free(none.bytes);
	free(other.bytes);
}

/* As if a record had come that this version cannot read. */
static void
quarantine(const char *name_in, const struct made *m)
{
	char path[500], text[200], hex[65];
	uint8_t nonce[32] = { 7 };
	struct err e = { 0 }, why;
	struct store *s;

	hex_encode(hex, m->hash, 32);
	snprintf(path, sizeof path, "%s/diwan.db", in_home(name_in));
	snprintf(text, sizeof text, "{\"diwan\":2,\"blob\":\"%s\"}", hex);
	node_must(store_open_sqlite(path, 0, &s, &e), &e);
	node_must(store_begin(s, &e), &e);
	node_must(store_payload_put(s, POS(LOG_NO(UZ, 1), 3), nonce, text, strlen(text), &e), &e);
	err_set(&why, ERR_UNKNOWN, "of a later version");
	node_must(fold_quarantine(s, POS(LOG_NO(UZ, 1), 3), &why, &e), &e);
	node_must(store_commit(s, &e), &e);
	store_close(s);
}

static void
test_sweep(void)
{
	struct made named = make(1000, 3), waiting = make(PART + 1, 4), part = make(PART + 1, 5), aside = make(1000, 6);
	struct node *n = new_node("sweep", "kz", 7301);
	struct err e = { 0 };
	struct blob now;
	int64_t start = node_now_ms(n);

	node_must(attach(n, &named, &e), &e);
	node_must(attach(n, &waiting, &e), &e);
	node_must(attach(n, &aside, &e), &e);
	node_must(name(n, &named, named.len, -1, NULL, &e), &e);
	node_must(node_blob_put(n, part.hash, part.len, 0, part.bytes, PART, &now, &e), &e);
	is(blob_sweep(n, start + 59 * 60000, &e), OK, "within the hour");
	is(held(n, &part), PARTIAL, "what is only partly here waits");
	node_close(n);
	quarantine("sweep", &aside);
	n = open_in("sweep");
	is(blob_sweep(n, start + 61 * 60000, &e), OK, "after an hour");
	is(held(n, &part), ABSENT, "it is dropped");
	is(blob_sweep(n, start + 7 * DAY_MS - 1, &e), OK, "within seven days");
	is(held(n, &waiting), WHOLE, "what no record names waits");
	is(blob_sweep(n, start + 7 * DAY_MS + 1, &e), OK, "just after");
	is(held(n, &waiting), WHOLE, "it was looked at a moment ago");
	is(blob_sweep(n, start + 7 * DAY_MS + 11 * 60000, &e), OK, "ten minutes later");
	is(held(n, &waiting), ABSENT, "it is dropped");
	is(held(n, &named), WHOLE, "what a record names stays");
	is(held(n, &aside), WHOLE, "so does what a record in quarantine names");
	node_close(n);
	free(named.bytes);
	free(waiting.bytes);
	free(part.bytes);
	free(aside.bytes);
}

/* ---- between nodes -------------------------------------------------------------------------------------------------------- */

static void
test_carry(void)
{
	struct made small = make(100, 10), some = make(3 * PART - 5, 11), large = make(5 * MIB + 3, 12), kg_only = make(5000, 13);
	struct made *all[] = { &small, &some, &large };
	struct peer_status st;
	struct err e = { 0 };
	bool got = true;

	net.bad_percent = 30;
	for (size_t i = 0; i < 3; i++) {
		node_must(attach(net.end[KZ].node, all[i], &e), &e);
		node_must(name(net.end[KZ].node, all[i], all[i]->len, -1, NULL, &e), &e);
	}
	node_must(attach(net.end[KZ].node, &kg_only, &e), &e);
	node_must(name(net.end[KZ].node, &kg_only, kg_only.len, KG, NULL, &e), &e);
	for (size_t i = 0; i < 3; i++)
		got = comes(KG, KZ, all[i], WHOLE, 60) && comes(UZ, KZ, all[i], WHOLE, 60) && got;
	ok(got, "attachments of 100 bytes, 768 KiB and 5 MiB come over lines of which every third breaks (%d did)",
	    (int)net.spoiled);
	ok(comes(KG, KZ, &kg_only, WHOLE, 60), "what a record for kg alone names comes to kg");
	net.bad_percent = 0;
	is(held(net.end[UZ].node, &kg_only), ABSENT, "and not to uz");
	comes(KG, KZ, &small, OTHER, 1);	/* time to count */
	is(node_peer_status(net.end[KG].node, KZ, &st), OK, "kg knows of kz");
	ok(st.blob_bytes == small.len + some.len + large.len + kg_only.len && st.blobs_missing == 0, "how much it has of its "
	    "attachments: %d, %d missing", (int)st.blob_bytes, (int)st.blobs_missing);
	is(findings_of(net.end[KG].node), 0, "check finds nothing");
	for (size_t i = 0; i < 3; i++)
		free(all[i]->bytes);
	free(kg_only.bytes);
}

/* uz must ask for it by its name, which it knows from elsewhere. */
static void
test_forbidden(void)
{
	struct made m = make(5000, 13), none = make(10, 99);
	struct buf out = { 0 };
	struct err e = { 0 };
	char path[200], hex[65];
	void *session = NULL;
	struct card card;
	int status;

	node_card(net.end[KZ].node, &card);
	for (int i = 0; i < 2; i++) {
		hex_encode(hex, i == 0 ? m.hash : none.hash, 32);
		snprintf(path, sizeof path, "/x1/tashkent-2000/blob/%s?from=0", hex);
		buf_reset(&out);
		is(net_get(&net.end[UZ], &session, &card, path, MIB, &status, &out, &e), OK, "uz asks kz");
		ok(status == 404 && strcmp(buf_cstr(&out), "there is nothing here") == 0, "%s: %d %s", i == 0 ? "what is for kg" :
		    "what there is not", status, buf_cstr(&out));
	}
	buf_free(&out);
	free(m.bytes);
	free(none.bytes);
}

static void
test_liar(void)
{
	struct made m = make(PART + 100, 20), next = make(50, 21);
	struct peer_status st = { .member = 0 };
	struct err e = { 0 };
	uint64_t asked;

	net.blob_liar = KZ;
	node_must(attach(net.end[KZ].node, &m, &e), &e);
	node_must(name(net.end[KZ].node, &m, m.len, KG, NULL, &e), &e);
	for (int i = 0; i < 500 && strstr(st.blob_trouble, "hash") == NULL; i++) {
		poke(KG, KZ);
		usleep(20000);
		node_peer_status(net.end[KG].node, KZ, &st);
	}
	ok(strstr(st.blob_trouble, "kz gave has another hash") != NULL, "a peer that gives other bytes is named: %s",
	    st.blob_trouble);
	is(held(net.end[KG].node, &m), ABSENT, "nothing of them stays");
	net.blob_liar = -1;
	node_must(attach(net.end[KZ].node, &next, &e), &e);
	node_must(name(net.end[KZ].node, &next, next.len, KG, NULL, &e), &e);
	asked = net.blob_gets;
	ok(comes(KG, KZ, &next, WHOLE, 20), "the next attachment of kz comes");
	net_sync(KG, false);
	net_close(KG);
	node_must(net_open(KG, &e), &e);
	net_sync(KG, true);
	is(comes(KG, KZ, &m, WHOLE, 2), false, "the other is not asked for again on that day, though kg started again");
	is((long long)(net.blob_gets - asked), 1, "one request was for the next one");
	atomic_fetch_add(&home_now_ms, DAY_MS + 1);
	node_must(name(net.end[KZ].node, &next, next.len, KG, NULL, &e), &e);
	ok(comes(KG, KZ, &m, WHOLE, 20), "a day later it is, and comes");
	free(m.bytes);
	free(next.bytes);
}

static void
reopen(int who)
{
	struct err e = { 0 };

	net_sync(who, false);
	net_close(who);
	node_must(net_open(who, &e), &e);
	net_sync(who, true);
}

static void
test_quota(void)
{
	struct made m = make(2 * PART, 30);
	struct peer_status st = { .member = 0 };
	struct err e = { 0 };

	net.end[UZ].max_blob_bytes = 5 * MIB + 3 * PART + 200;	/* a little more than it has */
	reopen(UZ);
	node_must(attach(net.end[KZ].node, &m, &e), &e);
	node_must(name(net.end[KZ].node, &m, m.len, UZ, NULL, &e), &e);
	for (int i = 0; i < 500 && strstr(st.blob_trouble, "at most") == NULL; i++) {
		poke(UZ, KZ);
		usleep(20000);
		node_peer_status(net.end[UZ].node, KZ, &st);
	}
	ok(strstr(st.blob_trouble, "at most ") != NULL, "more than the bound is not fetched: %s", st.blob_trouble);
	ok(held(net.end[UZ].node, &m) == ABSENT && st.blobs_missing == 1, "one is missing");
	net.end[UZ].max_blob_bytes = 0;
	reopen(UZ);
	ok(comes(UZ, KZ, &m, WHOLE, 20), "with a higher bound it comes");
	for (int i = 0; i < 100 && (node_peer_status(net.end[UZ].node, KZ, &st) != OK || st.blob_trouble[0] != '\0'); i++) {
		poke(UZ, KZ);
		usleep(20000);
	}
	is_str(st.blob_trouble, "", "and the trouble is over");
	free(m.bytes);
}

/* kz loses the bytes of its own attachment: who was given them gives them back. */
static void
test_lost(void)
{
	struct made m = make(PART + 9, 40);
	char path[500];
	struct store *s;
	struct err e = { 0 };

	node_must(attach(net.end[KZ].node, &m, &e), &e);
	node_must(name(net.end[KZ].node, &m, m.len, KG, NULL, &e), &e);
	ok(comes(KG, KZ, &m, WHOLE, 20), "kg has an attachment of kz");
	net_sync(KZ, false);
	net_close(KZ);
	snprintf(path, sizeof path, "%s/diwan.db", in_home("kz"));
	node_must(store_open_sqlite(path, 0, &s, &e), &e);
	node_must(store_begin(s, &e), &e);
	node_must(store_blob_erase(s, m.hash, &e), &e);
	node_must(store_commit(s, &e), &e);
	store_close(s);
	node_must(net_open(KZ, &e), &e);
	is(findings_of(net.end[KZ].node), 1, "kz has lost it, and says so");
	net_sync(KZ, true);
	ok(comes(KZ, KG, &m, WHOLE, 20), "kg gives it back");
	is(findings_of(net.end[KZ].node), 0, "kz is sound again");
	free(m.bytes);
}

/* ---- gone --------------------------------------------------------------------------------------------------------------- */

static bool
in_file(const char *path, const uint8_t *bytes, size_t len)
{
	struct stat st;
	int fd = open(path, O_RDONLY);
	uint8_t *all;
	bool found;

	if (fd < 0)
		return false;		/* no write-ahead log */
	if (fstat(fd, &st) != 0 || (all = malloc((size_t)st.st_size + 1)) == NULL ||
	    read(fd, all, (size_t)st.st_size) != (ssize_t)st.st_size) {
		printf("Bail out! cannot read %s\n", path);
		exit(1);
	}
	found = memmem(all, (size_t)st.st_size, bytes, len) != NULL;
	free(all);
	close(fd);
	return found;
}

/* Any 64 bytes of it that stand at a multiple of 64 KiB, in the node's files. */
static bool
in_files(const char *dir, const struct made *m)
{
	char db[500], wal[500];
	bool found = false;

	snprintf(db, sizeof db, "%s/diwan.db", in_home(dir));
	snprintf(wal, sizeof wal, "%s/diwan.db-wal", in_home(dir));
	for (size_t at = 0; at + 64 < m->len && !found; at += 65536)
		found = in_file(db, m->bytes + at, 64) || in_file(wal, m->bytes + at, 64);
	return found;
}

static void
test_gone(void)
{
	struct made m = make(2 * PART + 1000, 50), both = make(1000, 51);
	struct err e = { 0 };
	int64_t pos, first, second;

	node_must(attach(net.end[KZ].node, &m, &e), &e);
	node_must(attach(net.end[KZ].node, &both, &e), &e);
	node_must(name(net.end[KZ].node, &m, m.len, KG, &pos, &e), &e);
	node_must(name(net.end[KZ].node, &both, both.len, KG, &first, &e), &e);
	node_must(name(net.end[KZ].node, &both, both.len, KG, &second, &e), &e);
	ok(comes(KG, KZ, &m, WHOLE, 20) && comes(KG, KZ, &both, WHOLE, 20) && settled(20), "kg has two attachments");
	ok(in_files("kg", &m), "their bytes stand in its files");
	node_must(duty_expire(net.end[KG].node, &pos, 1, node_now_ms(net.end[KG].node), &e), &e);
	node_must(duty_expire(net.end[KG].node, &first, 1, node_now_ms(net.end[KG].node), &e), &e);
	is(held(net.end[KG].node, &m), ABSENT, "an attachment goes with the last record that names it");
	is(held(net.end[KG].node, &both), WHOLE, "not before");
	is(comes(KG, KZ, &m, WHOLE, 1), false, "and does not come again");
	node_must(duty_expire(net.end[KG].node, &second, 1, node_now_ms(net.end[KG].node), &e), &e);
	is(held(net.end[KG].node, &both), ABSENT, "then it does");
	net_sync(KG, false);
	net_close(KG);
	ok(!in_files("kg", &m) && !in_files("kg", &both), "none of their bytes is left in the files");
	node_must(net_open(KG, &e), &e);
	net_sync(KG, true);
	free(m.bytes);
	free(both.bytes);
}

/* ---- care ---------------------------------------------------------------------------------------------------------------- */

static void
change(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_total_changes(db) == 0) {
		printf("Bail out! %s: %s\n", sql, sqlite3_errmsg(db));
		exit(1);
	}
	sqlite3_close(db);
}

static void
test_care(void)
{
	struct made m = make(PART + 50, 60);
	struct node *n = new_node("care", "kz", 7302);
	char path[500], copy[500];
	struct store_reader *r;
	struct store *s;
	struct blob b;
	struct err e = { 0 };

	node_must(attach(n, &m, &e), &e);
	node_must(name(n, &m, m.len, -1, NULL, &e), &e);
	is(findings_of(n), 0, "a node with an attachment is sound");
	snprintf(path, sizeof path, "%s/diwan.db", in_home("care"));
	snprintf(copy, sizeof copy, "%s", in_home("copy.db"));
	is(node_backup(n, copy, NULL, NULL, &e), OK, "backup");
	node_close(n);
	node_must(store_open_sqlite(copy, STORE_READONLY, &s, &e), &e);
	node_must(store_reader_open(s, &r, &e), &e);
	ok(store_blob_get(r, m.hash, &b, &e) == OK && b.whole && blob_verify(r, &b, &e) == OK, "the attachment is in it, sound");
	store_reader_close(r);
	store_close(s);
	change(path, "UPDATE blob_part SET bytes = CAST(substr(bytes, 1, 999) || CASE substr(bytes, 1000, 1) WHEN x'ee' THEN x'11' "
	    "ELSE x'ee' END || substr(bytes, 1001) AS BLOB) WHERE pos % 256 = 0");
	n = open_in("care");
	is(findings_of(n), 1, "a byte that changed is found");
	node_close(n);
	change(path, "DELETE FROM blob_part WHERE pos % 256 = 0");
	n = open_in("care");
	ok(findings_of(n) >= 1, "a part that is missing is found");
	node_close(n);
	free(m.bytes);
}

/* The largest, once. */
static void
test_large(void)
{
	struct made m = make(STORE_BLOB_MAX, 70);
	struct err e = { 0 };

	is(attach(net.end[KG].node, &m, &e), OK, "64 MiB are put in");
	is(name(net.end[KG].node, &m, m.len, UZ, NULL, &e), OK, "and named");
	ok(comes(UZ, KG, &m, WHOLE, 120), "and come to uz");
	is(held(net.end[KZ].node, &m), ABSENT, "and not to kz");
	free(m.bytes);
}

int
main(void)
{
	struct node *n;

	home_start();
	n = new_node("alone", "kz", 7300);
	test_put(n);
	node_close(n);
	test_sweep();
	test_care();
	for (int m = KZ; m <= UZ; m++)
		if (m != TJ)
			net_add(m);
	net_pair(KZ, KG);
	net_pair(KZ, UZ);
	net_pair(KG, UZ);
	for (int m = KZ; m <= UZ; m++)
		if (m != TJ)
			net_sync(m, true);
	test_carry();
	test_forbidden();
	test_liar();
	test_quota();
	test_lost();
	test_gone();
	test_large();
	net_end_all();
	home_end();
	return tap_done();
}
