/* Dated events: the shipped file, what is refused, and records as filings and events become them. */
#include <string.h>

#include "play/events.h"
#include "play/form.h"
#include "tap.h"

#define HEAD "events: m\nbasis: \"i:1\"\ntexts: {s: {name: A text, lang: en}}\nlist:\n"
#define SOURCE "sources: [{at: \"s:4\", quote: words}]"

static const struct json_limits limits = { 1 << 20, 32, 10000 };

static void
shipped(void)
{
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct events all;
	struct json *root;
	struct err e = { 0 };
	unsigned filings = 0, good = 0;

	if (!ok(events_load(&a, "charters/tashkent-2000.events.yaml", &all, &e) == OK, "the shipped events are read"))
		printf("#   %s\n", e.text);
	is(all.count, 27, "all of them");
	for (uint32_t i = 0; i < all.count; i++)
		for (const char *m = "kz\0kg\0tj\0uz\0tm\0"; *m != '\0'; m += 3)
			if (event_filed_by(&all.list[i], m)) {
				buf_reset(&out);
				event_write(&all, &all.list[i], m, &out);
				filings++;
				good += json_parse(&a, out.data, out.len - 1, &limits, &root, &e) == OK &&
				    json_get(json_get(root, "body"), "sources") != NULL;
			}
	is(filings, 30, "each is filed by one member, the signing by four");
	is(good, filings, "each becomes a record with its sources");
	buf_free(&out);
	arena_free(&a);
}

static void
written(void)
{
	static const char text[] = HEAD "  - {id: a, date: 1999-07, title: A fight, filed by: kg, as: incident SHOOTING, "
	    "to: parties of treaty, channel: incidents, purpose: P05, sides: [these, those], " SOURCE "}\n";
	static const char want[] = "{\"kind\":\"incident\",\"channel\":\"incidents\",\"state\":\"OPEN\","
	    "\"basis\":[{\"instrument\":\"i\",\"article\":\"1\"}],\"purpose\":[\"P05\"],"
	    "\"audience\":{\"base\":\"PARTIES\",\"of\":\"treaty\"},\"tlp\":\"AMBER\",\"pd\":\"NONE\","
	    "\"body\":{\"class\":\"SHOOTING\",\"stage\":\"OCCURRED\",\"title\":[{\"lang\":\"en\",\"text\":\"A fight\"}],"
	    "\"when\":{\"occurred_from\":\"1999-07\"},\"side_a\":\"these\",\"side_b\":\"those\","
	    "\"sources\":[{\"name\":\"A text\",\"id\":\"s:4\",\"line\":4,\"lang\":\"en\",\"quote\":\"words\"}]}}\n";
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct events all;
	struct err e = { 0 };

	is(events_parse(&a, "e.yaml", text, strlen(text), &all, &e), OK, "an event is read");
	ok(event_filed_by(&all.list[0], "kg") && !event_filed_by(&all.list[0], "kz"), "it knows who files it");
	event_write(&all, &all.list[0], "kg", &out);
	is_str(buf_cstr(&out), want, "a partial date stays partial, and the source is whole");
	buf_free(&out);
	arena_free(&a);
}

static void
refused(void)
{
	static const struct {
		const char *row, *words, *name;
	} cases[] = {
		{ "{id: a, title: t, filed by: kz, as: report SITREP, to: public, " SOURCE ", colour: red}", "no \"colour\"",
		    "an unknown key" },
		{ "{id: a, title: t, filed by: kz, as: report SITREP, to: public, sources: []}", "names its sources", "no source" },
		{ "{id: a, title: t, filed by: kz, as: report SITREP, to: public, sources: [{at: \"z:1\", quote: q}]}",
		    "none of the texts",
		    "an unknown text" },
		{ "{id: a, date: soon, title: t, filed by: kz, as: report SITREP, to: public, " SOURCE "}", "a date as known",
		    "no date" },
		{ "{id: a, title: t, filed by: kz, as: incident SHOOTING, to: public, " SOURCE "}", "only a report",
		    "an incident without date" },
		{ "{id: a, title: t, filed by: kz, as: rumour LOUD, to: public, " SOURCE "}", "a kind and its type",
		    "an unknown kind" },
		{ "{id: a, title: t, as: report SITREP, to: public, " SOURCE "}", "filed by", "nobody files it" },
		{ "{id: a, title: t, filed by: kz, as: report SITREP, to: somebody, " SOURCE "}", "to is", "an unknown audience" },
		{ "{id: a, title: t, filed by: kz, as: report SITREP, to: parties of i, " SOURCE "}", "channel",
		    "to the parties without channel" },
		{ "{id: a, title: t, filed by: kz, as: report SITREP, to: public, purpose: P05, " SOURCE "}", "no purpose",
		    "public with a purpose" },
		{ "{id: a, title: t, filed by: kz, as: report SITREP, to: public, took part: [[kz]], " SOURCE "}",
		    "list of words", "lists in lists" },
	};
	struct arena a = { 0 };
	struct events all;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err e = { 0 };
		char text[1000];

		arena_reset(&a);
		snprintf(text, sizeof text, HEAD "  - %s\n", cases[i].row);
		if (!ok(events_parse(&a, "e.yaml", text, strlen(text), &all, &e) == ERR_INPUT && strstr(e.text,
		    cases[i].words) != NULL &&
		    strncmp(e.text, "e.yaml:5:", 9) == 0, "refused with its place: %s", cases[i].name))
			printf("#   %s\n", e.text);
	}
	arena_free(&a);
}

/* ---- filings of scenarios ---- */

static bool
find_one(void *ctx, const char *name, char ref[48])
{
	(void)ctx;
	snprintf(ref, 48, "0123456789abcdef0123456789abcdef@1");
	return strcmp(name, "first") == 0;
}

static int
fill(struct arena *a, const char *first, const char *later, struct buf *out, struct err *e)
{
	static struct registry reg;
	struct form f = { .file = "s.yaml", .reg = &reg, .suffix = "", .now_ms = 0, .find = find_one };

	buf_reset(out);
	if (tree_read(a, "s.yaml", first, strlen(first), &f.block[f.blocks++], e) != OK ||
	    (later != NULL && tree_read(a, "s.yaml", later, strlen(later), &f.block[f.blocks++], e) != OK))
		return e->code;
	return form_write(&f, out, e);
}

static void
forms(void)
{
	static const char shared[] = "{kind: report, to: parties of i, basis: \"i:2\", title: One}";
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct err e = { 0 };

	is(fill(&a, shared, NULL, &out, &e), OK, "a short filing becomes a record");
	is_str(buf_cstr(&out), "{\"kind\":\"report\",\"tlp\":\"AMBER\",\"pd\":\"NONE\",\"purpose\":[\"P13\"],"
	    "\"basis\":[{\"instrument\":\"i\",\"article\":\"2\"}],\"audience\":{\"base\":\"PARTIES\",\"of\":\"i\"},"
	    "\"body\":{\"type\":\"SPOTREP\",\"title\":[{\"lang\":\"en\",\"text\":\"One\"}]}}\n",
	    "with what it says and the form of its kind");
	fill(&a, shared, "{title: Two, to: \"members [kz, uz]\", exclude: [uz], tlp: RED, purpose: [P01, P05]}", &out, &e);
	ok(strstr(buf_cstr(&out), "\"text\":\"Two\"") != NULL && strstr(buf_cstr(&out), "\"purpose\":[\"P01\",\"P05\"]") != NULL &&
	    strstr(buf_cstr(&out), "{\"base\":\"LIST\",\"members\":[\"kz\",\"uz\"],\"exclude\":[\"uz\"]}") != NULL &&
	    strstr(buf_cstr(&out), "\"tlp\":\"RED\"") != NULL, "a later block changes what it says, and only that");
	fill(&a, shared, "{to: public, basis: none, body: {type: SITREP, text: [{lang: en, text: x}]}, title: none}", &out, &e);
	ok(strstr(buf_cstr(&out), "\"basis\":[]") != NULL && strstr(buf_cstr(&out), "\"base\":\"PUBLIC\"") != NULL &&
	    strstr(buf_cstr(&out), "\"tlp\":\"CLEAR\"") != NULL && strstr(buf_cstr(&out), "\"type\":\"SITREP\"") != NULL,
	    "none takes away; the public gets CLEAR; a body keeps what it says");
	fill(&a, shared, "{links: [{to: first, rel: REPLIES}]}", &out, &e);
	ok(strstr(buf_cstr(&out), "\"links\":[{\"ref\":\"0123456789abcdef0123456789abcdef@1\",\"rel\":\"REPLIES\"}]") != NULL,
	    "links go to records by name");
	is(fill(&a, shared, "{links: [{to: second, rel: REPLIES}]}", &out, &e), ERR_INPUT, "an unknown name is refused");
	is(fill(&a, shared, "{basis: treaty}", &out, &e), ERR_INPUT, "a basis without article is refused");
	is(fill(&a, shared, "{to: whom it concerns}", &out, &e), ERR_INPUT, "an unknown audience is refused");
	is(fill(&a, "{to: public}", NULL, &out, &e), ERR_INPUT, "a filing without kind is refused");
	buf_free(&out);
	arena_free(&a);
}

int
main(void)
{
	shipped();
	written();
	refused();
	forms();
	return tap_done();
}
