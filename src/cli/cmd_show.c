/* show: one record, as far as the viewer may see it. */
#include <string.h>

#include "base/text.h"
#include "cli/present.h"
#include "cli/say.h"
#include "view/query.h"

static int
show(const struct cli *c, const struct viewing *w, struct judged *d, struct err *e)
{
	struct buf b = { 0 }, why = { 0 };
	struct json_out o = { &b, false };
	int rc;

	if (query_decide(&w->judge, d, &w->viewer, w->as_of) == LEVEL_NONE) {
		present_why(w, d, &w->viewer, &why);
		rc = err_set(e, ERR_DENIED, "%s", buf_cstr(&why));
		buf_free(&why);
		return rc;
	}
	if (!c->json)
		return present_page(c, w, d, e);
	jo_open(&o, NULL, '{');
	if ((rc = present_json(w, d, &o, e)) == OK) {
		jo_close(&o, '}');
		say_json(c, &b);
	}
	buf_free(&b);
	return rc;
}

int
cmd_show(struct cli *c, struct err *e)
{
	struct viewing w;
	struct local l;
	struct arena a = { 0 };
	struct judged d;
	uint64_t version = 0;
	int64_t pos;
	int rc;

	if ((rc = args_u64(c, "version", UINT32_MAX, &version, e)) != OK || (rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	if ((rc = viewer_read(&w, c, &l, e)) == OK &&
	    (rc = query_find(&w.judge, c->args[1], strlen(c->args[1]), (uint32_t)version, &pos, e)) == OK &&
	    (rc = present_load(&w, pos, &a, &d, e)) == OK)
		rc = show(c, &w, &d, e);
	arena_free(&a);
	local_close(&l);
	return rc;
}
