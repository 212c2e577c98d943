/* completion: what tools/diwan.bash installs, for those who run the program from elsewhere; tests/cli/help.t compares both. */
#include <string.h>

#include "cli/say.h"

static const char bash[] =
    "# Completion of diwan's commands and options for bash. The names come from `diwan help` (indented lines that begin with\n"
    "# a name) and `diwan help COMMAND` (--options), so this file needs no change when a command is added.\n"
    "\n"
    "_diwan()\n"
    "{\n"
    "\tlocal word=${COMP_WORDS[COMP_CWORD]} names\n"
    "\tCOMPREPLY=()\n"
    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "\t\tnames=$(\"${COMP_WORDS[0]}\" help 2>/dev/null | sed -n 's/^  *\\(diwan \\)\\{0,1\\}\\([a-z][a-z-]*\\).*/\\2/p')\n"
    "\telif [ \"${word#-}\" != \"$word\" ]; then\n"
    "\t\tnames=$(\"${COMP_WORDS[0]}\" help \"${COMP_WORDS[1]}\" 2>/dev/null | grep -o -e '--[a-z][a-z-]*' | sort -u)\n"
    "\telse\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tmapfile -t COMPREPLY < <(compgen -W \"$names\" -- \"$word\")\n"
    "}\n"
    "complete -o default -F _diwan diwan\n";

int
cmd_completion(struct cli *c, struct err *e)
{
	if (strcmp(c->args[0], "bash") != 0)
		return err_set(e, ERR_USAGE, "completion: \"%.40s\" is not known; there is one for bash", c->args[0]);
	if (c->json)
		say_pairs(c, (const char *const[]){ "shell", "bash", "script", bash, NULL });
	else
		say(c, "%s", bash);
	return OK;
}
