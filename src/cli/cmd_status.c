/* status: the node, its peers, and what it withholds from whom. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/when.h"
#include "cli/local.h"
#include "cli/say.h"
#include "cli/table.h"
#include "exchange/release.h"
#include "http/trust.h"

#define TALLY_UP_TO UINT64_C(20000)	/* entries of the own log that are counted without being asked */
#define GATES 15
#define SKEW_MS 2000			/* between two members' clocks: above this it is said */

static const struct json_limits limits = { 4 * 1024 * 1024, 8, 65536 };

/* What the exchange of one member's log looks like from the folder, while no node runs. */
static void
put_peer(struct json_out *o, const struct local *l, int member)
{
	struct peer_status s;
	struct log_row log;
	struct card card;
	struct err e;

	if (node_peer_status(l->node, member, &s) != OK)
		return;
	if (store_log_get(l->reader, node_log_no(l->node, member), &log, &e) == OK) {
		s.size = log.size;
		s.payloads_next = log.payloads_next;
	}
	jo_open(o, NULL, '{');
	jo_str(o, "member", node_registry(l->node)->members[member].code);
	jo_str(o, "state", s.state == PEER_UNPAIRED ? peer_state_word(s.state) : "resting");
	if (node_peer_card(l->node, member, &card, &e) == OK)
		jo_str(o, "address", card.address);
	jo_int(o, "size", (int64_t)s.size);
	jo_int(o, "payloads_next", (int64_t)s.payloads_next);
	http_put_settled(o, l->node, member);
	jo_close(o, '}');
}

/* The same members as the running node's answer, as far as they can be known. */
static int
resting(const struct local *l, struct buf *out, struct err *e)
{
	struct json_out o = { out, false };
	char now[INST_LEN];
	struct log_row log;
	int rc = store_log_get(l->reader, node_own_log(l->node), &log, e);

	if (rc != OK)
		return rc;
	inst_format(now, (struct inst){ node_now_ms(l->node), 0 });
	jo_open(&o, NULL, '{');
	jo_str(&o, "mechanism", node_mechanism(l->node));
	jo_str(&o, "member", node_member(l->node));
	jo_str(&o, "address", node_address(l->node));
	jo_str(&o, "charter", node_charter_hash(l->node));
	jo_str(&o, "now", now);
	jo_int(&o, "size", (int64_t)log.size);
	http_put_settled(&o, l->node, node_own(l->node));
	jo_bool(&o, "running", false);
	jo_null(&o, "failure");
	jo_open(&o, "peers", '[');
	for (uint32_t i = 0; i < node_registry(l->node)->members_count; i++)
		if ((int)i != node_own(l->node))
			put_peer(&o, l, (int)i);
	jo_close(&o, ']');
	jo_close(&o, '}');
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for the status") : OK;
}

/* ---- what is withheld ---- */

struct withheld {
	bool counted;
	struct tally tally[LAW_MEMBERS_MAX];
};

static int
count_withheld(const struct local *l, struct withheld *w, struct err *e)
{
	struct judge j = node_judge(l->node, l->reader);
	struct log_row log;
	int rc = store_log_get(l->reader, node_own_log(l->node), &log, e);

	w->counted = rc == OK && (log.size <= TALLY_UP_TO || args_get(l->cli, "withheld") != NULL);
	for (uint32_t i = 0; rc == OK && w->counted && i < j.reg->members_count; i++)
		if ((int)i != j.own)
			rc = release_tally(&j, &log, (int)i, node_today(l->node), &w->tally[i], e);
	return rc;
}

static void
put_withheld(struct json_out *o, const struct local *l, const struct withheld *w)
{
	const struct registry *reg = node_registry(l->node);
	char gate[16];

	jo_open(o, "withheld_from", '[');
	for (uint32_t i = 0; w->counted && i < reg->members_count; i++) {
		if ((int)i == node_own(l->node))
			continue;
		jo_open(o, NULL, '{');
		jo_str(o, "member", reg->members[i].code);
		jo_int(o, "given", (int64_t)w->tally[i].given);
		jo_open(o, "gates", '{');
		for (int g = 0; g < GATES; g++) {
			snprintf(gate, sizeof gate, "G%d", g);
			if (w->tally[i].gate[g] > 0)
				jo_int(o, gate, (int64_t)w->tally[i].gate[g]);
		}
		jo_close(o, '}');
		jo_close(o, '}');
	}
	jo_close(o, ']');
}

/* How far the node's clock is from this machine's: a clock moved by a file shows here. Within a second counts as none. */
static int64_t
clock_offset_ms(const struct json *root)
{
	const struct json *now = json_get(root, "now");
	struct inst t;
	int64_t offset;

	if (now == NULL || now->type != JSON_STRING || !inst_parse(now->str, now->len, &t))
		return 0;
	offset = t.ms - clock_now_ms(&clock_system);
	return offset > -1000 && offset < 1000 ? 0 : offset;
}

/* The object ${status} with two more members. */
static void
print_json(const struct local *l, const struct json *root, const struct buf *status, const struct withheld *w)
{
	struct buf b = { 0 };
	struct json_out o = { &b, true };
	size_t len = status->len;

	while (len > 0 && status->data[len - 1] != '}')
		len--;
	buf_add(&b, status->data, len > 0 ? len - 1 : 0);
	put_withheld(&o, l, w);
	jo_int(&o, "clock_offset_ms", clock_offset_ms(root));
	jo_close(&o, '}');
	say_json(l->cli, &b);
	buf_free(&b);
}

/* ---- for people ---- */

static int
text_len(const struct json *v)
{
	return v != NULL && v->type == JSON_STRING ? (int)v->len : 0;
}

static const char *
text_of(const struct json *v)
{
	return v != NULL && v->type == JSON_STRING ? v->str : "";
}

static enum paint
state_paint(const struct json *state)
{
	if (json_is(state, "current"))
		return PAINT_GOOD;
	return json_is(state, "failing") || json_is(state, "frozen") ? PAINT_BAD : PAINT_NONE;
}

static void
number_cell(struct table *t, const struct json *v)
{
	if (v != NULL && v->type == JSON_INT)
		table_cell(t, v->num == 0 ? PAINT_DIM : PAINT_NONE, "%" PRId64, v->num);
	else
		table_cell(t, PAINT_DIM, "-");
}

/* Hours and minutes of an instant; the day as well when it is not that of ${now}. */
static void
time_cell(struct table *t, const struct json *v, const struct json *now)
{
	if (text_len(v) < 16)
		table_cell(t, PAINT_DIM, "never");
	else if (text_len(now) >= 10 && memcmp(v->str, now->str, 10) == 0)
		table_cell(t, PAINT_NONE, "%.8s", v->str + 11);
	else
		table_cell(t, PAINT_NONE, "%.10s", v->str);
}

static void
print_trouble(const struct cli *c, const struct json *p, const char *key, const char *as)
{
	if (text_len(json_get(p, key)) > 0)
		say_in(c, PAINT_BAD, "  %.*s%s: %.*s\n", text_len(json_get(p, "member")), text_of(json_get(p, "member")), as,
		    text_len(json_get(p, key)), text_of(json_get(p, key)));
}

static void
print_skew(const struct cli *c, const struct json *p)
{
	const struct json *skew = json_get(p, "skew_ms");

	if (skew != NULL && skew->type == JSON_INT && (skew->num > SKEW_MS || skew->num < -SKEW_MS))
		say_in(c, PAINT_WARN, "  %.*s: its clock is %.1f s %s ours; deadlines rest on clocks that agree\n",
		    text_len(json_get(p, "member")), text_of(json_get(p, "member")),
		    (double)(skew->num < 0 ? -skew->num : skew->num) / 1000, skew->num > 0 ? "ahead of" : "behind");
}

static void
print_peers(const struct cli *c, const struct json *root)
{
	static const char *const head[] = { "member", "state", ">log", ">settled", ">decided", ">received", ">withheld",
	    ">cosigned", "contact" };
	const struct json *peers = json_get(root, "peers");
	struct table t;

	table_start(&t, c, head, 9);
	for (const struct json *p = peers == NULL ? NULL : peers->child; p != NULL; p = p->next) {
		const struct json *state = json_get(p, "state");

		table_text(&t, PAINT_STRONG, text_of(json_get(p, "member")), (size_t)text_len(json_get(p, "member")));
		table_text(&t, state_paint(state), text_of(state), (size_t)text_len(state));
		number_cell(&t, json_get(p, "size"));
		number_cell(&t, json_get(p, "settled"));
		number_cell(&t, json_get(p, "payloads_next"));
		number_cell(&t, json_get(p, "received"));
		number_cell(&t, json_get(p, "withheld"));
		number_cell(&t, json_get(p, "cosigned"));
		time_cell(&t, json_get(p, "last_ok"), json_get(root, "now"));
	}
	table_end(&t, 2);
	for (const struct json *p = peers == NULL ? NULL : peers->child; p != NULL; p = p->next) {
		print_trouble(c, p, "trouble", "");
		print_trouble(c, p, "cosign_trouble", " as witness");
		print_trouble(c, p, "attachment_trouble", ", attachments");
		print_skew(c, p);
	}
}

static void
print_withheld(const struct local *l, const struct withheld *w)
{
	static const char *const head[] = { "member", ">given", "withheld by" };
	const struct registry *reg = node_registry(l->node);
	struct table t;

	if (!w->counted) {
		say(l->cli, "\nThe own log is long; `diwan status %s --withheld` counts what is withheld from whom.\n", l->dir);
		return;
	}
	say(l->cli, "\nOwn records, by member and by the gate that withholds them today (docs/law.md explains the gates):\n");
	table_start(&t, l->cli, head, 3);
	t.wrap = true;
	for (uint32_t i = 0; i < reg->members_count; i++) {
		struct buf gates = { 0 };

		if ((int)i == node_own(l->node))
			continue;
		for (int g = 0; g < GATES; g++)
			if (w->tally[i].gate[g] > 0)
				buf_fmt(&gates, "%sG%d %" PRIu64, gates.len > 0 ? ", " : "", g, w->tally[i].gate[g]);
		table_cell(&t, PAINT_STRONG, "%s", reg->members[i].code);
		table_cell(&t, PAINT_NONE, "%" PRIu64, w->tally[i].given);
		table_text(&t, PAINT_NONE, buf_cstr(&gates), gates.len);
		buf_free(&gates);
	}
	table_end(&t, 2);
}

static void
print_settled(const struct cli *c, const struct json *root)
{
	const struct json *settled = json_get(root, "settled"), *k = json_get(root, "quorum"), *n = json_get(root, "witnesses");

	if (settled == NULL || k == NULL || n == NULL || n->num == 0)
		return;
	say(c, "Settled: %" PRId64 " entries (%" PRId64 " of %" PRId64 " witnesses must have cosigned).\n", settled->num, k->num,
	    n->num);
}

static void
print_people(const struct local *l, const struct json *root, const struct withheld *w)
{
	const struct cli *c = l->cli;
	const struct json *now = json_get(root, "now"), *failure = json_get(root, "failure"), *size = json_get(root, "size");
	bool running = json_get(root, "running") != NULL && json_get(root, "running")->type == JSON_TRUE;

	say_in(c, PAINT_STRONG, "%s", node_member(l->node));
	say(c, " in %s, ", node_mechanism(l->node));
	say_in(c, running ? PAINT_GOOD : PAINT_WARN, "%s", running ? "running" : "not running");
	say(c, ", %s\n", node_address(l->node));
	say(c, "Own log: %" PRId64 " entries. Clock: %.*s. Charter: %.16s...\n", size == NULL ? 0 : size->num, text_len(now),
	    text_of(now), node_charter_hash(l->node));
	if (clock_offset_ms(root) != 0)
		say_in(c, PAINT_WARN, "Its clock is %" PRId64 " s from this machine's.\n", clock_offset_ms(root) / 1000);
	print_settled(c, root);
	if (text_len(json_get(json_get(root, "guard"), "why")) > 0)
		say_in(c, PAINT_BAD, "%.*s.\n", text_len(json_get(json_get(root, "guard"), "why")),
		    text_of(json_get(json_get(root, "guard"), "why")));
	if (text_len(json_get(root, "trouble")) > 0)
		say_in(c, PAINT_BAD, "Left undone: %.*s\n", text_len(json_get(root, "trouble")),
		    text_of(json_get(root, "trouble")));
	if (text_len(failure) > 0)
		say_in(c, PAINT_BAD, "Stopped writing: %.*s\n", text_len(failure), text_of(failure));
	say(c, "\nPeers:\n");
	print_peers(c, root);
	print_withheld(l, w);
}

int
cmd_status(struct cli *c, struct err *e)
{
	static struct withheld w;
	struct local l;
	struct buf status = { 0 };
	struct arena a = { 0 };
	struct json *root;
	bool running;
	int rc;

	if ((rc = local_read(&l, c, c->args[0], e)) != OK)
		return rc;
	if ((rc = local_running(&l, &running, e)) == OK)
		rc = running ? local_call(&l, "GET", "/control/status", NULL, 0, &status, e) : resting(&l, &status, e);
	if (rc == OK && (rc = count_withheld(&l, &w, e)) == OK &&
	    (rc = json_parse(&a, buf_cstr(&status), status.len, &limits, &root, e)) == OK) {
		if (c->json)
			print_json(&l, root, &status, &w);
		else
			print_people(&l, root, &w);
	}
	arena_free(&a);
	buf_free(&status);
	local_close(&l);
	return rc;
}
