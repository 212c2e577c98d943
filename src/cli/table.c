#include "cli/table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define GAP 2

void
table_start(struct table *t, const struct cli *c, const char *const *head, unsigned columns)
{
	assert(columns > 0 && columns <= TABLE_COLUMNS);
	*t = (struct table){ .cli = c, .columns = columns };
	for (unsigned i = 0; i < columns; i++)
		t->head[i] = head[i];
}

void
table_text(struct table *t, enum paint p, const char *s, size_t len)
{
	struct buf safe = { 0 };
	void *more;

	if (t->count == t->room) {
		t->room = t->room == 0 ? 64 : 2 * t->room;
		if ((more = reallocarray(t->cell, t->room, sizeof *t->cell)) == NULL) {
			t->failed = true;
			return;
		}
		t->cell = more;
	}
	say_line(&safe, s, len);
	t->cell[t->count].text = arena_strn(&t->texts, buf_cstr(&safe), safe.len);
	t->cell[t->count].paint = p;
	if (safe.failed || t->cell[t->count].text == NULL)
		t->failed = true;
	t->count++;
	buf_free(&safe);
}

void
table_cell(struct table *t, enum paint p, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	table_text(t, p, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* Bytes of ${s} that fit ${width} columns. */
static size_t
fitting(const char *s, size_t width)
{
	size_t len = strlen(s), i = 0, n;

	while (i < len) {
		utf8_at((const uint8_t *)s + i, len - i, &n);
		if (say_width(s, i + n) > width)
			break;
		i += n;
	}
	return i;
}

static void
print_cell(const struct table *t, const char *s, enum paint p, size_t width, bool right, bool last)
{
	size_t w = say_width(s, strlen(s)), len = strlen(s);
	bool cut = w > width;

	if (cut) {
		len = fitting(s, width - 1);
		w = say_width(s, len) + 1;
	}
	say(t->cli, "%*s", right ? (int)(width - w) : 0, "");
	say_in(t->cli, p, "%.*s%s", (int)len, s, cut ? "…" : "");
	if (!last)
		say(t->cli, "%*s", (int)((right ? 0 : width - w) + GAP), "");
}

/* The last cell over as many lines as it takes; the first one begins where the cursor is. */
static void
print_wrapped(const struct table *t, const char *s, enum paint p, size_t width, unsigned indent)
{
	size_t n, left = strlen(s);

	for (bool first = true; first || left > 0; first = false) {
		n = say_fitting(s, left, width);
		if (!first)
			say(t->cli, "\n%*s", (int)indent, "");
		say_in(t->cli, p, "%.*s", (int)n, s);
		n += n < left && s[n] == ' ';
		s += n;
		left -= n;
	}
}

static const char *
head_text(const struct table *t, unsigned i)
{
	return t->head[i][0] == '>' ? t->head[i] + 1 : t->head[i];
}

static void
measure(const struct table *t, unsigned indent, size_t width[TABLE_COLUMNS])
{
	size_t used = indent;

	assert(t->columns > 0);
	for (unsigned i = 0; i < t->columns; i++)
		width[i] = say_width(head_text(t, i), strlen(head_text(t, i)));
	for (size_t k = 0; k < t->count; k++) {
		size_t w = say_width(t->cell[k].text, strlen(t->cell[k].text));

		if (w > width[k % t->columns])
			width[k % t->columns] = w;
	}
	for (unsigned i = 0; i + 1 < t->columns; i++)
		used += width[i] + GAP;
	if (used + 20 > TABLE_WIDTH)
		used = TABLE_WIDTH - 20;
	if (width[t->columns - 1] > TABLE_WIDTH - used)
		width[t->columns - 1] = TABLE_WIDTH - used;
}

void
table_drop(struct table *t)
{
	arena_free(&t->texts);
	free(t->cell);
	memset(t, 0, sizeof *t);
}

void
table_end(struct table *t, unsigned indent)
{
	size_t width[TABLE_COLUMNS] = { 0 };
	unsigned before = indent;	/* columns in front of the last one */

	assert(t->columns > 0);
	if (t->failed) {
		say_warn(t->cli, "no memory to print a table of %zu cells", t->count);
	} else {
		measure(t, indent, width);
		for (unsigned i = 0; i + 1 < t->columns; i++)
			before += (unsigned)width[i] + GAP;
		say(t->cli, "%*s", (int)indent, "");
		for (unsigned i = 0; i < t->columns; i++)
			print_cell(t, head_text(t, i), PAINT_DIM, width[i], t->head[i][0] == '>', i + 1 == t->columns);
		for (size_t k = 0; k < t->count; k++) {
			unsigned i = (unsigned)(k % t->columns);

			if (i == 0)
				say(t->cli, "\n%*s", (int)indent, "");
			if (t->wrap && i + 1 == t->columns)
				print_wrapped(t, t->cell[k].text, t->cell[k].paint, width[i], before);
			else
				print_cell(t, t->cell[k].text, t->cell[k].paint, width[i], t->head[i][0] == '>',
				    i + 1 == t->columns);
		}
		say(t->cli, "\n");
	}
	table_drop(t);
}
