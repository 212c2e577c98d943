/*
 * Tables for people. Cells are copied and cleaned (say.h); the table is printed when it is whole, with columns as wide as their
 * cells and the last one cut, or wrapped, so that a line has at most TABLE_WIDTH columns.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/arena.h"
#include "cli/say.h"

#define TABLE_COLUMNS 12
#define TABLE_WIDTH 100
struct table {
	const struct cli *cli;
	const char *head[TABLE_COLUMNS];	/* a leading '>' aligns the column to the right */
	unsigned columns;
	struct { const char *text; enum paint paint; } *cell;
	struct arena texts;
	size_t count, room;
	bool failed;
	bool wrap;			/* the last column goes on over several lines instead of being cut */
};
void table_start(struct table *t, const struct cli *c, const char *const *head, unsigned columns);
void table_cell(struct table *t, enum paint p, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void table_text(struct table *t, enum paint p, const char *s, size_t len);
/* Free without printing; harmless after table_end. */
void table_drop(struct table *t);
/* Print with ${indent} blanks before each line, and free. */
void table_end(struct table *t, unsigned indent);

#endif
