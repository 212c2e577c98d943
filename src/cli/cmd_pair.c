/* pair: own card out, other members' cards in. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/local.h"
#include "cli/say.h"

static void
put_card(const struct cli *c, const struct card *card, const char *words)
{
	struct buf b = { 0 }, text = { 0 };
	struct json_out o = { &b, false };

	card_write(&text, card);
	if (c->json) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "member", card->member);
		jo_str(&o, "words", words);
		jo_str(&o, "card", buf_cstr(&text));
		jo_close(&o, '}');
		say_json(c, &b);
	} else {
		/* Only the card goes to standard output, so that it can be sent to a file. */
		say(c, "%s", buf_cstr(&text));
		fflush(stdout);
		say_warn(c, "the words of this card: %s", words);
	}
	buf_free(&b);
	buf_free(&text);
}

static int
print_own(const struct cli *c, struct err *e)
{
	struct local l;
	struct card card;
	char words[CARD_WORDS_LEN];
	int rc = local_read(&l, c, c->args[0], e);

	if (rc != OK)
		return rc;
	node_card(l.node, &card);
	card_words(words, &card);
	put_card(c, &card, words);
	local_close(&l);
	return OK;
}

/* Same letters, whatever the blanks, commas and capitals between them. */
static bool
same_words(const char *a, const char *b)
{
	for (;;) {
		while (*a != 0 && !isalpha((unsigned char)*a))
			a++;
		while (*b != 0 && !isalpha((unsigned char)*b))
			b++;
		if (*a == 0 || *b == 0)
			return *a == *b;
		if (tolower((unsigned char)*a++) != tolower((unsigned char)*b++))
			return false;
	}
}

static int
ask(const struct cli *c, const struct card *card, const char *words, struct err *e)
{
	char answer[16] = "";

	say(c, "Card of ");
	say_in(c, PAINT_STRONG, "%s", card->member);
	say(c, " at %s\n\n    ", card->address);
	say_in(c, PAINT_STRONG, "%s", words);
	say(c, "\n\nAsk %s to read out the words of its card. Are they these? [y/N] ", card->member);
	fflush(stdout);
	if (fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y'))
		return OK;
	return err_set(e, ERR_DENIED, "the card of %s was not accepted; ask for it again by another way", card->member);
}

/* Somebody must have compared the words. */
static int
compare_words(const struct cli *c, const struct card *card, const char *words, struct err *e)
{
	const char *given = args_get(c, "words");

	if (given != NULL && !same_words(given, words))
		return err_set(e, ERR_VERIFY, "the words of this card are \"%s\", not those given: it is not the card that its "
		    "owner sent; "
		    "ask for it again by another way", words);
	if (given != NULL || args_get(c, "yes") != NULL)
		return OK;
	if (isatty(STDIN_FILENO) == 1 && c->tty_out && strcmp(args_get(c, "add"), "-") != 0)
		return ask(c, card, words, e);
	return err_set(e, ERR_USAGE, "compare the words of this card with its owner: \"%s\"; then give them with --words, or --yes "
	    "where "
	    "the card came by a way you trust", words);
}

static int
deliver(struct local *l, const struct card *card, struct err *e)
{
	struct buf text = { 0 }, answer = { 0 };
	int rc;

	if (l->node != NULL)
		return node_pair(l->node, card, e);
	card_write(&text, card);
	rc = local_call(l, "POST", card->new_key ? "/control/pair?new_key=1" : "/control/pair", text.data, text.len, &answer, e);
	buf_free(&text);
	buf_free(&answer);
	return rc;
}

static int
accept(const struct cli *c, const struct card *card, const char *words, struct err *e)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	struct local l;
	int rc = local_work(&l, c, c->args[0], e);

	if (rc != OK)
		return rc;
	rc = deliver(&l, card, e);
	local_close(&l);
	if (rc != OK)
		return rc;
	if (c->json) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "paired", card->member);
		jo_str(&o, "words", words);
		jo_close(&o, '}');
		say_json(c, &b);
		buf_free(&b);
	} else {
		say(c, "Paired with %s at %s.\n", card->member, card->address);
	}
	return OK;
}

static int
read_card(const char *path, struct card *card, struct err *e)
{
	struct buf text = { 0 };
	int rc;

	if ((rc = local_slurp(path, CARD_MAX_BYTES, &text, e)) == OK && (rc = card_read(card, text.data, text.len, e)) != OK)
		rc = err_at(e, "%s", path);
	buf_free(&text);
	return rc;
}

int
cmd_pair(struct cli *c, struct err *e)
{
	const char *path = args_get(c, "add");
	struct card card;
	char words[CARD_WORDS_LEN];
	int rc;

	if (path == NULL) {
		if (args_get(c, "words") != NULL || args_get(c, "yes") != NULL)
			return err_set(e, ERR_USAGE, "--words and --yes go with --add FILE");
		return print_own(c, e);
	}
	if ((rc = read_card(path, &card, e)) != OK)
		return rc;
	card.new_key = args_get(c, "new-key") != NULL;
	card_words(words, &card);
	if ((rc = compare_words(c, &card, words, e)) != OK)
		return rc;
	return accept(c, &card, words, e);
}
