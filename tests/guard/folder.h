/* A node's folder with key files for the tests of this room, and the sentence a test says when it cannot go on. */
#ifndef FOLDER_H
#define FOLDER_H

#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypt/crypt.h"
#include "crypt/keyfile.h"
#include "guard/frame.h"
#include "tap.h"

#define LOG_NAME "tashkent-2000.diwan/kz/1"
#define WITNESS_NAME "tashkent-2000.diwan/kz/witness"

/* seeds: 32 times one byte, so that every key is another */
enum { SEED_LOG = 1, SEED_NEXT, SEED_WITNESS, SEED_MATCH };

static char folder[4096];

__attribute__((unused)) static void
must(int rc, const char *what, const struct err *e)
{
	if (rc == OK)
		return;
	printf("Bail out! %s: %s\n", what, e != NULL ? e->text : "");
	exit(1);
}

/* ${name} below the folder. */
__attribute__((unused)) static const char *
in_folder(const char *name)
{
	static char path[4][4352];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

__attribute__((unused)) static void
write_file(const char *path, const void *bytes, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(bytes, 1, len, f) != len || fclose(f) != 0 || chmod(path, mode) != 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
}

__attribute__((unused)) static void
write_key(const char *file, enum keyfile_purpose purpose, const char *name, uint8_t seed)
{
	struct keyfile k = { .purpose = purpose };
	struct buf text = { 0 };
	struct err e;

	memset(k.seed, seed, sizeof k.seed);
	snprintf(k.name, sizeof k.name, "%s", name);
	must(keyfile_format(&text, &k, &e), file, &e);
	write_file(in_folder(file), text.data, text.len, 0600);
	buf_wipe(&text);
}

/* A fresh folder with keys/log.key. */
__attribute__((unused)) static void
make_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	struct err e;

	must(crypt_init(&e), "crypt_init", &e);
	snprintf(folder, sizeof folder, "%s/guard.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(folder) == NULL || mkdir(in_folder("keys"), 0700) != 0) {
		printf("Bail out! cannot make a folder\n");
		exit(1);
	}
	write_key("keys/log.key", KEYFILE_LOG, LOG_NAME, SEED_LOG);
}

__attribute__((unused)) static void
remove_folder(void)
{
	static const char *const files[] = {
		"keys/log.key", "keys/log.next.key", "keys/witness.key", "keys/match.key", "keys/real.key", "keys/tls.key",
		"keys", "diwan.db", "diwan.db-wal", "diwan.db-shm", "blobs/one", "blobs", "new", "diwan-passphrase", "clock"
	};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		(void)remove(in_folder(files[i]));
	rmdir(folder);
}

#endif
