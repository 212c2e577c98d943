#include "play/scenario.h"

#include <string.h>

#include "base/text.h"
#include "play/block.h"
#include "play/sentence.h"

#define LIST_MAX 64u			/* entries of a list inside an expectation */
#define DELAY_MS_MAX 60000u
#define RATE_MAX UINT64_C(1000000000)

struct parse {				/* what every helper needs */
	struct arena *a;
	const char *file;
	struct err *e;
};

static int
no_memory(struct parse *p)
{
	return err_set(p->e, ERR_NOMEM, "%s: no memory to read it", p->file);
}

/* A scalar that must be there. */
static int
need_text(struct parse *p, const struct yaml *map, const char *key, const char **out)
{
	const struct yaml *y = yaml_get(map, key);

	if (y == NULL)
		return tree_err(p->file, map, p->e, "\"%s\" is missing", key);
	if (y->type != YAML_SCALAR || y->str[0] == '\0')
		return tree_err(p->file, y, p->e, "%s is one line of text", key);
	*out = y->str;
	return OK;
}

/* A list of words; a single word stands for a list of one. */
static int
word_list(struct parse *p, const struct yaml *y, const char *what, const char *const **out, uint32_t *count)
{
	uint32_t n = y->type == YAML_SCALAR ? 1 : y->count, k = 0;
	const char **list;

	if (y->type == YAML_MAP || n > LIST_MAX)
		return tree_err(p->file, y, p->e, "%s is a list of at most %u codes: [kg, tj]", what, LIST_MAX);
	if ((list = arena_alloc(p->a, (n + 1) * sizeof *list)) == NULL)
		return no_memory(p);
	for (const struct yaml *c = y->type == YAML_SCALAR ? y : y->child; c != NULL; c = c->next) {
		if (c->type != YAML_SCALAR || c->str[0] == '\0')
			return tree_err(p->file, c, p->e, "%s is a list of codes", what);
		for (uint32_t i = 0; i < k; i++)
			if (strcmp(list[i], c->str) == 0)
				return tree_err(p->file, c, p->e, "%s names %.32s twice", what, c->str);
		list[k++] = c->str;
		if (y->type == YAML_SCALAR)
			break;
	}
	*out = list;
	*count = k;
	return OK;
}

/* "G3" .. "G14", or "any". */
static int
gate_number(struct parse *p, const struct yaml *y, int *out)
{
	uint64_t n = 0;

	*out = 0;
	if (tree_is(y, "any"))
		return OK;
	if (y->type != YAML_SCALAR || y->str[0] != 'G' || !dec_u64(y->str + 1, strlen(y->str + 1), 14, &n) || n == 0)
		return tree_err(p->file, y, p->e, "a rule is G1 to G14 (the gates of `diwan why`), or any");
	*out = (int)n;
	return OK;
}

/* {tm: G3, uz: any} or [tm, uz]. */
static int
hidden_list(struct parse *p, const struct yaml *y, struct expectation *x)
{
	struct hidden *list;
	uint32_t k = 0;
	int rc;

	if (y->type == YAML_SCALAR || y->count > LIST_MAX)
		return tree_err(p->file, y, p->e, "hidden from is written {tm: G3} or [tm]");
	if ((list = arena_alloc(p->a, (y->count + 1) * sizeof *list)) == NULL)
		return no_memory(p);
	for (const struct yaml *c = y->child; c != NULL; c = c->next, k++) {
		list[k].member = y->type == YAML_MAP ? c->key : c->str;
		if (list[k].member == NULL)
			return tree_err(p->file, c, p->e, "hidden from is a list of codes");
		if (y->type == YAML_MAP && (rc = gate_number(p, c, &list[k].gate)) != OK)
			return rc;
	}
	x->hidden_from = list;
	x->hidden_count = k;
	return OK;
}

/* true 1, false 0; not there: -1. */
static int
truth(struct parse *p, const struct yaml *y, const char *key, int *out)
{
	const struct yaml *v = yaml_get(y, key);

	*out = v == NULL ? -1 : tree_is(v, "true");
	if (v != NULL && !tree_is(v, "true") && !tree_is(v, "false"))
		return tree_err(p->file, v, p->e, "%s is true or false", key);
	return OK;
}

static int
parse_expectation(struct parse *p, const struct yaml *y, struct expectation *x)
{
	const struct yaml *v;
	uint64_t n;
	int only, rc;

	x->receipts = -1;
	if ((rc = tree_only(p->file, y, "an expectation", "seen by, not seen by, waiting for, hidden from, receipts, settled, "
	    "in exercise view only", p->e)) != OK)
		return rc;
	if (y->count == 0)
		return tree_err(p->file, y, p->e, "an expectation says what must hold: {seen by: [kg, tj]}");
	if ((v = yaml_get(y, "seen by")) != NULL && (rc = word_list(p, v, "seen by", &x->seen_by, &x->seen_count)) != OK)
		return rc;
	if ((v = yaml_get(y, "not seen by")) != NULL &&
	    (rc = word_list(p, v, "not seen by", &x->not_seen_by, &x->not_seen_count)) != OK)
		return rc;
	if ((v = yaml_get(y, "waiting for")) != NULL &&
	    (rc = word_list(p, v, "waiting for", &x->waiting_for, &x->waiting_count)) != OK)
		return rc;
	if ((v = yaml_get(y, "hidden from")) != NULL && (rc = hidden_list(p, v, x)) != OK)
		return rc;
	if ((v = yaml_get(y, "receipts")) != NULL) {
		if ((rc = tree_u64(p->file, v, "receipts", 0, SCENARIO_MEMBERS_MAX, &n, p->e)) != OK)
			return rc;
		x->receipts = (int)n;
	}
	if ((rc = truth(p, y, "settled", &x->settled)) != OK || (rc = truth(p, y, "in exercise view only", &only)) != OK)
		return rc;
	x->exercise_only = only == 1;
	return OK;
}

/* A number of a block: ${key}, or ${otherwise} when it is not there. */
static int
block_number(struct parse *p, const struct yaml *y, const char *key, uint64_t max, uint64_t otherwise, uint64_t *out)
{
	const struct yaml *v = yaml_get(y, key);

	*out = otherwise;
	return v == NULL ? OK : tree_u64(p->file, v, key, 0, max, out, p->e);
}

static int
parse_slow(struct parse *p, const struct yaml *y, struct step *s)
{
	int rc = tree_only(p->file, y, "a slow link", "delay_ms, bytes_per_s", p->e);

	if (rc != OK || (rc = block_number(p, y, "delay_ms", DELAY_MS_MAX, 0, &s->ms)) != OK)
		return rc;
	return block_number(p, y, "bytes_per_s", RATE_MAX, 0, &s->n);
}

static int
parse_killed_filing(struct parse *p, const struct yaml *y, struct step *s)
{
	int rc = tree_only(p->file, y, "a kill while filing", "records, seed", p->e);

	if (rc != OK || (rc = block_number(p, y, "records", SCENARIO_RECORDS_MAX, 1000, &s->n)) != OK)
		return rc;
	return block_number(p, y, "seed", UINT32_MAX, 1, &s->seed);
}

#define FILING_KEYS "kind, channel, to, exclude, tlp, pap, mode, state, authority, purpose, basis, pd, onward, handling, " \
	"announce, review_by, delete_by, class, links, title, body"

static int
parse_filing(struct parse *p, const struct yaml *y, struct step *s)
{
	bool refused = s->what == DO_MAY_NOT_FILE;
	const struct yaml *because = refused ? yaml_get(y, "because") : NULL;
	int rc = tree_only(p->file, y, "a filing", refused ? FILING_KEYS ", because" : FILING_KEYS, p->e);

	if (rc != OK)
		return rc;
	s->because = "";
	if (because != NULL && because->type != YAML_SCALAR)
		return tree_err(p->file, because, p->e, "because is a text that the refusal must hold");
	if (because != NULL)
		s->because = because->str;
	if (yaml_get(y, "kind") == NULL && s->what != DO_FILES_AGAIN)
		return tree_err(p->file, y, p->e, "a filing says its kind: {kind: incident, ...}");
	if (s->what == DO_FILES_AGAIN && yaml_get(y, "kind") != NULL)
		return tree_err(p->file, yaml_get(y, "kind"), p->e, "a record keeps its kind in all versions; leave kind out");
	return OK;
}

static int
parse_params(struct parse *p, struct step *s)
{
	size_t rows;
	int rc;

	block_rows(s->what, &rows);
	if (rows > 0) {
		rc = block_check(p->a, p->file, s->params, s->what, p->e);
		s->because = rc == OK ? block_text(s->params, "because") : "";
		return rc;
	}
	switch (s->what) {
	case DO_EXPECT:
		return parse_expectation(p, s->params, &s->expect);
	case DO_SLOW:
		return parse_slow(p, s->params, s);
	case DO_KILLED_FILING:
		return parse_killed_filing(p, s->params, s);
	default:
		return parse_filing(p, s->params, s);
	}
}

/* A step is a sentence, or one key with its block. */
static int
parse_step(struct parse *p, const struct yaml *y, struct step *s)
{
	const struct yaml *block = NULL;
	const char *text = y->str;
	int rc;

	if (y->type == YAML_MAP && y->count == 1) {
		block = y->child;
		text = block->key;
	} else if (y->type != YAML_SCALAR) {
		return tree_err(p->file, y, p->e,
		    "a step is a sentence, with its block behind a colon: \"- kz files seizure: {...}\"");
	}
	s->line = y->line;
	s->col = y->col;
	s->text = text;
	s->params = block;
	s->because = "";
	if ((rc = sentence_match(p->a, p->file, y, text, s, p->e)) != OK)
		return rc;
	if (block != NULL && sentence_params(s->what) == BARE)
		return tree_err(p->file, block, p->e, "\"%s\" has nothing behind it; take the colon away",
		    sentence_pattern(s->what));
	if (block == NULL && sentence_params(s->what) == NEEDS)
		return tree_err(p->file, y, p->e, "\"%s\" needs a block: \"%.80s: {...}\"", sentence_pattern(s->what), text);
	return block == NULL ? OK : parse_params(p, s);
}

static int
parse_steps(struct parse *p, const struct yaml *root, struct scenario *out)
{
	const struct yaml *list = yaml_get(root, "steps");
	struct step *steps;
	uint32_t k = 0;
	int rc;

	if (list == NULL || list->type != YAML_LIST || list->count == 0)
		return tree_err(p->file, list == NULL ? root : list, p->e,
		    "steps is a list: \"steps:\" and lines that begin with \"-\"");
	if (list->count > SCENARIO_STEPS_MAX)
		return err_set(p->e, ERR_LIMIT, "%s: more than %u steps; make two scenarios", p->file, SCENARIO_STEPS_MAX);
	if ((steps = arena_alloc(p->a, list->count * sizeof *steps)) == NULL)
		return no_memory(p);
	for (const struct yaml *y = list->child; y != NULL; y = y->next)
		if ((rc = parse_step(p, y, &steps[k++])) != OK)
			return rc;
	out->steps = steps;
	out->steps_count = k;
	return OK;
}

static int
parse_root(struct parse *p, const struct yaml *root, struct scenario *out)
{
	const struct yaml *y;
	const char *starts = "";
	int rc;

	if ((rc = tree_only(p->file, root, "a scenario", "play, charter, starts, members, filings, steps", p->e)) != OK ||
	    (rc = need_text(p, root, "play", &out->title)) != OK || (rc = need_text(p, root, "charter", &out->charter)) != OK ||
	    (rc = need_text(p, root, "starts", &starts)) != OK)
		return rc;
	if (!inst_parse(starts, strlen(starts), &out->starts))
		return tree_err(p->file, yaml_get(root, "starts"), p->e, "starts is an instant: 2018-05-28T09:00:00+05:00");
	if ((y = yaml_get(root, "members")) != NULL && (rc = word_list(p, y, "members", &out->members, &out->members_count)) != OK)
		return rc;
	if (out->members_count > SCENARIO_MEMBERS_MAX)
		return err_set(p->e, ERR_LIMIT, "%s: more than %u members; each is a process", p->file, SCENARIO_MEMBERS_MAX);
	out->filings = yaml_get(root, "filings");
	if (out->filings != NULL && (rc = tree_only(p->file, out->filings, "what all filings share", FILING_KEYS, p->e)) != OK)
		return rc;
	return parse_steps(p, root, out);
}

int
scenario_parse(struct arena *a, const char *file, const char *text, size_t len, struct scenario *out, struct err *e)
{
	struct parse p = { a, file, e };
	const struct yaml *root;
	int rc;

	memset(out, 0, sizeof *out);
	out->file = file;
	if ((rc = tree_read(a, file, text, len, &root, e)) != OK)
		return rc;
	return parse_root(&p, root, out);
}

int
scenario_load(struct arena *a, const char *path, struct scenario *out, struct err *e)
{
	const char *file = arena_str(a, path);
	struct parse p = { a, file, e };
	const struct yaml *root;
	int rc;

	memset(out, 0, sizeof *out);
	out->file = file;
	if (file == NULL)
		return err_set(e, ERR_NOMEM, "%s: no memory to read it", path);
	if ((rc = tree_load(a, path, &root, e)) != OK)
		return rc;
	return parse_root(&p, root, out);
}
