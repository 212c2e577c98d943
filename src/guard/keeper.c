#include "guard/keeper.h"

#include <string.h>

#define BIT(process) (1u << (process))

/* ---- requests: false when the body is not what the type says ---- */

static bool
answer_open(struct keeper *k, struct frame *f)
{
	struct frame_open o;
	struct err e = { 0 };
	int rc;

	if (k->open || ++k->opens > KEEPER_OPENS_MAX || !frame_read_open(f, &o))
		return false;
	rc = k->open_keys(k, &o, &e);
	frame_wipe(f);
	if (rc == OK) {
		k->open = true;
		for (unsigned i = 0; i < k->vault->count; i++)
			if (k->vault->key[i].purpose == KEYFILE_LOG)
				k->policy.own[k->policy.own_count++] = k->vault->key[i].vkey;
	} else {
		frame_refusal(f, rc < 0 ? rc : ERR_DENIED, &e);
		if (rc == VAULT_SEALED)
			f->type = FRAME_SEALED;
	}
	return true;
}

static bool
answer_hello(struct keeper *k, struct frame *f)
{
	struct frame_hello h = { .report = k->report, .count = k->vault->count };

	if (f->len != 0)
		return false;
	for (unsigned i = 0; i < h.count; i++) {
		h.key[i].purpose = k->vault->key[i].purpose;
		memcpy(h.key[i].text, k->vault->key[i].text, sizeof h.key[i].text);
	}
	return frame_write_hello(f, &h);
}

/* Both signatures: the policy says yes or why not. */
static bool
answer_sign(struct keeper *k, struct frame *f)
{
	const struct vault_key *key;
	uint8_t sig[SIGN_BYTES];
	struct err e = { 0 };
	int rc;

	if (f->key >= k->vault->count || f->len > POLICY_MESSAGE_MAX)
		return false;
	key = &k->vault->key[f->key];
	rc = f->type == FRAME_COSIGN ?
	    policy_cosign(&k->policy, &key->vkey, clock_now_ms(k->clock) / 1000, f->body, f->len, &e) :
	    policy_checkpoint(&k->policy, &key->vkey, f->body, f->len, &e);
	if (rc != OK) {
		frame_refusal(f, rc, &e);
		return true;
	}
	sign_make(sig, f->body, f->len, &key->key);
	f->type = 0;
	f->key = 0;
	f->len = SIGN_BYTES;
	memcpy(f->body, sig, sizeof sig);
	return true;
}

static const struct {
	uint8_t type;
	unsigned roles;
	bool (*answer)(struct keeper *k, struct frame *f);
} requests[] = {
	{ FRAME_OPEN, BIT(PROCESS_SIGNER) | BIT(PROCESS_EVALUATOR), answer_open },
	{ FRAME_HELLO, BIT(PROCESS_SIGNER) | BIT(PROCESS_EVALUATOR), answer_hello },
	{ FRAME_SIGN_CHECKPOINT, BIT(PROCESS_SIGNER), answer_sign },
	{ FRAME_COSIGN, BIT(PROCESS_SIGNER), answer_sign },
};

enum keeper_next
keeper_answer(struct keeper *k, struct frame *f)
{
	if (f->type == FRAME_QUIT)
		return f->len == 0 && f->key == 0 ? KEEPER_QUIT : KEEPER_BROKEN;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		bool signs = f->type == FRAME_SIGN_CHECKPOINT || f->type == FRAME_COSIGN;

		if (requests[i].type != f->type || !(requests[i].roles & BIT(k->role)))
			continue;
		if ((f->key != 0 && !signs) || (f->type != FRAME_OPEN && !k->open))
			return KEEPER_BROKEN;
		return requests[i].answer(k, f) ? KEEPER_ANSWER : KEEPER_BROKEN;
	}
	return KEEPER_BROKEN;
}
