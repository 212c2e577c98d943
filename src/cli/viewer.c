#include "cli/viewer.h"

#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "record/tables.h"

int
viewer_default_authority(const struct registry *reg, int member, int32_t day)
{
	for (uint32_t i = 0; i < reg->authorities_count; i++)
		if (reg->authorities[i].member == member && span_has(reg->authorities[i].valid, day))
			return (int)i;
	return LAW_NONE;
}

int
viewer_purpose(const char *word)
{
	return tables_find_word(V_PURPOSE, word, strlen(word)) + 1;
}

/* The place of option ${name}'s word in ${words} (NULL ends them), ${absent} when it was not given. */
static int
choose(const struct cli *c, const char *name, const char *const *words, int absent, int *out, struct err *e)
{
	const char *given = args_get(c, name);
	struct buf list = { 0 };
	int rc;

	*out = absent;
	if (given == NULL)
		return OK;
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(given, words[i]) == 0) {
			*out = i;
			return OK;
		}
	for (int i = 0; words[i] != NULL; i++)
		buf_fmt(&list, "%s%s", i == 0 ? "" : ", ", words[i]);
	rc = err_set(e, ERR_USAGE, "--%s: \"%s\" is none of %s", name, given, buf_cstr(&list));
	buf_free(&list);
	return rc;
}

static int
read_role(struct viewing *w, const struct cli *c, struct err *e)
{
	static const char *const roles[] = { "officer", "reviewer", "auditor", "admin", NULL };
	static const char *const rights[] = { "none", "person", "special", NULL };
	static const char *const views[] = { "live", "exercise", "test", NULL };
	int role, right, view, rc;
	uint64_t clearance = 0;

	if ((rc = choose(c, "role", roles, ROLE_OFFICER, &role, e)) != OK ||
	    (rc = choose(c, "pd", rights, PD_RIGHT_NONE, &right, e)) != OK ||
	    (rc = choose(c, "view", views, VIEW_LIVE, &view, e)) != OK || (rc = args_u64(c, "clearance", CLASS_MAX, &clearance,
	    e)) != OK)
		return rc;
	w->viewer.role = (enum role)role;
	w->viewer.pd_right = (enum pd_right)right;
	w->viewer.view = (enum view)view;
	w->viewer.clearance = (int)clearance;
	return OK;
}

static int
read_purpose(struct viewing *w, const struct cli *c, struct err *e)
{
	const char *word = args_get(c, "purpose"), *from = "--purpose";

	if (word == NULL) {
		word = getenv("DIWAN_PURPOSE");
		from = "DIWAN_PURPOSE";
	}
	if (word == NULL || word[0] == 0)
		return OK;
	if ((w->viewer.purpose = viewer_purpose(word)) == 0)
		return err_set(e, ERR_USAGE, "%s: \"%s\" is no purpose; they are P01 to P%d (`diwan kinds` explains them)", from,
		    word, PURPOSE_MAX);
	return OK;
}

static int
read_authority(struct viewing *w, const struct cli *c, const struct registry *reg, struct err *e)
{
	const char *code = args_get(c, "authority");
	int own = w->viewer.member;

	if (code == NULL) {
		w->viewer.authority = viewer_default_authority(reg, own, w->as_of);
		return OK;
	}
	w->viewer.authority = registry_authority(reg, code, strlen(code));
	if (w->viewer.authority == LAW_NONE || reg->authorities[w->viewer.authority].member != own)
		return err_set(e, ERR_NOTFOUND, "--authority: %s has no authority \"%s\"; `diwan charter show` lists them",
		    reg->members[own].code, code);
	return OK;
}

int
viewer_read(struct viewing *w, const struct cli *c, const struct local *l, struct err *e)
{
	int rc;

	*w = (struct viewing){ .viewer = { .member = node_own(l->node) }, .as_of = node_today(l->node),
	    .judge = node_judge(l->node, l->reader) };
	if ((rc = args_date(c, "as-of", &w->as_of, e)) != OK || (rc = read_role(w, c, e)) != OK || (rc = read_purpose(w, c, e)) !=
	    OK)
		return rc;
	return read_authority(w, c, node_registry(l->node), e);
}

void
viewer_text(const struct viewing *w, struct buf *out)
{
	const struct registry *reg = w->judge.reg;
	char day[DATE_LEN];

	date_format(day, w->as_of);
	buf_fmt(out, "%s", reg->members[w->viewer.member].code);
	if (w->viewer.authority >= 0)
		buf_fmt(out, "/%s", reg->authorities[w->viewer.authority].code);
	if (w->viewer.role != ROLE_OFFICER)
		buf_fmt(out, " as %s", role_word(w->viewer.role));
	if (w->viewer.purpose > 0)
		buf_fmt(out, ", purpose P%02d", w->viewer.purpose);
	else
		buf_str(out, ", no purpose");
	buf_fmt(out, ", on %s", day);
}

const char *
viewer_hint(const struct viewing *w)
{
	if (w->viewer.purpose == 0)
		return "To see contents, say what you read for: --purpose P01 .. P14, or set DIWAN_PURPOSE.";
	if (w->viewer.authority == LAW_NONE)
		return "The charter gives this member no authority that is valid on that day: only its own records are shown in "
		    "full.";
	return "";
}
