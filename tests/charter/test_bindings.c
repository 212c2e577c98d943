/* From acts to bindings: known, partial and unknown dates; entry into force, provisional application, withdrawal. */
#include <string.h>

#include "charter/charter.h"
#include "tap.h"

static struct arena mem;

/*
 * The bindings of ${who} under an instrument written as ${force} and ${acts}, as "STATUS from..until" one after
 * another.
 */
static const char *
course(const char *who, const char *adopted, const char *force, const char *acts)
{
	static struct buf text, out;
	static struct complaints c;
	struct charter_binding rows[CHARTER_BINDINGS_MAX];
	struct charter *ch = NULL;

	buf_reset(&text);
	buf_reset(&out);
	buf_fmt(&text, "charter: 1\nmechanism: t\nname: {en: T}\nmembers:\n");
	for (int i = 0; i < 4; i++)
		buf_fmt(&text, "  %c%c: {name: {en: X}, status: member}\n", 'a' + i, 'a' + i);
	buf_fmt(&text, "authorities: {}\nchannels: {}\ninstruments:\n  i:\n    name: {en: I}\n    adopted: %s\n%s\n   "
	    " acts:\n%s", adopted,
	    force, acts);
	if (!charter_check(&mem, "t", buf_cstr(&text), text.len, &ch, &c)) {
		complaints_write(&c, &out);
		return buf_cstr(&out);
	}
	for (uint32_t i = 0, n = charter_bindings(&ch->instruments[0], who, rows); i < n; i++) {
		char from[DATE_LEN] = "", until[DATE_LEN] = "";

		if (rows[i].span.from != INT32_MIN)
			date_format(from, rows[i].span.from);
		if (rows[i].span.until != INT32_MAX)
			date_format(until, rows[i].span.until);
		buf_fmt(&out, "%s%s %s..%s", i == 0 ? "" : ", ", binding_word(rows[i].status), from, until);
	}
	return buf_cstr(&out);
}

#define ALL "    in force: {when: all signatories have ratified}"
#define TWO_SIGN "      - {who: aa, act: sign, on: 2000-01-01}\n      - {who: bb, act: sign, on: 2000-01-01}\n"

static void
known(void)
{
	is_str(course("aa", "2000-01-01", ALL, TWO_SIGN "      - {who: aa, act: ratify, on: 2000-02-01}\n"
	    "      - {who: bb, act: ratify, on: 2000-03-01}\n"),
	    "SIGNED_ONLY 2000-01-01..2000-02-01, CONSENTED_NOT_IN_FORCE 2000-02-01..2000-03-01, BOUND 2000-03-01..",
	    "all signatories");
	is_str(course("aa", "2000-01-01", ALL, TWO_SIGN "      - {who: aa, act: ratify, on: 2000-02-01}\n"),
	    "SIGNED_ONLY 2000-01-01..2000-02-01, CONSENTED_NOT_IN_FORCE 2000-02-01..",
	    "one signatory has not ratified");
	is_str(course("bb", "2000-01-01", ALL, TWO_SIGN "      - {who: aa, act: ratify, on: 2000-02-01}\n"),
	    "SIGNED_ONLY 2000-01-01..",
	    "B08 signature only, for ever");
	is_str(course("cc", "2000-01-01", ALL, TWO_SIGN), "", "who did nothing is no party");
	is_str(course("cc", "2000-01-01", ALL, TWO_SIGN "      - {who: aa, act: ratify, on: 2000-02-01}\n"
	    "      - {who: bb, act: ratify, on: 2000-03-01}\n      - {who: cc, act: accede, on: 2020-06-01}\n"),
	    "BOUND 2020-06-01..",
	    "who accedes is bound from then on");
	is_str(course("aa", "2000-01-01", "    in force: {when: on signature}", TWO_SIGN), "BOUND 2000-01-01..",
	    "on signature");
	is_str(course("aa", "2000-01-01", "    in force: {when: on signature}",
	    "      - {who: aa, act: sign, on: 2000-01-01}\n"
	    "      - {who: bb, act: sign, on: 2000-05-01}\n"),
	    "CONSENTED_NOT_IN_FORCE 2000-01-01..2000-05-01, BOUND 2000-05-01..",
	    "an agreement needs two");
	is_str(course("aa", "2000-01-01", "    in force: {when: 4 have ratified, after: 30 days}",
	    "      - {who: aa, act: ratify, on: 2000-01-01}\n      - {who: bb, act: ratify, on: 2000-02-02}\n"
	    "      - {who: cc, act: ratify, on: 2000-03-03}\n      - {who: dd, act: ratify, on: 2000-04-20}\n"),
	    "CONSENTED_NOT_IN_FORCE 2000-01-01..2000-05-20, BOUND 2000-05-20..", "B01 the fourth deposit and 30 days");
	is_str(course("aa", "2000-01-01", "    in force: {when: 1 have ratified, after: 3 months}",
	    "      - {who: aa, act: ratify, on: 2000-11-30}\n"),
	    "CONSENTED_NOT_IN_FORCE 2000-11-30..2001-02-28, BOUND 2001-02-28..",
	    "B03 months are clamped");
	is_str(course("aa", "2000-01-01", "    in force: {when: 2005-01-01}",
	    "      - {who: aa, act: approve, on: 2000-02-01}\n"),
	    "CONSENTED_NOT_IN_FORCE 2000-02-01..2005-01-01, BOUND 2005-01-01..", "on a date");
}

static void
unknown_dates(void)
{
	const char *undated = TWO_SIGN "      - {who: aa, act: ratify, on: unknown}\n      - {who: bb, act: ratify,"
	    " on: 2000-03-01}\n";

	is_str(course("aa", "2000-01-01", ALL, undated), "UNKNOWN 2000-01-01..", "an unknown ratification never binds");
	is_str(course("bb", "2000-01-01", ALL, undated), "SIGNED_ONLY 2000-01-01..2000-03-01, UNKNOWN 2000-03-01..",
	    "nor does it let others be bound");
	is_str(course("aa", "2000-01-01", "    in force: {when: all signatories have ratified, taken as: 2000-06-01,"
	    " reason: r, source: s}",
	    undated), "SIGNED_ONLY 2000-01-01..2000-06-01, BOUND 2000-06-01..",
	    "unless the charter states an agreed date");
	is_str(course("aa", "2000-01-01", "    in force: {when: 1 have ratified}",
	    "      - {who: aa, act: ratify, on: 2000-05}\n"),
	    "UNKNOWN 2000-05-01..2000-05-31, BOUND 2000-05-31..", "a month: sure from its last day on");
	is_str(course("aa", "2000-01-01", "    in force: {when: 1 have ratified}",
	    "      - {who: aa, act: ratify, on: 2000}\n"),
	    "UNKNOWN 2000-01-01..2000-12-31, BOUND 2000-12-31..", "a year");
	is_str(course("aa", "unknown", ALL, "      - {who: aa, act: sign, on: unknown}\n"), "SIGNED_ONLY ..",
	    "signed nobody knows when");
	is_str(course("aa", "2000-01-01", "    in force: {when: unknown to us}", TWO_SIGN),
	    "t:15:22: \"unknown to us\" is no rule of entry into force; write on signature, all signatories have"
	    " ratified, 4 have ratified,"
	    " or a date [CH08]\n", "a rule that is none");
}

static void
ways_out(void)
{
	const char *force = "    in force: {when: 1 have ratified}\n    withdrawal: {notice: 6 months}";

	is_str(course("aa", "2000-01-01", force, "      - {who: aa, act: ratify, on: 2000-02-01}\n      - {who: aa,"
	    " act: withdraw, on: 2010-01-31}\n"),
	    "BOUND 2000-02-01..2010-01-31, WITHDRAWING 2010-01-31..2010-07-31, FORMER 2010-07-31..",
	    "notice runs, and binds");
	is_str(course("aa", "2000-01-01", force, "      - {who: aa, act: ratify, on: 2000-02-01}\n      - {who: aa,"
	    " act: withdraw, on: 2010-01-01}\n"
	    "      - {who: aa, act: revoke withdrawal, on: 2010-05-01}\n"), "BOUND 2000-02-01..",
	    "B23 revoked in time");
	is_str(course("aa", "2000-01-01", force, "      - {who: aa, act: ratify, on: 2000-02-01}\n      - {who: aa,"
	    " act: withdraw, on: 2010-01-01}\n"
	    "      - {who: aa, act: revoke withdrawal, on: 2010-07-01}\n"),
	    "BOUND 2000-02-01..2010-01-01, WITHDRAWING 2010-01-01..2010-07-01, FORMER 2010-07-01..",
	    "revoked too late");
	is_str(course("aa", "2000-01-01", force, "      - {who: aa, act: ratify, on: 2000-02-01}\n      - {who: aa,"
	    " act: withdraw, on: unknown}\n"),
	    "BOUND 2000-02-01..2000-08-01, UNKNOWN 2000-08-01..", "withdrawn nobody knows when");
	is_str(course("aa", "2000-01-01", "    in force: {when: all signatories have ratified}\n    provisional: from"
	    " signature", TWO_SIGN),
	    "PROVISIONAL 2000-01-01..", "provisional from signature");
	is_str(course("aa", "2000-01-01", ALL, TWO_SIGN "      - {who: aa, act: apply provisionally, on: 2000-04-01}\n"
	    "      - {who: aa, act: end provisional application, on: 2000-09-01}\n"),
	    "SIGNED_ONLY 2000-01-01..2000-04-01, PROVISIONAL 2000-04-01..2000-09-01, SIGNED_ONLY 2000-09-01..",
	    "provisional by declaration");
}

int
main(void)
{
	known();
	unknown_dates();
	ways_out();
	arena_free(&mem);
	return tap_done();
}
