/* DELETE_DONE: what its originator is told of an order that was carried out. */
#include "node/duty_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "law/act.h"
#include "node/internal.h"

/* One order is answered once, whatever happens between: the id of the answer follows from the order's. */
static void
answer_id(const struct node *n, const uint8_t order[RECORD_ID_BYTES], uint8_t id[RECORD_ID_BYTES])
{
	char text[100] = "diwan DELETE_DONE ";
	struct digest d;

	hex_encode(text + strlen(text), order, RECORD_ID_BYTES);
	snprintf(text + strlen(text), sizeof text - strlen(text), " %s", n->member);
	hash_once(&d, text, strlen(text));
	memcpy(id, d.b, RECORD_ID_BYTES);
}

static void
answer_body(struct buf *out, const struct duty_order *o, int64_t executed_ms)
{
	struct json_out j = { out, false };
	char when[INST_LEN], id[2 * RECORD_ID_BYTES + 1];

	inst_format(when, (struct inst){ executed_ms, 0 });
	hex_encode(id, o->id, sizeof o->id);
	jo_open(&j, NULL, '{');
	jo_str(&j, "type", act_rule(ACT_DELETE_DONE)->word);
	jo_str(&j, "target", id);
	jo_str(&j, "executed_at", when);
	jo_close(&j, '}');
}

static int
compose_done(struct node *n, const struct duty_order *o, int64_t now_ms, struct buf *text, struct err *e)
{
	uint8_t id[RECORD_ID_BYTES];
	struct buf body = { 0 };
	int rc;

	answer_id(n, o->id, id);
	answer_body(&body, o, o->executed_ms != WHEN_NONE ? o->executed_ms : now_ms);
	rc = compose_to_member(n, LOG_MEMBER(POS_LOG(o->pos)), id, now_ms, &body, text, e);
	buf_free(&body);
	return rc;
}

static bool
is_owed(const struct node *n, const struct duty_order *o)
{
	return (o->result == DUTY_ERASED || o->result == DUTY_NOTHING) && LOG_MEMBER(POS_LOG(o->pos)) != n->own;
}

struct answers_owed {			/* each with as many places as there are orders */
	struct entry_job *jobs;
	struct buf *texts;
	size_t *which;			/* order it is for */
	size_t count;
};

static int
compose_owed(struct node *n, struct duty_order *orders, size_t count, int64_t now_ms, struct answers_owed *x, struct err *e)
{
	int rc;

	for (size_t i = 0; i < count; i++) {
		if (!is_owed(n, &orders[i])) {
			orders[i].result = DUTY_ANSWERED;
			continue;
		}
		if ((rc = compose_done(n, &orders[i], now_ms, &x->texts[x->count], e)) != OK)
			return rc;
		x->jobs[x->count] = (struct entry_job){ .bytes = x->texts[x->count].data, .len = x->texts[x->count].len };
		x->which[x->count++] = i;
	}
	return OK;
}

static int
file_owed(struct node *n, struct duty_order *orders, struct answers_owed *x, struct err *e)
{
	int rc = x->count > 0 ? node_file(n, x->jobs, x->count, e) : OK;

	for (size_t i = 0; i < x->count && rc == OK; i++) {
		if (x->jobs[i].rc == OK || x->jobs[i].rc == ERR_CONFLICT)	/* filed before a crash */
			orders[x->which[i]].result = DUTY_ANSWERED;
		else
			*e = x->jobs[i].err;
	}
	return rc;
}

int
duty_answer(struct node *n, struct duty_order *orders, size_t count, int64_t now_ms, struct err *e)
{
	struct answers_owed x = { calloc(count, sizeof *x.jobs), calloc(count, sizeof *x.texts), calloc(count, sizeof *x.which),
	    0 };
	int rc;

	if (x.jobs == NULL || x.texts == NULL || x.which == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory to confirm deletions");
	else if ((rc = compose_owed(n, orders, count, now_ms, &x, e)) == OK)
		rc = file_owed(n, orders, &x, e);
	for (size_t i = 0; x.texts != NULL && i < count; i++)
		buf_free(&x.texts[i]);
	free(x.which);
	free(x.texts);
	free(x.jobs);
	return rc;
}
