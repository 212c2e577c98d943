/* What came of the demonstration: asked of each node, printed as a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play/demo.h"

#define ASKED_MAX 500			/* records of one member about which its originator is asked */

static const struct json_limits limits = { 16 * 1024 * 1024, 12, 1000000 };

/* ---- asking ---- */

/*
 * The gates of `diwan status --withheld` for ${other}, as "G3" or "G3, G5"; receipts go to one member only and would
 * count for all others.
 */
static void
gates_of(const struct json *status, const char *other, char out[64])
{
	const struct json *m = json_get(status, "withheld_from"), *g;
	size_t len = 0;

	out[0] = '\0';
	for (m = m == NULL ? NULL : m->child; m != NULL && !json_is(json_get(m, "member"), other); m = m->next)
		;
	g = json_get(m, "gates");
	for (g = g == NULL ? NULL : g->child; g != NULL && len < 50; g = g->next)
		len += (size_t)snprintf(out + len, 64 - len, "%s%.*s", len > 0 ? ", " : "", (int)(g->key_len < 4 ? g->key_len :
		    4), g->key);
}

static int
survey_withheld(struct demo *d, unsigned who, struct err *e)
{
	static const char *const args[] = { "--withheld", NULL };
	struct demo_node *n = &d->node[who];
	struct arena a = { 0 };
	struct buf out = { 0 };
	struct json *status;
	char gates[64];
	size_t len = 0;
	int rc = cast_do(d->cast, who, "status", args, NULL, 0, &out, e);

	if (rc == OK && (rc = json_parse(&a, buf_cstr(&out), out.len, &limits, &status, e)) == OK)
		for (unsigned i = 0; i < d->cast->count && len < sizeof n->withheld - 80; i++) {
			uint64_t held = d->node[i].from[who];

			if (i == who || held >= n->own)
				continue;
			gates_of(status, d->cast->actor[i].code, gates);
			len += (size_t)snprintf(n->withheld + len, sizeof n->withheld - len, "%s%s %llu by %s", len > 0 ? "; " : "",
			    d->cast->actor[i].code, (unsigned long long)(n->own - held), gates[0] ? gates : "?");
		}
	arena_free(&a);
	buf_free(&out);
	return rc;
}

int
demo_survey(struct demo *d, struct err *e)
{
	struct cast *c = d->cast;
	int rc = OK;

	for (unsigned i = 0; i < c->count && rc == OK; i++) {
		struct demo_node *n = &d->node[i];

		demo_bar(d, "checking every node", i, c->count);
		if ((rc = look_size(c, i, &n->size, e)) != OK || (rc = look_count(c, i, i, &n->own, e)) != OK ||
		    (rc = look_check(c, i, &n->findings, n->trouble, e)) != OK)
			return rc;
		for (unsigned k = 0; k < c->count && rc == OK; k++)
			if (k != i)
				rc = look_count(c, i, k, &n->from[k], e);
		d->bad += n->findings > 0;
	}
	for (unsigned i = 0; i < c->count && rc == OK; i++)
		rc = survey_withheld(d, i, e);
	demo_bar(d, "checking every node", c->count, c->count);
	return rc;
}

/* ---- the table ---- */

static void
received_text(const struct demo *d, unsigned who, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < d->cast->count && len < cap; i++)
		if (i != who)
			len += (size_t)snprintf(out + len, cap - len, "%s%s %llu/%llu", len > 0 ? "  " : "", d->cast->actor[i].code,
			    (unsigned long long)d->node[who].from[i], (unsigned long long)d->node[i].own);
}

void
demo_table(const struct demo *d)
{
	char received[400];
	int wide = 8, wide_withheld = 8;

	for (unsigned i = 0; i < d->cast->count; i++) {
		received_text(d, i, received, sizeof received);
		wide = (int)strlen(received) > wide ? (int)strlen(received) : wide;
		wide_withheld = (int)strlen(d->node[i].withheld) > wide_withheld ? (int)strlen(d->node[i].withheld) : wide_withheld;
	}
	printf("\n%-5s %7s  %-*s  %-*s  %7s  %-8s  %s\n", "node", "own", wide, "received", wide_withheld, "withheld", "log",
	    "verified",
	    "had all after");
	for (unsigned i = 0; i < d->cast->count; i++) {
		const struct demo_node *n = &d->node[i];

		received_text(d, i, received, sizeof received);
		printf("%-5s %7llu  %-*s  %-*s  %7llu  %-8s  %.1f s\n", d->cast->actor[i].code, (unsigned long long)n->own, wide,
		    received,
		    wide_withheld, n->withheld, (unsigned long long)n->size, n->findings == 0 ? "yes" : "NO",
		    (double)n->current_us / 1e6);
		if (n->findings > 0)
			printf("      %s\n", n->trouble);
	}
	printf("\nown, received: records, receipts not counted. withheld: from whom, by which gate of `diwan why`.\n"
	    "log: entries with receipts, held and proven by every node.\n");
	fflush(stdout);
}

/* ---- who is outside ---- */

struct held {				/* records of one member that another holds */
	uint64_t index[ASKED_MAX];
	unsigned count;
};

static int
keep_label(void *ctx, const struct json *row)
{
	struct held *h = ctx;
	const struct json *label = json_get(row, "label");
	const char *slash = label == NULL || label->type != JSON_STRING ? NULL : memchr(label->str, '/', label->len);
	char digits[24];

	if (slash == NULL || json_is(json_get(row, "kind"), "control") || h->count == ASKED_MAX)
		return OK;
	snprintf(digits, sizeof digits, "%.*s", (int)(label->len - (size_t)(slash + 1 - label->str)), slash + 1);
	h->index[h->count++] = strtoull(digits, NULL, 10);
	return OK;
}

/* Everything of ${of} that ${who} holds is something it may hold, by ${of}'s own word. */
static int
ask_originator(struct demo *d, unsigned who, unsigned of, uint64_t *asked, uint64_t *wrong, struct err *e)
{
	struct held *h = calloc(1, sizeof *h);
	int gate, rc;

	if (h == NULL)
		return err_set(e, ERR_NOMEM, "no memory to look at what %s holds", d->cast->actor[who].code);
	rc = look_list(d->cast, who, of, keep_label, h, e);
	for (unsigned i = 0; i < h->count && rc == OK; i++)
		if ((rc = look_gate(d->cast, who, &(struct place){ of, 1, h->index[i] }, "live", &gate, e)) == OK) {
			++*asked;
			*wrong += gate != 0;
		}
	free(h);
	return rc;
}

/* The newest record of ${of} that ${who} may not have, to show what `diwan why` says of it. */
static int
find_withheld(struct demo *d, unsigned who, unsigned of, struct err *e)
{
	struct held *h;
	int gate = 0, rc;

	if (d->withheld_label[0] != '\0' || d->node[who].from[of] >= d->node[of].own)
		return OK;
	if ((h = calloc(1, sizeof *h)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to look for a record");
	rc = look_list(d->cast, of, of, keep_label, h, e);
	for (unsigned i = 0; i < h->count && rc == OK && gate == 0; i++)
		if ((rc = look_gate(d->cast, who, &(struct place){ of, 1, h->index[i] }, "live", &gate, e)) == OK && gate != 0) {
			snprintf(d->withheld_label, sizeof d->withheld_label, "%s/%llu", d->cast->actor[of].code,
			    (unsigned long long)h->index[i]);
			snprintf(d->withheld_from, sizeof d->withheld_from, "%s", d->cast->actor[who].code);
			d->withheld_at = of;
		}
	free(h);
	return rc;
}

static bool
is_outside(const struct demo *d, unsigned who)
{
	int m = registry_member(d->cast->reg, d->cast->actor[who].code, strlen(d->cast->actor[who].code));

	return registry_standing_on(d->cast->reg, m, ms_to_days(cast_now_ms(d->cast), 0), NULL) != STANDING_MEMBER;
}

static int
look_at_outsider(struct demo *d, unsigned who, struct err *e)
{
	const char *code = d->cast->actor[who].code;
	uint64_t held = 0, all = 0, asked = 0, wrong = 0;
	int rc = OK;

	for (unsigned of = 0; of < d->cast->count && rc == OK; of++) {
		if (of == who)
			continue;
		held += d->node[who].from[of];
		all += d->node[of].own;
		if ((rc = ask_originator(d, who, of, &asked, &wrong, e)) == OK)
			rc = find_withheld(d, who, of, e);
	}
	if (rc != OK)
		return rc;
	if (wrong > 0) {
		printf("\n%s is no member and holds %llu records that it may not hold. That must not be.\n", code,
		    (unsigned long long)wrong);
		d->bad++;
	} else {
		printf("\n%s is no member. Of the others' %llu records its own store holds %llu; their originators, asked about "
		    "%s%llu of them, say that it may.\nOf the other %llu it holds nothing.\n", code, (unsigned long long)all,
		    (unsigned long long)held, asked == held ? "all " : "", (unsigned long long)asked,
		    (unsigned long long)(all - held));
	}
	return OK;
}

int
demo_outsiders(struct demo *d, struct err *e)
{
	int rc = OK;

	for (unsigned i = 0; i < d->cast->count && rc == OK; i++)
		if (is_outside(d, i))
			rc = look_at_outsider(d, i, e);
	return rc;
}
