/* What the tests of witnesses, gossip and the guard have in common: three to five nodes, and notes that never were. */
#ifndef TESTS_NODE_TRUST_H
#define TESTS_NODE_TRUST_H

#include "crypt/keyfile.h"
#include "log/checkpoint.h"
#include "exchange/seen.h"
#include "log/witness.h"
#include "net.h"

#define PACE_MS 20			/* so that a test need not wait a second for each cosignature */

static const int three[] = { KZ, KG, UZ };

/* Nodes of the given members, all paired, exchange off. */
__attribute__((unused)) static void
trust_start(const int *who, int count)
{
	for (int i = 0; i < count; i++) {
		net.end[who[i]].cosign_ms = PACE_MS;
		net_add(who[i]);
	}
	for (int i = 0; i < count; i++)
		for (int k = i + 1; k < count; k++)
			net_pair(who[i], who[k]);
}

__attribute__((unused)) static void
sync_all(const int *who, int count, bool on)
{
	for (int i = 0; i < count; i++)
		net_sync(who[i], on);
}

/* Size of ${of}'s log that ${at} knows to be settled; 0: none. */
__attribute__((unused)) static uint64_t
settled_at(int at, int of, uint64_t *time_s, struct buf *note)
{
	uint64_t size = 0, t = 0;
	struct err e = { 0 };

	if (note != NULL)
		buf_reset(note);
	if (node_settled(net.end[at].node, of, &size, time_s == NULL ? &t : time_s, note, &e) != OK)
		return 0;
	return size;
}

/* Everybody knows of everybody that everything is settled. */
__attribute__((unused)) static bool
all_settled(int unused)
{
	(void)unused;
	for (int a = 0; a < NET_NODES; a++)
		for (int b = 0; b < NET_NODES; b++)
			if (net.end[a].node != NULL && net.end[b].node != NULL &&
			    settled_at(a, b, NULL, NULL) != published_of(net.end[b].node, b, NULL))
				return false;
	return true;
}

/* The secret key in file ${file} of ${who}'s folder. */
__attribute__((unused)) static void
key_of(int who, const char *file, struct sign_key *key)
{
	struct keyfile k;
	struct err e = { 0 };
	char path[100], text[400];
	FILE *f;
	size_t len;

	snprintf(path, sizeof path, "%s/keys/%s", net.end[who].dir, file);
	if ((f = fopen(in_home(path), "rb")) == NULL || (len = fread(text, 1, sizeof text, f)) == 0) {
		printf("Bail out! cannot read %s\n", path);
		exit(1);
	}
	fclose(f);
	node_must(keyfile_parse(&k, text, len, &e), &e);
	sign_from_seed(key, k.seed);
}

/* A checkpoint of ${of}'s log with ${size} entries and a root of our choice, signed by the key in file ${file} of ${by}. */
__attribute__((unused)) static struct buf
false_note(int of, int by, uint64_t size, uint8_t root)
{
	struct checkpoint c = { .size = size };
	struct note_signer s;
	struct sign_key key;
	struct buf note = { 0 };
	struct err e = { 0 };

	snprintf(c.origin, sizeof c.origin, "tashkent-2000.diwan/%s/1", party_codes[of]);
	memset(c.root.b, root, sizeof c.root.b);
	key_of(by, "log.key", &key);
	node_must(vkey_signer(&s, c.origin, VKEY_ED25519, &key, &e), &e);
	node_must(checkpoint_sign(&note, &c, &s, &e), &e);
	return note;
}

__attribute__((unused)) static enum guard_state
guard_of(int who)
{
	struct guard_status s;

	node_guard(net.end[who].node, &s);
	return s.state;
}

__attribute__((unused)) static bool
is_open(int who)
{
	return guard_of(who) == GUARD_OPEN;
}

/* Signature lines under a note. */
__attribute__((unused)) static size_t
lines_of(const struct buf *note)
{
	struct arena a = { 0 };
	struct note n = { 0 };
	size_t count = note_parse(&a, note->data, note->len, &n, NULL) == OK ? n.n_lines : 0;

	arena_free(&a);
	return count;
}

#endif
