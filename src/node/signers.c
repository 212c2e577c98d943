/* Who signs for this node: keys of its folder held in memory, or those of a process that was started for it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/internal.h"

/* The keys of one purpose in files: the present one must be there. */
static int
read_files(struct node *n, enum keyfile_purpose purpose, const char *const files[PULL_KEYS], uint8_t type, struct sign_key *secret,
    struct note_signer *out, size_t *count, struct err *e)
{
	char path[4352];
	int rc;

	*count = 0;
	for (int i = 0; i < PULL_KEYS; i++) {
		struct keyfile k;

		snprintf(path, sizeof path, "%s/%s", n->dir, files[i]);
		if (i > 0 && access(path, F_OK) != 0)
			continue;
		if ((rc = identity_read_keyfile(n->dir, purpose, files[i], &k, e)) != OK)
			return rc;
		sign_from_seed(&secret[i], k.seed);
		rc = vkey_signer(&out[*count], k.name, type, &secret[i], e);
		keyfile_wipe(&k);
		if (rc != OK)
			return rc;
		++*count;
	}
	return OK;
}

static size_t
take_given(const struct note_signer *const given[2], struct note_signer *out)
{
	size_t count = 0;

	for (int i = 0; i < 2; i++)
		if (given[i] != NULL)
			out[count++] = *given[i];
	return count;
}

/* The signer whose public text is ${text}. */
static bool
find(const struct note_signer *signers, size_t count, const char *text, struct note_signer *out)
{
	char own[VKEY_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		vkey_format(own, &signers[i].vkey);
		if (strcmp(own, text) == 0) {
			*out = signers[i];
			return true;
		}
	}
	return false;
}

int
signers_have(const struct node *n, enum change c, const char *text, struct err *e)
{
	struct note_signer unused;

	if ((c == CHANGE_LOG && !find(n->log_signer, n->log_signers, text, &unused)) ||
	    (c == CHANGE_WITNESS && !find(n->witness_signer, n->witness_signers, text, &unused)))
		return err_set(e, ERR_CONFLICT, "keys/%s.next.key is not the key that was announced (%s), so the present one goes "
		    "on signing; put the right file there and start again, or begin a new epoch (`diwan epoch`)",
		    rotate_word(c), text);
	return OK;
}

int
signers_choose(struct node *n, struct err *e)
{
	struct note_signer log, cosigner, next;
	bool have_next = n->next[CHANGE_LOG].text[0] != '\0' && !n->next[CHANGE_LOG].owed &&
	    find(n->log_signer, n->log_signers, n->next[CHANGE_LOG].text, &next);

	if (!find(n->log_signer, n->log_signers, n->vkey_text, &log))
		return err_set(e, ERR_CONFLICT, "keys/log.key is not the key of this node's log (%s); put the right one back",
		    n->vkey_text);
	if (n->witness_text[0] != '\0' && !find(n->witness_signer, n->witness_signers, n->witness_text, &cosigner))
		return err_set(e, ERR_CONFLICT, "keys/witness.key is not the key that the peers know of this witness (%s); put the "
		    "right one back", n->witness_text);
	pthread_mutex_lock(&n->lock);
	n->signer = log;
	n->have_key = true;
	if (n->witness_text[0] != '\0')
		n->cosigner = cosigner;
	n->have_next = have_next;
	if (have_next)
		n->signer_next = next;
	pthread_mutex_unlock(&n->lock);
	return OK;
}

int
signers_load(struct node *n, const struct node_options *o, struct err *e)
{
	static const char *const log[] = { "keys/log.key", "keys/log.next.key" };
	static const char *const witness[] = { "keys/witness.key", "keys/witness.next.key" };
	int rc = OK;

	if (o->log_signer[0] != NULL) {
		n->log_signers = take_given(o->log_signer, n->log_signer);
		n->witness_signers = take_given(o->witness_signer, n->witness_signer);
	} else if ((rc = read_files(n, KEYFILE_LOG, log, VKEY_ED25519, n->secret, n->log_signer, &n->log_signers, e)) == OK &&
	    n->witness_text[0] != '\0') {
		rc = read_files(n, KEYFILE_WITNESS, witness, VKEY_COSIGN, n->secret + PULL_KEYS, n->witness_signer,
		    &n->witness_signers, e);
	}
	return rc == OK ? signers_choose(n, e) : rc;
}
