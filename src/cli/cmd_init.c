/* init: a new node. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/local.h"
#include "cli/say.h"

static int
print_made(const struct cli *c, const struct local *l)
{
	struct card card;
	struct buf b = { 0 };
	struct json_out o = { &b, false };
	char words[CARD_WORDS_LEN];

	node_card(l->node, &card);
	card_words(words, &card);
	if (c->json) {
		jo_open(&o, NULL, '{');
		jo_str(&o, "dir", l->dir);
		jo_str(&o, "mechanism", card.mechanism);
		jo_str(&o, "member", card.member);
		jo_str(&o, "address", card.address);
		jo_str(&o, "charter", card.charter);
		jo_str(&o, "log_key", card.vkey);
		jo_str(&o, "tls_pin", card.tls_pin);
		jo_str(&o, "words", words);
		jo_close(&o, '}');
		say_json(c, &b);
		buf_free(&b);
		return OK;
	}
	say(c, "Node of %s in %s made in %s.\n\nIts words: ", card.member, card.mechanism, l->dir);
	say_in(c, PAINT_STRONG, "%s", words);
	say(c, "\n\nNext:\n"
	    "  diwan pair %s > %s.card             your card: give it to every other member, and read them its words\n"
	    "  diwan pair %s --add OTHER.card       for each card that you receive\n"
	    "  diwan serve %s\n\n"
	    "Keep a copy of %s/keys in a safe place: without it this node's log cannot go on.\n", l->dir, card.member, l->dir,
	    l->dir, l->dir);
	return OK;
}

int
cmd_init(struct cli *c, struct err *e)
{
	struct node_init in = {
		.dir = c->args[0], .charter_path = args_get(c, "charter"), .member = args_get(c, "member"),
		.address = args_get(c, "address")
	};
	struct local l;
	uint64_t days = 0;
	int rc;

	if ((rc = args_u64(c, "days", 36500, &days, e)) != OK)
		return rc;
	in.days_valid = (int)days;
	if ((rc = node_create(&in, &c->clock, &rng_system, e)) != OK || (rc = local_read(&l, c, in.dir, e)) != OK)
		return rc;
	rc = print_made(c, &l);
	local_close(&l);
	return rc;
}
