/* Words of the command line against the rows of commands.def. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"
#include "cli/cli.h"

static int
unknown_option(const struct command_row *command, const char *word, size_t len, struct err *e)
{
	const char *near = command_nearest(command, word, len);

	if (near != NULL)
		return err_set(e, ERR_USAGE, "%s has no option --%.*s; did you mean --%s?", command->name, (int)len, word, near);
	return err_set(e, ERR_USAGE, "%s has no option --%.*s; see `diwan help %s`", command->name, (int)len, word, command->name);
}

static int
give(struct cli *c, const struct command_row *option, const char *value, struct err *e)
{
	for (unsigned i = 0; i < c->given_count; i++)
		if (c->given[i].option == option)
			return err_set(e, ERR_USAGE, "--%s is given twice; give it once", option->name);
	if (c->given_count == CLI_OPTIONS_MAX)
		return err_set(e, ERR_USAGE, "more than %d options", CLI_OPTIONS_MAX);
	c->given[c->given_count++] = (struct given){ option, value };
	if (strcmp(option->name, "json") == 0)
		c->json = true;
	else if (strcmp(option->name, "help") == 0)
		c->help = true;
	else if (strcmp(option->name, "lang") == 0)
		c->lang = value;
	return OK;
}

/* ${word} begins with '-'. *${used} becomes 2 when the next word was its value. */
static int
read_option(struct cli *c, const char *word, const char *next, int *used, struct err *e)
{
	const char *name = word + 2, *equals = strchr(word, '='), *value = NULL;
	size_t len = equals == NULL ? strlen(name) : (size_t)(equals - name);
	const struct command_row *option;

	*used = 1;
	if (word[1] != '-') {		/* the two short ones */
		if (strcmp(word, "-o") != 0 && strcmp(word, "-h") != 0)
			return err_set(e, ERR_USAGE, "%s: options begin with two dashes; see `diwan help %s`", word,
			    c->command->name);
		name = word[1] == 'o' ? "out" : "help";
		len = strlen(name);
		equals = NULL;
	}
	if ((option = command_option(c->command, name, len)) == NULL)
		return unknown_option(c->command, name, len, e);
	if (equals != NULL)
		value = equals + 1;
	else if (option->value != NULL) {
		value = next;
		*used = 2;
	}
	if (option->value == NULL && value != NULL)
		return err_set(e, ERR_USAGE, "--%s takes no value", option->name);
	if (option->value != NULL && (value == NULL || value[0] == 0))
		return err_set(e, ERR_USAGE, "--%s needs a value: --%s %s", option->name, option->name, option->value);
	return give(c, option, value == NULL ? "" : value, e);
}

static int
read_word(struct cli *c, const char *word, struct err *e)
{
	if (c->args_count == c->command->most || c->args_count == CLI_ARGS_MAX)
		return err_set(e, ERR_USAGE, "\"%s\" is one word too many; usage: diwan %s %s", word, c->command->name,
		    c->command->value);
	c->args[c->args_count++] = word;
	return OK;
}

static int
check_whole(const struct cli *c, struct err *e)
{
	if (c->args_count < c->command->least)
		return err_set(e, ERR_USAGE, "usage: diwan %s %s; see `diwan help %s`", c->command->name, c->command->value,
		    c->command->name);
	for (const struct command_row *r = c->command + 1; r->type != ROW_COMMAND && r->type != ROW_END; r++)
		if (r->type == ROW_OPTION && (r->flags & MUST_GIVE) && args_get(c, r->name) == NULL)
			return err_set(e, ERR_USAGE, "--%s %s is needed: %s; see `diwan help %s`", r->name, r->value, r->help,
			    c->command->name);
	return OK;
}

int
args_read(struct cli *c, const struct command_row *command, int argc, char **argv, struct err *e)
{
	bool only_words = false;
	int rc = OK, used;

	c->command = command;
	for (int i = 0; i < argc && rc == OK; i += used) {
		used = 1;
		if (!only_words && strcmp(argv[i], "--") == 0)
			only_words = true;
		else if (!only_words && argv[i][0] == '-' && argv[i][1] != 0)
			rc = read_option(c, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used, e);
		else
			rc = read_word(c, argv[i], e);
	}
	return rc == OK && !c->help ? check_whole(c, e) : rc;
}

const char *
args_get(const struct cli *c, const char *name)
{
	assert(command_option(c->command, name, strlen(name)) != NULL);
	for (unsigned i = 0; i < c->given_count; i++)
		if (strcmp(c->given[i].option->name, name) == 0)
			return c->given[i].value;
	return NULL;
}

int
args_u64(const struct cli *c, const char *name, uint64_t max, uint64_t *out, struct err *e)
{
	const char *value = args_get(c, name);

	if (value == NULL || dec_u64(value, strlen(value), max, out))
		return OK;
	return err_set(e, ERR_USAGE, "--%s: \"%s\" is no whole number from 0 to %llu", name, value, (unsigned long long)max);
}

int
args_date(const struct cli *c, const char *name, int32_t *out, struct err *e)
{
	const char *value = args_get(c, name);

	if (value == NULL || date_parse(value, strlen(value), out))
		return OK;
	return err_set(e, ERR_USAGE, "--%s: \"%s\" is no date; write it as 2018-05-28", name, value);
}
