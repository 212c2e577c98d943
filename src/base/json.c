#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_parser.h"
#include "base/text.h"

int
json_complain(struct json_parser *p, int code, const char *rule)
{
	return err_set(p->err, code, "byte %zu: %s", (size_t)(p->at - p->text), rule);
}

static void
skip_space(struct json_parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r'))
		p->at++;
}

static bool
is_digit(const struct json_parser *p)
{
	return p->at < p->end && *p->at >= '0' && *p->at <= '9';
}

static int
parse_number(struct json_parser *p, struct json *v)
{
	const uint8_t *start = p->at;
	bool negative = *p->at == '-', real = false;
	int64_t n = 0;

	p->at += negative;
	if (!is_digit(p))
		return json_complain(p, ERR_INPUT, "a number needs a digit here");
	if (*p->at == '0' && p->at + 1 < p->end && p->at[1] >= '0' && p->at[1] <= '9')
		return json_complain(p, ERR_INPUT, "leading zero in a number");
	for (; is_digit(p); p->at++)
		if (n <= JSON_SAFE_INT)
			n = n * 10 + (*p->at - '0');
	if (p->at < p->end && *p->at == '.') {
		real = true;
		p->at++;
		if (!is_digit(p))
			return json_complain(p, ERR_INPUT, "a digit must follow the decimal point");
		while (is_digit(p))
			p->at++;
	}
	if (p->at < p->end && (*p->at == 'e' || *p->at == 'E')) {
		real = true;
		p->at++;
		if (p->at < p->end && (*p->at == '+' || *p->at == '-'))
			p->at++;
		if (!is_digit(p))
			return json_complain(p, ERR_INPUT, "a digit must follow the exponent sign");
		while (is_digit(p))
			p->at++;
	}
	if (!real && n > JSON_SAFE_INT)
		return json_complain(p, ERR_INPUT, "integer outside +-(2^53 - 1) (RFC 7493)");
	if (!real && negative && n == 0)
		return json_complain(p, ERR_INPUT, "negative zero");
	v->type = real ? JSON_REAL : JSON_INT;
	v->num = negative ? -n : n;
	v->str = (const char *)start;
	v->len = (uint32_t)(p->at - start);
	return OK;
}

static int
parse_word(struct json_parser *p, struct json *v)
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
	return json_complain(p, ERR_INPUT, "a value must start here");
}

static int
by_key(const void *a, const void *b)
{
	const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;
	int c = memcmp(x->key, y->key, x->key_len < y->key_len ? x->key_len : y->key_len);

	return c != 0 ? c : x->key_len < y->key_len ? -1 : x->key_len > y->key_len;
}

static int
duplicate(struct json_parser *p, const struct json *m)
{
	p->at = p->text + m->offset;
	return err_set(p->err, ERR_INPUT, "byte %u: duplicate key \"%.*s\"", m->offset, (int)(m->key_len > 64 ? 64 :
	    m->key_len), m->key);
}

/* One of 64 bits for a name: members of different bits are not of one name. */
static uint64_t
name_bit(const struct json *m)
{
	if (m->key_len == 0)
		return 1;
	return UINT64_C(1) << ((m->key_len * 7 + (uint8_t)m->key[0] * 5 + (uint8_t)m->key[m->key_len - 1]) & 63);
}

static int
check_small(struct json_parser *p, const struct json *o)
{
	uint64_t seen = 0;

	for (const struct json *m = o->child; m != NULL; m = m->next) {
		uint64_t bit = name_bit(m);

		for (const struct json *k = (seen & bit) != 0 ? o->child : m; k != m; k = k->next)
			if (m->key_len == k->key_len && memcmp(m->key, k->key, m->key_len) == 0)
				return duplicate(p, m);
		seen |= bit;
	}
	return OK;
}

/* Refuse two members of one name: pairwise for small objects, by sorting for large ones. */
static int
check_duplicates(struct json_parser *p, const struct json *o)
{
	const struct json **sorted, *m;
	uint32_t n = 0;

	if (o->count <= 32)
		return check_small(p, o);
	if ((sorted = arena_alloc(p->arena, o->count * sizeof *sorted)) == NULL)
		return json_complain(p, json_no_room(p), "no memory for this object");
	for (m = o->child; m != NULL; m = m->next)
		sorted[n++] = m;
	qsort(sorted, n, sizeof *sorted, by_key);
	for (uint32_t i = 1; i < n; i++)
		if (by_key(&sorted[i - 1], &sorted[i]) == 0)
			return duplicate(p, sorted[i]);
	return OK;
}

static int parse_value(struct json_parser *p, struct json *v, uint32_t depth);

/* One "key": before the value. */
static int
parse_key(struct json_parser *p, struct json *v)
{
	int rc;

	if (p->at == p->end || *p->at != '"')
		return json_complain(p, ERR_INPUT, "a member name must start here");
	p->at++;
	if ((rc = json_string(p, &v->key, &v->key_len)) != OK)
		return rc;
	skip_space(p);
	if (p->at == p->end || *p->at != ':')
		return json_complain(p, ERR_INPUT, "':' expected");
	p->at++;
	skip_space(p);
	return OK;
}

/* A zeroed node: from the arena, as many at once as the rest of the text may need. */
static struct json *
new_node(struct json_parser *p)
{
	if (p->spares == 0) {
		size_t left = (size_t)(p->end - p->at) / 16 + 1;

		p->spares = left < 64 ? (uint32_t)left : 64;
		if ((p->spare = arena_alloc(p->arena, p->spares * sizeof *p->spare)) == NULL) {
			p->spares = 0;
			return NULL;
		}
	}
	p->spares--;
	return p->spare++;
}

/* Array or object; p->at is at its bracket. */
static int
parse_container(struct json_parser *p, struct json *v, uint32_t depth)
{
	bool object = *p->at == '{';
	uint8_t close = object ? '}' : ']';
	struct json **link = &v->child, *m;
	int rc;

	if (depth > p->limits->max_depth)
		return json_complain(p, ERR_LIMIT, "nested too deeply");
	v->type = object ? JSON_OBJECT : JSON_ARRAY;
	p->at++;
	skip_space(p);
	if (p->at < p->end && *p->at == close) {
		p->at++;
		return OK;
	}
	for (;;) {
		if (p->nodes++ >= p->limits->max_nodes)
			return json_complain(p, ERR_LIMIT, "too many values");
		if ((m = new_node(p)) == NULL)
			return json_complain(p, json_no_room(p), "no memory for this value");
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
			return json_complain(p, ERR_INPUT, object ? "',' or '}' expected" : "',' or ']' expected");
		p->at++;
		skip_space(p);
	}
	p->at++;
	return object ? check_duplicates(p, v) : OK;
}

static int
parse_value(struct json_parser *p, struct json *v, uint32_t depth)
{
	if (p->at == p->end)
		return json_complain(p, ERR_INPUT, "text ends where a value must start");
	v->offset = (uint32_t)(p->at - p->text);
	switch (*p->at) {
	case '{':
	case '[':
		return parse_container(p, v, depth);
	case '"':
		v->type = JSON_STRING;
		p->at++;
		return json_string(p, &v->str, &v->len);
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
	struct json_parser p = { .text = text, .at = text, .end = (const uint8_t *)text + len, .arena = a, .limits = limits,
	    .err = e };
	struct json *v;
	int rc;

	if (len > limits->max_bytes)
		return err_set(e, ERR_LIMIT, "%zu bytes; at most %u are allowed", len, limits->max_bytes);
	if (len == 0)
		return err_set(e, ERR_INPUT, "empty text");
	if ((v = arena_alloc(a, sizeof *v)) == NULL)
		return err_set(e, a->no_memory ? ERR_NOMEM : ERR_LIMIT, "no memory");
	skip_space(&p);
	if ((rc = parse_value(&p, v, 1)) != OK)
		return rc;
	skip_space(&p);
	if (p.at != p.end)
		return json_complain(&p, ERR_INPUT, "something follows the value");
	*root = v;
	return OK;
}

const struct json *
json_get(const struct json *o, const char *key)
{
	size_t len = strlen(key);

	if (o == NULL || o->type != JSON_OBJECT)
		return NULL;
	for (const struct json *m = o->child; m != NULL; m = m->next)
		if (m->key_len == len && memcmp(m->key, key, len) == 0)
			return m;
	return NULL;
}

bool
json_is(const struct json *v, const char *z)
{
	return v != NULL && v->type == JSON_STRING && text_eq(v->str, v->len, z);
}
