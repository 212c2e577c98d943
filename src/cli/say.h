/*
 * Everything that a person reads on standard output and standard error passes through here. What comes from records, cards and
 * files was written by strangers: control characters (which move cursors and forge lines) and bidirectional overrides (by which a
 * text reads otherwise than it is stored) are shown as \u001B, never sent. Nothing else in the room writes to the terminal.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "cli/cli.h"

enum paint { PAINT_NONE, PAINT_GOOD, PAINT_BAD, PAINT_WARN, PAINT_DIM, PAINT_STRONG };

/*
 * say_clean(out, s, len): append ${s} with every unsafe character as \uXXXX (which inside a JSON string means the same character)
 * and invalid UTF-8 as U+FFFD. Tab and newline stay.
 */
void say_clean(struct buf *out, const char *s, size_t len);
/* The same, with tabs and line ends as one space: for one line, for one cell of a table. */
void say_line(struct buf *out, const char *s, size_t len);

void say(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void say_in(const struct cli *c, enum paint p, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* ${text} on lines of at most ${width} columns, each with ${indent} blanks before it; line ends in it are kept. */
void say_block(const struct cli *c, unsigned indent, unsigned width, const char *text, size_t len);
/* JSON to standard output, with a newline; made safe (and still the same JSON) when that is a terminal. */
void say_json(const struct cli *c, const struct buf *json);
/* To standard error: "diwan: ...". */
void say_warn(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Bytes of ${s} that go on a line of ${width} columns: up to a line end or the last blank that fits; at least a character. */
size_t say_fitting(const char *s, size_t len, size_t width);
/* An object with one string member a pair: { "dir", dir, "vkey", vkey, NULL }. For short answers with --json. */
void say_pairs(const struct cli *c, const char *const *pairs);
/* Columns that a terminal needs for ${s} (valid UTF-8, one line). */
size_t say_width(const char *s, size_t len);

#endif
