/* Inside the JSON parser: what json.c (values) and json_string.c (strings) share. */
#ifndef BASE_JSON_PARSER_H
#define BASE_JSON_PARSER_H

#include "base/json.h"

struct json_parser {
	const uint8_t *text, *at, *end;
	struct arena *arena;
	const struct json_limits *limits;
	struct err *err;
	uint32_t nodes;
	struct json *spare;		/* zeroed nodes, taken from the arena some at a time */
	uint32_t spares;
};

/* Set the error "byte N: rule" for the byte at p->at; return ${code}. */
int json_complain(struct json_parser *p, int code, const char *rule);

/* The code for an arena that gave nothing: ERR_NOMEM, or ERR_LIMIT when it was its bound. */
static inline int
json_no_room(const struct json_parser *p)
{
	return p->arena->no_memory ? ERR_NOMEM : ERR_LIMIT;
}

/*
 * json_string(p, s, len):
 * Read the string whose opening quote is just behind p->at; leave p->at behind the closing one. ${s} points into the text, or
 * into the arena where an escape had to be resolved; it is UTF-8 in form C without NUL.
 */
int json_string(struct json_parser *p, const char **s, uint32_t *len);

#endif
