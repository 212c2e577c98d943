/*
 * Who may sign, and when: a node that asks its peers first, with one to four of them; a store that was set back and what comes back
 * of it; a twin; and what a liar cannot do.
 */
#include "trust.h"

static const int all[] = { KZ, KG, TJ, UZ, TM };

static struct guard_status
status_of(int who)
{
	struct guard_status s;

	node_guard(net.end[who].node, &s);
	return s;
}

/* Does filing one record work? */
static int
file_one(int who)
{
	struct draft d = incident_of(who);
	struct err e = { 0 };

	return file_draft(net.end[who].node, &d, home_body, NULL, &e);
}

static bool
has_asked(int who)
{
	struct guard_status s = status_of(who);

	return s.answered == s.needed - 1;
}

/* ---- how many must answer ---- */

/* kz with ${peers} peers. All but one of those needed answer, then the rest. */
static void
test_peers(int peers, int needed)
{
	struct guard_status s;
	struct err e = { 0 };

	net_save(KZ, "kz.db");
	for (int i = 1; i <= peers; i++)
		net_cut(KZ, all[i], i >= needed);
	net_close(KZ);
	net.end[KZ].guarded = true;
	node_must(net_open(KZ, &e), &e);
	net_sync(KZ, true);
	ok(await(has_asked, KZ, 8), "%d peers: %d have answered", peers, needed - 1);
	s = status_of(KZ);
	ok(s.state == GUARD_ASKING && s.asked == peers && s.needed == needed, "%d must: %s", needed, s.why);
	is(file_one(KZ), ERR_DENIED, "nothing is signed until then");
	net_cut(KZ, all[needed], false);
	net_restart(KZ);
	ok(await(is_open, KZ, 8), "then it may sign");
	is(file_one(KZ), OK, "and does");
	net_sync(KZ, false);
	for (int i = 1; i <= peers; i++)
		net_cut(KZ, all[i], false);
}

static void
test_counts(void)
{
	struct err e = { 0 };

	net.end[KZ].guarded = true;
	net_add(KZ);
	is(guard_of(KZ), GUARD_OPEN, "no peers: nobody to ask");
	for (int i = 1; i < 5; i++) {
		net_add(all[i]);
		net_pair(KZ, all[i]);
		test_peers(i, i < 4 ? i : 3);
	}
	net_close(KZ);
	node_must(net_open(KZ, &e), &e);
	is(guard_of(KZ), GUARD_ASKING, "a start, and nobody can be asked");
	is(node_resume(net.end[KZ].node, &e), OK, "an operator who knows that nothing was restored says so");
	is(file_one(KZ), OK, "and it signs");
	for (int i = 1; i < 5; i++)
		for (int k = i + 1; k < 5; k++)
			net_pair(all[i], all[k]);
}

/* ---- a store that was set back ---- */

static bool
is_held(int who)
{
	return guard_of(who) == GUARD_HELD;
}

static bool
all_back(int who)
{
	struct guard_status s = status_of(who);

	return s.came_back > 0 && s.missing == 0;
}

static bool
uz_has_it(int who)
{
	return published_of(net.end[UZ].node, who, NULL) == published_of(net.end[who].node, who, NULL);
}

static bool
is_fetching(int who)
{
	return guard_of(who) == GUARD_FETCHING;
}

static int
hand_nothing_over(int asker, const char *path, const void *body, size_t len, int status, struct buf *out)
{
	(void)asker, (void)body, (void)len;
	if (strstr(path, "/kz/tile/") == NULL)
		return status;
	buf_reset(out);
	return 404;
}

static void
test_set_back(void)
{
	struct guard_status s;
	struct err e = { 0 };
	uint64_t before, size;

	net_sync(KZ, true);
	ok(await(is_open, KZ, 8), "kz asks and is open");
	net_save(KZ, "kz.db");
	before = published_of(net.end[KZ].node, KZ, NULL);
	net_sync(KZ, true);
	ok(await(is_open, KZ, 8), "and again");
	for (int i = 1; i < 5; i++)
		net_sync(all[i], true);
	ok(settled(15), "all five exchange");
	for (int i = 1; i < 4; i++)	/* kg holds less of it than uz */
		net_cut(all[i], KZ, all[i] != UZ);
	net_cut(TM, KZ, true);
	file_many(net.end[KZ].node, 3, 3);
	ok(await(uz_has_it, KZ, 8), "uz alone has seen kz's newest entries");
	size = published_of(net.end[KZ].node, KZ, NULL);
	net_set_back(KZ, "kz.db");
	for (int i = 1; i < 5; i++)
		net_sync(all[i], false);
	node_must(net_open(KZ, &e), &e);
	ok(published_of(net.end[KZ].node, KZ, NULL) < size, "kz's store is set back by %d entries",
	    (int)(size - published_of(net.end[KZ].node, KZ, NULL)));
	is(published_of(net.end[KZ].node, KZ, NULL), before, "to where it was saved");
	net.liar = UZ;			/* it tells what it has seen, but does not hand it over */
	net.lie = hand_nothing_over;
	for (int i = 1; i < 5; i++)
		net_cut(KZ, all[i], false);
	net_sync(KZ, true);
	ok(await(is_fetching, KZ, 8), "one peer has seen more, whoever else answered: %s", status_of(KZ).why);
	is(node_resume(net.end[KZ].node, &e), ERR_CONFLICT,
	    "an operator's word is not taken while entries are known to be missing");
	net_sync(KZ, false);
	net_close(KZ);
	node_must(net_open(KZ, &e), &e);
	is(guard_of(KZ), GUARD_FETCHING, "a restart does not make it forget");
	is(node_resume(net.end[KZ].node, &e), ERR_CONFLICT, "nor take the word");
	net.lie = NULL;
	net_sync(KZ, true);
	ok(await(is_held, KZ, 10), "its peers have seen more: it is fetched back, and kz waits for a word");
	s = status_of(KZ);
	ok(s.own_size == size && s.came_back > 0, "%d entries came back: %s", (int)s.came_back, s.why);
	is(file_one(KZ), ERR_DENIED, "meanwhile nothing is signed");
	net_restart(KZ);
	usleep(100000);
	is(guard_of(KZ), GUARD_HELD, "nor after a restart");
	ok(await(all_back, KZ, 10), "the records come back, too, from those that hold them");
	is(payloads_of(net.end[KZ].node, KZ), size, "each of them");
	is(node_resume(net.end[KZ].node, &e), OK, "an operator's word");
	is(file_one(KZ), OK, "and it signs on");
	net_restart(KZ);
	ok(await(is_open, KZ, 8), "a start later it is an ordinary node");
	is(findings_of(net.end[KZ].node), 0, "and sound");
	for (int i = 1; i < 5; i++)
		net_sync(all[i], true);
	ok(settled(15), "everybody goes on with it");
}

/* ---- a twin ---- */

static bool
is_twin(int who)
{
	return guard_of(who) == GUARD_TWIN;
}

/* A second machine with kz's store and key has signed while this one stood still; this one is open, and then hears of it. */
static void
test_twin(void)
{
	struct err e = { 0 };
	struct guard_status s;
	uint64_t size;

	net_save(KZ, "kz.db");
	net.end[KZ].guarded = false;	/* the twin does not ask */
	net_close(KZ);
	node_must(net_open(KZ, &e), &e);
	net_sync(KZ, true);
	file_many(net.end[KZ].node, 2, 2);
	ok(settled(15), "a twin signs");
	size = published_of(net.end[KZ].node, KZ, NULL);
	net_set_back(KZ, "kz.db");
	node_must(net_open(KZ, &e), &e);	/* open without asking: as one that never stopped */
	net_sync(KZ, true);
	ok(await(is_twin, KZ, 8), "kz hears that more was signed with its key: %s", status_of(KZ).why);
	is(file_one(KZ), ERR_DENIED, "it stops signing");
	for (int i = 0; i < 200 && published_of(net.end[KZ].node, KZ, NULL) < size; i++)
		usleep(20000);
	is(published_of(net.end[KZ].node, KZ, NULL), size, "what the twin signed is fetched: there is one history");
	net_restart(KZ);
	is(guard_of(KZ), GUARD_TWIN, "a restart does not make it forget");
	is(node_resume(net.end[KZ].node, &e), OK, "an operator's word, when the other one is off");
	is(file_one(KZ), OK, "and it signs on");
	ok(settled(15), "with everybody");
	s = status_of(KZ);
	is(s.state, GUARD_OPEN, "open");
	net.end[KZ].guarded = true;
}

/* ---- liars ---- */

static struct buf false_seen;
static _Atomic int told_lies;

static int
say_false(int asker, const char *path, const void *body, size_t len, int status, struct buf *out)
{
	(void)body, (void)len;
	if (asker != KZ || strcmp(path, "/x1/tashkent-2000/seen") != 0)
		return status;
	buf_reset(out);
	buf_add(out, false_seen.data, false_seen.len);
	told_lies++;
	return 200;
}

static bool
was_lied_to(int unused)
{
	(void)unused;
	return told_lies > 0;
}

static void
lie(const char *what)
{
	told_lies = 0;
	net.liar = KG;
	net.lie = say_false;
	net_restart(KZ);
	ok(await(was_lied_to, 0, 8) && await(is_open, KZ, 8), "%s: kz is open", what);
	usleep(200000);
	is(guard_of(KZ), GUARD_OPEN, "and stays open");
	is(file_one(KZ), OK, "and signs");
	net.lie = NULL;
}

static void
test_liars(void)
{
	struct buf note = { 0 };

	seen_begin(&false_seen, START_MS);
	note = false_note(KZ, KG, 1000000, 1);
	seen_add(&false_seen, SEEN_CHECKPOINT, note.data, note.len);
	lie("a great size, signed by another key under kz's name");
	buf_reset(&false_seen);
	seen_begin(&false_seen, START_MS);
	buf_free(&note);
	note = false_note(KZ, KZ, 1000000, 1);
	memcpy(memmem(note.data, note.len, "1000000", 7), "2000000", 7);
	seen_add(&false_seen, SEEN_CHECKPOINT, note.data, note.len);
	lie("kz's own signature under another text");
	buf_reset(&false_seen);
	seen_begin(&false_seen, START_MS);
	for (int i = 0; i < 2000; i++)
		seen_add(&false_seen, SEEN_CHECKPOINT, "x", 1);
	lie("too many items (n - f others answer)");
	buf_reset(&false_seen);
	for (int i = 0; i < 5 * 1024 * 64; i++)
		buf_str(&false_seen, "0123456789abcdef");
	lie("five megabytes");
	buf_free(&note);
	buf_free(&false_seen);
}

/* ---- two histories of the own log ---- */

static bool
is_frozen(int who)
{
	return guard_of(who) == GUARD_FROZEN;
}

static void
test_own_fork(void)
{
	struct err e = { 0 };

	net_save(KZ, "kz.db");
	net_sync(KZ, true);
	ok(await(is_open, KZ, 8), "kz is open");
	file_many(net.end[KZ].node, 2, 2);
	ok(settled(15), "and files two records");
	net_set_back(KZ, "kz.db");
	net.end[KZ].guarded = false;
	for (int i = 1; i < 5; i++)
		net_cut(KZ, all[i], true);
	node_must(net_open(KZ, &e), &e);
	file_many(net.end[KZ].node, 1, 1);
	for (int i = 1; i < 5; i++)
		net_cut(KZ, all[i], false);
	net_sync(KZ, true);
	ok(await(is_frozen, KZ, 10), "set back, it signs another history, and hears of the first: frozen");
	is(file_one(KZ), ERR_DENIED, "nothing more is signed");
	is(node_resume(net.end[KZ].node, &e), ERR_CONFLICT, "and no word opens it");
	net_restart(KZ);
	is(guard_of(KZ), GUARD_FROZEN, "nor a restart");
}

int
main(void)
{
	home_start();
	test_counts();
	test_set_back();
	test_twin();
	test_liars();
	test_own_fork();
	net_end_all();
	home_end();
	return tap_done();
}
