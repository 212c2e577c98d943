/* `diwan help`: the rows of commands.def as text. tools/diwan.bash reads it too: names and options begin their indented lines. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/say.h"

#define NAME_WIDTH 28

static void
json_rows(struct json_out *o, const struct command_row *command)
{
	const struct command_row *r;

	jo_open(o, NULL, '{');
	jo_str(o, "name", command->name);
	jo_str(o, "arguments", command->value);
	jo_str(o, "help", command->help);
	jo_open(o, "options", '[');
	for (r = command + 1; r->type != ROW_COMMAND && r->type != ROW_END; r++)
		if (r->type == ROW_OPTION) {
			jo_open(o, NULL, '{');
			jo_str(o, "name", r->name);
			jo_str(o, "value", r->value);
			jo_bool(o, "needed", (r->flags & MUST_GIVE) != 0);
			jo_str(o, "help", r->help);
			jo_close(o, '}');
		}
	jo_close(o, ']');
	jo_close(o, '}');
}

static void
print_json(const struct cli *c, const struct command_row *only)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	if (only != NULL) {
		json_rows(&o, only);
	} else {
		jo_open(&o, NULL, '[');
		for (const struct command_row *r = cli_rows; r->type != ROW_END; r++)
			if (r->type == ROW_COMMAND)
				json_rows(&o, r);
		jo_close(&o, ']');
	}
	say_json(c, &b);
	buf_free(&b);
}

void
help_all(const struct cli *c)
{
	if (c->json) {
		print_json(c, NULL);
		return;
	}
	say(c, "diwan: a node of a mechanism, run by one of its members\n\nusage: diwan COMMAND [ARGUMENTS] [--OPTIONS]\n\n");
	for (const struct command_row *r = cli_rows; r->type != ROW_END; r++)
		if (r->type == ROW_COMMAND)
			say(c, "  %-12s %s\n", r->name, r->help);
	say(c, "\n`diwan help COMMAND` shows its options and examples; every command takes --json. The manual: man diwan\n"
	    "Exit codes: 0 done, 1 refused or a check found something, 2 usage, 3 not found, 4 a rule or permission is\n"
	    "against it, 5 disk, network or busy.\n");
}

static void
print_option(const struct cli *c, const struct command_row *r)
{
	char name[80];

	snprintf(name, sizeof name, "--%s%s%s", r->name, r->value == NULL ? "" : " ", r->value == NULL ? "" : r->value);
	if (strlen(name) > NAME_WIDTH)
		say(c, "  %s\n  %-*s %s%s\n", name, NAME_WIDTH, "", r->help, r->flags & MUST_GIVE ? " (needed)" : "");
	else
		say(c, "  %-*s %s%s\n", NAME_WIDTH, name, r->help, r->flags & MUST_GIVE ? " (needed)" : "");
}

void
help_command(const struct cli *c, const struct command_row *command)
{
	const struct command_row *r;
	bool any = false;

	if (c->json) {
		print_json(c, command);
		return;
	}
	say(c, "diwan %s: %s\n\nusage: diwan %s %s\n", command->name, command->help, command->name, command->value);
	for (r = command + 1; r->type == ROW_NOTE || r->type == ROW_OPTION || r->type == ROW_EXAMPLE; r++)
		if (r->type == ROW_NOTE) {
			say(c, "\n");
			say_block(c, 0, 100, r->name, strlen(r->name));
		}
	say(c, "\nOptions:\n");
	for (r = command + 1; r->type == ROW_NOTE || r->type == ROW_OPTION || r->type == ROW_EXAMPLE; r++)
		if (r->type == ROW_OPTION)
			print_option(c, r);
	for (r = command + 1; r->type == ROW_NOTE || r->type == ROW_OPTION || r->type == ROW_EXAMPLE; r++)
		if (r->type == ROW_EXAMPLE) {
			say(c, any ? "  %s\n" : "\nExamples:\n  %s\n", r->name);
			any = true;
		}
}
