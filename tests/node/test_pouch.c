/*
 * Pouches there and back, with receipts and cosignatures; in the wrong order, twice, with one lost; what comes late; attachments;
 * into a running node; and by hand.
 */
#include "pouches.h"

/* ---- a month ---- */

static void
pass_day(void)
{
	home_now_ms += DAY_MS;
}

static bool
exchange(int a, int b)
{
	bool good;

	must_pack(a, b, "there.age", -1);
	good = open_at(b, "there.age") == OK && told.gap_from == told.gap_to;
	must_pack(b, a, "back.age", -1);
	return good && open_at(a, "back.age") == OK && told.gap_from == told.gap_to;
}

static void
test_month(void)
{
	struct receipts at_kz, at_kg;
	struct peer_status s;
	uint64_t kz, from;
	bool good = true;

	net_add(KZ);
	net_add(KG);
	net_pair(KZ, KG);
	for (int day = 1; day <= 30; day++) {
		file_many(net.end[KZ].node, 40, 40);
		file_many(net.end[KG].node, 7, 7);
		pass_day();
		if (day % 5 == 0)
			good &= exchange(KZ, KG);
	}
	good &= exchange(KZ, KG);	/* with the last receipts */
	ok(good, "seven pouches each way are opened");
	kz = published_of(net.end[KZ].node, KZ, NULL);
	node_peer_status(net.end[KG].node, KZ, &s);
	ok(s.size >= kz - 2 && s.payloads_next == s.size, "kg holds kz's log as it was packed last: %d of %d", (int)s.size,
	    (int)kz);
	at_kz = receipts_at(KZ, KZ);
	at_kg = receipts_at(KG, KG);
	is(at_kz.covered, 1200, "kz has receipts for its 1200 records");
	is(at_kg.covered, 7 * 30, "kg's records are confirmed in kz's log");
	ok(payloads_of(net.end[KG].node, KZ) >= 1200 && payloads_of(net.end[KZ].node, KG) >= 210, "all payloads are there");
	is(told.cosigned > 0, 1, "the pouch back brought a cosignature");
	node_must(node_pouch_start(net.end[KZ].node, KG, &from, &e), &e);
	ok(from + 256 >= kz && from % 256 == 0, "the next pouch begins where kg is: %d of %d", (int)from, (int)kz);
	is(findings_of(net.end[KZ].node), 0, "kz's store is sound");
	is(findings_of(net.end[KG].node), 0, "kg's too");
	is(files_in("kg/pouch"), 0, "nothing is left in the folder");
	must_pack(KZ, KG, "again.age", 0);
	is(open_at(KG, "again.age"), OK, "all of it once more");
	open_at(KG, "again.age");
	ok(told.entries == 0 && told.payloads == 0 && told.receipts == 0, "and again: changes nothing");
}

/* ---- order ---- */

static void
test_order(void)
{
	struct peer_status s;
	uint64_t size;

	net_add(TJ);
	net_pair(KZ, TJ);
	must_pack(KZ, TJ, "one.age", -1);
	is(told.head.first, 0, "the first pouch begins at the beginning");
	file_many(net.end[KZ].node, 700, 100);
	must_pack(KZ, TJ, "two.age", -1);
	is(told.head.first, 0, "and so does the next, as long as nothing was confirmed");
	is(open_at(TJ, "two.age"), OK, "the second arrives first");
	ok(told.entries > 1900 && told.payloads >= 1900, "and brings all: %d", (int)told.payloads);
	is(open_at(TJ, "one.age"), OK, "then the first");
	ok(told.entries == 0 && told.payloads == 0 && told.gap_from == told.gap_to, "which brings nothing new and does no harm");
	node_peer_status(net.end[TJ].node, KZ, &s);
	size = s.size;
	/* Three that begin where the one before ended; the middle one is lost. */
	file_many(net.end[KZ].node, 512, 64);
	must_pack(KZ, TJ, "three.age", (int64_t)size);
	file_many(net.end[KZ].node, 600, 100);
	must_pack(KZ, TJ, "four.age", (int64_t)(size + 512));
	is(open_at(TJ, "four.age"), OK, "one was lost between");
	ok(told.gap_from == size && told.gap_to == told.head.first && !told.only_payloads, "the gap is told: %d to %d",
	    (int)told.gap_from, (int)told.gap_to);
	node_peer_status(net.end[TJ].node, KZ, &s);
	is(s.size, size, "nothing was taken");
	is(open_at(TJ, "three.age"), OK, "it is found again");
	is(open_at(TJ, "four.age"), OK, "now the other fits");
	node_peer_status(net.end[TJ].node, KZ, &s);
	ok(s.size == published_of(net.end[KZ].node, KZ, NULL) && s.payloads_next == s.size, "all is there");
	is(findings_of(net.end[TJ].node), 0, "and sound");
}

/* ---- what was withheld comes late ---- */

static int
to_buf(void *ctx, const void *bytes, size_t len, struct err *err)
{
	return buf_add(ctx, bytes, len) ? OK : err_set(err, ERR_NOMEM, "no memory");
}

struct withholding {
	struct pouch_writer w;
	struct buf out, part;
	struct pouch_part now;
};

static int
copy_head(void *ctx, const struct pouch_head *h, struct err *err)
{
	struct withholding *x = ctx;

	return pouch_write_begin(&x->w, h, to_buf, &x->out, err);
}

static int
copy_bytes(void *ctx, const struct pouch_part *p, const void *bytes, size_t len, struct err *err)
{
	(void)p, (void)err;
	return buf_add(&((struct withholding *)ctx)->part, bytes, len) ? OK : ERR_NOMEM;
}

/* All parts as they are, but streams that withhold everything. */
static int
copy_part(void *ctx, const struct pouch_part *p, struct err *err)
{
	struct withholding *x = ctx;
	uint64_t from, to, next;
	struct frame_writer w;
	int rc = OK;

	if (p->kind == POUCH_PAYLOADS) {
		node_must(pouch_stream_range(x->part.data, x->part.len, &from, &to, &next, err), err);
		buf_reset(&x->part);
		frame_begin(&w, &x->part, from, to, false);
		while (w.next < next)
			frame_withheld(&w);
		node_must(frame_end(&w, err), err);
	}
	if (p->kind != POUCH_BLOB)
		rc = pouch_write_whole(&x->w, *p, x->part.data, x->part.len, err);
	buf_reset(&x->part);
	return rc;
}

static void
test_late(void)
{
	struct withholding x = { .now = { .kind = POUCH_HEAD } };
	struct pouch_reader r = { .ctx = &x, .head = copy_head, .bytes = copy_bytes, .done = copy_part };
	struct receipts before = receipts_at(KG, KZ), after;
	struct buf text = { 0 };
	uint64_t held;

	file_many(net.end[KZ].node, 50, 50);
	must_pack(KZ, KG, "full.age", -1);
	decrypt(&text, KG, "full.age");
	node_must(pouch_feed(&r, text.data, text.len, &e), &e);
	node_must(pouch_write_end(&x.w, &e), &e);
	encrypt("none.age", KG, &x.out);
	held = payloads_of(net.end[KG].node, KZ);
	is(open_at(KG, "none.age"), OK, "a pouch in which everything is withheld");
	ok(told.withheld >= 50 && told.payloads == 0 && payloads_of(net.end[KG].node, KZ) == held, "%d are", (int)told.withheld);
	is(open_at(KG, "full.age"), OK, "then one in which it is not");
	ok(told.payloads >= 50 && told.entries == 0, "brings them late: %d", (int)told.payloads);
	after = receipts_at(KG, KZ);
	ok(told.receipts > 0 && after.covered >= before.covered + 50, "and confirms them: %d",
	    (int)(after.covered - before.covered));
	open_at(KG, "full.age");
	is(told.receipts, 0, "once");
	is(findings_of(net.end[KG].node), 0, "sound");
	buf_free(&text);
	buf_free(&x.out);
	buf_free(&x.part);
}

/* ---- attachments ---- */

static uint8_t photo[3 * STORE_BLOB_PART + 1234];

static void
put_photo(int who, const struct digest *d)
{
	struct blob now;

	for (size_t at = 0; at < sizeof photo; at += STORE_BLOB_PART)
		node_must(node_blob_put(net.end[who].node, d->b, sizeof photo, at, photo + at, sizeof photo - at < STORE_BLOB_PART ?
		    sizeof photo - at : STORE_BLOB_PART, &now, &e), &e);
}

static bool
has_photo(int who, const struct digest *d)
{
	struct store_reader *r = node_reader(net.end[who].node, &e);
	struct blob b;
	struct buf got = { 0 };
	bool yes = store_blob_get(r, d->b, &b, &e) == OK && b.whole && b.size == sizeof photo;

	for (size_t at = 0; yes && at < sizeof photo; at += STORE_BLOB_PART)
		yes = store_blob_read(r, d->b, at, &got, &e) == OK;
	yes = yes && got.len == sizeof photo && memcmp(got.data, photo, sizeof photo) == 0;
	buf_free(&got);
	node_reader_done(net.end[who].node, r);
	return yes;
}

static void
test_blobs(void)
{
	char body[700], hex[2 * HASH_BYTES + 1];
	struct draft d = incident_of(KZ);
	struct buf text = { 0 };
	static struct place v[400];
	struct digest hash;
	size_t n;

	for (size_t i = 0; i < sizeof photo; i++)
		photo[i] = (uint8_t)(i * 31 + i / 1000);
	hash_once(&hash, photo, sizeof photo);
	hex_encode(hex, hash.b, sizeof hash.b);
	snprintf(body, sizeof body, "%.*s,\"documents\":[{\"sha256\":\"%s\",\"bytes\":%zu,\"media\":\"image/png\"}]}",
	    (int)strlen(home_body) - 1, home_body, hex, sizeof photo);
	put_photo(KZ, &hash);
	node_must(file_draft(net.end[KZ].node, &d, body, NULL, &e), &e);
	must_pack(KZ, KG, "photo.age", -1);
	is(told.blobs, 1, "an attachment is packed with its record");
	decrypt(&text, KG, "photo.age");
	n = find_parts(&text, v, 400);
	ok(strncmp(v[n - 1].name, "blob/", 5) == 0, "as the last part");
	text.data[v[n - 1].at + STORE_BLOB_PART + 5] ^= 1;
	encrypt("wrong.age", KG, &text);
	is(open_at(KG, "wrong.age"), OK, "other bytes than its name says");
	ok(told.blobs_refused == 1 && !has_photo(KG, &hash), "are not kept");
	is(open_at(KG, "photo.age"), OK, "the right ones");
	ok(told.blobs_new == 1 && has_photo(KG, &hash), "are");
	is(open_at(KG, "photo.age"), OK, "again");
	is(told.blobs_new, 0, "nothing new");
	is(findings_of(net.end[KG].node), 0, "sound");
	buf_free(&text);
}

/* ---- beside a line that is down, and through a running node ---- */

static bool
wait_for_receipts(int who, uint64_t size)
{
	for (int i = 0; i < 200; i++) {
		if (published_of(net.end[who].node, who, NULL) > size)
			return true;
		usleep(50000);
	}
	return false;
}

static void
test_running(void)
{
	struct age_identity id;
	char copy[POUCH_PATH_MAX];
	uint64_t size;

	net_add(UZ);
	net_pair(KG, UZ);
	file_many(net.end[KG].node, 300, 100);
	must_pack(KG, UZ, "long.age", 0);
	is(open_at(UZ, "long.age"), OK, "a pouch, before there is a line");
	net.cut[UZ][KG] = net.cut[KG][UZ] = true;
	net_sync(UZ, true);
	size = published_of(net.end[UZ].node, UZ, NULL);
	file_many(net.end[KG].node, 20, 20);
	must_pack(KG, UZ, "short.age", -1);
	is(node_pouch_reseal(in_home("uz"), in_home("short.age"), copy, &id, &e), OK, "closed anew for a running node");
	is(files_in("uz/pouch"), 1, "in its folder");
	is(node_pouch_open(net.end[UZ].node, copy, &id, NULL, NULL, &told, &e), OK, "which opens it by the key of this once");
	unlink(copy);
	is(node_pouch_reseal(in_home("kg"), in_home("short.age"), copy, &id, &e), ERR_DENIED, "not by another node's key");
	is(files_in("kg/pouch"), 0, "and nothing is left of the try");
	ok(told.payloads >= 20, "what came by pouch is there");
	ok(wait_for_receipts(UZ, size), "and the peer's turns confirm it");
	usleep(500000);
	size = published_of(net.end[UZ].node, UZ, NULL);
	node_must(node_pouch_open(net.end[UZ].node, in_home("short.age"), NULL, NULL, NULL, &told, &e), &e);
	usleep(700000);
	is(published_of(net.end[UZ].node, UZ, NULL), size, "once");
	net_sync(UZ, false);
}

/* ---- by hand ---- */

static int
run(const char *a, const char *b, const char *c, const char *d, const char *f, const char *g, const char *h)
{
	const char *argv[] = { a, b, c, d, f, g, h, NULL };
	posix_spawn_file_actions_t quiet;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, in_home("said"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	status = posix_spawnp(&pid, a, &quiet, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	return status != 0 || waitpid(pid, &status, 0) != pid ? 127 : WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

static void
test_by_hand(void)
{
	struct age_identity id = identity_of(UZ);
	char secret[AGE_IDENTITY_CHARS + 1];
	struct buf said = { 0 };

	if (run("age", "--version", NULL, NULL, NULL, NULL, NULL) == 127 || run("tar", "--version", NULL, NULL, NULL, NULL,
	    NULL) == 127) {
		skip("the programs age and tar are not both installed", 7);
		return;
	}
	age_identity_format(secret, &id);
	node_must(file_write_new(in_home("key.txt"), 0600, secret, strlen(secret), &e), &e);
	is(run("age", "-d", "-i", in_home("key.txt"), "-o", in_home("plain.tar"), in_home("long.age")), 0, "age opens a pouch");
	is(run("tar", "-tf", in_home("plain.tar"), NULL, NULL, NULL, NULL), 0, "tar lists it");
	read_file_of(&said, "said");
	ok(strncmp(buf_cstr(&said), "pouch\nlog/checkpoint\n", 21) == 0, "in the documented order");
	ok(strstr(buf_cstr(&said), "\nlog/tile/entries/000\n") != NULL && strstr(buf_cstr(&said), "\npayloads/0\n") != NULL,
	    "with the documented names");
	is(mkdir(in_home("unpacked"), 0700), 0, "a folder");
	is(run("tar", "-xf", in_home("plain.tar"), "-C", in_home("unpacked"), NULL, NULL), 0, "tar unpacks it");
	read_file_of(&said, "unpacked/pouch");
	ok(strstr(buf_cstr(&said), "from kg\nto uz\n") != NULL, "the head is text");
	buf_free(&said);
}

int
main(void)
{
	home_start();
	test_month();
	test_order();
	test_late();
	test_blobs();
	test_running();
	test_by_hand();
	net_end_all();
	home_end();
	return tap_done();
}
