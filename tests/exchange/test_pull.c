/* Pulling from a peer that means well: every size, both ways, growth, withheld payloads, connections that break at any request. */
#include "puller.h"

static void
one_size(uint64_t first, uint64_t size, bool compress)
{
	struct peer_sim peer = { 0 };
	struct puller u;
	struct err e = { 0 };
	int rc = OK, asked;

	peer_start(&peer, first);
	puller_start(&u, &peer, compress, size % 2 == 1);
	if (first > 0)
		rc = puller_run(&u, &e);
	peer_grow(&peer, size);
	if (rc == OK)
		rc = puller_run(&u, &e);
	ok(rc == OK && puller_current(&u) && u.pull.entries == size && u.pull.payloads == size && u.pull.withheld == 0,
	    "from %" PRIu64 " to %" PRIu64 " entries%s: %s", first, size, compress ? ", compressed" : "",
	    rc == OK ? "the same" : e.text);
	asked = peer.requests;
	rc = puller_run(&u, &e);
	ok(rc == OK && peer.requests == asked + 1 && !u.pull.old_tree, "and again: the checkpoint alone is asked for");
	ok(peer.largest_bound <= FRAME_STREAM_MAX && u.largest_weight <= 4097,
	    "bounds: %zu bytes in an answer, %zu records in a write",
	    peer.largest_bound, u.largest_weight);
	puller_end(&u);
	peer_end(&peer);
}

static void
test_sizes(void)
{
	static const uint64_t sizes[] = { 1, 255, 256, 257, 4096, 4097 };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		one_size(0, sizes[i], i % 2 == 0);
	one_size(1, 257, false);		/* direct */
	one_size(256, 512, true);
	one_size(255, 4351, false);
	one_size(100, 4197, true);		/* walking down */
	one_size(256, 4353, false);
	one_size(300, 9000, true);
	one_size(66000, 70000, true);		/* walking down, then direct */
}

static void
test_empty(void)
{
	struct peer_sim peer = { 0 };
	struct puller u;
	struct err e = { 0 };

	peer_start(&peer, 0);
	puller_start(&u, &peer, false, false);
	is(puller_run(&u, &e), OK, "an empty log");
	ok(puller_current(&u) && u.pull.entries == 0 && peer.requests == 1, "nothing but the checkpoint was asked for");
	puller_end(&u);
	peer_end(&peer);
}

/* Many small steps give what one large one gives. */
static void
test_steps(void)
{
	struct peer_sim peer = { 0 };
	struct puller u;
	struct err e = { 0 };
	uint32_t seed = 3;
	bool good = true;

	peer_start(&peer, 0);
	puller_start(&u, &peer, true, true);
	while (peer.row.size < 3000 && good) {
		seed = seed * 1664525 + 1013904223;
		peer_grow(&peer, peer.row.size + 1 + (seed >> 8) % 130);
		good = puller_run(&u, &e) == OK;
	}
	ok(good && puller_current(&u), "%" PRIu64 " entries in small steps: %s", peer.row.size, good ? "the same" : e.text);
	puller_end(&u);
	peer_end(&peer);
}

/* ---- a bell's checkpoint ----------------------------------------------------------------------------------------- */

static void
test_bell(void)
{
	struct peer_sim peer = { 0 };
	struct puller u;
	struct buf older = { 0 };
	struct err e = { 0 };

	peer_start(&peer, 300);
	buf_add(&older, peer.note.data, peer.note.len);
	peer_grow(&peer, 600);
	puller_start(&u, &peer, false, false);
	is(pull_log(&u.pull, older.data, older.len, &e), OK, "the checkpoint a bell brought is used");
	ok(puller_row(&u).size == 300 && puller_true(&u), "up to where it says, though the log has grown on");
	is(pull_log(&u.pull, peer.note.data, peer.note.len, &e), OK, "and the next");
	ok(puller_row(&u).size == 600 && puller_true(&u), "extends it");
	is(pull_log(&u.pull, older.data, older.len, &e), OK, "a bell that was overtaken");
	ok(puller_row(&u).size == 600 && u.pull.old_tree, "changes nothing and is noted");
	is(pull_log(&u.pull, NULL, 0, &e), OK, "the present checkpoint");
	ok(!u.pull.old_tree, "clears that note");
	buf_free(&older);
	puller_end(&u);
	peer_end(&peer);
}

/* ---- withheld ------------------------------------------------------------------------------------------------------ */

static bool none(uint64_t i) { (void)i; return false; }
static bool runs(uint64_t i) { return i / 300 % 2 == 1; }
static bool mixed(uint64_t i) { return i * 2654435761u % 5 < 2; }
static bool last_only(uint64_t i) { return i == 2999; }
static bool first_only(uint64_t i) { return i == 0; }

static void
test_withheld(void)
{
	static const struct { const char *name; bool (*give)(uint64_t); } t[] = {
		{ "all", none }, { "runs", runs }, { "mixed", mixed }, { "all but the last", last_only }, { "all but the first",
		  first_only }
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct peer_sim peer = { .give = t[i].give };
		struct puller u;
		struct err e = { 0 };
		uint64_t given = 0;

		peer_start(&peer, 3000);
		puller_start(&u, &peer, i % 2, i % 3 == 0);
		for (uint64_t k = 0; k < 3000; k++)
			given += t[i].give(k);
		ok(puller_run(&u, &e) == OK && puller_current(&u) && u.pull.payloads == given && u.pull.withheld == 3000 - given,
		    "withheld: %s", t[i].name);
		puller_end(&u);
		peer_end(&peer);
	}
}

/* ---- connections that break --------------------------------------------------------------------------------------- */

static int
cut(struct peer_sim *p, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	(void)path, (void)max_bytes, (void)status, (void)e;
	out->len = out->len * p->arg / 100;
	return OK;
}

/* Stop at request ${k}, for every k; what is there then is true, and going on reaches the end. */
static void
test_resume(const char *name, uint64_t first, uint64_t size)
{
	struct peer_sim peer = { .give = mixed };
	int k = 0, prefixes = 0, ends = 0, total;
	struct puller u;
	struct err e = { 0 };

	peer_start(&peer, size);
	puller_start(&u, &peer, true, true);
	peer_must(puller_run(&u, &e), &e);
	total = peer.requests;
	puller_end(&u);
	for (k = 1; k <= total; k++) {
		struct peer_sim early = { .give = mixed };

		peer_start(&early, first);
		puller_start(&u, &early, true, true);
		peer_must(puller_run(&u, &e), &e);
		peer_end(&early);
		u.peer = &peer;
		peer.requests = 0;
		peer.fail_at = k;
		if (puller_run(&u, &e) != ERR_IO && peer.requests >= k)
			break;
		prefixes += puller_true(&u);
		peer.fail_at = 0;
		ends += puller_run(&u, &e) == OK && puller_current(&u);
		puller_end(&u);
	}
	is(prefixes, total, name);
	is(ends, total, "and each goes on to the end");
	peer_end(&peer);
}

/* Every answer with payloads is cut; what came whole counts, so the end is reached. */
static void
test_cut_answers(void)
{
	struct peer_sim peer = { .text_len = 3000, .spoil = cut, .arg = 95 };
	struct puller u;
	struct err e = { 0 };
	int rc, rounds = 0;

	peer_start(&peer, 1500);
	puller_start(&u, &peer, false, false);
	peer_must(pull_log(&u.pull, NULL, 0, &e), &e);
	do {
		peer.requests = 0;
		peer.spoil_at = 1;
		rc = pull_payloads(&u.pull, &e);
	} while (rc == ERR_IO && ++rounds < 10);
	ok(rc == OK && puller_current(&u), "an answer cut off in the middle: its whole blocks count, the next one goes on there");
	puller_end(&u);
	peer.arg = 0;
	puller_start(&u, &peer, false, false);
	peer_must(pull_log(&u.pull, NULL, 0, &e), &e);
	peer.requests = 0;
	peer.arg = 1;			/* less than a block */
	is(pull_payloads(&u.pull, &e), ERR_INPUT, "an answer without one whole block is an error, not a loop");
	ok(puller_true(&u) && puller_row(&u).payloads_next == 0, "and decides nothing");
	puller_end(&u);
	peer_end(&peer);
}

/* ---- large payloads ------------------------------------------------------------------------------------------------- */

/* Records that compress a thousandfold: what is handed on at once stays small, whatever an answer holds. */
static void
test_memory(void)
{
	struct peer_sim peer = { .text_len = 256 * 1024 };
	struct puller u;
	struct err e = { 0 };
	int rc;

	peer_start(&peer, 200);
	puller_start(&u, &peer, true, true);
	rc = puller_run(&u, &e);
	ok(rc == OK && puller_current(&u), "200 payloads of the largest size: %s", rc == OK ? "the same" : e.text);
	ok(u.largest_keep <= 2u << 20, "at most 2 MiB of payloads in memory at once: %zu bytes", u.largest_keep);
	puller_end(&u);
	peer_end(&peer);
}

static void
test_limit(void)
{
	struct peer_sim peer = { 0 };
	struct puller u;
	struct err e = { 0 };

	peer_start(&peer, 500);
	puller_start(&u, &peer, false, false);
	u.pull.max_entries = 499;
	is(puller_run(&u, &e), ERR_LIMIT, "a log larger than the operator allows is not followed");
	ok(puller_row(&u).size == 0 && peer.requests == 1, "nothing of it is fetched");
	u.pull.max_entries = 500;
	is(puller_run(&u, &e), OK, "one that is exactly as large is");
	puller_end(&u);
	peer_end(&peer);
}

int
main(void)
{
	test_empty();
	test_sizes();
	test_steps();
	test_bell();
	test_withheld();
	test_resume("direct: stopped at any request, what is held is true", 300, 900);
	test_resume("walking down: stopped at any request, what is held is true", 300, 5000);
	test_cut_answers();
	test_memory();
	test_limit();
	return tap_done();
}
