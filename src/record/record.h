/*
 * A record: one JSON text with the envelope and body of docs/format.md. This is the thin waist: every other room sees
 * records through this header, and nobody re-serialises one. The bytes that were filed are the bytes that are hashed.
 *
 * Everything a record may hold stands in tables (kinds.def, fields.def, vocab.def): parsing, validation, `diwan kinds`,
 * the JSON Schemas and docs/format.md's tables come from the same rows.
 *
 * Two kinds of bad text are told apart, because they are treated apart:
 *   ERR_INPUT / ERR_LIMIT   not a record at all, or a known field breaks its rule: refused
 *   ERR_UNKNOWN             a kind, field or value this version does not know: quarantined whole, never half-shown
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/when.h"

#define RECORD_SCHEMA 1				/* value of "diwan" in the envelope */
#define RECORD_MAX_BYTES (256u * 1024)
#define RECORD_MAX_DEPTH 24u
#define RECORD_MAX_NODES 60000u			/* room for 10,000 identifiers in one record */
#define RECORD_ID_BYTES 16
#define RECORD_HASH_BYTES 32

enum kind {
	KIND_NONE,
	KIND_PARTICIPANT, KIND_AUTHORITY, KIND_BODY, KIND_INSTRUMENT, KIND_ACTION, KIND_MEETING, KIND_DECISION,
	KIND_POSITION, KIND_NOTICE, KIND_REQUEST, KIND_REPLY, KIND_CBM, KIND_INCIDENT, KIND_OPERATION,
	KIND_CONTRIBUTION, KIND_REPORT, KIND_UNDERTAKING, KIND_CONTROL,
	KIND_COUNT
};

enum mode { MODE_REAL, MODE_EXERCISE, MODE_TEST };
enum onward { ONWARD_NONE, ONWARD_ASK, ONWARD_WITHIN_MEMBER, ONWARD_AUDIENCE };
enum tlp { TLP_CLEAR, TLP_GREEN, TLP_AMBER, TLP_AMBER_STRICT, TLP_RED };	/* in order of strictness; also PAP */
enum pd { PD_NONE, PD_COUNTS, PD_PSEUDONYM, PD_IDENTIFYING, PD_SPECIAL };
enum audience_base { AUD_LIST, AUD_BODY, AUD_PARTIES, AUD_ALL_MEMBERS, AUD_PUBLIC };

/* Handling codes, a set. H3 carries a text. */
enum { HANDLING_H0 = 1, HANDLING_H1 = 2, HANDLING_H2 = 4, HANDLING_H3 = 8 };

#define PURPOSE_MAX 14
#define PURPOSE_BIT(n) (UINT32_C(1) << (n))	/* P01 is bit 1 */

struct slice {				/* borrowed bytes, not NUL-terminated; {NULL, 0} when absent */
	const char *s;
	uint32_t len;
};

struct ref {				/* "32 hex digits" or "32 hex digits@version"; version 0: the latest */
	uint8_t id[RECORD_ID_BYTES];
	uint32_t version;
};

struct record {
	const uint8_t *bytes;		/* the text as filed; borrowed */
	size_t size;
	const struct json *root, *body;

	enum kind kind;
	uint8_t id[RECORD_ID_BYTES];
	uint32_t seq;			/* 1, 2, ... per id */
	uint8_t prev[RECORD_HASH_BYTES];	/* commitment of version seq - 1; zero when seq is 1 */

	struct slice mechanism, channel;	/* channel may be absent */
	struct slice member, authority, officer;	/* origin */
	struct inst filed_at, effective_from, effective_until;	/* ms WHEN_NONE when absent */
	enum mode mode;
	struct slice state;
	uint32_t purposes;		/* PURPOSE_BIT set */

	enum audience_base base;
	struct slice base_arg;		/* body or instrument code for AUD_BODY, AUD_PARTIES */
	const struct json *base_list;	/* AUD_LIST: array of member codes */
	const struct json *exclude, *roles, *persons;	/* arrays of strings, or NULL */
	const struct json *delivery;	/* the frozen delivery list: array of member codes */
	enum onward onward;
	uint8_t handling;		/* HANDLING_ set */
	enum tlp tlp, pap;
	int class_level;		/* 0..4 */
	struct slice class_label, class_mapping;	/* mapping: instrument code, absent at level 0 */
	enum pd pd;
	int32_t review_by, delete_by;	/* days since 1970; INT32_MAX when absent */
	bool announce;			/* show EXISTS to members without clearance */
	const struct json *basis, *links;	/* arrays */
};

/*
 * record_parse(a, bytes, len, r, err):
 * Parse and validate ${len} bytes into ${r}; the tree goes to ${a}; ${bytes} stays borrowed by ${r}. Checks everything that the
 * text alone can show: JSON, envelope, vocabulary, body of its kind, required fields, cross-field rules (docs/format.md 3).
 * Does not check law: whether this member may file it is law_may_file()'s question. Cost: O(len), one pass and one walk.
 */
int record_parse(struct arena *a, const void *bytes, size_t len, struct record *r, struct err *e);

/* The kind's lower-case code ("incident"), and back. KIND_NONE when unknown. */
const char *kind_code(enum kind k);
enum kind kind_from(const char *s, size_t len);
/* Upper-case words of the vocabularies, as they stand in records. */
const char *mode_word(enum mode m);
const char *tlp_word(enum tlp t);
const char *pd_word(enum pd p);
const char *onward_word(enum onward o);

bool ref_parse(const char *s, size_t len, struct ref *out);
#define REF_LEN 48
void ref_format(char *out, const struct ref *r);	/* NUL added; ${out} has REF_LEN bytes */

/*
 * record_new_id(id, now_ms, rng): a fresh id: 48 bits of milliseconds, then 80 random bits with the version and variant bits of
 * RFC 9562 UUID version 7, so that ids filed one after another are near each other in every index.
 */
struct rng;
void record_new_id(uint8_t id[RECORD_ID_BYTES], int64_t now_ms, const struct rng *rng);

/*
 * record_identifiers(r, visit, ctx):
 * Call ${visit} once for each identifier in the body (fields marked IDENT in fields.def: document numbers, plates, case
 * numbers ...) with its type and value, in the order of the text. Stops at the first non-zero return and returns it.
 */
int record_identifiers(const struct record *r, int (*visit)(void *ctx, struct slice type, struct slice value), void *ctx);

/*
 * record_blobs(r, visit, ctx):
 * Call ${visit} once for each attachment (struct BLOB of fields.def) in the body with its SHA-256 and its size in bytes, in the
 * order of the text; one that is named twice is visited twice. Stops at the first non-zero return and returns it.
 */
int record_blobs(const struct record *r, int (*visit)(void *ctx, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size), void *ctx);

/*
 * record_title(r, lang, out): one line for lists, at most ${cap} - 1 bytes, never cut inside a character: the body's title or the
 * words that best say what the record is (type, class, place). ${lang} is a BCP 47 tag preferred where a text has several.
 */
void record_title(const struct record *r, const char *lang, char *out, size_t cap);

#endif
