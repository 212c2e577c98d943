/* A node's folder as it once was, or twice: backups, clones, and the links of those who call. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "play/cast.h"

#define STORE "diwan.db"
#define DEPTH_MAX 4			/* folders in a node's folder */

/* ---- links ---- */

void
cast_no_links(struct actor *x)
{
	for (unsigned k = 0; k < CAST_MAX; k++) {
		x->link[k] = -1;
		x->reaches[k] = k;
	}
}

int
cast_link(struct cast *c, unsigned who, struct err *e)
{
	struct actor *x = &c->actor[who];

	for (unsigned b = 0; b < c->count; b++)
		if (cast_member(c, b) == b && strcmp(c->actor[b].member, x->member) != 0 &&
		    (x->link[b] = relay_add(c->relay, &x->call[b], e)) < 0)
			return x->link[b];
	return OK;
}

/* ---- files ---- */

static int
copy_bytes(int from, int to)
{
	char part[65536];
	ssize_t n;

	while ((n = read(from, part, sizeof part)) > 0)
		if (write(to, part, (size_t)n) != n)
			return -1;
	return n == 0 ? 0 : -1;
}

static int
copy_file(const char *from, const char *to, mode_t mode, struct err *e)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode & 0777);
	int rc = in < 0 || out < 0 || copy_bytes(in, out) != 0 ? ERR_IO : OK;

	if (rc != OK)
		err_set(e, rc, "%s cannot be copied to %s: %s", from, to, strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0 && close(out) != 0 && rc == OK)
		rc = err_set(e, ERR_IO, "%s: %s", to, strerror(errno));
	return rc;
}

static int copy_folder(const char *from, const char *to, int depth, struct err *e);

/* Files and folders. The store is not copied so, and a socket is nobody's but its owner's. */
static int
copy_one(const char *from, const char *to, const char *name, int depth, struct err *e)
{
	char a[4352], b[4352];
	struct stat st;

	if (strncmp(name, STORE, sizeof STORE - 1) == 0)
		return OK;
	if (snprintf(a, sizeof a, "%s/%s", from, name) >= (int)sizeof a ||
	    snprintf(b, sizeof b, "%s/%s", to, name) >= (int)sizeof b)
		return err_set(e, ERR_LIMIT, "%s: the name is too long", from);
	if (lstat(a, &st) != 0)
		return errno == ENOENT ? OK : err_set(e, ERR_IO, "%s: %s", a, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return copy_folder(a, b, depth + 1, e);
	return S_ISREG(st.st_mode) ? copy_file(a, b, st.st_mode, e) : OK;
}

static int
copy_folder(const char *from, const char *to, int depth, struct err *e)
{
	const struct dirent *x;
	DIR *d;
	int rc = OK;

	if (depth > DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "%s: folders lie too deep in each other", from);
	if (mkdir(to, 0700) != 0 || (d = opendir(from)) == NULL)
		return err_set(e, ERR_IO, "%s cannot be copied to %s: %s", from, to, strerror(errno));
	while (rc == OK && (x = readdir(d)) != NULL)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			rc = copy_one(from, to, x->d_name, depth, e);
	closedir(d);
	return rc;
}

/* ---- backups ---- */

static int
store_copy(struct cast *c, unsigned who, const char *path, struct err *e)
{
	const char *args[] = { path, NULL };
	struct buf out = { 0 };
	int rc;

	unlink(path);
	rc = cast_do(c, who, "backup", args, NULL, 0, &out, e);
	buf_free(&out);
	return rc;
}

static void
backup_path(const struct cast *c, unsigned who, char out[4096])
{
	snprintf(out, 4096, "%s/%s.db", c->dir, c->actor[who].code);
}

int
cast_backup(struct cast *c, unsigned who, struct err *e)
{
	char path[4096];

	backup_path(c, who, path);
	return store_copy(c, who, path, e);
}

int
cast_restore(struct cast *c, unsigned who, struct err *e)
{
	static const char *const beside[] = { "-wal", "-shm" };
	char path[4096], store[4352], more[4360];

	backup_path(c, who, path);
	if (access(path, R_OK) != 0)
		return err_set(e, ERR_INPUT, "%s has no backup; say \"%s is backed up\" before", c->actor[who].code,
		    c->actor[who].code);
	snprintf(store, sizeof store, "%s/" STORE, c->actor[who].dir);
	for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
		snprintf(more, sizeof more, "%s%s", store, beside[i]);
		unlink(more);
	}
	return copy_file(path, store, 0600, e);
}

/* ---- clones ---- */

/* The addresses that the first calls are its own: a clone that used them would go over the first one's links. */
static int
own_addresses(struct cast *c, unsigned who, struct err *e)
{
	static const char *const from_input[] = { "--add", "-", "--yes", NULL };
	struct buf card = { 0 }, out = { 0 }, text = { 0 };
	int rc = OK;

	for (unsigned b = 0; b < c->count && rc == OK; b++)
		if (c->actor[who].link[b] >= 0) {
			buf_reset(&card);
			buf_reset(&text);
			if ((rc = cast_card(c, b, &card, e)) == OK && (rc = cast_address(c, who, b, &card, &text, e)) == OK)
				rc = cast_do(c, who, "pair", from_input, buf_cstr(&text), text.len, &out, e);
		}
	buf_free(&card);
	buf_free(&out);
	buf_free(&text);
	return rc;
}

int
cast_clone(struct cast *c, unsigned who, const char *code, struct err *e)
{
	unsigned new = c->count;
	struct actor *x = &c->actor[new];
	char dir[sizeof x->dir], store[4352];
	int rc;

	if (c->relay == NULL || new == CAST_MAX)
		return err_set(e, ERR_LIMIT, "at most %d nodes play", CAST_MAX);
	if (cast_find(c, code) >= 0 || charter_member_index(c->charter, code) >= 0)
		return err_set(e, ERR_INPUT, "\"%s\" is somebody already; give the clone another name", code);
	memset(x, 0, sizeof *x);
	snprintf(x->code, sizeof x->code, "%s", code);
	memcpy(x->member, c->actor[who].member, sizeof x->member);
	x->epoch = c->actor[who].epoch;
	snprintf(dir, sizeof dir, "%s/%s", c->dir, code);
	memcpy(x->dir, dir, sizeof dir);
	snprintf(store, sizeof store, "%s/" STORE, dir);
	cast_no_links(x);
	if ((rc = copy_folder(c->actor[who].dir, x->dir, 0, e)) != OK || (rc = store_copy(c, who, store, e)) != OK)
		return rc;
	c->count++;
	if ((rc = cast_link(c, new, e)) == OK)
		rc = own_addresses(c, new, e);
	return rc;
}
