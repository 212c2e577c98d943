/*
 * Nodes that exchange over memory: everything arrives where it may, receipts are filed and not receipted, lines may fail,
 * members come back.
 */
#include "net.h"

/* ---- the quiet case ---------------------------------------------------------------------------------------------------- */

static void
test_two(void)
{
	struct receipts at_kz, at_kg;
	uint64_t kz, kg;

	net_add(KZ);
	net_add(KG);
	file_many(net.end[KZ].node, 300, 64);
	net_pair(KZ, KG);
	net_sync(KZ, true);
	net_sync(KG, true);
	file_many(net.end[KG].node, 50, 10);
	ok(settled(8), "two nodes come to rest");
	kz = published_of(net.end[KZ].node, KZ, NULL);
	kg = published_of(net.end[KG].node, KG, NULL);
	ok(payloads_of(net.end[KG].node, KZ) == kz && payloads_of(net.end[KZ].node, KG) == kg, "each holds all the "
	    "other's payloads");
	at_kz = receipts_at(KZ, KZ);
	at_kg = receipts_at(KG, KG);
	ok(at_kz.by_member[KG] > 0 && at_kz.covered == 300, "kz has receipts for its 300 records and for nothing else: %d",
	    (int)at_kz.covered);
	ok(at_kg.by_member[KZ] > 0 && at_kg.covered == 50, "kg for its 50: %d", (int)at_kg.covered);
	ok(kz - 300 == (uint64_t)at_kg.by_member[KZ] && kz - 300 <= 10 && kg - 50 <= 10, "receipts themselves are not "
	    "receipted: %d and %d",
	    (int)(kz - 300), (int)(kg - 50));
	is(findings_of(net.end[KZ].node), 0, "kz's store is sound");
	is(findings_of(net.end[KG].node), 0, "kg's store is sound");
}

static void
test_withheld(void)
{
	static const char *const kg[] = { "kg" }, *const both[] = { "kg", "kz" };
	struct draft d = incident_of(KZ);
	struct peer_status s;
	struct err e = { 0 };
	uint64_t size, held;

	d.base = AUD_LIST;
	d.base_arg = NULL;
	d.members = (struct draft_list){ kg, 1 };
	d.delivery = (struct draft_list){ both, 2 };
	node_must(file_draft(net.end[KZ].node, &d, home_body, NULL, &e), &e);
	net_add(UZ);
	net_add(TM);
	net_pair(KZ, UZ);
	net_pair(KG, UZ);
	net_pair(KZ, TM);
	net_sync(UZ, true);
	net_sync(TM, true);
	ok(settled(8), "a third and a fourth join later");
	size = published_of(net.end[KZ].node, KZ, NULL);
	held = payloads_of(net.end[UZ].node, KZ);
	node_peer_status(net.end[UZ].node, KZ, &s);
	ok(s.received == held && s.withheld == size - held && s.state == PEER_CURRENT, "uz counts what it received "
	    "and what was withheld");
	ok(held >= 300 && held < size, "uz holds what is for all parties, not what is for kg or kz alone: %d of %d",
	    (int)held, (int)size);
	is(payloads_of(net.end[TM].node, KZ), receipts_at(TM, TM).covered, "tm, which is no party, holds nothing of kz");
	node_peer_status(net.end[TM].node, KZ, &s);
	is(s.size, size, "but follows its log");
	is(s.refused, 0, "and was sent nothing that it may not have");
}

/* ---- lines that fail ------------------------------------------------------------------------------------------------- */

static bool
all_equal(void)
{
	bool same = true;

	for (int b = KZ; b <= TM; b++) {
		struct buf own = { 0 }, copy = { 0 };

		for (int a = KZ; a <= TM; a++) {
			struct peer_status s;

			if (a == b || net.end[a].node == NULL || net.end[b].node == NULL ||
			    node_peer_status(net.end[a].node, b, &s) != OK || s.state == PEER_UNPAIRED || s.size == 0)
				continue;
			published_of(net.end[b].node, b, &own);
			published_of(net.end[a].node, b, &copy);
			if (own.len != copy.len || memcmp(own.data, copy.data, own.len) != 0) {
				printf("# %s's copy of %s differs\n", party_codes[a], party_codes[b]);
				same = false;
			}
		}
		buf_free(&own);
		buf_free(&copy);
	}
	return same;
}

static void
test_failures(void)
{
	net.bad_percent = 30;
	for (int i = 0; i < 30; i++) {
		file_many(net.end[i % 2 == 0 ? KZ : UZ].node, 7, 7);
		poke(i % 3 == 0 ? KG : UZ, KZ);
		poke(KG, UZ);
		usleep(10000);
	}
	ok(net.spoiled > 20, "%d of %d requests went wrong", (int)net.spoiled, (int)net.requests);
	net.bad_percent = 0;
	ok(settled(10), "the nodes come to rest when the lines are whole again");
	ok(all_equal(), "every copy of every log ends in the same checkpoint");
	for (int m = KZ; m <= TM; m++)
		if (net.end[m].node != NULL)
			is(findings_of(net.end[m].node), 0, "and every store is sound");
}

static void
test_absence(void)
{
	struct peer_status s;
	struct err e = { 0 };

	for (int m = 0; m < NET_NODES; m++)
		net.cut[KG][m] = net.cut[m][KG] = true;
	file_many(net.end[KZ].node, 400, 100);
	poke(KG, KZ);
	usleep(200000);
	node_peer_status(net.end[KG].node, KZ, &s);
	ok(s.state == PEER_FAILING && strstr(s.trouble, "cannot be reached") != NULL, "a member that is cut off knows "
	    "it: %s", s.trouble);
	file_many(net.end[KG].node, 20, 20);
	for (int m = 0; m < NET_NODES; m++)
		net.cut[KG][m] = net.cut[m][KG] = false;
	ok(settled(10) && all_equal(), "when it comes back, both sides catch up");

	net_sync(KG, false);
	file_many(net.end[KZ].node, 30, 30);
	net_sync(KG, true);
	ok(settled(10) && all_equal(), "exchange stopped and started again goes on");

	net_close(KG);
	file_many(net.end[KZ].node, 40, 40);
	node_must(net_open(KG, &e), &e);
	net_sync(KG, true);
	ok(settled(10) && all_equal(), "a node that was shut down catches up");
	is(findings_of(net.end[KG].node), 0, "and is sound");
}

/* An act of kz on ${record}, to the parties. */
static void
act_on(const struct entry_job *record, const char *type)
{
	struct draft d = incident_of(KZ);
	struct err e = { 0 };
	char body[200], id[2 * RECORD_ID_BYTES + 1];

	d.kind = KIND_CONTROL;
	d.channel = NULL;
	d.state = "FILED";
	hex_encode(id, record->id, sizeof record->id);
	snprintf(body, sizeof body, "{\"type\":\"%s\",\"target\":\"%s@1\",\"reason\":\"ORIGINATOR\"}", type, id);
	node_must(file_draft(net.end[KZ].node, &d, body, NULL, &e), &e);
}

/* What was blocked when kg came by, and is not any more, is not lost. */
static void
test_given_later(void)
{
	struct draft d = incident_of(KZ);
	struct entry_job blocked = { 0 };
	struct err e = { 0 };
	struct receipts at_kz;
	uint64_t held;

	at_kz = receipts_at(KZ, KZ);
	net.cut[KG][KZ] = net.cut[KZ][KG] = true;
	node_must(file_draft(net.end[KZ].node, &d, home_body, &blocked, &e), &e);
	act_on(&blocked, "BLOCK");
	net.cut[KG][KZ] = net.cut[KZ][KG] = false;
	ok(settled(10), "kg comes by while a record is blocked");
	held = payloads_of(net.end[KG].node, KZ);
	act_on(&blocked, "UNBLOCK");
	for (int i = 0; i < 100 && payloads_of(net.end[KG].node, KZ) < held + 2; i++) {
		poke(KG, KZ);
		usleep(50000);
	}
	is(payloads_of(net.end[KG].node, KZ), held + 2, "the act that lifts the block arrives, and then the record");
	for (int i = 0; i < 100 && receipts_at(KZ, KZ).covered <= at_kz.covered + 2; i++)
		usleep(50000);
	ok(receipts_at(KZ, KZ).covered >= at_kz.covered + 3, "and kz has a receipt for it too");
	is(findings_of(net.end[KG].node), 0, "kg is sound");
}

int
main(void)
{
	home_start();
	test_two();
	test_withheld();
	test_failures();
	test_absence();
	test_given_later();
	net_end_all();
	home_end();
	return tap_done();
}
