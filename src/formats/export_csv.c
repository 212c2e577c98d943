/* CSV of formats/export.h. */
#include <string.h>

#include "base/text.h"
#include "formats/export_value.h"

/*
 * Would a spreadsheet run this text? The characters are those of OWASP's note on CSV injection and their full-width
 * forms, which some programs take alike; blanks before them do not help, because some programs trim.
 */
static bool
is_formula(struct slice s)
{
	size_t n;

	for (uint32_t i = 0; i < s.len; i += (uint32_t)n) {
		uint32_t c = utf8_at((const uint8_t *)s.s + i, s.len - i, &n);

		if (c == '\t' || c == '\r' || c == '\n')
			return true;
		if (c == ' ' || c == 0xa0 || c == 0x3000 || c == 0xfeff || c == 0x200b || c == 0x200e || c == 0x200f)
			continue;
		return c == '=' || c == '+' || c == '-' || c == '@' || c == 0xff1d || c == 0xff0b || c == 0xff0d ||
		    c == 0xff20 ||
		    c == 0x2212;
	}
	return false;
}

/* Quoted where RFC 4180 asks for it, and where another separator (semicolon, tab) would split the cell on reading. */
static void
put_text(struct buf *out, struct slice s)
{
	bool formula = is_formula(s), quote = formula;

	for (uint32_t i = 0; i < s.len && !quote; i++)
		quote = strchr("\",;\t\r\n'", s.s[i]) != NULL;
	if (!quote && s.len > 0)
		quote = s.s[0] == ' ' || s.s[s.len - 1] == ' ';
	if (quote)
		buf_byte(out, '"');
	if (formula)
		buf_byte(out, '\'');
	for (uint32_t i = 0; i < s.len; i++) {
		if (s.s[i] == '"')
			buf_byte(out, '"');
		buf_byte(out, (uint8_t)s.s[i]);
	}
	if (quote)
		buf_byte(out, '"');
}

int
export_csv_begin(struct buf *out, const struct export_frame *frame, struct err *e)
{
	if (frame->bom)
		buf_str(out, "\xef\xbb\xbf");
	for (unsigned i = 0; i < export_columns(); i++)
		buf_fmt(out, "%s%s", i > 0 ? "," : "", export_column_name(i));
	buf_str(out, "\r\n");
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for the table") : OK;
}

int
export_csv_record(struct buf *out, const struct export_frame *frame, const struct record *r, enum export_level level,
    struct err *e)
{
	struct arena row = { 0 };
	struct cell cells[COL_COUNT];
	size_t start = out->len;
	int rc = export_allowed(frame, r, level, e);

	if (rc != OK)
		return rc;
	if (!export_cells(&row, frame, r, level, cells))
		rc = err_set(e, ERR_NOMEM, "no memory for a row");
	for (unsigned i = 0; rc == OK && i < COL_COUNT; i++) {
		if (i > 0)
			buf_byte(out, ',');
		if (cells[i].type == CELL_NUMBER)
			buf_add(out, cells[i].text.s, cells[i].text.len);
		else
			put_text(out, cells[i].text);
	}
	if (rc == OK && !buf_str(out, "\r\n")) {
		export_undo(out, start);
		rc = err_set(e, ERR_NOMEM, "no memory for a row; write out what there is and go on with an empty "
		    "buffer");
	}
	arena_free(&row);
	return rc;
}
