/* What a node is, read from its folder when it is opened. */
#include "node/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static int
get_text(struct store_reader *r, const char *name, char *out, size_t cap, struct err *e)
{
	struct buf b = { 0 };
	int rc = store_meta_get(r, name, &b, e);

	if (rc == OK && b.len >= cap)
		rc = err_set(e, ERR_VERIFY, "setting %s is too long; the store is damaged", name);
	if (rc == OK)
		memcpy(out, buf_cstr(&b), b.len + 1);
	buf_free(&b);
	return rc;
}

/* The same for what nodes made by an earlier version have not. */
static int
get_optional(struct store_reader *r, const char *name, char *out, size_t cap, struct err *e)
{
	int rc = get_text(r, name, out, cap, e);

	if (rc != ERR_NOTFOUND)
		return rc;
	out[0] = '\0';
	return OK;
}

static int
load_charter(struct node *n, struct store_reader *r, struct err *e)
{
	struct buf text = { 0 };
	struct digest hash;
	uint8_t *copy;
	int rc = store_meta_get(r, "node/charter", &text, e);

	if (rc == OK && (copy = (uint8_t *)arena_strn(&n->boot, buf_cstr(&text), text.len)) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for the charter");
	if (rc == OK && (rc = charter_read(&n->boot, "charter", copy, text.len, &n->charter, e)) == OK)
		rc = charter_registry(n->charter, &n->boot, &n->reg, e);
	hash_once(&hash, text.data, text.len);
	hex_encode(n->charter_hash, hash.b, sizeof hash.b);
	buf_free(&text);
	return rc;
}

/* Each member's newest log. */
static int
load_log_numbers(struct node *n, struct store_reader *r, struct err *e)
{
	struct log_row row;
	int rc = OK;

	if ((n->log_no = calloc(n->reg->members_count, sizeof *n->log_no)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the members' logs");
	for (uint32_t i = 0; i < n->reg->members_count && rc == OK; i++)
		if ((rc = store_log_find(r, n->reg->mechanism, n->reg->members[i].code, 0, &row, e)) == OK)
			n->log_no[i] = row.no;
	return rc;
}

int
load_identity(struct node *n, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	int rc;

	if (r == NULL)
		return e->code;
	if ((rc = get_text(r, "node/member", n->member, sizeof n->member, e)) == OK &&
	    (rc = get_text(r, "node/address", n->address, sizeof n->address, e)) == OK &&
	    (rc = get_text(r, "node/vkey", n->vkey_text, sizeof n->vkey_text, e)) == OK &&
	    (rc = get_optional(r, "node/witness", n->witness_text, sizeof n->witness_text, e)) == OK &&
	    (rc = get_optional(r, "before/witness", n->witness_before, sizeof n->witness_before, e)) == OK &&
	    (rc = get_optional(r, "node/pouch", n->pouch_text, sizeof n->pouch_text, e)) == OK &&
	    (rc = load_charter(n, r, e)) == OK && (rc = load_log_numbers(n, r, e)) == OK) {
		n->own = registry_member(n->reg, n->member, strlen(n->member));
		if ((rc = rotate_load_own(n, r, e)) == OK)
			rc = n->own == LAW_NONE ?
			    err_set(e, ERR_VERIFY, "the charter in the store does not name \"%s\"", n->member) :
			    store_log_get(r, node_log_no(n, n->own), &n->own_log, e);
	}
	node_reader_done(n, r);
	return rc;
}

int
load_public(struct node *n, struct err *e)
{
	struct buf text = { 0 };
	struct cert_info info;
	char path[4352];
	int rc;

	snprintf(path, sizeof path, "%s/keys/tls.crt", n->dir);
	if ((rc = file_read(path, CERT_MAX_BYTES, &text, e)) == OK && (rc = cert_info(&info, text.data, text.len, e)) == OK)
		snprintf(n->tls_pin, sizeof n->tls_pin, "%s", info.pin);
	buf_free(&text);
	return rc;
}

static int
put_trust(void *arg, struct store *s, struct err *e)
{
	struct node *n = arg;
	int rc = store_meta_put(s, "node/witness", n->witness_text, strlen(n->witness_text), e);

	return rc == OK ? store_meta_put(s, "node/pouch", n->pouch_text, strlen(n->pouch_text), e) : rc;
}

int
load_trust(struct node *n, struct err *e)
{
	int rc;

	if (n->witness_text[0] != '\0')
		return OK;
	if ((rc = identity_make_trust(n->dir, n->rng, n->reg->mechanism, n->member, n->witness_text, n->pouch_text, e)) != OK ||
	    (rc = store_begin(n->store, e)) != OK)
		return rc;
	if ((rc = put_trust(n, n->store, e)) != OK || (rc = store_commit(n->store, e)) != OK)
		store_rollback(n->store);
	return rc;
}

int
load_tail(struct node *n, struct err *e)
{
	n->tail = malloc(sizeof *n->tail);
	n->tail_before = malloc(sizeof *n->tail_before);
	if (n->tail == NULL || n->tail_before == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the log's right edge");
	if (append_load(n->tail, store_view(n->store), &n->own_log, e) != OK)
		return err_at(e, "the own log does not agree with its committed root, nothing will be signed; restore the file and "
		    "ask the peers for what is missing");
	return OK;
}

/* The record is read from its text, since the derived rows may still wait for their rebuild. */
int
load_clock(struct node *n, struct err *e)
{
	struct arena one = { 0 };
	struct payload p;
	struct record r;
	struct err why;
	int64_t last = WHEN_NONE;
	char text[INST_LEN];
	int rc = n->own_log.size == 0 ? ERR_NOTFOUND :
	    store_payload_get(store_view(n->store), POS(n->own_log.no, n->own_log.size - 1), &p, e);

	if (rc == OK && record_parse(&one, p.bytes, p.len, &r, &why) == OK)
		last = r.filed_at.ms;
	else if (rc == OK && why.code == ERR_NOMEM)
		rc = err_set(e, ERR_NOMEM, "no memory to read this node's last record");
	arena_free(&one);
	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	if (last == WHEN_NONE || node_now_ms(n) >= last - DAY_MS)
		return OK;	/* nothing filed, or deleted, or of a later version: nothing to compare with */
	inst_format(text, (struct inst){ last, 0 });
	return err_set(e, ERR_CONFLICT, "this machine's clock is more than a day behind this node's last record (%s); set the "
	    "clock, then start again", text);
}
