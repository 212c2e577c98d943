#include "play/sentence.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define WORDS_MAX 12u

static const struct {
	const char *pattern, *help;
	enum params params;
} sentences[SENTENCE_COUNT] = {
#define SENTENCE(name, pattern, params, what) [DO_##name] = { pattern, what, params },
#include "play/sentences.def"
#undef SENTENCE
};

static const struct {
	const char *word;
	uint64_t ms;
} units[] = {
	{ "second", 1000 }, { "seconds", 1000 }, { "minute", 60000 }, { "minutes", 60000 }, { "hour", 3600000 }, { "hours",
	    3600000 },
	{ "day", 86400000 }, { "days", 86400000 }, { "week", 604800000 }, { "weeks", 604800000 }
};

struct words {
	struct slice_of { const char *s; size_t len; } w[WORDS_MAX];
	unsigned count;
};

const char *
sentence_pattern(enum sentence s)
{
	return sentences[s].pattern;
}

const char *
sentence_help(enum sentence s)
{
	return sentences[s].help;
}

enum params
sentence_params(enum sentence s)
{
	return sentences[s].params;
}

static bool
split(const char *text, struct words *out)
{
	out->count = 0;
	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (n > 0) {
			if (out->count == WORDS_MAX)
				return false;
			out->w[out->count].s = text;
			out->w[out->count++].len = n;
		}
		text += n + (text[n] == ' ');
	}
	return out->count > 0;
}

/* A code or a name: lower-case letters, digits and inner dashes, as codes of charters are. */
static bool
is_name(const char *s, size_t len)
{
	if (len == 0 || len > SCENARIO_CODE_MAX || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= '0' && s[i] <= '9') && s[i] != '-')
			return false;
	return true;
}

static bool
take_link(struct arena *a, const char *s, size_t len, struct step *st)
{
	const char *dash = memchr(s, '-', len);
	size_t first;

	if (dash == NULL || !is_name(s, first = (size_t)(dash - s)) || !is_name(dash + 1, len - first - 1))
		return false;
	st->member = arena_strn(a, s, first);
	st->other = arena_strn(a, dash + 1, len - first - 1);
	return st->member != NULL && st->other != NULL && strcmp(st->member, st->other) != 0;
}

static bool
is_key(const char *s, size_t len)
{
	static const char *const keys[] = { "log", "witness", "tls", "pouch" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (text_eq(s, len, keys[i]))
			return true;
	return false;
}

static bool
take_unit(const char *s, size_t len, struct step *st)
{
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (text_eq(s, len, units[i].word)) {
			st->ms = units[i].ms * st->n;
			return true;
		}
	return false;
}

/* One word of a text against one word of a pattern. */
static bool
match_word(struct arena *a, const char *want, size_t want_len, const char *s, size_t len, struct step *st)
{
	if (text_eq(want, want_len, "<member>"))
		return is_name(s, len) && (st->member = arena_strn(a, s, len)) != NULL;
	if (text_eq(want, want_len, "<other>"))
		return is_name(s, len) && (st->other = arena_strn(a, s, len)) != NULL;
	if (text_eq(want, want_len, "<name>"))
		return is_name(s, len) && (st->name = arena_strn(a, s, len)) != NULL;
	if (text_eq(want, want_len, "<key>"))
		return is_key(s, len) && (st->name = arena_strn(a, s, len)) != NULL;
	if (text_eq(want, want_len, "<word>"))
		return len <= SCENARIO_CODE_MAX && (st->name = arena_strn(a, s, len)) != NULL;
	if (text_eq(want, want_len, "<n>"))
		return dec_u64(s, len, SCENARIO_RECORDS_MAX, &st->n);
	if (text_eq(want, want_len, "<unit>"))
		return take_unit(s, len, st);
	if (text_eq(want, want_len, "<link>"))
		return take_link(a, s, len, st);
	return want_len == len && memcmp(want, s, len) == 0;
}

static bool
match_all(struct arena *a, const struct words *pattern, const struct words *text, struct step *st)
{
	struct step trial = *st;

	if (pattern->count != text->count)
		return false;
	for (unsigned i = 0; i < text->count; i++)
		if (!match_word(a, pattern->w[i].s, pattern->w[i].len, text->w[i].s, text->w[i].len, &trial))
			return false;
	*st = trial;
	return true;
}

/* How many words of the text fit the pattern's own words: for naming the nearest in the complaint. */
static unsigned
likeness(const struct words *pattern, const struct words *text)
{
	unsigned same = 0;

	for (unsigned i = 0; i < pattern->count; i++)
		for (unsigned k = 0; k < text->count; k++)
			if (pattern->w[i].len == text->w[k].len && memcmp(pattern->w[i].s, text->w[k].s, text->w[k].len) == 0) {
				same += 2;
				break;
			}
	return pattern->count == text->count ? same + 1 : same;
}

/* The patterns most like ${text}, at most three, or all when none is like it. */
static int
not_understood(const char *file, const struct yaml *y, const char *text, const struct words *words, struct err *e)
{
	struct buf list = { 0 };
	struct words pattern;
	unsigned best = 2, shown = 0, score;
	int rc;

	for (int s = 0; s < SENTENCE_COUNT; s++)
		if (split(sentences[s].pattern, &pattern) && (score = likeness(&pattern, words)) > best)
			best = score;
	for (int s = 0; s < SENTENCE_COUNT && shown < 3; s++)
		if (split(sentences[s].pattern, &pattern) && likeness(&pattern, words) >= best)
			buf_fmt(&list, "%s\"%s\"", shown++ == 0 ? "" : ", ", sentences[s].pattern);
	rc = tree_err(file, y, e, "\"%.80s\" is not a step; near it are allowed: %s (docs/scenarios.md lists all)", text,
	    shown > 0 ? buf_cstr(&list) : "\"<member> files <name>\", \"expect <name>\", \"after <n> days\"");
	buf_free(&list);
	return rc;
}

int
sentence_match(struct arena *a, const char *file, const struct yaml *y, const char *text, struct step *step, struct err *e)
{
	struct words words, pattern;

	if (!split(text, &words))
		return tree_err(file, y, e, "a step is a sentence of at most %u words", WORDS_MAX);
	for (int s = 0; s < SENTENCE_COUNT; s++)
		if (split(sentences[s].pattern, &pattern) && match_all(a, &pattern, &words, step)) {
			step->what = (enum sentence)s;
			return OK;
		}
	return not_understood(file, y, text, &words, e);
}
