/*
 * What leaves the node: for each record and each asking member, a payload or a withheld index,
 on the visibility function's word; and
 * the tally that says by which gate.
 */
#include "exchange/release.h"

#include "view/filed.h"

static struct filed w;

struct line {				/* one entry of A's log and the members that get it on the day after SENT */
	const char *what, *given;
};
static struct line line[64];
static size_t lines;

static int64_t
expect(const char *what, const char *given, int64_t pos)
{
	if (POS_INDEX(pos) != lines || lines == sizeof line / sizeof line[0]) {
		printf("Bail out! the records of this test are out of order\n");
		exit(1);
	}
	line[lines++] = (struct line){ what, given };
	return pos;
}

/* ---- the log -------------------------------------------------------------------------------------------------------------- */

static const char *const code_list[] = { "a", "b", "c", "d", "e", "f" };

static void
fill_audiences(void)
{
	static const char *const a_b[] = { "a", "b" }, *const a_c[] = { "a", "c" }, *const only_b[] = { "b" };
	static const struct draft_basis on_statute = { .instrument = "statute", .article = "1" };
	struct draft d;

	expect("to the parties", "ABC", put_incident(&w, A));
	d = drafted(&w, A, KIND_INCIDENT);
	d.exclude = (struct draft_list){ only_b, 1 };
	d.delivery = (struct draft_list){ a_c, 2 };
	expect("to the parties without B", "AC", put_draft(&w, A, &d, incident_body));
	d = drafted(&w, A, KIND_INCIDENT);
	d.base = AUD_LIST;
	d.base_arg = NULL;
	d.members = (struct draft_list){ only_b, 1 };
	d.delivery = (struct draft_list){ a_b, 2 };
	expect("to B alone", "AB", put_draft(&w, A, &d, incident_body));
	d = drafted(&w, A, KIND_INCIDENT);
	d.base = AUD_ALL_MEMBERS;
	d.base_arg = NULL;
	d.basis = &on_statute;
	d.delivery = (struct draft_list){ code_list, 4 };
	expect("to all members under the statute, the suspended one not among them", "ABCD", put_draft(&w, A, &d, incident_body));
	d = drafted(&w, A, KIND_INCIDENT);
	d.base = AUD_PUBLIC;
	d.base_arg = NULL;
	d.delivery = (struct draft_list){ code_list, 6 };
	d.tlp = d.pap = TLP_CLEAR;
	expect("to the public", "ABCDEF", put_draft(&w, A, &d, incident_body));
	d = drafted(&w, A, KIND_INCIDENT);
	d.mode = MODE_EXERCISE;
	expect("an exercise: the receiving node shows it in its exercise view", "ABC", put_draft(&w, A, &d, incident_body));
	d = drafted(&w, A, KIND_INCIDENT);
	d.class_level = 2;
	d.class_label = "secret";
	d.class_mapping = "sec";
	expect("classified, under the agreement of A and B", "AB", put_draft(&w, A, &d, incident_body));
	d = drafted(&w, A, KIND_INCIDENT);
	d.tlp = d.pap = TLP_RED;
	expect("RED: the receiving node shows it to nobody who is not named", "ABC", put_draft(&w, A, &d, incident_body));
	d = drafted(&w, A, KIND_INCIDENT);
	d.delete_by = SENT;
	expect("to be deleted by the day before", "", put_draft(&w, A, &d, incident_body));
}

static void
fill_versions(void)
{
	static const char *const a_c[] = { "a", "c" }, *const only_b[] = { "b" };
	struct arena a = { 0 };
	struct draft d;
	int64_t v1 = expect("superseded by a version without B", "AC", put_incident(&w, A));

	d = next_version(&w, v1, &a);
	d.exclude = (struct draft_list){ only_b, 1 };
	d.delivery = (struct draft_list){ a_c, 2 };
	expect("that version", "AC", put_draft(&w, A, &d, incident_body));
	v1 = expect("superseded by a RED version", "ABC", put_incident(&w, A));
	d = next_version(&w, v1, &a);
	d.tlp = d.pap = TLP_RED;
	expect("that version", "ABC", put_draft(&w, A, &d, incident_body));
	v1 = expect("superseded by a classified version", "AB", put_incident(&w, A));
	d = next_version(&w, v1, &a);
	d.class_level = 1;
	d.class_label = "secret";
	d.class_mapping = "sec";
	expect("that version", "AB", put_draft(&w, A, &d, incident_body));
	arena_free(&a);
}

static void
fill_acts(void)
{
	static const char garbled[] = "{\"diwan\":1,\"kind\":\"telegram\"}";
	struct err e = { 0 };
	int64_t pos;

	pos = expect("blocked", "A", put_incident(&w, A));
	expect("the act that blocks it", "ABC", put_act(&w, A, "BLOCK", pos, ",\"reason\":\"PROCEDURE\""));
	pos = expect("withdrawn", "", put_incident(&w, A));
	expect("the act that withdraws it", "ABC", put_act(&w, A, "WITHDRAW", pos, ""));
	pos = expect("ordered to be deleted", "", put_incident(&w, A));
	expect("the order", "ABC", put_act(&w, A, "DELETE_ORDER", pos, ",\"reason\":\"INACCURATE\""));
	pos = expect("restricted to another purpose", "", put_incident(&w, A));
	expect("the restriction", "ABC", put_act(&w, A, "RESTRICT", pos, ",\"reason\":\"CONTESTED\",\"purposes\":[\"P13\"]"));
	pos = expect("contested", "ABC", put_incident(&w, A));
	expect("by its originator", "ABC", put_act(&w, A, "CONTEST_FLAG", pos, ",\"reason\":\"CONTESTED\""));
	expect("a kind that this version does not know", "", put_text(&w, A, garbled, sizeof garbled - 1));
	pos = expect("erased", "", put_incident(&w, A));
	must(store_begin(w.s, &e), &e);
	must(fold_forget(w.s, pos, &e), &e);
	must(store_payload_erase(w.s, &(struct erasure){ .pos = pos, .order_pos = ERASED_LOCAL }, &e), &e);
	must(store_commit(w.s, &e), &e);
	expect("the last one", "ABC", put_incident(&w, A));
}

/* ---- reading a stream ------------------------------------------------------------------------------------------------ */

struct got {
	int rc;
	struct err e;
	bool given[1000], exact;	/* exact: nonce and bytes are those of the store */
	uint64_t next, payloads;
	size_t bytes;
};

static struct got
release(int member, uint64_t from, uint64_t to, bool compress)
{
	struct got g = { .exact = true, .next = from };
	struct frame_reader r;
	struct frame_item item;
	struct payload p;
	struct buf out = { 0 };

	g.rc = release_payloads(&w.j, &w.log[A], member, from, to, SENT + 1, compress, &out, &g.e);
	g.bytes = out.len;
	if (g.rc == OK && (g.rc = frame_open(&r, out.data, out.len, from, to, &g.e)) == OK) {
		while ((g.rc = frame_next(&r, &item, &g.e)) == 1) {
			g.next = item.last + 1;
			if (item.nonce == NULL)
				continue;
			g.payloads++;
			g.given[item.first % 1000] = true;
			g.exact = g.exact && store_payload_get(w.j.reader, POS(1, item.first), &p,
			    &g.e) == OK && p.len == item.len &&
			    memcmp(p.bytes, item.bytes, p.len) == 0 && memcmp(p.nonce, item.nonce, 32) == 0;
		}
		g.exact = g.exact && r.ended;
		frame_close(&r);
	}
	buf_free(&out);
	return g;
}

static void
test_lines(void)
{
	struct got g[6];
	char names[8];

	for (int m = A; m <= F; m++) {
		g[m] = release(m, 0, lines, m % 2);
		ok(g[m].rc == 0 && g[m].exact && g[m].next == lines, "the stream for %s covers the log, bytes as "
		    "filed", all_codes[m]);
	}
	for (size_t i = 0; i < lines; i++) {
		size_t n = 0;

		for (int m = A; m <= F; m++)
			if (g[m].given[i])
				names[n++] = (char)('A' + m);
		names[n] = '\0';
		ok(strcmp(names, line[i].given) == 0, "%s: given to \"%s\", for \"%s\"", line[i].what, names, line[i].given);
	}
}

/* Any part of the log gives what the whole gives there. */
static void
test_parts(void)
{
	struct got whole = release(B, 0, lines, false);
	int bad = 0;

	for (uint64_t from = 0; from <= lines; from += 3)
		for (uint64_t to = from; to <= lines; to++) {
			struct got g = release(B, from, to, false);

			bad += g.rc != 0 || !g.exact || g.next != to;
			for (uint64_t i = 0; i < lines; i++)
				bad += g.given[i] != (i >= from && i < to && whole.given[i]);
		}
	is(bad, 0, "every part of the log");
	is(release(B, 0, lines + 1, false).rc, ERR_INPUT, "past the end of the log: refused");
	is(release(B, 2, 1, false).rc, ERR_INPUT, "backwards: refused");
	is(release(B, UINT64_MAX, UINT64_MAX, false).rc, ERR_INPUT, "far past the end: refused");
	is(release(LAW_NONE, 0, lines, false).payloads, 0, "nobody gets nothing, not even what is public");
	is(release(77, 0, lines, false).payloads, 0, "nor does a member that the register does not have");
}

/* ---- the tally ------------------------------------------------------------------------------------------------------------ */

static void
test_tally(void)
{
	struct tally t[6];
	struct err e = { 0 };

	for (int m = A; m <= F; m++) {
		uint64_t sum;

		is(release_tally(&w.j, &w.log[A], m, SENT + 1, &t[m], &e), OK, "the tally is made");
		sum = t[m].given;
		for (int gate = 0; gate < 15; gate++)
			sum += t[m].gate[gate];
		is(sum, lines - 1, "it counts every payload that is held once");
		is(t[m].given, release(m, 0, lines, false).payloads, "and as given what is given");
	}
	is(t[B].gate[0], 1, "B: one not understood (gate 0)");
	is(t[B].gate[2], 3, "B: three by state: blocked, withdrawn, deleted (G2)");
	is(t[B].gate[3], 3, "B: three by audience: two without B, and what the later of them binds (G3)");
	is(t[B].gate[6], 0, "B: none by class (G6)");
	is(t[C].gate[6], 3, "C: three by class: two classified, and what the later of them binds (G6)");
	is(t[B].gate[11], 1, "B: one restricted (G11)");
	is(t[B].gate[13], 1, "B: one past its day of deletion (G13)");
	is(t[E].given, 1, "E: what is public");
	ok(t[D].gate[3] > 15 && t[D].given == 2, "D: withheld by audience, %d of them", (int)t[D].gate[3]);
}

/* ---- a stream that is full ------------------------------------------------------------------------------------------- */

static void
test_full(void)
{
	static char text[200 * 1024];
	struct draft d = drafted(&w, A, KIND_INCIDENT);
	size_t n = (size_t)snprintf(text, sizeof text, "{\"class\":\"GOODS\",\"stage\":\"OCCURRED\",\"when\":{\"aware_at\":"
	    "\"2024-10-04T10:00:00Z\",\"precision\":\"DAY\"},\"response\":[{\"lang\":\"en\",\"text\":\"");
	uint64_t from = 0, streams = 0, given = 0, first = w.log[A].size, largest = 0;

	memset(text + n, 'x', 59000);
	memcpy(text + n + 59000, "\"}]}", 5);
	for (int i = 0; i < 200; i++) {
		d.id[3] = (uint8_t)(i + 1);
		put_draft(&w, A, &d, text);
	}
	for (from = first; from < w.log[A].size && streams < 10; streams++) {
		struct got g = release(C, from, w.log[A].size, false);

		if (g.rc != 0 || g.next <= from || !g.exact)
			break;
		given += g.payloads;
		largest = g.bytes > largest ? g.bytes : largest;
		from = g.next;
	}
	ok(from == w.log[A].size && given == 200 && streams == 2, "12 MB come in %d streams", (int)streams);
	ok(largest <= FRAME_STREAM_MAX && largest >= FRAME_STREAM_BYTES, "the largest has %d bytes", (int)largest);
}

/* A log that is not the node's own: nobody asks for it through this door, but it must not leak either. */
static void
test_empty(void)
{
	struct buf out = { 0 };
	struct err e = { 0 };

	is(release_payloads(&w.j, &w.log[D], B, 0, 0, SENT + 1, true, &out, &e), OK, "nothing of an empty log");
	is(out.len, 20 + 9, "is a head and an end");
	buf_free(&out);
}

int
main(void)
{
	world();
	filed_start(&w, A);
	fill_audiences();
	fill_versions();
	fill_acts();
	test_lines();
	test_parts();
	test_tally();
	test_empty();
	test_full();
	filed_end(&w);
	world_end();
	return tap_done();
}
