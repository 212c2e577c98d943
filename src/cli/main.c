/* diwan: find the command, read its options, run it, say how it ended. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/say.h"
#include "crypt/crypt.h"

/* Two letters of the language of the environment: LC_ALL, LC_MESSAGES or LANG, "en" where they say nothing. */
static const char *
language(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	static char lang[3];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *s = getenv(names[i]);

		if (s == NULL || s[0] == 0)
			continue;
		if (s[0] < 'a' || s[0] > 'z' || s[1] < 'a' || s[1] > 'z' || (s[2] != '_' && s[2] != 0 && s[2] != '.'))
			break;		/* C, POSIX */
		memcpy(lang, s, 2);
		return lang;
	}
	return "en";
}

static int
prepare(struct cli *c, struct err *e)
{
	const char *no_colour = getenv("NO_COLOR"), *clock = getenv("DIWAN_CLOCK"), *term = getenv("TERM");

	setlocale(LC_CTYPE, "C.UTF-8");
	c->lang = language();
	c->clock = clock_system;
	c->tty_out = isatty(STDOUT_FILENO) == 1;
	c->tty_err = isatty(STDERR_FILENO) == 1;
	c->colour = c->tty_out && (no_colour == NULL || no_colour[0] == 0) && (term == NULL || strcmp(term, "dumb") != 0);
	if (clock == NULL || clock[0] == 0)
		return OK;
	c->clock_shifted = true;
	return clock_file(&c->clock, clock, e);
}

/* The sentence to standard error; with --json also an object in place of the answer. */
static void
report(const struct cli *c, int rc, const struct err *e)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	say_warn(c, "%s", e->text);
	if (!c->json)
		return;
	jo_open(&o, NULL, '{');
	jo_open(&o, "error", '{');
	jo_str(&o, "code", cli_code_word(rc));
	jo_str(&o, "detail", e->text);
	jo_close(&o, '}');
	jo_close(&o, '}');
	say_json(c, &b);
	buf_free(&b);
}

static int
unknown_command(const char *name, struct err *e)
{
	const char *near = command_nearest(NULL, name, strlen(name));

	if (near != NULL)
		return err_set(e, ERR_USAGE, "there is no command \"%.40s\"; did you mean %s?", name, near);
	return err_set(e, ERR_USAGE, "there is no command \"%.40s\"; `diwan help` lists them", name);
}

static int
run(struct cli *c, int argc, char **argv, struct err *e)
{
	const char *name = argv[1];
	const struct command_row *command;
	int rc;

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0)
		name = "version";
	if ((command = command_find(name)) == NULL)
		return unknown_command(name, e);
	if ((rc = args_read(c, command, argc - 2, argv + 2, e)) != OK)
		return rc;
	if (c->help) {
		help_command(c, command);
		return OK;
	}
	return command->run(c, e);
}

int
main(int argc, char **argv)
{
	static struct cli c;
	struct err e = { 0 };
	const struct command_row *command;
	int rc;

	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		help_all(&c);
		return cli_exit_code(ERR_USAGE);
	}
	command = command_find(argv[1]);
	if (command != NULL && command->flags & PASS_ON && !(argc > 2 && strcmp(argv[2], "--help") == 0))
		return command->pass(argc - 1, argv + 1);
	if ((rc = crypt_init(&e)) == OK && (rc = prepare(&c, &e)) == OK)
		rc = run(&c, argc, argv, &e);
	if (rc < 0)
		report(&c, rc, &e);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("diwan: standard output cannot be written; what was printed is not complete\n", stderr);
		rc = rc == OK ? ERR_IO : rc;
	}
	return cli_exit_code(rc);
}
