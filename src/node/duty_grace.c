/* The grace period: how long an officer has to answer an order before the node carries it out. */
#include "node/duty.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "node/internal.h"

#define GRACE_SETTING "node/delete-grace"

int
duty_grace(struct store_reader *r, int *hours, struct err *e)
{
	struct buf b = { 0 };
	uint64_t value = DUTY_GRACE_HOURS;
	int rc = store_meta_get(r, GRACE_SETTING, &b, e);

	if (rc == OK && !dec_u64(buf_cstr(&b), b.len, DUTY_GRACE_MAX, &value))
		value = DUTY_GRACE_HOURS;
	buf_free(&b);
	*hours = (int)value;
	return rc == ERR_NOTFOUND ? OK : rc;
}

static int
run_set_grace(void *ctx, struct store *s, struct err *e)
{
	char text[16];

	snprintf(text, sizeof text, "%d", *(int *)ctx);
	return store_meta_put(s, GRACE_SETTING, text, strlen(text), e);
}

int
duty_set_grace(struct node *n, int hours, struct err *e)
{
	int rc;

	if (hours < 0 || hours > DUTY_GRACE_MAX)
		return err_set(e, ERR_INPUT, "the grace period is 0 to %d hours: within %d hours an order is carried out",
		    DUTY_GRACE_MAX, DUTY_GRACE_MAX);
	if (n->readonly)
		return err_set(e, ERR_DENIED, "this node is open for reading only");
	if ((rc = writer_do(n->writer, run_set_grace, &hours, e)) == OK)
		duty_kick(n, DUTY_LOOK);
	return rc;
}
