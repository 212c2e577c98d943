#include "store/store_map.h"

#include <stdlib.h>
#include <string.h>

struct map_node {
	atomic_uint refs;
	int height;			/* 1 + the higher child's */
	struct map_node *child[2];	/* smaller, larger keys */
	struct map_item *item;
};

/* ---- references -------------------------------------------------------------------------------------------------- */

struct map_node *
map_ref(struct map_node *root)
{
	if (root != NULL)
		atomic_fetch_add_explicit(&root->refs, 1, memory_order_relaxed);
	return root;
}

void
map_drop(struct map_node *root)
{
	if (root == NULL || atomic_fetch_sub_explicit(&root->refs, 1, memory_order_acq_rel) != 1)
		return;
	map_drop(root->child[0]);
	map_drop(root->child[1]);
	map_item_drop(root->item);
	free(root);
}

struct map_item *
map_item_ref(struct map_item *it)
{
	if (it != NULL)
		atomic_fetch_add_explicit(&it->refs, 1, memory_order_relaxed);
	return it;
}

void
map_item_drop(struct map_item *it)
{
	if (it == NULL || atomic_fetch_sub_explicit(&it->refs, 1, memory_order_acq_rel) != 1)
		return;
	explicit_bzero(it->bytes, (size_t)it->key_len + it->value_len);	/* deletion is real here too */
	free(it);
}

static struct map_item *
item_new(const void *key, size_t key_len, const void *value, size_t value_len)
{
	struct map_item *it;

	if (key_len > UINT32_MAX || value_len > UINT32_MAX || (it = malloc(sizeof *it + key_len + value_len)) == NULL)
		return NULL;
	atomic_init(&it->refs, 1);
	it->key_len = (uint32_t)key_len;
	it->value_len = (uint32_t)value_len;
	memcpy(it->bytes, key, key_len);
	if (value_len > 0)
		memcpy(it->bytes + key_len, value, value_len);
	return it;
}

static int
compare(const void *key, size_t len, const struct map_item *it)
{
	int c = memcmp(key, it->bytes, len < it->key_len ? len : it->key_len);

	return c != 0 ? c : (len > it->key_len) - (len < it->key_len);
}

/* ---- spare nodes ------------------------------------------------------------------------------------------------- */

/*
 * A write must not run out of memory half way down, so the nodes it may need are there before it begins: each node of
 * the path may be copied, and a rotation copies up to two more on each level.
 */
static bool
spare_fill(struct map_spare *s, const struct map_node *root)
{
	int want = 1 + (root == NULL ? 0 : 3 * root->height);

	while (s->count < want) {
		struct map_node *p = malloc(sizeof *p);

		if (p == NULL)
			return false;
		p->child[0] = s->list;
		s->list = p;
		s->count++;
	}
	return true;
}

void
map_spare_free(struct map_spare *s)
{
	struct map_node *p, *next;

	for (p = s->list; p != NULL; p = next) {
		next = p->child[0];
		free(p);
	}
	s->list = NULL;
	s->count = 0;
}

static struct map_node *
spare_take(struct map_spare *s)
{
	struct map_node *p = s->list;

	s->list = p->child[0];
	s->count--;
	atomic_init(&p->refs, 1);
	return p;
}

/* ---- balance ----------------------------------------------------------------------------------------------------- */

static int
height(const struct map_node *n)
{
	return n == NULL ? 0 : n->height;
}

static void
measure(struct map_node *n)
{
	int a = height(n->child[0]), b = height(n->child[1]);

	n->height = 1 + (a > b ? a : b);
}

/* A node that only the caller holds, in place of its reference to ${n}. */
static struct map_node *
own(struct map_spare *s, struct map_node *n)
{
	struct map_node *copy;

	if (atomic_load_explicit(&n->refs, memory_order_acquire) == 1)
		return n;
	copy = spare_take(s);
	copy->height = n->height;
	copy->child[0] = map_ref(n->child[0]);
	copy->child[1] = map_ref(n->child[1]);
	copy->item = map_item_ref(n->item);
	map_drop(n);
	return copy;
}

/* Lift child ${side} of the owned node ${n} above it. */
static struct map_node *
rotate(struct map_spare *s, struct map_node *n, int side)
{
	struct map_node *up = own(s, n->child[side]);

	n->child[side] = up->child[!side];
	up->child[!side] = n;
	measure(n);
	measure(up);
	return up;
}

static struct map_node *
balance(struct map_spare *s, struct map_node *n)
{
	int lean = height(n->child[1]) - height(n->child[0]), side = lean > 0;
	struct map_node *c = n->child[side];

	if (lean >= -1 && lean <= 1) {
		measure(n);
		return n;
	}
	if (height(c->child[!side]) > height(c->child[side]))
		n->child[side] = rotate(s, own(s, c), !side);
	return rotate(s, n, side);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static struct map_node *
put(struct map_spare *s, struct map_node *n, struct map_item *it)
{
	int c;

	if (n == NULL) {
		n = spare_take(s);
		n->child[0] = n->child[1] = NULL;
		n->item = it;
		n->height = 1;
		return n;
	}
	n = own(s, n);
	if ((c = compare(it->bytes, it->key_len, n->item)) == 0) {
		map_item_drop(n->item);
		n->item = it;
		return n;
	}
	n->child[c > 0] = put(s, n->child[c > 0], it);
	return balance(s, n);
}

/* Take the smallest item out of ${n}; *${it} gets the reference to it. */
static struct map_node *
take_first(struct map_spare *s, struct map_node *n, struct map_item **it)
{
	struct map_node *rest;

	n = own(s, n);
	if (n->child[0] == NULL) {
		*it = map_item_ref(n->item);
		rest = map_ref(n->child[1]);
		map_drop(n);
		return rest;
	}
	n->child[0] = take_first(s, n->child[0], it);
	return balance(s, n);
}

/* ${key} is known to be there. */
static struct map_node *
del(struct map_spare *s, struct map_node *n, const void *key, size_t len)
{
	struct map_node *rest;
	struct map_item *next;
	int c;

	n = own(s, n);
	if ((c = compare(key, len, n->item)) != 0) {
		n->child[c > 0] = del(s, n->child[c > 0], key, len);
		return balance(s, n);
	}
	if (n->child[0] == NULL || n->child[1] == NULL) {
		rest = map_ref(n->child[n->child[0] == NULL]);
		map_drop(n);
		return rest;
	}
	n->child[1] = take_first(s, n->child[1], &next);
	map_item_drop(n->item);
	n->item = next;
	return balance(s, n);
}

bool
map_put(struct map_spare *s, struct map_node **root, const void *key, size_t key_len, const void *value,
    size_t value_len)
{
	struct map_item *it;

	if (!spare_fill(s, *root) || (it = item_new(key, key_len, value, value_len)) == NULL)
		return false;
	*root = put(s, *root, it);
	return true;
}

bool
map_del(struct map_spare *s, struct map_node **root, const void *key, size_t key_len)
{
	if (map_get(*root, key, key_len) == NULL)
		return true;
	if (!spare_fill(s, *root))
		return false;
	*root = del(s, *root, key, key_len);
	return true;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct map_item *
map_get(struct map_node *root, const void *key, size_t key_len)
{
	int c;

	while (root != NULL && (c = compare(key, key_len, root->item)) != 0)
		root = root->child[c > 0];
	return root == NULL ? NULL : root->item;
}

int
map_walk(struct map_node *n, const void *from, size_t from_len, bool descending,
    int (*visit)(void *ctx, const struct map_item *it), void *ctx)
{
	const struct map_item *it;
	size_t len;
	int c, rc;

	while (n != NULL) {
		it = n->item;
		len = descending && from_len < it->key_len ? from_len : it->key_len;
		c = memcmp(from, it->bytes, from_len < len ? from_len : len);
		if (c == 0)
			c = (from_len > len) - (from_len < len);
		if (descending ? c >= 0 : c <= 0) {
			if ((rc = map_walk(n->child[descending], from, from_len, descending, visit, ctx)) != 0 ||
			    (rc = visit(ctx, it)) != 0)
				return rc;
		}
		n = n->child[!descending];	/* where n lies before the start, so does all of its other side */
	}
	return 0;
}

/* Height of ${n}, or -1 if an invariant is broken in it; *${last} is the item before it. */
static int
check(const struct map_node *n, const struct map_item **last)
{
	int a, b;

	if (n == NULL)
		return 0;
	if ((a = check(n->child[0], last)) < 0)
		return -1;
	if (*last != NULL && compare((*last)->bytes, (*last)->key_len, n->item) >= 0)
		return -1;
	*last = n->item;
	if ((b = check(n->child[1], last)) < 0 || a - b > 1 || b - a > 1 || n->height != 1 + (a > b ? a : b))
		return -1;
	return atomic_load(&n->refs) >= 1 && atomic_load(&n->item->refs) >= 1 ? n->height : -1;
}

bool
map_check(const struct map_node *root)
{
	const struct map_item *last = NULL;

	return check(root, &last) >= 0;
}
