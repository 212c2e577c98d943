/*
 * Pouches that are not for us, or not right: damaged in each part, of a log with two histories, interrupted at any place.
 */
#include "pouches.h"

static void
start(void)
{
	net_add(KZ);
	net_add(KG);
	net_add(TJ);
	net_pair(KZ, KG);
	net_pair(KZ, TJ);
	file_many(net.end[KZ].node, 2800, 200);
	file_many(net.end[KG].node, 50, 50);
	must_pack(KZ, KG, "first.age", -1);
	is(open_at(KG, "first.age"), OK, "a pouch for kg");
	must_pack(KZ, TJ, "first.age", -1);
	is(open_at(TJ, "first.age"), OK, "and one for tj");
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

int
main(void)
{
	home_start();
	start();
	test_refusals();
	test_outside();
	test_inside();
	test_crash();
	test_fork();
	net_end_all();
	home_end();
	return tap_done();
}
