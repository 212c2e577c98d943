/* Reading values of a charter, table by table; not for other rooms. */
#ifndef CHARTER_READ_H
#define CHARTER_READ_H

#include "charter/charter.h"

struct reading {
	struct arena *a;
	struct complaints *c;
	struct charter *ch;
};

/* One key of a map: what it is called, whether it must be there, and who reads its value to ${offset} in the struct. */
struct field {
	const char *key;
	bool must;
	void (*read)(struct reading *x, const struct yaml *v, void *to);
	size_t offset;
};

#define FIELD(key, must, read, type, member) { key, must, read, offsetof(type, member) }

/*
 * Read map ${v} by ${fields} into ${to}; complains of unknown and missing keys (${what}: "a member"). False when ${v}
 * is no map.
 */
bool read_map(struct reading *x, const struct yaml *v, const char *what, const struct field *fields, size_t count,
    void *to);
#define READ_MAP(x, v, what, fields, to) read_map(x, v, what, fields, sizeof(fields) / sizeof *(fields), to)

/* A list of maps of one shape. ${blank}: what a row is before its keys are read. */
struct rows {
	const char *what;		/* "an act" */
	const struct field *fields;
	size_t fields_count, size;
	const void *blank;
	size_t span_offset;		/* of a struct span to be checked, or ROWS_NO_SPAN */
	size_t at_offset;		/* of a const struct yaml * to be set, or ROWS_NO_AT */
};
#define ROWS_NO_SPAN SIZE_MAX
#define ROWS_NO_AT SIZE_MAX
#define ROWS(what, fields, blank, span, at) { what, fields, sizeof(fields) / sizeof *(fields), sizeof(blank), &(blank), \
	span, at }

/* Reads list ${v} into fresh memory at ${*rows}; the number of rows. */
uint32_t read_rows(struct reading *x, const struct yaml *v, const struct rows *shape, void **rows);

/* Zeroed memory for ${count} of ${size} bytes (never none), or NULL with a complaint. */
void *read_room(struct reading *x, uint32_t count, size_t size);

/* Type checks; complain (CH07) and answer false. */
bool is_scalar(struct reading *x, const struct yaml *v);
bool is_list(struct reading *x, const struct yaml *v);
bool is_map(struct reading *x, const struct yaml *v);

/* Readers of one value each; ${to} points to the type named. */
void read_text(struct reading *x, const struct yaml *v, void *to);		/* const char * */
void read_code(struct reading *x, const struct yaml *v, void *to);		/* const char * */
void read_name_code(struct reading *x, const struct yaml *v, const char *s, uint32_t line, uint32_t col);
void read_codes(struct reading *x, const struct yaml *v, void *to);		/* struct charter_codes */
void read_names(struct reading *x, const struct yaml *v, void *to);		/* struct charter_names */
void read_purposes(struct reading *x, const struct yaml *v, void *to);		/* uint32_t, PURPOSE_BIT set */
void read_kinds(struct reading *x, const struct yaml *v, void *to);		/* uint32_t, KIND_BIT set */
void read_standing(struct reading *x, const struct yaml *v, void *to);		/* enum standing */
void read_date(struct reading *x, const struct yaml *v, void *to);		/* struct charter_date */
void read_from(struct reading *x, const struct yaml *v, void *to);		/* int32_t: that day */
void read_to(struct reading *x, const struct yaml *v, void *to);		/* int32_t: the day after (span.until) */
void read_duration(struct reading *x, const struct yaml *v, void *to);		/* struct charter_duration: "30 days" */
bool read_number(struct reading *x, const struct yaml *v, int64_t min, int64_t max, int64_t *out);
/* The number of the word ${v} in ${words} (lower case, spaces as written), or -1 with a complaint that lists them. */
int read_word(struct reading *x, const struct yaml *v, const char *const *words, int count);
/* from < until, or CH10 at ${at}. */
void check_span(struct reading *x, const struct yaml *at, struct span s);

/* The tables: each reads a map or list at the top of the charter into ${x->ch}. */
void read_members(struct reading *x, const struct yaml *v, void *to);
void read_authorities(struct reading *x, const struct yaml *v, void *to);
void read_bodies(struct reading *x, const struct yaml *v, void *to);
void read_instruments(struct reading *x, const struct yaml *v, void *to);
void read_mappings(struct reading *x, const struct yaml *v, void *to);
void read_channels(struct reading *x, const struct yaml *v, void *to);
void read_namings(struct reading *x, const struct yaml *v, void *to);
void read_node(struct reading *x, const struct yaml *v, void *to);		/* struct charter_node */
void read_calendar_zone(struct reading *x, const struct yaml *v, void *to);	/* struct calendar */
void read_calendar_weekend(struct reading *x, const struct yaml *v, void *to);
void read_calendar_holidays(struct reading *x, const struct yaml *v, void *to);

/* What only the whole shows: references, doubles, order in time (CH11-CH25). */
void check_whole(struct reading *x);

#endif
