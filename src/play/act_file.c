/* Steps that file records: one, its next version, one that must be refused, many, and many until the node is killed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "play/stage.h"

#define BULK_POLL_MS 1
#define BULK_WAIT_MS 60000
#define KILL_WITHIN_MS 60		/* after the first entry of a killed filing was seen */

struct named *
stage_named(struct stage *st, const char *name)
{
	for (unsigned i = 0; i < st->names; i++)
		if (strcmp(st->named[i].name, name) == 0)
			return &st->named[i];
	return NULL;
}

/* splitmix64: chance that the scenario's seed decides. */
static uint64_t
chance(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static bool
find_ref(void *ctx, const char *name, char ref[48])
{
	struct named *n = stage_named(ctx, name);

	if (n == NULL || n->seq == 0)
		return false;
	snprintf(ref, 48, "%s@%u", n->id, (unsigned)n->seq);
	return true;
}

static struct form
form_of(struct stage *st, const struct named *n)
{
	struct form f = { .file = st->s->file, .reg = st->cast->reg, .blocks = n->blocks, .now_ms = cast_now_ms(st->cast),
	    .suffix = "",
		.find = find_ref, .ctx = st };

	memcpy(f.block, n->block, sizeof f.block);
	return f;
}

struct filed {				/* what a node said of one filing */
	bool ok;
	uint64_t index, seq;
	char id[33], detail[700];
};

static void
read_filed(const struct json *r, struct filed *out)
{
	const struct json *v;

	out->ok = json_get(r, "ok") != NULL && json_get(r, "ok")->type == JSON_TRUE;
	v = json_get(r, "index");
	out->index = v != NULL && v->type == JSON_INT ? (uint64_t)v->num : 0;
	v = json_get(r, "seq");
	out->seq = v != NULL && v->type == JSON_INT ? (uint64_t)v->num : 0;
	v = json_get(r, "id");
	snprintf(out->id, sizeof out->id, "%.*s", v != NULL && v->type == JSON_STRING ? (int)v->len : 0, v == NULL ? "" : v->str);
	if ((v = json_get(r, "detail")) == NULL)
		v = json_get(json_get(r, "error"), "detail");
	snprintf(out->detail, sizeof out->detail, "%.*s", v != NULL && v->type == JSON_STRING ? (int)v->len : 0, v == NULL ? "" :
	    v->str);
}

/* `diwan file` with the drafts in ${text}: how many were filed, and the last line that it printed. */
static int
file_texts(struct stage *st, unsigned who, const struct yaml *authority, const char *update, const struct buf *text,
    uint64_t *count,
    struct filed *last, struct err *e)
{
	static const struct json_limits limits = { 65536, 8, 200 };
	const char *args[] = { "-", "--complete", NULL, NULL, NULL, NULL, NULL };
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *root;
	const char *line, *lf;
	size_t n = 2;
	int exit, rc;

	if (update != NULL) {
		args[n++] = "--update";
		args[n++] = update;
	}
	if (authority != NULL && authority->type == YAML_SCALAR) {
		args[n++] = "--authority";
		args[n++] = authority->str;
	}
	memset(last, 0, sizeof *last);
	*count = 0;
	rc = cast_run(st->cast, who, "file", args, buf_cstr(text), text->len, &exit, &out, e);
	for (line = buf_cstr(&out); rc == OK && *line != '\0'; line = lf + (*lf != '\0')) {
		lf = strchr(line, '\n');
		lf = lf == NULL ? line + strlen(line) : lf;
		arena_reset(&a);
		if (lf == line || json_parse(&a, line, (size_t)(lf - line), &limits, &root, NULL) != OK) {
			snprintf(last->detail, sizeof last->detail, "%.*s", (int)(lf - line), line);
			continue;
		}
		read_filed(root, last);
		*count += last->ok;
	}
	arena_free(&a);
	buf_free(&out);
	return rc;
}

/* Where what ${who} files now will stand, but for the index. */
static struct place
next_place(const struct stage *st, unsigned who)
{
	return (struct place){ .of = who, .epoch = st->cast->actor[who].epoch };
}

/* What all filings share comes first. */
static struct named
first_blocks(const struct stage *st, struct named n)
{
	if (st->s->filings != NULL)
		n.block[n.blocks++] = st->s->filings;
	return n;
}

static bool
same_member(const struct stage *st, unsigned a, unsigned b)
{
	return strcmp(st->cast->actor[a].member, st->cast->actor[b].member) == 0;
}

static int
add_block(struct named *n, const struct stage *st, const struct step *s, struct err *e)
{
	if (n->blocks == FORM_BLOCKS_MAX)
		return tree_err(st->s->file, s->params, e, "more than %d versions of one record", FORM_BLOCKS_MAX);
	n->block[n->blocks++] = s->params;
	return OK;
}

/* File the newest block of ${n}. A refusal is no failure of the play: *${out} says it. */
static int
file_named(struct stage *st, struct named *n, unsigned who, struct filed *out, struct err *e)
{
	struct form f = form_of(st, n);
	struct buf text = { 0 };
	uint64_t count;
	int rc = form_write(&f, &text, e);

	if (rc == OK)
		rc = file_texts(st, who, form_get(&f, "authority"), n->seq > 0 ? n->id : NULL, &text, &count, out, e);
	buf_free(&text);
	return rc;
}

static int
act_file(struct stage *st, const struct step *s, unsigned who, struct outcome *o, struct err *e)
{
	struct named *n = stage_named(st, s->name);
	struct filed filed;
	struct form f;
	int rc;

	if (s->what == DO_FILES && n != NULL)
		return tree_err(st->s->file, s->params, e,
		    "\"%s\" is filed already; a next version is \"%s files %s again with\"", s->name,
		    s->member, s->name);
	if (s->what == DO_FILES_AGAIN && (n == NULL || !same_member(st, n->at.of, who)))
		return tree_err(st->s->file, s->params, e, "%s has filed no \"%s\"", s->member, s->name);
	if (n == NULL) {
		if (st->names == STAGE_NAMES_MAX)
			return err_set(e, ERR_LIMIT, "%s: more than %d named records", st->s->file, STAGE_NAMES_MAX);
		n = &st->named[st->names++];
		*n = first_blocks(st, (struct named){ .name = s->name, .at = next_place(st, who) });
	}
	if ((rc = add_block(n, st, s, e)) != OK || (rc = file_named(st, n, who, &filed, e)) != OK)
		return rc;
	o->good = filed.ok;
	if (!filed.ok) {
		snprintf(o->detail, sizeof o->detail, "not filed: %s", filed.detail);
		return OK;
	}
	memcpy(n->id, filed.id, sizeof n->id);
	n->seq = (uint32_t)filed.seq;
	n->at = next_place(st, who);
	n->at.index = filed.index;
	f = form_of(st, n);
	n->exercise = tree_is(form_get(&f, "mode"), "EXERCISE");
	look_label(o->detail, st->cast, &n->at);
	return OK;
}

/* The node must refuse. A name that is filed already means its next version. */
static int
act_may_not_file(struct stage *st, const struct step *s, unsigned who, struct outcome *o, struct err *e)
{
	struct named *known = stage_named(st, s->name);
	struct named trial = first_blocks(st, (struct named){ .name = s->name, .at = next_place(st, who) });
	struct filed filed;
	int rc;

	if (known != NULL)
		trial = *known;
	if ((rc = add_block(&trial, st, s, e)) != OK || (rc = file_named(st, &trial, who, &filed, e)) != OK)
		return rc;
	o->good = !filed.ok && strstr(filed.detail, s->because) != NULL;
	snprintf(o->detail, sizeof o->detail, "%s%s", filed.ok ? "it was filed" : "refused: ", filed.detail);
	return OK;
}

static int
bulk_texts(struct stage *st, const struct named *n, uint64_t records, struct buf *text, struct err *e)
{
	struct form f = form_of(st, n);
	char suffix[32];
	int rc = OK;

	f.suffix = suffix;
	for (uint64_t i = 1; i <= records && rc == OK; i++) {
		snprintf(suffix, sizeof suffix, " (%llu)", (unsigned long long)i);
		rc = form_write(&f, text, e);
	}
	return rc;
}

static int
act_file_many(struct stage *st, const struct step *s, unsigned who, struct outcome *o, struct err *e)
{
	struct named many = first_blocks(st, (struct named){ .at = next_place(st, who) });
	struct buf text = { 0 };
	struct filed last;
	uint64_t count = 0;
	int rc = add_block(&many, st, s, e);

	if (rc == OK && (rc = bulk_texts(st, &many, s->n, &text, e)) == OK)
		rc = file_texts(st, who, yaml_get(s->params, "authority"), NULL, &text, &count, &last, e);
	buf_free(&text);
	if (rc != OK)
		return rc;
	o->good = count == s->n;
	snprintf(o->detail, sizeof o->detail, "%llu of %llu filed%s%s", (unsigned long long)count, (unsigned long long)s->n,
	    o->good ? "" : ": ", o->good ? "" : last.detail);
	return OK;
}

/* ---- killed while filing ---- */

/* A form that any charter allows: a report or incident in its first channel that carries one. */
static int
bulk_form(struct stage *st, struct arena *a, const struct yaml **root, struct err *e)
{
	static const enum kind kinds[] = { KIND_REPORT, KIND_INCIDENT };
	const struct registry *reg = st->cast->reg;
	struct buf text = { 0 };
	int rc = err_set(e, ERR_NOTFOUND, "no channel of the charter carries reports or incidents");

	for (uint32_t i = 0; i < reg->channels_count && rc != OK; i++)
		for (size_t k = 0; k < sizeof kinds / sizeof kinds[0] && rc != OK; k++)
			if (reg->channels[i].kinds & KIND_BIT(kinds[k]) && reg->channels[i].instrument >= 0) {
				buf_fmt(&text,
				    "kind: %s\nchannel: %s\nto: parties of %s\nbasis: \"%s:bulk\"\ntitle: Filed in bulk\n",
				    kind_code(kinds[k]), reg->channels[i].code, reg->instruments[reg->channels[i].instrument].code,
				    reg->instruments[reg->channels[i].instrument].code);
				rc = tree_read(a, "bulk", buf_cstr(&text), text.len, root, e);
			}
	buf_free(&text);
	return rc;
}

static int
write_file(const char *path, const struct buf *b, struct err *e)
{
	FILE *f = fopen(path, "wb");
	bool good = f != NULL && fwrite(b->data, 1, b->len, f) == b->len;

	if (f != NULL && fclose(f) != 0)
		good = false;
	return good ? OK : err_set(e, ERR_IO, "%s cannot be written", path);
}

/* The highest index that the killed command was told is filed; what it printed is in ${path}. */
static uint64_t
acknowledged(const char *path)
{
	static const struct json_limits limits = { 65536, 8, 200 };
	struct arena a = { 0 };
	FILE *f = fopen(path, "r");
	struct json *root;
	char line[2048];
	uint64_t size = 0;

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		struct filed filed = { 0 };

		arena_reset(&a);
		if (json_parse(&a, line, strcspn(line, "\n"), &limits, &root, NULL) == OK)
			read_filed(root, &filed);
		if (filed.ok && filed.index + 1 > size)
			size = filed.index + 1;
	}
	if (f != NULL)
		fclose(f);
	arena_free(&a);
	return size;
}

/* Let it file until the log has grown, then a moment more by chance, then kill. */
static int
kill_in_the_middle(struct stage *st, unsigned who, uint64_t seed, const char *texts, const char *log, uint64_t *before,
    uint64_t *seen,
    struct err *e)
{
	struct cast *c = st->cast;
	const char *argv[] = { proc_self(), "file", c->actor[who].dir, texts, "--complete", "--json", NULL };
	struct proc p = { 0 };
	struct self_view self = { .size = 0 };
	int rc = look_status(c, who, who, &self, NULL, e);
	int waited = 0;

	*seen = *before = self.size;
	if (rc != OK || (rc = proc_start(&p, argv, c->clock_env, log, e)) != OK)
		return rc;
	while (rc == OK && *seen == *before && proc_alive(&p, NULL) && waited++ < BULK_WAIT_MS / BULK_POLL_MS) {
		nap_ms(BULK_POLL_MS);
		rc = look_status(c, who, who, &self, NULL, e);
		*seen = self.size;
	}
	nap_ms((int)(chance(&seed) % KILL_WITHIN_MS));
	cast_kill(c, who);
	proc_end(&p, SIGTERM, 5000);	/* it has lost its node: it ends by itself or now */
	return rc;
}

static int
act_kill_filing(struct stage *st, const struct step *s, unsigned who, struct outcome *o, struct err *e)
{
	char texts[4096], log[4096];
	struct named many = { .at = next_place(st, who), .blocks = 1 };
	struct arena a = { 0 };
	struct buf b = { 0 };
	uint64_t before = 0, seen = 0;
	int rc;

	snprintf(texts, sizeof texts, "%s/bulk.ndjson", st->cast->dir);
	snprintf(log, sizeof log, "%s/bulk-%u.log", st->cast->dir, s->line);
	if ((rc = bulk_form(st, &a, &many.block[0], e)) == OK && (rc = bulk_texts(st, &many, s->n, &b, e)) == OK &&
	    (rc = write_file(texts, &b, e)) == OK && (rc = kill_in_the_middle(st, who, s->seed, texts, log, &before, &seen,
	    e)) == OK) {
		st->acknowledged[who] = acknowledged(log);
		o->good = true;
		snprintf(o->detail, sizeof o->detail,
		    "killed a moment after %llu of %llu records were in its log; %llu had been acknowledged by then",
		    (unsigned long long)(seen - before), (unsigned long long)s->n,
		    (unsigned long long)(st->acknowledged[who] > before ? st->acknowledged[who] - before : 0));
	}
	arena_free(&a);
	buf_free(&b);
	return rc;
}

int
act_filing(struct stage *st, const struct step *s, unsigned who, struct outcome *o, struct err *e)
{
	switch (s->what) {
	case DO_FILES_MANY: return act_file_many(st, s, who, o, e);
	case DO_MAY_NOT_FILE: return act_may_not_file(st, s, who, o, e);
	case DO_KILLED_FILING: return act_kill_filing(st, s, who, o, e);
	default: return act_file(st, s, who, o, e);
	}
}
