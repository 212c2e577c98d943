/* One scalar value against its type. The rules stand in tables_type; docs/format.md part 3 prints them. */
#include <string.h>

#include "base/text.h"
#include "record/check.h"

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_num(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_code(const char *s, uint32_t len)
{
	if (len < 1 || len > 32 || s[0] == '-')
		return false;
	for (uint32_t i = 0; i < len; i++)
		if (!is_lower(s[i]) && !is_num(s[i]) && s[i] != '-')
			return false;
	return true;
}

static bool
is_token(const char *s, uint32_t len)
{
	if (len < 1 || len > 64 || s[0] == '.' || s[0] == '_' || s[0] == '-')
		return false;
	for (uint32_t i = 0; i < len; i++)
		if (!is_lower(s[i]) && !is_upper(s[i]) && !is_num(s[i]) && s[i] != '.' && s[i] != '_' && s[i] != '-')
			return false;
	return true;
}

static bool
is_lang(const char *s, uint32_t len)
{
	uint32_t part = 0, parts = 0;

	for (uint32_t i = 0; i <= len; i++) {
		if (i == len || s[i] == '-') {
			if (part < 2 || part > (parts == 0 ? 3 : 8) || parts == 5)
				return false;
			part = 0;
			parts++;
		} else if (is_lower(s[i]) || (parts > 0 && (is_upper(s[i]) || is_num(s[i])))) {
			part++;
		} else {
			return false;
		}
	}
	return true;
}

static bool
is_capitals(const char *s, uint32_t len)
{
	return len == 3 && is_upper(s[0]) && is_upper(s[1]) && is_upper(s[2]);
}

static bool
is_url(const char *s, uint32_t len)
{
	uint32_t scheme = len > 8 && memcmp(s, "https://", 8) == 0 ? 8 : 7;

	if (len <= scheme || len > 2000 || (scheme == 7 && memcmp(s, "http://", 7) != 0))
		return false;
	for (uint32_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr("\"<>\\^`{|}", s[i]) != NULL)
			return false;
	return true;
}

/*
 * Decimal number into ${scaled}, its value times 10^9. No exponent, no leading zero, no negative zero: one number,
 * one spelling but for trailing zeros, which state a precision.
 */
static bool
decimal(const char *s, uint32_t len, bool negative_ok, int64_t *scaled)
{
	uint32_t i = 0, digits = 0, decimals = 0;
	int64_t whole = 0, frac = 0;
	bool negative = len > 0 && s[0] == '-';

	if (negative && !negative_ok)
		return false;
	for (i = negative; i < len && is_num(s[i]); i++, digits++)
		if (digits < 15)
			whole = whole * 10 + (s[i] - '0');
	if (digits < 1 || digits > 15 || (digits > 1 && s[negative] == '0'))
		return false;
	if (i < len && s[i] == '.') {
		for (i++; i < len && is_num(s[i]) && decimals < 9; i++, decimals++)
			frac = frac * 10 + (s[i] - '0');
		if (decimals == 0)
			return false;
	}
	if (i != len || (negative && whole == 0 && frac == 0))
		return false;
	for (; decimals < 9; decimals++)
		frac *= 10;
	if (whole > INT64_MAX / 1000000000 - 1)		/* too large to scale; only degrees are compared */
		*scaled = INT64_MAX;
	else
		*scaled = whole * 1000000000 + frac;
	if (negative)
		*scaled = -*scaled;
	return true;
}

static bool
is_degrees(const char *s, uint32_t len, int64_t most)
{
	int64_t v;

	return decimal(s, len, true, &v) && v >= -most * 1000000000 && v <= most * 1000000000;
}

static bool
is_hhmm(const char *s, uint32_t len)
{
	int h, m;

	if (len != 5 || !is_num(s[0]) || !is_num(s[1]) || s[2] != ':' || !is_num(s[3]) || !is_num(s[4]))
		return false;
	h = (s[0] - '0') * 10 + (s[1] - '0');
	m = (s[3] - '0') * 10 + (s[4] - '0');
	return (h < 24 && m < 60) || (h == 24 && m == 0);
}

static bool
is_hex(const char *s, uint32_t len, uint32_t want)
{
	if (len != want)
		return false;
	for (uint32_t i = 0; i < len; i++)
		if (!is_num(s[i]) && (s[i] < 'a' || s[i] > 'f'))
			return false;
	return true;
}

/* First and last day that a partial date may mean. */
static bool
pdate_days(const char *s, uint32_t len, int64_t *first, int64_t *last)
{
	struct pdate p;
	int month_to, day_to;

	if (!pdate_parse(s, len, &p))
		return false;
	month_to = p.month ? p.month : 12;
	day_to = p.day ? p.day : days_in_month(p.year, month_to);
	*first = civil_to_days(p.year, p.month ? p.month : 1, p.day ? p.day : 1);
	*last = civil_to_days(p.year, month_to, day_to);
	return true;
}

static bool
is_inst(const char *s, uint32_t len, struct slot *slot)
{
	struct inst t;

	if (!inst_parse(s, len, &t))
		return false;
	slot->v = slot->last = t.ms;
	slot->offset_min = t.offset_min;
	return true;
}

static bool
is_moment(const char *s, uint32_t len, struct slot *slot)
{
	if (len > 10)
		return is_inst(s, len, slot);
	if (!pdate_days(s, len, &slot->v, &slot->last))
		return false;
	slot->v *= DAY_MS;
	slot->last = slot->last * DAY_MS + DAY_MS - 1;
	return true;
}

static bool
is_date(const char *s, uint32_t len, struct slot *slot)
{
	int32_t days = 0;
	bool good = date_parse(s, len, &days);

	slot->v = slot->last = days;
	return good;
}

static bool
is_range(const struct json *j)
{
	const struct json *a, *b;

	if (j->type != JSON_ARRAY || j->count != 2)
		return false;
	a = j->child;
	b = a->next;
	return a->type == JSON_INT && b->type == JSON_INT && a->num >= 0 && a->num <= b->num;
}

/* Human text: the bytes are UTF-8 in NFC already (base/json.h); what remains is what they would look like. */
static int
check_text(const struct field *f, const struct json *j, const char **why)
{
	const uint8_t *s = (const uint8_t *)j->str;

	if (j->len < 1) {
		*why = "must not be empty; leave the field out instead";
		return ERR_INPUT;
	}
	if (j->len > (uint64_t)f->max) {
		*why = "is longer than its bound (docs/format.md); shorten it, or attach the text as a document";
		return ERR_INPUT;
	}
	if (text_forbidden(s, j->len) != 0 ||
	    (f->type == FT_LINE && (memchr(s, '\n', j->len) != NULL || memchr(s, '\t', j->len) != NULL))) {
		*why = tables_type[f->type].rule;
		return ERR_INPUT;
	}
	return OK;
}

static bool
check_string(const struct field *f, const char *s, uint32_t len, struct slot *slot)
{
	struct ref ref;
	int64_t unused;

	switch ((enum field_type)f->type) {
	case FT_CODE: return is_code(s, len);
	case FT_TOKEN: return is_token(s, len);
	case FT_LANG: return is_lang(s, len);
	case FT_COUNTRY:
	case FT_CURRENCY: return is_capitals(s, len);
	case FT_URL: return is_url(s, len);
	case FT_DEC: return decimal(s, len, false, &unused);
	case FT_SDEC: return decimal(s, len, true, &unused);
	case FT_LON: return is_degrees(s, len, 180);
	case FT_LAT: return is_degrees(s, len, 90);
	case FT_INST: return is_inst(s, len, slot);
	case FT_DATE: return is_date(s, len, slot);
	case FT_PDATE: return pdate_days(s, len, &slot->v, &slot->last);
	case FT_MOMENT: return is_moment(s, len, slot);
	case FT_HHMM: return is_hhmm(s, len);
	case FT_REF: return ref_parse(s, len, &ref);
	case FT_ID: return is_hex(s, len, 32);
	case FT_HASH: return is_hex(s, len, 64);
	default: return true;		/* FT_STATE: record.c looks it up once the kind is known */
	}
}

/* "H0", "H1", "H2" or {"H3": text}; slot->v is the bit. */
static int
check_handling(const struct json *j, struct slot *slot, const char **why)
{
	static const struct field text = { .type = FT_TEXT, .max = 4000 };
	bool h3 = j->type == JSON_OBJECT && j->count == 1;
	int i;

	*why = tables_type[FT_HANDLING].rule;
	if (j->type != JSON_STRING && !h3)
		return ERR_INPUT;
	i = h3 ? tables_find_word(V_HANDLING, j->child->key, j->child->key_len) :
	    tables_find_word(V_HANDLING, j->str, j->len);
	if (i < 0)
		return ERR_UNKNOWN;
	if (h3 != (i == W_HANDLING_H3) || (h3 && j->child->type != JSON_STRING))
		return ERR_INPUT;
	slot->v = 1 << i;
	return h3 ? check_text(&text, j->child, why) : OK;
}

int
types_check(const struct field *f, const struct json *j, struct slot *slot, const char **why)
{
	int i;

	*why = tables_type[f->type].rule;
	switch ((enum field_type)f->type) {
	case FT_INT:
		slot->v = j->num;
		return j->type == JSON_INT && j->num >= f->min && j->num <= f->max ? OK : ERR_INPUT;
	case FT_BOOL:
		slot->v = j->type == JSON_TRUE;
		return j->type == JSON_TRUE || j->type == JSON_FALSE ? OK : ERR_INPUT;
	case FT_RANGE:
		return is_range(j) ? OK : ERR_INPUT;
	case FT_HANDLING:
		return check_handling(j, slot, why);
	case FT_BODY:
	case FT_STRUCT:
		return j->type == JSON_OBJECT ? OK : ERR_INPUT;
	default:
		break;
	}
	if (j->type != JSON_STRING)
		return ERR_INPUT;
	if (f->type == FT_TEXT || f->type == FT_LINE)
		return check_text(f, j, why);
	if (f->type != FT_WORD)
		return check_string(f, j->str, j->len, slot) ? OK : ERR_INPUT;
	if ((i = tables_find_word(f->arg, j->str, j->len)) < 0) {
		*why = "is not a word of its list";
		return ERR_UNKNOWN;
	}
	slot->v = i;
	return OK;
}
