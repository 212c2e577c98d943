/*
 * What a node owes: deletions that reach everybody who had a record, whatever became of them since; records kept with a reason;
 * recalls; copies that come after their order; a crash between erasing and saying so; days that pass. In the charter of this test
 * uz is suspended from 3 January 2020 on and tj leaves the treaty on the 4th.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "exchange/pull.h"
#include "net.h"
#include "node/duty.h"
#include "view/acts.h"
#include "view/ledger.h"
#include "view/target.h"

#define HOUR_MS INT64_C(3600000)

/* ---- the charter ------------------------------------------------------------------------------------------------------- */

static char *
read_all(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = calloc(1, 65536);

	if (f == NULL || text == NULL || fread(text, 1, 65535, f) == 0) {
		printf("Bail out! cannot read %s\n", path);
		exit(1);
	}
	fclose(f);
	return text;
}

/* The first ${old} after ${from} becomes ${new}. */
static void
replace(char **text, const char *from, const char *old, const char *new)
{
	char *at = strstr(*text, from), *out = calloc(1, strlen(*text) + strlen(new) + 1);

	if (at == NULL || (at = strstr(at, old)) == NULL || out == NULL) {
		printf("Bail out! the charter has no \"%s\"\n", old);
		exit(1);
	}
	memcpy(out, *text, (size_t)(at - *text));
	memcpy(out + (at - *text), new, strlen(new));
	memcpy(out + (at - *text) + strlen(new), at + strlen(old), strlen(at + strlen(old)));
	free(*text);
	*text = out;
}

/* Nodes read the charter by its path below the working folder, which is from here on this test's. */
static void
make_charter(void)
{
	char *text = read_all(CHARTER);
	FILE *f;

	replace(&text, "\n  uz:\n", "status: member\n    from: 2000-04-21\n    source: \"s3:6\"\n",
	    "history: [{status: member, from: 2000-04-21, to: 2020-01-02, source: \"s3:6\"}, {status: suspended, from: 2020-01-03, "
	    "source: \"s3:6\"}]\n");
	replace(&text, "{who: uz, act: ratify", "\n    note:", "\n      - {who: tj, act: withdraw, on: 2020-01-04, source: "
	    "\"s3:6\"}\n"
	    "    withdrawal: {notice: 0 days}\n    note:");
	if (chdir(home_dir) != 0 || mkdir("charters", 0700) != 0 || (f = fopen(CHARTER, "wb")) == NULL) {
		printf("Bail out! cannot make a charter\n");
		exit(1);
	}
	fputs(text, f);
	fclose(f);
	free(text);
}

/* ---- filing ------------------------------------------------------------------------------------------------------------- */

static struct entry_job
filed(int member, const struct draft *d, const char *body)
{
	struct entry_job job = { 0 };
	struct err e = { 0 };

	node_must(file_draft(net.end[member].node, d, body, &job, &e), &e);
	return job;
}

/* An incident of kz whose text has ${word} in it, and an identifier made of it. */
static struct entry_job
incident_with(const char *word, const char *const *members, size_t count, int32_t delete_by)
{
	static const char *const without_tj[] = { "kg", "kz", "uz" };
	struct draft d = incident_of(KZ);
	char body[600];

	if (home_now_ms > START_MS + 3 * 24 * HOUR_MS)
		d.delivery = (struct draft_list){ without_tj, 3 };
	if (members != NULL) {
		d.base = AUD_LIST;
		d.base_arg = NULL;
		d.members = d.delivery = (struct draft_list){ members, count };
	}
	if (delete_by != 0)
		d.delete_by = delete_by;
	snprintf(body, sizeof body, "{\"class\":\"GOODS\",\"stage\":\"OCCURRED\",\"when\":{\"aware_at\":\"2019-12-31T10:00:00Z\","
	    "\"precision\":\"DAY\"},\"ids\":[{\"type\":\"CASE_NO\",\"value\":\"%s-7\"}],"
	    "\"response\":[{\"lang\":\"en\",\"text\":\"We saw %s here.\"}]}",
	    word, word);
	return filed(KZ, &d, body);
}

/* The act of ${member} about ${id}, to whom the law says; ${more}: further members of its body. */
static struct entry_job
act_of_member(int member, const char *type, const uint8_t *id, const char *more)
{
	struct node *n = net.end[member].node;
	struct draft d = incident_of(member);
	struct arena a = { 0 };
	struct err e = { 0 };
	struct store_reader *r = node_reader(n, &e);
	struct judge j = node_judge(n, r);
	const char *to[LAW_MEMBERS_MAX];
	char body[600], hex[2 * RECORD_ID_BYTES + 1];
	struct target t;
	struct mset set;
	struct entry_job job;
	size_t count = 0;

	node_must(target_find(&j, id, &a, &t, &e), &e);
	set = act_audience(act_from(type, strlen(type)), &t.law, member);
	for (int m = mset_next(&set, 0); m >= 0; m = mset_next(&set, m + 1))
		to[count++] = party_codes[m];
	hex_encode(hex, id, RECORD_ID_BYTES);
	snprintf(body, sizeof body, "{\"type\":\"%s\",\"target\":\"%s\"%s}", type, hex, more);
	d.kind = KIND_CONTROL;
	d.channel = NULL;
	d.basis_count = 0;
	d.state = "FILED";
	d.purposes = PURPOSE_BIT(13);
	d.base = AUD_LIST;
	d.base_arg = NULL;
	d.members = d.delivery = (struct draft_list){ to, count };
	job = filed(member, &d, body);
	arena_free(&a);
	node_reader_done(n, r);
	duty_kick(n, DUTY_LOOK);
	return job;
}

/* ---- looking ------------------------------------------------------------------------------------------------------------ */

static bool
holds(int member, int64_t pos)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(net.end[member].node, &e);
	struct payload p;
	int rc = store_payload_get(r, pos, &p, &e);

	node_reader_done(net.end[member].node, r);
	return rc == OK;
}

static bool
erased(int member, int64_t pos, struct erasure *x)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(net.end[member].node, &e);
	int rc = store_erasure_get(r, pos, x, &e);

	node_reader_done(net.end[member].node, r);
	return rc == OK;
}

/* Wait until ${member} does, or does not, hold what stands at ${pos}. */
static bool
comes_to(int member, int64_t pos, bool held)
{
	for (int i = 0; i < 200 && holds(member, pos) != held; i++) {
		for (int b = 0; b < NET_NODES; b++)
			if (b != member && net.end[b].node != NULL)
				poke(member, b);
		usleep(50000);
	}
	return holds(member, pos) == held;
}

struct tally_of {
	const char *type, *by;
	int count;
};

static int
count_act(void *ctx, const struct row *row)
{
	struct tally_of *t = ctx;

	t->count += text_eq(row->v[3].bytes, row->v[3].len, t->type) && text_eq(row->v[4].bytes, row->v[4].len, t->by);
	return 0;
}

/* How many acts ${type} of ${by} about ${id} does ${at} know? */
static int
acts_known(int at, const uint8_t *id, const char *type, int by)
{
	struct row from = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	struct tally_of t = { type, party_codes[by], 0 };
	struct err e = { 0 };
	struct store_reader *r = node_reader(net.end[at].node, &e);

	from.v[0] = val_blob(id, RECORD_ID_BYTES);
	if (store_row_scan(r, &from, 1, 1, false, count_act, &t, &e) < 0)
		t.count = -1;
	node_reader_done(net.end[at].node, r);
	return t.count;
}

static bool
answered(int at, const uint8_t *order, const char *type, int by)
{
	for (int i = 0; i < 200 && acts_known(at, order, type, by) == 0; i++) {
		poke(at, by);
		usleep(50000);
	}
	return acts_known(at, order, type, by) == 1;
}

static enum level
seen_by(int member, int64_t pos, enum role role)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(net.end[member].node, &e);
	struct judge j = node_judge(net.end[member].node, r);
	struct viewer v = { .member = member, .authority = registry_authority(j.reg, competent[member], strlen(competent[member])),
	    .purpose = 1, .role = role };
	struct arena a = { 0 };
	struct judged d;
	enum level l = LEVEL_NONE;

	if (judge_read(&j, pos, &a, &d, &e) == OK)
		l = judge_decide(&j, &d, &v, node_today(net.end[member].node));
	arena_free(&a);
	node_reader_done(net.end[member].node, r);
	return l;
}

/* Does ${word} stand in any file of ${member}'s folder? Its node must be closed. */
static bool
in_files(int member, const char *word)
{
	static const char *const names[] = { "diwan.db", "diwan.db-wal", "diwan.db-shm" };
	bool found = false;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[500];
		struct stat st;
		void *map;
		int fd;

		snprintf(path, sizeof path, "%s/%s", in_home(net.end[member].dir), names[i]);
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
			continue;
		if (fstat(fd, &st) == 0 && st.st_size > 0 &&
		    (map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) != MAP_FAILED) {
			found |= memmem(map, (size_t)st.st_size, word, strlen(word)) != NULL;
			munmap(map, (size_t)st.st_size);
		}
		close(fd);
	}
	return found;
}

static void
close_and_reopen(const char *word, const char *name, unsigned held_by)
{
	static const int all[] = { KZ, KG, TJ, UZ };
	struct err e = { 0 };

	sleep(1);			/* the housekeeping thread tidies twice a second */
	for (size_t i = 0; i < 4; i++)
		net_sync(all[i], false);
	for (size_t i = 0; i < 4; i++)
		net_close(all[i]);
	for (size_t i = 0; i < 4; i++)
		ok(in_files(all[i], word) == ((held_by >> all[i] & 1) != 0), "%s: its words are %s the files of %s", name,
		    held_by >> all[i] & 1 ? "in" : "nowhere in", party_codes[all[i]]);
	for (size_t i = 0; i < 4; i++) {
		node_must(net_open(all[i], &e), &e);
		net_sync(all[i], true);
	}
}

static void
all_sound(const char *name)
{
	for (int m = KZ; m <= UZ; m++)
		ok(findings_of(net.end[m].node) == 0, "%s: %s is sound", name, party_codes[m]);
}

static int64_t
pos_of(int member, const struct entry_job *j)
{
	return POS(node_own_log(net.end[member].node), j->index);
}

/* ---- the cases ---------------------------------------------------------------------------------------------------------- */

static void
start(void)
{
	for (int m = KZ; m <= UZ; m++)
		net_add(m);
	for (int a = KZ; a <= UZ; a++)
		for (int b = a + 1; b <= UZ; b++)
			net_pair(a, b);
	for (int m = KZ; m <= UZ; m++)
		net_sync(m, true);
}

static struct ledger_line
line_of(const struct ledger_act *l, int member)
{
	for (uint32_t i = 0; i < l->lines; i++)
		if (l->line[i].member == member)
			return l->line[i];
	return (struct ledger_line){ .member = LAW_NONE };
}

static void
check_ledger(int64_t order)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(net.end[KZ].node, &e);
	struct judge j = node_judge(net.end[KZ].node, r);
	struct arena a = { 0 };
	struct ledger_act l;

	node_must(ledger_read(&j, order, node_now_ms(net.end[KZ].node), &a, &l, &e), &e);
	ok(l.lines == 3 && l.must == 3 && l.done == 2 && l.kept == 1 && l.late == 0 && l.undelivered == 0 &&
	    l.own_erased_ms != WHEN_NONE,
	    "the ledger of kz: two have deleted, one keeps, none is late, its copy is gone: %u %u %u %u", l.done, l.kept, l.late,
	    l.undelivered);
	ok(line_of(&l, TJ).state == LEDGER_EXECUTED && line_of(&l, UZ).state == LEDGER_EXECUTED &&
	    line_of(&l, KG).state == LEDGER_KEPT &&
	    text_eq(line_of(&l, KG).text.s, line_of(&l, KG).text.len, "Exhibit 12"), "and who has done what, and why not");
	arena_free(&a);
	node_reader_done(net.end[KZ].node, r);
}

/* P8, P9, V06, V19: ordered, kept by one, deleted by all others, the suspended and the former party among them. */
static void
test_deletion(void)
{
	struct entry_job record = incident_with("Zauberwort", NULL, 0, 0), order;
	int64_t pos = pos_of(KZ, &record);
	struct erasure x;

	for (int m = KG; m <= UZ; m++)
		ok(comes_to(m, pos, true), "%s has the record", party_codes[m]);
	ok(settled(10), "all are at rest");
	home_now_ms += 4 * 24 * HOUR_MS;
	ok(seen_by(TJ, pos, ROLE_OFFICER) == LEVEL_FULL && seen_by(UZ, pos, ROLE_OFFICER) == LEVEL_NONE,
	    "tj has left and may keep what it had; uz is suspended");
	order = act_of_member(KZ, "DELETE_ORDER", record.id, ",\"reason\":\"INACCURATE\"");
	ok(settled(10) && acts_known(UZ, record.id, "DELETE_ORDER", KZ) == 1 && acts_known(TJ, record.id, "DELETE_ORDER", KZ) == 1,
	    "V06, V19 the order reaches the suspended member, and the one that has left");
	for (int m = KZ; m <= UZ; m++)
		ok(holds(m, pos) && seen_by(m, pos, ROLE_OFFICER) == LEVEL_NONE, "%s: hidden, not yet erased", party_codes[m]);
	act_of_member(KG, "KEEP_WITH_REASON", order.id,
	    ",\"reason\":\"EVIDENCE\",\"reason_text\":[{\"lang\":\"en\",\"text\":\"Exhibit 12\"}]");
	ok(settled(10), "kg says why it keeps it");
	home_now_ms += 23 * HOUR_MS;
	sleep(1);
	ok(holds(TJ, pos) && holds(KZ, pos), "within the grace period nothing is erased");
	home_now_ms += 2 * HOUR_MS;
	ok(comes_to(KZ, pos, false) && comes_to(TJ, pos, false) && comes_to(UZ, pos, false), "then it is, also at its originator");
	ok(holds(KG, pos) && seen_by(KG, pos, ROLE_OFFICER) == LEVEL_NONE && seen_by(KG, pos, ROLE_REVIEWER) == LEVEL_FULL,
	    "P9 kg keeps it, for its reviewer");
	ok(answered(KZ, order.id, "DELETE_DONE", TJ) && answered(KZ, order.id, "DELETE_DONE", UZ), "P8 tj and uz say so, once");
	ok(acts_known(KZ, order.id, "KEEP_WITH_REASON", KG) == 1 && acts_known(KZ, order.id, "DELETE_DONE", KG) == 0,
	    "P9 and kg that it keeps it");
	ok(erased(TJ, pos, &x) && x.seq == 1 && x.order_pos == pos_of(KZ, &order) && memcmp(x.id, record.id, sizeof x.id) == 0,
	    "what is left of it: where it stood, which it was, by which order");
	check_ledger(pos_of(KZ, &order));
	close_and_reopen("Zauberwort", "deleted", 1u << KG);
	all_sound("after the deletion");
	ok(settled(10) && acts_known(KZ, order.id, "DELETE_DONE", TJ) == 1, "and nobody says it again after a start");
}

static void
test_recall(void)
{
	static const char *const to[] = { "kg", "kz", "tj" };
	struct entry_job record = incident_with("Irrlaeufer", to, 3, 0), recall;
	int64_t pos = pos_of(KZ, &record);

	ok(comes_to(KG, pos, true), "kg has it");
	recall = act_of_member(KZ, "RECALL_WRONG_ADDRESSEE", record.id, ",\"reason\":\"WRONG_ADDRESSEE\",\"members\":[\"kg\"]");
	for (int i = 0; i < 200 && seen_by(KG, pos, ROLE_OFFICER) != LEVEL_NONE; i++) {
		poke(KG, KZ);
		usleep(50000);
	}
	ok(seen_by(KG, pos, ROLE_OFFICER) == LEVEL_NONE && seen_by(KZ, pos, ROLE_OFFICER) == LEVEL_FULL, "kg has lost it");
	ok(settled(10), "the recall has been receipted");
	home_now_ms += 25 * HOUR_MS;
	ok(comes_to(KG, pos, false) && holds(KZ, pos), "and erases it within a day; kz keeps its own");
	ok(answered(KZ, recall.id, "DELETE_DONE", KG), "kg has said so");
}

static uint64_t first_asked;

static int
note_asked(void *ctx, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	const char *from = strstr(path, "from=");

	(void)ctx, (void)max_bytes, (void)status, (void)out;
	if (first_asked == UINT64_MAX && from != NULL)
		first_asked = strtoull(from + 5, NULL, 10);
	return err_set(e, ERR_STOP, "noted");
}

static int
no_gap(void *ctx, uint64_t from, uint64_t to, struct err *e)
{
	(void)ctx, (void)from, (void)to, (void)e;
	return OK;
}

/* The first index from ${from} on that ${who} would ask for again of kz's log; UINT64_MAX: none. */
static uint64_t
asks_again_from(int who, uint64_t from)
{
	struct node *n = net.end[who].node;
	struct err e = { 0 };
	struct pull p = { .mechanism = "tashkent-2000", .member = "kz", .log_no = node_log_no(n, KZ), .get = note_asked };
	uint64_t cursor = from;

	first_asked = UINT64_MAX;
	p.reader = node_reader(n, &e);
	(void)pull_gaps(&p, &cursor, no_gap, NULL, &e);
	node_reader_done(n, p.reader);
	return first_asked;
}

/* The order is there before the record: it is not taken in, and not asked for again. */
static void
test_late(void)
{
	struct entry_job record, order;
	struct erasure x;
	int64_t pos;

	net.cut[KG][KZ] = net.cut[KZ][KG] = true;
	record = incident_with("Nachzuegler", NULL, 0, 0);
	pos = pos_of(KZ, &record);
	order = act_of_member(KZ, "DELETE_ORDER", record.id, ",\"reason\":\"UNLAWFUL\"");
	net.cut[KG][KZ] = net.cut[KZ][KG] = false;
	for (int i = 0; i < 200 && acts_known(KG, record.id, "DELETE_ORDER", KZ) == 0; i++) {
		poke(KG, KZ);
		usleep(50000);
	}
	ok(!holds(KG, pos) && acts_known(KG, record.id, "DELETE_ORDER", KZ) == 1, "kg was away: it has the order, not the record");
	ok(asks_again_from(KG, record.index) == record.index, "which it would ask for again");
	net.generous = KZ;		/* a copy that took another way */
	act_of_member(KZ, "CORRECT", record.id, "");	/* an act: kg asks again for what was withheld */
	for (int i = 0; i < 200 && !erased(KG, pos, &x); i++) {
		poke(KG, KZ);
		usleep(50000);
	}
	ok(!holds(KG, pos) && erased(KG, pos, &x) && x.order_pos == pos_of(KZ, &order), "a copy after its order is not kept");
	net.generous = -1;
	ok(asks_again_from(KG, record.index) > record.index, "nor asked for again");
	ok(settled(10), "all are at rest");
	home_now_ms += 25 * HOUR_MS;
	ok(answered(KZ, order.id, "DELETE_DONE", KG), "and kg confirms the order");
	ok(comes_to(KZ, pos, false), "kz erases its own");
	close_and_reopen("Nachzuegler", "late", 0);
	all_sound("after the late copy");
}

/* Erased, and then the machine went down: it is said once, with the time at which it was. */
static void
test_crash_between(void)
{
	struct entry_job record = incident_with("Zwischenfall", NULL, 0, 0), order;
	struct duty_order o = { 0 };
	struct ledger_line tj;
	struct arena a = { 0 };
	int64_t pos = pos_of(KZ, &record), erased_ms;
	struct store_reader *r;
	struct ledger_act l;
	struct judge j;
	struct err e = { 0 };

	ok(comes_to(KG, pos, true), "kg has a record");
	order = act_of_member(KZ, "DELETE_ORDER", record.id, ",\"reason\":\"ACHIEVED\"");
	ok(settled(10), "and an order to delete it");
	o.pos = pos_of(KZ, &order);
	memcpy(o.id, order.id, sizeof o.id);
	memcpy(o.target, record.id, sizeof o.target);
	erased_ms = node_now_ms(net.end[KG].node);
	node_must(duty_erase(net.end[KG].node, &o, 1, erased_ms, &e), &e);
	ok(o.result == DUTY_ERASED && o.executed_ms == erased_ms && !holds(KG, pos), "erased; down before it says so");
	net_sync(KG, false);
	net_close(KG);
	home_now_ms += 30 * HOUR_MS;
	node_must(net_open(KG, &e), &e);
	net_sync(KG, true);
	ok(answered(KZ, order.id, "DELETE_DONE", KG), "after the start it does");
	r = node_reader(net.end[KZ].node, &e);
	j = node_judge(net.end[KZ].node, r);
	node_must(ledger_read(&j, o.pos, node_now_ms(net.end[KZ].node), &a, &l, &e), &e);
	tj = line_of(&l, KG);
	ok(tj.executed_ms == erased_ms && !tj.late, "with the time at which it was erased");
	node_reader_done(net.end[KZ].node, r);
	arena_free(&a);
	sleep(1);
	is(acts_known(KZ, order.id, "DELETE_DONE", KG), 1, "once");
	is(acts_known(KG, order.id, "DELETE_DONE", KG), 1, "by its own log too");
	node_must(duty_erase(net.end[KG].node, &o, 1, 0, &e), &e);
	is(o.result, DUTY_ANSWERED, "and carries it out no second time");
}

/* A copy of the store from before a deletion that was confirmed is put back: the text goes again, and nobody is told twice. */
static void
test_restored(void)
{
	struct entry_job record = incident_with("Wiederkehr", NULL, 0, 0), order;
	int64_t pos = pos_of(KZ, &record);
	struct guard_status g;
	struct err e = { 0 };
	int rc = ERR_BUSY;

	ok(comes_to(KG, pos, true) && settled(10), "kg has a record");
	net_save(KG, "kg-before.db");
	net_sync(KG, true);
	order = act_of_member(KZ, "DELETE_ORDER", record.id, ",\"reason\":\"ACHIEVED\"");
	ok(settled(10), "and an order to delete it");
	home_now_ms += 25 * HOUR_MS;
	ok(comes_to(KG, pos, false) && answered(KZ, order.id, "DELETE_DONE", KG), "it is erased and confirmed");
	ok(settled(10), "everybody knows");
	net_set_back(KG, "kg-before.db");
	node_must(net_open(KG, &e), &e);
	ok(holds(KG, pos), "the old copy has it again");
	net_sync(KG, true);
	for (int i = 0; i < 100 && rc != OK; i++) {
		usleep(100000);
		node_guard(net.end[KG].node, &g);
		if (g.state != GUARD_OPEN)
			rc = node_resume(net.end[KG].node, &e);
	}
	is(rc, OK, "kg's own entries came back from the others");
	home_now_ms += HOUR_MS;
	for (int i = 0; i < 50 && holds(KG, pos); i++) {
		home_now_ms += 1000;	/* an order whose receipt is not back yet is looked at a second later */
		usleep(200000);
	}
	ok(!holds(KG, pos), "and the record goes once more");
	sleep(1);
	is(acts_known(KZ, order.id, "DELETE_DONE", KG), 1, "which needs no second word");
}

/* V17: nobody has to order what a record says itself. */
static void
test_days(void)
{
	int32_t day = node_today(net.end[KZ].node) + 10;
	struct entry_job record = incident_with("Ablaufdatum", NULL, 0, day);
	int64_t pos = pos_of(KZ, &record);
	struct erasure x = { 0 };

	ok(comes_to(KG, pos, true), "kg has a record with delete_by");
	ok(settled(10), "all are at rest");
	home_now_ms += 10 * 24 * HOUR_MS;
	sleep(1);
	ok(holds(KG, pos) && holds(KZ, pos), "V17 on that day it is still there");
	home_now_ms += 24 * HOUR_MS;
	ok(comes_to(KZ, pos, false) && comes_to(KG, pos, false), "V17 the day after it is gone, at its originator too");
	ok(erased(KG, pos, &x) && x.order_pos == ERASED_RETENTION, "by its own date");
	close_and_reopen("Ablaufdatum", "expired", 0);
	all_sound("after the days");
}

int
main(void)
{
	home_start();
	make_charter();
	start();
	test_deletion();
	test_recall();
	test_late();
	test_crash_between();
	test_restored();
	test_days();
	net_end_all();
	home_end();
	return tap_done();
}
