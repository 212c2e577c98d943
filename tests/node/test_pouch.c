/*
 * Members without a line: pouches there and back, with receipts and cosignatures; in the wrong order, twice, with one lost;
 * damaged in
 * each part, for others, of a log with two histories; interrupted at any place.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "crypt/agefile.h"
#include "exchange/pouch.h"
#include "net.h"
#include "node/internal.h"
#include "node/pouch.h"

extern char **environ;

static struct pouch_told told;		/* of the last call */
static struct err e;

/* ---- packing and opening ---- */

static int
pack(int from, int to, const char *name, int64_t start)
{
	struct pouch_pack p = { .member = to, .path = in_home(name), .from_given = start >= 0, .from = start < 0 ? 0 :
	    (uint64_t)start };

	unlink(in_home(name));
	return node_pouch_pack(net.end[from].node, &p, &told, &e);
}

static int
open_at(int who, const char *name)
{
	int rc = node_pouch_open(net.end[who].node, in_home(name), NULL, NULL, NULL, &told, &e);

	if (rc != OK)
		printf("# %s\n", e.text);
	return rc;
}

static void
must_pack(int from, int to, const char *name, int64_t start)
{
	int rc = pack(from, to, name, start);

	node_must(rc, &e);
}

static int
files_in(const char *folder)
{
	DIR *d = opendir(in_home(folder));
	struct dirent *x;
	int count = 0;

	while (d != NULL && (x = readdir(d)) != NULL)
		count += x->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return count;
}

/* The nodes' own keys, so that a test can look into a pouch and write others. */
static struct age_identity
identity_of(int who)
{
	struct age_identity id;
	struct keyfile k;

	node_must(identity_read_keyfile(in_home(party_codes[who]), KEYFILE_POUCH, "keys/pouch.key", &k, &e), &e);
	age_identity_from_seed(&id, k.seed);
	return id;
}

static void
read_file_of(struct buf *out, const char *name)
{
	buf_reset(out);
	node_must(file_read(in_home(name), (size_t)1 << 30, out, &e), &e);
}

static void
decrypt(struct buf *out, int who, const char *name)
{
	struct age_identity id = identity_of(who);
	struct buf file = { 0 };

	read_file_of(&file, name);
	buf_reset(out);
	node_must(agefile_open(out, &id, 1, file.data, file.len, 65536, &e), &e);
	buf_free(&file);
}

static void
encrypt(const char *name, int who, const struct buf *text)
{
	struct age_identity id = identity_of(who);
	struct buf file = { 0 };

	node_must(agefile_make(&file, &id.public, 1, text->data, text->len, 65536, &e), &e);
	unlink(in_home(name));
	node_must(file_write_new(in_home(name), 0600, file.data, file.len, &e), &e);
	buf_free(&file);
}

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

/* ---- what is not for us, or not right ---- */

static void
edit_head(const char *out, int to, const struct buf *text, const char *what, const char *with)
{
	struct buf copy = { 0 };
	char *at;

	buf_add(&copy, text->data, text->len);
	at = memmem(copy.data + 512, 512, what, strlen(what));
	memcpy(at, with, strlen(with));
	encrypt(out, to, &copy);
	buf_free(&copy);
}

static void
test_refusals(void)
{
	struct buf text = { 0 };
	struct node *kg;

	must_pack(KZ, KG, "kg.age", 0);
	is(open_at(TJ, "kg.age"), ERR_DENIED, "a pouch for another is not opened");
	ok(strstr(e.text, "age1") != NULL && strstr(e.text, "present card") != NULL, "the sentence says what to do");
	decrypt(&text, KG, "kg.age");
	encrypt("tj.age", TJ, &text);
	is(open_at(TJ, "tj.age"), ERR_CONFLICT, "nor one that is closed to us and is for another");
	ok(strstr(e.text, "is for kg") != NULL, "which is named");
	edit_head("bad.age", KG, &text, "tashkent-2000", "dushanbe-1999");
	is(open_at(KG, "bad.age"), ERR_CONFLICT, "another mechanism");
	edit_head("bad.age", KG, &text, "pouch-v1", "pouch-v2");
	is(open_at(KG, "bad.age"), ERR_UNKNOWN, "a later version");
	edit_head("bad.age", KG, &text, "from kz", "from uz");
	is(open_at(KG, "bad.age"), ERR_NOTFOUND, "a sender that is not paired");
	edit_head("bad.age", KG, &text, "from kz", "from xx");
	is(open_at(KG, "bad.age"), ERR_NOTFOUND, "or in no charter");
	edit_head("bad.age", KG, &text, "\ncharter ", "\ncharter-");
	is(open_at(KG, "bad.age"), ERR_INPUT, "a head that is none");
	is(open_at(KG, "absent.age"), ERR_NOTFOUND, "no such file");
	is(open_at(KG, "kg"), ERR_INPUT, "no file at all");
	is(pack(KZ, KG, "x.age", 1000000), ERR_INPUT, "a start past the end");
	is(pack(KZ, UZ, "x.age", 0), ERR_NOTFOUND, "for somebody who is not paired");
	is(pack(KZ, KZ, "x.age", 0), ERR_NOTFOUND, "for oneself");
	ok(access(in_home("x.age"), F_OK) != 0, "and no file is left");
	must_pack(KZ, KG, "x.age", 0);
	{
		struct pouch_pack p = { .member = KG, .path = in_home("x.age") };

		is(node_pouch_pack(net.end[KZ].node, &p, &told, &e), ERR_CONFLICT, "a file that exists is not overwritten");
	}
	net_close(KG);
	{
		struct node_options o = { .dir = in_home("kg"), .clock = &home_clock, .readonly = true };

		node_must(node_open(&kg, &o, &e), &e);
		is(node_pouch_open(kg, in_home("x.age"), NULL, NULL, NULL, &told, &e), ERR_DENIED, "not by a node that only reads");
		node_close(kg);
	}
	node_must(net_open(KG, &e), &e);
	is(node_pouch_show(in_home("kg"), in_home("x.age"), NULL, NULL, &told, &e), OK, "show");
	ok(told.head.size > 0 && told.streams > 0 && told.tiles > 0 && strcmp(told.head.to, "kg") == 0, "says what is in it");
	buf_free(&text);
}

/* ---- damage ---- */

static void
copy_folder(const char *from, const char *to)
{
	char from_path[500], to_path[500];
	const char *argv[] = { "cp", "-r", from_path, to_path, NULL };
	pid_t pid;
	int status;

	snprintf(from_path, sizeof from_path, "%s", in_home(from));
	snprintf(to_path, sizeof to_path, "%s", in_home(to));
	home_remove(to_path);
	if (posix_spawnp(&pid, "cp", NULL, NULL, (char *const *)(uintptr_t)argv, environ) != 0 || waitpid(pid, &status, 0) != pid ||
	    status != 0) {
		printf("Bail out! cannot copy %s\n", from_path);
		exit(1);
	}
}

/* A changed bit anywhere, a cut anywhere: nothing is done. */
static void
test_outside(void)
{
	struct buf file = { 0 };
	struct peer_status before, after;
	size_t bad = 0, tried = 0;

	file_many(net.end[KZ].node, 300, 100);
	must_pack(KZ, KG, "whole.age", -1);
	read_file_of(&file, "whole.age");
	node_peer_status(net.end[KG].node, KZ, &before);
	for (size_t i = 0; i < file.len; i += file.len / 61 + 1, tried += 2) {
		unlink(in_home("bad.age"));
		node_must(file_write_new(in_home("bad.age"), 0600, file.data, i, &e), &e);
		bad += node_pouch_open(net.end[KG].node, in_home("bad.age"), NULL, NULL, NULL, &told, &e) == OK;
		file.data[i] ^= 4;
		unlink(in_home("bad.age"));
		node_must(file_write_new(in_home("bad.age"), 0600, file.data, file.len, &e), &e);
		bad += node_pouch_open(net.end[KG].node, in_home("bad.age"), NULL, NULL, NULL, &told, &e) == OK;
		file.data[i] ^= 4;
	}
	is(bad, 0, "cut or changed anywhere, it is refused");
	node_peer_status(net.end[KG].node, KZ, &after);
	ok(after.size == before.size && after.payloads_next == before.payloads_next, "and nothing was taken: %d tries", (int)tried);
	is(files_in("kg/pouch"), 0, "nor left in the folder");
	buf_free(&file);
}

struct place {				/* of a part's contents in the archive */
	size_t at, len;
	char name[POUCH_NAME_MAX];
};

static size_t
find_parts(const struct buf *text, struct place *v, size_t max)
{
	size_t n = 0, at = 0;

	while (n < max && at + 1024 <= text->len && text->data[at] != 0) {
		size_t len = strtoul((const char *)text->data + at + 124, NULL, 8);

		snprintf(v[n].name, sizeof v[n].name, "%.99s", (const char *)text->data + at);
		v[n].at = at + 512;
		v[n++].len = len;
		at += 512 + (len + 511) / 512 * 512;
	}
	return n;
}

/* Whoever has our card can write what he likes: each part in turn is another than it should be. */
static void
test_inside(void)
{
	static struct place v[400];
	struct buf text = { 0 };
	struct peer_status s;
	size_t n, wrong = 0, left = 0, refused = 0;
	uint64_t size;

	file_many(net.end[KZ].node, 600, 200);
	size = published_of(net.end[KZ].node, KZ, NULL);
	must_pack(KZ, KG, "whole.age", 0);
	decrypt(&text, KG, "whole.age");
	n = find_parts(&text, v, 400);
	net_close(KG);
	copy_folder("kg", "kg.before");
	for (size_t i = 1; i < n; i++) {
		size_t at = v[i].at + v[i].len * 7 / 8;

		if (i > 3 && i < n - 6 && i % 9 != 0 && strncmp(v[i].name, "log/tile/entries/01", 19) != 0)
			continue;	/* tiles of what is held are not looked at */
		text.data[at] ^= 1;
		encrypt("bad.age", KG, &text);
		text.data[at] ^= 1;
		home_remove(in_home("kg"));
		copy_folder("kg.before", "kg");
		node_must(net_open(KG, &e), &e);
		refused += node_pouch_open(net.end[KG].node, in_home("bad.age"), NULL, NULL, NULL, &told, &e) != OK;
		node_peer_status(net.end[KG].node, KZ, &s);
		wrong += s.size > size || findings_of(net.end[KG].node) != 0;
		node_must(node_pouch_open(net.end[KG].node, in_home("whole.age"), NULL, NULL, NULL, &told, &e), &e);
		node_peer_status(net.end[KG].node, KZ, &s);
		left += s.size != size || s.payloads_next != size;
		net_close(KG);
	}
	ok(refused >= 3, "of pouches with a wrong part %d are refused", (int)refused);
	is(wrong, 0, "none makes the store wrong");
	is(left, 0, "and none hinders the right one");
	node_must(net_open(KG, &e), &e);
	buf_free(&text);
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

/* ---- two histories ---- */

static int
count_fork(void *ctx, int member, uint32_t epoch, int64_t found_ms, const struct buf *proof)
{
	(void)epoch, (void)found_ms;
	*(int *)ctx += member == KZ && proof->len > 0;
	return 0;
}

static int
forks_at(int who)
{
	int count = 0;

	node_must(node_forks(net.end[who].node, count_fork, &count, &e), &e);
	return count;
}

static void
test_fork(void)
{
	struct peer_status s;

	net_close(KZ);
	copy_folder("kz", "kz.other");
	node_must(net_open(KZ, &e), &e);
	file_many(net.end[KZ].node, 30, 10);
	must_pack(KZ, KG, "one.age", -1);
	net_close(KZ);
	home_remove(in_home("kz"));
	copy_folder("kz.other", "kz");
	node_must(net_open(KZ, &e), &e);
	file_many(net.end[KZ].node, 45, 9);
	must_pack(KZ, KG, "other.age", -1);
	is(open_at(KG, "one.age"), OK, "one history");
	is(open_at(KG, "other.age"), ERR_VERIFY, "and another");
	is(forks_at(KG), 1, "the proof is kept");
	node_peer_status(net.end[KG].node, KZ, &s);
	is(s.state, PEER_FROZEN, "the log is frozen");
	is(open_at(KG, "one.age"), ERR_VERIFY, "nothing more is taken of it");
	net_pair(KG, TJ);
	is(forks_at(TJ), 0, "a third member knows nothing of it");
	must_pack(KG, TJ, "word.age", -1);
	is(open_at(TJ, "word.age"), OK, "until a pouch of the second arrives");
	is(forks_at(TJ), 1, "which brings the proof");
	is(findings_of(net.end[TJ].node), 1, "the only finding is that this log is frozen");
}

/* ---- interrupted ---- */

struct killing {
	int calls, at;
};

static int
kill_at(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct killing *k = ctx;

	(void)what, (void)done, (void)total;
	if (k->calls++ == k->at)
		kill(getpid(), SIGKILL);
	return 0;
}

/* A child opens and is killed; then the same is opened to its end. */
static void
test_crash(void)
{
	struct err err = { 0 };
	struct peer_status s;
	size_t wrong = 0, killed = 0;
	uint64_t size;

	net_add(UZ);
	net_pair(KG, UZ);
	file_many(net.end[KG].node, 4000, 500);
	size = published_of(net.end[KG].node, KG, NULL);
	must_pack(KG, UZ, "long.age", 0);
	net_close(UZ);
	copy_folder("uz", "uz.before");
	for (int i = 0; i < 12; i++) {
		struct killing k = { 0, i * 3 };
		pid_t pid;
		int status;

		home_remove(in_home("uz"));
		copy_folder("uz.before", "uz");
		fflush(stdout);
		if ((pid = fork()) == 0) {
			struct node_options o = { .dir = in_home("uz"), .clock = &home_clock };
			struct node *n;

			if (node_open(&n, &o, &err) == OK)
				(void)node_pouch_open(n, in_home("long.age"), NULL, kill_at, &k, &told, &err);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status);
		node_must(net_open(UZ, &e), &e);
		wrong += findings_of(net.end[UZ].node) != 0 || files_in("uz/pouch") != 0;
		node_must(node_pouch_open(net.end[UZ].node, in_home("long.age"), NULL, NULL, NULL, &told, &e), &e);
		node_peer_status(net.end[UZ].node, KG, &s);
		wrong += s.payloads_next != size || (WIFSIGNALED(status) && told.receipts == 0) ||
		    findings_of(net.end[UZ].node) != 0;
		net_close(UZ);
	}
	ok(killed >= 3, "killed while opening: %d times", (int)killed);
	is(wrong, 0, "nothing is there by half, and opening again ends well");
	node_must(net_open(UZ, &e), &e);
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
	test_refusals();
	test_outside();
	test_late();
	test_blobs();
	test_inside();
	test_crash();
	test_running();
	test_by_hand();
	test_fork();
	net_end_all();
	home_end();
	return tap_done();
}
