#include "exchange/card.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "crypt/hash.h"

static const char head[] = "diwan-card-v2\n";
static const char head_before[] = "diwan-card-v1\n";	/* without the last two lines: stored cards, or some still on their way */
#define LINES_BEFORE 6

/* The lines after the head, in order. */
static const struct { const char *name; size_t offset, cap; } lines[] = {
	{ "mechanism", offsetof(struct card, mechanism), sizeof ((struct card *)0)->mechanism },
	{ "charter", offsetof(struct card, charter), sizeof ((struct card *)0)->charter },
	{ "member", offsetof(struct card, member), sizeof ((struct card *)0)->member },
	{ "address", offsetof(struct card, address), sizeof ((struct card *)0)->address },
	{ "log", offsetof(struct card, vkey), sizeof ((struct card *)0)->vkey },
	{ "tls", offsetof(struct card, tls_pin), sizeof ((struct card *)0)->tls_pin },
	{ "witness", offsetof(struct card, witness), sizeof ((struct card *)0)->witness },
	{ "pouch", offsetof(struct card, pouch), sizeof ((struct card *)0)->pouch }
};
#define LINES (sizeof lines / sizeof lines[0])

void
card_write(struct buf *out, const struct card *c)
{
	buf_str(out, head);
	for (size_t i = 0; i < LINES; i++)
		buf_fmt(out, "%s %s\n", lines[i].name, (const char *)c + lines[i].offset);
}

/* One "name value" line at *${at}; the value is printable ASCII without spaces. */
static int
read_line(const char **at, const char *end, size_t i, struct card *out, struct err *e)
{
	const char *lf = memchr(*at, '\n', (size_t)(end - *at));
	size_t name_len = strlen(lines[i].name), value_len;
	const char *value;

	if (lf == NULL || (size_t)(lf - *at) <= name_len + 1 || memcmp(*at, lines[i].name, name_len) != 0 ||
	    (*at)[name_len] != ' ')
		return err_set(e, ERR_INPUT, "card: line %zu must be \"%s ...\"; ask for the card again as a file", i + 2,
		    lines[i].name);
	value = *at + name_len + 1;
	value_len = (size_t)(lf - value);
	if (value_len >= lines[i].cap)
		return err_set(e, ERR_LIMIT, "card: line %zu: \"%s\" is longer than %zu bytes", i + 2, lines[i].name,
		    lines[i].cap - 1);
	for (size_t k = 0; k < value_len; k++)
		if (value[k] <= ' ' || value[k] > '~')
			return err_set(e, ERR_INPUT, "card: line %zu: \"%s\" holds a space or a character that is not ASCII",
			    i + 2, lines[i].name);
	memcpy((char *)out + lines[i].offset, value, value_len);
	*at = lf + 1;
	return OK;
}

int
card_read(struct card *out, const void *text, size_t len, struct err *e)
{
	const char *at = text, *end = at + len;
	uint8_t hash[32];
	char host[256];
	unsigned port;
	size_t count = LINES;
	int rc;

	memset(out, 0, sizeof *out);
	if (len > CARD_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "card: %zu bytes; a card has at most %u", len, CARD_MAX_BYTES);
	if (len >= sizeof head - 1 && memcmp(at, head_before, sizeof head - 1) == 0) {
		count = LINES_BEFORE;
		memcpy(out->witness, "-", 2);
		memcpy(out->pouch, "-", 2);
	} else if (len < sizeof head - 1 || memcmp(at, head, sizeof head - 1) != 0) {
		return err_set(e, ERR_INPUT, "card: does not begin with \"diwan-card-v2\"; is this the right file?");
	}
	at += sizeof head - 1;
	for (size_t i = 0; i < count; i++)
		if ((rc = read_line(&at, end, i, out, e)) != OK)
			return rc;
	if (at != end)
		return err_set(e, ERR_INPUT, "card: something follows the last line");
	if (!hex_decode(hash, sizeof hash, out->charter, strlen(out->charter)))
		return err_set(e, ERR_INPUT, "card: charter is not 64 lower-case hex digits");
	if (strncmp(out->tls_pin, "sha256//", 8) != 0 ||
	    base64_decode(hash, sizeof hash, out->tls_pin + 8, strlen(out->tls_pin + 8)) != 32)
		return err_set(e, ERR_INPUT, "card: tls is not \"sha256//\" and the base64 of 32 bytes");
	return address_split(out->address, host, &port, e);
}

void
card_words(char out[CARD_WORDS_LEN], const struct card *c)
{
	static const char con[] = "bdfghjklmnprstvz", vow[] = "aiou";
	struct buf text = { 0 };
	struct digest hash;
	char *p = out;

	card_write(&text, c);
	hash_once(&hash, text.data, text.len);
	buf_free(&text);
	for (int i = 0; i < 6; i++) {
		unsigned v = (unsigned)hash.b[2 * i] << 8 | hash.b[2 * i + 1];

		*p++ = con[v >> 12];
		*p++ = vow[v >> 10 & 3];
		*p++ = con[v >> 6 & 15];
		*p++ = vow[v >> 4 & 3];
		*p++ = con[v & 15];
		*p++ = i < 5 ? ' ' : '\0';
	}
}

int
address_split(const char *address, char host[256], unsigned *port, struct err *e)
{
	const char *colon = strrchr(address, ':');
	size_t host_len = colon == NULL ? 0 : (size_t)(colon - address);
	uint64_t n;

	if (colon == NULL || host_len == 0 || host_len > 255 || !dec_u64(colon + 1, strlen(colon + 1), 65535, &n) || n == 0)
		return err_set(e, ERR_INPUT, "address \"%.100s\": must be host:port with a port of 1..65535", address);
	if (address[0] == '[' && address[host_len - 1] == ']' && memchr(address, ':', host_len) != NULL) {
		address++;
		host_len -= 2;
	} else if (memchr(address, ':', host_len) != NULL) {
		return err_set(e, ERR_INPUT, "address \"%.100s\": write an IPv6 host in brackets, [::1]:7101", address);
	}
	for (size_t i = 0; i < host_len; i++)
		if (!isalnum((unsigned char)address[i]) && strchr(".-:_%", address[i]) == NULL)
			return err_set(e, ERR_INPUT, "address \"%.100s\": not a host name", address);
	memcpy(host, address, host_len);
	host[host_len] = '\0';
	*port = (unsigned)n;
	return OK;
}
