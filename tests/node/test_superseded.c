/* Keys that were announced and came to nothing: a new epoch between, a key file that is gone. */
#include "net.h"

#define BODY "{\"class\":\"GOODS\",\"stage\":\"OCCURRED\",\"when\":{\"aware_at\":\"2019-12-31T10:00:00Z\",\"precision\":\"DAY\"}," \
    "\"response\":[{\"lang\":\"en\",\"text\":\"Two days only.\"}]}"

static struct node_options
options(int who)
{
	return (struct node_options){ .dir = in_home(net.end[who].dir), .clock = &net.end[who].clock, .rng = &rng_system };
}

static void
reopen(int who)
{
	struct err e = { 0 };

	net_close(who);
	node_must(net_open(who, &e), &e);
	net_sync(who, true);
}

/* Housekeeping comes twice a second; then everybody hears of it. */
static bool
later(int64_t ms)
{
	atomic_fetch_add(&home_now_ms, ms);
	usleep(1200000);
	return settled(10);
}

static bool
kg_holds(uint64_t index)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(net.end[KG].node, &e);
	struct payload p;
	bool yes = store_payload_get(r, POS(LOG_NO(KG, 1), index), &p, &e) == OK;

	node_reader_done(net.end[KG].node, r);
	return yes;
}

/* kg announces a next log key. */
static void
announce(char text[VKEY_TEXT_MAX])
{
	struct node_options o = options(KG);
	struct err e = { 0 };
	int64_t from_ms;

	net_close(KG);
	node_must(node_rotate(&o, "log", 7, text, &from_ms, &e), &e);
	node_must(net_open(KG, &e), &e);
	net_sync(KG, true);
	ok(later(0), "kg announces its next log key");
}

/* The file of the announced key is lost before its time: nothing may be switched to what is not there. */
static void
test_lost(void)
{
	struct err e = { 0 };
	struct card own;
	struct draft d;
	struct entry_job record = { 0 };
	char next[VKEY_TEXT_MAX], trouble[256];

	announce(next);
	d = incident_of(KG);
	d.delete_by = node_today(net.end[KG].node) + 2;
	node_must(file_draft(net.end[KG].node, &d, BODY, &record, &e), &e);
	ok(record.rc == OK && kg_holds(record.index), "and files a record for two days");
	net_close(KG);
	is(rename(in_home("kg/keys/log.next.key"), in_home("lost.key")), 0, "its file is lost");
	node_must(net_open(KG, &e), &e);
	net_sync(KG, true);
	later(7 * DAY_MS + 1000);
	node_card(net.end[KG].node, &own);
	ok(strcmp(own.vkey, next) != 0, "when its time has come, kg does not change to it");
	node_trouble(net.end[KG].node, trouble);
	ok(strstr(trouble, "log.next.key") != NULL, "and says why: %s", trouble);
	ok(!kg_holds(record.index), "what has nothing to do with it is done: a record's time is over");
	net_close(KG);
	is(net_open(KG, &e), OK, "kg starts again with its key");
	is(rename(in_home("lost.key"), in_home("kg/keys/log.next.key")), 0, "the file is found");
	reopen(KG);
	ok(later(0), "and with the next start");
	node_card(net.end[KG].node, &own);
	ok(strcmp(own.vkey, next) == 0, "kg changes to it");
	ok(later(7 * DAY_MS + 1000), "a week later the others forget the old one");
}

/* A new epoch, and its card, in the middle of a change: the announced key was of the log that ended. */
static void
test_epoch_between(void)
{
	struct node_options o = options(KG);
	struct err e = { 0 };
	struct card card, kept;
	char next[VKEY_TEXT_MAX];

	announce(next);
	net_close(KG);
	node_must(node_epoch_begin(&o, &e), &e);
	node_must(node_epoch_finish(&o, &card, &e), &e);
	node_must(net_open(KG, &e), &e);
	net_sync(KG, true);
	node_must(node_pair(net.end[KZ].node, &card, &e), &e);
	ok(later(15 * DAY_MS), "kz has the card of kg's new epoch, and two weeks pass");
	node_must(node_peer_card(net.end[KZ].node, KG, &kept, &e), &e);
	ok(strcmp(kept.vkey, card.vkey) == 0, "it is still that card");
	net_close(KZ);
	is(net_open(KZ, &e), OK, "kz starts again");
	if (net.end[KZ].node != NULL)
		net_sync(KZ, true);
	file_many(net.end[KG].node, 3, 3);
	ok(settled(10) && published_of(net.end[KZ].node, KG, NULL) == published_of(net.end[KG].node, KG, NULL), "and follows");
}

int
main(void)
{
	home_start();
	net_add(KZ);
	net_add(KG);
	net_pair(KZ, KG);
	net_sync(KZ, true);
	net_sync(KG, true);
	file_many(net.end[KG].node, 5, 5);
	ok(settled(10), "two nodes");
	test_lost();
	test_epoch_between();
	net_end_all();
	home_end();
	return tap_done();
}
