/* From a record to the cells of export_columns.def. */
#include "formats/export_value.h"

#include <string.h>

#include "base/text.h"

enum path_type { OWN, WORD, WORDS, NUMBER, MTEXT };

static const struct {
	const char *name;
	enum export_level level;
	enum path_type type;
	const char *path;
} columns[COL_COUNT] = {
#define COLUMN(name, level, type, path) [COL_##name] = { #name, EXPORT_##level, type, path },
#include "formats/export_columns.def"
#undef COLUMN
};

unsigned
export_columns(void)
{
	return COL_COUNT;
}

const char *
export_column_name(unsigned i)
{
	return columns[i].name;
}

int
export_allowed(const struct export_frame *frame, const struct record *r, enum export_level level, struct err *e)
{
	char id[REF_LEN];
	struct ref ref = { .version = r->seq };

	memcpy(ref.id, r->id, sizeof ref.id);
	ref_format(id, &ref);
	if (frame->naming_footnote == NULL)
		return err_set(e, ERR_INPUT, "an export needs the naming footnote of its reader's naming set; set it "
		    "(\"\" where "
		    "the set has none)");
	if (level == EXPORT_NOTHING)
		return err_set(e, ERR_DENIED, "%s: not visible, so it cannot be exported; ask the originator for "
		    "consent", id);
	if (r->pd >= PD_IDENTIFYING)
		return err_set(e, ERR_LAW, "%s: pd is %s; records with personal data do not leave as tables or maps. "
		    "Export a report "
		    "with counts, or a single attested copy", id, pd_word(r->pd));
	return OK;
}

void
export_undo(struct buf *out, size_t len)
{
	out->len = len;
	if (out->data != NULL)
		out->data[len] = '\0';
}

/* One member on the way: ${step} is a name, or the number of a place in a list. */
static const struct json *
go(const struct json *v, const char *step, size_t len)
{
	char name[32];

	if (v == NULL || len >= sizeof name)
		return NULL;
	if (v->type == JSON_ARRAY) {
		v = v->child;
		for (int n = step[0] - '0'; n > 0 && v != NULL; n--)
			v = v->next;
		return v;
	}
	memcpy(name, step, len);
	name[len] = '\0';
	return json_get(v, name);
}

/* The first of the '|' alternatives that is there. */
static const struct json *
follow(const struct json *body, const char *path)
{
	while (*path != '\0') {
		const struct json *v = body;

		while (*path != '\0' && *path != '|') {
			size_t n = strcspn(path, ".|");

			v = go(v, path, n);
			path += n;
			path += *path == '.';
		}
		if (v != NULL)
			return v;
		path += *path == '|';
	}
	return NULL;
}

static struct cell
no_cell(void)
{
	return (struct cell){ .type = CELL_ABSENT };
}

static struct cell
text_cell(struct slice s)
{
	return (struct cell){ s.len > 0 ? CELL_TEXT : CELL_ABSENT, s };
}

static struct cell
word_cell(const char *z)
{
	return text_cell((struct slice){ z, z == NULL ? 0 : (uint32_t)strlen(z) });
}

/* The text in ${lang}, else the first one. */
static struct cell
mtext_cell(const struct json *v, const char *lang)
{
	const struct json *chosen = v != NULL && v->type == JSON_ARRAY ? v->child : v, *text;

	for (const struct json *t = chosen; lang != NULL && v != NULL && v->type == JSON_ARRAY &&
	    t != NULL; t = t->next)
		if (json_is(json_get(t, "lang"), lang)) {
			chosen = t;
			break;
		}
	text = json_get(chosen, "text");
	if (text == NULL && chosen != NULL && chosen->type == JSON_STRING)
		text = chosen;
	return text == NULL ? no_cell() : text_cell((struct slice){ text->str, text->len });
}

/* Digits with at most one point and a leading minus: what a spreadsheet may take as a number without harm. */
static bool
is_number(struct slice s)
{
	uint32_t i = s.len > 0 && s.s[0] == '-', digits = 0, points = 0;

	for (; i < s.len; i++) {
		digits += s.s[i] >= '0' && s.s[i] <= '9';
		points += s.s[i] == '.';
	}
	return digits > 0 && points <= 1 && digits + points + (s.s[0] == '-') == s.len;
}

static struct cell
number_cell(struct slice s)
{
	struct cell c = text_cell(s);

	if (is_number(s))
		c.type = CELL_NUMBER;
	return c;
}

static struct cell
words_cell(struct arena *a, const struct json *v)
{
	struct buf b = { .max_bytes = 4096 };
	struct cell c = { 0 };

	for (v = v != NULL && v->type == JSON_ARRAY ? v->child : NULL; v != NULL; v = v->next) {
		if (b.len > 0)
			buf_byte(&b, ' ');
		buf_add(&b, v->str, v->len);
	}
	if (b.len > 0)
		c = word_cell(arena_strn(a, buf_cstr(&b), b.len));
	buf_free(&b);
	return c;
}

static struct cell
body_cell(struct arena *a, const struct export_frame *frame, const struct record *r, unsigned i)
{
	const struct json *v = follow(r->body, columns[i].path);

	if (v == NULL)
		return no_cell();
	switch (columns[i].type) {
	case MTEXT:
		return mtext_cell(v, frame->lang);
	case WORDS:
		return words_cell(a, v);
	case NUMBER:
		return v->str == NULL ? no_cell() : number_cell((struct slice){ v->str, v->len });
	default:
		return v->type == JSON_STRING ? text_cell((struct slice){ v->str, v->len }) : no_cell();
	}
}

/* "H0 H2 H3: text" */
static struct cell
handling_cell(struct arena *a, const struct record *r)
{
	struct buf b = { .max_bytes = 65536 };
	const struct json *h = json_get(r->root, "handling");
	struct cell c;

	for (h = h == NULL ? NULL : h->child; h != NULL; h = h->next) {
		const struct json *text = json_get(h, "H3");

		if (b.len > 0)
			buf_byte(&b, ' ');
		if (text != NULL)
			buf_fmt(&b, "H3: %.*s", (int)text->len, text->str);
		else if (h->type == JSON_STRING)
			buf_add(&b, h->str, h->len);
	}
	c = word_cell(b.len == 0 ? NULL : arena_strn(a, buf_cstr(&b), b.len));
	buf_free(&b);
	return c;
}

static struct cell
purposes_cell(struct arena *a, const struct record *r)
{
	struct buf b = { .max_bytes = 256 };
	struct cell c;

	for (int p = 1; p <= PURPOSE_MAX; p++)
		if (r->purposes & PURPOSE_BIT(p))
			buf_fmt(&b, "%sP%02d", b.len > 0 ? " " : "", p);
	c = word_cell(b.len == 0 ? NULL : arena_strn(a, buf_cstr(&b), b.len));
	buf_free(&b);
	return c;
}

static void
own_cells(struct arena *a, const struct export_frame *frame, const struct record *r, enum export_level level,
    struct cell *c)
{
	static const char *const levels[] = { "NOTHING", "EXISTS", "META", "REDACTED", "FULL" };
	char id[2 * RECORD_ID_BYTES + 1], when[INST_LEN], day[DATE_LEN];

	hex_encode(id, r->id, sizeof r->id);
	inst_format(when, r->filed_at);
	c[COL_id] = word_cell(arena_str(a, id));
	c[COL_version] = number_cell(word_cell(arena_fmt(a, "%u", r->seq)).text);
	c[COL_level] = word_cell(levels[level]);
	c[COL_mode] = word_cell(mode_word(r->mode));
	c[COL_tlp] = word_cell(tlp_word(r->tlp));
	c[COL_pap] = word_cell(tlp_word(r->pap));
	c[COL_handling] = handling_cell(a, r);
	c[COL_class] = word_cell(arena_fmt(a, "%d%s%.*s", r->class_level, r->class_label.len > 0 ? " " : "",
	    (int)r->class_label.len,
	    r->class_label.len > 0 ? r->class_label.s : ""));
	c[COL_naming_footnote] = word_cell(frame->naming_footnote);
	c[COL_member] = text_cell(r->member);
	c[COL_authority] = text_cell(r->authority);
	c[COL_kind] = word_cell(kind_code(r->kind));
	c[COL_state] = text_cell(r->state);
	c[COL_filed_at] = word_cell(arena_str(a, when));
	c[COL_purposes] = purposes_cell(a, r);
	c[COL_pd] = word_cell(pd_word(r->pd));
	if (r->delete_by != INT32_MAX) {
		date_format(day, r->delete_by);
		c[COL_delete_by] = word_cell(arena_str(a, day));
	}
}

static void
point_cells(struct arena *a, const struct export_frame *frame, const struct record *r, struct cell *c)
{
	struct export_point p;

	/* A row has one place; a record with several has them on the map. */
	if (export_points(frame, r, &p, 1) != 1)
		return;
	c[COL_lon] = number_cell(word_cell(arena_str(a, p.lon)).text);
	c[COL_lat] = number_cell(word_cell(arena_str(a, p.lat)).text);
	c[COL_geo_status] = text_cell(p.status);
	if (p.radius_m >= 0)
		c[COL_radius_m] = number_cell(word_cell(arena_fmt(a, "%lld", (long long)p.radius_m)).text);
}

bool
export_cells(struct arena *a, const struct export_frame *frame, const struct record *r, enum export_level level,
    struct cell cells[COL_COUNT])
{
	const char *drill = r->mode == MODE_EXERCISE ? "EXERCISE: " : r->mode == MODE_TEST ? "TEST: " : NULL;

	memset(cells, 0, COL_COUNT * sizeof *cells);
	own_cells(a, frame, r, level, cells);
	point_cells(a, frame, r, cells);
	for (unsigned i = 0; i < COL_COUNT; i++) {
		if (columns[i].type != OWN && level >= columns[i].level)
			cells[i] = body_cell(a, frame, r, i);
		if (level < columns[i].level)
			cells[i] = no_cell();
	}
	/* A title read aloud or copied must not pass for a real event. */
	if (drill != NULL && cells[COL_title].type == CELL_TEXT)
		cells[COL_title] = word_cell(arena_fmt(a, "%s%.*s", drill, (int)cells[COL_title].text.len,
		    cells[COL_title].text.s));
	return cells[COL_id].type != CELL_ABSENT && cells[COL_class].type != CELL_ABSENT;
}
