/*
 * Finding and listing: order, filters, pages, and that neither shows what the viewer may not see.
 */
#include "view/query.h"

#include "base/text.h"

#include "view/filed.h"

static struct filed w;
static int64_t pos[8];

static struct viewer
reader_of(int member, int authority, int purpose)
{
	struct viewer v = officer(member, authority);

	v.purpose = purpose;
	return v;
}

struct seen {
	char text[400];
	struct query_page page;
};

static int
add_seen(void *ctx, struct judged *d)
{
	struct seen *s = ctx;
	size_t used = strlen(s->text);
	char label[LABEL_LEN];

	judge_label(label, &w.j, d->pos);
	snprintf(s->text + used, sizeof s->text - used, "%s:%s ", label, level_word(d->level));
	return 0;
}

/* The list as "a/2:FULL a/1:META ". */
static struct seen
listed(const struct query *q, const struct viewer *v)
{
	struct seen s = { .text = "" };
	struct err e = { 0 };

	must(query_list(&w.j, q, v, SENT + 5, add_seen, &s, &s.page, &e), &e);
	return s;
}

/* a/0 incident; a/1 its version 2; a/2 exercise; a/3 to B alone; b/0 incident a day later; a/4 set aside; b/1 RED. */
static void
fill(void)
{
	static const char *const only_b[] = { "b" }, *const a_b[] = { "a", "b" };
	struct arena a = { 0 };
	struct draft d;

	pos[0] = put_incident(&w, A);
	d = next_version(&w, pos[0], &a);
	pos[1] = put_draft(&w, A, &d, incident_body);
	d = drafted(&w, A, KIND_INCIDENT);
	d.mode = MODE_EXERCISE;
	d.filed_at.ms = (SENT + 2) * DAY_MS;
	pos[2] = put_draft(&w, A, &d, incident_body);
	d = drafted(&w, A, KIND_INCIDENT);
	d.base = AUD_LIST;
	d.base_arg = NULL;
	d.members = (struct draft_list){ only_b, 1 };
	d.delivery = (struct draft_list){ a_b, 2 };
	d.filed_at.ms = (SENT + 3) * DAY_MS;
	pos[3] = put_draft(&w, A, &d, incident_body);
	d = drafted(&w, B, KIND_INCIDENT);
	d.filed_at.ms = (SENT + 4) * DAY_MS;
	pos[4] = put_draft(&w, B, &d, incident_body);
	pos[5] = put_text(&w, A, "{\"diwan\":1,\"kind\":\"frob\"}", 24);
	arena_free(&a);
}

static void
test_order(void)
{
	struct query q = { .kinds = 0 };
	struct viewer mine = reader_of(A, a_police, 1), plain = reader_of(A, a_police, 0);

	is_str(listed(&q, &mine).text, "b/0:FULL a/3:FULL a/1:FULL ", "newest first; replaced, set aside and exercise records not");
	is_str(listed(&q, &plain).text, "b/0:META a/3:META a/1:META ", "without a purpose, envelopes");
	q.all_versions = true;
	is_str(listed(&q, &mine).text, "b/0:FULL a/3:FULL a/1:FULL a/0:FULL ", "with all versions");
	mine.view = VIEW_EXERCISE;
	q.all_versions = false;
	is_str(listed(&q, &mine).text, "a/2:FULL ", "the exercise view shows exercises");
}

static void
test_filters(void)
{
	struct viewer v = reader_of(A, a_police, 1), plain = reader_of(A, a_police, 0);
	struct query q = { .from = B + 1 };

	is_str(listed(&q, &v).text, "b/0:FULL ", "of one member");
	q = (struct query){ .kinds = KIND_BIT(KIND_NOTICE) };
	is_str(listed(&q, &v).text, "", "of a kind that is not there");
	q = (struct query){ .kinds = KIND_BIT(KIND_INCIDENT), .state = "OPEN" };
	is_str(listed(&q, &plain).text, "b/0:META a/3:META a/1:META ", "kind and state are part of META");
	q = (struct query){ .state = "CLOSED" };
	is_str(listed(&q, &v).text, "", "of another state");
	q = (struct query){ .mode = MODE_EXERCISE + 1 };
	is_str(listed(&q, &v).text, "", "a mode that the view does not show");
	q = (struct query){ .channel = "drugs" };
	is_str(listed(&q, &v).text, "", "of a channel that none names");
	q = (struct query){ .since_ms = (SENT + 3) * DAY_MS };
	is_str(listed(&q, &v).text, "b/0:FULL a/3:FULL ", "since");
	q = (struct query){ .until_ms = (SENT + 3) * DAY_MS };
	is_str(listed(&q, &v).text, "a/1:FULL ", "until, which is not in");
	q = (struct query){ .least = LEVEL_FULL };
	is_str(listed(&q, &plain).text, "", "at least FULL");
}

/* What C may not see is in no list of C's, whatever is asked for. */
static void
test_hidden(void)
{
	struct viewer c = reader_of(C, c_police, 1), f = reader_of(F, f_police, 1);
	struct query q = { .all_versions = true };

	is_str(listed(&q, &c).text, "b/0:FULL a/1:FULL a/0:FULL ", "what was sent to B alone is not there for C");
	is_str(listed(&q, &f).text, "", "nothing is there for who is no party");
}

static void
test_pages(void)
{
	struct viewer v = reader_of(A, a_police, 1);
	struct query q = { .all_versions = true, .limit = 3 };
	struct seen s = listed(&q, &v);
	struct err e;

	is_str(s.text, "b/0:FULL a/3:FULL a/1:FULL ", "a page of three");
	ok(s.page.next == pos[1] && s.page.shown == 3, "ends with the place to go on from");
	q.after = s.page.next;
	s = listed(&q, &v);
	is_str(s.text, "a/0:FULL ", "the next page has the rest");
	is(s.page.next, 0, "and is the last");
	q = (struct query){ .all_versions = true, .limit = 4 };
	is(listed(&q, &v).page.next, 0, "a page that is just full and last has no next");
	q.after = POS(1, 999);
	is(query_list(&w.j, &q, &v, SENT, add_seen, &s, &s.page, &e), ERR_NOTFOUND, "a place that is not held");
}

static void
find(const char *name, uint32_t version, int rc, int64_t where, const char *what)
{
	int64_t found = -1;
	struct err e = { 0 };

	is(query_find(&w.j, name, strlen(name), version, &found, &e), rc, what);
	if (rc == OK)
		is(found, where, "where it is");
	else
		ok(e.text[0] != 0, "with a sentence");
}

static void
test_find(void)
{
	static const char id[] = "01000000000000000000000000000001";

	find(id, 0, OK, pos[1], "an id means its newest version");
	find(id, 1, OK, pos[0], "or the one that is named");
	find("01000000000000000000000000000001@1", 0, OK, pos[0], "also with @");
	find(id, 3, ERR_NOTFOUND, 0, "a version that is not there");
	find("01000000000000000000000000000099", 0, ERR_NOTFOUND, 0, "an id that is not there");
	find("a/0", 0, OK, pos[0], "a label means its entry");
	find("a/99", 0, ERR_NOTFOUND, 0, "beyond the log");
	find("zz/0", 0, ERR_NOTFOUND, 0, "no such member");
	find("a/", 0, ERR_INPUT, 0, "a label without a number");
	find("a/01", 0, ERR_INPUT, 0, "a number with a leading zero");
	find("/1", 0, ERR_NOTFOUND, 0, "a label without a member");
	find("a/0", 2, ERR_INPUT, 0, "a label and a version");
	find("0100", 0, ERR_INPUT, 0, "too short for an id");
	find("", 0, ERR_INPUT, 0, "nothing");
}

/* Other members write our ids, and one another's, into their logs. */
static void
test_claims(void)
{
	struct draft d = drafted(&w, B, KIND_INCIDENT);
	int64_t of_b;

	hex_decode(d.id, sizeof d.id, "01000000000000000000000000000001", 32);
	d.seq = 7;
	put_draft(&w, B, &d, incident_body);
	find("01000000000000000000000000000001", 0, OK, pos[1], "our own record, whoever else uses its id");
	hex_decode(d.id, sizeof d.id, "010000000000000000000000000000aa", 32);
	d.seq = 1;
	of_b = put_draft(&w, B, &d, incident_body);
	find("010000000000000000000000000000aa", 0, OK, of_b, "an id that one other member uses");
	d.member = "c";
	d.authority = "c-police";
	put_draft(&w, C, &d, incident_body);
	find("010000000000000000000000000000aa", 0, ERR_CONFLICT, 0, "an id that two others use");
}

static void
test_auditor(void)
{
	struct viewer v = reader_of(A, LAW_NONE, 1);
	struct query q = { .all_versions = true };

	v.role = ROLE_AUDITOR;
	is_str(listed(&q, &v).text, "b/0:META a/3:META a/2:META a/1:META a/0:META ", "an auditor sees the envelope of everything");
}

int
main(void)
{
	world();
	filed_start(&w, A);
	fill();
	test_order();
	test_filters();
	test_hidden();
	test_pages();
	test_find();
	test_auditor();
	test_claims();
	filed_end(&w);
	world_end();
	return tap_done();
}
