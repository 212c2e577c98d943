/* Another member's planned change of a key: read from its KEY_CHANGE, counted beside the present one, at last in its place. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "node/rotate.h"

/* What a public text is of: a log's or a witness's key, a certificate's pin, a pouch's recipient. CHANGE_COUNT: none. */
static enum change
form_of(const struct node *n, int member, const char *text, struct vkey *key)
{
	struct age_recipient r;
	uint8_t pin[32];
	uint32_t epoch;
	char name[256];

	if (strncmp(text, "sha256//", 8) == 0)
		return base64_decode(pin, sizeof pin, text + 8, strlen(text + 8)) == 32 ? CHANGE_TLS : CHANGE_COUNT;
	if (strncmp(text, "age1", 4) == 0)
		return age_recipient_parse(&r, text, strlen(text), NULL) == OK ? CHANGE_POUCH : CHANGE_COUNT;
	if (vkey_parse(key, text, strlen(text), NULL) != OK)
		return CHANGE_COUNT;
	if (key->type == VKEY_ED25519)
		return keys_member_of(n, key->name, &epoch) == member && LOG_NO(member, epoch) == node_log_no(n, member) ?
		    CHANGE_LOG : CHANGE_COUNT;
	keys_name(n, member, "witness", name);
	return strcmp(key->name, name) == 0 ? CHANGE_WITNESS : CHANGE_COUNT;
}

static void
peer_setting(char out[80], const struct node *n, int member, enum change c)
{
	snprintf(out, 80, "peer/%s/%s", n->reg->members[member].code, rotate_purpose(c)->word);
}

/* With the lock: from now on the peer's next key counts beside its present one. */
static void
count_next(struct peer *p, enum change c, const char *text)
{
	struct vkey key;

	snprintf(p->next[c].text, sizeof p->next[c].text, "%.*s", VKEY_TEXT_MAX - 1, text);
	if (c == CHANGE_LOG && vkey_parse(&key, text, strlen(text), NULL) == OK) {
		p->vkey[1] = key;
		p->vkeys = 2;
	} else if (c == CHANGE_WITNESS && p->witnesses > 0 && vkey_parse(&key, text, strlen(text), NULL) == OK) {
		p->witness[1] = key;
		p->witnesses = 2;
	} else if (c == CHANGE_TLS) {
		snprintf(p->card.tls_next, sizeof p->card.tls_next, "%.60s", text);
	}
}

/* What the card that is kept says. */
static const char *
on_card(const struct card *card, enum change c)
{
	return c == CHANGE_LOG ? card->vkey : c == CHANGE_WITNESS ? card->witness : c == CHANGE_TLS ? card->tls_pin : card->pouch;
}

/*
 * A change counts from the key that we know. Others are history (a card that came later names what they led to), or lead on from
 * a change that we have missed: then only a new card helps.
 */
static bool
follows(struct node *n, int member, enum change c, const struct json *old)
{
	struct peer *p = &n->peers[member];
	bool yes;

	pthread_mutex_lock(&n->lock);
	yes = p->paired && old != NULL && text_eq(old->str, old->len, on_card(&p->card, c));
	pthread_mutex_unlock(&n->lock);
	return yes;
}

int
rotate_keep(struct node *n, struct store *s, int member, const struct record *r, struct err *e)
{
	const struct json *key = json_get(r->body, "key"), *whose = json_get(key, "member"), *new = json_get(key, "new");
	const struct json *from = json_get(key, "from");
	struct vkey unused;
	struct inst at;
	char text[VKEY_TEXT_MAX], value[VKEY_TEXT_MAX + 32], name[80];
	enum change c;

	if (whose == NULL || new == NULL || from == NULL || new->len >= sizeof text || !inst_parse(from->str, from->len, &at) ||
	    !text_eq(whose->str, whose->len, n->reg->members[member].code))
		return OK;		/* about somebody else: that is not for it to say */
	memcpy(text, new->str, new->len);
	text[new->len] = '\0';
	if ((c = form_of(n, member, text, &unused)) == CHANGE_COUNT ||
	    !follows(n, member, c, json_get(key, "old")))
		return OK;
	peer_setting(name, n, member, c);
	snprintf(value, sizeof value, "%" PRId64 " %s", at.ms, text);
	return store_meta_put(s, name, value, strlen(value), e);
}

int
rotate_load_peer(struct node *n, struct store_reader *r, int member, struct err *e)
{
	struct peer *p = &n->peers[member];
	char name[80], rest[ROTATE_REST_MAX];
	int64_t from_ms;
	int rc = OK;

	for (int c = 0; c < CHANGE_COUNT && (rc == OK || rc == ERR_NOTFOUND); c++) {
		peer_setting(name, n, member, (enum change)c);
		if ((rc = rotate_read(r, name, &from_ms, rest, e)) != OK)
			continue;
		pthread_mutex_lock(&n->lock);
		if (p->paired) {
			p->next[c].from_ms = from_ms;
			count_next(p, (enum change)c, rest);
		}
		pthread_mutex_unlock(&n->lock);
	}
	return rc == ERR_NOTFOUND ? OK : rc;
}

struct promotion {
	struct node *n;
	int member;
	enum change c;
	struct card card;		/* with the new key */
};

static int
run_promote(void *arg, struct store *s, struct err *e)
{
	struct promotion *p = arg;
	char name[80];
	int rc = peers_keep_card(s, &p->card, e);

	peer_setting(name, p->n, p->member, p->c);
	return rc == OK ? store_meta_put(s, name, "", 0, e) : rc;
}

int
rotate_peer_promote(struct node *n, struct peer *p, enum change c, struct err *e)
{
	struct promotion job = { .n = n, .member = p->member, .c = c };
	int rc;

	pthread_mutex_lock(&n->lock);
	job.card = p->card;
	pthread_mutex_unlock(&n->lock);
	snprintf(c == CHANGE_LOG ? job.card.vkey : c == CHANGE_WITNESS ? job.card.witness : c == CHANGE_TLS ? job.card.tls_pin :
	    job.card.pouch, c == CHANGE_TLS ? sizeof job.card.tls_pin : c == CHANGE_POUCH ? sizeof job.card.pouch :
	    sizeof job.card.vkey, "%s", p->next[c].text);
	if (c == CHANGE_TLS)
		job.card.tls_next[0] = '\0';
	if ((rc = writer_do(n->writer, run_promote, &job, e)) != OK)
		return rc;
	pthread_mutex_lock(&n->lock);
	p->card = job.card;
	if (c == CHANGE_LOG && p->vkeys == 2) {
		p->vkey[0] = p->vkey[1];
		p->vkeys = 1;
	}
	if (c == CHANGE_WITNESS && p->witnesses == 2) {
		p->witness[0] = p->witness[1];
		p->witnesses = 1;
	}
	p->next[c] = (struct key_next){ .from_ms = 0 };
	pthread_mutex_unlock(&n->lock);
	return OK;
}
