/* keys: a new certificate for the same key, so that no member has to pair again; and planned changes of keys. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/when.h"
#include "cli/keys.h"
#include "cli/local.h"
#include "cli/say.h"
#include "crypt/cert.h"
#include "crypt/keyfile.h"
#include "crypt/secmem.h"
#include "node/files.h"

#define DAYS 730
#define ROTATE_DAYS 7			/* in which the others hear of the next key */

int
keys_read(const char *path, size_t max_bytes, struct buf *out, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(e, ERR_DENIED, "%s is no regular file; put the key itself there", path);
	if (lstat(path, &st) == 0 && (st.st_mode & 077) != 0)
		return err_set(e, ERR_DENIED, "%s can be read by others; run `chmod 600 %s`, and if anybody may have "
		    "read it, replace the key", path, path);
	return local_slurp(path, max_bytes, out, e);
}

int
keys_write(const char *path, const struct buf *text, struct err *e)
{
	unlink(path);
	return local_spill(path, text->data, text->len, e);
}

static int
read_key(const char *dir, struct sign_key *key, struct err *e)
{
	struct keyfile k;
	struct buf text = { 0 };
	char path[4352];
	int rc;

	snprintf(path, sizeof path, "%s/keys/tls.key", dir);
	if ((rc = keys_read(path, KEYFILE_MAX_BYTES, &text, e)) == OK && (rc = keyfile_parse(&k, text.data, text.len, e)) == OK) {
		if (k.purpose != KEYFILE_TLS)
			rc = err_set(e, ERR_INPUT, "%s holds a %s key, a tls key is needed", path, keyfile_purpose_name(k.purpose));
		else
			sign_from_seed(key, k.seed);
		keyfile_wipe(&k);
	}
	buf_wipe(&text);
	return rc;
}

/* The old certificate stays until the new one is whole. */
static int
replace(const char *dir, const struct buf *cert, struct err *e)
{
	char path[4352], next[4360];
	int rc;

	snprintf(path, sizeof path, "%s/keys/tls.crt", dir);
	snprintf(next, sizeof next, "%s.new", path);
	if (unlink(next) != 0 && errno != ENOENT)
		return file_failed(next, e);
	if ((rc = local_spill(next, cert->data, cert->len, e)) != OK)
		return rc;
	if (rename(next, path) == 0)
		return file_sync_folder(path, e);
	rc = file_failed(path, e);
	unlink(next);
	return rc;
}

static int
renew(const struct cli *c, const struct local *l, uint64_t days, struct buf *cert, struct err *e)
{
	struct cert_spec spec = { .name = node_member(l->node) };
	struct buf pem = { 0 };
	struct sign_key key;
	char host[256];
	const char *hosts[1] = { host };
	unsigned port;
	int rc;

	if ((rc = secmem_lock_process(e)) != OK || (rc = address_split(node_address(l->node), host, &port, e)) != OK ||
	    (rc = read_key(l->dir, &key, e)) != OK)
		return rc;
	spec.hosts = hosts;
	spec.n_hosts = 1;
	spec.from = (time_t)(clock_now_ms(&c->clock) / 1000 - 3600);	/* peers' clocks may be behind a little */
	spec.until = spec.from + (time_t)days * 86400;
	rng_fill(&rng_system, spec.serial, sizeof spec.serial);
	if ((rc = cert_make(&key, &spec, cert, &pem, e)) == OK)
		rc = replace(l->dir, cert, e);
	sign_wipe(&key);
	buf_wipe(&pem);
	return rc;
}

/* The next key is made now; the node tells it at its next start. */
static int
rotate(struct cli *c, struct err *e)
{
	struct node_options o = { .dir = c->args[0], .clock = &c->clock, .rng = &rng_system };
	struct signing signing = { NULL };
	char text[VKEY_TEXT_MAX], from[INST_LEN];
	uint64_t days = ROTATE_DAYS, fd = 0;
	int64_t from_ms;
	int rc;

	if (c->args_count != 3)
		return err_set(e, ERR_USAGE, "keys: say which one: diwan keys DIR rotate log|witness|tls|pouch");
	if ((rc = args_u64(c, "days", 365, &days, e)) != OK || (rc = args_u64(c, "passphrase-fd", 1000, &fd, e)) != OK)
		return rc;
	if ((rc = signing_start(&signing, &o, NULL, NULL, (int)fd, e)) == OK)
		rc = node_rotate(&o, c->args[2], (int)days, text, &from_ms, e);
	signing_end(&signing);
	if (rc != OK)
		return rc;
	inst_format(from, (struct inst){ from_ms, 0 });
	if (c->json)
		say_pairs(c, (const char *const[]){ "key", c->args[2], "next", text, "from", from, NULL });
	else
		say(c, "The next %s key: %s\nIt takes over on %s. Start the node: it tells the other members. Who has not been "
		    "reached by then needs the new card.\n", c->args[2], text, from);
	return OK;
}

int
cmd_keys(struct cli *c, struct err *e)
{
	struct local l;
	struct buf cert = { 0 };
	struct cert_info info;
	uint64_t days = DAYS;
	char until[DATE_LEN];
	bool running = false;
	int rc;

	if (strcmp(c->args[1], "rotate") == 0)
		return rotate(c, e);
	if (strcmp(c->args[1], "seal") == 0 || strcmp(c->args[1], "unseal") == 0)
		return keys_seal(c, c->args[1][0] == 's', e);
	if (strcmp(c->args[1], "renew") != 0 || c->args_count != 2)
		return err_set(e, ERR_USAGE, "keys: \"%.40s\" is not known; usage: diwan keys DIR renew | rotate KEY | seal | "
		    "unseal", c->args[1]);
	if ((rc = args_u64(c, "days", 36500, &days, e)) != OK)
		return rc;
	if (days == 0)
		return err_set(e, ERR_USAGE, "--days: at least 1");
	if ((rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	if ((rc = local_running(&l, &running, e)) == OK && (rc = renew(c, &l, days, &cert, e)) == OK &&
	    (rc = cert_info(&info, cert.data, cert.len, e)) == OK) {
		date_format(until, ms_to_days((int64_t)info.until * 1000, 0));
		if (c->json)
			say_pairs(c, (const char *const[]){ "until", until, "tls_pin", info.pin, "restart",
			    running ? "yes" : "no", NULL });
		else
			say(c, "New certificate for the same key, valid until %s. The other members need not pair "
			    "again.%s\n", until,
			    running ? "\nRestart the running node: it still shows the old one." : "");
	}
	buf_free(&cert);
	local_close(&l);
	return rc;
}
