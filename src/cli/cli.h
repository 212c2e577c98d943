/*
 * The command line: what every command has in hand.
 *
 * A command is a row of commands.def with its options and examples below it, and a function cmd_<verb>() in cmd_<verb>.c. Dispatch,
 * checking of options, `diwan help`, completion and the usage line come from the rows. A command returns OK, a negative code of
 * base/err.h with the sentence in ${e}, ERR_USAGE, or, when it has said everything itself, the exit code (CLI_FAILED: its
 * answer is no). main() turns that into the exit code:
 *
 *   0  done                                                        OK
 *   1  refused, or a check found something                         ERR_INPUT _UNKNOWN _LIMIT _CONFLICT _VERIFY, CLI_FAILED
 *   2  the command line is wrong                                   ERR_USAGE
 *   3  what was asked for is not there                             ERR_NOTFOUND
 *   4  a rule or a permission stands against it                    ERR_LAW ERR_DENIED
 *   5  disk, network, memory, somebody else holds it, interrupted  ERR_IO ERR_FULL ERR_BUSY ERR_NOMEM ERR_STOP
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#define CLI_ARGS_MAX 16
#define CLI_OPTIONS_MAX 64
#define ERR_USAGE (-64)
#define CLI_FAILED 1

struct cli;

enum row_type { ROW_COMMAND, ROW_OPTION, ROW_NOTE, ROW_EXAMPLE, ROW_END };
enum {					/* flags of rows */
	MUST_GIVE = 1,			/* option: without it the command is refused */
	PASS_ON = 2			/* command: its function gets argc and argv and reads its options itself */
};

struct command_row {
	enum row_type type;
	const char *name;		/* command or option; text of a note or example */
	const char *value;		/* command: its arguments as words. Option: what its value is; NULL: takes none */
	const char *help;
	unsigned least, most;		/* command: number of arguments */
	unsigned flags;
	int (*run)(struct cli *c, struct err *e);
	int (*pass)(int argc, char **argv);
};

extern const struct command_row cli_rows[];	/* ends with ROW_END */

struct given {
	const struct command_row *option;
	const char *value;		/* "" for an option without value */
};

struct cli {
	const struct command_row *command;
	const char *args[CLI_ARGS_MAX];
	unsigned args_count;
	struct given given[CLI_OPTIONS_MAX];
	unsigned given_count;
	bool json, help;
	bool colour, tty_out, tty_err;
	const char *lang;		/* preferred language of texts; never NULL */
	struct clock clock;		/* the machine's, or shifted by the file that DIWAN_CLOCK names */
	bool clock_shifted;
};

/* ---- args.c ---- */

/* The row of command ${name}, or NULL. */
const struct command_row *command_find(const char *name);
/* Of the command above it; ${name} without dashes. NULL when it has no such option. */
const struct command_row *command_option(const struct command_row *command, const char *name, size_t len);
/* The name in the rows nearest to ${word}: of options of ${command}, or of commands when that is NULL. NULL when none is near. */
const char *command_nearest(const struct command_row *command, const char *word, size_t len);
/*
 * Read the words after the verb. ERR_USAGE names the word and the next step. With --help everything else is left unchecked.
 */
int args_read(struct cli *c, const struct command_row *command, int argc, char **argv, struct err *e);
/*
 * The value of option ${name} ("" for one without value), or NULL when it was not given. ${name} must be a row of this command
 * (assert).
 */
const char *args_get(const struct cli *c, const char *name);
/* A decimal number of at most ${max}; *${out} stays as it is when the option was not given. */
int args_u64(const struct cli *c, const char *name, uint64_t max, uint64_t *out, struct err *e);
/* A date "2018-05-28", as days since 1970; *${out} stays as it is when the option was not given. */
int args_date(const struct cli *c, const char *name, int32_t *out, struct err *e);

/* ---- help.c ---- */

void help_all(const struct cli *c);
void help_command(const struct cli *c, const struct command_row *command);

/* ---- clock_file.c ---- */

/*
 * A clock that runs beside the machine's: the file ${path} holds 8 bytes, a little-endian int64 of milliseconds to add. It is
 * mapped and read at every call, so that whoever plays a scenario can move the time of running nodes. ERR_IO, ERR_INPUT (not 8
 * bytes).
 */
int clock_file(struct clock *out, const char *path, struct err *e);

/* ---- exit codes and failures ---- */

int cli_exit_code(int rc);
/* ERR_ code of the word that err_name() gives; ERR_INPUT for an unknown word. */
int cli_code_from(const char *word, size_t len);
const char *cli_code_word(int code);

#define DECLARE(name) int name(struct cli *c, struct err *e);
#define COMMAND(name, run, args, least, most, help) DECLARE(run)
#define PASSED(name, pass, args, help)
#define OPTION(name, value, flags, help)
#define NOTE(text)
#define EXAMPLE(line)
#include "cli/commands.def"
#undef COMMAND
#undef PASSED
#undef OPTION
#undef NOTE
#undef EXAMPLE
#undef DECLARE

#endif
