/* The seccomp rows of a process, through libseccomp. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

#include "guard/rows.h"

#define CALL_NAME_MAX 40

static uint32_t
rest_action(enum process p)
{
	for (const struct guard_row *row = rows_of(p); row != NULL; row = rows_next(row))
		if (row->type == ROW_REST)
			return row->number == REST_ABSENT ? SCMP_ACT_ERRNO(ENOSYS) : SCMP_ACT_KILL_PROCESS;
	return SCMP_ACT_KILL_PROCESS;
}

/* A call's number on this machine, or a negative one if it has none here. */
static int
number_of(const char *word, size_t len)
{
	char name[CALL_NAME_MAX];

	snprintf(name, sizeof name, "%.*s", (int)len, word);
	return seccomp_syscall_resolve_name(name);
}

/* With sanitizers a call can stand in both lists: what the sanitizer needs wins. */
static bool
allowed_too(enum process p, int number)
{
	if (!GUARD_IS_SANITIZED)
		return false;
	for (const struct guard_row *row = rows_of(p); row != NULL; row = rows_next(row)) {
		const char *s = row->text, *word;
		size_t n;

		while (row->type == ROW_ALLOW && (n = rows_word(&s, &word)) > 0)
			if (number_of(word, n) == number)
				return true;
	}
	return false;
}

static int
add_words(scmp_filter_ctx f, enum process p, const struct guard_row *row, uint32_t action)
{
	const char *s = row->text, *word;
	size_t n;
	int rc = 0;

	while (rc == 0 && (n = rows_word(&s, &word)) > 0) {
		int number = number_of(word, n);

		if (number < 0 || (row->type == ROW_DEADLY && allowed_too(p, number)))
			continue;
		rc = seccomp_rule_add(f, action, number, 0);
	}
	return rc;
}

static int
add_when(scmp_filter_ctx f, enum process p, const struct guard_row *row)
{
	struct scmp_arg_cmp cmp = {
		.arg = (unsigned)row->number, .op = SCMP_CMP_MASKED_EQ, .datum_a = row->mask, .datum_b = row->value
	};
	int number = number_of(row->text, strlen(row->text));

	return number < 0 || allowed_too(p, number) ? 0 : seccomp_rule_add_array(f, SCMP_ACT_ALLOW, number, 1, &cmp);
}

static int
add_rows(scmp_filter_ctx f, enum process p)
{
	uint32_t rest = rest_action(p);
	int rc = 0;

	for (const struct guard_row *row = rows_of(p); row != NULL && rc == 0; row = rows_next(row)) {
		if (row->type == ROW_ALLOW)
			rc = add_words(f, p, row, SCMP_ACT_ALLOW);
		else if (row->type == ROW_WHEN)
			rc = add_when(f, p, row);
		else if (row->type == ROW_DEADLY && rest != SCMP_ACT_KILL_PROCESS)
			rc = add_words(f, p, row, SCMP_ACT_KILL_PROCESS);
	}
	return rc;
}

int
seccomp_confine(enum process p, struct guard_report *r, struct err *e)
{
	static scmp_filter_ctx f;	/* kept: freeing it could need a call that is now forbidden */
	int rc;

	if ((f = seccomp_init(rest_action(p))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the list of system calls");
	/* A call by another architecture's numbers means something else: kill. The list as a tree, since the node's is long. */
	if ((rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) == 0 &&
	    (rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0)) == 0 && (rc = add_rows(f, p)) == 0) {
		(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);	/* speed only, and not in every libseccomp */
		rc = seccomp_load(f);
	} else {
		seccomp_release(f);
		return err_set(e, ERR_IO, "the list of system calls of the %s cannot be built: %s", process_name(p), strerror(-rc));
	}
	if (rc == 0)
		r->achieved |= GUARD_SECCOMP;
	else
		process_note(r, "system calls are not filtered: this kernel refuses seccomp (%s)", strerror(-rc));
	return OK;
}
