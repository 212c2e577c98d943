/*
 * The tables of the record room, printed: as JSON Schema for editors and other people's programs, and as the tables of
 * docs/format.md. Both come from the same rows that validate, so they cannot drift apart; a test compares docs/format.md
 * with what schema_markdown() prints.
 */
#ifndef RECORD_SCHEMA_H
#define RECORD_SCHEMA_H

#include "base/buf.h"
#include "base/json.h"
#include "record/record.h"

/*
 * record_schema(kind, out):
 * Write the JSON Schema (draft 2020-12) of a whole record of ${kind}, as one value, without key. It says everything about types,
 * required fields and vocabularies; the cross-field rules, Unicode hygiene and the calendar are beyond what a JSON Schema can say
 * (docs/format.md parts 1, 2 and 7), and it counts lengths in characters where the format counts bytes.
 */
void record_schema(enum kind kind, struct json_out *out);

/* The tables of docs/format.md, parts 3 to 7, as Markdown. */
void schema_markdown(struct buf *out);

/*
 * The personal-data marking that the field at ${path} in the body of ${kind} needs: the highest of the fields the path goes
 * through ("subject.person.names"; elements of lists add nothing to a path). PD_SPECIAL for a path that is not in the tables:
 * what is not known is not shown. O(path x fields).
 */
enum pd schema_field_pd(enum kind kind, const char *path, size_t len);

/* "list of code (1..256)", "word of INCIDENT_CLASS", "int 0..100": the type of a row, for people. NUL added. */
struct field;
void schema_type_text(const struct field *f, char *out, size_t cap);

#endif
