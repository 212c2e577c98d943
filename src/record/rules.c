/* Running the rules of a struct, and what several rules share. */
#include "record/rules.h"

static bool (*const holds[])(const struct check *c, const struct slot *s) = {
#define RULES(s)
#define RULE(n, f, text, step) rules_##n,
#define RULES_END(s)
#include "record/rules.def"
#undef RULES
#undef RULE
#undef RULES_END
};

void
rules_run(struct check *c, enum struct_id s, const struct at *at, const struct slot *slots)
{
	const struct rule *rule;
	size_t n = tables_struct_rules(s, &rule);

	for (; n > 0; n--, rule++)
		if (!holds[rule - tables_rule](c, slots)) {
			check_complain(c, ERR_INPUT, at, rule->field, "R-%02u: %s; %s", rule->number, rule->text, rule->step);
			return;
		}
}

bool
rules_listed(const struct json *list, const struct json *j)
{
	if (list == NULL || j == NULL)
		return false;
	for (const struct json *x = list->child; x != NULL; x = x->next)
		if (x->len == j->len && memcmp(x->str, j->str, x->len) == 0)
			return true;
	return false;
}

bool
rules_has_word(const struct json *list, const char *word)
{
	if (list == NULL)
		return false;
	for (const struct json *x = list->child; x != NULL; x = x->next)
		if (json_is(x, word))
			return true;
	return false;
}
