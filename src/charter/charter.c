#include "charter/charter.h"

#include <string.h>

#include "charter/read.h"
#include "crypt/hash.h"

static void
read_format(struct reading *x, const struct yaml *v, void *to)
{
	int64_t n = 0;

	(void)to;
	if (read_number(x, v, 1, 9999, &n) && n != CHARTER_FORMAT)
		complain(x->c, v, "CH08", "charters of format %lld are not known to this version; it reads format %d",
		    (long long)n, CHARTER_FORMAT);
}

static const struct field top[] = {
	{ "charter", true, read_format, 0 },
	FIELD("mechanism", true, read_code, struct charter, mechanism),
	FIELD("name", true, read_names, struct charter, names),
	FIELD("note", false, read_text, struct charter, note),
	FIELD("source", false, read_text, struct charter, source),
	{ "members", true, read_members, 0 },
	{ "instruments", true, read_instruments, 0 },
	{ "authorities", true, read_authorities, 0 },
	{ "bodies", false, read_bodies, 0 },
	{ "classification", false, read_mappings, 0 },
	{ "channels", true, read_channels, 0 },
	{ "naming", false, read_namings, 0 },
};

bool
charter_check(struct arena *a, const char *file, const char *text, size_t len, struct charter **ch,
    struct complaints *c)
{
	struct reading x = { a, c, NULL };
	struct yaml *root = NULL;
	struct digest d;

	*ch = NULL;
	memset(c, 0, sizeof *c);
	c->file = file;
	yaml_read(a, text, len, CHARTER_MAX_BYTES, c, &root);
	if (root == NULL || (x.ch = read_room(&x, 1, sizeof *x.ch)) == NULL)
		return false;
	if (READ_MAP(&x, root, "a charter", top, x.ch))
		check_whole(&x);
	hash_once(&d, text, len);
	memcpy(x.ch->hash, d.b, sizeof x.ch->hash);
	if (c->count > 0)
		return false;
	*ch = x.ch;
	return true;
}

int
charter_read(struct arena *a, const char *file, const void *text, size_t len, struct charter **ch, struct err *e)
{
	struct complaints *c = arena_alloc(a, sizeof *c);	/* 17 KiB: too much for a stack of unknown depth */

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "%s: no memory for the charter; raise the memory bound", file);
	if (charter_check(a, file, text, len, ch, c))
		return OK;
	return complaints_err(c, a->no_memory ? ERR_NOMEM : strcmp(c->list[0].rule, "CH02") == 0 ? ERR_LIMIT : ERR_INPUT, e);
}
