/*
 * Numbers for the rows of the tables, so that the code that must name a field or a word is checked by the compiler:
 *   W_MODE_EXERCISE     index of the word EXERCISE in the list MODE
 *   SLOT(s, NOTICE, type)   the slot of field "type" among those of a notice
 * For the record room's own .c files only.
 */
#ifndef RECORD_ROWS_H
#define RECORD_ROWS_H

#include "record/tables.h"

enum word_index {
#define VOCAB(v, help) W_##v##_START_ = -1,
#define W(v, w, help) W_##v##_##w,
#include "record/vocab.def"
#undef VOCAB
#undef W
};

enum field_row {
#define STRUCT(s, help) ROW_##s, ROW_##s##_START_ = ROW_##s - 1,
#define FIELD(s, f, need, type, help, ...) ROW_##s##_##f,
#include "record/fields.def"
#undef STRUCT
#undef FIELD
	ROW_COUNT
};

/* What checking one field found. For a field that is absent, j is NULL. */
struct slot {
	const struct json *j;
	int64_t v;			/* INT, BOOL; WORD: index; SET of WORD: bits; DATE, PDATE: day; INST, MOMENT: ms */
	int64_t last;			/* PDATE: last day; MOMENT: last ms of what it names */
	int16_t offset_min;		/* INST: as written */
};

#define FIELDS_MAX 48			/* rows of the largest struct; asserted in check.c */
#define SLOT(s, owner, f) ((s)[ROW_##owner##_##f - ROW_##owner])
#define HAS(s, owner, f) (SLOT(s, owner, f).j != NULL)

#endif
