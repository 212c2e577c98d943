/*
 * A stream of request frames against the keeper of docs/guard.md, without its process. The input's first byte says which role
 * (even: signer, odd: evaluator). Whatever comes: every answer is well formed, every signature verifies over exactly what was
 * asked, nothing is signed before OPEN, and no two signatures of one origin contradict each other.
 */
#include <assert.h>
#include <string.h>

#include "guard/keeper.h"

#define NOW_S INT64_C(1700000000)
#define LOGS_MAX 64

struct state {				/* what was signed last, as an outsider would keep it */
	char origin[CHECKPOINT_ORIGIN_MAX + 1];
	uint64_t size;
	struct digest root;
};

static struct vault vault;
static struct keeper keeper;
static struct state logs[LOGS_MAX];
static unsigned logs_count;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t
fixed(void *ctx)
{
	(void)ctx;
	return NOW_S * 1000;
}

static const struct clock fixed_clock = { fixed, NULL };

static void
give_key(enum keyfile_purpose purpose, const char *name, uint8_t type, uint8_t byte)
{
	struct vault_key *k = &vault.key[vault.count++];
	uint8_t seed[SIGN_SEED_BYTES];
	struct err e;
	int rc;

	memset(seed, byte, sizeof seed);
	k->purpose = purpose;
	sign_from_seed(&k->key, seed);
	rc = vkey_make(&k->vkey, name, type, k->key.pub, &e);
	assert(rc == OK);
	vkey_format(k->text, &k->vkey);
}

/* The folder's name says how opening goes. */
static int
open_keys(struct keeper *k, const struct frame_open *o, struct err *e)
{
	if (o->dir.s[0] == 's' && o->passphrase.len == 0)
		return err_set(e, ERR_DENIED, "sealed"), VAULT_SEALED;
	if (o->dir.s[0] == 'e')
		return err_set(e, ERR_IO, "not to be had");
	give_key(KEYFILE_LOG, "log/1", VKEY_ED25519, 1);
	give_key(KEYFILE_LOG, "log/1", VKEY_ED25519, 2);
	give_key(KEYFILE_WITNESS, "witness", VKEY_COSIGN, 3);
	assert(k->vault == &vault);
	return OK;
}

/* The checkpoint that was signed against what was signed before. */
static void
check_history(const struct frame *asked)
{
	const char *text = (const char *)asked->body;
	size_t len = asked->len;
	struct checkpoint c;
	struct err e;
	unsigned i;

	if (asked->type == FRAME_COSIGN)
		for (int lines = 0; lines < 2; len--)
			lines += *text++ == '\n';
	assert(checkpoint_parse(&c, text, len, &e) == OK && c.extensions == 0);
	assert((asked->type == FRAME_SIGN_CHECKPOINT) == (strcmp(c.origin, "log/1") == 0));
	for (i = 0; i < logs_count && strcmp(logs[i].origin, c.origin) != 0; i++)
		;
	if (i == LOGS_MAX)
		return;
	if (i == logs_count)
		logs_count++;
	else
		assert(c.size > logs[i].size || (c.size == logs[i].size && hash_equal(&c.root, &logs[i].root)));
	memcpy(logs[i].origin, c.origin, sizeof c.origin);
	logs[i].size = c.size;
	logs[i].root = c.root;
}

static void
check_answer(const struct frame *asked, const struct frame *answer, bool was_open)
{
	struct frame_hello h;
	struct err e;

	assert(answer->key == 0 && answer->len <= FRAME_BODY_MAX);
	if (answer->type == FRAME_SEALED) {
		assert(asked->type == FRAME_OPEN);
	} else if (answer->type != 0) {
		assert(frame_refused(answer, &e) == -(int)answer->type && e.text[0] != 0);
	} else if (asked->type == FRAME_SIGN_CHECKPOINT || asked->type == FRAME_COSIGN) {
		assert(was_open && keeper.role == PROCESS_SIGNER && answer->len == SIGN_BYTES);
		assert(sign_verify(answer->body, asked->body, asked->len, vault.key[asked->key].key.pub));
		check_history(asked);
	} else if (asked->type == FRAME_HELLO) {
		assert(was_open && frame_read_hello(answer, &h) && h.count == vault.count);
	} else {
		assert(asked->type == FRAME_OPEN && answer->len == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frame asked, f;
	size_t at = 1;

	if (size < 1)
		return 0;
	memset(&vault, 0, sizeof vault);
	memset(&keeper, 0, sizeof keeper);
	logs_count = 0;
	keeper.role = data[0] & 1 ? PROCESS_EVALUATOR : PROCESS_SIGNER;
	keeper.clock = &fixed_clock;
	keeper.vault = &vault;
	keeper.open_keys = open_keys;
	while (size - at >= FRAME_HEAD_BYTES && frame_head(&f, data + at)) {
		bool was_open = keeper.open;

		at += FRAME_HEAD_BYTES;
		if (f.len > size - at)
			break;
		memcpy(f.body, data + at, f.len);
		at += f.len;
		memcpy(&asked, &f, FRAME_HEAD_BYTES + (size_t)f.len);
		if (keeper_answer(&keeper, &f) != KEEPER_ANSWER)
			break;
		check_answer(&asked, &f, was_open);
	}
	return 0;
}
