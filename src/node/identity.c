/* Making a node: folder, keys, certificate, store. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypt/cert.h"
#include "crypt/keyfile.h"
#include "node/internal.h"

#define DAYS_VALID 730

struct making {				/* a node half made */
	const struct node_init *in;
	const struct clock *clock;
	const struct rng *rng;
	struct buf charter_text;
	struct arena boot;
	struct charter *charter;
	struct registry *reg;
	struct store *store;
	/* Public, kept in the store: verifier keys of log and witness, and to whom a pouch is encrypted. */
	char vkey[VKEY_TEXT_MAX], witness[VKEY_TEXT_MAX], pouch[AGE_RECIPIENT_CHARS + 1];
	bool made_dir, made_keys;
};

static void
path_of(char out[4352], const char *dir, const char *name)
{
	snprintf(out, 4352, "%s/%s", dir, name);
}

int
identity_new_key(const char *dir, const struct rng *rng, enum keyfile_purpose purpose, const char *file, const char *name,
    struct keyfile *k, struct err *e)
{
	struct buf text = { 0 };
	char path[4352];
	int rc;

	*k = (struct keyfile){ .purpose = purpose };
	rng_fill(rng, k->seed, sizeof k->seed);
	snprintf(k->name, sizeof k->name, "%s", name);
	path_of(path, dir, file);
	if (buf_room(&text, KEYFILE_MAX_BYTES) == NULL)	/* so that it never moves and leaves a copy */
		rc = err_set(e, ERR_NOMEM, "no memory to make a key");
	else if ((rc = keyfile_format(&text, k, e)) == OK)
		rc = file_write_new(path, 0600, text.data, text.len, e);
	buf_wipe(&text);
	if (rc != OK)
		keyfile_wipe(k);
	return rc;
}

/* A new signing key in its file; the key itself in ${key}. */
static int
make_key(struct making *m, enum keyfile_purpose purpose, const char *file, const char *name, struct sign_key *key, struct err *e)
{
	struct keyfile k;
	int rc = identity_new_key(m->in->dir, m->rng, purpose, file, name, &k, e);

	if (rc == OK)
		sign_from_seed(key, k.seed);
	keyfile_wipe(&k);
	return rc;
}

static int
vkey_text_of(const struct keyfile *k, uint8_t type, char out[VKEY_TEXT_MAX], struct err *e)
{
	struct sign_key key;
	struct vkey v;
	int rc;

	sign_from_seed(&key, k->seed);
	if ((rc = vkey_make(&v, k->name, type, key.pub, e)) == OK)
		vkey_format(out, &v);
	sign_wipe(&key);
	return rc;
}

/* The key in ${file}, or a new one if there is none: a making or an upgrade that broke off goes on with what is there. */
static int
key_or_new(const char *dir, const struct rng *rng, enum keyfile_purpose purpose, const char *file, const char *name,
    struct keyfile *k, struct err *e)
{
	char path[4352];

	path_of(path, dir, file);
	if (access(path, F_OK) != 0)
		return identity_new_key(dir, rng, purpose, file, name, k, e);
	return identity_read_keyfile(dir, purpose, file, k, e);
}

int
identity_make_trust(const char *dir, const struct rng *rng, const char *mechanism, const char *member,
    char witness[VKEY_TEXT_MAX], char pouch[AGE_RECIPIENT_CHARS + 1], struct err *e)
{
	struct age_identity id;
	struct keyfile k;
	char name[256];
	int rc;

	snprintf(name, sizeof name, "%s.diwan/%s/witness", mechanism, member);
	if ((rc = key_or_new(dir, rng, KEYFILE_WITNESS, "keys/witness.key", name, &k, e)) != OK)
		return rc;
	rc = vkey_text_of(&k, VKEY_COSIGN, witness, e);
	keyfile_wipe(&k);
	snprintf(name, sizeof name, "%s.diwan/%s/pouch", mechanism, member);
	if (rc != OK || (rc = key_or_new(dir, rng, KEYFILE_POUCH, "keys/pouch.key", name, &k, e)) != OK)
		return rc;
	age_identity_from_seed(&id, k.seed);
	age_recipient_format(pouch, &id.public);
	age_identity_wipe(&id);
	keyfile_wipe(&k);
	return OK;
}

static int
make_certificate(const char *dir, const char *member, const char *address, int days, const struct sign_key *key, const char *next,
    const struct rng *rng, struct err *e)
{
	struct cert_spec spec = { .name = member };
	struct buf cert = { 0 }, pem = { 0 };
	char path[4352], file[64], host[256];
	const char *hosts[1] = { host };
	unsigned port;
	int rc;

	if ((rc = address_split(address, host, &port, e)) != OK)
		return rc;
	spec.hosts = hosts;
	spec.n_hosts = 1;
	spec.from = (time_t)(clock_now_ms(&clock_system) / 1000 - 3600);	/* peers' clocks may be behind a little */
	spec.until = spec.from + (time_t)days * 86400;
	rng_fill(rng, spec.serial, sizeof spec.serial);
	if ((rc = cert_make(key, &spec, &cert, &pem, e)) == OK) {
		snprintf(file, sizeof file, "keys/tls%s.crt", next);
		path_of(path, dir, file);
		if (next[0] != '\0')
			unlink(path);
		rc = file_write_new(path, 0644, cert.data, cert.len, e);
	}
	if (rc == OK) {
		snprintf(file, sizeof file, "keys/tls%s.pem", next);
		path_of(path, dir, file);
		if (next[0] != '\0')
			unlink(path);
		rc = file_write_new(path, 0600, pem.data, pem.len, e);
	}
	buf_free(&cert);
	buf_wipe(&pem);
	return rc;
}

int
identity_certificate(const char *dir, const char *member, const char *address, const struct sign_key *key, const char *next,
    const struct rng *rng, struct err *e)
{
	return make_certificate(dir, member, address, DAYS_VALID, key, next, rng, e);
}

/* One row for every member's log, with nothing in it yet. */
static int
make_logs(struct making *m, struct err *e)
{
	struct digest empty;
	int rc = OK;

	tree_empty(&empty);
	for (uint32_t i = 0; i < m->reg->members_count && rc == OK; i++) {
		struct log_row row = { .no = LOG_NO((int)i, 1), .epoch = 1 };

		snprintf(row.mechanism, sizeof row.mechanism, "%s", m->reg->mechanism);
		snprintf(row.member, sizeof row.member, "%s", m->reg->members[i].code);
		snprintf(row.origin, sizeof row.origin, "%s.diwan/%s/1", row.mechanism, row.member);
		row.own = strcmp(row.member, m->in->member) == 0;
		memcpy(row.root, empty.b, sizeof row.root);
		rc = store_log_put(m->store, &row, e);
	}
	return rc;
}

static int
put_text(struct making *m, const char *name, const char *text, struct err *e)
{
	return store_meta_put(m->store, name, text, strlen(text), e);
}

static int
fill_store(struct making *m, struct err *e)
{
	int rc;

	if ((rc = store_begin(m->store, e)) != OK)
		return rc;
	if ((rc = put_text(m, "node/member", m->in->member, e)) != OK ||
	    (rc = put_text(m, "node/address", m->in->address, e)) != OK || (rc = put_text(m, "node/vkey", m->vkey, e)) != OK ||
	    (rc = put_text(m, "node/witness", m->witness, e)) != OK || (rc = put_text(m, "node/pouch", m->pouch, e)) != OK ||
	    (rc = store_meta_put(m->store, "node/charter", m->charter_text.data, m->charter_text.len, e)) != OK ||
	    (rc = make_logs(m, e)) != OK)
		return rc;
	return store_commit(m->store, e);
}

static int
make_folder(struct making *m, struct err *e)
{
	char path[4352];

	if (mkdir(m->in->dir, 0700) == 0)
		m->made_dir = true;
	else if (errno != EEXIST)
		return err_set(e, errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", m->in->dir, strerror(errno));
	path_of(path, m->in->dir, "diwan.db");
	if (access(path, F_OK) == 0)
		return err_set(e, ERR_CONFLICT, "%s holds a node already; choose another folder", m->in->dir);
	path_of(path, m->in->dir, "keys");
	if (mkdir(path, 0700) != 0)
		return err_set(e, errno == EEXIST ? ERR_CONFLICT : errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", path,
		    strerror(errno));
	m->made_keys = true;
	return OK;
}

/* Take back everything a failed making left. */
static void
remove_all(struct making *m)
{
	static const char *const files[] = {
		"keys/log.key", "keys/tls.key", "keys/tls.crt", "keys/tls.pem", "keys/witness.key", "keys/pouch.key",
		"diwan.db", "diwan.db-wal", "diwan.db-shm", "diwan.db.lock"
	};
	char path[4352];

	for (size_t i = 0; m->made_keys && i < sizeof files / sizeof files[0]; i++) {
		path_of(path, m->in->dir, files[i]);
		unlink(path);
	}
	path_of(path, m->in->dir, "keys");
	if (m->made_keys)
		rmdir(path);
	if (m->made_dir)
		rmdir(m->in->dir);
}

static int
make_node(struct making *m, struct err *e)
{
	struct sign_key log_key, tls_key;
	struct note_signer signer;
	char path[4352], origin[256];
	int rc;

	snprintf(origin, sizeof origin, "%s.diwan/%s/1", m->reg->mechanism, m->in->member);
	if ((rc = make_key(m, KEYFILE_LOG, "keys/log.key", origin, &log_key, e)) == OK)
		rc = vkey_signer(&signer, origin, VKEY_ED25519, &log_key, e);
	if (rc == OK) {
		vkey_format(m->vkey, &signer.vkey);
		rc = make_key(m, KEYFILE_TLS, "keys/tls.key", m->in->member, &tls_key, e);
	}
	if (rc == OK)
		rc = make_certificate(m->in->dir, m->in->member, m->in->address,
		    m->in->days_valid > 0 ? m->in->days_valid : DAYS_VALID, &tls_key, "", m->rng, e);
	if (rc == OK)
		rc = identity_make_trust(m->in->dir, m->rng, m->reg->mechanism, m->in->member, m->witness, m->pouch, e);
	sign_wipe(&log_key);
	sign_wipe(&tls_key);
	path_of(path, m->in->dir, "diwan.db");
	if (rc == OK && (rc = store_open_sqlite(path, STORE_CREATE, &m->store, e)) == OK)
		rc = fill_store(m, e);
	store_close(m->store);
	return rc;
}

int
node_create(const struct node_init *in, const struct clock *clock, const struct rng *rng, struct err *e)
{
	struct making m = { .in = in, .clock = clock, .rng = rng };
	int rc;

	if ((rc = file_read(in->charter_path, CHARTER_MAX_BYTES, &m.charter_text, e)) == OK &&
	    (rc = charter_read(&m.boot, in->charter_path, m.charter_text.data, m.charter_text.len, &m.charter, e)) == OK &&
	    (rc = charter_registry(m.charter, &m.boot, &m.reg, e)) == OK) {
		if (registry_member(m.reg, in->member, strlen(in->member)) == LAW_NONE)
			rc = err_set(e, ERR_NOTFOUND, "%s names no member \"%.40s\"; its members are listed by `diwan "
			    "charter check`",
			    in->charter_path, in->member);
		else if ((rc = make_folder(&m, e)) == OK)
			rc = make_node(&m, e);
		if (rc != OK)
			remove_all(&m);
	}
	buf_free(&m.charter_text);
	arena_free(&m.boot);
	return rc;
}

int
identity_read_keyfile(const char *dir, enum keyfile_purpose purpose, const char *file, struct keyfile *k, struct err *e)
{
	struct buf text = { 0 };
	struct stat st;
	char path[4352];
	int rc;

	path_of(path, dir, file);
	if (stat(path, &st) != 0)
		return err_set(e, ERR_IO, "%s: %s; restore it from where the keys are kept", path, strerror(errno));
	if (st.st_mode & KEY_MODE_MASK)
		return err_set(e, ERR_DENIED, "%s can be read by others (mode %04o); run `chmod 600 %s`, and if "
		    "anybody may have read it, replace the key", path, (unsigned)(st.st_mode & 07777), path);
	if ((rc = file_read(path, KEYFILE_MAX_BYTES, &text, e)) == OK && (rc = keyfile_parse(k, text.data, text.len, e)) == OK &&
	    k->purpose != purpose) {
		rc = err_set(e, ERR_INPUT, "%s holds a %s key, a %s key is needed", path, keyfile_purpose_name(k->purpose),
		    keyfile_purpose_name(purpose));
		keyfile_wipe(k);
	}
	buf_wipe(&text);
	return rc == OK ? OK : err_at(e, "%s", path);
}

int
identity_read_key(const struct node *n, enum keyfile_purpose purpose, const char *file, struct sign_key *key, struct err *e)
{
	struct keyfile k;
	int rc = identity_read_keyfile(n->dir, purpose, file, &k, e);

	if (rc == OK)
		sign_from_seed(key, k.seed);
	keyfile_wipe(&k);
	return rc;
}
