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

/* ---- a new card ---- */

bool
rotate_settles(const struct card *before, const struct card *now, enum change c)
{
	return strcmp(on_card(before, c), on_card(now, c)) != 0;
}

int
rotate_forget(const struct node *n, struct store *s, int member, const struct card *before, const struct card *now, struct err *e)
{
	char name[80];
	int rc = OK;

	for (int c = 0; c < CHANGE_COUNT && rc == OK; c++) {
		peer_setting(name, n, member, (enum change)c);
		if (rotate_settles(before, now, (enum change)c))
			rc = store_meta_put(s, name, "", 0, e);
	}
	return rc;
}

/* ---- the end of an old key ---- */

struct promotion {
	struct node *n;
	int member;
	enum change c;
	char text[VKEY_TEXT_MAX];	/* the new key */
	struct card card;		/* with it */
	bool stale;			/* another change was announced meanwhile */
};

static int
run_promote(void *arg, struct store *s, struct err *e)
{
	struct promotion *p = arg;
	char name[80], rest[ROTATE_REST_MAX];
	int64_t from_ms;
	int rc;

	peer_setting(name, p->n, p->member, p->c);
	rc = rotate_read(store_view(s), name, &from_ms, rest, e);
	p->stale = rc == ERR_NOTFOUND || (rc == OK && strcmp(rest, p->text) != 0);
	if (p->stale || rc != OK)
		return p->stale ? OK : rc;
	rc = peers_keep_card(s, &p->card, e);
	return rc == OK ? store_meta_put(s, name, "", 0, e) : rc;
}

static void
put_on_card(struct promotion *job)
{
	struct card *k = &job->card;

	switch (job->c) {
	case CHANGE_LOG:
		snprintf(k->vkey, sizeof k->vkey, "%s", job->text);
		break;
	case CHANGE_WITNESS:
		snprintf(k->witness, sizeof k->witness, "%s", job->text);
		break;
	case CHANGE_TLS:
		snprintf(k->tls_pin, sizeof k->tls_pin, "%.*s", (int)sizeof k->tls_pin - 1, job->text);
		k->tls_next[0] = '\0';
		break;
	case CHANGE_POUCH:
		snprintf(k->pouch, sizeof k->pouch, "%.*s", (int)sizeof k->pouch - 1, job->text);
		break;
	case CHANGE_COUNT:
		break;
	}
}

/* With the lock, after it is durable. */
static void
use_promoted(struct peer *p, const struct promotion *job)
{
	p->card = job->card;
	if (job->c == CHANGE_LOG && p->vkeys == 2) {
		p->vkey[0] = p->vkey[1];
		p->vkeys = 1;
	}
	if (job->c == CHANGE_WITNESS && p->witnesses == 2) {
		p->witness[0] = p->witness[1];
		p->witnesses = 1;
	}
	p->next[job->c] = (struct key_next){ .from_ms = 0 };
}

static int
promote(struct node *n, struct peer *p, enum change c, int64_t by_ms, struct err *e)
{
	struct promotion job = { .n = n, .member = p->member, .c = c };
	bool due;
	int rc;

	pthread_mutex_lock(&n->lock);
	due = p->next[c].text[0] != '\0' && p->next[c].from_ms <= by_ms;
	memcpy(job.text, p->next[c].text, sizeof job.text);
	job.card = p->card;
	pthread_mutex_unlock(&n->lock);
	if (!due)
		return OK;
	put_on_card(&job);
	if ((rc = writer_do(n->writer, run_promote, &job, e)) != OK || job.stale)
		return rc;
	pthread_mutex_lock(&n->lock);
	use_promoted(p, &job);
	pthread_mutex_unlock(&n->lock);
	return OK;
}

int
rotate_peer_promote(struct node *n, struct peer *p, enum change c, int64_t by_ms, struct err *e)
{
	int rc;

	pthread_mutex_lock(&n->pairing);	/* a card that is accepted at this moment must not be overwritten */
	rc = promote(n, p, c, by_ms, e);
	pthread_mutex_unlock(&n->pairing);
	return rc;
}
