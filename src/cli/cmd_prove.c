/* prove: one entry of a log, for whoever was not there. export-log: a whole log as files that other verifiers read. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/held.h"
#include "cli/present.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "log/policy.h"
#include "view/query.h"

#define SUFFIX ".tlog-proof"

/* FILE with another ending: "kz-17.tlog-proof" gives "kz-17.entry". */
static void
beside(char out[4096], const char *path, const char *ending)
{
	size_t len = strlen(path), cut = strlen(SUFFIX);

	if (len > cut && strcmp(path + len - cut, SUFFIX) == 0)
		len -= cut;
	snprintf(out, 4096, "%.*s%s", (int)(len > 4000 ? 4000 : len), path, ending);
}

/* Record and nonce open the commitment: they leave only where the viewer may see the record in full. */
static int
write_record(const struct viewing *w, int64_t pos, const char *path, struct err *e)
{
	struct arena a = { 0 };
	struct judged d;
	struct buf why = { 0 };
	char name[4096], nonce[2 * ENTRY_NONCE_BYTES + 2];
	int rc;

	if ((rc = present_load(w, pos, &a, &d, e)) == OK && query_decide(&w->judge, &d, &w->viewer, w->as_of) < LEVEL_FULL) {
		present_why(w, &d, &w->viewer, &why);
		rc = err_set(e, ERR_DENIED, "%s", buf_cstr(&why));
	}
	if (rc == OK) {
		beside(name, path, ".record.json");
		rc = local_spill(name, d.rec.bytes, d.rec.size, e);
	}
	if (rc == OK) {
		hex_encode(nonce, d.nonce, ENTRY_NONCE_BYTES);
		nonce[2 * ENTRY_NONCE_BYTES] = '\n';
		beside(name, path, ".nonce");
		rc = local_spill(name, nonce, 2 * ENTRY_NONCE_BYTES + 1, e);
	}
	buf_free(&why);
	arena_free(&a);
	return rc;
}

static int
prove(const struct cli *c, struct local *l, const struct viewing *w, int64_t pos, struct err *e)
{
	const char *path = args_get(c, "out");
	char label[LABEL_LEN], vkey[VKEY_TEXT_MAX], name[4096];
	uint8_t entry[ENTRY_BYTES];
	struct log_row log;
	struct held h;
	struct buf proof = { 0 };
	int rc;

	if ((rc = store_log_get(l->reader, POS_LOG(pos), &log, e)) != OK || (rc = held_open(&h, l, log.member, e)) != OK)
		return rc;
	/* The record first: who may not have it gets no half of what was asked for. */
	if (args_get(c, "with-record") != NULL)
		rc = write_record(w, pos, path, e);
	if (rc == OK && (rc = held_prove(&h, POS_INDEX(pos), entry, &proof, e)) == OK &&
	    (rc = local_spill(path, proof.data, proof.len, e)) == OK) {
		beside(name, path, ".entry");
		rc = local_spill(name, entry, sizeof entry, e);
	}
	if (rc == OK) {
		judge_label(label, &w->judge, pos);
		vkey_format(vkey, &h.key);
		beside(name, path, "");
		if (c->json)
			say_pairs(c, (const char *const[]){ "proof", path, "label", label, "vkey", vkey, NULL });
		else
			say(c, "Wrote %s: %s is in the log. Check it anywhere with\n  diwan verify --proof %s --entry "
			    "%s.entry --vkey %s\n", path,
			    label, path, name, vkey);
	}
	buf_free(&proof);
	held_close(&h);
	return rc;
}

int
cmd_prove(struct cli *c, struct err *e)
{
	struct viewing w;
	struct local l;
	int64_t pos;
	int rc;

	if ((rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	if ((rc = viewer_read(&w, c, &l, e)) == OK && (rc = query_find(&w.judge, c->args[1], strlen(c->args[1]), 0, &pos, e)) == OK)
		rc = prove(c, &l, &w, pos, e);
	local_close(&l);
	return rc;
}

/* ---- export-log ---- */

/* Make the folders that lead to ${path} (which is changed and restored). */
static int
make_folders(char *path, struct err *e)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		int bad;

		*slash = 0;
		bad = mkdir(path, 0755) != 0 && errno != EEXIST;
		*slash = '/';
		if (bad)
			return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	}
	return OK;
}

static int
write_file(struct held *h, const char *dir, const char *name, struct err *e)
{
	struct buf bytes = { 0 };
	char path[4352];
	int rc;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if ((rc = held_get(h, name, &bytes, e)) == OK && (rc = make_folders(path, e)) == OK)
		rc = local_spill(path, bytes.data, bytes.len, e);
	buf_free(&bytes);
	return rc;
}

static int
write_tiles(struct held *h, const char *dir, uint8_t level, struct progress *p, struct err *e)
{
	uint64_t size = h->checkpoint.size, count = tile_count(level == TILE_ENTRIES ? 0 : level, size);
	char name[TILE_PATH_MAX];
	int rc = OK;

	for (uint64_t n = 0; rc == OK && n < count; n++) {
		struct tile t = { level, (uint16_t)tile_width(level == TILE_ENTRIES ? 0 : level, n, size), n };

		tile_format(name, &t);
		rc = write_file(h, dir, name, e);
		progress_show(p, level == TILE_ENTRIES ? "entries" : "tiles", n + 1, count);
	}
	return rc;
}

/* Tiles and entries first, the checkpoint that promises them last. */
static int
write_log(const struct cli *c, struct held *h, const char *dir, struct err *e)
{
	struct progress p;
	int rc;

	progress_start(&p, c);
	rc = write_tiles(h, dir, TILE_ENTRIES, &p, e);
	for (uint8_t level = 0; rc == OK && level < TILE_LEVELS; level++)
		rc = write_tiles(h, dir, level, &p, e);
	if (rc == OK)
		rc = write_file(h, dir, "checkpoint", e);
	progress_end(&p);
	return rc;
}

/*
 * What a quorum of witnesses has cosigned, which may be a little less than the newest, and by what rule: the policy that other
 * tools read. Nothing is written before there is any.
 */
static int
write_settled(struct local *l, const struct held *h, const char *dir, bool *settled, struct err *e)
{
	struct vkey *keys = calloc(node_registry(l->node)->members_count + 1, sizeof *keys);
	int of = registry_member(node_registry(l->node), h->row.member, strlen(h->row.member));
	struct buf note = { 0 }, policy = { 0 };
	struct card card;
	uint64_t size, time_s;
	char path[4352];
	size_t n = 0, witnesses, k;
	int rc = keys == NULL ? err_set(e, ERR_NOMEM, "no memory for the witnesses' keys") : OK;

	*settled = rc == OK && h->row.no == node_log_no(l->node, of) &&
	    node_settled(l->node, of, &size, &time_s, &note, e) == OK && size <= h->checkpoint.size;
	for (uint32_t i = 0; *settled && rc == OK && i < node_registry(l->node)->members_count; i++) {
		if ((int)i == of || !node_is_witness(l->node, (int)i))
			continue;
		if ((int)i == node_own(l->node))
			node_card(l->node, &card);
		else if (node_peer_card(l->node, (int)i, &card, e) != OK)
			continue;
		if (strcmp(card.witness, "-") != 0)
			rc = vkey_parse(&keys[n++], card.witness, strlen(card.witness), e);
	}
	node_quorum(l->node, of, &witnesses, &k);
	if (*settled && rc == OK && (rc = log_policy_format(&policy, &h->key, keys, n, (uint32_t)k, e)) == OK) {
		snprintf(path, sizeof path, "%s/checkpoint.settled", dir);
		rc = local_spill(path, note.data, note.len, e);
		snprintf(path, sizeof path, "%s/policy", dir);
		if (rc == OK)
			rc = local_spill(path, policy.data, policy.len, e);
	}
	buf_free(&note);
	buf_free(&policy);
	free(keys);
	return rc;
}

int
cmd_export_log(struct cli *c, struct err *e)
{
	bool settled = false;
	const char *dir = args_get(c, "out"), *member = args_get(c, "member");
	char vkey[VKEY_TEXT_MAX];
	struct local l;
	struct held h = { 0 };
	int rc;

	if ((rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	if ((rc = held_open(&h, &l, member != NULL ? member : node_member(l.node), e)) == OK &&
	    (rc = write_log(c, &h, dir, e)) == OK && (rc = write_settled(&l, &h, dir, &settled, e)) == OK) {
		vkey_format(vkey, &h.key);
		if (c->json)
			say_pairs(c, (const char *const[]){ "dir", dir, "member", h.row.member, "vkey", vkey, NULL });
		else
			say(c, "Wrote %" PRIu64 " entries of the log of %s to %s. Check it anywhere with\n  diwan "
			    "verify --log %s --vkey %s\n",
			    h.checkpoint.size, h.row.member, dir, dir, vkey);
		if (!c->json && settled)
			say(c, "checkpoint.settled carries the cosignatures of a quorum of witnesses, by the rule in policy\n");
	}
	held_close(&h);
	local_close(&l);
	return rc;
}
