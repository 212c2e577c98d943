#include "guard/policy.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/* An origin without its epoch: the length up to a last "/" that only digits follow. */
static size_t
without_epoch(const char *origin)
{
	size_t len = strlen(origin), n = len;

	while (n > 0 && origin[n - 1] >= '0' && origin[n - 1] <= '9')
		n--;
	return n < len && n > 0 && origin[n - 1] == '/' ? n : len;
}

static bool
same_log(const char *a, const char *b)
{
	size_t n = without_epoch(a);

	return strcmp(a, b) == 0 || (n < strlen(a) && n == without_epoch(b) && n < strlen(b) && memcmp(a, b, n) == 0);
}

static struct policy_seen *
find(struct policy *p, const char *origin)
{
	for (unsigned i = 0; i < p->seen_count; i++)
		if (strcmp(p->seen[i].origin, origin) == 0)
			return &p->seen[i];
	return NULL;
}

static int
parse(struct checkpoint *c, const void *text, size_t len, struct err *e)
{
	int rc;

	if (len > CHECKPOINT_TEXT_MAX)
		return err_set(e, ERR_LIMIT, "checkpoint: %zu bytes, at most %d are signed", len, (int)CHECKPOINT_TEXT_MAX);
	if ((rc = checkpoint_parse(c, text, len, e)) != OK)
		return rc;
	if (c->extensions != 0)
		return err_set(e, ERR_INPUT, "checkpoint of %s: extension lines are not signed", c->origin);
	return OK;
}

/* Does ${c} go on from what was signed of its origin? Then it is the last from now on. */
static int
advance(struct policy *p, const struct checkpoint *c, uint64_t time_s, struct err *e)
{
	struct policy_seen *s = find(p, c->origin);

	if (s == NULL) {
		if (p->seen_count == POLICY_ORIGINS_MAX)
			return err_set(e, ERR_FULL, "checkpoint of %s: the signer remembers %d logs already; restart the node",
			    c->origin, POLICY_ORIGINS_MAX);
		s = &p->seen[p->seen_count++];
		memcpy(s->origin, c->origin, sizeof s->origin);
	} else if (c->size < s->size) {
		return err_set(e, ERR_CONFLICT, "checkpoint of %s: size %" PRIu64 " is below %" PRIu64 ", which is signed already; "
		    "a log never shrinks: stop the node and run `diwan check`", c->origin, c->size, s->size);
	} else if (c->size == s->size && !hash_equal(&c->root, &s->root)) {
		return err_set(e, ERR_CONFLICT, "checkpoint of %s: another root of size %" PRIu64 " is signed already; two would "
		    "be a fork: stop the node and run `diwan check`", c->origin, c->size);
	} else if (time_s < s->time_s) {
		return err_set(e, ERR_CONFLICT, "cosignature of %s: time %" PRIu64 " is before %" PRIu64 ", the last one given; "
		    "set the clock", c->origin, time_s, s->time_s);
	}
	s->size = c->size;
	s->root = c->root;
	s->time_s = time_s;
	return OK;
}

int
policy_checkpoint(struct policy *p, const struct vkey *key, const void *text, size_t len, struct err *e)
{
	struct checkpoint c = { .size = 0 };
	int rc;

	if (key->type != VKEY_ED25519)
		return err_set(e, ERR_DENIED, "%s is a witness key: it signs no checkpoints as a log", key->name);
	if ((rc = parse(&c, text, len, e)) != OK)
		return rc;
	if (strcmp(c.origin, key->name) != 0)
		return err_set(e, ERR_DENIED, "checkpoint of %s: the key is that of %s, and signs its own log only", c.origin,
		    key->name);
	return advance(p, &c, 0, e);
}

/* Cut "cosignature/v1\ntime N\n" off the front of *${msg}. */
static int
cosign_head(const char **msg, size_t *len, uint64_t *time_s, struct err *e)
{
	static const char head[] = "cosignature/v1\ntime ";
	const size_t n = sizeof head - 1;
	const char *number, *end;

	if (*len < n || memcmp(*msg, head, n) != 0)
		return err_set(e, ERR_INPUT, "cosignature: must begin with the lines \"cosignature/v1\" and \"time\"");
	number = *msg + n;
	end = memchr(number, '\n', *len - n);
	if (end == NULL || !dec_u64(number, (size_t)(end - number), VKEY_MAX_TIME_S, time_s) || *time_s == 0)
		return err_set(e, ERR_INPUT, "cosignature: its time must be a decimal from 1 to 2^63 - 1 without leading zero");
	*len -= (size_t)(end + 1 - *msg);
	*msg = end + 1;
	return OK;
}

static int
check_time(const struct checkpoint *c, uint64_t time_s, int64_t now_s, struct err *e)
{
	uint64_t now = now_s < 0 ? 0 : (uint64_t)now_s, off = time_s > now ? time_s - now : now - time_s;

	if (off <= POLICY_SKEW_S)
		return OK;
	return err_set(e, ERR_CONFLICT, "cosignature of %s: time %" PRIu64 " is more than a day from the signer's clock, %" PRIu64
	    "; set the clock", c->origin, time_s, now);
}

int
policy_cosign(struct policy *p, const struct vkey *key, int64_t now_s, const void *msg, size_t len, struct err *e)
{
	const char *text = msg;
	struct checkpoint c = { .size = 0 };
	uint64_t time_s = 0;
	int rc;

	if (key->type != VKEY_COSIGN)
		return err_set(e, ERR_DENIED, "%s is a log key: it cosigns nothing", key->name);
	if ((rc = cosign_head(&text, &len, &time_s, e)) != OK || (rc = parse(&c, text, len, e)) != OK)
		return rc;
	for (unsigned i = 0; i < p->own_count; i++)
		if (same_log(c.origin, p->own[i].name))
			return err_set(e, ERR_DENIED, "cosignature of %s: that is the own log, and nobody witnesses for himself",
			    c.origin);
	if ((rc = check_time(&c, time_s, now_s, e)) != OK)
		return rc;
	return advance(p, &c, time_s, e);
}
