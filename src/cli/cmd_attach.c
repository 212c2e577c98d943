/* attach: files into the node, for records to name. */
#include "cli/attach.h"
#include "cli/say.h"

static int
attach_one(struct cli *c, struct local *l, const char *path, struct err *e)
{
	struct attach x;
	struct buf b = { 0 };
	int rc;

	if ((rc = attach_read(&x, path, args_get(c, "media"), args_get(c, "title"), e)) != OK || (rc = attach_send(&x, l, e)) != OK)
		return rc;
	attach_json(&x, &b);
	say_json(c, &b);
	buf_free(&b);
	return OK;
}

int
cmd_attach(struct cli *c, struct err *e)
{
	struct local l;
	int rc;

	if ((rc = local_work(&l, c, c->args[0], e)) != OK)
		return rc;
	for (unsigned i = 1; i < c->args_count && rc == OK; i++)
		rc = attach_one(c, &l, c->args[i], e);
	local_close(&l);
	return rc;
}
