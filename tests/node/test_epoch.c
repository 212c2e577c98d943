/* A new epoch: a log ends, another with a new key takes its place, and what was held of the old one stays readable. */
#include "net.h"
#include "view/query.h"

static struct card new_card;

/* The payload of kg's entry that a label names, as ${who} holds it. */
static bool
has(int who, const char *label)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(net.end[who].node, &e);
	struct judge j = node_judge(net.end[who].node, r);
	struct payload p;
	char back[LABEL_LEN] = "";
	int64_t pos = 0;
	bool yes = query_find(&j, label, strlen(label), 0, &pos, &e) == OK && store_payload_get(r, pos, &p, &e) == OK;

	if (yes)
		judge_label(back, &j, pos);
	node_reader_done(net.end[who].node, r);
	return yes && strcmp(back, label) == 0;
}

static void
test_before(void)
{
	for (int m = KZ; m <= TJ; m++)
		net_add(m);
	net_pair(KZ, KG);
	net_pair(KZ, TJ);
	net_pair(KG, TJ);
	for (int m = KZ; m <= TJ; m++) {
		file_many(net.end[m].node, 300, 100);
		net_sync(m, true);
	}
	ok(settled(10) && has(KZ, "kg/17") && !has(KZ, "kg/2/0"), "three nodes with one epoch each");
}

static void
test_begin(void)
{
	struct node_options o = { .dir = in_home(net.end[KG].dir), .clock = &net.end[KG].clock, .rng = &rng_system };
	struct card again;
	struct err e = { 0 };
	struct node *n = NULL;

	ok(node_epoch_begin(&o, &e) == ERR_BUSY, "not while the node runs: %s", e.text);
	net_close(KG);
	node_must(node_epoch_begin(&o, &e), &e);
	ok(net_open(KG, &e) == ERR_CONFLICT, "a node with an epoch half begun does not start: %s", e.text);
	node_must(node_epoch_begin(&o, &e), &e);
	node_must(node_epoch_finish(&o, &new_card, &e), &e);
	ok(strstr(new_card.vkey, ".diwan/kg/2+") != NULL, "the new card names the second log: %.40s", new_card.vkey);
	node_must(net_open(KG, &e), &e);
	node_card(net.end[KG].node, &again);
	is_str(again.vkey, new_card.vkey, "the node goes on with it");
	is(published_of(net.end[KG].node, KG, NULL), 1, "its first entry is there");
	ok(has(KG, "kg/2/0") && has(KG, "kg/17"), "and the old ones can still be read");
	(void)n;
}

static void
test_unaccepted(void)
{
	uint64_t held = published_of(net.end[KZ].node, KG, NULL);
	struct peer_status s;

	net_sync(KG, true);
	file_many(net.end[KG].node, 5, 5);
	poke(KZ, KG);
	usleep(300000);
	node_peer_status(net.end[KZ].node, KG, &s);
	ok(s.size == held && s.state == PEER_FAILING, "nobody follows it before its card is accepted: %s", s.trouble);
}

static void
test_accept(void)
{
	struct card old;
	struct err e = { 0 };

	node_must(node_peer_card(net.end[KZ].node, KG, &old, &e), &e);
	node_must(node_pair(net.end[KZ].node, &new_card, &e), &e);
	node_must(node_pair(net.end[TJ].node, &new_card, &e), &e);
	ok(node_pair(net.end[KZ].node, &old, &e) == ERR_INPUT, "the old card is refused then: %s", e.text);
	ok(settled(10), "everybody follows the new log");
	is(published_of(net.end[KZ].node, KG, NULL), published_of(net.end[KG].node, KG, NULL), "all of it");
	ok(has(KZ, "kg/2/0") && has(KZ, "kg/2/3") && has(KZ, "kg/17") && has(TJ, "kg/2/3"), "entries of both logs are held");
	ok(receipts_at(KG, KG).by_member[KZ] > 0, "receipts come for the old");
}

static int
count_new(void *ctx, const struct row *row)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

static void
count_finding(void *ctx, const char *text)
{
	(void)ctx;
	printf("# finding: %s\n", text);
}

static void
test_after(void)
{
	struct row from = { .table = T_RECEIPT, .cols = 6 };
	struct err e = { 0 };
	struct store_reader *r;
	uint64_t findings = 0;
	int receipts = 0;

	ok(settled(10), "they come to rest");
	r = node_reader(net.end[KG].node, &e);
	from.v[0] = val_int(LOG_NO(KG, 2));
	node_must(store_row_scan(r, &from, 1, 1, false, count_new, &receipts, &e), &e);
	node_reader_done(net.end[KG].node, r);
	ok(receipts >= 2, "receipts for the second log name it");
	node_must(node_check(net.end[KZ].node, count_finding, NULL, NULL, &findings, &e), &e);
	is(findings, 0, "and everything checks");
	net_close(KZ);
	node_must(net_open(KZ, &e), &e);
	net_sync(KZ, true);
	file_many(net.end[KG].node, 5, 5);
	ok(settled(10) && published_of(net.end[KZ].node, KG, NULL) == published_of(net.end[KG].node, KG, NULL),
	    "after a restart the second log is followed");
}

int
main(void)
{
	home_start();
	test_before();
	test_begin();
	test_unaccepted();
	test_accept();
	test_after();
	net_end_all();
	home_end();
	return tap_done();
}
