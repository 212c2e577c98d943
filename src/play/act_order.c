/* Steps that act on records that went out: each is one run of `diwan act` or `diwan keep`, as an officer would type it. */
#include <stdio.h>
#include <string.h>

#include "play/block.h"
#include "play/stage.h"

#define ARGS_MAX (PROC_ARGS_MAX - 4)

static const struct {
	enum sentence s;
	const char *verb, *act;		/* act: NULL where the verb says it */
} orders[] = {
	{ DO_DELETES, "act", "delete" }, { DO_RECALLS, "act", "recall" }, { DO_MARKS, "act", "mark" },
	{ DO_RESTRICTS, "act", "restrict" }, { DO_KEEPS, "keep", NULL }, { DO_MAY_NOT_KEEP, "keep", NULL },
};

/* "kg,tj" in ${a}. */
static const char *
joined(struct arena *a, const struct yaml *y, const char *key)
{
	struct buf b = { 0 };
	const char *text;

	for (const struct yaml *c = block_first(y, key); c != NULL; c = block_next(c))
		buf_fmt(&b, "%s%s", b.len > 0 ? "," : "", c->str);
	text = arena_str(a, buf_cstr(&b));
	buf_free(&b);
	return text;
}

/* The values of the block as options of the command. */
static int
add_options(struct arena *a, const struct step *s, const char *args[ARGS_MAX], size_t n, struct err *e)
{
	size_t count;
	const struct block_row *row = block_rows(s->what, &count);

	for (size_t i = 0; i < count && n + 2 < ARGS_MAX; i++)
		if (row[i].option != NULL && yaml_get(s->params, row[i].key) != NULL) {
			args[n++] = row[i].option;
			if ((args[n++] = joined(a, s->params, row[i].key)) == NULL)
				return err_set(e, ERR_NOMEM, "no memory for an act");
		}
	args[n] = NULL;
	return OK;
}

/* A string of the command's answer, at its root or in its error. */
static void
answer_text(struct arena *a, const struct buf *out, const char *key, char *text, size_t cap)
{
	static const struct json_limits limits = { 1 << 20, 8, 1000 };
	struct json *root;
	const struct json *v = NULL;

	if (out->len > 0 && json_parse(a, out->data, out->len, &limits, &root, NULL) == OK &&
	    (v = json_get(root, key)) == NULL)
		v = json_get(json_get(root, "error"), key);
	snprintf(text, cap, "%.*s", v != NULL && v->type == JSON_STRING ? (int)v->len : 0, v == NULL ? "" : v->str);
}

static int
run(struct stage *st, const struct step *s, unsigned who, const char *const *args, const char *verb, struct outcome *o,
    struct err *e)
{
	struct named *n = stage_named(st, s->name);
	struct arena a = { 0 };
	struct buf out = { 0 };
	char detail[600];
	int exit = 0, rc = cast_run(st->cast, who, verb, args, NULL, 0, &exit, &out, e);

	if (rc == OK && exit == 0 && strcmp(verb, "act") == 0) {	/* the ledger is asked about acts, not answers to them */
		answer_text(&a, &out, "id", n->act, sizeof n->act);
		n->act_by = who;
	}
	answer_text(&a, &out, "detail", detail, sizeof detail);
	o->good = s->what == DO_MAY_NOT_KEEP ? exit != 0 && strstr(detail, s->because) != NULL : exit == 0;
	snprintf(o->detail, sizeof o->detail, "%s%s", exit == 0 ? "filed" : "refused: ", exit == 0 ? "" : detail);
	arena_free(&a);
	buf_free(&out);
	return rc;
}

int
act_order(struct stage *st, const struct step *s, unsigned who, struct outcome *o, struct err *e)
{
	const struct named *n = stage_named(st, s->name);
	const char *args[ARGS_MAX];
	struct arena a = { 0 };
	size_t k = 0, i = 0;
	int rc;

	if (n == NULL || n->seq == 0)
		return tree_err(st->s->file, s->params, e, "nothing has been filed as \"%s\"", s->name);
	while (orders[i].s != s->what)
		i++;
	if (orders[i].act != NULL)
		args[k++] = orders[i].act;
	args[k++] = n->id;
	if ((rc = add_options(&a, s, args, k, e)) == OK)
		rc = run(st, s, who, args, orders[i].verb, o, e);
	arena_free(&a);
	return rc;
}
