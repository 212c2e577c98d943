/* Codes between the program and whoever called it. */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

int
cli_exit_code(int rc)
{
	switch (rc) {
	case OK: return 0;
	case ERR_USAGE: return 2;
	case ERR_NOTFOUND: return 3;
	case ERR_LAW: case ERR_DENIED: return 4;
	case ERR_IO: case ERR_FULL: case ERR_BUSY: case ERR_NOMEM: case ERR_STOP: return 5;
	default: return rc > 0 ? rc : 1;
	}
}

const char *
cli_code_word(int code)
{
	return code == ERR_USAGE ? "usage" : err_name(code);
}

int
cli_code_from(const char *word, size_t len)
{
	for (int code = ERR_STOP; code < OK; code++)
		if (text_eq(word, len, err_name(code)))
			return code;
	return ERR_INPUT;
}
