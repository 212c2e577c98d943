/* pouch: what a member is due in one encrypted file, and back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "cli/local.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "http/client.h"
#include "node/pouch.h"

#define ANSWER_MAX_BYTES ((size_t)256 * 1024)

struct pouching {
	const struct cli *cli;
	struct local l;
	struct progress progress;
	bool gap;			/* one was left */
};

static void
say_told(const struct cli *c, const char *file, const struct pouch_told *t)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	jo_open(&o, NULL, '{');
	jo_str(&o, "file", file);
	pouch_told_write(&o, t);
	jo_close(&o, '}');
	say_json(c, &b);
	buf_free(&b);
}

/* ---- pack ---- */

/* The running node is the witness; this process only reads its store. */
static int
cosign(void *ctx, const void *body, size_t len, int *status, struct buf *out, struct err *e)
{
	struct local *l = ctx;

	return control_call(&l->session, l->dir, "POST", "/add-checkpoint", body, len, ANSWER_MAX_BYTES, status, out, e);
}

static int
open_to_pack(struct pouching *x, struct pouch_pack *p, struct err *e)
{
	int rc = local_work(&x->l, x->cli, x->cli->args[1], e);

	if (rc != OK || x->l.node != NULL)
		return rc;
	local_close(&x->l);
	p->cosign = cosign;
	p->ctx = &x->l;
	return local_read(&x->l, x->cli, x->cli->args[1], e);
}

static int
pack(struct pouching *x, struct err *e)
{
	const struct cli *c = x->cli;
	struct pouch_pack p = { .path = c->args[3], .progress = progress_show, .progress_ctx = &x->progress };
	struct pouch_told t;
	int rc;

	if (c->args_count != 4)
		return err_set(e, ERR_USAGE, "say: diwan pouch pack DIR MEMBER FILE");
	if (args_get(c, "from") != NULL && args_get(c, "all") != NULL)
		return err_set(e, ERR_USAGE, "give --from or --all, not both");
	p.from_given = args_get(c, "from") != NULL || args_get(c, "all") != NULL;
	if ((rc = args_u64(c, "from", INT64_MAX, &p.from, e)) != OK || (rc = open_to_pack(x, &p, e)) != OK)
		return rc;
	p.member = registry_member(node_registry(x->l.node), c->args[2], strlen(c->args[2]));
	rc = p.member == LAW_NONE ? err_set(e, ERR_NOTFOUND, "the charter names no member \"%.40s\"", c->args[2]) :
	    node_pouch_pack(x->l.node, &p, &t, e);
	progress_end(&x->progress);
	local_close(&x->l);
	if (rc != OK)
		return rc;
	if (c->json) {
		say_told(c, p.path, &t);
		return OK;
	}
	say(c, "Packed %s for %s: the own log from entry %" PRIu64 " to %" PRIu64 ", %" PRIu64 " bytes.\n", p.path,
	    t.head.to, t.head.first, t.head.size, t.file_bytes);
	if (t.cosigned > 0)
		say(c, "With a cosignature of its log of %" PRIu64 " entries.\n", t.cosigned);
	if (t.no_cosignature[0] != '\0')
		say_warn(c, "without a cosignature of its log: %s", t.no_cosignature);
	return OK;
}

/* ---- open ---- */

/* A running node reaches neither the file nor the key: it gets a copy in its folder and the key of that copy. */
static int
open_running(struct pouching *x, const char *file, struct pouch_told *t, struct err *e)
{
	static const struct json_limits limits = { 64 * 1024, 4, 200 };
	char copy[POUCH_PATH_MAX], secret[AGE_IDENTITY_CHARS + 1];
	struct buf body = { 0 }, answer = { 0 };
	struct age_identity id;
	struct arena a = { 0 };
	struct json *root;
	int rc = node_pouch_reseal(x->l.dir, file, copy, &id, e);

	if (rc != OK)
		return rc;
	age_identity_format(secret, &id);
	if (buf_room(&body, 256) == NULL)	/* so that it never moves and leaves a copy of the key */
		rc = err_set(e, ERR_NOMEM, "no memory to open a pouch");
	else
		buf_fmt(&body, "{\"file\":\"%s\",\"key\":\"%s\"}", strrchr(copy, '/') + 1, secret);
	if (rc == OK && (rc = local_call(&x->l, "POST", "/control/pouch", body.data, body.len, &answer, e)) == OK &&
	    (rc = json_parse(&a, answer.data, answer.len, &limits, &root, e)) == OK)
		pouch_told_read(t, root);
	unlink(copy);
	age_identity_wipe(&id);
	explicit_bzero(secret, sizeof secret);
	buf_wipe(&body);
	buf_free(&answer);
	arena_free(&a);
	return rc;
}

static const char *
many(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void
say_gap(const struct cli *c, const char *file, const struct pouch_told *t)
{
	say_warn(c, "%s begins at entry %" PRIu64 " of %s; %s %" PRIu64 " to %" PRIu64 " are missing before it. Ask %s for a "
	    "pouch from "
	    "entry %" PRIu64 " (diwan pouch pack ... --from %" PRIu64 "); this one can be opened again after it", file, t->gap_to,
	    t->head.from, t->only_payloads ? "records of" : "entries", t->gap_from, t->gap_to - 1, t->head.from, t->gap_from,
	    t->gap_from);
}

static void
say_opened(const struct cli *c, const char *file, const struct pouch_told *t)
{
	char made[INST_LEN];

	inst_format(made, (struct inst){ t->head.made_ms, 0 });
	say(c, "Opened %s from %s, made %s: %" PRIu64 " new entr%s, %" PRIu64 " record%s, %" PRIu64 " withheld", file,
	    t->head.from, made,
	    t->entries, t->entries == 1 ? "y" : "ies", t->payloads, many(t->payloads), t->withheld);
	if (t->blobs_new > 0)
		say(c, ", %" PRIu64 " attachment%s", t->blobs_new, many(t->blobs_new));
	say(c, ".\n");
	if (t->receipts > 0)
		say(c, "Receipts are filed; they go back with the next pouch for %s.\n", t->head.from);
	if (t->no_receipts[0] != '\0')
		say_warn(c, "without receipts: %s. Open the pouch again then", t->no_receipts);
	if (t->cosigned > 0)
		say(c, "%s has cosigned our log up to entry %" PRIu64 ".\n", t->head.from, t->cosigned);
	if (t->blobs_refused > 0)
		say_warn(c, "%" PRIu64 " attachment%s had other bytes than its record says; nothing of them was kept",
		    t->blobs_refused,
		    many(t->blobs_refused));
	if (t->ahead > 0)
		say_warn(c, "%s has seen %" PRIu64 " entries of our own log, more than there are here: was this node set back? See "
		    "`diwan status`", t->head.from, t->ahead);
}

static int
open_one(struct pouching *x, const char *file, struct pouch_told *t, struct err *e)
{
	int rc = x->l.node == NULL ? open_running(x, file, t, e) :
	    node_pouch_open(x->l.node, file, NULL, progress_show, &x->progress, t, e);

	progress_end(&x->progress);
	return rc;
}

/*
 * Every file, in whatever order they are named: one that leaves a gap waits until another has brought something. Each is opened at
 * most once for each of the others.
 */
static int
open_all(struct pouching *x, struct err *e)
{
	const struct cli *c = x->cli;
	const char *waiting[CLI_ARGS_MAX];
	unsigned count = 0, before;
	struct pouch_told t;
	bool last = false;
	int rc;

	for (unsigned i = 2; i < c->args_count; i++)
		waiting[count++] = c->args[i];
	do {
		before = count;
		count = 0;
		for (unsigned i = 0; i < before; i++) {
			if ((rc = open_one(x, waiting[i], &t, e)) != OK)
				return rc;
			if (t.gap_from < t.gap_to && !last) {
				waiting[count++] = waiting[i];
				continue;
			}
			x->gap |= t.gap_from < t.gap_to;
			if (c->json)
				say_told(c, waiting[i], &t);
			else if (t.gap_from < t.gap_to)
				say_gap(c, waiting[i], &t);
			else
				say_opened(c, waiting[i], &t);
		}
		last = count == before;
	} while (count > 0);
	return OK;
}

static int
open_command(struct pouching *x, struct err *e)
{
	int rc;

	if (x->cli->args_count < 3)
		return err_set(e, ERR_USAGE, "say: diwan pouch open DIR FILE...");
	if ((rc = local_work(&x->l, x->cli, x->cli->args[1], e)) != OK)
		return rc;
	rc = open_all(x, e);
	local_close(&x->l);
	return rc == OK && x->gap ? CLI_FAILED : rc;
}

/* ---- show ---- */

static int
show(struct pouching *x, struct err *e)
{
	const struct cli *c = x->cli;
	char made[INST_LEN];
	struct pouch_told t;
	int rc;

	if (c->args_count != 3)
		return err_set(e, ERR_USAGE, "say: diwan pouch show DIR FILE");
	rc = node_pouch_show(c->args[1], c->args[2], progress_show, &x->progress, &t, e);
	progress_end(&x->progress);
	if (rc != OK)
		return rc;
	if (c->json) {
		say_told(c, c->args[2], &t);
		return OK;
	}
	inst_format(made, (struct inst){ t.head.made_ms, 0 });
	say(c, "mechanism    %s\nfrom         %s\nto           %s\nmade         %s\n", t.head.mechanism, t.head.from,
	    t.head.to, made);
	say(c, "entries      %" PRIu64 " to %" PRIu64 "\nlog parts    %" PRIu64 "\nrecords      %" PRIu64 " bytes in "
	    "%" PRIu64 " stream%s\n"
	    "attachments  %" PRIu64 "\nfile         %" PRIu64 " bytes, whole\n", t.head.first, t.head.size, t.tiles,
	    t.payload_bytes,
	    t.streams, many(t.streams), t.blobs, t.file_bytes);
	say(c, "Who made it is known when it is opened: its head is not signed.\n");
	return OK;
}

int
cmd_pouch(struct cli *c, struct err *e)
{
	struct pouching x = { .cli = c };
	const char *verb = c->args[0];

	progress_start(&x.progress, c);
	if (strcmp(verb, "pack") == 0)
		return pack(&x, e);
	if (args_get(c, "from") != NULL || args_get(c, "all") != NULL)
		return err_set(e, ERR_USAGE, "--from and --all go with pouch pack");
	if (strcmp(verb, "open") == 0)
		return open_command(&x, e);
	if (strcmp(verb, "show") == 0)
		return show(&x, e);
	return err_set(e, ERR_USAGE, "\"%.40s\": say pouch pack, pouch open or pouch show", verb);
}
