/* act, keep, ack: acts on records, addressed by themselves to everybody who has had the record. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/acting.h"
#include "cli/say.h"
#include "cli/submit.h"

struct act_run {
	const struct cli *cli;
	struct local work, look;	/* where it is filed; where is looked up what it is about */
	struct submit submit;
	char member[CODE_MAX + 1];
	int rc;
	struct err err;
};

static void
result(void *ctx, const struct submit_result *r)
{
	struct act_run *x = ctx;
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	if ((x->rc = r->rc) != OK) {
		err_set(&x->err, r->rc, "%s", r->detail);
		return;
	}
	if (!x->cli->json) {
		say(x->cli, "Filed %s/%llu. `diwan ledger %s %s/%llu` shows what becomes of it.\n", x->member,
		    (unsigned long long)r->index, x->cli->args[0], x->member, (unsigned long long)r->index);
		return;
	}
	jo_open(&o, NULL, '{');
	jo_int(&o, "index", (int64_t)r->index);
	jo_str(&o, "id", r->id);
	jo_close(&o, '}');
	say_json(x->cli, &b);
	buf_free(&b);
}

static int
open_both(struct act_run *x, int64_t *skew_ms, struct err *e)
{
	const char *dir = x->cli->args[0];
	int rc = local_work(&x->work, x->cli, dir, e);

	if (rc != OK)
		return rc;
	if (x->work.node == NULL && (rc = local_status(&x->work, x->member, skew_ms, e)) != OK)
		return rc;
	if (x->work.node != NULL) {
		snprintf(x->member, sizeof x->member, "%s", node_member(x->work.node));
		x->look = (struct local){ .cli = x->cli, .dir = dir, .node = x->work.node };
		return (x->look.reader = node_reader(x->work.node, e)) == NULL ? e->code : OK;
	}
	return local_read(&x->look, x->cli, dir, e);
}

static void
close_both(struct act_run *x)
{
	if (x->look.node != NULL && x->look.node == x->work.node) {
		if (x->look.reader != NULL)
			node_reader_done(x->look.node, x->look.reader);
	} else {
		local_close(&x->look);
	}
	local_close(&x->work);
}

static int
file_act(struct cli *c, enum act act, const char *name, struct err *e)
{
	struct act_run x = { .cli = c };
	struct acting acting = { .cli = c, .act = act, .name = name };
	struct buf text = { 0 };
	int rc = open_both(&x, &acting.skew_ms, e);

	if (rc == OK)
		rc = acting_compose(&acting, &x.look, &text, e);
	if (rc == OK && args_get(c, "print") != NULL) {
		say_json(c, &text);
	} else if (rc == OK) {
		x.submit = (struct submit){ .local = &x.work, .result = result, .ctx = &x };
		if ((rc = submit_add(&x.submit, 1, buf_cstr(&text), text.len, e)) == OK && (rc = submit_flush(&x.submit, e)) ==
		    OK && (rc = x.rc) != OK)
			*e = x.err;
		submit_end(&x.submit);
	}
	buf_free(&text);
	close_both(&x);
	return rc;
}

int
cmd_act(struct cli *c, struct err *e)
{
	enum act act = acting_word(c->args[1]);

	if (act == ACT_NONE)
		return err_set(e, ERR_USAGE, "\"%s\" is no act; it is one of %s", c->args[1], acting_words());
	return file_act(c, act, c->args[2], e);
}

int
cmd_keep(struct cli *c, struct err *e)
{
	return file_act(c, ACT_KEEP, c->args[1], e);
}

int
cmd_ack(struct cli *c, struct err *e)
{
	return file_act(c, ACT_ACK, c->args[1], e);
}
