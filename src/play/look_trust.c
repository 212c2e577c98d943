/* Questions about orders, proofs, and what a folder has in its bytes. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "play/stage.h"

#define EXIT_NOT_THERE 3
#define OPEN_DIRS 8

static const struct json_limits limits = { 16 * 1024 * 1024, 16, 400000 };

static int
parse(struct arena *a, const struct buf *text, struct json **root, struct err *e)
{
	int rc = json_parse(a, buf_cstr(text), text->len, &limits, root, e);

	return rc == OK ? OK : err_at(e, "a node's answer");
}

int
look_ledger(struct cast *c, unsigned who, const char *act, int (*each)(void *ctx, const struct json *line), void *ctx,
    struct err *e)
{
	const char *args[] = { act, NULL };
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const struct json *line;
	int rc = cast_do(c, who, "ledger", args, NULL, 0, &out, e);

	if (rc == OK && (rc = parse(&a, &out, &root, e)) == OK) {
		line = root->type == JSON_ARRAY && root->child != NULL ? json_get(root->child, "members") : NULL;
		for (line = line == NULL ? NULL : line->child; line != NULL && rc == OK; line = line->next)
			rc = each(ctx, line);
	}
	arena_free(&a);
	buf_free(&out);
	return rc;
}

int
look_fork(struct cast *c, unsigned who, int of, unsigned *count, char words[700], struct err *e)
{
	const char *args[] = { "show", c->actor[who].dir, of < 0 ? NULL : c->actor[of].member, NULL };
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const struct json *v;
	int exit = 0, rc;

	args[0] = of < 0 ? "list" : "show";
	*count = 0;
	words[0] = '\0';
	rc = cast_verb(c, "fork", args, &exit, &out, e);
	if (rc == OK && exit != 0 && exit != EXIT_NOT_THERE)
		rc = err_set(e, ERR_INPUT, "`diwan fork` at %s ended with %d: %.400s", c->actor[who].code, exit, buf_cstr(&out));
	if (rc == OK && exit == 0 && (rc = parse(&a, &out, &root, e)) == OK && root->type == JSON_ARRAY) {
		*count = (unsigned)root->count;
		v = root->child == NULL ? NULL : json_get(root->child, "explanation");
		snprintf(words, 700, "%.*s", v != NULL && v->type == JSON_STRING ? (int)v->len : 0, v == NULL ? "" : v->str);
	}
	arena_free(&a);
	buf_free(&out);
	return rc;
}

/* ---- bytes ---- */

/* nftw has no parameter; one thread plays. */
static struct {
	const char *word;
	bool found, failed;
	char *where;
} search;

static int
search_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	FILE *f;
	char *all;
	size_t n;

	(void)at;
	if (type != FTW_F || !S_ISREG(st->st_mode) || st->st_size == 0)
		return 0;
	f = fopen(path, "rb");
	all = f == NULL ? NULL : malloc((size_t)st->st_size);
	search.failed = all == NULL;
	n = all == NULL ? 0 : fread(all, 1, (size_t)st->st_size, f);
	search.found = n > 0 && memmem(all, n, search.word, strlen(search.word)) != NULL;
	if (search.found)
		snprintf(search.where, 300, "%.299s", path);
	free(all);
	if (f != NULL)
		fclose(f);
	return search.found || search.failed;
}

int
look_word(struct cast *c, unsigned who, const char *word, bool *found, char where[300], struct err *e)
{
	search.word = word;
	search.where = where;
	search.found = search.failed = false;
	if (nftw(c->actor[who].dir, search_file, OPEN_DIRS, FTW_PHYS | FTW_MOUNT) < 0 || search.failed)
		return err_set(e, ERR_IO, "the folder of %s cannot be searched", c->actor[who].code);
	*found = search.found;
	return OK;
}
