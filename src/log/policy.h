/*
 * Trust policies (C2SP tlog-policy; docs/log.md section 14): a text that says which logs are known, which witnesses, and
 * which sets of cosignatures are enough. Other tools read the same file, so that whoever doubts our arithmetic can hold
 * another program to it.
 *
 *     log <vkey> [<url>]
 *     witness <name> <vkey> [<url>]
 *     group <name> all|any|<k> <name>...
 *     quorum <name>|none
 *
 * Items stand apart by spaces and tabs; lines that are empty or begin with '#' are ignored. Names are bytes that mean
 * nothing outside the file. A name is defined before it is used, and is a member of at most one group, so that a
 * witness counts once. There is exactly one quorum line. Octets 09, 0A, 20-7E and 80-FF only.
 *
 * Stricter than the specification: a public key may stand once in the whole file (a log that is its own witness would
 * count), keys of logs are of type 01 and of witnesses of type 04, and a file with a key of another type is refused
 * whole: what is not known here fails closed.
 */
#ifndef LOG_POLICY_H
#define LOG_POLICY_H

#include "log/checkpoint.h"

#define LOG_POLICY_MAX_BYTES (64 * 1024)
#define LOG_POLICY_LOGS_MAX 64
#define LOG_POLICY_WITNESSES_MAX 64
#define LOG_POLICY_GROUPS_MAX 64
#define LOG_POLICY_KEYS_MAX (LOG_POLICY_LOGS_MAX + LOG_POLICY_WITNESSES_MAX)

struct log_policy_name {
	const char *s;				/* in the policy's text; not NUL-terminated */
	size_t len;
};

/* A witness (its number) or a group (LOG_POLICY_WITNESSES_MAX + its number). LOG_POLICY_NONE: the quorum "none". */
typedef uint8_t log_policy_ref;
#define LOG_POLICY_NONE 255

struct log_policy_group {
	struct log_policy_name name;
	uint8_t k;				/* members needed, 1 to n */
	uint8_t n;
	log_policy_ref member[LOG_POLICY_WITNESSES_MAX + LOG_POLICY_GROUPS_MAX];
};

struct log_policy {
	/* The logs' keys, then the witnesses': one array, as note_verify takes it. Distinct (vkey_distinct). */
	struct vkey key[LOG_POLICY_KEYS_MAX];
	struct log_policy_name url[LOG_POLICY_KEYS_MAX];	/* len 0: none given */
	size_t n_logs, n_witnesses, n_groups;		/* witness i has key[n_logs + i] */
	struct log_policy_name witness[LOG_POLICY_WITNESSES_MAX];
	struct log_policy_group group[LOG_POLICY_GROUPS_MAX];
	log_policy_ref quorum;
};

/*
 * log_policy_parse(text, len, out, e):
 * ${text} is borrowed as long as ${out} is used (it has about 50 KiB: take it from an arena). Errors, all with the line's
 * number: ERR_INPUT, ERR_UNKNOWN (keyword, type of a key), ERR_LIMIT. O(names^3), names being at most 128.
 */
int log_policy_parse(const char *text, size_t len, struct log_policy *out, struct err *e);

/* Are the witnesses' cosignatures ${marks} (n_witnesses of them, in their order) enough? */
bool log_policy_satisfied(const struct log_policy *p, const struct note_mark *marks);

struct log_policy_result {
	struct checkpoint checkpoint;
	size_t log;				/* which of the logs has signed it */
	struct note_mark mark[LOG_POLICY_WITNESSES_MAX];
};

/*
 * log_policy_verify(a, p, bytes, len, out, e):
 * Is this checkpoint note signed by a log of ${p} whose key name is the origin, and cosigned as the quorum has it? Every
 * line by a key of ${p} must verify. Extension lines are let through: see ${out}->checkpoint.extensions. Errors:
 * ERR_VERIFY, ERR_INPUT, ERR_LIMIT, ERR_NOMEM. ${out} means nothing on error.
 */
int log_policy_verify(struct arena *a, const struct log_policy *p, const void *bytes, size_t len,
    struct log_policy_result *out, struct err *e);

/*
 * log_policy_format(out, log, witnesses, n, k, e):
 * Append the policy of a mechanism for one log: its key, its witnesses under their key names, one group "settled" with
 * threshold ${k} (usually quorum_k), and that group as the quorum; "quorum none" if ${k} is 0. What is written parses.
 * Errors: ERR_INPUT (two witnesses of one key name, one named "settled" or "none", key types, k above n, keys that are
 * not distinct), ERR_LIMIT, ERR_NOMEM.
 */
int log_policy_format(struct buf *out, const struct vkey *log, const struct vkey *witnesses, size_t n, size_t k,
    struct err *e);

#endif
