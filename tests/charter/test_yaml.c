/* The strict part of YAML that charters are written in: shapes, positions, what is refused and where. */
#include <string.h>

#include "charter/yaml.h"
#include "tap.h"

static struct arena mem;
static struct complaints c;

static struct yaml *
read_text(const char *s)
{
	struct yaml *root = NULL;

	memset(&c, 0, sizeof c);
	c.file = "t";
	yaml_read(&mem, s, strlen(s), 10000, &c, &root);
	return root;
}

static void
refused(const char *text, const char *rule, uint32_t line, uint32_t col, const char *name)
{
	read_text(text);
	if (!ok(c.count > 0 && strcmp(c.list[0].rule, rule) == 0 && c.list[0].line == line && c.list[0].col == col,
	    "%s", name))
		printf("#   %u:%u %s [%s]\n", c.list[0].line, c.list[0].col, c.list[0].text, c.list[0].rule);
}

static void
shapes(void)
{
	const struct yaml *y = read_text("a: 1\nin force: {when: x, n: [p, 'q', \"r\"]}\nfa: دیوان\nno: ~\nn: '~'\n");

	ok(y != NULL && y->type == YAML_MAP && y->count == 5, "a map of five");
	is_str(yaml_get(y, "a")->str, "1", "a number stays text");
	is_str(yaml_get(yaml_get(y, "in force"), "when")->str, "x", "names may have spaces");
	is(yaml_get(yaml_get(y, "in force"), "n")->count, 3, "a list of three");
	is(yaml_get(yaml_get(y, "in force"), "n")->line, 2, "line");
	is(yaml_get(yaml_get(y, "in force"), "n")->col, 24, "column");
	is(yaml_get(yaml_get(y, "in force"), "n")->key_col, 21, "column of the name");
	is_str(yaml_get(y, "fa")->str, "دیوان", "Persian");
	ok(!yaml_get(y, "no")->quoted && yaml_get(y, "n")->quoted, "quoted or not is known");
	ok(yaml_get(y, "absent") == NULL && yaml_get(NULL, "a") == NULL && yaml_get(yaml_get(y, "a"), "b") == NULL,
	    "absent");
	y = read_text("- a\n- >-\n  b\n  c\n");
	ok(y != NULL && y->type == YAML_LIST, "a list");
	is_str(y == NULL ? NULL : y->child->next->str, "b c", "a folded text");
}

static void
refusals(void)
{
	struct buf many = { 0 };
	char deep[64];

	refused("", "CH01", 0, 0, "an empty text");
	refused("a: [1,\nb: 2", "CH01", 2, 1, "a list that does not end");
	refused("a:\n  \tb: 1", "CH01", 2, 3, "a tab as indentation");
	refused("a: \xff\xfe", "CH01", 1, 1, "not UTF-8");
	refused("a: &x 1\nb: *x", "CH03", 1, 7, "an anchor");
	refused("a: *x", "CH03", 1, 5, "an alias");
	refused("a: !!str x", "CH03", 1, 10, "a tag");
	refused("a: 1\n---\nb: 2", "CH03", 2, 1, "a second document");
	refused("a: 1\nb: 2\na: 3", "CH04", 3, 1, "a name twice");
	refused("? [a]\n: b", "CH07", 1, 3, "a list as a name");
	refused("a: \"\\0\"", "CH08", 1, 5, "a NUL");
	refused("a: \"x\\u202e\"", "CH08", 1, 5, "a direction override");
	refused("a: \"e\\u0301\"", "CH08", 1, 5, "not NFC");
	memset(deep, '[', sizeof deep - 1);
	deep[sizeof deep - 1] = '\0';
	refused(deep, "CH02", 1, 17, "too deep");
	ok(read_text("a: 1\na: 2\na: 3\nb: 1\nb: 2") != NULL && c.count == 3,
	    "names twice are all told, and the tree is there");

	buf_str(&many, "{");
	for (int i = 0; i < 60; i++)
		buf_str(&many, "a: 1,");
	buf_str(&many, "}");
	read_text(buf_cstr(&many));
	buf_free(&many);
	is(c.count, COMPLAINTS_MAX, "a page of complaints");
	is(c.dropped, 9, "and how many more");
	struct yaml *root;
	ok(!yaml_read(&mem, "a: 1", 4, 3, &c, &root) && root == NULL, "too large");
}

static void
sentences(void)
{
	struct buf out = { 0 };
	struct err e = { 0 };

	read_text("b: 1\nb: 2\na: 1\na: 2\n");
	complaints_write(&c, &out);
	is_str(buf_cstr(&out), "t:2:1: \"b\" stands twice (first in line 1); keep one [CH04]\n"
	    "t:4:1: \"a\" stands twice (first in line 3); keep one [CH04]\n", "in the order of the text");
	is(complaints_err(&c, ERR_INPUT, &e), ERR_INPUT, "as an error");
	is_str(e.text, "t:2:1: \"b\" stands twice (first in line 1); keep one [CH04], and 1 more (`diwan charter"
	    " check` lists them)",
	    "with the number of others");
	c.count = 0;
	is(complaints_err(&c, ERR_INPUT, &e), OK, "none");
	buf_free(&out);
}

int
main(void)
{
	shapes();
	refusals();
	sentences();
	arena_free(&mem);
	return tap_done();
}
