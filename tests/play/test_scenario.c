/* The grammar of scenarios: what is read, and what is refused with which words. */
#include <string.h>

#include "play/block.h"
#include "play/scenario.h"
#include "play/sentence.h"
#include "tap.h"

#define HEAD "play: p\ncharter: c\nstarts: 2018-05-28T09:00:00+05:00\n"

static int
parse(struct arena *a, const char *text, struct scenario *s, struct err *e)
{
	arena_reset(a);
	memset(e, 0, sizeof *e);
	return scenario_parse(a, "s.yaml", text, strlen(text), s, e);
}

static void
reads(void)
{
	static const char text[] = HEAD "members: [kz, kg]\nsteps:\n  - uz goes offline\n"
	    "  - kz files seizure: {kind: incident, to: parties of treaty}\n"
	    "  - expect seizure: {seen by: [kg, tj], waiting for: [uz], hidden from: {tm: G3, ir: any}, receipts: 2}\n"
	    "  - after 30 days\n  - link kz-kg is slow: {delay_ms: 80}\n  - kz is killed while filing: {records: 50, seed: 7}\n"
	    "  - kg files 12 records: {kind: report}\n  - kz files seizure again with: {title: t}\n"
	    "  - expect kz holds exactly 3 payloads of kg\n  - tm may not file x: {kind: report, because: standing}\n";
	struct arena a = { 0 };
	struct scenario s;
	struct err e;

	is(parse(&a, text, &s, &e), OK, "a scenario is read");
	is_str(s.title, "p", "title");
	is_str(s.charter, "c", "charter");
	is(s.starts.offset_min, 300, "the start keeps its offset");
	is(s.members_count, 2, "members");
	is(s.steps_count, 10, "steps");
	is(s.steps[0].what, DO_OFFLINE, "goes offline");
	is_str(s.steps[0].member, "uz", "who");
	is(s.steps[1].what, DO_FILES, "files");
	is_str(s.steps[1].name, "seizure", "what");
	is(s.steps[2].what, DO_EXPECT, "expect");
	is(s.steps[2].expect.seen_count, 2, "seen by two");
	is_str(s.steps[2].expect.waiting_for[0], "uz", "waiting for one");
	is(s.steps[2].expect.hidden_from[0].gate, 3, "hidden by gate 3");
	is(s.steps[2].expect.hidden_from[1].gate, 0, "hidden by any gate");
	is(s.steps[2].expect.receipts, 2, "receipts");
	is((long long)s.steps[3].ms, 30ll * 86400000, "thirty days");
	is(s.steps[4].what, DO_SLOW, "slow link");
	is_str(s.steps[4].other, "kg", "its other end");
	is((long long)s.steps[4].ms, 80, "delay");
	is((long long)s.steps[5].seed, 7, "seed");
	is((long long)s.steps[5].n, 50, "records");
	is(s.steps[6].what, DO_FILES_MANY, "many records");
	is((long long)s.steps[6].n, 12, "how many");
	is(s.steps[7].what, DO_FILES_AGAIN, "next version");
	is(s.steps[8].what, DO_HOLDS_EXACTLY, "holds exactly");
	is_str(s.steps[9].because, "standing", "because");
	arena_free(&a);
}

/* Acts, clones and what must hold of them. */
static void
reads_trust(void)
{
	static const char text[] = HEAD "steps:\n  - kz orders spill deleted: {reason: INACCURATE, text: It was none}\n"
	    "  - expect the ledger of spill: {executed: [kg, tj], kept: uz, late: [tj]}\n"
	    "  - expect the word onions: {kept by: uz, gone from: [kz, kg]}\n  - kz is cloned as kz2\n  - link kz2-uz is cut\n"
	    "  - kz plans a new witness key in 2 weeks\n  - expect nobody is convicted\n"
	    "  - expect kz is convicted: {by: [kg, uz], because: two}\n  - kz2 may not resume: {because: entries}\n"
	    "  - expect spill: {not seen by: [kg], settled: false}\n";
	struct arena a = { 0 };
	struct scenario s;
	struct err e;
	const struct yaml *c;
	size_t count;

	is(parse(&a, text, &s, &e), OK, "a scenario of trust is read");
	is(s.steps[0].what, DO_DELETES, "an order to delete");
	is_str(s.steps[0].name, "spill", "of what");
	is_str(block_text(s.steps[0].params, "text"), "It was none", "its words");
	is_str(block_rows(DO_DELETES, &count)->option, "--reason", "go to an option of the command");
	is((long long)count, 3, "with as many as the block has");
	c = block_first(s.steps[1].params, "executed");
	is_str(c->str, "kg", "the first of a list");
	is_str(block_next(c)->str, "tj", "the second");
	ok(block_next(block_next(c)) == NULL, "and no third");
	c = block_first(s.steps[1].params, "kept");
	is_str(c->str, "uz", "a single word is a list of one");
	ok(block_next(c) == NULL, "the next key of its block is no part of it");
	ok(block_first(s.steps[1].params, "delivered") == NULL, "a list that is not there");
	is_str(s.steps[2].name, "onions", "a word of a text");
	is_str(s.steps[3].name, "kz2", "the name of a clone");
	is_str(s.steps[4].member, "kz2", "its link");
	is_str(s.steps[5].name, "witness", "which key");
	is((long long)s.steps[5].ms, 14ll * 86400000, "in how long");
	is(s.steps[6].what, DO_NO_FORK, "nobody is no member");
	is(s.steps[7].what, DO_CONVICTED, "a member is convicted");
	is_str(s.steps[7].because, "two", "in these words");
	is_str(s.steps[8].because, "entries", "refused with these");
	is_str(s.steps[9].expect.not_seen_by[0], "kg", "not seen by one");
	is(s.steps[9].expect.settled, 0, "not settled");
	is(s.steps[9].expect.receipts, -1, "receipts not asked");
	arena_free(&a);
}

static void
refuses(void)
{
	static const struct {
		const char *text, *words, *name;
	} cases[] = {
		{ "", "s.yaml", "an empty file" },
		{ "play: p\n", "charter", "no charter" },
		{ "play: p\ncharter: c\nstarts: tomorrow\nsteps: [a]\n", "s.yaml:3:9", "starts is an instant, with its place" },
		{ HEAD "clock: fast\nsteps: [kz goes offline]\n", "filings, steps", "an unknown key lists what is allowed" },
		{ HEAD "steps: []\n", "steps", "no steps" },
		{ HEAD "steps:\n  - kz is offline\n", "goes offline", "a sentence unlike any names the nearest" },
		{ HEAD "steps:\n  - kz goes offline: {now: true}\n", "nothing behind it", "a block where none belongs" },
		{ HEAD "steps:\n  - kz files x\n", "needs a block", "a block is missing" },
		{ HEAD "steps:\n  - kz files x: {to: public}\n", "kind", "a filing without kind" },
		{ HEAD "steps:\n  - kz files x: {kind: report, colour: red}\n", "no \"colour\"", "an unknown key of a filing" },
		{ HEAD "steps:\n  - kz files x again with: {kind: report}\n", "keeps its kind", "kind in a later version" },
		{ HEAD "steps:\n  - expect x: {}\n", "what must hold", "an empty expectation" },
		{ HEAD "steps:\n  - expect x: {seen: [kg]}\n", "seen by", "an unknown expectation lists what is allowed" },
		{ HEAD "steps:\n  - expect x: {seen by: [kg, kg]}\n", "twice", "a member named twice" },
		{ HEAD "steps:\n  - expect x: {hidden from: {tm: G15}}\n", "G1 to G14", "no such gate" },
		{ HEAD "steps:\n  - expect x: {receipts: -1}\n", "whole number", "a negative number" },
		{ HEAD "steps:\n  - kz orders x deleted\n", "needs a block", "an order without its block" },
		{ HEAD "steps:\n  - kz orders x deleted: {text: t}\n", "s.yaml:5:", "an order without reason, with its place" },
		{ HEAD "steps:\n  - kz orders x deleted: {text: t}\n", "\"reason\" is missing", "and with what is missing" },
		{ HEAD "steps:\n  - kz orders x deleted: {why: t}\n", "reason, text, due",
		    "an unknown key of an order lists what is allowed" },
		{ HEAD "steps:\n  - kz orders x deleted: {reason: [A, B]}\n", "one line", "a list where one word belongs" },
		{ HEAD "steps:\n  - kz marks x: {}\n", "it may have tlp", "an empty block says what it may have" },
		{ HEAD "steps:\n  - kz recalls x: {reason: R, from: {tj: 1}}\n", "a list of at most",
		    "a map where a list belongs" },
		{ HEAD "steps:\n  - kz recalls x: {reason: R, from: []}\n", "a list of at most", "an empty list" },
		{ HEAD "steps:\n  - kz recalls x: {reason: R, from: [[tj]]}\n", "list of codes", "a list in a list" },
		{ HEAD "steps:\n  - expect the ledger of x: {done: [kg]}\n", "executed, kept",
		    "an unknown state lists those there are" },
		{ HEAD "steps:\n  - expect kz is convicted: {because: b}\n", "\"by\" is missing", "convicted by nobody" },
		{ HEAD "steps:\n  - expect nobody is convicted: {by: [kz]}\n", "nothing behind it", "nobody needs no block" },
		{ HEAD "steps:\n  - expect kz is read only\n", "needs a block", "read only without the reason" },
		{ HEAD "steps:\n  - kz plans a new master key in 7 days\n", "plans a new <key> key", "no such key" },
		{ HEAD "steps:\n  - kz is cloned as KZ\n", "is cloned as <name>", "a clone's name is a name" },
		{ HEAD "steps:\n  - expect x: {settled: maybe}\n", "true or false", "neither true nor false" },
		{ HEAD "steps:\n  - after 3 moons\n", "after <n> <unit>", "no such unit" },
		{ HEAD "steps:\n  - link kz-kz is cut\n", "link <link> is cut", "a link has two ends" },
		{ HEAD "steps:\n  - kz files x: {kind: report}\n    kg files y: {kind: report}\n", "a step is a sentence",
		    "two steps in one" },
		{ HEAD "play: q\nsteps: [kz goes offline]\n", "s.yaml:4:", "a key twice" },
		{ "play: &a p\ncharter: *a\n", "s.yaml:1:", "no anchors" },
		{ HEAD "steps:\n  - !!str kz goes offline\n", "s.yaml:5:", "no tags" },
		{ HEAD "steps: [kz goes offline]\n---\nplay: q\n", "s.yaml:", "one document" },
		{ "play: [\n", "s.yaml:", "broken YAML names its place" },
	};
	struct arena a = { 0 };
	struct scenario s;
	struct err e;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int rc = parse(&a, cases[i].text, &s, &e);

		if (!ok(rc == ERR_INPUT && e.code == rc && strstr(e.text, cases[i].words) != NULL, "refused: %s", cases[i].name))
			printf("#   code %d: %s\n", rc, e.text);
	}
	arena_free(&a);
}

/* Each pattern, with examples put in, is read as itself. */
static void
every_sentence(void)
{
	static const struct {
		const char *variable, *example;
	} put[] = { { "<member>", "kz" }, { "<other>", "kg" }, { "<name>", "seizure" }, { "<n>", "5" }, { "<unit>", "days" },
	    { "<link>", "kz-kg" }, { "<key>", "tls" }, { "<word>", "onions" } };
	struct arena a = { 0 };
	struct yaml at = { .line = 1, .col = 1 };

	for (int k = 0; k < SENTENCE_COUNT; k++) {
		struct step st = { 0 };
		struct err e = { 0 };
		char text[128] = "";
		const char *p = sentence_pattern((enum sentence)k);

		while (*p != '\0') {
			size_t n = strcspn(p, " "), len = strlen(text), i;

			for (i = 0; i < sizeof put / sizeof put[0]; i++)
				if (strlen(put[i].variable) == n && memcmp(put[i].variable, p, n) == 0)
					break;
			snprintf(text + len, sizeof text - len, "%s%.*s", len > 0 ? " " : "",
			    i < sizeof put / sizeof put[0] ? 20 : (int)n, i < sizeof put / sizeof put[0] ? put[i].example : p);
			p += n + (p[n] == ' ');
		}
		sentence_match(&a, "s.yaml", &at, text, &st, &e);
		ok(st.what == (enum sentence)k && e.code == OK, "\"%s\" is understood as \"%s\"", text,
		    sentence_pattern((enum sentence)k));
	}
	arena_free(&a);
}

static void
bounds(void)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct scenario s;
	struct err e;

	for (int i = 0; i < 40; i++)
		buf_str(&b, "[");
	ok(parse(&a, buf_cstr(&b), &s, &e) != OK, "nesting is bounded");
	buf_reset(&b);
	buf_str(&b, HEAD "steps:\n");
	for (unsigned i = 0; i <= SCENARIO_STEPS_MAX; i++)
		buf_str(&b, "  - kz goes offline\n");
	is(parse(&a, buf_cstr(&b), &s, &e), ERR_LIMIT, "steps are bounded");
	buf_reset(&b);
	while (b.len <= TREE_MAX_BYTES)
		buf_str(&b, "# a comment that fills the file, line by line, until it is too long to be read\n");
	ok(parse(&a, buf_cstr(&b), &s, &e) != OK, "size is bounded");
	is(scenario_parse(&a, "s.yaml", "play: \xff", 7, &s, &e), ERR_INPUT, "invalid UTF-8 is refused");
	is(scenario_parse(&a, "s.yaml", "play: a\0b", 9, &s, &e), ERR_INPUT, "NUL is refused");
	is(scenario_load(&a, "/nowhere/s.yaml", &s, &e), ERR_NOTFOUND, "a file that is not there");
	buf_free(&b);
	arena_free(&a);
}

static void
json(void)
{
	static const char text[] = "a: 5\nb: -7\nc: '5'\nd: true\ne: [x, {f: 'true'}]\ng: 007\nh: null\n";
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	const struct yaml *root;
	struct err e;

	is(tree_read(&a, "s.yaml", text, strlen(text), &root, &e), OK, "values are read");
	tree_json(&o, NULL, root);
	is_str(buf_cstr(&b), "{\"a\":5,\"b\":-7,\"c\":\"5\",\"d\":true,\"e\":[\"x\",{\"f\":\"true\"}],\"g\":\"007\",\"h\":null}",
	    "plain scalars have types, quoted ones are text");
	buf_free(&b);
	arena_free(&a);
}

int
main(void)
{
	reads();
	reads_trust();
	refuses();
	every_sentence();
	bounds();
	json();
	return tap_done();
}
