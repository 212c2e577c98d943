/* verify: the logs that a node holds, a log in a folder, or a proof; nothing is believed but public keys. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/held.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/table.h"
#include "log/bundle.h"
#include "record/record.h"

/* ---- logs of a node ---- */

struct verdict {
	const struct cli *cli;
	struct table table;
	struct json_out out;
	struct progress progress;
	unsigned bad, unchecked;
};

static void
tell(struct verdict *v, const char *member, int rc, const struct held_report *r, const struct err *e)
{
	bool missing = rc == ERR_NOTFOUND, good = rc == OK;

	if (v->cli->json) {
		jo_open(&v->out, NULL, '{');
		jo_str(&v->out, "member", member);
		jo_bool(&v->out, "ok", good);
		if (good) {
			jo_int(&v->out, "size", (int64_t)r->audit.checkpoint.size);
			jo_int(&v->out, "tiles", (int64_t)r->audit.tiles);
			jo_int(&v->out, "payloads", (int64_t)r->payloads);
		} else {
			jo_str(&v->out, "code", err_name(rc));
			jo_str(&v->out, "detail", e->text);
		}
		jo_close(&v->out, '}');
	} else {
		table_cell(&v->table, PAINT_STRONG, "%s", member);
		table_cell(&v->table, good ? PAINT_GOOD : missing ? PAINT_WARN : PAINT_BAD, "%s", good ? "verified" : missing ?
		    "not checked" : "WRONG");
		if (good)
			table_cell(&v->table, PAINT_NONE, "%" PRIu64 " entries, %" PRIu64 " tiles, %" PRIu64 " "
			    "records match", r->audit.checkpoint.size,
			    r->audit.tiles, r->payloads);
		else
			table_cell(&v->table, PAINT_NONE, "%s", e->text);
	}
	v->bad += !good && !missing;
	v->unchecked += missing;
}

static void
verify_member(struct verdict *v, struct local *l, const char *code)
{
	struct held_report r = { .payloads = 0 };
	struct held h = { 0 };
	struct err e = { 0 };
	int rc = held_open(&h, l, code, &e);

	if (rc == OK)
		rc = held_verify(&h, progress_show, &v->progress, &r, &e);
	tell(v, code, rc, &r, &e);
	held_close(&h);
}

static int
verify_node(const struct cli *c, struct err *e)
{
	static const char *const head[] = { "log of", "", "what was found" };
	const char *only = args_get(c, "member");
	struct verdict v = { .cli = c };
	struct buf b = { 0 };
	struct local l;
	int rc;

	v.out.b = &b;
	if ((rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	table_start(&v.table, c, head, 3);
	v.table.wrap = true;
	jo_open(&v.out, NULL, '[');
	progress_start(&v.progress, c);
	if (only != NULL && registry_member(node_registry(l.node), only, strlen(only)) == LAW_NONE)
		rc = err_set(e, ERR_NOTFOUND, "the charter names no member \"%.40s\"", only);
	for (uint32_t i = 0; rc == OK && i < node_registry(l.node)->members_count; i++)
		if (only == NULL || strcmp(only, node_registry(l.node)->members[i].code) == 0)
			verify_member(&v, &l, node_registry(l.node)->members[i].code);
	progress_end(&v.progress);
	jo_close(&v.out, ']');
	if (rc == OK && c->json)
		say_json(c, &b);
	else if (rc == OK)
		table_end(&v.table, 2);
	table_drop(&v.table);
	buf_free(&b);
	local_close(&l);
	if (rc == OK && (v.bad > 0 || (only != NULL && v.unchecked > 0)))
		return CLI_FAILED;
	return rc;
}

/* ---- keys ---- */

/* --vkey, then --witness "k,k". ERR_USAGE when there is no log key. */
static int
read_keys(const struct cli *c, struct vkey *keys, size_t *count, struct err *e)
{
	const char *vkey = args_get(c, "vkey"), *w = args_get(c, "witness");

	*count = 0;
	if (vkey == NULL)
		return err_set(e, ERR_USAGE, "--vkey KEY is needed: the log's verification key, as `diwan pair` "
		    "prints it on a card (line log)");
	if (vkey_parse(&keys[(*count)++], vkey, strlen(vkey), e) != OK)
		return err_at(e, "--vkey");
	for (size_t n; w != NULL && *w != 0; w += n + (w[n] == ',')) {
		n = strcspn(w, ",");
		if (*count == PROOF_WITNESSES_MAX)
			return err_set(e, ERR_USAGE, "--witness: at most %d keys", PROOF_WITNESSES_MAX);
		if (vkey_parse(&keys[(*count)++], w, n, e) != OK)
			return err_at(e, "--witness");
	}
	return vkey_distinct(keys, *count, e);
}

/* ---- a log in a folder ---- */

struct folder {
	const char *dir;
	struct progress progress;
};

static int
folder_get(void *ctx, const char *path, struct buf *out, struct err *e)
{
	struct folder *f = ctx;
	char name[4352];
	FILE *file;
	uint8_t *room;
	size_t n;
	bool bad;

	snprintf(name, sizeof name, "%s/%s", f->dir, path);
	if ((file = fopen(name, "rbe")) == NULL)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", name, strerror(errno));
	while ((room = buf_room(out, 4096)) != NULL && (n = fread(room, 1, 4096, file)) > 0)
		out->len += n;
	bad = ferror(file) != 0;
	fclose(file);
	return bad ? err_set(e, ERR_IO, "%s cannot be read", name) : OK;	/* too long: the audit sees that out failed */
}

static int
folder_progress(void *ctx, uint64_t done, uint64_t size, struct err *e)
{
	struct folder *f = ctx;

	(void)e;
	return progress_show(&f->progress, "entries", done, size);
}

/* A checkpoint seen before, which the log must still extend. */
static int
read_old(const char *path, const struct vkey *keys, struct checkpoint *old, struct err *e)
{
	struct buf bytes = { 0 };
	struct arena a = { 0 };
	struct note_mark mark;
	struct note n;
	int rc;

	if ((rc = local_slurp(path, NOTE_MAX_BYTES, &bytes, e)) == OK &&
	    (rc = checkpoint_open(&a, bytes.data, bytes.len, keys, 1, old, &n, &mark, e)) != OK)
		rc = err_at(e, "--old");
	arena_free(&a);
	buf_free(&bytes);
	return rc;
}

/* What was proven, as JSON; ${index} UINT64_MAX: the whole log. */
static void
put_result(const struct cli *c, const struct checkpoint *cp, uint64_t index, size_t cosigned)
{
	char root[BASE64_LEN(HASH_BYTES) + 1];
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	base64_encode(root, cp->root.b, HASH_BYTES);
	jo_open(&o, NULL, '{');
	jo_bool(&o, "ok", true);
	jo_str(&o, "origin", cp->origin);
	if (index != UINT64_MAX)
		jo_int(&o, "index", (int64_t)index);
	jo_int(&o, "size", (int64_t)cp->size);
	jo_str(&o, "root", root);
	jo_int(&o, "cosigned", (int64_t)cosigned);
	jo_close(&o, '}');
	say_json(c, &b);
	buf_free(&b);
}

static void
print_log(const struct cli *c, const struct audit_report *r, size_t n_keys)
{
	char root[BASE64_LEN(HASH_BYTES) + 1];
	unsigned cosigned = 0;

	base64_encode(root, r->checkpoint.root.b, HASH_BYTES);
	for (size_t i = 1; i < n_keys; i++)
		cosigned += r->marks[i].signed_by;
	if (c->json) {
		put_result(c, &r->checkpoint, UINT64_MAX, cosigned);
		return;
	}
	say(c, "Verified %s: %" PRIu64 " entries, %" PRIu64 " tiles, root %s", r->checkpoint.origin, r->checkpoint.size,
	    r->tiles, root);
	if (n_keys > 1)
		say(c, ", cosigned by %u of %zu witnesses", cosigned, n_keys - 1);
	say(c, "\n");
}

static int
verify_folder(const struct cli *c, struct err *e)
{
	struct audit_report *r = calloc(1, sizeof *r);
	struct folder f = { .dir = args_get(c, "log") };
	struct vkey *keys = calloc(PROOF_WITNESSES_MAX + 1, sizeof *keys);
	struct audit what = { .get = folder_get, .progress = folder_progress, .ctx = &f, .keys = keys };
	struct checkpoint old;
	int rc;

	if (r == NULL || keys == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory to verify a log");
	else if ((rc = read_keys(c, keys, &what.n_keys, e)) == OK && args_get(c, "old") != NULL &&
	    (rc = read_old(args_get(c, "old"), keys, &old, e)) == OK)
		what.old = &old;
	if (rc == OK) {
		progress_start(&f.progress, c);
		rc = audit_run(&what, r, e);
		progress_end(&f.progress);
	}
	if (rc == OK)
		print_log(c, r, what.n_keys);
	free(keys);
	free(r);
	return rc;
}

/* ---- a proof ---- */

/* The entry: from its file, or made from record and nonce. */
static int
read_entry(const struct cli *c, struct buf *entry, struct err *e)
{
	const char *path = args_get(c, "entry"), *record = args_get(c, "record"), *hex = args_get(c, "nonce");
	uint8_t nonce[ENTRY_NONCE_BYTES], made[ENTRY_BYTES];
	struct digest commitment;
	struct buf text = { 0 };
	int rc;

	if ((path != NULL) == (record != NULL) || (record != NULL) != (hex != NULL))
		return err_set(e, ERR_USAGE, "give what the proof is about: --entry FILE, or --record FILE with --nonce HEX");
	if (path != NULL)
		return local_slurp(path, BUNDLE_ENTRY_MAX, entry, e);
	if (!hex_decode(nonce, sizeof nonce, hex, strlen(hex)))
		return err_set(e, ERR_USAGE, "--nonce: 64 lower-case hex digits");
	if ((rc = local_slurp(record, RECORD_MAX_BYTES, &text, e)) == OK) {
		entry_commit(&commitment, nonce, text.data, text.len);
		entry_make(made, &commitment);
		buf_add(entry, made, sizeof made);
	}
	buf_free(&text);
	return rc;
}

static int
verify_proof(const struct cli *c, struct err *e)
{
	struct vkey *keys = calloc(PROOF_WITNESSES_MAX + 1, sizeof *keys);
	struct proof_policy policy = { .keys = keys };
	struct proof_result result;
	struct arena a = { 0 };
	struct buf file = { 0 }, entry = { 0 };
	struct proof p;
	uint64_t quorum = 0;
	int rc;

	if (keys == NULL)
		return err_set(e, ERR_NOMEM, "no memory to verify a proof");
	if ((rc = read_keys(c, keys, &policy.n_keys, e)) == OK &&
	    (rc = args_u64(c, "quorum", policy.n_keys - 1, &quorum, e)) == OK &&
	    (rc = read_entry(c, &entry, e)) == OK &&
	    (rc = local_slurp(args_get(c, "proof"), PROOF_MAX_BYTES, &file, e)) == OK &&
	    (rc = proof_parse(&a, file.data, file.len, &p, e)) == OK) {
		policy.quorum = (size_t)quorum;
		rc = proof_verify(&a, &p, entry.data, entry.len, &policy, &result, e);
	}
	if (rc == OK && c->json)
		say(c,
		    "{\"ok\":true,\"origin\":\"%s\",\"index\":%" PRIu64 ",\"size\":%" PRIu64 ",\"cosigned\":%zu}\n",
		    result.checkpoint.origin,
		    p.index, result.checkpoint.size, result.cosigned);
	else if (rc == OK)
		say(c, "Verified: entry %" PRIu64 " of %s, which had %" PRIu64 " entries then; cosigned by %zu.\n", p.index,
		    result.checkpoint.origin, result.checkpoint.size, result.cosigned);
	arena_free(&a);
	buf_free(&file);
	buf_free(&entry);
	free(keys);
	return rc;
}

/* ---- */

/* Each form has its options; one that does not belong is refused rather than ignored. */
static int
check_form(const struct cli *c, const char *form, const char *const *allowed, struct err *e)
{
	for (unsigned i = 0; i < c->given_count; i++) {
		const char *name = c->given[i].option->name;
		bool fine = strcmp(name, "json") == 0;

		for (size_t k = 0; allowed[k] != NULL && !fine; k++)
			fine = strcmp(name, allowed[k]) == 0;
		if (!fine)
			return err_set(e, ERR_USAGE, "--%s does not go with %s; see `diwan help verify`", name, form);
	}
	return OK;
}

int
cmd_verify(struct cli *c, struct err *e)
{
	static const char *const of_node[] = { "member", NULL };
	static const char *const of_log[] = { "log", "vkey", "witness", "old", NULL };
	static const char *const of_proof[] = { "proof", "entry", "record", "nonce", "vkey", "witness", "quorum", NULL };
	bool log = args_get(c, "log") != NULL, proof = args_get(c, "proof") != NULL;
	int rc;

	if ((c->args_count > 0) + log + proof != 1)
		return err_set(e, ERR_USAGE, "give one of DIR (a node), --log DIR (a log as files), --proof FILE");
	if (log)
		return (rc = check_form(c, "--log", of_log, e)) != OK ? rc : verify_folder(c, e);
	if (proof)
		return (rc = check_form(c, "--proof", of_proof, e)) != OK ? rc : verify_proof(c, e);
	return (rc = check_form(c, "DIR", of_node, e)) != OK ? rc : verify_node(c, e);
}
