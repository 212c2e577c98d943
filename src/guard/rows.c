/* The rows of processes.def, and finding one's way in them. */
#include "guard/rows.h"

#include <linux/prctl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>

#ifndef PR_SET_VMA			/* Linux 5.17; the C library names its memory by it */
#define PR_SET_VMA 0x53564d41
#endif

static const struct guard_row rows[] = {
#define PROCESS(process, name) { ROW_PROCESS, name, process, 0, 0 },
#define KEY(file, purpose, must) { ROW_KEY, file, purpose, 0, must },
#define LIMIT(resource, value) { ROW_LIMIT, NULL, resource, 0, value },
#define REACH(rights, paths) { ROW_REACH, paths, rights, 0, 0 },
#define ALLOW(calls) { ROW_ALLOW, calls, 0, 0, 0 },
#define WHEN(call, arg, mask, value) { ROW_WHEN, call, arg, mask, value },
#define DEADLY(calls) { ROW_DEADLY, calls, 0, 0, 0 },
#define REST(action) { ROW_REST, NULL, action, 0, 0 },
#if GUARD_IS_SANITIZED
#define SANITIZED_ALLOW(calls) ALLOW(calls)
#define SANITIZED_REACH(rights, paths) REACH(rights, paths)
#else
#define SANITIZED_ALLOW(calls)
#define SANITIZED_REACH(rights, paths)
#endif
#include "guard/processes.def"
	{ ROW_END, NULL, 0, 0, 0 }
};

const struct guard_row *
rows_of(enum process p)
{
	for (const struct guard_row *r = rows; r->type != ROW_END; r++)
		if (r->type == ROW_PROCESS && r->number == (long)p)
			return r;
	return NULL;
}

const struct guard_row *
rows_next(const struct guard_row *row)
{
	row++;
	return row->type == ROW_PROCESS || row->type == ROW_END ? NULL : row;
}

size_t
rows_word(const char **s, const char **word)
{
	size_t n;

	*s += strspn(*s, " ");
	*word = *s;
	n = strcspn(*s, " ");
	*s += n;
	return n;
}

const char *
process_name(enum process p)
{
	const struct guard_row *r = rows_of(p);

	return r == NULL ? "?" : r->text;
}

enum process
process_from(const char *word)
{
	for (const struct guard_row *r = rows; r->type != ROW_END; r++)
		if (r->type == ROW_PROCESS && strcmp(r->text, word) == 0)
			return (enum process)r->number;
	return 0;
}

bool
process_key(enum process p, unsigned i, const char **file, enum keyfile_purpose *purpose, bool *must)
{
	for (const struct guard_row *r = rows_of(p); r != NULL; r = rows_next(r))
		if (r->type == ROW_KEY && i-- == 0) {
			*file = r->text;
			*purpose = (enum keyfile_purpose)r->number;
			*must = r->value != 0;
			return true;
		}
	return false;
}
