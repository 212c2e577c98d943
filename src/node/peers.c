/* Peers: their cards, their state, and who is at the other end of a connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/internal.h"

static void
meta_name(char out[80], const char *member)
{
	snprintf(out, 80, "peer/%s", member);
}

/* The log key of a card: well formed, of the right name, and the one that signed what is held. */
static int
check_log_key(struct node *n, int member, const struct card *card, struct vkey *vkey, struct err *e)
{
	struct log_row log;
	struct store_reader *r;
	uint32_t epoch = 0;
	int rc = vkey_parse(vkey, card->vkey, strlen(card->vkey), e);

	if (rc != OK)
		return err_at(e, "card: log");
	if ((r = node_reader(n, e)) == NULL)
		return e->code;
	rc = store_log_get(r, node_log_no(n, member), &log, e);
	node_reader_done(n, r);
	if (rc != OK)
		return rc;
	if (vkey->type != VKEY_ED25519 || keys_member_of(n, vkey->name, &epoch) != member || epoch < log.epoch)
		return err_set(e, ERR_INPUT, "card: log: the key is named \"%s\", the log of %s is \"%s\"%s", vkey->name,
		    card->member, log.origin, epoch < log.epoch ? "; this card is older than the log" : "");
	if (epoch > log.epoch)
		return OK;		/* a new log, which this card begins */
	if (log.size > 0 && n->peers[member].paired && strcmp(n->peers[member].card.vkey, card->vkey) != 0 && !card->new_key)
		return err_set(e, ERR_CONFLICT, "card: log: another key than the one that signed the %llu entries held of %s. If "
		    "%s says that it changed its key by plan while you were away, accept it with --new-key; a key that was lost or "
		    "stolen needs a new log (`diwan epoch` there)", (unsigned long long)log.size, card->member, card->member);
	return OK;
}

/* The witness key of a card: of the right name, and nobody else's. "-": none. */
static int
check_witness_key(const struct node *n, int member, const struct card *card, struct vkey *vkey, struct err *e)
{
	char name[256];

	if (strcmp(card->witness, "-") == 0)
		return OK;
	if (vkey_parse(vkey, card->witness, strlen(card->witness), e) != OK)
		return err_at(e, "card: witness");
	keys_name(n, member, "witness", name);
	if (strcmp(vkey->name, name) != 0 || vkey->type != VKEY_COSIGN)
		return err_set(e, ERR_INPUT, "card: witness: the key is named \"%s\", that of %s is \"%s\" and of type 4",
		    vkey->name, card->member, name);
	return OK;
}

static int
check_pouch_key(const struct card *card, struct err *e)
{
	struct age_recipient r;

	if (strcmp(card->pouch, "-") == 0 || age_recipient_parse(&r, card->pouch, strlen(card->pouch), e) == OK)
		return OK;
	return err_at(e, "card: pouch");
}

struct card_keys {
	struct vkey log, witness;
};

static int
check_keys(struct node *n, int member, const struct card *card, struct card_keys *keys, struct err *e)
{
	int rc = check_log_key(n, member, card, &keys->log, e);

	if (rc == OK && (rc = check_witness_key(n, member, card, &keys->witness, e)) == OK)
		rc = check_pouch_key(card, e);
	return rc;
}

static void
set_card(struct node *n, struct peer *p, const struct card *card, const struct card_keys *keys)
{
	pthread_mutex_lock(&n->lock);
	for (int c = 0; c < CHANGE_COUNT && p->paired; c++)
		if (rotate_settles(&p->card, card, (enum change)c))
			p->next[c] = (struct key_next){ .from_ms = 0 };
	p->card = *card;
	/* A key that was changed while we were away: what the old one signed is still held against the log. */
	p->vkeys = 1;
	if (card->new_key && p->paired && strcmp(p->vkey[0].name, keys->log.name) == 0) {
		p->vkey[1] = p->vkey[0];
		p->vkeys = 2;
	}
	p->vkey[0] = keys->log;
	p->witness[0] = keys->witness;
	p->witnesses = strcmp(card->witness, "-") != 0;
	p->status.witness = p->witnesses > 0;
	p->paired = true;
	if (p->status.state == PEER_UNPAIRED)
		p->status.state = PEER_WAITING;
	pthread_mutex_unlock(&n->lock);
}

int
peers_load(struct node *n, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	struct buf text = { 0 };
	struct card card;
	struct card_keys keys;
	char name[80];
	int rc = r == NULL ? e->code : OK;

	for (uint32_t i = 0; i < n->reg->members_count && rc == OK; i++) {
		struct peer *p = &n->peers[i];

		p->node = n;
		p->member = (int)i;
		p->status = (struct peer_status){ .member = (int)i, .last_ok_ms = WHEN_NONE, .last_try_ms = WHEN_NONE,
		    .verified_ms = WHEN_NONE, .cosigned_ms = WHEN_NONE, .seen_ms = WHEN_NONE };
		cond_init(&p->wake);
		meta_name(name, n->reg->members[i].code);
		rc = store_meta_get(r, name, &text, e);
		if (rc == ERR_NOTFOUND) {
			rc = OK;
			continue;
		}
		if (rc == OK && (rc = card_read(&card, text.data, text.len, e)) == OK &&
		    (rc = check_keys(n, (int)i, &card, &keys, e)) == OK)
			set_card(n, p, &card, &keys);
		if (rc == OK)
			rc = rotate_load_peer(n, r, (int)i, e);
	}
	buf_free(&text);
	if (r != NULL)
		node_reader_done(n, r);
	return rc;
}

void
peers_free(struct node *n)
{
	for (uint32_t i = 0; n->peers != NULL && i < n->reg->members_count; i++) {
		buf_free(&n->peers[i].bell_note);
		buf_free(&n->peers[i].told_note);
		buf_free(&n->peers[i].told);
		buf_free(&n->peers[i].heard.note);
		pthread_cond_destroy(&n->peers[i].wake);
	}
	free(n->peers);
	n->peers = NULL;
}

void
node_card(const struct node *n, struct card *out)
{
	memset(out, 0, sizeof *out);
	snprintf(out->mechanism, sizeof out->mechanism, "%s", n->reg->mechanism);
	snprintf(out->member, sizeof out->member, "%s", n->member);
	snprintf(out->charter, sizeof out->charter, "%s", n->charter_hash);
	snprintf(out->address, sizeof out->address, "%s", n->address);
	pthread_mutex_lock(&n->self->lock);	/* housekeeping changes keys whose time has come */
	snprintf(out->vkey, sizeof out->vkey, "%s", n->vkey_text);
	snprintf(out->tls_pin, sizeof out->tls_pin, "%s", n->tls_pin);
	snprintf(out->witness, sizeof out->witness, "%s", n->witness_text[0] == '\0' ? "-" : n->witness_text);
	snprintf(out->pouch, sizeof out->pouch, "%s", n->pouch_text[0] == '\0' ? "-" : n->pouch_text);
	pthread_mutex_unlock(&n->self->lock);
}

/* The card belongs here, and its keys serve nobody else. */
static int
check_card(struct node *n, const struct card *card, struct peer **out, struct err *e)
{
	int m = registry_member(n->reg, card->member, strlen(card->member));

	if (strcmp(card->mechanism, n->reg->mechanism) != 0)
		return err_set(e, ERR_CONFLICT, "card: is for mechanism \"%s\", this node takes part in \"%s\"", card->mechanism,
		    n->reg->mechanism);
	if (strcmp(card->charter, n->charter_hash) != 0)
		return err_set(e, ERR_CONFLICT, "card: rests on another charter text (%.16s..., here %.16s...); both "
		    "sides must start from the "
		    "same file", card->charter, n->charter_hash);
	if (m == LAW_NONE)
		return err_set(e, ERR_NOTFOUND, "card: the charter names no member \"%s\"", card->member);
	if (m == n->own)
		return err_set(e, ERR_CONFLICT, "card: is this node's own; give the card of the other side");
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		if ((int)i != m && n->peers[i].paired && (strcmp(n->peers[i].card.tls_pin, card->tls_pin) == 0 ||
		    strcmp(n->peers[i].card.vkey, card->vkey) == 0 ||
		    (strcmp(card->witness, "-") != 0 && strcmp(n->peers[i].card.witness, card->witness) == 0)))
			return err_set(e, ERR_CONFLICT, "card: its key is already that of %s; one key serves one member",
			    n->peers[i].card.member);
	if (strcmp(card->tls_pin, n->tls_pin) == 0)
		return err_set(e, ERR_CONFLICT, "card: its TLS key is this node's own");
	*out = &n->peers[m];
	return OK;
}

int
peers_keep_card(struct store *s, const struct card *card, struct err *e)
{
	struct buf text = { 0 };
	char name[80];
	int rc;

	card_write(&text, card);
	meta_name(name, card->member);
	rc = text.failed ? err_set(e, ERR_NOMEM, "no memory to keep a card") :
	    store_meta_put(s, name, text.data, text.len, e);
	buf_free(&text);
	return rc;
}

struct pairing {
	struct node *n;
	const struct peer *p;		/* its card changes under n->pairing only */
	const struct card *card;
};

static int
run_put_card(void *arg, struct store *s, struct err *e)
{
	const struct pairing *x = arg;
	int rc = peers_keep_card(s, x->card, e);

	return rc == OK && x->p->paired ? rotate_forget(x->n, s, x->p->member, &x->p->card, x->card, e) : rc;
}

/* What was announced and goes on counts beside the keys of the new card. */
static int
reload_changes(struct node *n, int member, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	int rc;

	if (r == NULL)
		return e->code;
	rc = rotate_load_peer(n, r, member, e);
	node_reader_done(n, r);
	return rc;
}

/* The card is of a later epoch: the log that is held is closed, and another begins. */
static int
follow_epoch(struct node *n, int member, const char *origin, struct err *e)
{
	uint32_t epoch = 1;

	(void)keys_member_of(n, origin, &epoch);	/* check_log_key has seen it */
	return epoch > LOG_EPOCH(node_log_no(n, member)) ? epoch_accept(n, member, epoch, e) : OK;
}

int
node_pair(struct node *n, const struct card *card, struct err *e)
{
	struct pairing pairing = { .n = n, .card = card };
	struct peer *p = NULL;
	struct card_keys keys;
	int rc;

	if (n->readonly)
		return err_set(e, ERR_DENIED, "this node is open for reading only");
	pthread_mutex_lock(&n->pairing);	/* two cards at once must not give one key to two members */
	if ((rc = check_card(n, card, &p, e)) == OK && p != NULL && (rc = check_keys(n, p->member, card, &keys, e)) == OK &&
	    (rc = follow_epoch(n, p->member, keys.log.name, e)) == OK) {
		pairing.p = p;
		if ((rc = writer_do(n->writer, run_put_card, &pairing, e)) == OK) {
			set_card(n, p, card, &keys);
			rc = reload_changes(n, p->member, e);
		}
	}
	pthread_mutex_unlock(&n->pairing);
	return rc == OK && p != NULL ? sync_peer(n, p, e) : rc;
}

int
node_peer_card(struct node *n, int member, struct card *out, struct err *e)
{
	int rc = OK;

	if (member < 0 || (uint32_t)member >= n->reg->members_count)
		return err_set(e, ERR_NOTFOUND, "no such member");
	pthread_mutex_lock(&n->lock);
	if (n->peers[member].paired)
		*out = n->peers[member].card;
	else
		rc = err_set(e, ERR_NOTFOUND, "%s is not paired with this node", n->reg->members[member].code);
	pthread_mutex_unlock(&n->lock);
	return rc;
}

int
node_member_by_pin(struct node *n, const char *pin)
{
	int found = LAW_NONE;

	pthread_mutex_lock(&n->lock);
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		if (n->peers[i].paired && (strcmp(n->peers[i].card.tls_pin, pin) == 0 ||
		    strcmp(n->peers[i].card.tls_next, pin) == 0))
			found = (int)i;
	pthread_mutex_unlock(&n->lock);
	return found;
}

const char *
peer_state_word(enum peer_state s)
{
	static const char *const words[] = { "unpaired", "waiting", "pulling", "current", "failing", "frozen" };

	return words[s];
}

int
node_peer_status(struct node *n, int member, struct peer_status *out)
{
	struct store_reader *r;
	struct log_row log;
	struct err e;

	if (member < 0 || (uint32_t)member >= n->reg->members_count)
		return ERR_NOTFOUND;
	pthread_mutex_lock(&n->lock);
	*out = n->peers[member].status;
	pthread_mutex_unlock(&n->lock);
	if ((r = node_reader(n, &e)) == NULL)
		return e.code;
	if (store_log_get(r, node_log_no(n, member), &log, &e) == OK) {
		out->size = log.size;
		out->payloads_next = log.payloads_next;
		if (log.frozen)
			out->state = PEER_FROZEN;
	}
	node_reader_done(n, r);
	return OK;
}

void
peers_ring_all(struct node *n)
{
	pthread_mutex_lock(&n->lock);
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		if (n->peers[i].running) {
			n->peers[i].must_ring = true;
			pthread_cond_signal(&n->peers[i].wake);
		}
	pthread_mutex_unlock(&n->lock);
}

void
peers_wake(struct node *n)
{
	pthread_mutex_lock(&n->lock);
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		if (n->peers[i].running)
			pthread_cond_signal(&n->peers[i].wake);
	pthread_mutex_unlock(&n->lock);
}
