/*
 * The loop: an operation runs again and again from the same beginning, and each time another thing fails in it. What must be true
 * after each of these attempts:
 *
 *   F1  The process goes on. What failed is told: an error of an allowed code, with a sentence (of work in the background: in a
 *   status).
 *   F2  What was said to be done is done, at once and after a restart.
 *   F3  What was not done is not there by half: the node opens, and node_check finds nothing.
 *   F4  Then the same operation succeeds: in the same node, unless that has called itself failed, or after a restart.
 *
 * How far: FAULT_LIMIT attempts of each operation, kind and mode, evenly spread (by default, for `make test`), or every one with
 * FAULT_LIMIT=0 (`make check-long`), which also ends each attempt both ways of F4.
 */
#ifndef TESTS_FAULT_LOOP_H
#define TESTS_FAULT_LOOP_H

#include "fault/place.h"

struct op {
	const char *name;
	/* What fails. Its result counts, unless it is background work, whose failures only stand in a status. */
	int (*run)(struct err *e);
	bool background;
	bool closed;			/* it is run with kz closed; whether it leaves it open is its own affair */
	bool (*may_do)(void);		/* NULL, or: is there something left to do? (kz open.) False: done */
	bool (*half)(void);		/* NULL, or: true when it is there by half */
	long findings;			/* of node_check when it is done */
	bool resumes;			/* cut off, it is to be run again before the node opens */
	void (*reset)(void);		/* NULL, or: what place_reset does not put back */
};

struct trouble {
	const char *name;
	unsigned what;
	enum fault_mode mode;
	bool full;
	bool power;			/* an attempt that ends in a restart ends in a loss of power */
	const int *codes;		/* allowed; the last is OK */
};

static struct {
	uint64_t attempts, faults, told, silent, fatal;
} loop_sum;

static uint64_t loop_points;		/* that could have failed in the last attempt */
static uint64_t loop_bad;		/* of this loop */
static const struct op *loop_op;
static const struct trouble *loop_kind;
static uint64_t loop_at;

#define SAID_MAX 8			/* complaints of a loop that are printed */

__attribute__((format(printf, 1, 2))) static void
bad(const char *fmt, ...)
{
	va_list ap;

	if (loop_bad++ >= SAID_MAX)
		return;
	printf("# %s, %s, %" PRIu64 " (%s): ", loop_op->name, loop_kind->name, loop_at, fault.first == NULL ? "none" : fault.first);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

static bool
is_left(void)
{
	if (loop_op->half != NULL && loop_op->half())
		bad("it is there by half");
	return loop_op->may_do != NULL && loop_op->may_do();
}

/* F1 */
static void
check_told(int rc, const struct err *e)
{
	const int *c = loop_kind->codes;

	if (rc == OK) {
		loop_sum.silent++;
		return;
	}
	loop_sum.told++;
	while (*c != OK && *c != rc)
		c++;
	if (*c == OK)
		bad("answers %s: %s", err_name(rc), e->text);
	else if (e->text[0] == '\0' || e->code != rc)
		bad("answers %s without a sentence (%s: \"%s\")", err_name(rc), err_name(e->code), e->text);
}

/* Once more, and nothing fails: F4. */
static void
again(const char *where)
{
	struct err e = { 0 };
	int rc;

	if (loop_op->closed && kz != NULL)
		kz_close();
	rc = loop_op->run(&e);
	if (rc != OK)
		bad("%s it fails again: %s: %s", where, err_name(rc), e.text);
	if (kz == NULL && place_open(KZ, &kz, &e) != OK)
		bad("%s it does not open: %s", where, e.text);
	else if (rc == OK && is_left())
		bad("%s it is not done the second time", where);
}

static void
last_finding(void *ctx, const char *text)
{
	snprintf(ctx, 300, "%.290s", text);
}

/* F3. What is done by half in the background may have its findings already. */
static void
check_sound(bool left)
{
	struct err e = { 0 };
	char last[300] = "";
	uint64_t count = 0;
	int rc = node_check(kz, last_finding, NULL, last, &count, &e);

	if (rc != OK)
		bad("the check fails: %s", e.text);
	else if (count != (uint64_t)loop_op->findings && (count != 0 || !left))
		bad("the check has %" PRIu64 " findings: %s", count, last);
}

static void
go_down(void)
{
	bool power = loop_kind->power;

	if (power)
		disk_crash(place_disk[KZ]);
	if (kz != NULL)
		kz_close();
	if (power)
		disk_reboot(place_disk[KZ], LOSS_POWER);
}

static void
check_restart(bool done)
{
	struct err e = { 0 };
	bool left;

	if (place_open(KZ, &kz, &e) != OK) {
		kz = NULL;
		if (loop_op->resumes && !done && e.code == ERR_CONFLICT)
			again("after a restart");
		else
			bad("it does not open again: %s", e.text);
		if (kz != NULL)
			kz_close();
		return;
	}
	left = is_left();
	if (done && left)
		bad("what was said to be done is not there");
	check_sound(left);
	if (left)
		again("after a restart");
	if (kz != NULL)
		kz_close();
}

/* False: nothing was left to fail. */
static bool
attempt(bool restart)
{
	const struct trouble *k = loop_kind;
	struct err e = { 0 };
	bool failed, injected, done;
	int rc;

	place_reset(loop_at);
	if (loop_op->reset != NULL)
		loop_op->reset();
	if (!loop_op->closed)
		kz_open();
	fault_arm(k->what, loop_at, k->mode, k->full);
	rc = loop_op->run(&e);
	fault_disarm();
	injected = fault.failed > 0;
	loop_points = fault.seen;
	loop_sum.attempts++;
	loop_sum.faults += fault.failed;
	check_told(rc, &e);
	failed = kz != NULL && node_failed(kz, NULL);
	loop_sum.fatal += failed;
	if (failed && k->full)
		bad("a full disk ends the node");
	done = rc == OK && !loop_op->background;
	if (kz != NULL && !failed && !restart && !loop_op->closed) {
		bool left = is_left();

		if (done && left)
			bad("it says OK and is not done");
		if (left)
			again("in the same node");
		done = true;
	}
	go_down();
	check_restart(done);
	return injected;
}

/* Attempts in the short form: ${limit} spread over ${points}; 0: all. */
__attribute__((unused)) static void
run_loop(const struct op *op, const struct trouble *k, uint64_t limit)
{
	uint64_t points, step = 1;
	bool more = true;

	loop_op = op;
	loop_kind = k;
	loop_bad = loop_at = 0;
	attempt(false);			/* counts, and must succeed */
	points = loop_points;
	if (loop_bad == 0 && limit > 0 && points > limit)
		step = points / limit;
	for (loop_at = 1 + step / 2; more && loop_bad < SAID_MAX; loop_at += step) {
		more = attempt(loop_at / step % 2 == 0);
		if (limit == 0)
			attempt(loop_at / step % 2 != 0);
	}
	ok(loop_bad == 0, "%s: %s, each %" PRIu64 ". of %" PRIu64, op->name, k->name, step, points);
}

static uint64_t
loop_limit(uint64_t usual)
{
	const char *s = getenv("FAULT_LIMIT");

	return s == NULL ? usual : strtoull(s, NULL, 10);
}

__attribute__((unused)) static void
loop_report(void)
{
	printf("# %" PRIu64 " attempts, %" PRIu64 " faults: %" PRIu64 " told, %" PRIu64 " without effect or seen to in the"
	    " background, %" PRIu64 " ended the node\n",
	    loop_sum.attempts, loop_sum.faults, loop_sum.told, loop_sum.silent, loop_sum.fatal);
}

#endif
