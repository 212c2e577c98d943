/* help, version: what the program says of itself. */
#include <string.h>

#include "base/json.h"
#include "cli/say.h"
#include "record/record.h"

#define VERSION "0.1.0"			/* semantic versioning once there is a first release (CHANGELOG.md) */

int
cmd_help(struct cli *c, struct err *e)
{
	const struct command_row *command;
	const char *near;

	if (c->args_count == 0) {
		help_all(c);
		return OK;
	}
	if ((command = command_find(c->args[0])) != NULL) {
		help_command(c, command);
		return OK;
	}
	if ((near = command_nearest(NULL, c->args[0], strlen(c->args[0]))) != NULL)
		return err_set(e, ERR_NOTFOUND, "there is no command \"%.40s\"; did you mean %s?", c->args[0], near);
	return err_set(e, ERR_NOTFOUND, "there is no command \"%.40s\"; `diwan help` lists them", c->args[0]);
}

int
cmd_version(struct cli *c, struct err *e)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	(void)e;
	if (c->json) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "version", VERSION);
		jo_int(&o, "record_schema", RECORD_SCHEMA);
		jo_int(&o, "kinds", KIND_COUNT - 1);
		jo_close(&o, '}');
		say_json(c, &b);
	} else {
		say(c, "diwan %s, record schema %d\n", VERSION, RECORD_SCHEMA);
	}
	buf_free(&b);
	return OK;
}
