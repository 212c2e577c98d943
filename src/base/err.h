/*
 * Errors: a code for the program, a sentence for the person.
 *
 * A function that can fail returns an int: 0, or one of enum err_code (all negative). The sentence is written
 * where the failure is first seen, and gains context on the way up ("record 4f2a...: audience: ...").
 * A sentence names what was wrong, where, and the next step the reader can take.
 *
 * Whose trouble is it? The code says: the sender's (ERR_INPUT .. ERR_LIMIT: answer politely), the operator's
 * (ERR_IO .. ERR_BUSY: say what to do next), ours (assert: stop and leave a core).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

enum err_code {
	OK = 0,
	ERR_INPUT = -1,		/* malformed or not allowed: the sender must change it */
	ERR_UNKNOWN = -2,	/* vocabulary this version does not know: quarantine, fail closed */
	ERR_LAW = -3,		/* well formed, but a rule refuses it */
	ERR_LIMIT = -4,		/* larger, deeper or longer than a stated bound */
	ERR_NOTFOUND = -5,
	ERR_CONFLICT = -6,	/* the state it was based on has moved (version chain, second node) */
	ERR_VERIFY = -7,	/* a hash, proof or signature does not agree */
	ERR_IO = -8,		/* disk or network */
	ERR_FULL = -9,		/* no space left */
	ERR_BUSY = -10,		/* somebody else holds it; try again later */
	ERR_NOMEM = -11,
	ERR_DENIED = -12,	/* who asks may not have it */
	ERR_STOP = -13		/* asked to stop; not a failure */
};

struct err {
	int code;
	char text[768];		/* UTF-8, never cut inside a character */
};

/*
 * err_set(e, code, fmt, ...):
 * Fill ${e} (which may be NULL) with ${code} and the formatted sentence; return ${code}.
 */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * err_at(e, fmt, ...):
 * Put context before the sentence that is there: "context: sentence". Return the code that is there.
 */
int err_at(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * err_name(code):
 * A fixed lower-case word for ${code} ("input", "law", ...), for --json and logs.
 */
const char *err_name(int code);

#endif
