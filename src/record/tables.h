/*
 * The tables of the record room, for reading: what kinds there are, what fields they have, what words a list holds, which rules
 * bind fields to one another. kinds.def, fields.def, vocab.def and rules.def are the only source; the validator, `diwan kinds`,
 * the JSON Schemas (schema.h) and the tables of docs/format.md are made from these arrays.
 *
 * All arrays are constant, fully known at compile time, and in the order of the .def files. Ids index them.
 */
#ifndef RECORD_TABLES_H
#define RECORD_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "record/record.h"

enum vocab_id {
#define VOCAB(v, help) V_##v,
#define W(v, w, help)
#include "record/vocab.def"
#undef VOCAB
#undef W
	V_COUNT
};

enum struct_id {
#define STRUCT(s, help) S_##s,
#define FIELD(s, f, need, type, help, ...)
#include "record/fields.def"
#undef STRUCT
#undef FIELD
	S_COUNT
};

enum field_type {
	FT_TEXT, FT_LINE, FT_CODE, FT_TOKEN, FT_WORD, FT_LANG, FT_COUNTRY, FT_CURRENCY, FT_URL, FT_INT, FT_BOOL, FT_DEC, FT_SDEC,
	FT_LON, FT_LAT, FT_INST, FT_DATE, FT_PDATE, FT_MOMENT, FT_HHMM, FT_REF, FT_ID, FT_HASH, FT_RANGE, FT_HANDLING, FT_STATE,
	FT_BODY, FT_STRUCT, FT_COUNT
};

enum shape { SHAPE_ONE, SHAPE_LIST, SHAPE_SET };	/* SET: a list in which no value stands twice */
enum need { MAY, MUST };

struct type_def {
	const char *name;		/* as in docs/format.md part 3 */
	const char *rule;		/* what a value must be, as a sentence for the person */
	const char *pattern;		/* ECMA 262 regular expression for strings; NULL for other JSON types */
};

struct word {
	const char *s, *help;		/* help "" where the word says it */
	size_t len;
};

struct vocab {
	const char *name, *help;
	uint16_t first;			/* its words in tables_word, up to the first of the next list */
};

struct field {
	const char *name, *help;
	const char *ident;		/* NULL; type of identifier; "" when the member "type" beside it gives the type */
	int64_t min, max;		/* FT_INT: values. FT_TEXT, FT_LINE: bytes */
	uint16_t least, most;		/* SHAPE_LIST, SHAPE_SET: values */
	uint8_t len;			/* of name */
	uint8_t need, type, shape;
	uint8_t arg;			/* FT_WORD: enum vocab_id. FT_STRUCT: enum struct_id */
	uint8_t pd;			/* least enum pd of the envelope that a record with this field needs */
};

struct struct_def {
	const char *name, *help;	/* name in capitals, as in fields.def */
	uint16_t first;			/* its rows in tables_field, up to the first of the next struct */
};

struct kind_def {
	const char *title, *help;	/* its code is the word of list KIND */
	const char *named_by;		/* body field (a text in several languages) that names the record; "" if none */
	const char *described_by;	/* paths of body fields, separated by spaces */
	uint8_t body;			/* enum struct_id */
	uint8_t states;			/* enum vocab_id */
};

struct rule {
	const char *field;		/* at which it is reported, inside its struct */
	const char *text, *step;	/* the rule; what to do about a breach */
	uint8_t number;			/* NN of R-NN */
};

extern const struct type_def tables_type[FT_COUNT];
extern const struct word tables_word[];
extern const struct vocab tables_vocab[V_COUNT + 1];	/* the last row is empty and ends the one before */
extern const struct field tables_field[];
extern const struct struct_def tables_struct[S_COUNT + 1];	/* likewise */
extern const struct kind_def tables_kind[KIND_COUNT];	/* index 0 (KIND_NONE) is empty */
extern const struct rule tables_rule[];
extern const size_t tables_rules;

/* Number of rules of struct ${s}; the first one in *${first}. */
size_t tables_struct_rules(enum struct_id s, const struct rule **first);

static inline unsigned
tables_words(enum vocab_id v)
{
	return (unsigned)(tables_vocab[v + 1].first - tables_vocab[v].first);
}

static inline unsigned
tables_fields(enum struct_id s)
{
	return (unsigned)(tables_struct[s + 1].first - tables_struct[s].first);
}

/* Index of the word in its list, or -1. O(words of the list). */
int tables_find_word(enum vocab_id v, const char *s, size_t len);
/* The word at ${i} of list ${v}. */
const char *tables_word_at(enum vocab_id v, int i);

/*
 * Row of field ${key} in struct ${s}, or NULL. Looks at row *${hint} first and leaves the row after the one found there, so that
 * members in the order of the table cost one comparison each; ${hint} starts as 0.
 */
const struct field *tables_find_field(enum struct_id s, const char *key, size_t len, unsigned *hint);

#endif
