/*
 * Inside the row reader: what can be said of one row's or one line's bytes alone.
 */
#ifndef FORMATS_DSV_TEXT_H
#define FORMATS_DSV_TEXT_H

#include "base/buf.h"
#include "formats/dsv.h"

/*
 * Append ${len} bytes of Windows-1252 to ${out} as UTF-8. False where the rule of formats/dsv.h does not let them be
 * that (nothing is appended then), or where there is no memory (out->failed).
 */
bool dsv_recode_1252(struct buf *out, const uint8_t *s, size_t len);

/*
 * Split a row that is known to be well formed into cells, unquoting in place. Answers their number; the state
 * machine of dsv.c counts the same, which it asserts.
 */
uint32_t dsv_split(char separator, uint8_t *text, size_t len, struct slice cells[DSV_MAX_COLUMNS]);

/* The separator that a first line uses most; a tie goes to the tab, then to the comma. */
char dsv_choose_separator(const uint8_t *s, size_t len);

#endif
