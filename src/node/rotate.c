/*
 * Planned changes of keys (docs/log.md 9.4): the next key is made while the old one still signs, told to everybody by a KEY_CHANGE
 * in the own log, and takes over at the time that was told. In between both count. Whoever was away longer than that needs the new
 * card. A key that others may have is no planned change: that is a new epoch.
 *
 * Settings:  next/<purpose>            "<from ms> <owed|told> <public text>"     the own next key
 *            files/<purpose>           "next": its file takes the place of the old one at the next start
 *            changed/<purpose>         "<ms> at": when it took over last
 *            before/<purpose>          the public text that it took over from
 *            peer/<member>/<purpose>   "<from ms> <public text>"                 another member's next key
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/rotate.h"

#define OVERLAP_MS (7 * DAY_MS)		/* after the change, for those whose clocks or lines are behind */

static const struct purpose purposes[CHANGE_COUNT] = {
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

const struct purpose *
rotate_purpose(enum change c)
{
	return &purposes[c];
}

/* ---- settings ---- */

void
rotate_setting(char out[40], const char *what, enum change c)
{
	snprintf(out, 40, "%s/%s", what, purposes[c].word);
}

_Static_assert(ROTATE_REST_MAX >= VKEY_TEXT_MAX + 8, "the scan below");

int
rotate_read(struct store_reader *r, const char *name, int64_t *from_ms, char rest[ROTATE_REST_MAX], struct err *e)
{
	struct buf text = { 0 };
	int rc = store_meta_get(r, name, &text, e);

	if (rc == OK && (text.len == 0 || sscanf(buf_cstr(&text), "%" SCNd64 " %319[^\n]", from_ms, rest) != 2))
		rc = ERR_NOTFOUND;
	buf_free(&text);
	return rc;
}

int
rotate_write(void *arg, struct store *s, struct err *e)
{
	const struct rotate_settings *x = arg;
	int rc = OK;

	for (int i = 0; i < 5 && x->name[i] != NULL && rc == OK; i++)
		rc = store_meta_put(s, x->name[i], x->value[i], strlen(x->value[i]), e);
	return rc;
}

/* ---- our own ---- */

int
rotate_load_own(struct node *n, struct store_reader *r, struct err *e)
{
	char name[40], rest[ROTATE_REST_MAX];
	int64_t from_ms;
	int rc = OK;

	for (int c = 0; c < CHANGE_COUNT && (rc == OK || rc == ERR_NOTFOUND); c++) {
		rotate_setting(name, "next", (enum change)c);
		n->next[c] = (struct key_next){ .from_ms = 0 };
		if ((rc = rotate_read(r, name, &from_ms, rest, e)) != OK || strlen(rest) < 6)
			continue;
		n->next[c].from_ms = from_ms;
		n->next[c].owed = strncmp(rest, "owed ", 5) == 0;
		snprintf(n->next[c].text, sizeof n->next[c].text, "%.*s", VKEY_TEXT_MAX - 1, rest + 5);
	}
	return rc == ERR_NOTFOUND ? OK : rc;
}

static const char *
present(const struct node *n, enum change c)
{
	return c == CHANGE_LOG ? n->vkey_text : c == CHANGE_WITNESS ? n->witness_text : c == CHANGE_TLS ? n->tls_pin :
	    n->pouch_text;
}

static int
tell(struct node *n, enum change c, struct err *e)
{
	char name[40], value[VKEY_TEXT_MAX + 40];
	struct rotate_settings told = { .name = { name }, .value = { value } };
	int rc = file_key_change(n, present(n, c), n->next[c].text, n->next[c].from_ms, e);

	rotate_setting(name, "next", c);
	snprintf(value, sizeof value, "%" PRId64 " told %s", n->next[c].from_ms, n->next[c].text);
	if (rc == OK && (rc = writer_do(n->writer, rotate_write, &told, e)) == OK)
		n->next[c].owed = false;
	return rc == OK ? signers_choose(n, e) : rc;	/* the log's next key signs beside the present one from now on */
}

/* In memory, after it is durable: the new key signs. */
static void
use_next(struct node *n, enum change c)
{
	pthread_mutex_lock(&n->lock);
	if (c == CHANGE_WITNESS)
		memcpy(n->witness_before, n->witness_text, sizeof n->witness_before);
	snprintf(c == CHANGE_LOG ? n->vkey_text : c == CHANGE_WITNESS ? n->witness_text : n->pouch_text,
	    c == CHANGE_POUCH ? sizeof n->pouch_text : sizeof n->vkey_text, "%s", n->next[c].text);
	n->next[c] = (struct key_next){ .from_ms = 0 };
	pthread_mutex_unlock(&n->lock);
}

/* The time has come. */
static int
switch_key(struct node *n, enum change c, struct err *e)
{
	char next[40], files[40], changed[40], before[40], when[24], old[VKEY_TEXT_MAX];
	struct rotate_settings x = { .name = { purposes[c].setting, next, files, changed, before },
	    .value = { n->next[c].text, "", "next", when, old } };
	int rc;

	snprintf(old, sizeof old, "%s", present(n, c));
	rotate_setting(before, "before", c);
	rotate_setting(changed, "changed", c);
	snprintf(when, sizeof when, "%" PRId64 " at", node_now_ms(n));

	rotate_setting(next, "next", c);
	rotate_setting(files, "files", c);
	if ((rc = signers_have(n, c, n->next[c].text, e)) != OK || (rc = writer_do(n->writer, rotate_write, &x, e)) != OK)
		return rc;
	use_next(n, c);
	return c == CHANGE_POUCH ? OK : signers_choose(n, e);
}

/* One key; what does not go well with it is no trouble of the others. */
static int
change_turn(struct node *n, enum change c, struct err *e)
{
	int64_t now = node_now_ms(n);
	int rc = OK;

	for (uint32_t m = 0; m < n->reg->members_count && rc == OK; m++)
		rc = rotate_peer_promote(n, &n->peers[m], c, now - OVERLAP_MS, e);
	if (rc != OK || n->next[c].text[0] == '\0')
		return rc;
	if (n->next[c].owed)
		return tell(n, c, e);
	return c != CHANGE_TLS && now >= n->next[c].from_ms ? switch_key(n, c, e) : OK;
}

int
rotate_turn(struct node *n, struct err *e)
{
	struct err other = { 0 };
	int rc = OK, one;

	for (int c = 0; c < CHANGE_COUNT; c++)
		if ((one = change_turn(n, (enum change)c, rc == OK ? e : &other)) != OK && rc == OK)
			rc = one;
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
	rotate_files_destroy(path);	/* of a change that was begun and never told */
	if (c == CHANGE_LOG)
		snprintf(name, sizeof name, "%s", n->own_log.origin);
	else if (c == CHANGE_TLS)
		snprintf(name, sizeof name, "%s", n->member);
	else
		keys_name(n, n->own, purposes[c].word, name);
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

/* The others keep both keys for a while after a change: another one within it would leave out the key between. */
static int
check_pause(struct node *n, enum change c, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	char name[40], rest[ROTATE_REST_MAX];
	int64_t at_ms = 0;
	int rc;

	if (r == NULL)
		return e->code;
	rotate_setting(name, "changed", c);
	rc = rotate_read(r, name, &at_ms, rest, e);
	node_reader_done(n, r);
	if (rc == OK && node_now_ms(n) < at_ms + OVERLAP_MS)
		return err_set(e, ERR_CONFLICT, "the %s key was changed %d days ago; the others still keep both, so wait until "
		    "seven have passed. A key that others may have needs a new epoch (`diwan epoch`)", purposes[c].word,
		    (int)((node_now_ms(n) - at_ms) / DAY_MS));
	return rc == ERR_NOTFOUND ? OK : rc;
}

int
node_rotate(const struct node_options *o, const char *what, int days, char text[VKEY_TEXT_MAX], int64_t *from_ms, struct err *e)
{
	struct node_options own = *o;
	char name[40], value[VKEY_TEXT_MAX + 40];
	struct rotate_settings x = { .name = { name }, .value = { value } };
	enum change c = rotate_from_word(what);
	struct node *n = NULL;
	int rc;

	if (c == CHANGE_COUNT)
		return err_set(e, ERR_INPUT, "\"%.40s\" is no key that is changed by plan; there are log, witness, tls and pouch",
		    what);
	own.readonly = false;
	own.guarded = true;		/* nothing is signed here: the node itself tells the others, when it may */
	if ((rc = node_open(&n, &own, e)) != OK)
		return rc;
	rc = check_pause(n, c, e);
	if (rc == OK && n->next[c].text[0] != '\0')
		rc = err_set(e, ERR_CONFLICT, "a change of the %s key is under way already; let it end first", what);
	if (rc == OK && (rc = make_next(n, c, text, e)) == OK) {
		*from_ms = node_now_ms(n) + days * DAY_MS;
		rotate_setting(name, "next", c);
		snprintf(value, sizeof value, "%" PRId64 " owed %s", *from_ms, text);
		rc = writer_do(n->writer, rotate_write, &x, e);
	}
	node_close(n);
	return rc;
}
