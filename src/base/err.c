#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* Cut ${s} (of ${cap} bytes) back to the last whole UTF-8 character when formatting filled it. */
static void
trim_utf8(char *s, size_t cap)
{
	size_t n = strlen(s);

	if (n + 1 < cap)
		return;
	while (n > 0 && ((unsigned char)s[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && ((unsigned char)s[n - 1] & 0x80))
		n--;
	s[n] = '\0';
}

int
err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	trim_utf8(e->text, sizeof e->text);
	return code;
}

int
err_at(struct err *e, const char *fmt, ...)
{
	char context[256], whole[sizeof e->text];
	va_list ap;

	if (e == NULL)
		return ERR_INPUT;
	va_start(ap, fmt);
	vsnprintf(context, sizeof context, fmt, ap);
	va_end(ap);
	trim_utf8(context, sizeof context);
	if (snprintf(whole, sizeof whole, "%s: %s", context, e->text) < 0)
		return e->code;
	trim_utf8(whole, sizeof whole);
	memcpy(e->text, whole, sizeof whole);
	return e->code;
}

const char *
err_name(int code)
{
	static const char *const names[] = {
		"ok", "input", "unknown", "law", "limit", "not-found", "conflict", "verify", "io", "full",
		"busy", "no-memory", "denied", "stopped"
	};

	if (code > 0 || -code >= (int)(sizeof names / sizeof names[0]))
		return "error";
	return names[-code];
}
