/* Cells into values: the rules every format shares. */
#include "formats/import_row.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

#include "base/text.h"
#include "formats/country.h"

void
row_printable(char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			s[i] = '?';
		else if ((unsigned char)s[i] == 0xc2 && (unsigned char)s[i + 1] >= 0x80 && (unsigned char)s[i +
		    1] < 0xa0)
			s[i] = s[i + 1] = '?';
	}
}

int
row_refuse(struct import_row *r, enum import_field f, const char *fmt, ...)
{
	va_list ap;

	r->bad_column = f < F_COUNT && r->bound[f] != NOT_BOUND ? r->header[r->bound[f]] : "";
	va_start(ap, fmt);
	vsnprintf(r->why, sizeof r->why, fmt, ap);
	va_end(ap);
	r->why[utf8_valid((const uint8_t *)r->why, strlen(r->why))] = '\0';
	row_printable(r->why, strlen(r->why));
	return ERR_INPUT;
}

bool
row_has(const struct import_row *r, enum import_field f)
{
	return r->bound[f] != NOT_BOUND;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct slice
row_cell(const struct import_row *r, enum import_field f)
{
	struct slice c = { "", 0 };

	if (!row_has(r, f))
		return c;
	c = r->cells->cells[r->bound[f]];
	while (c.len > 0 && blank(c.s[0])) {
		c.s++;
		c.len--;
	}
	while (c.len > 0 && blank(c.s[c.len - 1]))
		c.len--;
	return c;
}

/* How a cell is shown in a complaint: its beginning only. */
#define SHOWN 40
static int
shown(struct slice c)
{
	uint32_t n = c.len < SHOWN ? c.len : SHOWN;

	return (int)utf8_valid((const uint8_t *)c.s, n);
}

/* True if the text can stand as it is: printable ASCII, blanks single. The common case, and the fast one. */
static bool
is_plain(struct slice c)
{
	for (uint32_t i = 0; i < c.len; i++)
		if ((unsigned char)c.s[i] < 0x20 || (unsigned char)c.s[i] > 0x7e ||
		    (c.s[i] == ' ' && c.s[i + 1] == ' '))
			return false;
	return true;
}

/*
 * Copy ${c} to ${out} without what text for people must not hold, runs of blanks as one. False: something was
 * taken out.
 */
static bool
copy_clean(struct slice c, char *out, uint32_t *out_len)
{
	const uint8_t *s = (const uint8_t *)c.s;
	bool whole = true;
	uint32_t len = 0;
	size_t n;

	for (size_t i = 0; i < c.len; i += n) {
		uint32_t cp = utf8_at(s + i, c.len - i, &n);

		if (n == 1 && blank((char)cp)) {
			if (len > 0 && out[len - 1] != ' ')
				out[len++] = ' ';
		} else if (text_forbidden(s + i, n) != 0 || (cp >= 0x2066 && cp <= 0x2069)) {
			whole = false;
		} else {
			memcpy(out + len, s + i, n);
			len += (uint32_t)n;
		}
	}
	*out_len = len;
	return whole;
}

/* Cut to at most ${max} bytes between characters. */
static bool
shorten(struct slice *t, uint32_t max)
{
	if (t->len <= max)
		return false;
	t->len = (uint32_t)utf8_valid((const uint8_t *)t->s, max);
	while (t->len > 0 && t->s[t->len - 1] == ' ')
		t->len--;
	return true;
}

int
row_text(struct import_row *r, enum import_field f, uint32_t max, struct slice *out)
{
	struct slice c = row_cell(r, f);
	uint8_t *norm;
	size_t n = 0;
	char *copy;

	*out = c;
	if (!is_plain(c)) {
		if ((copy = arena_alloc(r->row, (size_t)c.len + 1)) == NULL)
			return row_refuse(r, f, "is too long to be read; shorten it");
		if (!copy_clean(c, copy, &out->len))
			r->ev->flags |= IMPORT_TEXT_CLEANED;
		out->s = copy;
		if (!text_is_nfc((const uint8_t *)copy, out->len)) {
			norm = u8_normalize(UNINORM_NFC, (const uint8_t *)copy, out->len, NULL, &n);
			out->s = norm == NULL ? NULL : arena_strn(r->row, (const char *)norm, n);
			free(norm);
			if (out->s == NULL)
				return row_refuse(r, f, "is too long to be read; shorten it");
			out->len = (uint32_t)n;
		}
	}
	if (shorten(out, max))
		r->ev->flags |= IMPORT_TEXT_CLEANED;
	return OK;
}

int
row_word(struct import_row *r, enum import_field f, uint32_t max, struct slice *out)
{
	*out = row_cell(r, f);
	if (out->len == 0)
		return row_refuse(r, f, "is empty; each row needs one");
	for (uint32_t i = 0; i < out->len; i++)
		if (out->s[i] <= ' ' || out->s[i] > '~')
			return row_refuse(r, f, "\"%.*s\" is no identifier: ASCII letters, digits and marks without "
			    "blanks are expected",
			    shown(*out), out->s);
	if (out->len > max)
		return row_refuse(r, f, "\"%.*s...\" is longer than %u characters", shown(*out), out->s, max);
	return OK;
}

int
row_int(struct import_row *r, enum import_field f, int64_t min, int64_t max, int64_t *out)
{
	struct slice c = row_cell(r, f), all = c;
	int64_t v = 0;
	bool minus = c.len > 0 && c.s[0] == '-';

	if (c.len == 0)
		return OK;
	if (minus) {
		c.s++;
		c.len--;
	}
	/* Statistics programs write whole numbers with gaps in the column as 12.0. */
	if (c.len > 2 && c.s[c.len - 2] == '.' && c.s[c.len - 1] == '0')
		c.len -= 2;
	if (c.len == 0 || c.len > 15)
		return row_refuse(r, f, "\"%.*s\" is not a whole number", shown(all), all.s);
	for (uint32_t i = 0; i < c.len; i++) {
		if (c.s[i] < '0' || c.s[i] > '9')
			return row_refuse(r, f, "\"%.*s\" is not a whole number", shown(all), all.s);
		v = v * 10 + (c.s[i] - '0');
	}
	v = minus ? -v : v;
	if (v < min || v > max)
		return row_refuse(r, f, "%lld is out of range; %lld to %lld are possible", (long long)v,
		    (long long)min, (long long)max);
	*out = v;
	return OK;
}

/* [-]digits[.digits] with ${comma} allowed for the point; decimals past the seventh (about 1 cm) are cut off. */
static bool
decimal_copy(struct slice c, bool comma, char out[IMPORT_DECIMAL_LEN])
{
	uint32_t i = 0, n = 0, whole = 0, decimals = 0;

	if (c.s[0] == '-' || c.s[0] == '+') {
		if (c.s[i++] == '-')
			out[n++] = '-';
	}
	while (c.len - i > 1 && c.s[i] == '0' && c.s[i + 1] >= '0' && c.s[i + 1] <= '9')
		i++;
	for (; i < c.len && c.s[i] >= '0' && c.s[i] <= '9' && whole < 6; whole++)
		out[n++] = c.s[i++];
	if (i < c.len && (c.s[i] == '.' || (comma && c.s[i] == ','))) {
		out[n++] = '.';
		for (i++; i < c.len && c.s[i] >= '0' && c.s[i] <= '9'; i++)
			if (decimals < 7) {
				out[n++] = c.s[i];
				decimals++;
			}
		if (decimals == 0)
			n--;
	}
	out[n] = '\0';
	return whole > 0 && i == c.len;
}

/* A number that decimal_copy wrote, in units of 10^-7. No strtod: that reads by the locale. */
static int64_t
decimal_units(const char *s)
{
	int64_t v = 0;
	int decimals = -1;
	bool minus = *s == '-';

	for (s += minus; *s != '\0'; s++) {
		if (*s == '.') {
			decimals = 0;
		} else {
			v = v * 10 + (*s - '0');
			decimals += decimals >= 0;
		}
	}
	for (decimals = decimals < 0 ? 0 : decimals; decimals < 7; decimals++)
		v *= 10;
	return minus ? -v : v;
}

int
row_decimal(struct import_row *r, enum import_field f, int min, int max, char out[IMPORT_DECIMAL_LEN])
{
	struct slice c = row_cell(r, f);
	int64_t units;

	out[0] = '\0';
	if (c.len == 0)
		return OK;
	if (!decimal_copy(c, r->separator == ';', out)) {
		out[0] = '\0';
		return row_refuse(r, f, "\"%.*s\" is not a decimal number such as 34.5289; if a spreadsheet changed "
		    "it, take the file "
		    "from its source again", shown(c), c.s);
	}
	units = decimal_units(out);
	if (units < min * INT64_C(10000000) || units > max * INT64_C(10000000)) {
		out[0] = '\0';
		return row_refuse(r, f, "%.*s is out of range; %d to %d are possible", shown(c), c.s, min, max);
	}
	return OK;
}

int64_t
row_metres(const char *km)
{
	return decimal_units(km) / 10000;
}

static bool
is_zero(const char *decimal)
{
	return strspn(decimal, "-0.") == strlen(decimal);
}

int
row_place(struct import_row *r, bool required)
{
	struct import_event *ev = r->ev;

	if (row_decimal(r, F_LAT, -90, 90, ev->lat) != OK || row_decimal(r, F_LON, -180, 180, ev->lon) != OK)
		return ERR_INPUT;
	if ((ev->lat[0] == '\0') != (ev->lon[0] == '\0') || (required && ev->lat[0] == '\0'))
		return row_refuse(r, ev->lat[0] == '\0' ? F_LAT : F_LON,
		    "is empty; latitude and longitude go together");
	if (ev->lat[0] == '\0')
		ev->flags |= IMPORT_NO_PLACE;
	else if (is_zero(ev->lat) && is_zero(ev->lon))
		ev->flags |= IMPORT_ZERO_PLACE;
	return OK;
}

int
row_country(struct import_row *r, struct slice name)
{
	struct slice code = row_cell(r, F_ISO3);
	const char *iso3 = NULL;
	int64_t number = 0;

	if (code.len > 0) {
		if (!country_code_ok(code))
			return row_refuse(r, F_ISO3,
			    "\"%.*s\" is no ISO 3166 code: three capital letters are expected", shown(code), code.s);
		memcpy(r->ev->iso3, code.s, 3);
		return OK;
	}
	if (row_int(r, F_COUNTRY_ID, 0, 9999, &number) != OK)
		return ERR_INPUT;
	if (number > 0)
		iso3 = country_by_number((unsigned)number);
	if (iso3 == NULL)
		iso3 = country_by_name(name);
	if (iso3 != NULL)
		memcpy(r->ev->iso3, iso3, 3);
	r->ev->flags |= iso3 != NULL ? IMPORT_COUNTRY_DERIVED : IMPORT_COUNTRY_UNKNOWN;
	return OK;
}

int
row_date(struct import_row *r, enum import_field f, struct pdate *out)
{
	struct slice c = row_cell(r, f);
	int32_t days;

	for (uint32_t i = 10; i < c.len; i++)
		if (strchr(" T0123456789:.Z", c.s[i]) == NULL || c.s[i] == '\0')
			c.len = 0;
	if (c.len < 10 || !date_parse(c.s, 10, &days))
		return row_refuse(r, f, "\"%.*s\" is not a date written YYYY-MM-DD; if a spreadsheet changed it, "
		    "take the file from its "
		    "source again", shown(row_cell(r, f)), row_cell(r, f).s);
	return pdate_parse(c.s, 10, out) ? OK : row_refuse(r, f, "\"%.10s\" is no date", c.s);
}
