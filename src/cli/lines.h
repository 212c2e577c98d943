/*
 * Records out of a file: one JSON text a line (NDJSON), or a single JSON text over several lines. Which of the two is seen from the
 * first line that is not empty: it is a JSON object, or only its beginning. Memory: one line of at most LINES_MAX bytes.
 */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

#define LINES_MAX ((size_t)1024 * 1024)	/* of one line, or of a text over several lines */

struct lines {
	FILE *file;
	const char *path;
	struct buf line;
	uint64_t number;
	bool begun, whole;		/* whole: a single text, taken already */
};

/* ${path}: "-" is standard input. ERR_NOTFOUND, ERR_IO. */
int lines_open(struct lines *l, const char *path, struct err *e);
/*
 * 1 with the next text (valid until the next call; line ends inside it are blanks) and its line number; OK at the end; ERR_LIMIT
 * for a line that
 * is too long and was passed over (go on); ERR_IO, ERR_NOMEM.
 */
int lines_next(struct lines *l, const char **text, size_t *len, uint64_t *number, struct err *e);
void lines_close(struct lines *l);

#endif
