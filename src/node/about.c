/* What a node says of itself, and its readers. */
#include "node/internal.h"

uint32_t
node_log_no(const struct node *n, int member)
{
	return n->log_no[member];
}

const struct registry *node_registry(const struct node *n) { return n->reg; }
const struct charter *node_charter(const struct node *n) { return n->charter; }
const char *node_charter_hash(const struct node *n) { return n->charter_hash; }
const char *node_mechanism(const struct node *n) { return n->reg->mechanism; }
const char *node_member(const struct node *n) { return n->member; }
const char *node_address(const struct node *n) { return n->address; }
const char *node_dir(const struct node *n) { return n->dir; }
int node_own(const struct node *n) { return n->own; }
uint32_t node_own_log(const struct node *n) { return node_log_no(n, n->own); }
int64_t node_now_ms(const struct node *n) { return clock_now_ms(n->clock); }
int32_t node_today(const struct node *n) { return ms_to_days(node_now_ms(n), 0); }

struct store_reader *
node_reader(struct node *n, struct err *e)
{
	struct store_reader *r = NULL;

	pthread_mutex_lock(&n->lock);
	if (n->readers_count > 0)
		r = n->readers[--n->readers_count];
	pthread_mutex_unlock(&n->lock);
	if (r == NULL && store_reader_open(n->store, &r, e) != OK)
		return NULL;
	return r;
}

void
node_reader_done(struct node *n, struct store_reader *r)
{
	pthread_mutex_lock(&n->lock);
	if (n->readers_count < MAX_READERS) {
		n->readers[n->readers_count++] = r;
		r = NULL;
	}
	pthread_mutex_unlock(&n->lock);
	store_reader_close(r);
}

struct judge
node_judge(const struct node *n, struct store_reader *r)
{
	return (struct judge){ .reader = r, .reg = n->reg, .own = n->own };
}
