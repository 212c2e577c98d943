#include "cli/filters.h"

#include <string.h>

#include "base/when.h"
#include "record/tables.h"

static int
read_kinds(struct query *q, const char *s, struct err *e)
{
	for (size_t n; s != NULL && *s != 0; s += n + (s[n] == ',')) {
		enum kind k;

		n = strcspn(s, ",");
		if ((k = kind_from(s, n)) == KIND_NONE)
			return err_set(e, ERR_USAGE, "--kind: \"%.*s\" is no kind; `diwan kinds` lists them", n > 40 ? 40 : (int)n,
			    s);
		q->kinds |= KIND_BIT(k);
	}
	return OK;
}

static int
read_codes(struct query *q, const struct cli *c, const struct registry *reg, struct err *e)
{
	const char *from = args_get(c, "from"), *mode = args_get(c, "mode");

	q->channel = args_get(c, "channel");
	q->state = args_get(c, "state");
	if (from != NULL && (q->from = registry_member(reg, from, strlen(from)) + 1) == 0)
		return err_set(e, ERR_USAGE, "--from: the charter names no member \"%s\"", from);
	if (q->channel != NULL && registry_channel(reg, q->channel, strlen(q->channel)) == LAW_NONE)
		return err_set(e, ERR_USAGE, "--channel: the charter has no channel \"%s\"", q->channel);
	if (mode != NULL && (q->mode = tables_find_word(V_MODE, mode, strlen(mode)) + 1) == 0)
		return err_set(e, ERR_USAGE, "--mode: \"%s\" is none of REAL, EXERCISE, TEST", mode);
	return OK;
}

int
filters_read(struct query *q, const struct cli *c, const struct local *l, struct err *e)
{
	int32_t since = INT32_MIN, until = INT32_MIN;
	int rc;

	memset(q, 0, sizeof *q);
	if ((rc = read_kinds(q, args_get(c, "kind"), e)) != OK || (rc = read_codes(q, c, node_registry(l->node), e)) != OK ||
	    (rc = args_date(c, "since", &since, e)) != OK || (rc = args_date(c, "until", &until, e)) != OK)
		return rc;
	q->since_ms = since == INT32_MIN ? INT64_MIN : since * DAY_MS;
	if (until != INT32_MIN)
		q->until_ms = (until + 1) * DAY_MS;
	q->all_versions = args_get(c, "all-versions") != NULL;
	return OK;
}
