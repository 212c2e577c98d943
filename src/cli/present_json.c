/* Records as JSON: for --json. */
#include <string.h>

#include "base/text.h"
#include "cli/present.h"
#include "cli/raw.h"
#include "log/entry.h"

static void
put_slice(struct json_out *o, const char *key, struct slice s)
{
	if (s.len > 0)
		jo_strn(o, key, s.s, s.len);
}

static void
put_time(struct json_out *o, const char *key, struct inst t)
{
	char text[INST_LEN];

	inst_format(text, t);
	jo_str(o, key, text);
}

void
present_json_reasons(struct json_out *o, const struct why *why)
{
	jo_open(o, "reasons", '[');
	for (uint32_t i = 0; i < why->count; i++) {
		jo_open(o, NULL, '{');
		jo_int(o, "gate", reason_gate(&why->reasons[i], READER_LOCAL));
		jo_str(o, "ceiling", level_word((enum level)why->reasons[i].ceiling));
		jo_str(o, "code", why_word((enum why_code)why->reasons[i].code));
		jo_close(o, '}');
	}
	jo_close(o, ']');
}

/* Label, level, reasons and what EXISTS shows. */
static void
put_head(const struct viewing *w, const struct judged *d, struct json_out *o)
{
	char label[LABEL_LEN], id[2 * RECORD_ID_BYTES + 1];

	judge_label(label, &w->judge, d->pos);
	hex_encode(id, d->rec.id, sizeof d->rec.id);
	jo_str(o, "label", label);
	jo_str(o, "level", level_word(d->level));
	jo_str(o, "id", id);
	jo_int(o, "seq", d->rec.seq);
	jo_str(o, "from", w->judge.reg->members[d->law.origin].code);
	jo_str(o, "mode", mode_word(d->rec.mode));
	jo_str(o, "tlp", tlp_word(d->rec.tlp));
	jo_bool(o, "superseded", d->superseded);
}

void
present_json_row(const struct viewing *w, const struct judged *d, const char *lang, struct json_out *o)
{
	char title[400];

	put_head(w, d, o);
	if (d->level < LEVEL_META)
		return;
	jo_str(o, "kind", kind_code(d->rec.kind));
	put_slice(o, "state", d->rec.state);
	put_slice(o, "channel", d->rec.channel);
	put_time(o, "filed_at", d->rec.filed_at);
	jo_str(o, "pd", pd_word(d->rec.pd));
	present_title(d, lang, title, sizeof title);
	if (title[0] != 0)
		jo_str(o, "title", title);
}

/* The envelope's members as they stand in the text, the body left out. */
static void
put_envelope(const struct judged *d, struct json_out *o)
{
	const char *text = (const char *)d->rec.bytes;
	char key[64];

	jo_open(o, "envelope", '{');
	for (const struct json *m = d->rec.root->child; m != NULL; m = m->next) {
		if (m == d->rec.body || m->key_len >= sizeof key)
			continue;
		memcpy(key, m->key, m->key_len);
		key[m->key_len] = 0;
		raw_put(o, key, raw_value(text, d->rec.size, m));
	}
	jo_close(o, '}');
}

static int
put_contents(const struct viewing *w, const struct judged *d, struct json_out *o, struct err *e)
{
	struct buf body = { 0 };
	int rc = OK;

	if (d->level == LEVEL_FULL) {
		raw_put(o, "record", (struct raw){ (const char *)d->rec.bytes, d->rec.size });
		return OK;
	}
	if (d->level >= LEVEL_META)
		put_envelope(d, o);
	if (d->level == LEVEL_REDACTED && (rc = present_body(w, d, &body, e)) == OK)
		jo_raw(o, "body", buf_cstr(&body), body.len);
	buf_free(&body);
	return rc;
}

int
present_json(const struct viewing *w, const struct judged *d, struct json_out *o, struct err *e)
{
	struct buf why = { 0 };
	struct digest commitment;
	char hex[2 * HASH_BYTES + 1];
	int rc;

	put_head(w, d, o);
	entry_commit(&commitment, d->nonce, d->rec.bytes, d->rec.size);
	hex_encode(hex, commitment.b, sizeof commitment.b);
	jo_str(o, "commitment", hex);
	present_json_reasons(o, &d->why);
	present_why(w, d, &w->viewer, &why);
	jo_strn(o, "explanation", buf_cstr(&why), why.len);
	buf_free(&why);
	if (viewer_hint(w)[0] != 0 && d->level < LEVEL_REDACTED)
		jo_str(o, "hint", viewer_hint(w));
	rc = put_contents(w, d, o, e);
	return rc == OK && o->b->failed ? err_set(e, ERR_NOMEM, "no memory to print the record") : rc;
}
