/* What the node itself files, without an officer: receipts, and what concerns logs. */
#include <stdlib.h>
#include <string.h>

#include "node/internal.h"
#include "record/compose.h"

#define RECEIPT_AUTHORITY "node"
#define RECEIPT_OFFICER "node"
#define PURPOSE_GOVERNANCE 13

/* The envelope they share. */
static void
start_draft(struct node *n, const uint8_t *id, int64_t now_ms, struct draft *d)
{
	compose_start(d, KIND_CONTROL);
	if (id == NULL)
		record_new_id(d->id, now_ms, n->rng);
	else
		memcpy(d->id, id, sizeof d->id);
	d->seq = 1;
	d->mechanism = n->reg->mechanism;
	d->member = n->member;
	d->authority = RECEIPT_AUTHORITY;
	d->officer = RECEIPT_OFFICER;
	d->filed_at = (struct inst){ now_ms, 0 };
	d->state = "FILED";
	d->purposes = PURPOSE_BIT(PURPOSE_GOVERNANCE);
}

int
compose_to_member(struct node *n, int member, const uint8_t *id, int64_t now_ms, const struct buf *body, struct buf *text,
    struct err *e)
{
	const char *both[2] = { n->member, n->reg->members[member].code };
	struct draft d;

	start_draft(n, id, now_ms, &d);
	d.base = AUD_LIST;
	d.members = (struct draft_list){ both + 1, 1 };
	d.delivery = (struct draft_list){ both, 2 };
	d.tlp = d.pap = TLP_AMBER;
	return body->failed ? err_set(e, ERR_NOMEM, "no memory to confirm anything to %s", both[1]) :
	    compose_record(&d, body->data, body->len, text, e);
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Everybody who has a seat or had one: what concerns a log concerns all that hold it. */
static int
compose_to_all(struct node *n, const struct buf *body, struct buf *text, struct err *e)
{
	const char **codes = calloc(n->reg->members_count, sizeof *codes);
	const char **others = calloc(n->reg->members_count, sizeof *others);
	uint32_t count = 0, rest = 0;
	struct draft d;
	int rc;

	if (codes == NULL || others == NULL) {
		free(codes);
		free(others);
		return err_set(e, ERR_NOMEM, "no memory to tell all members");
	}
	for (uint32_t i = 0; i < n->reg->members_count; i++) {
		/* Who is no member but exchanges with us needs our keys too. */
		if ((int)i != n->own && !n->peers[i].paired &&
		    registry_standing_on(n->reg, (int)i, node_today(n), NULL) == STANDING_NONE)
			continue;
		codes[count++] = n->reg->members[i].code;
		if ((int)i != n->own)
			others[rest++] = n->reg->members[i].code;
	}
	qsort(codes, count, sizeof *codes, by_bytes);
	qsort(others, rest, sizeof *others, by_bytes);
	start_draft(n, NULL, node_now_ms(n), &d);
	d.base = AUD_LIST;
	d.members = (struct draft_list){ others, rest };
	d.delivery = (struct draft_list){ codes, count };
	d.tlp = d.pap = TLP_AMBER;
	rc = body->failed ? err_set(e, ERR_NOMEM, "no memory to tell all members") :
	    compose_record(&d, body->data, body->len, text, e);
	free(codes);
	free(others);
	return rc;
}

/* Frees ${body}. */
static int
file_to_all(struct node *n, struct buf *body, const char *type, struct err *e)
{
	struct buf text = { 0 };
	struct entry_job job = { 0 };
	int rc;

	if ((rc = compose_to_all(n, body, &text, e)) == OK) {
		job.bytes = text.data;
		job.len = text.len;
		if ((rc = node_file(n, &job, 1, e)) == OK && (rc = job.rc) != OK)
			*e = job.err;
	}
	buf_free(body);
	buf_free(&text);
	return rc == OK ? OK : err_at(e, "the announcement of %s", type);
}

int
file_about_log(struct node *n, const char *type, int member, uint32_t epoch, const void *evidence, size_t len, struct err *e)
{
	struct buf body = { 0 };
	struct json_out o = { &body, false };

	jo_open(&o, NULL, '{');
	jo_str(&o, "type", type);
	jo_open(&o, "log", '{');
	jo_str(&o, "member", n->reg->members[member].code);
	jo_int(&o, "epoch", epoch);
	jo_close(&o, '}');
	jo_open(&o, "evidence", '[');
	jo_open(&o, NULL, '{');
	jo_str(&o, "lang", "en");
	jo_strn(&o, "text", evidence, len);
	jo_close(&o, '}');
	jo_close(&o, ']');
	jo_close(&o, '}');
	return file_to_all(n, &body, type, e);
}

int
fork_announce(struct node *n, int member, uint32_t epoch, const void *proof, size_t len, struct err *e)
{
	return file_about_log(n, "FORK_PROOF", member, epoch, proof, len, e);
}

int
file_key_change(struct node *n, const char *old, const char *next, int64_t from_ms, struct err *e)
{
	struct buf body = { 0 };
	struct json_out o = { &body, false };
	char from[INST_LEN];

	inst_format(from, (struct inst){ from_ms, 0 });
	jo_open(&o, NULL, '{');
	jo_str(&o, "type", "KEY_CHANGE");
	jo_str(&o, "reason", "KEY_ROTATION");
	jo_open(&o, "key", '{');
	jo_str(&o, "member", n->member);
	jo_str(&o, "old", old);
	jo_str(&o, "new", next);
	jo_str(&o, "from", from);
	jo_close(&o, '}');
	jo_close(&o, '}');
	return file_to_all(n, &body, "KEY_CHANGE", e);
}
