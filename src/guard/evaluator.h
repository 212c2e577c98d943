/*
 * The evaluator as the node sees it: the process that holds the seed of private matching. This version of it says that it is
 * there, whose seed it has, and how it is locked in; keeper.h says how it gets its first request.
 */
#ifndef GUARD_EVALUATOR_H
#define GUARD_EVALUATOR_H

#include "guard/holder.h"

struct evaluator;

/* As holder_start; keys/match.key must be there. */
int evaluator_start(struct evaluator **out, const struct holder_options *o, struct err *e);
/* The name in the key file; belongs to the evaluator. */
const char *evaluator_name(const struct evaluator *v);
const struct guard_report *evaluator_report(const struct evaluator *v);
bool evaluator_failed(struct evaluator *v, struct err *e);
void evaluator_stop(struct evaluator *v);

#endif
