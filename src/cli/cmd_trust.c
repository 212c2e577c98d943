/* fork, resume, epoch: what a person is told of two histories, and the ways on. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "cli/local.h"
#include "cli/say.h"
#include "log/fork.h"

/* ---- fork ---- */

struct showing {
	struct local *l;
	const char *only;		/* member; NULL: all */
	struct json_out *out;
	struct buf *text;		/* JSON */
	const char *save;		/* a file for the proof; NULL: none */
	int count;
	struct err *e;
};

/* The proof as a person reads it. It was verified when it was taken; what it says is in it. */
static int
explain(const struct fork_proof *p, struct buf *out, struct err *e)
{
	struct fork_result r = { .kind = p->kind, .other_root = p->other_root };

	memcpy(r.origin, p->side[0].checkpoint.origin, sizeof r.origin);
	for (int i = 0; i < 2; i++) {
		r.size[i] = p->side[i].checkpoint.size;
		r.root[i] = p->side[i].checkpoint.root;
	}
	return fork_explain(out, &r, e);
}

static void
show_json(struct showing *s, const char *code, uint32_t epoch, const char *when, const struct buf *words, const struct buf *proof)
{
	jo_open(s->out, NULL, '{');
	jo_str(s->out, "member", code);
	jo_int(s->out, "epoch", epoch);
	jo_str(s->out, "found", when);
	jo_strn(s->out, "explanation", (const char *)words->data, words->len > 0 ? words->len - 1 : 0);
	jo_strn(s->out, "proof", (const char *)proof->data, proof->len);
	jo_close(s->out, '}');
}

static int
show_fork(void *ctx, int member, uint32_t epoch, int64_t found_ms, const struct buf *proof)
{
	struct showing *s = ctx;
	const char *code = node_registry(s->l->node)->members[member].code;
	struct fork_proof p;
	struct buf words = { 0 };
	char when[INST_LEN];
	int rc;

	if (s->only != NULL && strcmp(s->only, code) != 0)
		return OK;
	s->count++;
	inst_format(when, (struct inst){ found_ms, 0 });
	if ((rc = fork_parse(proof->data, proof->len, &p, s->e)) == OK && (rc = explain(&p, &words, s->e)) == OK) {
		if (s->l->cli->json)
			show_json(s, code, epoch, when, &words, proof);
		else {
			say_in(s->l->cli, PAINT_BAD, "%s", code);
			say(s->l->cli, ", epoch %u: two histories, found %s\n\n%s\n", (unsigned)epoch, when, buf_cstr(&words));
			if (s->only != NULL)
				say(s->l->cli, "The proof, which anybody with the log's key can verify:\n\n%s\n",
				    buf_cstr((struct buf *)(uintptr_t)proof));
		}
		if (s->save != NULL)
			rc = local_spill(s->save, proof->data, proof->len, s->e);
	}
	buf_free(&words);
	return rc;
}

int
cmd_fork(struct cli *c, struct err *e)
{
	struct buf text = { 0 };
	struct json_out out = { &text, false };
	struct local l;
	struct showing s = { .l = &l, .out = &out, .text = &text, .save = args_get(c, "output"), .e = e };
	int rc;

	if (strcmp(c->args[0], "show") != 0 && strcmp(c->args[0], "list") != 0)
		return err_set(e, ERR_USAGE, "fork: \"%.40s\" is not known; usage: diwan fork list DIR | diwan fork show DIR "
		    "MEMBER", c->args[0]);
	s.only = c->args_count > 2 ? c->args[2] : NULL;
	if ((s.only == NULL) != (strcmp(c->args[0], "list") == 0))
		return err_set(e, ERR_USAGE, "usage: diwan fork list DIR | diwan fork show DIR MEMBER");
	if ((rc = local_read(&l, c, c->args[1], e)) != OK)
		return rc;
	jo_open(&out, NULL, '[');
	rc = node_forks(l.node, show_fork, &s, e);
	jo_close(&out, ']');
	if (rc == OK && s.only != NULL && s.count == 0)
		rc = err_set(e, ERR_NOTFOUND, "no proof against %.40s is held", s.only);
	else if (rc == OK && c->json)
		say_json(c, &text);
	else if (rc == OK && s.count == 0)
		say(c, "No log has been shown to have two histories.\n");
	buf_free(&text);
	local_close(&l);
	return rc;
}

/* ---- resume ---- */

int
cmd_resume(struct cli *c, struct err *e)
{
	struct local l;
	struct buf answer = { 0 };
	bool running;
	int rc;

	if ((rc = local_work(&l, c, c->args[0], e)) != OK)
		return rc;
	running = l.node == NULL;
	rc = running ? local_call(&l, "POST", "/control/resume", NULL, 0, &answer, e) : node_resume_once(l.node, e);
	if (rc == OK && c->json)
		say_pairs(c, (const char *const[]){ "resumed", running ? "now" : "until the next start", NULL });
	else if (rc == OK)
		say(c, running ? "The node signs again.\n" : "Until it has been started again, this node signs without asking the "
		    "other members first.\n");
	buf_free(&answer);
	local_close(&l);
	return rc;
}

/* ---- epoch ---- */

/* With a signer that has read the new key. */
static int
finish(const struct node_options *o, int passphrase_fd, struct card *card, struct err *e)
{
	struct signing signing = { NULL };
	struct node_options own = *o;
	int rc;

	own.begin_epoch = true;
	if ((rc = signing_start(&signing, &own, NULL, NULL, passphrase_fd, e)) == OK)
		rc = node_epoch_finish(&own, card, e);
	signing_end(&signing);
	return rc;
}

int
cmd_epoch(struct cli *c, struct err *e)
{
	struct node_options o = { .dir = c->args[0], .clock = &c->clock, .rng = &rng_system };
	struct buf text = { 0 };
	struct card card;
	char words[CARD_WORDS_LEN];
	uint64_t fd = 0;
	int rc;

	if ((rc = args_u64(c, "passphrase-fd", 1000, &fd, e)) != OK)
		return rc;
	if (args_get(c, "yes") == NULL)
		return err_set(e, ERR_USAGE, "a new epoch ends this node's log for good, and every other member must accept the "
		    "new card; say --yes if that is what you want");
	if ((rc = node_epoch_begin(&o, e)) != OK || (rc = finish(&o, (int)fd, &card, e)) != OK)
		return rc;
	card_words(words, &card);
	card_write(&text, &card);
	if (c->json)
		say_pairs(c, (const char *const[]){ "member", card.member, "words", words, "card", buf_cstr(&text), NULL });
	else {
		say(c, "%s", buf_cstr(&text));
		fflush(stdout);
		say_warn(c, "the words of this new card: %s", words);
	}
	buf_free(&text);
	return OK;
}
