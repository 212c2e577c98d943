/* Whose keys count for what. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "log/quorum.h"
#include "node/internal.h"

#define EPOCH_MAX (STORE_LOG_MAX / LOG_EPOCH_STEP)	/* a greater one would be numbered like another log */

void
keys_origin(const struct node *n, int member, uint32_t epoch, char out[256])
{
	snprintf(out, 256, "%s.diwan/%s/%u", n->reg->mechanism, n->reg->members[member].code, epoch);
}

void
keys_name(const struct node *n, int member, const char *what, char out[256])
{
	snprintf(out, 256, "%s.diwan/%s/%s", n->reg->mechanism, n->reg->members[member].code, what);
}

int
keys_member_of(const struct node *n, const char *origin, uint32_t *epoch)
{
	size_t len = strlen(n->reg->mechanism);
	const char *code = origin + len + 7, *slash;
	uint64_t number;

	if (strncmp(origin, n->reg->mechanism, len) != 0 || strncmp(origin + len, ".diwan/", 7) != 0 ||
	    (slash = strchr(code, '/')) == NULL || !dec_u64(slash + 1, strlen(slash + 1), EPOCH_MAX, &number) || number == 0)
		return LAW_NONE;
	*epoch = (uint32_t)number;
	return registry_member(n->reg, code, (size_t)(slash - code));
}

/* Parsing a key looks whether its point is sound, which takes as long as a signature: our own is parsed when it changes. */
static bool
own_key(struct own_key *k, const char *text, struct vkey *out)
{
	if (strcmp(k->text, text) != 0) {
		if (vkey_parse(&k->key, text, strlen(text), NULL) != OK)
			return false;
		snprintf(k->text, sizeof k->text, "%s", text);
	}
	*out = k->key;
	return true;
}

size_t
keys_of_log(struct node *n, int member, struct vkey *keys)
{
	size_t count = 0;

	pthread_mutex_lock(&n->lock);
	if (member == n->own) {
		count = own_key(&n->own_vkey, n->vkey_text, &keys[0]);
	} else if (n->peers[member].paired) {
		count = n->peers[member].vkeys;
		memcpy(keys, n->peers[member].vkey, count * sizeof *keys);
	}
	pthread_mutex_unlock(&n->lock);
	return count;
}

/* Members witness, those that are suspended too: a seat that is disputed is no reason to see less of a log. */
bool
keys_is_witness(const struct node *n, int member)
{
	enum standing s = registry_standing_on(n->reg, member, node_today(n), NULL);

	return s == STANDING_MEMBER || s == STANDING_SUSPENDED;
}

size_t
keys_witnesses_max(const struct node *n)
{
	return (size_t)n->reg->members_count * PULL_KEYS;
}

size_t
keys_of_witnesses(struct node *n, int of, struct vkey *keys)
{
	size_t count = 0;

	pthread_mutex_lock(&n->lock);
	if (of != n->own && keys_is_witness(n, n->own))
		count += own_key(&n->own_witness, n->witness_text, &keys[count]);
	if (count == 1 && n->witness_before[0] != '\0')
		count += own_key(&n->own_before, n->witness_before, &keys[count]);
	for (uint32_t i = 0; i < n->reg->members_count; i++) {
		const struct peer *p = &n->peers[i];

		if ((int)i == of || (int)i == n->own || !p->paired || !keys_is_witness(n, (int)i))
			continue;
		memcpy(keys + count, p->witness, p->witnesses * sizeof *keys);
		count += p->witnesses;
	}
	pthread_mutex_unlock(&n->lock);
	return count;
}

size_t
node_log_keys(struct node *n, int member, struct vkey keys[2])
{
	return keys_of_log(n, member, keys);
}

bool
node_is_witness(const struct node *n, int member)
{
	return keys_is_witness(n, member);
}

void
node_quorum(struct node *n, int member, size_t *witnesses, size_t *k)
{
	*witnesses = 0;
	for (uint32_t i = 0; i < n->reg->members_count; i++)
		*witnesses += (int)i != member && keys_is_witness(n, (int)i);
	*k = quorum_k((uint32_t)*witnesses + 1);
}
