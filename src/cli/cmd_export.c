/*
 * export: records out as a table, a map or JSON lines; never more than the viewer may see, never identifying personal data, with
 * the markings in every row. Every export is entered in DIR/exports.ndjson (safeguard P20: who took what out, when, and its hash).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/filters.h"
#include "cli/present.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "crypt/hash.h"
#include "formats/export.h"

#define OUT_MAX_BYTES ((size_t)1024 * 1024 * 1024)
#define DISCLAIMER "Designations and points express no opinion on the status of any territory or on any border."

enum form { FORM_CSV, FORM_GEOJSON, FORM_NDJSON };

struct exporting {
	const struct cli *cli;
	const struct viewing *w;
	enum form form;
	struct export_frame frame;
	struct export_map map;
	struct buf out, footnotes;
	uint64_t written, personal, pointless;	/* pointless: without a point that may be shown */
	struct progress progress;
	struct err *e;
};

/* ---- rows ---- */

static int
add_json(struct exporting *x, struct judged *d)
{
	struct json_out o = { &x->out, false };
	int rc;

	if (d->rec.pd >= PD_IDENTIFYING)
		return err_set(x->e, ERR_LAW, "personal data");
	jo_open(&o, NULL, '{');
	jo_str(&o, "naming_footnote", x->frame.naming_footnote);
	if ((rc = present_json(x->w, d, &o, x->e)) != OK)
		return rc;
	jo_close(&o, '}');
	buf_byte(&x->out, '\n');
	return OK;
}

static int
add_row(void *ctx, struct judged *d)
{
	struct exporting *x = ctx;
	enum export_level level = (enum export_level)d->level;	/* the same lattice, asserted below */
	int rc;

	_Static_assert((int)EXPORT_FULL == (int)LEVEL_FULL && (int)EXPORT_EXISTS == (int)LEVEL_EXISTS, "levels agree");
	if (x->form == FORM_CSV)
		rc = export_csv_record(&x->out, &x->frame, &d->rec, level, x->e);
	else if (x->form == FORM_GEOJSON)
		rc = export_geojson_record(&x->map, &d->rec, level, x->e);
	else
		rc = add_json(x, d);
	x->written += rc == OK;
	x->personal += rc == ERR_LAW;
	x->pointless += rc == ERR_NOTFOUND;
	progress_show(&x->progress, "exported", x->written, 0);
	return rc == ERR_LAW || rc == ERR_NOTFOUND ? OK : rc;
}

/* ---- frame ---- */

/* The footnotes of the first naming set that the own member reads by. */
static void
find_footnotes(struct exporting *x)
{
	const struct registry *reg = x->w->judge.reg;

	for (uint32_t i = 0; i < reg->namings_count; i++) {
		if (!mset_has(&reg->namings[i].audience, x->w->viewer.member))
			continue;
		for (uint32_t k = 0; k < reg->namings[i].terms_count; k++) {
			const char *note = reg->namings[i].terms[k].footnote;

			if (note != NULL && note[0] != 0 && strstr(buf_cstr(&x->footnotes), note) == NULL)
				buf_fmt(&x->footnotes, "%s%s", x->footnotes.len > 0 ? " " : "", note);
		}
		return;
	}
}

static int
read_frame(struct exporting *x, struct err *e)
{
	const char *format = args_get(x->cli, "format");
	uint64_t fuzz = 0;
	int rc;

	if (strcmp(format, "csv") == 0)
		x->form = FORM_CSV;
	else if (strcmp(format, "geojson") == 0)
		x->form = FORM_GEOJSON;
	else if (strcmp(format, "ndjson") == 0)
		x->form = FORM_NDJSON;
	else
		return err_set(e, ERR_USAGE, "--format: \"%s\" is none of csv, geojson, ndjson", format);
	if ((rc = args_u64(x->cli, "fuzz", 1000000, &fuzz, e)) != OK)
		return rc;
	if (x->form == FORM_NDJSON && fuzz > 0)
		return err_set(e, ERR_USAGE, "--fuzz goes with csv and geojson: the text of a record is not changed");
	if (x->form != FORM_CSV && args_get(x->cli, "bom") != NULL)
		return err_set(e, ERR_USAGE, "--bom goes with csv");
	find_footnotes(x);
	x->frame = (struct export_frame){ .naming_footnote = buf_cstr(&x->footnotes), .disclaimer = DISCLAIMER,
	    .lang = x->cli->lang,
	    .bom = args_get(x->cli, "bom") != NULL, .fuzz_m = fuzz == 0 ? EXPORT_EXACT : (int32_t)fuzz };
	return OK;
}

static int
make(struct exporting *x, const struct query *q, struct err *e)
{
	struct query_page page;
	int rc = OK;

	x->e = e;
	x->out.max_bytes = OUT_MAX_BYTES;
	if (x->form == FORM_CSV)
		rc = export_csv_begin(&x->out, &x->frame, e);
	else if (x->form == FORM_GEOJSON)
		rc = export_geojson_begin(&x->map, &x->out, &x->frame, e);
	if (rc == OK)
		rc = query_list(&x->w->judge, q, &x->w->viewer, x->w->as_of, add_row, x, &page, e);
	if (rc == OK && x->form == FORM_GEOJSON)
		rc = export_geojson_end(&x->map, e);
	if (rc == OK && x->out.failed)
		rc = err_set(e, ERR_LIMIT, "the export is longer than %zu bytes; export a shorter time", OUT_MAX_BYTES);
	return rc;
}

/* ---- inventory ---- */

static void
inventory_line(const struct exporting *x, struct buf *line)
{
	struct json_out o = { line, false };
	struct buf who = { 0 };
	struct digest hash;
	char text[2 * HASH_BYTES + 1], when[INST_LEN];
	const char *path = args_get(x->cli, "out");

	inst_format(when, (struct inst){ clock_now_ms(&x->cli->clock), 0 });
	viewer_text(x->w, &who);
	hash_once(&hash, x->out.data, x->out.len);
	hex_encode(text, hash.b, sizeof hash.b);
	jo_open(&o, NULL, '{');
	jo_str(&o, "at", when);
	jo_strn(&o, "by", buf_cstr(&who), who.len);
	jo_str(&o, "format", args_get(x->cli, "format"));
	jo_str(&o, "file", path == NULL ? "-" : path);
	jo_int(&o, "records", (int64_t)x->written);
	jo_str(&o, "sha256", text);
	jo_close(&o, '}');
	buf_byte(line, '\n');
	buf_free(&who);
}

/* One line, appended whole. Without the entry nothing leaves. */
static int
enter(const struct exporting *x, const char *dir, struct err *e)
{
	struct buf line = { 0 };
	char path[4352];
	int fd, rc = OK;

	snprintf(path, sizeof path, "%s/exports.ndjson", dir);
	inventory_line(x, &line);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
		rc = err_set(e, ERR_IO, "the export inventory %s: %s; nothing was exported", path, strerror(errno));
	else if (line.failed || write(fd, line.data, line.len) != (ssize_t)line.len || fsync(fd) != 0)
		rc = err_set(e, ERR_IO, "the export inventory %s cannot be written: %s; nothing was exported", path,
		    strerror(errno));
	if (fd >= 0 && close(fd) != 0 && rc == OK)
		rc = err_set(e, ERR_IO, "the export inventory %s: %s", path, strerror(errno));
	buf_free(&line);
	return rc;
}

static void
report(const struct exporting *x)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	const char *path = args_get(x->cli, "out");

	if (x->cli->json && path != NULL && strcmp(path, "-") != 0) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "file", path);
		jo_int(&o, "records", (int64_t)x->written);
		jo_int(&o, "left_out_personal", (int64_t)x->personal);
		jo_int(&o, "left_out_no_point", (int64_t)x->pointless);
		jo_close(&o, '}');
		say_json(x->cli, &b);
		buf_free(&b);
		return;
	}
	fflush(stdout);
	say_warn(x->cli, "%" PRIu64 " records exported%s%s", x->written, x->written == 0 && viewer_hint(x->w)[0] != 0 ? ". " : "",
	    x->written == 0 ? viewer_hint(x->w) : "");
	if (x->personal > 0)
		say_warn(x->cli, "%" PRIu64 " left out, because they hold identifying personal data: those leave as "
		    "attested copies only",
		    x->personal);
	if (x->pointless > 0)
		say_warn(x->cli, "%" PRIu64 " left out, because they have no point that may be shown", x->pointless);
}

int
cmd_export(struct cli *c, struct err *e)
{
	struct viewing w;
	struct exporting x = { .cli = c, .w = &w };
	struct local l;
	struct query q;
	uint64_t limit = 0;
	int rc;

	if ((rc = args_u64(c, "limit", UINT32_MAX, &limit, e)) != OK || (rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	progress_start(&x.progress, c);
	if ((rc = viewer_read(&w, c, &l, e)) == OK && (rc = filters_read(&q, c, &l, e)) == OK && (rc = read_frame(&x, e)) == OK) {
		q.limit = (uint32_t)limit;
		if ((rc = make(&x, &q, e)) == OK && (rc = enter(&x, l.dir, e)) == OK)
			rc = local_spill(args_get(c, "out"), x.out.data == NULL ? (const uint8_t *)"" : x.out.data, x.out.len, e);
	}
	progress_end(&x.progress);
	if (rc == OK)
		report(&x);
	buf_free(&x.out);
	buf_free(&x.footnotes);
	local_close(&l);
	return rc;
}
