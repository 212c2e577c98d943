#include "guard/evaluator.h"

#include <stdlib.h>

struct evaluator {
	struct holder *holder;
	struct frame_hello hello;
};

int
evaluator_start(struct evaluator **out, const struct holder_options *o, struct err *e)
{
	struct evaluator *v = calloc(1, sizeof *v);
	int rc;

	if (v == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the evaluator");
	if ((rc = holder_start(&v->holder, PROCESS_EVALUATOR, o, &v->hello, e)) != OK) {
		evaluator_stop(v);
		return rc;
	}
	*out = v;
	return OK;
}

const char *evaluator_name(const struct evaluator *v) { return v->hello.key[0].text; }
const struct guard_report *evaluator_report(const struct evaluator *v) { return &v->hello.report; }
bool evaluator_failed(struct evaluator *v, struct err *e) { return holder_failed(v->holder, e); }

void
evaluator_stop(struct evaluator *v)
{
	if (v == NULL)
		return;
	holder_stop(v->holder);
	free(v);
}
