/* What a peer does wrong hurts nobody but itself: three nodes over memory, one of which misbehaves in turn. */
#include "net.h"

static void
start(void)
{
	for (int m = KZ; m <= UZ; m++)
		if (m != TJ)
			net_add(m);
	net_pair(KZ, KG);
	net_pair(KZ, UZ);
	net_pair(KG, UZ);
	for (int m = KZ; m <= UZ; m++)
		if (m != TJ) {
			file_many(net.end[m].node, 20, 20);
			net_sync(m, true);
		}
	ok(settled(8), "three nodes come to rest");
}

/* ---- peers that do wrong ----------------------------------------------------------------------------------------------- */

static void
test_generous(void)
{
	static const char *const kg[] = { "kg" }, *const both[] = { "kg", "kz" };
	struct draft d = incident_of(KZ);
	struct peer_status s;
	struct entry_job job;
	struct payload p;
	struct store_reader *r;
	struct err e = { 0 };
	int rc;

	net.generous = KZ;
	d.base = AUD_LIST;
	d.base_arg = NULL;
	d.members = (struct draft_list){ kg, 1 };
	d.delivery = (struct draft_list){ both, 2 };
	node_must(file_draft(net.end[KZ].node, &d, home_body, &job, &e), &e);
	ok(settled(8), "a peer gives what it should withhold");
	node_peer_status(net.end[UZ].node, KZ, &s);
	ok(s.refused > 0, "uz counts it as refused: %d", (int)s.refused);
	r = node_reader(net.end[UZ].node, &e);
	rc = store_payload_get(r, POS(LOG_NO(KZ, 1), job.index), &p, &e);
	node_reader_done(net.end[UZ].node, r);
	is(rc, ERR_NOTFOUND, "and does not keep it");
	net.generous = -1;
}

/* kg writes under an id of kz's: that must not keep kz from going on with its own record. */
static void
test_foreign_id(void)
{
	struct draft d = incident_of(KZ), theirs = incident_of(KG);
	struct store_reader *r;
	struct payload p;
	struct digest c;
	struct entry_job job;
	struct err e = { 0 };

	net.cut[KG][KZ] = true;		/* its honest node would refuse the id if it knew */
	node_must(file_draft(net.end[KZ].node, &d, home_body, &job, &e), &e);
	memcpy(theirs.id, d.id, sizeof d.id);
	node_must(file_draft(net.end[KG].node, &theirs, home_body, NULL, &e), &e);
	r = node_reader(net.end[KG].node, &e);
	node_must(store_payload_get(r, POS(LOG_NO(KG, 1), published_of(net.end[KG].node, KG, NULL) - 1), &p, &e), &e);
	entry_commit(&c, p.nonce, p.bytes, p.len);
	node_reader_done(net.end[KG].node, r);
	theirs.seq = 2;
	memcpy(theirs.prev, c.b, sizeof theirs.prev);
	node_must(file_draft(net.end[KG].node, &theirs, home_body, NULL, &e), &e);
	for (int i = 0; i < 100 && !caught_up(KZ, KG); i++) {
		poke(KZ, KG);
		usleep(20000);
	}
	ok(caught_up(KZ, KG), "kz holds kg's versions 1 and 2 under the id of its own record");
	r = node_reader(net.end[KZ].node, &e);
	node_must(store_payload_get(r, POS(LOG_NO(KZ, 1), job.index), &p, &e), &e);
	entry_commit(&c, p.nonce, p.bytes, p.len);
	node_reader_done(net.end[KZ].node, r);
	d.seq = 2;
	memcpy(d.prev, c.b, sizeof d.prev);
	is(file_draft(net.end[KZ].node, &d, home_body, NULL, &e), OK, "kz files version 2 of its record all the same");
	net.cut[KG][KZ] = false;
}

/* kg "receipts" its own log far into the future, in a record that kz gets. Kz must not believe that it has receipted. */
static void
test_forged_receipt(void)
{
	static const char *const both[] = { "kg", "kz" }, *const kz[] = { "kz" };
	static const char body[] = "{\"type\":\"RECEIPT\",\"log\":{\"member\":\"kg\"},\"ranges\":[[0,999999]],"
	    "\"received_at\":\"2019-12-31T10:00:00Z\"}";
	struct draft d = incident_of(KG);
	struct receipts before, after;
	struct err e = { 0 };

	d.kind = KIND_CONTROL;
	d.state = "FILED";
	d.purposes = PURPOSE_BIT(13);
	d.channel = NULL;
	d.base = AUD_LIST;
	d.base_arg = NULL;
	d.members = (struct draft_list){ kz, 1 };
	d.delivery = (struct draft_list){ both, 2 };
	node_must(file_draft(net.end[KG].node, &d, body, NULL, &e), &e);
	ok(settled(8), "a receipt by the wrong member arrives");
	net_close(KZ);
	node_must(net_open(KZ, &e), &e);
	net_sync(KZ, true);
	before = receipts_at(KG, KG);
	file_many(net.end[KG].node, 5, 5);
	ok(settled(8), "kz starts again, kg files five more");
	after = receipts_at(KG, KG);
	ok(after.by_member[KZ] > before.by_member[KZ], "kz sends receipts as before");
}

/* A peer may write any date into its records. */
static void
test_future(void)
{
	struct err e = { 0 };

	atomic_store(&net.end[KZ].ahead_ms, 400 * DAY_MS);
	{
		struct draft d = incident_of(KZ);

		d.filed_at.ms += 400 * DAY_MS;
		node_must(file_draft(net.end[KZ].node, &d, home_body, NULL, &e), &e);
	}
	ok(settled(8), "kz files a record dated a year from now");
	net_close(KG);
	is(net_open(KG, &e), OK, "kg starts again all the same");
	net_sync(KG, true);
	atomic_store(&net.end[KZ].ahead_ms, 0);
}

/* ---- two histories ------------------------------------------------------------------------------------------------------ */

static int
count_fork(void *ctx, int member, uint32_t epoch, int64_t found_ms, const struct buf *proof)
{
	(void)found_ms;
	*(int *)ctx += member == UZ && epoch == 1 && proof->len > 300;
	return 0;
}

/* How many proofs against uz are kept at ${who}. */
static int
proofs(int who)
{
	struct err e = { 0 };
	int count = 0;

	node_must(node_forks(net.end[who].node, count_fork, &count, &e), &e);
	return count;
}

static void
test_fork(void)
{
	struct peer_status s;
	struct err e = { 0 };
	uint64_t held;

	/* uz goes on from an old copy of its store, as after a restored backup, and signs another history. */
	net_close(UZ);
	copy_file(in_home("uz/diwan.db"), in_home("old.db"));
	node_must(net_open(UZ, &e), &e);
	net_sync(UZ, true);
	file_many(net.end[UZ].node, 1, 1);
	ok(settled(8), "uz files a record");
	net_close(UZ);
	unlink(in_home("uz/diwan.db"));
	copy_file(in_home("old.db"), in_home("uz/diwan.db"));
	node_must(net_open(UZ, &e), &e);
	held = published_of(net.end[KZ].node, UZ, NULL);
	poke(KZ, UZ);
	usleep(300000);
	node_peer_status(net.end[KZ].node, UZ, &s);
	ok(s.size == held && strstr(s.trouble, "older tree") != NULL, "its older tree is noticed: %s", s.trouble);
	while (published_of(net.end[UZ].node, UZ, NULL) < held)
		file_many(net.end[UZ].node, 1, 1);
	for (int i = 0; i < 100 && s.state != PEER_FROZEN; i++) {
		poke(KZ, UZ);
		usleep(30000);
		node_peer_status(net.end[KZ].node, UZ, &s);
	}
	is(s.state, PEER_FROZEN, "the same size with another root: its log is frozen");
	is(proofs(KZ), 1, "the proof is kept");
	file_many(net.end[UZ].node, 3, 3);
	poke(KZ, UZ);
	usleep(200000);
	node_peer_status(net.end[KZ].node, UZ, &s);
	ok(s.state == PEER_FROZEN && s.size == held && strstr(s.trouble, "frozen") != NULL, "nothing more of it is "
	    "taken: %s", s.trouble);
	net_close(KZ);
	node_must(net_open(KZ, &e), &e);
	net_sync(KZ, true);
	node_peer_status(net.end[KZ].node, UZ, &s);
	ok(s.state == PEER_FROZEN && s.size == held, "nor after a restart");
	file_many(net.end[KZ].node, 3, 3);
	for (int i = 0; i < 100 && !caught_up(KG, KZ); i++) {
		poke(KG, KZ);
		usleep(30000);
	}
	ok(caught_up(KG, KZ), "and everybody else goes on");
}

int
main(void)
{
	home_start();
	start();
	test_generous();
	test_foreign_id();
	test_forged_receipt();
	test_future();
	test_fork();
	net_end_all();
	home_end();
	return tap_done();
}
