/* signer: a process that holds keys, as `diwan serve` starts it (docs/guard.md). */
#include "cli/cli.h"
#include "guard/child.h"

int
cmd_signer(struct cli *c, struct err *e)
{
	enum process role = process_from(c->args[0]);

	if (role != PROCESS_SIGNER && role != PROCESS_EVALUATOR)
		return err_set(e, ERR_USAGE, "signer: \"%.40s\" is not known; there are signer and evaluator", c->args[0]);
	return child_run(role, &c->clock, e);
}
