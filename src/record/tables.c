#include "record/tables.h"

#include <assert.h>
#include <string.h>

#include "record/rows.h"

#define CODE_RULE "must be a code: a-z, 0-9 and '-', at most 32, starting with a letter or digit"

const struct type_def tables_type[FT_COUNT] = {
	[FT_TEXT] = { "text", "must be text without control or direction-changing characters", NULL },
	[FT_LINE] = { "line", "must be one line of text without control or direction-changing characters", NULL },
	[FT_CODE] = { "code", CODE_RULE, "^[a-z0-9][a-z0-9-]{0,31}$" },
	[FT_TOKEN] = { "token", "must be a token: letters, digits, '.', '_', '-', at most 64, starting with a letter or digit",
	    "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" },
	[FT_WORD] = { "word", "must be a word of its list", NULL },
	[FT_LANG] = { "lang", "must be a BCP 47 language tag such as \"ru\" or \"uz-Cyrl\"",
	    "^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$" },
	[FT_COUNTRY] = { "country", "must be an ISO 3166-1 code of three capitals", "^[A-Z]{3}$" },
	[FT_CURRENCY] = { "currency", "must be an ISO 4217 code of three capitals", "^[A-Z]{3}$" },
	[FT_URL] = { "url", "must be an http or https address of at most 2000 printable ASCII characters",
	    "^https?://[!#-;=?-\\[\\]_a-z~%]+$" },
	[FT_INT] = { "int", "must be an integer within its bounds", NULL },
	[FT_BOOL] = { "bool", "must be true or false", NULL },
	[FT_DEC] = { "dec", "must be a decimal number in a string, not negative, at most 15 digits before and 9 after the point",
	    "^(0|[1-9][0-9]{0,14})(\\.[0-9]{1,9})?$" },
	[FT_SDEC] = { "sdec", "must be a decimal number in a string, at most 15 digits before and 9 after the point",
	    "^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,9})?$" },
	[FT_LON] = { "lon", "must be degrees from -180 to 180 in a string", "^-?(0|[1-9][0-9]{0,2})(\\.[0-9]{1,9})?$" },
	[FT_LAT] = { "lat", "must be degrees from -90 to 90 in a string", "^-?(0|[1-9][0-9]?)(\\.[0-9]{1,9})?$" },
	[FT_INST] = { "inst", "must be an instant such as \"2018-05-28T09:00:00.000+05:00\"",
	    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?(Z|[+-][0-9]{2}:[0-9]{2})$" },
	[FT_DATE] = { "date", "must be a date such as \"2018-05-28\"", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" },
	[FT_PDATE] = { "pdate", "must be a date such as \"2018\", \"2018-05\" or \"2018-05-28\"",
	    "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$" },
	[FT_MOMENT] = { "moment", "must be an instant, or a date of which month and day may be missing",
	    "^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?$" },
	[FT_HHMM] = { "hhmm", "must be a time of day from \"00:00\" to \"24:00\"", "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$" },
	[FT_REF] = { "ref", "must be a reference: 32 hex digits, or 32 hex digits, '@' and a version",
	    "^[0-9a-f]{32}(@[1-9][0-9]{0,9})?$" },
	[FT_ID] = { "id", "must be 32 lower-case hex digits", "^[0-9a-f]{32}$" },
	[FT_HASH] = { "hash", "must be 64 lower-case hex digits", "^[0-9a-f]{64}$" },
	[FT_RANGE] = { "range", "must be [first, last], two integers with first <= last", NULL },
	[FT_HANDLING] = { "handling", "must be \"H0\", \"H1\", \"H2\" or {\"H3\": text}", NULL },
	[FT_STATE] = { "state", "must be a word of the kind's states", NULL },
	[FT_BODY] = { "body", "must be the body of the kind", NULL },
	[FT_STRUCT] = { "struct", "must be an object", NULL },
};

#define VOCAB(v, h)
#define W(v, w, h) { #w, h, sizeof #w - 1 },
const struct word tables_word[] = {
#include "record/vocab.def"
};
#undef VOCAB
#undef W

/* Row numbers of the words; resetting to one less at each list makes WROW_list the number of its first word. */
enum word_row {
#define VOCAB(v, h) WROW_##v, WROW_##v##_START_ = WROW_##v - 1,
#define W(v, w, h) WROW_##v##_##w,
#include "record/vocab.def"
#undef VOCAB
#undef W
	WROW_COUNT
};

#define VOCAB(v, h) { #v, h, WROW_##v },
#define W(v, w, h)
const struct vocab tables_vocab[V_COUNT + 1] = {
#include "record/vocab.def"
	{ "", "", WROW_COUNT }
};
#undef VOCAB
#undef W

#define TEXT(n) .type = FT_TEXT, .min = 1, .max = (n)
#define LINE(n) .type = FT_LINE, .min = 1, .max = (n)
#define CODE .type = FT_CODE
#define TOKEN .type = FT_TOKEN
#define WORD(v) .type = FT_WORD, .arg = V_##v
#define LANG .type = FT_LANG
#define COUNTRY .type = FT_COUNTRY
#define CURRENCY .type = FT_CURRENCY
#define URL .type = FT_URL
#define INT(a, b) .type = FT_INT, .min = (a), .max = (b)
#define BOOL .type = FT_BOOL
#define DEC .type = FT_DEC
#define SDEC .type = FT_SDEC
#define LON .type = FT_LON
#define LAT .type = FT_LAT
#define INST .type = FT_INST
#define DATE .type = FT_DATE
#define PDATE .type = FT_PDATE
#define MOMENT .type = FT_MOMENT
#define HHMM .type = FT_HHMM
#define REF .type = FT_REF
#define ID .type = FT_ID
#define HASH .type = FT_HASH
#define RANGE .type = FT_RANGE
#define HANDLING .type = FT_HANDLING
#define STATE .type = FT_STATE
#define BODY .type = FT_BODY
#define OF(s) .type = FT_STRUCT, .arg = S_##s
#define LIST(a, b, t) .shape = SHAPE_LIST, .least = (a), .most = (b), t
#define SET(a, b, t) .shape = SHAPE_SET, .least = (a), .most = (b), t
#define MTEXT LIST(1, 40, OF(MTEXT))

#define STRUCT(s, h)
#define FIELD(s, f, n, t, h, ...) { .name = #f, .len = sizeof #f - 1, .need = (n), .help = (h), t, ##__VA_ARGS__ },
const struct field tables_field[] = {
#include "record/fields.def"
};
#undef STRUCT
#undef FIELD

enum rule_row {
#define RULES(s) RULES_##s, RULES_##s##_START_ = RULES_##s - 1,
#define RULE(n, f, text, step) RULEROW_##n,
#define RULES_END(s) RULES_END_##s, RULES_END_##s##_BACK_ = RULES_END_##s - 1,
#include "record/rules.def"
#undef RULES
#undef RULE
#undef RULES_END
	RULE_COUNT
};

/* "01" is one, not octal: the numbers are read as 1NN - 100. */
#define RULES(s)
#define RULE(n, f, text, step) { #f, text, step, 1##n - 100 },
#define RULES_END(s)
const struct rule tables_rule[] = {
#include "record/rules.def"
};
#undef RULES
#undef RULE
#undef RULES_END
const size_t tables_rules = RULE_COUNT;

#define RULES(s) [S_##s] = { RULES_##s,
#define RULE(n, f, text, step)
#define RULES_END(s) RULES_END_##s },
static const struct { uint8_t first, end; } rules_of[S_COUNT] = {
#include "record/rules.def"
};
#undef RULES
#undef RULE
#undef RULES_END

#define STRUCT(s, h) { #s, h, ROW_##s },
#define FIELD(s, f, n, t, h, ...)
const struct struct_def tables_struct[S_COUNT + 1] = {
#include "record/fields.def"
	{ "", "", ROW_COUNT }
};
#undef STRUCT
#undef FIELD
#undef BODY

#define KIND(k, title, named, described, help) \
	[KIND_##k] = { title, help, named, described, S_##k, V_##k##_STATE },
const struct kind_def tables_kind[KIND_COUNT] = {
#include "record/kinds.def"
};
#undef KIND

static_assert(RULE_COUNT < 256 && S_COUNT < 256 && V_COUNT < 256, "ids fit a byte");

size_t
tables_struct_rules(enum struct_id s, const struct rule **first)
{
	*first = &tables_rule[rules_of[s].first];
	return (size_t)(rules_of[s].end - rules_of[s].first);
}

int
tables_find_word(enum vocab_id v, const char *s, size_t len)
{
	const struct word *w = &tables_word[tables_vocab[v].first], *end = &tables_word[tables_vocab[v + 1].first];

	for (int i = 0; w < end; w++, i++)
		if (w->len == len && w->s[0] == s[0] && memcmp(w->s, s, len) == 0)
			return i;
	return -1;
}

const char *
tables_word_at(enum vocab_id v, int i)
{
	assert(i >= 0 && (unsigned)i < tables_words(v));
	return tables_word[tables_vocab[v].first + i].s;
}

const struct field *
tables_find_field(enum struct_id s, const char *key, size_t len, unsigned *hint)
{
	const struct field *row = &tables_field[tables_struct[s].first];
	unsigned n = tables_fields(s), i = *hint;

	for (unsigned k = 0; k < n; k++, i++) {
		if (i >= n)
			i = 0;
		if (row[i].len == len && row[i].name[0] == key[0] && memcmp(row[i].name, key, len) == 0) {
			*hint = i + 1;
			return &row[i];
		}
	}
	return NULL;
}
