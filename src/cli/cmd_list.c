/* list: records, newest first, as far as the viewer may see them. */
#include <stdio.h>
#include <string.h>

#include "cli/filters.h"
#include "cli/present.h"
#include "cli/say.h"
#include "cli/table.h"

#define LIMIT 40
#define LIMIT_MAX 10000

struct page {
	const struct cli *cli;
	const struct viewing *w;
	struct table table;
	struct buf json;
	struct json_out out;
	uint32_t below;			/* records of which less than the text is shown */
};

static enum paint
level_paint(enum level l)
{
	return l == LEVEL_FULL ? PAINT_NONE : l == LEVEL_REDACTED ? PAINT_WARN : PAINT_DIM;
}

static int
add_row(void *ctx, struct judged *d)
{
	struct page *p = ctx;
	char label[LABEL_LEN], filed[INST_LEN], title[400];
	bool meta = d->level >= LEVEL_META;

	p->below += d->level < LEVEL_REDACTED;
	if (p->cli->json) {
		jo_open(&p->out, NULL, '{');
		present_json_row(p->w, d, p->cli->lang, &p->out);
		jo_close(&p->out, '}');
		return 0;
	}
	judge_label(label, &p->w->judge, d->pos);
	inst_format(filed, d->rec.filed_at);
	filed[10] = ' ';
	present_title(d, p->cli->lang, title, sizeof title);
	table_cell(&p->table, PAINT_STRONG, "%s", label);
	table_cell(&p->table, PAINT_NONE, "%.16s", meta ? filed : "");
	table_cell(&p->table, PAINT_NONE, "%s", meta ? kind_code(d->rec.kind) : "");
	table_text(&p->table, PAINT_NONE, d->rec.state.s, meta ? d->rec.state.len : 0);
	table_cell(&p->table, PAINT_NONE, "%s", tlp_word(d->rec.tlp));
	table_cell(&p->table, level_paint(d->level), "%s", level_word(d->level));
	table_cell(&p->table, d->rec.mode == MODE_REAL ? PAINT_NONE : PAINT_WARN, "%s%s%s", d->rec.mode == MODE_REAL ? "" :
	    mode_word(d->rec.mode), d->rec.mode == MODE_REAL ? "" : ": ", title);
	return 0;
}

static void
finish(struct page *p, const struct query_page *page)
{
	char label[LABEL_LEN];
	struct buf who = { 0 };

	judge_label(label, &p->w->judge, page->next);
	if (p->cli->json) {
		jo_close(&p->out, ']');
		jo_str(&p->out, "cursor", page->next == 0 ? NULL : label);
		jo_close(&p->out, '}');
		say_json(p->cli, &p->json);
		return;
	}
	viewer_text(p->w, &who);
	if (page->shown > 0)
		table_end(&p->table, 0);
	say_in(p->cli, PAINT_DIM, "%s%u record%s, as seen by %s.\n", page->shown > 0 ? "\n" : "", (unsigned)page->shown,
	    page->shown == 1 ? "" : "s", buf_cstr(&who));
	if (page->next != 0)
		say(p->cli, "There are more: add --cursor %s\n", label);
	if (p->below > 0 && viewer_hint(p->w)[0] != 0)
		say(p->cli, "%s\n", viewer_hint(p->w));
	buf_free(&who);
}

static int
list(const struct cli *c, const struct viewing *w, const struct query *q, struct err *e)
{
	static const char *const head[] = { "record", "filed", "kind", "state", "tlp", "seen", "title" };
	struct page p = { .cli = c, .w = w };
	struct query_page page;
	int rc;

	p.out.b = &p.json;
	table_start(&p.table, c, head, 7);
	jo_open(&p.out, NULL, '{');
	jo_open(&p.out, "records", '[');
	rc = query_list(&w->judge, q, &w->viewer, w->as_of, add_row, &p, &page, e);
	if (rc == OK && p.json.failed)
		rc = err_set(e, ERR_NOMEM, "no memory to print the list; use a smaller --limit");
	if (rc == OK)
		finish(&p, &page);
	table_drop(&p.table);
	buf_free(&p.json);
	return rc;
}

int
cmd_list(struct cli *c, struct err *e)
{
	const char *cursor = args_get(c, "cursor");
	struct viewing w;
	struct local l;
	struct query q;
	uint64_t limit = LIMIT;
	int rc;

	if ((rc = args_u64(c, "limit", LIMIT_MAX, &limit, e)) != OK || (rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	if ((rc = viewer_read(&w, c, &l, e)) == OK && (rc = filters_read(&q, c, &l, e)) == OK) {
		q.limit = limit == 0 ? LIMIT_MAX : (uint32_t)limit;
		if (cursor == NULL || (rc = query_find(&w.judge, cursor, strlen(cursor), 0, &q.after, e)) == OK)
			rc = list(c, &w, &q, e);
	}
	local_close(&l);
	return rc;
}
