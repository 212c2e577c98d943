/*
 * A record as its viewer may see it: what each level shows, for people and as JSON.
 *
 *   EXISTS    that it is there, who filed it, its markings
 *   META      the envelope
 *   REDACTED  the envelope, and the body without the fields that hold person data (absent, not blank)
 *   FULL      the record
 */
#ifndef CLI_PRESENT_H
#define CLI_PRESENT_H

#include "base/json.h"
#include "cli/viewer.h"

/* judge_read, with a sentence for what is not held (ERR_NOTFOUND) or not understood (ERR_UNKNOWN). */
int present_load(const struct viewing *w, int64_t pos, struct arena *a, struct judged *d, struct err *e);

/* One line for lists; "" where the level does not show one. */
void present_title(const struct judged *d, const char *lang, char *out, size_t cap);
/* "REAL TLP:AMBER H1 class 2", as far as the level shows it. */
void present_markings(const struct judged *d, struct buf *out);
/* The body that level and rights allow, as JSON; ERR_DENIED below REDACTED. */
int present_body(const struct viewing *w, const struct judged *d, struct buf *out, struct err *e);
/* Why, in one paragraph (vis_explain for the node's own officers). */
void present_why(const struct viewing *w, const struct judged *d, const struct viewer *v, struct buf *out);

/* Members "label", "level", "reasons", and what the level shows, into the open object ${o}. */
int present_json(const struct viewing *w, const struct judged *d, struct json_out *o, struct err *e);
/* "reasons": the gates that had something to say. */
void present_json_reasons(struct json_out *o, const struct why *why);
/* The members of a list row, into the open object ${o}. */
void present_json_row(const struct viewing *w, const struct judged *d, const char *lang, struct json_out *o);
/* The page that `diwan show` prints. */
int present_page(const struct cli *c, const struct viewing *w, const struct judged *d, struct err *e);

/* ---- body.c ---- */

/* A JSON value for people: one member a line, texts in the language preferred, nested values indented. */
void body_print(const struct cli *c, const struct json *v, unsigned indent);

#endif
