#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof *b);
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = 0;
}

uint8_t *
buf_room(struct buf *b, size_t len)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p;

	if (b->failed || len > SIZE_MAX / 4 || (b->max_bytes && b->len + len > b->max_bytes)) {
		b->failed = true;
		return NULL;
	}
	if (b->len + len + 1 <= b->cap)
		return b->data + b->len;
	while (cap < b->len + len + 1)
		cap *= 2;
	if ((p = realloc(b->data, cap)) == NULL) {
		b->failed = true;
		return NULL;
	}
	b->data = p;
	b->cap = cap;
	return b->data + b->len;
}

bool
buf_add(struct buf *b, const void *bytes, size_t len)
{
	uint8_t *p = buf_room(b, len);

	if (p == NULL)
		return false;
	if (len > 0)
		memcpy(p, bytes, len);
	b->len += len;
	b->data[b->len] = 0;
	return true;
}

bool
buf_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool
buf_byte(struct buf *b, uint8_t c)
{
	return buf_add(b, &c, 1);
}

bool
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;
	uint8_t *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = buf_room(b, (size_t)n)) == NULL) {
		b->failed = true;
		return false;
	}
	va_start(ap, fmt);
	vsnprintf((char *)p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return true;
}

const char *
buf_cstr(const struct buf *b)
{
	return b->data == NULL ? "" : (const char *)b->data;
}
