#include "exchange/seen.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

static const char head[] = "diwan-seen-v1\n";
static const char *const words[] = { "checkpoint ", "fork " };

void
seen_begin(struct buf *out, int64_t now_ms)
{
	buf_str(out, head);
	buf_fmt(out, "time %" PRId64 "\n", now_ms);
}

void
seen_add(struct buf *out, enum seen_what what, const void *bytes, size_t len)
{
	buf_fmt(out, "%s%zu\n", words[what], len);
	buf_add(out, bytes, len);
}

/* "<word><decimal>\n" at *${at}; moves past it. */
static bool
take_number(const char **at, const char *end, const char *word, uint64_t max, uint64_t *out)
{
	size_t len = strlen(word);
	const char *lf = memchr(*at, '\n', (size_t)(end - *at));

	if (lf == NULL || (size_t)(lf - *at) <= len || memcmp(*at, word, len) != 0 ||
	    !dec_u64(*at + len, (size_t)(lf - *at) - len, max, out))
		return false;
	*at = lf + 1;
	return true;
}

int
seen_read(const void *bytes, size_t len, int64_t *now_ms, int (*item)(void *ctx, const struct seen_item *i), void *ctx,
    struct err *e)
{
	const char *at = bytes, *end = at + len;
	struct seen_item i;
	uint64_t n;
	int count = 0, rc;

	if (len > SEEN_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "seen: %zu bytes; at most %u are read", len, SEEN_MAX_BYTES);
	if (len < sizeof head - 1 || memcmp(at, head, sizeof head - 1) != 0)
		return err_set(e, ERR_INPUT, "seen: does not begin with \"diwan-seen-v1\"");
	at += sizeof head - 1;
	if (!take_number(&at, end, "time ", INT64_MAX / 1000, &n))
		return err_set(e, ERR_INPUT, "seen: line 2 must be \"time\" and milliseconds since 1970");
	*now_ms = (int64_t)n;
	while (at < end) {
		if (take_number(&at, end, words[SEEN_CHECKPOINT], SEEN_MAX_BYTES, &n))
			i.what = SEEN_CHECKPOINT;
		else if (take_number(&at, end, words[SEEN_FORK], SEEN_MAX_BYTES, &n))
			i.what = SEEN_FORK;
		else
			return err_set(e, ERR_INPUT, "seen: item %d must be \"checkpoint\" or \"fork\" and a length", count + 1);
		if (n > (uint64_t)(end - at))
			return err_set(e, ERR_INPUT, "seen: item %d is cut off", count + 1);
		if (++count > SEEN_ITEMS_MAX)
			return err_set(e, ERR_LIMIT, "seen: more than %d items", SEEN_ITEMS_MAX);
		i.bytes = at;
		i.len = (size_t)n;
		at += n;
		if ((rc = item(ctx, &i)) != 0)
			return rc;
	}
	return OK;
}
