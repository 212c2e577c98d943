/* Planned changes of keys: told, both counting, taken over, the old one forgotten. Log, witness, pouch; TLS as far as memory. */
#include "net.h"

static struct node_options
options(int who)
{
	return (struct node_options){ .dir = in_home(net.end[who].dir), .clock = &net.end[who].clock, .rng = &rng_system };
}

static struct card
card_at(int at, int of)
{
	struct card c;
	struct err e = { 0 };

	node_must(node_peer_card(net.end[at].node, of, &c, &e), &e);
	return c;
}

/* Lines under the newest checkpoint of kg that ${at} shows. */
static int
lines_of(int at, const char *name)
{
	struct buf note = { 0 };
	int count = 0;

	(void)published_of(net.end[at].node, KG, &note);
	for (const char *p = buf_cstr(&note); (p = strstr(p, name)) != NULL; p++)
		count++;
	buf_free(&note);
	return count;
}

static void
all_later(int64_t ms)
{
	atomic_fetch_add(&home_now_ms, ms);
}

/* Housekeeping comes twice a second; then everybody hears of it. */
static bool
housekept(void)
{
	usleep(1200000);
	return settled(10);
}

static char next_log[VKEY_TEXT_MAX], next_witness[VKEY_TEXT_MAX], next_pouch[VKEY_TEXT_MAX], next_tls[VKEY_TEXT_MAX];

static void
test_begin(void)
{
	struct node_options o = options(KG);
	struct err e = { 0 };
	int64_t from_ms;

	ok(node_rotate(&o, "log", 7, next_log, &from_ms, &e) == ERR_BUSY, "not while the node runs: %s", e.text);
	net_close(KG);
	node_must(node_rotate(&o, "log", 7, next_log, &from_ms, &e), &e);
	node_must(node_rotate(&o, "witness", 7, next_witness, &from_ms, &e), &e);
	node_must(node_rotate(&o, "pouch", 7, next_pouch, &from_ms, &e), &e);
	node_must(node_rotate(&o, "tls", 7, next_tls, &from_ms, &e), &e);
	ok(node_rotate(&o, "log", 7, next_log, &from_ms, &e) == ERR_CONFLICT, "one change at a time: %s", e.text);
	ok(node_rotate(&o, "door", 7, next_log, &from_ms, &e) == ERR_INPUT, "of a key that there is: %s", e.text);
	is(from_ms, atomic_load(&home_now_ms) + 7 * DAY_MS, "it takes over in seven days");
}

static void
test_told(void)
{
	struct err e = { 0 };

	node_must(net_open(KG, &e), &e);
	net_sync(KG, true);
	ok(housekept(), "the node tells it");
	file_many(net.end[KG].node, 3, 3);
	ok(housekept(), "and files on");
	is(lines_of(KG, "diwan/kg/1 "), 2, "its checkpoints are signed with both keys");
	ok(card_at(KZ, KG).tls_next[0] != 0 && strcmp(card_at(KZ, KG).tls_next, next_tls) == 0, "kz lets its next certificate in");
	ok(strcmp(card_at(KZ, KG).vkey, next_log) != 0, "the card is still the old one");
}

/* kz's log is settled but for its last receipts; that takes every witness. */
static bool
kz_settles(void)
{
	uint64_t size = 0, time_s, newest = 0;
	struct peer_status s;
	struct err e = { 0 };

	for (int i = 0; i < 100; i++) {
		newest = published_of(net.end[KZ].node, KZ, NULL);
		if (node_settled(net.end[KZ].node, KZ, &size, &time_s, NULL, &e) == OK && size == newest)
			return true;
		usleep(50000);
	}
	for (int m = KG; m <= UZ; m++) {
		node_peer_status(net.end[KZ].node, m, &s);
		printf("# %s cosigned %d of %d: %s\n", party_codes[m], (int)s.cosigned, (int)newest, s.cosign_trouble);
	}
	return false;
}

static void
test_taken_over(void)
{
	struct err e = { 0 };
	struct card own;

	all_later(7 * DAY_MS + 1000);
	ok(housekept(), "seven days later");
	file_many(net.end[KG].node, 3, 3);
	ok(housekept(), "it files on");
	node_card(net.end[KG].node, &own);
	ok(strcmp(own.witness, next_witness) == 0 && strcmp(own.pouch, next_pouch) == 0, "its card names the new keys");
	is(lines_of(KG, "diwan/kg/1 "), 1, "one key signs");
	ok(strstr(own.vkey, "diwan/kg/1+") != NULL, "of the same log");
	is(published_of(net.end[KZ].node, KG, NULL), published_of(net.end[KG].node, KG, NULL), "everybody follows");
	net_close(KG);
	ok(access(in_home("kg/keys/log.next.key"), F_OK) == 0, "the files wait for the next start");
	node_must(net_open(KG, &e), &e);
	ok(access(in_home("kg/keys/log.next.key"), F_OK) != 0 && access(in_home("kg/keys/witness.next.key"), F_OK) != 0,
	    "and then take their places");
	net_sync(KG, true);
	file_many(net.end[KG].node, 3, 3);
	ok(housekept() && published_of(net.end[KZ].node, KG, NULL) == published_of(net.end[KG].node, KG, NULL),
	    "it goes on after it");
	all_later(601000);
	usleep(100000);
	file_many(net.end[KZ].node, 3, 3);
	ok(housekept() && kz_settles(), "its cosignatures count by the new key");
}

static void
test_forgotten(void)
{
	struct err e = { 0 };

	all_later(7 * DAY_MS + 1000);
	ok(housekept(), "a week later the old keys are forgotten");
	ok(strcmp(card_at(KZ, KG).witness, next_witness) == 0 && strcmp(card_at(KZ, KG).pouch, next_pouch) == 0 &&
	    strcmp(card_at(KZ, KG).tls_pin, next_tls) == 0 && card_at(KZ, KG).tls_next[0] == 0,
	    "the card that kz keeps is the new one");
	net_close(KZ);
	node_must(net_open(KZ, &e), &e);
	net_sync(KZ, true);
	file_many(net.end[KG].node, 3, 3);
	ok(settled(10) && published_of(net.end[KZ].node, KG, NULL) == published_of(net.end[KG].node, KG, NULL),
	    "and stays so after a restart");
}

/* tj was away all the time: the log is signed by a key that it has never heard of. */
static void
test_away(void)
{
	struct node_options o = options(KG);
	struct card card;
	struct peer_status s;
	struct err e = { 0 };
	int64_t from_ms;

	net_close(TJ);
	net_close(KG);
	node_must(node_rotate(&o, "log", 0, next_log, &from_ms, &e), &e);
	node_must(net_open(KG, &e), &e);
	net_sync(KG, true);
	all_later(1000);
	usleep(1500000);
	file_many(net.end[KG].node, 3, 3);
	usleep(700000);
	is(lines_of(KG, "diwan/kg/1 "), 1, "kg has changed its key in a day");
	node_must(net_open(TJ, &e), &e);
	net_sync(TJ, true);
	poke(TJ, KG);
	usleep(400000);
	node_peer_status(net.end[TJ].node, KG, &s);
	is(s.state, PEER_FAILING, "tj, who was away, cannot verify it");
	node_card(net.end[KG].node, &card);
	ok(strcmp(card.vkey, next_log) == 0, "the new card has the new key");
	ok(node_pair(net.end[TJ].node, &card, &e) == ERR_CONFLICT, "which is not taken without a word: %s", e.text);
	card.new_key = true;
	node_must(node_pair(net.end[TJ].node, &card, &e), &e);
	ok(settled(10) && published_of(net.end[TJ].node, KG, NULL) == published_of(net.end[KG].node, KG, NULL),
	    "with its owner's word tj follows again");
}

int
main(void)
{
	home_start();
	for (int m = KZ; m <= UZ; m++)
		net_add(m);
	for (int a = KZ; a <= UZ; a++)
		for (int b = a + 1; b <= UZ; b++)
			net_pair(a, b);
	for (int m = KZ; m <= UZ; m++)
		net_sync(m, true);
	file_many(net.end[KG].node, 10, 10);
	ok(settled(10) && kz_settles(), "four nodes");
	test_begin();
	test_told();
	test_taken_over();
	test_forgotten();
	test_away();
	net_end_all();
	home_end();
	return tap_done();
}
