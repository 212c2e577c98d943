#include "crypt/age_header.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

#define COLUMNS 64			/* a body line of this length is followed by another */
#define LINE_BYTES (COLUMNS / 4 * 3)

static const char version_line[] = AGE_VERSION_LINE;
static const char any_version[] = "age-encryption.org/";
static const char armour[] = "-----BEGIN AGE ENCRYPTED FILE-----";

#define LEN(literal) (sizeof (literal) - 1)

bool
age_is(const void *bytes, size_t len)
{
	return len >= LEN(any_version) && memcmp(bytes, any_version, LEN(any_version)) == 0;
}

size_t
age_header_len(const uint8_t *bytes, size_t len, size_t *seen)
{
	/* ${seen} is always the start of a line. */
	while (*seen < len) {
		const uint8_t *line = bytes + *seen, *end = memchr(line, '\n', len - *seen);

		if (end == NULL)
			return 0;
		*seen = (size_t)(end - bytes) + 1;
		if (end - line >= (ptrdiff_t)LEN(AGE_END_MARK) && memcmp(line, AGE_END_MARK, LEN(AGE_END_MARK)) == 0)
			return *seen;
	}
	return 0;
}

/* The bytes of one line, or -1. */
static long
get_base64(uint8_t *out, size_t cap, const char *s, size_t len)
{
	char padded[COLUMNS + 4];
	size_t n = len;

	if (len > COLUMNS || memchr(s, '=', len) != NULL)
		return -1;
	memcpy(padded, s, len);
	while (n % 4 != 0)
		padded[n++] = '=';
	return base64_decode(out, cap, padded, n);
}

struct slice {
	const char *s;
	size_t len;
};

struct lines {
	const char *at, *end;
};

/* The next line without its LF. */
static bool
next_line(struct lines *in, struct slice *line)
{
	const char *lf = memchr(in->at, '\n', (size_t)(in->end - in->at));

	if (lf == NULL)
		return false;
	*line = (struct slice){ in->at, (size_t)(lf - in->at) };
	in->at = lf + 1;
	return true;
}

static bool
starts(const struct slice *s, const char *mark)
{
	return s->len >= strlen(mark) && memcmp(s->s, mark, strlen(mark)) == 0;
}

static int
malformed(const struct age_header *h, const char *rule, struct err *e)
{
	return err_set(e, ERR_INPUT, "age file: header: stanza %zu: %s; ask the sender for the file again", h->n_stanzas, rule);
}

/* The arguments of a stanza: the first two, and how many there are. Zero if one is empty or has other than 0x21 to 0x7e. */
static size_t
split(const struct slice *line, struct slice arg[2])
{
	const char *at = line->s, *end = line->s + line->len;

	for (size_t n = 0;; at++) {
		const char *start = at;

		while (at < end && *at > ' ' && *at < 0x7f)
			at++;
		if (at == start || (at < end && *at != ' '))
			return 0;
		if (n++ < 2)
			arg[n - 1] = (struct slice){ start, (size_t)(at - start) };
		if (at == end)
			return n;
	}
}

/*
 * The lines of a body; each is checked, of any type. The first AGE_WRAPPED_BYTES go to ${out} if there are just as many
 * (a longer body is of no type that we open), and *${len} is the whole length.
 */
static int
parse_body(const struct age_header *h, struct lines *in, uint8_t out[AGE_WRAPPED_BYTES], size_t *len, struct err *e)
{
	uint8_t bytes[LINE_BYTES];
	struct slice line;
	long n;

	*len = 0;
	do {
		if (!next_line(in, &line) || line.len > COLUMNS)
			return malformed(h, "its body must end with a line of less than 64 characters and have none of "
			    "more than 64", e);
		if ((n = get_base64(bytes, sizeof bytes, line.s, line.len)) < 0)
			return malformed(h, "its body is not strict base64 without padding", e);
		if (*len == 0 && n == AGE_WRAPPED_BYTES)
			memcpy(out, bytes, AGE_WRAPPED_BYTES);
		*len += (size_t)n;
	} while (line.len == COLUMNS);
	return OK;
}

static int
parse_stanza(struct age_header *h, struct slice line, struct lines *in, struct err *e)
{
	struct slice arg[2] = { { "", 0 }, { "", 0 } };
	struct age_stanza s;
	size_t n_args, body_len;
	int rc;

	h->n_stanzas++;
	if (!starts(&line, AGE_STANZA_MARK))
		return malformed(h, "must start with \"-> \"", e);
	line.s += LEN(AGE_STANZA_MARK);
	line.len -= LEN(AGE_STANZA_MARK);
	if ((n_args = split(&line, arg)) == 0)
		return malformed(h, "its arguments must be visible ASCII characters with one space between", e);
	if ((rc = parse_body(h, in, s.body, &body_len, e)) != OK)
		return rc;
	h->passphrase |= text_eq(arg[0].s, arg[0].len, "scrypt");
	if (!text_eq(arg[0].s, arg[0].len, AGE_TYPE_X25519))
		return OK;
	if (n_args != 2 || get_base64(s.share, sizeof s.share, arg[1].s, arg[1].len) != sizeof s.share)
		return malformed(h, "X25519 takes one argument, base64 of 32 bytes", e);
	if (body_len != sizeof s.body)
		return malformed(h, "the body of X25519 must be 32 bytes", e);
	h->x25519[h->n_x25519++] = s;
	return OK;
}

static int
cut_short(struct err *e)
{
	return err_set(e, ERR_INPUT, "age file: ends inside its header; it was cut short: fetch it again");
}

static int
parse_version(struct lines *in, struct err *e)
{
	struct slice all = { in->at, (size_t)(in->end - in->at) };

	if (starts(&all, version_line)) {
		in->at += LEN(version_line);
		return OK;
	}
	if (all.len < LEN(version_line) && memcmp(all.s, version_line, all.len) == 0)
		return cut_short(e);
	if (starts(&all, any_version))
		return err_set(e, ERR_UNKNOWN, "age file: this version of the program reads \"age-encryption.org/v1\" only; "
		    "ask the sender for that, or use a newer version");
	if (starts(&all, armour))
		return err_set(e, ERR_INPUT, "age file: is in ASCII armour; ask the sender for the plain form, without --armor");
	return err_set(e, ERR_INPUT, "age file: does not start with \"%s\"; is this the right file?", any_version);
}

static int
parse_end(struct age_header *h, const struct slice *line, struct err *e)
{
	if (!starts(line, "--- ") ||
	    get_base64(h->mac, sizeof h->mac, line->s + 4, line->len - 4) != sizeof h->mac)
		return err_set(e, ERR_INPUT, "age file: header: its last line must be \"--- \" and base64 of 32 bytes; ask "
		    "the sender for the file again");
	h->mac_len = (size_t)(line->s - (const char *)h->bytes) + LEN(AGE_END_MARK);
	return OK;
}

int
age_header_parse(struct age_header *out, const uint8_t *bytes, size_t len, struct err *e)
{
	struct lines in = { (const char *)bytes, (const char *)bytes + len };
	struct slice line;
	int rc;

	out->bytes = bytes;
	out->n_stanzas = out->n_x25519 = 0;
	out->passphrase = false;
	if ((rc = parse_version(&in, e)) != OK)
		return rc;
	for (;;) {
		if (!next_line(&in, &line))
			return cut_short(e);
		if (starts(&line, AGE_END_MARK))
			break;
		if (out->n_stanzas == AGE_RECIPIENTS_MAX)
			return err_set(e, ERR_LIMIT, "age file: header: more than %d stanzas; ask the sender for a file to fewer "
			    "recipients", AGE_RECIPIENTS_MAX);
		if ((rc = parse_stanza(out, line, &in, e)) != OK)
			return rc;
	}
	if (out->n_stanzas == 0)
		return err_set(e, ERR_INPUT, "age file: header: there is no recipient; ask the sender for the file again");
	/* Two who share a passphrase take such a file for one that the other wrote: there may be no other way into it. */
	if (out->passphrase && out->n_stanzas > 1)
		return err_set(e, ERR_INPUT, "age file: header: a passphrase stands beside other recipients, which the format "
		    "forbids; ask the sender for the file again");
	if ((rc = parse_end(out, &line, e)) != OK)
		return rc;
	assert(in.at == in.end);
	return OK;
}
