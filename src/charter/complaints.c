#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "charter/yaml.h"

static bool
vcomplain(struct complaints *c, uint32_t line, uint32_t col, const char *rule, const char *fmt, va_list ap)
{
	struct complaint *x;
	uint32_t k;
	int n;

	if (c->count == COMPLAINTS_MAX) {
		c->dropped++;
		return false;
	}
	/* kept in the order of the text, whatever the order of the checks */
	for (k = c->count; k > 0 && (c->list[k - 1].line > line ||
	    (c->list[k - 1].line == line && c->list[k - 1].col > col)); k--)
		c->list[k] = c->list[k - 1];
	c->count++;
	x = &c->list[k];
	x->line = line;
	x->col = col;
	x->rule = rule;
	n = vsnprintf(x->text, sizeof x->text, fmt, ap);
	if (n >= (int)sizeof x->text)	/* cut, but never inside a character */
		x->text[utf8_valid((const uint8_t *)x->text, sizeof x->text - 1)] = '\0';
	return false;
}

bool
complain_at(struct complaints *c, uint32_t line, uint32_t col, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(c, line, col, rule, fmt, ap);
	va_end(ap);
	return false;
}

bool
complain(struct complaints *c, const struct yaml *at, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(c, at == NULL ? 0 : at->line, at == NULL ? 0 : at->col, rule, fmt, ap);
	va_end(ap);
	return false;
}

void
complaints_write(const struct complaints *c, struct buf *out)
{
	for (uint32_t i = 0; i < c->count; i++) {
		const struct complaint *x = &c->list[i];

		buf_str(out, c->file);
		if (x->line > 0)
			buf_fmt(out, ":%u:%u", x->line, x->col);
		buf_fmt(out, ": %s [%s]\n", x->text, x->rule);
	}
	if (c->dropped > 0)
		buf_fmt(out, "%s: and %u more; correct these first\n", c->file, c->dropped);
}

int
complaints_err(const struct complaints *c, int code, struct err *e)
{
	const struct complaint *x = &c->list[0];
	uint32_t others = c->count == 0 ? 0 : c->count - 1 + c->dropped;

	if (c->count == 0)
		return OK;
	if (others == 0)
		return err_set(e, code, "%s:%u:%u: %s [%s]", c->file, x->line, x->col, x->text, x->rule);
	return err_set(e, code, "%s:%u:%u: %s [%s], and %u more (`diwan charter check` lists them)", c->file, x->line,
	    x->col, x->text, x->rule, others);
}
