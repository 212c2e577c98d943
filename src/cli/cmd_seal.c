/*
 * keys seal, keys unseal: key files closed with a passphrase, or opened again (docs/log.md 9.3, docs/guard.md 4). The certificate's
 * key stays open: the node shows it to everybody it talks to, at any hour, and it can be changed by plan.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/keys.h"
#include "cli/say.h"
#include "crypt/crypt.h"
#include "crypt/seal.h"
#include "crypt/secmem.h"
#include "guard/passphrase.h"
#include "node/files.h"

static const char *const files[] = {
	"log.key", "log.next.key", "witness.key", "witness.next.key", "pouch.key", "pouch.next.key"
};

struct sealing {
	struct cli *cli;
	bool close;			/* seal; or unseal */
	int passphrase_fd;
	struct passphrase *pass;	/* in locked memory; len 0: not asked for yet */
	int done;
};

static int
ask(struct sealing *s, struct err *e)
{
	struct passphrase *again;
	int rc;

	if (s->pass->len > 0)
		return OK;
	rc = passphrase_get(s->pass, s->passphrase_fd, isatty(STDIN_FILENO) != 0, "Passphrase of the keys: ", e);
	if (rc != OK || !s->close || !s->pass->asked)
		return rc;
	if ((again = secmem_alloc(sizeof *again)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a passphrase");
	rc = passphrase_get(again, 0, true, "The same again: ", e);
	if (rc == OK && (again->len != s->pass->len || memcmp(again->text, s->pass->text, again->len) != 0))
		rc = err_set(e, ERR_INPUT, "the two are not the same; nothing was changed");
	passphrase_wipe(again);
	secmem_free(again);
	return rc;
}

/* The file's key, open; *${sealed} tells how it was found. */
static int
read_key(struct sealing *s, const struct buf *text, struct keyfile *k, bool *sealed, struct err *e)
{
	struct seal seal;
	int rc;

	*sealed = seal_is(text->data, text->len);
	if (!*sealed)
		return keyfile_parse(k, text->data, text->len, e);
	if ((rc = seal_parse(&seal, text->data, text->len, e)) != OK || (rc = ask(s, e)) != OK)
		return rc;
	return seal_open(k, &seal, s->pass->text, s->pass->len, e);
}

/* The new form takes the place of the old, whose bytes are overwritten where they stood. */
static int
replace(const struct sealing *s, const char *path, const struct buf *text, struct err *e)
{
	char next[4400];
	int old = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC), rc;

	snprintf(next, sizeof next, "%s.new", path);
	if (old < 0)
		rc = file_failed(path, e);
	else
		rc = keys_write(next, text, e);
	if (rc == OK && rename(next, path) != 0) {
		rc = file_failed(next, e);
		unlink(next);
	}
	if (rc == OK)		/* before the old bytes go: a name that is lost with the power must not leave zeros for a key */
		rc = file_sync_folder(path, e);
	if (rc == OK && !file_overwrite(old))
		say_warn(s->cli, "the old form of %s could not be overwritten on the disk", path);
	if (old >= 0)
		close(old);
	return rc;
}

static int
change(struct sealing *s, const char *dir, const char *file, struct err *e)
{
	struct buf text = { 0 }, out = { 0 };
	struct keyfile k = { .purpose = KEYFILE_LOG };
	char path[4352];
	bool sealed = false;
	int rc;

	snprintf(path, sizeof path, "%s/keys/%s", dir, file);
	if (access(path, F_OK) != 0)
		return OK;
	if (buf_room(&text, SEAL_MAX_BYTES) == NULL || buf_room(&out, SEAL_MAX_BYTES) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory to read a key");
	else
		rc = keys_read(path, SEAL_MAX_BYTES, &text, e);
	if (rc == OK)
		rc = read_key(s, &text, &k, &sealed, e);
	if (rc == OK && sealed != s->close) {
		if ((rc = s->close ? ask(s, e) : OK) == OK)
			rc = s->close ? seal_make(&out, &k, s->pass->text, s->pass->len, &seal_cost_default, &rng_system, e) :
			    keyfile_format(&out, &k, e);
		if (rc == OK && (rc = replace(s, path, &out, e)) == OK)
			s->done++;
	}
	keyfile_wipe(&k);
	buf_wipe(&text);
	buf_wipe(&out);
	return rc == OK ? OK : err_at(e, "%s", path);
}

int
keys_seal(struct cli *c, bool close_them, struct err *e)
{
	struct sealing s = { .cli = c, .close = close_them };
	uint64_t fd = 0;
	char count[12];
	int rc;

	if ((rc = secmem_lock_process(e)) != OK || (rc = crypt_init(e)) != OK ||
	    (rc = args_u64(c, "passphrase-fd", 1000, &fd, e)) != OK)
		return rc;
	s.passphrase_fd = (int)fd;
	if ((s.pass = secmem_alloc(sizeof *s.pass)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a passphrase");
	for (size_t i = 0; i < sizeof files / sizeof *files && rc == OK; i++)
		rc = change(&s, c->args[0], files[i], e);
	passphrase_wipe(s.pass);
	secmem_free(s.pass);
	if (rc != OK)
		return rc;
	snprintf(count, sizeof count, "%d", s.done);
	if (c->json)
		say_pairs(c, (const char *const[]){ close_them ? "sealed" : "unsealed", count, NULL });
	else if (s.done == 0)
		say(c, "Nothing to do: no key in %s/keys was %s.\n", c->args[0], close_them ? "open" : "sealed");
	else
		say(c, close_them ? "Sealed %d keys. Without the passphrase nobody starts this node: keep it where the keys are "
		    "not.\n" :
		    "Opened %d keys: whoever reads the folder now has them.\n", s.done);
	return OK;
}
