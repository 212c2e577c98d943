/*
 * Planned changes of keys (docs/log.md 9.4): the next key is made while the old one still signs, told to everybody by a KEY_CHANGE in
 * the own log, and takes over at the time that was told. In between both count. Whoever was away longer than that needs the new
 * card. A key that others may have is no planned change: that is a new epoch.
 *
 * Settings:  next/<purpose>            "<from ms> <owed|told> <public text>"     the own next key
 *            files/<purpose>           "next": its file takes the place of the old one at the next start
 *            peer/<member>/<purpose>   "<from ms> <public text>"                 another member's next key
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "node/internal.h"

#define OVERLAP_MS (7 * DAY_MS)		/* after the change, for those whose clocks or lines are behind */

static const struct purpose {
	const char *word;		/* of settings and files */
	const char *setting;		/* where the present one stands */
	enum keyfile_purpose file;
} purposes[CHANGE_COUNT] = {
	[CHANGE_LOG] = { "log", "node/vkey", KEYFILE_LOG },
	[CHANGE_WITNESS] = { "witness", "node/witness", KEYFILE_WITNESS },
	[CHANGE_TLS] = { "tls", NULL, KEYFILE_TLS },
	[CHANGE_POUCH] = { "pouch", "node/pouch", KEYFILE_POUCH }
};

const char *
rotate_word(enum change c)
{
	return purposes[c].word;
}

enum change
rotate_from_word(const char *word)
{
	for (int c = 0; c < CHANGE_COUNT; c++)
		if (strcmp(word, purposes[c].word) == 0)
			return (enum change)c;
	return CHANGE_COUNT;
}

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
	snprintf(name, sizeof name, "%s.diwan/%s/witness", n->reg->mechanism, n->reg->members[member].code);
	return strcmp(key->name, name) == 0 ? CHANGE_WITNESS : CHANGE_COUNT;
}

/* ---- another member's ---- */

static void
peer_setting(char out[80], const struct node *n, int member, enum change c)
{
	snprintf(out, 80, "peer/%s/%s", n->reg->members[member].code, purposes[c].word);
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
	if ((c = form_of(n, member, text, &unused)) == CHANGE_COUNT)
		return OK;
	peer_setting(name, n, member, c);
	snprintf(value, sizeof value, "%" PRId64 " %s", at.ms, text);
	return store_meta_put(s, name, value, strlen(value), e);
}

#define REST_MAX 320			/* a word, a space, VKEY_TEXT_MAX */
_Static_assert(REST_MAX >= VKEY_TEXT_MAX + 8, "the scan below");

/* Read one setting "<from ms> <rest>"; ERR_NOTFOUND: there is none. */
static int
read_next(struct store_reader *r, const char *name, int64_t *from_ms, char rest[REST_MAX], struct err *e)
{
	struct buf text = { 0 };
	int rc = store_meta_get(r, name, &text, e);

	if (rc == OK && (text.len == 0 || sscanf(buf_cstr(&text), "%" SCNd64 " %319[^\n]", from_ms, rest) != 2))
		rc = ERR_NOTFOUND;
	buf_free(&text);
	return rc;
}

int
rotate_load_peer(struct node *n, struct store_reader *r, int member, struct err *e)
{
	struct peer *p = &n->peers[member];
	char name[80], rest[REST_MAX];
	int64_t from_ms;
	int rc = OK;

	for (int c = 0; c < CHANGE_COUNT && (rc == OK || rc == ERR_NOTFOUND); c++) {
		peer_setting(name, n, member, (enum change)c);
		if ((rc = read_next(r, name, &from_ms, rest, e)) != OK)
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
	struct buf text = { 0 };
	char name[80];
	int rc;

	card_write(&text, &p->card);
	snprintf(name, sizeof name, "peer/%s", p->card.member);
	rc = text.failed ? err_set(e, ERR_NOMEM, "no memory to keep a card") :
	    store_meta_put(s, name, text.data, text.len, e);
	peer_setting(name, p->n, p->member, p->c);
	if (rc == OK)
		rc = store_meta_put(s, name, "", 0, e);
	buf_free(&text);
	return rc;
}

/* The old key's time is over: the card that is kept names the new one. */
static int
promote_peer(struct node *n, struct peer *p, enum change c, struct err *e)
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

/* ---- our own ---- */

static void
own_setting(char out[40], const char *what, enum change c)
{
	snprintf(out, 40, "%s/%s", what, purposes[c].word);
}

int
rotate_load_own(struct node *n, struct store_reader *r, struct err *e)
{
	char name[40], rest[REST_MAX];
	int64_t from_ms;
	int rc = OK;

	for (int c = 0; c < CHANGE_COUNT && (rc == OK || rc == ERR_NOTFOUND); c++) {
		own_setting(name, "next", (enum change)c);
		n->next[c] = (struct key_next){ .from_ms = 0 };
		if ((rc = read_next(r, name, &from_ms, rest, e)) != OK || strlen(rest) < 6)
			continue;
		n->next[c].from_ms = from_ms;
		n->next[c].owed = strncmp(rest, "owed ", 5) == 0;
		snprintf(n->next[c].text, sizeof n->next[c].text, "%.*s", VKEY_TEXT_MAX - 1, rest + 5);
	}
	return rc == ERR_NOTFOUND ? OK : rc;
}

struct settings {
	const char *name[3], *value[3];
};

static int
run_settings(void *arg, struct store *s, struct err *e)
{
	const struct settings *x = arg;
	int rc = OK;

	for (int i = 0; i < 3 && x->name[i] != NULL && rc == OK; i++)
		rc = store_meta_put(s, x->name[i], x->value[i], strlen(x->value[i]), e);
	return rc;
}

static const char *
present(const struct node *n, enum change c)
{
	return c == CHANGE_LOG ? n->vkey_text : c == CHANGE_WITNESS ? n->witness_text : c == CHANGE_TLS ? n->tls_pin : n->pouch_text;
}

static int
tell(struct node *n, enum change c, struct err *e)
{
	char name[40], value[VKEY_TEXT_MAX + 40];
	struct settings told = { .name = { name }, .value = { value } };
	int rc = file_key_change(n, present(n, c), n->next[c].text, n->next[c].from_ms, e);

	own_setting(name, "next", c);
	snprintf(value, sizeof value, "%" PRId64 " told %s", n->next[c].from_ms, n->next[c].text);
	if (rc == OK && (rc = writer_do(n->writer, run_settings, &told, e)) == OK)
		n->next[c].owed = false;
	return rc == OK ? signers_choose(n, e) : rc;	/* the log's next key signs beside the present one from now on */
}

/* In memory, after it is durable: the new key signs. */
static void
use_next(struct node *n, enum change c)
{
	pthread_mutex_lock(&n->lock);
	snprintf(c == CHANGE_LOG ? n->vkey_text : c == CHANGE_WITNESS ? n->witness_text : n->pouch_text,
	    c == CHANGE_POUCH ? sizeof n->pouch_text : sizeof n->vkey_text, "%s", n->next[c].text);
	n->next[c] = (struct key_next){ .from_ms = 0 };
	pthread_mutex_unlock(&n->lock);
}

/* The time has come. */
static int
switch_key(struct node *n, enum change c, struct err *e)
{
	char next[40], files[40];
	struct settings x = { .name = { purposes[c].setting, next, files }, .value = { n->next[c].text, "", "next" } };
	int rc;

	own_setting(next, "next", c);
	own_setting(files, "files", c);
	if ((rc = writer_do(n->writer, run_settings, &x, e)) != OK)
		return rc;
	use_next(n, c);
	return c == CHANGE_POUCH ? OK : signers_choose(n, e);
}

int
rotate_turn(struct node *n, struct err *e)
{
	int64_t now = node_now_ms(n);
	int rc = OK;

	for (int c = 0; c < CHANGE_COUNT && rc == OK; c++) {
		if (n->next[c].text[0] != '\0' && n->next[c].owed)
			rc = tell(n, (enum change)c, e);
		else if (n->next[c].text[0] != '\0' && c != CHANGE_TLS && now >= n->next[c].from_ms)
			rc = switch_key(n, (enum change)c, e);
		for (uint32_t m = 0; m < n->reg->members_count && rc == OK; m++)
			if (n->peers[m].next[c].text[0] != '\0' && now >= n->peers[m].next[c].from_ms + OVERLAP_MS)
				rc = promote_peer(n, &n->peers[m], (enum change)c, e);
	}
	return rc;
}

/* ---- files ---- */

static void
file_of(char out[4400], const char *dir, enum change c, const char *next, const char *suffix)
{
	snprintf(out, 4400, "%s/keys/%s%s%s", dir, purposes[c].word, next, suffix);
}

/* The old key is of no more use to anybody but a thief. */
static void
destroy(const char *path)
{
	static const char zeros[KEYFILE_MAX_BYTES];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, zeros, sizeof zeros);
		(void)fsync(fd);
		close(fd);
	}
	unlink(path);
}

/* The new name is durable before the setting that asks for it is cleared: the old key is gone by then. */
static int
take_place(const char *dir, enum change c, const char *suffix, struct err *e)
{
	char next[4400], now[4400];

	file_of(next, dir, c, ".next", suffix);
	file_of(now, dir, c, "", suffix);
	if (access(next, F_OK) != 0)
		return file_sync_folder(now, e);	/* renamed before, but perhaps not durably */
	if (strcmp(suffix, ".crt") != 0)
		destroy(now);
	if (rename(next, now) != 0)
		return err_set(e, errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: cannot be renamed to %s: %s", next, now,
		    strerror(errno));
	return file_sync_folder(now, e);
}

static int
is_due(struct store_reader *r, enum change c, int64_t now_ms, bool *due, struct err *e)
{
	char name[40], rest[REST_MAX];
	struct buf text = { 0 };
	int64_t from_ms;
	int rc;

	own_setting(name, c == CHANGE_TLS ? "next" : "files", c);
	if (c == CHANGE_TLS) {
		rc = read_next(r, name, &from_ms, rest, e);
		*due = rc == OK && strncmp(rest, "told ", 5) == 0 && now_ms >= from_ms;
	} else {
		rc = store_meta_get(r, name, &text, e);
		*due = rc == OK && text.len == 4;
		buf_free(&text);
	}
	return rc == ERR_NOTFOUND ? OK : rc;
}

int
rotate_files(struct store *s, const char *dir, int64_t now_ms, struct err *e)
{
	static const char *const suffixes[] = { ".pem", ".crt", ".key" };
	char name[40];
	bool due;
	int rc = OK;

	for (int c = 0; c < CHANGE_COUNT && rc == OK; c++) {
		if ((rc = is_due(store_view(s), (enum change)c, now_ms, &due, e)) != OK || !due)
			continue;
		for (int i = c == CHANGE_TLS ? 0 : 2; i < 3 && rc == OK; i++)
			rc = take_place(dir, (enum change)c, suffixes[i], e);
		own_setting(name, c == CHANGE_TLS ? "next" : "files", (enum change)c);
		if (rc == OK && (rc = store_begin(s, e)) == OK && ((rc = store_meta_put(s, name, "", 0, e)) != OK ||
		    (rc = store_commit(s, e)) != OK))
			store_rollback(s);
	}
	return rc;
}

/* ---- beginning one ---- */

/* The next key in its file, and what is public of it. */
static int
make_next(struct node *n, enum change c, char text[VKEY_TEXT_MAX], struct err *e)
{
	struct age_identity id;
	struct sign_key key;
	struct keyfile k;
	struct vkey v = { .type = c == CHANGE_LOG ? VKEY_ED25519 : VKEY_COSIGN };
	char file[64], path[4400], name[256];
	int rc;

	snprintf(file, sizeof file, "keys/%s.next.key", purposes[c].word);
	snprintf(path, sizeof path, "%s/%s", n->dir, file);
	destroy(path);			/* of a change that was begun and never told */
	if (c == CHANGE_LOG)
		snprintf(name, sizeof name, "%s", n->own_log.origin);
	else if (c == CHANGE_TLS)
		snprintf(name, sizeof name, "%s", n->member);
	else
		snprintf(name, sizeof name, "%s.diwan/%s/%s", n->reg->mechanism, n->member, purposes[c].word);
	if ((rc = identity_new_key(n->dir, n->rng, purposes[c].file, file, name, &k, e)) != OK)
		return rc;
	sign_from_seed(&key, k.seed);
	if (c == CHANGE_POUCH) {
		age_identity_from_seed(&id, k.seed);
		age_recipient_format(text, &id.public);
		age_identity_wipe(&id);
	} else if (c == CHANGE_TLS) {
		cert_pin(text, key.pub);
		rc = identity_certificate(n->dir, n->member, n->address, &key, ".next", n->rng, e);
	} else if ((rc = vkey_make(&v, name, v.type, key.pub, e)) == OK) {
		vkey_format(text, &v);
	}
	sign_wipe(&key);
	keyfile_wipe(&k);
	return rc;
}

int
node_rotate(const struct node_options *o, const char *what, int days, char text[VKEY_TEXT_MAX], int64_t *from_ms, struct err *e)
{
	struct node_options own = *o;
	char name[40], value[VKEY_TEXT_MAX + 40];
	struct settings x = { .name = { name }, .value = { value } };
	enum change c = rotate_from_word(what);
	struct node *n = NULL;
	int rc;

	if (c == CHANGE_COUNT)
		return err_set(e, ERR_INPUT, "\"%.40s\" is no key that is changed by plan; there are log, witness, tls and pouch", what);
	own.readonly = false;
	own.guarded = true;		/* nothing is signed here: the node itself tells the others, when it may */
	if ((rc = node_open(&n, &own, e)) != OK)
		return rc;
	if (n->next[c].text[0] != '\0')
		rc = err_set(e, ERR_CONFLICT, "a change of the %s key is under way already; let it end first", what);
	else if ((rc = make_next(n, c, text, e)) == OK) {
		*from_ms = node_now_ms(n) + days * DAY_MS;
		own_setting(name, "next", c);
		snprintf(value, sizeof value, "%" PRId64 " owed %s", *from_ms, text);
		rc = writer_do(n->writer, run_settings, &x, e);
	}
	node_close(n);
	return rc;
}
