/* The parts of the command line that are not commands: cleaning of text, tables, lines of a file, raw JSON, options. */
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/lines.h"
#include "cli/raw.h"
#include "cli/say.h"
#include "cli/table.h"
#include "tap.h"

static struct cli cli = { .lang = "en" };

/* ---- text from strangers ---- */

static const char *
cleaned(const char *s, size_t len, bool line)
{
	static struct buf b;

	buf_reset(&b);
	if (line)
		say_line(&b, s, len);
	else
		say_clean(&b, s, len);
	return buf_cstr(&b);
}

static void
test_clean(void)
{
	static const struct { const char *in, *out, *what; } cases[] = {
		{ "plain", "plain", "plain text stays" },
		{ "\xd0\xa8 \xd8\xb4", "\xd0\xa8 \xd8\xb4", "other scripts stay" },
		{ "a\033[31mb", "a\\u001B[31mb", "an escape sequence is shown, not sent" },
		{ "a\rb\bc\177", "a\\u000Db\\u0008c\\u007F", "what moves the cursor is shown" },
		{ "\xc2\x9b" "31m", "\\u009B31m", "the one-byte escape in UTF-8 too" },
		{ "\xe2\x80\xae" "abc", "\\u202Eabc", "a bidirectional override is shown" },
		{ "\xe2\x81\xa6" "abc", "\\u2066abc", "an isolate is shown: what follows must not hang on its end" },
		{ "\xe2\x80\x8f", "\xe2\x80\x8f", "a right-to-left mark stays" },
		{ "\xf4\x8f\xbf\xbf", "\\uDBFF\\uDFFF", "a non-character beyond the first plane as a pair" },
		{ "a\xff" "b", "a\xef\xbf\xbd" "b", "invalid UTF-8 becomes U+FFFD" },
		{ "a\tb\nc", "a\tb\nc", "tab and line end stay" }
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_str(cleaned(cases[i].in, strlen(cases[i].in), false), cases[i].out, cases[i].what);
	is_str(cleaned("a\nb\tc", 5, true), "a b c", "on one line they are blanks");
	is_str(cleaned("a\0b", 3, false), "a\\u0000b", "a NUL is shown");
}

static void
test_fitting(void)
{
	is(say_fitting("one two three", 13, 8), 7, "a line ends at the last blank that fits");
	is(say_fitting("onetwothree", 11, 8), 8, "or in the word, where there is none");
	is(say_fitting("one\ntwo", 7, 8), 3, "or at a line end");
	is(say_fitting("\xe4\xb8\xad\xe4\xb8\xad", 6, 3), 3, "a wide character takes two columns");
	is(say_fitting("\xe4\xb8\xad", 3, 1), 3, "at least one character");
	is(say_fitting("", 0, 8), 0, "nothing of nothing");
	is(say_width("\xd0\xa8\xd0\xa8", 4), 2, "width in columns, not bytes");
}

/* ---- what goes to standard output ---- */

static char out[8192];

static const char *
captured(void (*print)(void))
{
	FILE *f = tmpfile();
	int keep;
	size_t n;

	fflush(stdout);
	keep = dup(STDOUT_FILENO);
	dup2(fileno(f), STDOUT_FILENO);
	print();
	fflush(stdout);
	dup2(keep, STDOUT_FILENO);
	close(keep);
	rewind(f);
	n = fread(out, 1, sizeof out - 1, f);
	out[n] = 0;
	fclose(f);
	return out;
}

static void
print_table(void)
{
	static const char *const head[] = { "a", ">n", "text" };
	struct table t;

	table_start(&t, &cli, head, 3);
	table_cell(&t, PAINT_BAD, "one");
	table_cell(&t, PAINT_NONE, "%d", 5);
	table_text(&t, PAINT_NONE, "x\ny", 3);
	table_cell(&t, PAINT_NONE, "twenty");
	table_cell(&t, PAINT_NONE, "%d", 1234);
	table_cell(&t, PAINT_NONE, "\033[2J");
	table_end(&t, 1);
	table_drop(&t);
}

static void
print_long(void)
{
	static const char *const head[] = { "a", "text" };
	struct table t;

	table_start(&t, &cli, head, 2);
	table_cell(&t, PAINT_NONE, "k");
	table_cell(&t, PAINT_NONE, "%0150d", 7);
	table_end(&t, 0);
}

static void
print_wrapped(void)
{
	static const char *const head[] = { "a", "text" };
	struct table t;

	table_start(&t, &cli, head, 2);
	t.wrap = true;
	table_cell(&t, PAINT_NONE, "k");
	table_cell(&t, PAINT_NONE, "%050d %060d", 1, 2);
	table_end(&t, 0);
}

static void
print_colour(void)
{
	cli.colour = true;
	say_in(&cli, PAINT_BAD, "%s", "x\033y");
	cli.colour = false;
}

static void
print_block(void)
{
	say_block(&cli, 2, 12, "one two three\nfour", 18);
}

static void
print_json(void)
{
	struct buf b = { 0 };

	buf_str(&b, "{\"a\":\"\xe2\x80\xae\"}");
	say_json(&cli, &b);
	cli.tty_out = true;
	say_json(&cli, &b);
	cli.tty_out = false;
	buf_free(&b);
	say_pairs(&cli, (const char *const[]){ "k", "v\"w", "n", NULL, NULL });
}

static void
test_output(void)
{
	is_str(captured(print_table), " a          n  text\n one        5  x y\n twenty  1234  \\u001B[2J\n",
	    "columns are aligned and cells cleaned");
	ok(strlen(captured(print_long)) == strlen("a  text\n") + 100 + 3 && strstr(out, "…\n") != NULL,
	    "a cell too long is cut at 100 columns");
	ok(strstr(captured(print_wrapped), "1\n   0000") != NULL, "or goes on below its column");
	is_str(captured(print_colour), "\033[31mx\\u001By\033[0m", "colour stands around what was cleaned");
	is_str(captured(print_block), "  one two\n  three\n  four\n", "a block is indented and wrapped");
	is_str(captured(print_json), "{\"a\":\"\xe2\x80\xae\"}\n{\"a\":\"\\u202E\"}\n{\"k\":\"v\\\"w\",\"n\":null}\n",
	    "JSON to a program is exact, to a terminal escaped");
}

/* ---- lines ---- */

static char path[] = "/tmp/diwan-lines-XXXXXX";

static void
write_file(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		printf("Bail out! %s cannot be written\n", path);
	close(fd);
}

/* The texts of a file with their line numbers: "1:{..}|3:{..}|". */
static const char *
lines_of(const char *content)
{
	static char seen[1024];
	static struct err e;
	struct lines l;
	const char *text;
	uint64_t number;
	size_t len;
	int rc;

	seen[0] = 0;
	write_file(content);
	if (lines_open(&l, path, &e) != OK)
		return "cannot open";
	while ((rc = lines_next(&l, &text, &len, &number, &e)) == 1)
		snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%d:%.*s|", (int)number, (int)len, text);
	lines_close(&l);
	return rc == OK ? seen : e.text;
}

static void
test_lines(void)
{
	struct lines l;
	struct err e;

	if (close(mkstemp(path)) != 0)
		printf("Bail out! no temporary file\n");
	is_str(lines_of("{\"a\":1}\n\n{\"b\":2}\n"), "1:{\"a\":1}|3:{\"b\":2}|",
	    "a text a line; empty lines count but say nothing");
	is_str(lines_of("{\"a\":1}\r\n{\"b\":2}"), "1:{\"a\":1} |2:{\"b\":2}|", "with CR LF, and without an end");
	is_str(lines_of("{\n\"a\":\n1}\n"), "1:{ \"a\": 1} |", "one text over several lines");
	is_str(lines_of("{bad\n{\"b\":2}\n"), "1:{bad|2:{\"b\":2}|", "a bad first line does not swallow the others");
	is_str(lines_of("{\"a\":1}\n{bad\n}\n"), "1:{\"a\":1}|2:{bad|3:}|", "nor does a later one");
	is_str(lines_of(""), "", "an empty file");
	is_str(lines_of("\n \n"), "", "a file of blanks");
	unlink(path);
	is(lines_open(&l, path, &e), ERR_NOTFOUND, "a file that is not there");
}

/* ---- raw JSON ---- */

static void
test_raw(void)
{
	static const char text[] = "{ \"a\" : { \"x\" : \"}\\\"] ,\" , \"y\":[1 , {}] } ,\n\"b\": \" two  \\\\\" , \"c\":-1.5e3}";
	static const struct json_limits limits = { 4096, 8, 64 };
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	struct json *root;
	struct err e;

	is(json_parse(&a, text, sizeof text - 1, &limits, &root, &e), OK, "a text to take apart");
	raw_compact(&b, raw_value(text, sizeof text - 1, json_get(root, "a")));
	is_str(buf_cstr(&b), "{\"x\":\"}\\\"] ,\",\"y\":[1,{}]}", "an object without the blanks between its tokens");
	buf_reset(&b);
	raw_compact(&b, raw_value(text, sizeof text - 1, json_get(root, "b")));
	is_str(buf_cstr(&b), "\" two  \\\\\"", "a string with its own blanks");
	buf_reset(&b);
	raw_compact(&b, raw_value(text, sizeof text - 1, json_get(root, "c")));
	is_str(buf_cstr(&b), "-1.5e3", "a number at the end");
	buf_reset(&b);
	raw_put(&o, NULL, (struct raw){ "{ \"a\":1 }", 9 });
	raw_put(&o, NULL, (struct raw){ "{ \"a\":\n1 }", 10 });
	is_str(buf_cstr(&b), "{ \"a\":1 },{\"a\":1}", "its very bytes, unless they stand on several lines");
	buf_free(&b);
	arena_free(&a);
}

/* ---- options ---- */

static int
read_args(struct cli *c, const char *command, int argc, const char *const *argv, struct err *e)
{
	static char words[8][32];
	char *list[8];

	*c = (struct cli){ .lang = "en" };
	for (int i = 0; i < argc; i++) {
		snprintf(words[i], sizeof words[i], "%s", argv[i]);
		list[i] = words[i];
	}
	return args_read(c, command_find(command), argc, list, e);
}

static void
test_args(void)
{
	static const char *const mixed[] = { "--limit=5", "dir", "--json", "--since", "2018-05-28" };
	static const char *const after[] = { "--", "--limit" };
	struct cli c;
	struct err e;
	uint64_t n = 0;
	int32_t day = 0;

	is(read_args(&c, "list", 5, mixed, &e), OK, "options stand anywhere, with = or a blank");
	ok(c.args_count == 1 && c.json && args_get(&c, "purpose") == NULL, "words and options are told apart");
	is(args_u64(&c, "limit", 10, &n, &e), OK, "a number");
	is(n, 5, "is read");
	is(args_u64(&c, "limit", 4, &n, &e), ERR_USAGE, "and bounded");
	is(args_date(&c, "since", &day, &e), OK, "a date");
	is(day, 17679, "is read");
	is(read_args(&c, "list", 2, after, &e), OK, "after -- everything is a word");
	is_str(command_nearest(NULL, "stauts", 6), "status", "the nearest command");
	ok(command_nearest(NULL, "frobnicate", 10) == NULL && command_nearest(NULL, "", 0) == NULL, "none is near");
	is_str(command_nearest(command_find("list"), "al", 2), "all-versions", "a beginning is near");
	is(cli_exit_code(OK), 0, "exit 0");
	is(cli_exit_code(ERR_CONFLICT), 1, "exit 1");
	is(cli_exit_code(ERR_USAGE), 2, "exit 2");
	is(cli_exit_code(ERR_NOTFOUND), 3, "exit 3");
	is(cli_exit_code(ERR_DENIED), 4, "exit 4");
	is(cli_exit_code(ERR_BUSY), 5, "exit 5");
	is(cli_exit_code(CLI_FAILED), 1, "a check that found something");
	for (int code = ERR_STOP; code < OK; code++)
		ok(cli_code_from(cli_code_word(code), strlen(cli_code_word(code))) == code, "%s is read back", cli_code_word(code));
	is(cli_code_from("frob", 4), ERR_INPUT, "an unknown word is the sender's trouble");
}

int
main(void)
{
	test_clean();
	test_fitting();
	test_output();
	test_lines();
	test_raw();
	test_args();
	return tap_done();
}
