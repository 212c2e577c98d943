#include "cli/lines.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "record/record.h"

static const struct json_limits limits = { LINES_MAX, RECORD_MAX_DEPTH + 8, RECORD_MAX_NODES };

int
lines_open(struct lines *l, const char *path, struct err *e)
{
	memset(l, 0, sizeof *l);
	l->path = path;
	l->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
	return l->file != NULL ? OK : err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path, strerror(errno));
}

void
lines_close(struct lines *l)
{
	if (l->file != NULL && l->file != stdin)
		fclose(l->file);
	buf_free(&l->line);
}

/* Append a line without its end. 1: there was one; OK: the end of the file. */
static int
read_line(struct lines *l, struct err *e)
{
	int ch;
	size_t n = 0;
	bool too_long = false;

	l->number++;
	while ((ch = getc_unlocked(l->file)) != EOF && ch != '\n') {
		n++;
		if (l->line.len >= LINES_MAX)
			too_long = true;
		else if (!buf_byte(&l->line, ch == '\r' ? ' ' : (uint8_t)ch))
			return err_set(e, ERR_NOMEM, "%s: no memory to read it", l->path);
	}
	if (ferror(l->file))
		return err_set(e, ERR_IO, "%s: %s", l->path, strerror(errno));
	if (too_long)
		return err_set(e, ERR_LIMIT, "%s: line %llu is longer than %zu bytes", l->path, (unsigned long long)l->number,
		    LINES_MAX);
	return ch == EOF && n == 0 ? OK : 1;
}

static bool
is_blank(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] != ' ' && b->data[i] != '\t')
			return false;
	return true;
}

static bool
is_whole(const struct buf *b)
{
	struct arena a = { 0 };
	struct json *root;
	struct err ignored;
	bool whole = json_parse(&a, b->data, b->len, &limits, &root, &ignored) == OK;

	arena_free(&a);
	return whole;
}

/*
 * The first line only begins something: if what follows completes it, the file is one text; otherwise it is lines after all, the
 * first one bad.
 */
static int
read_rest(struct lines *l, struct err *e)
{
	long at = ftell(l->file);
	size_t first = l->line.len;
	uint64_t number = l->number;
	int rc;

	do
		buf_byte(&l->line, ' ');
	while ((rc = read_line(l, e)) == 1);
	if (rc != OK && rc != ERR_LIMIT)
		return rc;
	if (rc == OK && (is_whole(&l->line) || at < 0 || fseek(l->file, at, SEEK_SET) != 0)) {
		l->whole = true;
	} else {
		if (rc == ERR_LIMIT && (at < 0 || fseek(l->file, at, SEEK_SET) != 0))
			return rc;
		clearerr(l->file);
		l->line.len = first;
		l->line.data[first] = 0;
		l->number = number;
		return 1;
	}
	l->number = number;
	return 1;
}

int
lines_next(struct lines *l, const char **text, size_t *len, uint64_t *number, struct err *e)
{
	int rc;

	if (l->whole)
		return OK;
	do {
		buf_reset(&l->line);
		rc = read_line(l, e);
	} while (rc == 1 && is_blank(&l->line));
	if (rc == 1 && !l->begun && !is_whole(&l->line))
		rc = read_rest(l, e);
	l->begun = true;
	*text = buf_cstr(&l->line);
	*len = l->line.len;
	*number = l->number;
	return rc;
}
