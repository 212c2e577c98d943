/* file: records into the own log, through the running node or directly. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/attach.h"
#include "cli/complete.h"
#include "cli/lines.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/submit.h"

#define ONE_MAX_BYTES ((size_t)1024 * 1024)	/* of a single record with white space */

struct filing_run {
	const struct cli *cli;
	struct local work, look;	/* where it is filed; where completion reads when a running node files */
	struct complete complete;
	bool completing, attaching;
	struct attach attach;
	struct submit submit;
	struct progress progress;
	int first_code;			/* of the first record not filed */
	uint64_t first, last;		/* log indexes */
	char member[CODE_MAX + 1];
};

/* ---- results ---- */

static void
show_result(void *ctx, const struct submit_result *r)
{
	struct filing_run *f = ctx;
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	if (r->rc != OK && f->first_code == OK)
		f->first_code = r->rc;
	if (r->rc == OK) {
		f->first = f->submit.filed == 1 ? r->index : f->first;
		f->last = r->index;
	}
	if (f->cli->json) {
		jo_open(&o, NULL, '{');
		jo_int(&o, "line", (int64_t)r->line);
		jo_bool(&o, "ok", r->rc == OK);
		if (r->rc == OK) {
			jo_int(&o, "index", (int64_t)r->index);
			jo_str(&o, "id", r->id);
			jo_int(&o, "seq", (int64_t)r->seq);
		} else {
			jo_str(&o, "code", err_name(r->rc));
			jo_str(&o, "detail", r->detail);
		}
		jo_close(&o, '}');
		say_json(f->cli, &b);
		buf_free(&b);
	} else if (r->rc != OK) {
		say_warn(f->cli, "line %" PRIu64 ": not filed (%s): %s", r->line, err_name(r->rc), r->detail);
	}
}

static void
refuse(struct filing_run *f, uint64_t line, int rc, const struct err *e)
{
	struct submit_result r = { .line = line, .rc = rc, .detail = e->text };

	f->submit.refused++;
	show_result(f, &r);
}

static void
summary(const struct filing_run *f)
{
	const char *member = f->member;

	if (f->cli->json || args_get(f->cli, "print") != NULL)
		return;
	if (f->submit.filed == 1)
		say(f->cli, "Filed %s/%" PRIu64 "%s", member, f->first, f->submit.refused ? "" : ".\n");
	else if (f->submit.filed > 0)
		say(f->cli, "Filed %" PRIu64 " records, %s/%" PRIu64 " to %s/%" PRIu64 "%s", f->submit.filed, member, f->first,
		    member, f->last, f->submit.refused ? "" : ".\n");
	else
		say(f->cli, "Filed nothing%s", f->submit.refused ? "" : ": there was no record.\n");
	if (f->submit.refused > 0)
		say(f->cli, "; %" PRIu64 " not filed.\n", f->submit.refused);
}

/* ---- records ---- */

static int
take(struct filing_run *f, uint64_t line, const char *text, size_t len, struct err *e)
{
	struct buf done = { 0 }, with = { 0 };
	int rc = OK;

	if (f->completing && (rc = complete_record(&f->complete, text, len, &done, e)) == OK) {
		text = buf_cstr(&done);
		len = done.len;
	}
	if (rc == OK && f->attaching && (rc = attach_into(&f->attach, text, len, &with, e)) == OK) {
		text = buf_cstr(&with);
		len = with.len;
	}
	if (rc == ERR_NOMEM || rc == ERR_USAGE) {
		buf_free(&done);
		buf_free(&with);
		return rc;
	}
	if (rc != OK) {
		refuse(f, line, rc, e);
		rc = OK;
	} else if (args_get(f->cli, "print") != NULL) {
		say_json(f->cli, f->attaching ? &with : &done);
	} else {
		rc = submit_add(&f->submit, line, text, len, e);
	}
	buf_free(&done);
	buf_free(&with);
	progress_show(&f->progress, "filing", f->submit.filed + f->submit.refused, 0);
	return rc;
}

/* A body in a file of its own, as the only record. */
static int
take_body(struct filing_run *f, const char *path, struct err *e)
{
	struct buf body = { 0 }, text = { 0 };
	int rc = local_slurp(path, ONE_MAX_BYTES, &body, e);

	if (rc == OK) {
		buf_str(&text, "{\"body\":");
		buf_add(&text, body.data, body.len);
		buf_str(&text, "}");
		rc = take(f, 1, buf_cstr(&text), text.len, e);
	}
	buf_free(&body);
	buf_free(&text);
	return rc;
}

static int
take_lines(struct filing_run *f, const char *path, struct err *e)
{
	struct lines in;
	const char *text;
	uint64_t line;
	size_t len;
	int rc = lines_open(&in, path, e);

	if (rc != OK)
		return rc;
	while ((rc = lines_next(&in, &text, &len, &line, e)) == 1 || rc == ERR_LIMIT)
		if (rc == ERR_LIMIT)
			refuse(f, line, rc, e);
		else if ((rc = take(f, line, text, len, e)) != OK)
			break;
	lines_close(&in);
	return rc;
}

static int
run(struct filing_run *f, struct err *e)
{
	const char *body = args_get(f->cli, "body"), *path = f->cli->args_count > 1 ? f->cli->args[1] : "-";
	int rc;

	if (body != NULL && f->cli->args_count > 1)
		return err_set(e, ERR_USAGE, "give the record as FILE or its body with --body, not both");
	if (body == NULL && f->cli->args_count < 2 && args_get(f->cli, "update") != NULL)
		rc = take(f, 1, "{}", 2, e);	/* only markings or state change */
	else
		rc = body != NULL ? take_body(f, body, e) : take_lines(f, path, e);
	return rc == OK ? submit_flush(&f->submit, e) : rc;
}

/* ---- opening what is needed ---- */

/* The register and the record to update are read from the folder, beside a running node or through the one opened here. */
static int
open_completion(struct filing_run *f, struct err *e)
{
	struct store_reader *reader;
	int rc;

	if (f->work.node == NULL) {
		if ((rc = local_read(&f->look, f->cli, f->work.dir, e)) != OK)
			return rc;
		return complete_start(&f->complete, f->cli, f->look.node, f->look.reader, e);
	}
	if ((reader = node_reader(f->work.node, e)) == NULL)
		return e->code;
	rc = complete_start(&f->complete, f->cli, f->work.node, reader, e);
	node_reader_done(f->work.node, reader);
	return rc;
}

static int
open_all(struct filing_run *f, struct err *e)
{
	int rc;

	if ((rc = local_work(&f->work, f->cli, f->cli->args[0], e)) != OK)
		return rc;
	if (f->work.node != NULL)
		snprintf(f->member, sizeof f->member, "%s", node_member(f->work.node));
	else if ((rc = local_status(&f->work, f->member, &f->complete.skew_ms, e)) != OK)
		return rc;
	f->submit = (struct submit){ .local = &f->work, .result = show_result, .ctx = f };
	if (f->attaching && args_get(f->cli, "print") == NULL && (rc = attach_send(&f->attach, &f->work, e)) != OK)
		return rc;
	return f->completing ? open_completion(f, e) : OK;
}

int
cmd_file(struct cli *c, struct err *e)
{
	struct filing_run f = { .cli = c, .completing = complete_wanted(c), .attaching = args_get(c, "attach") != NULL };
	int rc;

	if (!f.attaching && args_get(c, "media") != NULL)
		return err_set(e, ERR_USAGE, "--media goes with --attach");
	if (f.attaching && (rc = attach_read(&f.attach, args_get(c, "attach"), args_get(c, "media"), NULL, e)) != OK)
		return rc;
	progress_start(&f.progress, c);
	if ((rc = open_all(&f, e)) == OK)
		rc = run(&f, e);
	progress_end(&f.progress);
	if (rc == OK)
		summary(&f);
	complete_end(&f.complete);
	submit_end(&f.submit);
	local_close(&f.look);
	local_close(&f.work);
	return rc == OK ? cli_exit_code(f.first_code) : rc;	/* what was not filed was said line by line */
}
