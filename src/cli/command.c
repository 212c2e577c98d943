/* The rows of commands.def, and finding one's way in them. */
#include <string.h>

#include "cli/cli.h"
#include "play/play.h"

const struct command_row cli_rows[] = {
#define COMMAND(name, run, args, least, most, help) { ROW_COMMAND, name, args, help, least, most, 0, run, NULL },
#define PASSED(name, pass, args, help) { ROW_COMMAND, name, args, help, 0, 0, PASS_ON, NULL, pass },
#define OPTION(name, value, flags, help) { ROW_OPTION, name, value, help, 0, 0, flags, NULL, NULL },
#define NOTE(text) { ROW_NOTE, text, NULL, NULL, 0, 0, 0, NULL, NULL },
#define EXAMPLE(line) { ROW_EXAMPLE, line, NULL, NULL, 0, 0, 0, NULL, NULL },
#include "cli/commands.def"
#undef COMMAND
#undef PASSED
#undef OPTION
#undef NOTE
#undef EXAMPLE
	{ ROW_END, NULL, NULL, NULL, 0, 0, 0, NULL, NULL }
};

const struct command_row *
command_find(const char *name)
{
	for (const struct command_row *r = cli_rows; r->type != ROW_END; r++)
		if (r->type == ROW_COMMAND && strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

const struct command_row *
command_option(const struct command_row *command, const char *name, size_t len)
{
	for (const struct command_row *r = command + 1; r->type != ROW_COMMAND && r->type != ROW_END; r++)
		if (r->type == ROW_OPTION && strlen(r->name) == len && memcmp(r->name, name, len) == 0)
			return r;
	return NULL;
}

#define NEAR_MAX 24

/* Letters to insert, delete or change to make ${b} of ${a}; both at most NEAR_MAX long. */
static unsigned
distance(const char *a, size_t la, const char *b, size_t lb)
{
	unsigned row[NEAR_MAX + 1], diagonal, up;

	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			up = row[j];
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = up;
		}
	}
	return row[lb];
}

const char *
command_nearest(const struct command_row *command, const char *word, size_t len)
{
	enum row_type wanted = command == NULL ? ROW_COMMAND : ROW_OPTION;
	const struct command_row *r = command == NULL ? cli_rows : command + 1;
	const char *best = NULL;
	unsigned best_distance = len < 4 ? 2 : 3;	/* one letter off in short words, two in others */

	for (; r->type != ROW_END && !(command != NULL && r->type == ROW_COMMAND); r++) {
		size_t n;
		unsigned d;

		if (r->type != wanted || len == 0 || len > NEAR_MAX || (n = strlen(r->name)) > NEAR_MAX)
			continue;
		d = n > len && memcmp(r->name, word, len) == 0 ? 1 : distance(word, len, r->name, n);
		if (d < best_distance) {
			best_distance = d;
			best = r->name;
		}
	}
	return best;
}
