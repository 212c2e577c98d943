/*
 * One function a rule of rules.def: rules_NN answers whether rule R-NN holds. Slots are those of the struct the rule belongs to,
 * already of the right type; rules run only while everything else about the record is right. For rules_*.c only.
 */
#ifndef RECORD_RULES_H
#define RECORD_RULES_H

#include <string.h>

#include "base/text.h"
#include "record/check.h"

#define RULES(s)
#define RULE(n, f, text, step) bool rules_##n(const struct check *c, const struct slot *s);
#define RULES_END(s)
#include "record/rules.def"
#undef RULES
#undef RULE
#undef RULES_END

#define UNUSED __attribute__((unused))
#define HOLDS(n) bool rules_##n(const struct check *c UNUSED, const struct slot *s UNUSED)
#define IS(owner, f, list, word) (SLOT(s, owner, f).v == W_##list##_##word)

/* Two days or instants in order, where both are given; a partial date may mean any day it covers. */
static inline bool
rules_in_order(const struct slot *from, const struct slot *to)
{
	return from->j == NULL || to->j == NULL || to->last >= from->v;
}

static inline bool
rules_state_is(const struct check *c, const char *word)
{
	return text_eq(c->record->state.s, c->record->state.len, word);
}

/* True if ${list} (of strings, or NULL) holds the string ${j} / ${word}. */
bool rules_listed(const struct json *list, const struct json *j);
bool rules_has_word(const struct json *list, const char *word);

#endif
