/* Key files that take the place of older ones, before any key is read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/rotate.h"

void
rotate_files_destroy(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)file_overwrite(fd);	/* the new key is in use all the same */
		close(fd);
	}
	unlink(path);
}

static void
file_of(char out[4400], const char *dir, enum change c, const char *next, const char *suffix)
{
	snprintf(out, 4400, "%s/keys/%s%s%s", dir, rotate_purpose(c)->word, next, suffix);
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
		rotate_files_destroy(now);
	if (rename(next, now) != 0)
		return err_set(e, errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: cannot be renamed to %s: %s", next, now,
		    strerror(errno));
	return file_sync_folder(now, e);
}

static int
is_due(struct store_reader *r, enum change c, int64_t now_ms, bool *due, struct err *e)
{
	char name[40], rest[ROTATE_REST_MAX];
	struct buf text = { 0 };
	int64_t from_ms;
	int rc;

	rotate_setting(name, c == CHANGE_TLS ? "next" : "files", c);
	if (c == CHANGE_TLS) {
		rc = rotate_read(r, name, &from_ms, rest, e);
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
		rotate_setting(name, c == CHANGE_TLS ? "next" : "files", (enum change)c);
		if (rc == OK && (rc = store_begin(s, e)) == OK && ((rc = store_meta_put(s, name, "", 0, e)) != OK ||
		    (rc = store_commit(s, e)) != OK))
			store_rollback(s);
	}
	return rc;
}
