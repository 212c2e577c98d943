#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct parser {
	const uint8_t *text, *at, *end;
	struct arena *arena;
	const struct json_limits *limits;
	struct err *err;
	uint32_t nodes;
};

static int
complain(struct parser *p, int code, const char *rule)
{
	return err_set(p->err, code, "byte %zu: %s", (size_t)(p->at - p->text), rule);
}

static void
skip_space(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r'))
		p->at++;
}

/* Four hex digits of either case after "\u", or -1. */
static long
hex4(const uint8_t *s, const uint8_t *end)
{
	long v = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		uint8_t c = s[i] | 0x20;

		if (s[i] >= '0' && s[i] <= '9')
			v = v * 16 + (s[i] - '0');
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + (c - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static size_t
put_utf8(uint8_t *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

/* Resolve the escape at p->at (a backslash) into ${out}; advance past it. */
static int
unescape(struct parser *p, uint8_t *out, size_t *n)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	long hi, lo;

	if (p->end - p->at < 2)
		return complain(p, ERR_INPUT, "text ends inside an escape");
	if (p->at[1] != 'u') {
		if (p->at[1] == 0 || (found = strchr(from, p->at[1])) == NULL)
			return complain(p, ERR_INPUT, "unknown escape");
		out[(*n)++] = (uint8_t)to[found - from];
		p->at += 2;
		return OK;
	}
	if ((hi = hex4(p->at + 2, p->end)) < 0)
		return complain(p, ERR_INPUT, "\\u needs four hex digits");
	if (hi == 0)
		return complain(p, ERR_INPUT, "NUL is not allowed in text");
	p->at += 6;
	if (hi >= 0xd800 && hi <= 0xdfff) {
		if (hi > 0xdbff || p->end - p->at < 6 || p->at[0] != '\\' || p->at[1] != 'u' ||
		    (lo = hex4(p->at + 2, p->end)) < 0xdc00 || lo > 0xdfff)
			return complain(p, ERR_INPUT, "lone surrogate (RFC 7493)");
		p->at += 6;
		hi = 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
	}
	*n += put_utf8(out + *n, (uint32_t)hi);
	return OK;
}

/* A string with escapes: copied into the arena. p->at is at its first byte, ${close} a bound for its length. */
static int
parse_escaped(struct parser *p, const uint8_t *close, const char **s, uint32_t *len)
{
	uint8_t *out = arena_alloc(p->arena, (size_t)(close - p->at) + 4);
	size_t n = 0;
	int rc;

	if (out == NULL)
		return complain(p, ERR_LIMIT, "no memory for this text");
	while (*p->at != '"') {
		if (*p->at == '\\') {
			if ((rc = unescape(p, out, &n)) != OK)
				return rc;
		} else {
			out[n++] = *p->at++;
		}
	}
	p->at++;
	*s = (const char *)out;
	*len = (uint32_t)n;
	return OK;
}

/* True where a string's plain run ends: quote, backslash, control or a byte that is not ASCII. */
static const uint8_t run_ends[256] = {
	[0 ... 0x1f] = 1, ['"'] = 1, ['\\'] = 1, [0x7f] = 0, [0x80 ... 0xff] = 1
};

/* p->at is behind the opening quote. */
static int
parse_string(struct parser *p, const char **s, uint32_t *len)
{
	const uint8_t *start = p->at, *q = p->at;
	bool escapes = false, ascii = true;
	size_t valid;
	int rc;

	for (;; q++) {
		while (q < p->end && !run_ends[*q])
			q++;
		if (q == p->end) {
			p->at = q;
			return complain(p, ERR_INPUT, "text ends inside a string");
		}
		if (*q == '"')
			break;
		if (*q == '\\') {
			escapes = true;
			if (++q == p->end) {
				p->at = q;
				return complain(p, ERR_INPUT, "text ends inside an escape");
			}
		} else if (*q < 0x20) {
			p->at = q;
			return complain(p, ERR_INPUT, "control character in a string; write it as an escape");
		} else {
			ascii = false;
		}
	}
	if (!ascii && (valid = utf8_valid(start, (size_t)(q - start))) < (size_t)(q - start)) {
		p->at = start + valid;
		return complain(p, ERR_INPUT, "not UTF-8");
	}
	if (!escapes) {
		*s = (const char *)start;
		*len = (uint32_t)(q - start);
		p->at = q + 1;
	} else if ((rc = parse_escaped(p, q, s, len)) != OK) {
		return rc;
	}
	if ((!ascii || escapes) && !text_is_nfc((const uint8_t *)*s, *len)) {
		p->at = start;
		return complain(p, ERR_INPUT, "not in Unicode normalisation form C; normalise the text before filing");
	}
	return OK;
}

static bool
is_digit(const struct parser *p)
{
	return p->at < p->end && *p->at >= '0' && *p->at <= '9';
}

static int
parse_number(struct parser *p, struct json *v)
{
	const uint8_t *start = p->at;
	bool negative = *p->at == '-', real = false;
	int64_t n = 0;

	p->at += negative;
	if (!is_digit(p))
		return complain(p, ERR_INPUT, "a number needs a digit here");
	if (*p->at == '0' && p->at + 1 < p->end && p->at[1] >= '0' && p->at[1] <= '9')
		return complain(p, ERR_INPUT, "leading zero in a number");
	for (; is_digit(p); p->at++)
		if (n <= JSON_SAFE_INT)
			n = n * 10 + (*p->at - '0');
	if (p->at < p->end && *p->at == '.') {
		real = true;
		p->at++;
		if (!is_digit(p))
			return complain(p, ERR_INPUT, "a digit must follow the decimal point");
		while (is_digit(p))
			p->at++;
	}
	if (p->at < p->end && (*p->at == 'e' || *p->at == 'E')) {
		real = true;
		p->at++;
		if (p->at < p->end && (*p->at == '+' || *p->at == '-'))
			p->at++;
		if (!is_digit(p))
			return complain(p, ERR_INPUT, "a digit must follow the exponent sign");
		while (is_digit(p))
			p->at++;
	}
	if (!real && n > JSON_SAFE_INT)
		return complain(p, ERR_INPUT, "integer outside +-(2^53 - 1) (RFC 7493)");
	if (!real && negative && n == 0)
		return complain(p, ERR_INPUT, "negative zero");
	v->type = real ? JSON_REAL : JSON_INT;
	v->num = negative ? -n : n;
	v->str = (const char *)start;
	v->len = (uint32_t)(p->at - start);
	return OK;
}

static int
parse_word(struct parser *p, struct json *v)
{
	static const struct { const char *word; size_t len; enum json_type type; } words[] = {
		{ "true", 4, JSON_TRUE }, { "false", 5, JSON_FALSE }, { "null", 4, JSON_NULL }
	};

	for (size_t i = 0; i < 3; i++)
		if ((size_t)(p->end - p->at) >= words[i].len && memcmp(p->at, words[i].word, words[i].len) == 0) {
			v->type = words[i].type;
			p->at += words[i].len;
			return OK;
		}
	return complain(p, ERR_INPUT, "a value must start here");
}

static int
by_key(const void *a, const void *b)
{
	const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;
	int c = memcmp(x->key, y->key, x->key_len < y->key_len ? x->key_len : y->key_len);

	return c != 0 ? c : x->key_len < y->key_len ? -1 : x->key_len > y->key_len;
}

static int
duplicate(struct parser *p, const struct json *m)
{
	p->at = p->text + m->offset;
	return err_set(p->err, ERR_INPUT, "byte %u: duplicate key \"%.*s\"", m->offset, (int)(m->key_len > 64 ? 64 :
	    m->key_len), m->key);
}

/* Refuse two members of one name: pairwise for small objects, by sorting for large ones. */
static int
check_duplicates(struct parser *p, const struct json *o)
{
	const struct json **sorted, *m, *k;
	uint32_t n = 0;

	if (o->count <= 32) {
		for (m = o->child; m != NULL; m = m->next)
			for (k = o->child; k != m; k = k->next)
				if (m->key_len == k->key_len && memcmp(m->key, k->key, m->key_len) == 0)
					return duplicate(p, m);
		return OK;
	}
	if ((sorted = arena_alloc(p->arena, o->count * sizeof *sorted)) == NULL)
		return complain(p, ERR_LIMIT, "no memory for this object");
	for (m = o->child; m != NULL; m = m->next)
		sorted[n++] = m;
	qsort(sorted, n, sizeof *sorted, by_key);
	for (uint32_t i = 1; i < n; i++)
		if (by_key(&sorted[i - 1], &sorted[i]) == 0)
			return duplicate(p, sorted[i]);
	return OK;
}

static int parse_value(struct parser *p, struct json *v, uint32_t depth);

/* One "key": before the value. */
static int
parse_key(struct parser *p, struct json *v)
{
	int rc;

	if (p->at == p->end || *p->at != '"')
		return complain(p, ERR_INPUT, "a member name must start here");
	p->at++;
	if ((rc = parse_string(p, &v->key, &v->key_len)) != OK)
		return rc;
	skip_space(p);
	if (p->at == p->end || *p->at != ':')
		return complain(p, ERR_INPUT, "':' expected");
	p->at++;
	skip_space(p);
	return OK;
}

/* Array or object; p->at is at its bracket. */
static int
parse_container(struct parser *p, struct json *v, uint32_t depth)
{
	bool object = *p->at == '{';
	uint8_t close = object ? '}' : ']';
	struct json **link = &v->child, *m;
	int rc;

	if (depth > p->limits->max_depth)
		return complain(p, ERR_LIMIT, "nested too deeply");
	v->type = object ? JSON_OBJECT : JSON_ARRAY;
	p->at++;
	skip_space(p);
	if (p->at < p->end && *p->at == close) {
		p->at++;
		return OK;
	}
	for (;;) {
		if (p->nodes++ >= p->limits->max_nodes)
			return complain(p, ERR_LIMIT, "too many values");
		if ((m = arena_alloc(p->arena, sizeof *m)) == NULL)
			return complain(p, ERR_LIMIT, "no memory for this value");
		if (object && (rc = parse_key(p, m)) != OK)
			return rc;
		if ((rc = parse_value(p, m, depth + 1)) != OK)
			return rc;
		*link = m;
		link = &m->next;
		v->count++;
		skip_space(p);
		if (p->at < p->end && *p->at == close)
			break;
		if (p->at == p->end || *p->at != ',')
			return complain(p, ERR_INPUT, object ? "',' or '}' expected" : "',' or ']' expected");
		p->at++;
		skip_space(p);
	}
	p->at++;
	return object ? check_duplicates(p, v) : OK;
}

static int
parse_value(struct parser *p, struct json *v, uint32_t depth)
{
	if (p->at == p->end)
		return complain(p, ERR_INPUT, "text ends where a value must start");
	v->offset = (uint32_t)(p->at - p->text);
	switch (*p->at) {
	case '{':
	case '[':
		return parse_container(p, v, depth);
	case '"':
		v->type = JSON_STRING;
		p->at++;
		return parse_string(p, &v->str, &v->len);
	case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
		return parse_number(p, v);
	default:
		return parse_word(p, v);
	}
}

int
json_parse(struct arena *a, const void *text, size_t len, const struct json_limits *limits, struct json **root,
    struct err *e)
{
	struct parser p = { text, text, (const uint8_t *)text + len, a, limits, e, 0 };
	struct json *v;
	int rc;

	if (len > limits->max_bytes)
		return err_set(e, ERR_LIMIT, "%zu bytes; at most %u are allowed", len, limits->max_bytes);
	if (len == 0)
		return err_set(e, ERR_INPUT, "empty text");
	if ((v = arena_alloc(a, sizeof *v)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory");
	skip_space(&p);
	if ((rc = parse_value(&p, v, 1)) != OK)
		return rc;
	skip_space(&p);
	if (p.at != p.end)
		return complain(&p, ERR_INPUT, "something follows the value");
	*root = v;
	return OK;
}

const struct json *
json_get(const struct json *o, const char *key)
{
	const struct json *m;

	if (o == NULL || o->type != JSON_OBJECT)
		return NULL;
	for (m = o->child; m != NULL; m = m->next)
		if (text_eq(m->key, m->key_len, key))
			return m;
	return NULL;
}

bool
json_is(const struct json *v, const char *z)
{
	return v != NULL && v->type == JSON_STRING && text_eq(v->str, v->len, z);
}
