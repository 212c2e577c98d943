/* Pouches with the node's key alone, without its store: what is in one, and the copy for a running node. */
#include "node/pouch_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "node/internal.h"

static int
add_identity(const char *dir, const char *file, struct age_identity id[POUCH_KEYS], size_t *count, struct err *e)
{
	struct keyfile k;
	int rc = identity_read_keyfile(dir, KEYFILE_POUCH, file, &k, e);

	if (rc == OK)
		age_identity_from_seed(&id[(*count)++], k.seed);
	keyfile_wipe(&k);
	return rc;
}

int
pouch_identities(const char *dir, struct age_identity id[POUCH_KEYS], size_t *count, struct err *e)
{
	char next[POUCH_PATH_MAX];
	int rc;

	*count = 0;
	snprintf(next, sizeof next, "%s/keys/pouch.next.key", dir);
	rc = add_identity(dir, "keys/pouch.key", id, count, e);
	if (rc == OK && access(next, F_OK) == 0)
		rc = add_identity(dir, "keys/pouch.next.key", id, count, e);
	return rc;
}

int
node_pouch_show(const char *dir, const char *path, progress_fn progress, void *ctx, struct pouch_told *told, struct err *e)
{
	struct pouch_file f = { .fd = -1, .told = told, .progress = progress, .ctx = ctx };
	int rc = pouch_identities(dir, f.id, &f.ids, e);

	memset(told, 0, sizeof *told);
	if (rc == OK && (rc = pouch_file_open(&f, path, NULL, e)) == OK)
		pouch_file_close(&f);
	return rc;
}

struct copy {
	int fd;
	const char *path;
};

static int
to_copy(void *ctx, const void *bytes, size_t len, struct err *e)
{
	struct copy *c = ctx;

	return file_write(c->fd, c->path, bytes, len, e);
}

/* All of the text, from one file into another. The end of ${to} is written only if ${from} was whole. */
static int
recrypt(struct age_reader *from, struct age_writer *to, struct err *e)
{
	const uint8_t *bytes;
	size_t len = 0;
	int rc;

	do {
		if ((rc = age_read(from, &bytes, &len, e)) == OK && len > 0)
			rc = age_write(to, bytes, len, e);
	} while (rc == OK && len > 0);
	return rc == OK ? age_writer_end(to, e) : rc;
}

int
node_pouch_reseal(const char *dir, const char *path, char out[POUCH_PATH_MAX], struct age_identity *id, struct err *e)
{
	struct pouch_told told = { .file_bytes = 0 };
	struct pouch_file f = { .fd = -1, .spool = -1, .told = &told, .path = path };
	struct age_writer *w = NULL;
	struct copy copy = { -1, out };
	uint8_t seed[AGE_KEY_BYTES];
	char name[17];
	int rc = pouch_identities(dir, f.id, &f.ids, e);

	rng_fill(&rng_system, seed, sizeof seed);
	age_identity_from_seed(id, seed);
	explicit_bzero(seed, sizeof seed);
	memset(out, 0, POUCH_PATH_MAX);
	if (rc == OK && (f.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		rc = file_failed(path, e);
	if (rc == OK && (rc = pouch_file_start(&f, e)) == OK && (rc = pouch_disk_folder(dir, out, e)) == OK) {
		rng_fill(&rng_system, seed, sizeof seed);	/* a name that is not taken */
		hex_encode(name, seed, 8);
		snprintf(out + strlen(out), POUCH_PATH_MAX - strlen(out), "/%s", name);
		rc = file_create(out, &copy.fd, e);
	}
	if (rc == OK && (rc = age_writer_open(&w, &id->public, 1, &rng_system, (struct age_sink){ to_copy, &copy }, e)) == OK &&
	    (rc = recrypt(f.age, w, e)) != OK)
		rc = err_at(e, "%s: nothing of it was taken in", path);
	age_writer_free(w);
	pouch_file_close(&f);
	if (copy.fd >= 0 && close(copy.fd) != 0 && rc == OK)
		rc = file_failed(out, e);
	if (rc != OK && copy.fd >= 0)
		unlink(out);
	if (rc != OK)
		age_identity_wipe(id);
	return rc;
}
