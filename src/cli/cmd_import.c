/*
 * import: public event data as incident records of the own member. A member files only what happened in its own country. Ids are
 * derived from data set and source id, so importing again finds what is there: counted as filed already, not an error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/importing.h"
#include "cli/say.h"

#define CHUNK_BYTES ((size_t)256 * 1024)

/* ---- what came of each record ---- */

static void
keep_complaint(struct importing *x, uint64_t line, const char *text)
{
	x->complaints++;
	if (x->complaints <= COMPLAINTS_SHOWN)
		buf_fmt(&x->said, "  line %" PRIu64 ": %s\n", line, text);
}

static void
on_result(void *ctx, const struct submit_result *r)
{
	struct importing *x = ctx;

	if (r->rc == OK)
		x->filed++;
	else if (r->rc == ERR_CONFLICT)
		x->already++;
	else {
		x->refused++;
		keep_complaint(x, r->line, r->detail);
	}
}

static void
on_complaint(void *ctx, const struct import_complaint *c)
{
	struct importing *x = ctx;
	char text[400];

	x->refused++;
	snprintf(text, sizeof text, "%s%s%s", c->column, c->column[0] ? ": " : "", c->text);
	keep_complaint(x, c->line, text);
}

static int
on_event(void *ctx, const struct import_event *ev, struct err *e)
{
	struct importing *x = ctx;
	const char *member = import_member_for(ev->iso3, &x->country, 1);
	int rc;

	x->read++;
	x->flagged += (ev->flags & ~(uint32_t)IMPORT_NOTES) != 0;
	if (member == NULL) {
		x->foreign++;
		return OK;
	}
	if (x->limit != 0 && x->taken == x->limit)
		return err_set(e, ERR_STOP, "as many as asked for");
	x->taken++;
	rc = importing_record(x, ev, e);
	if (rc == ERR_INPUT || rc == ERR_LAW || rc == ERR_LIMIT || rc == ERR_UNKNOWN) {
		x->refused++;
		keep_complaint(x, ev->line, e->text);
		return OK;
	}
	if (rc != OK)
		return rc;
	if (importing_known(x)) {
		x->already++;
		return OK;
	}
	if (x->dry)
		x->filed++;
	else
		rc = submit_add(&x->submit, ev->line, buf_cstr(&x->record), x->record.len, e);
	return rc;
}

/* ---- the file ---- */

static int
feed_all(struct importing *x, FILE *f, uint64_t total, struct err *e)
{
	uint8_t *chunk = malloc(CHUNK_BYTES);
	uint64_t done = 0;
	size_t n;
	int rc = chunk == NULL ? err_set(e, ERR_NOMEM, "no memory to read the file") : OK;

	while (rc == OK && (n = fread(chunk, 1, CHUNK_BYTES, f)) > 0) {
		rc = import_feed(x->im, chunk, n, e);
		done += n;
		progress_show(&x->progress, "importing", done, total);
	}
	if (rc == OK && ferror(f))
		rc = err_set(e, ERR_IO, "the file cannot be read: %s", strerror(errno));
	if (rc == OK)
		rc = import_finish(x->im, e);
	free(chunk);
	if (rc == ERR_STOP)		/* --limit */
		rc = OK;
	return rc == OK && !x->dry ? submit_flush(&x->submit, e) : rc;
}

static int
read_stream(struct importing *x, FILE *f, struct err *e)
{
	struct import_sink sink = { on_event, on_complaint, x };
	struct stat st;

	if ((x->im = import_new(&sink, args_get(x->cli, "dataset"))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to import");
	return feed_all(x, f, fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, e);
}

static int
read_file(struct importing *x, const char *path, struct err *e)
{
	FILE *f;
	int rc;

	if (strcmp(path, "-") == 0) {
		rc = read_stream(x, stdin, e);
	} else {
		if ((f = fopen(path, "rbe")) == NULL)
			return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path, strerror(errno));
		rc = read_stream(x, f, e);
		fclose(f);
	}
	return rc == OK ? OK : err_at(e, "%s", path);
}

/* ---- the end ---- */

static void
put_json(const struct importing *x)
{
	const struct import_counts *n = import_counts(x->im);
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	jo_open(&o, NULL, '{');
	jo_str(&o, "format", import_format_name(import_format(x->im)));
	jo_bool(&o, "dry_run", x->dry);
	jo_int(&o, "read", (int64_t)x->read);
	jo_int(&o, "filed", (int64_t)x->filed);
	jo_int(&o, "already", (int64_t)x->already);
	jo_int(&o, "elsewhere", (int64_t)x->foreign);
	jo_int(&o, "flagged", (int64_t)x->flagged);
	jo_int(&o, "refused", (int64_t)x->refused);
	jo_open(&o, "flags", '{');
	for (unsigned i = 0; i < IMPORT_FLAG_COUNT; i++)
		if (n->by_flag[i] > 0)
			jo_int(&o, import_flag_word(i), (int64_t)n->by_flag[i]);
	jo_close(&o, '}');
	jo_strn(&o, "complaints", buf_cstr(&x->said), x->said.len);
	jo_close(&o, '}');
	say_json(x->cli, &b);
	buf_free(&b);
}

static void
print_people(const struct importing *x)
{
	const struct import_counts *n = import_counts(x->im);
	const struct cli *c = x->cli;

	say(c, "%s, country %s: %" PRIu64 " events read.\n", import_format_name(import_format(x->im)), x->country.iso3, x->read);
	say(c, "  %-20s %8" PRIu64 "\n", x->dry ? "would be filed" : "filed", x->filed);
	say(c, "  %-20s %8" PRIu64 "\n", "filed already", x->already);
	say(c, "  %-20s %8" PRIu64 "\n", "of other countries", x->foreign);
	say(c, "  %-20s %8" PRIu64 "\n", "refused", x->refused);
	say(c, "  %-20s %8" PRIu64 "\n", "with doubtful values", x->flagged);
	for (unsigned i = 0; i < IMPORT_FLAG_COUNT; i++)
		if (n->by_flag[i] > 0)
			say_in(c, PAINT_DIM, "    %-26s %8" PRIu64 "\n", import_flag_word(i), n->by_flag[i]);
	if (x->complaints > 0)
		say(c, "\n%s%s", buf_cstr(&x->said), x->complaints > COMPLAINTS_SHOWN ? "  ...\n" : "");
}

int
cmd_import(struct cli *c, struct err *e)
{
	struct importing x = { .cli = c, .dry = args_get(c, "dry-run") != NULL };
	int rc;

	progress_start(&x.progress, c);
	x.submit = (struct submit){ .local = &x.work, .result = on_result, .ctx = &x };
	if ((rc = importing_open(&x, c->args[0], e)) == OK)
		rc = read_file(&x, c->args[1], e);
	progress_end(&x.progress);
	if (rc == OK && c->json)
		put_json(&x);
	else if (rc == OK)
		print_people(&x);
	importing_close(&x);
	return rc == OK && x.refused > 0 ? CLI_FAILED : rc;
}
