/* Members without a line and their pouches: what the tests of them share. */
#ifndef TESTS_NODE_POUCHES_H
#define TESTS_NODE_POUCHES_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "crypt/agefile.h"
#include "exchange/pouch.h"
#include "net.h"
#include "node/internal.h"
#include "node/pouch.h"

extern char **environ;

static struct pouch_told told;		/* of the last call */
static struct err e;

/* ---- packing and opening ---- */

__attribute__((unused)) static int
pack(int from, int to, const char *name, int64_t start)
{
	struct pouch_pack p = { .member = to, .path = in_home(name), .from_given = start >= 0, .from = start < 0 ? 0 :
	    (uint64_t)start };

	unlink(in_home(name));
	return node_pouch_pack(net.end[from].node, &p, &told, &e);
}

__attribute__((unused)) static int
open_at(int who, const char *name)
{
	int rc = node_pouch_open(net.end[who].node, in_home(name), NULL, NULL, NULL, &told, &e);

	if (rc != OK)
		printf("# %s\n", e.text);
	return rc;
}

__attribute__((unused)) static void
must_pack(int from, int to, const char *name, int64_t start)
{
	int rc = pack(from, to, name, start);

	node_must(rc, &e);
}

__attribute__((unused)) static int
files_in(const char *folder)
{
	DIR *d = opendir(in_home(folder));
	struct dirent *x;
	int count = 0;

	while (d != NULL && (x = readdir(d)) != NULL)
		count += x->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return count;
}

/* The nodes' own keys, so that a test can look into a pouch and write others. */
__attribute__((unused)) static struct age_identity
identity_of(int who)
{
	struct age_identity id;
	struct keyfile k;

	node_must(identity_read_keyfile(in_home(party_codes[who]), KEYFILE_POUCH, "keys/pouch.key", &k, &e), &e);
	age_identity_from_seed(&id, k.seed);
	return id;
}

__attribute__((unused)) static void
read_file_of(struct buf *out, const char *name)
{
	buf_reset(out);
	node_must(file_read(in_home(name), (size_t)1 << 30, out, &e), &e);
}

__attribute__((unused)) static void
decrypt(struct buf *out, int who, const char *name)
{
	struct age_identity id = identity_of(who);
	struct buf file = { 0 };

	read_file_of(&file, name);
	buf_reset(out);
	node_must(agefile_open(out, &id, 1, file.data, file.len, 65536, &e), &e);
	buf_free(&file);
}

__attribute__((unused)) static void
encrypt(const char *name, int who, const struct buf *text)
{
	struct age_identity id = identity_of(who);
	struct buf file = { 0 };

	node_must(agefile_make(&file, &id.public, 1, text->data, text->len, 65536, &e), &e);
	unlink(in_home(name));
	node_must(file_write_new(in_home(name), 0600, file.data, file.len, &e), &e);
	buf_free(&file);
}

__attribute__((unused)) static void
copy_folder(const char *from, const char *to)
{
	char from_path[500], to_path[500];
	const char *argv[] = { "cp", "-r", from_path, to_path, NULL };
	pid_t pid;
	int status;

	snprintf(from_path, sizeof from_path, "%s", in_home(from));
	snprintf(to_path, sizeof to_path, "%s", in_home(to));
	home_remove(to_path);
	if (posix_spawnp(&pid, "cp", NULL, NULL, (char *const *)(uintptr_t)argv, environ) != 0 || waitpid(pid, &status, 0) != pid ||
	    status != 0) {
		printf("Bail out! cannot copy %s\n", from_path);
		exit(1);
	}
}

struct place {				/* of a part's contents in the archive */
	size_t at, len;
	char name[POUCH_NAME_MAX];
};

__attribute__((unused)) static size_t
find_parts(const struct buf *text, struct place *v, size_t max)
{
	size_t n = 0, at = 0;

	while (n < max && at + 1024 <= text->len && text->data[at] != 0) {
		size_t len = strtoul((const char *)text->data + at + 124, NULL, 8);

		snprintf(v[n].name, sizeof v[n].name, "%.99s", (const char *)text->data + at);
		v[n].at = at + 512;
		v[n++].len = len;
		at += 512 + (len + 511) / 512 * 512;
	}
	return n;
}

#endif
