/*
 * Two histories of one log: shown to two members who then compare, convicted offline, passed on to those who saw neither, and
 * nothing else convicts.
 */
#include "log/fork.h"
#include "trust.h"

static const int four[] = { KZ, KG, TJ, UZ };

static int
count_one(void *ctx, int member, uint32_t epoch, int64_t found_ms, const struct buf *proof)
{
	(void)epoch, (void)found_ms;
	if (member == UZ && proof->len > 300 && proof->len < 4000)
		++*(int *)ctx;
	return 0;
}

/* Proofs against uz at ${who}: short ones, whatever was put under the notes. */
static int
proofs_at(int who)
{
	struct err e = { 0 };
	int count = 0;

	node_must(node_forks(net.end[who].node, count_one, &count, &e), &e);
	return count;
}

static bool
convicted(int who)
{
	struct peer_status s;

	node_peer_status(net.end[who].node, UZ, &s);
	return s.state == PEER_FROZEN && proofs_at(who) == 1;
}

static int
count_announcement(void *ctx, const struct payload *p)
{
	if (memmem(p->bytes, p->len, "FORK_PROOF", 10) != NULL)
		++*(int *)ctx;
	return 0;
}

/* FORK_PROOF records of ${of} that ${at} holds. */
static int
announced(int at, int of)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(net.end[at].node, &e);
	int count = 0;

	node_must(store_payload_scan(r, POS(LOG_NO(of, 1), 0), POS(LOG_NO(of, 1) + 1, 0), count_announcement, &count, &e), &e);
	node_reader_done(net.end[at].node, r);
	return count;
}

/* ---- what does not convict ---- */

static struct buf tell;
static _Atomic int told;

static int
say_tell(int asker, const char *path, const void *body, size_t len, int status, struct buf *out)
{
	(void)asker, (void)body, (void)len;
	if (strcmp(path, "/x1/tashkent-2000/seen") != 0)
		return status;
	buf_reset(out);
	buf_add(out, tell.data, tell.len);
	told++;
	return 200;
}

static bool
was_told(int unused)
{
	(void)unused;
	return told > 0;
}

/* kg says that to kz. */
static void
tell_kz(void)
{
	told = 0;
	net.liar = KG;
	net.lie = say_tell;
	net_restart(KZ);
	await(was_told, 0, 8);
	usleep(300000);
	net.lie = NULL;
}

static void
tell_proof(const struct buf *a, const struct buf *b)
{
	struct fork_proof p;
	struct buf text = { 0 };
	struct err e = { 0 };

	buf_reset(&tell);
	seen_begin(&tell, START_MS);
	node_must(fork_make(a->data, a->len, b->data, b->len, NULL, NULL, 0, &p, &e), &e);
	node_must(fork_format(&text, &p, &e), &e);
	seen_add(&tell, SEEN_FORK, text.data, text.len);
	buf_free(&text);
	tell_kz();
}

static void
test_false_proofs(void)
{
	struct buf a = false_note(UZ, UZ, 3, 1), b = false_note(UZ, KG, 3, 2);
	uint64_t size = published_of(net.end[KZ].node, UZ, NULL);
	struct peer_status s;

	tell_proof(&a, &b);
	ok(!convicted(KZ) && proofs_at(KZ) == 0, "a side that another key has signed proves nothing");
	buf_free(&b);
	b = false_note(UZ, KG, size, 2);
	buf_reset(&tell);
	seen_begin(&tell, START_MS);
	seen_add(&tell, SEEN_CHECKPOINT, b.data, b.len);
	seen_add(&tell, SEEN_FORK, "diwan-fork-proof-v1\nkind same-size\n", 35);
	tell_kz();
	node_peer_status(net.end[KZ].node, UZ, &s);
	ok(!convicted(KZ) && s.state != PEER_FROZEN, "nor does an unsigned checkpoint, nor half a proof");
	ok(settled(10), "the exchange goes on");
	buf_free(&a);
	buf_free(&b);
}

/* ---- two histories ---- */

/* uz shows one tree to kz and another to tj; neither sees both. */
static void
test_two_histories(void)
{
	struct err e = { 0 };

	sync_all(four, 4, false);
	net_save(UZ, "uz.db");
	net_cut(UZ, TJ, true);
	net_cut(UZ, KG, true);
	net_cut(KZ, TJ, true);
	net_sync(UZ, true);
	net_sync(KZ, true);
	file_many(net.end[UZ].node, 1, 1);
	for (int i = 0; i < 200 && published_of(net.end[KZ].node, UZ, NULL) != published_of(net.end[UZ].node, UZ, NULL); i++)
		usleep(20000);
	is(published_of(net.end[KZ].node, UZ, NULL), published_of(net.end[UZ].node, UZ, NULL), "kz follows one history of uz");
	net_set_back(UZ, "uz.db");
	node_must(net_open(UZ, &e), &e);
	net_cut(UZ, KZ, true);
	net_cut(UZ, TJ, false);
	net_sync(UZ, true);
	net_sync(TJ, true);
	file_many(net.end[UZ].node, 2, 2);
	for (int i = 0; i < 200 && published_of(net.end[TJ].node, UZ, NULL) != published_of(net.end[UZ].node, UZ, NULL); i++)
		usleep(20000);
	is(published_of(net.end[TJ].node, UZ, NULL), published_of(net.end[UZ].node, UZ, NULL), "tj another one, which is longer");
	ok(!convicted(KZ) && !convicted(TJ), "each for itself sees nothing wrong");
	net_sync(UZ, false);
	net_close(UZ);
	net_cut(KZ, TJ, false);
	net_restart(KZ);
	net_restart(TJ);
	ok(await(convicted, KZ, 15) || await(convicted, TJ, 5), "they compare: uz is convicted");
	net_restart(KZ);
	net_restart(TJ);
	ok(await(convicted, KZ, 10) && await(convicted, TJ, 10), "both have the proof");
	net_sync(KG, true);
	ok(await(convicted, KG, 10), "and kg, who saw neither, gets it from them");
}

/* ---- afterwards ---- */

static bool
knows_it(int who)
{
	return announced(who, KZ) == 1 && announced(who, TJ) == 1 && announced(who, KG) == 1;
}

static void
test_after(void)
{
	ok(await(knows_it, KZ, 15) && await(knows_it, KG, 15), "each of them tells all the others in a record, once");
	for (int i = 0; i < 3; i++)
		net_restart(four[i]);
	ok(convicted(KZ) && convicted(KG) && convicted(TJ), "a restart does not make them forget");
	file_many(net.end[KZ].node, 1, 1);
	for (int i = 0; i < 300 && !caught_up(KG, KZ); i++) {
		poke(KG, KZ);
		usleep(20000);
	}
	ok(caught_up(KG, KZ), "and everybody else goes on");
	is(announced(KZ, KZ), 1, "without telling it again");
}

/* A log that pads its notes cannot make the proof too long to be passed on. */
static void
test_padded(void)
{
	struct buf a = false_note(TJ, TJ, 5, 1), b = false_note(TJ, TJ, 5, 2);
	struct peer_status s;
	char line[400];

	memset(line, 'A', 300);
	line[300] = '\0';
	for (int i = 0; i < 90; i++)
		buf_fmt(&a, "\xe2\x80\x94 padding%d %s\n", i, line);
	tell_proof(&a, &b);
	node_peer_status(net.end[KZ].node, TJ, &s);
	is(s.state, PEER_FROZEN, "a proof with ninety lines of padding under one of its notes convicts");
	tell.len = 0;
	{
		struct err e = { 0 };
		struct buf seen = { 0 };

		node_must(node_seen(net.end[KZ].node, KG, &seen, &e), &e);
		ok(memmem(seen.data, seen.len, "padding", 7) == NULL, "and is passed on without them");
		buf_free(&seen);
	}
	buf_free(&a);
	buf_free(&b);
}

int
main(void)
{
	home_start();
	trust_start(four, 4);
	for (int i = 0; i < 4; i++)
		file_many(net.end[four[i]].node, 4, 4);
	sync_all(four, 4, true);
	ok(settled(15), "four nodes come to rest");
	test_false_proofs();
	test_two_histories();
	test_after();
	test_padded();
	buf_free(&tell);
	net_end_all();
	home_end();
	return tap_done();
}
