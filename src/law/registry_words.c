/* The register's vocabularies, as words. */
#include "base/text.h"
#include "law/registry.h"

static const char *const standings[] = { "NONE", "MEMBER", "ACCEDING", "OBSERVER", "DIALOGUE_PARTNER", "GUEST",
    "SUSPENDED",
	"FORMER", "ORG_OBSERVER" };
static const char *const seats[] = { "ACCEPTED", "CONTESTED", "VACANT" };
static const char *const bindings[] = { "NOT_PARTY", "SIGNED_ONLY", "PROVISIONAL", "CONSENTED_NOT_IN_FORCE", "BOUND",
	"BOUND_RESERVED", "WITHDRAWING", "FORMER", "SUSPENDED", "CONTESTED", "UNKNOWN" };
static const char *const types[] = { "NATIONAL_COORDINATOR", "SPOC", "POLICE", "CUSTOMS", "BORDER", "DRUG_AGENCY",
    "FIU",
	"SECURITY", "DEFENCE", "EMERGENCY", "MFA", "OVERSIGHT", "LIAISON", "BORDER_REP" };
static const char *const levels[] = { "NONE", "EXISTS", "META", "REDACTED", "FULL" };

#define COUNT(a) (sizeof(a) / sizeof *(a))
_Static_assert(COUNT(standings) == STANDING_COUNT, "a word for each standing");
_Static_assert(COUNT(seats) == SEAT_COUNT, "a word for each seat");
_Static_assert(COUNT(bindings) == BINDING_COUNT, "a word for each binding");
_Static_assert(COUNT(types) == AUTH_TYPE_COUNT, "a word for each type of authority");
_Static_assert(COUNT(levels) == LEVEL_FULL + 1, "a word for each level");

/* A value outside the table has no word: "?" in a sentence is better than a crash in an explanation. */
static const char *
word(const char *const *words, size_t count, unsigned i)
{
	return i < count ? words[i] : "?";
}

static size_t
from(const char *const *words, size_t count, const char *s, size_t len)
{
	size_t i = 0;

	while (i < count && !text_eq(s, len, words[i]))
		i++;
	return i;
}

const char *
standing_word(enum standing s)
{
	return word(standings, COUNT(standings), (unsigned)s);
}

enum standing
standing_from(const char *s, size_t len)
{
	return (enum standing)from(standings, COUNT(standings), s, len);
}

const char *
seat_word(enum seat s)
{
	return word(seats, COUNT(seats), (unsigned)s);
}

enum seat
seat_from(const char *s, size_t len)
{
	return (enum seat)from(seats, COUNT(seats), s, len);
}

const char *
binding_word(enum binding b)
{
	return word(bindings, COUNT(bindings), (unsigned)b);
}

enum binding
binding_from(const char *s, size_t len)
{
	return (enum binding)from(bindings, COUNT(bindings), s, len);
}

const char *
authority_type_word(enum authority_type t)
{
	return word(types, COUNT(types), (unsigned)t);
}

enum authority_type
authority_type_from(const char *s, size_t len)
{
	return (enum authority_type)from(types, COUNT(types), s, len);
}

const char *
level_word(enum level l)
{
	return word(levels, COUNT(levels), (unsigned)l);
}

int
level_from(const char *s, size_t len)
{
	size_t i = from(levels, COUNT(levels), s, len);

	return i == COUNT(levels) ? -1 : (int)i;
}
