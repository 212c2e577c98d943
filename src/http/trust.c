/* What the control socket says and takes about trust: what is settled, who witnesses, the guard, forks. */
#include <string.h>

#include "http/trust.h"
#include "log/fork.h"

void
http_put_time(struct json_out *o, const char *key, int64_t ms)
{
	char text[INST_LEN];

	if (ms == WHEN_NONE) {
		jo_null(o, key);
		return;
	}
	inst_format(text, (struct inst){ ms, 0 });
	jo_str(o, key, text);
}

void
http_put_settled(struct json_out *o, struct node *n, int member)
{
	uint64_t size = 0, time_s = 0;
	size_t witnesses, k;
	struct err e;
	bool any = node_settled(n, member, &size, &time_s, NULL, &e) == OK;

	node_quorum(n, member, &witnesses, &k);
	jo_int(o, "settled", (int64_t)size);
	http_put_time(o, "settled_at", any && time_s > 0 ? (int64_t)time_s * 1000 : WHEN_NONE);
	jo_int(o, "witnesses", (int64_t)witnesses);
	jo_int(o, "quorum", (int64_t)k);
}

void
http_put_witness(struct json_out *o, const struct peer_status *s)
{
	jo_bool(o, "cosigns", s->witness);
	jo_int(o, "cosigned", (int64_t)s->cosigned);
	http_put_time(o, "cosigned_at", s->cosigned_ms);
	http_put_time(o, "compared", s->seen_ms);
	if (s->seen_ms != WHEN_NONE)
		jo_int(o, "skew_ms", s->skew_ms);
	else
		jo_null(o, "skew_ms");
	jo_str(o, "cosign_trouble", s->cosign_trouble[0] ? s->cosign_trouble : NULL);
}

void
http_put_guard(struct json_out *o, struct node *n)
{
	struct guard_status g;

	node_guard(n, &g);
	jo_open(o, "guard", '{');
	jo_str(o, "state", guard_word(g.state));
	jo_int(o, "asked", g.asked);
	jo_int(o, "answered", g.answered);
	jo_int(o, "needed", g.needed);
	jo_int(o, "seen_size", (int64_t)g.seen_size);
	jo_int(o, "came_back", (int64_t)g.came_back);
	jo_int(o, "missing", (int64_t)g.missing);
	jo_str(o, "why", g.why[0] ? g.why : NULL);
	jo_close(o, '}');
}

void
control_resume(const struct http_request *r, struct http_answer *a)
{
	struct json_out o = { &a->body, false };
	struct err e;

	if (node_resume(r->node, &e) != OK) {
		http_problem(a, &e);
		return;
	}
	jo_open(&o, NULL, '{');
	http_put_guard(&o, r->node);
	jo_close(&o, '}');
	a->type = "application/json";
}
