/* A member that does not keep to the rules: what it makes of its answers, and what it sends unasked. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchange/frame.h"
#include "http/server.h"
#include "sim/world.h"

static bool
wants_payloads(const char *path, uint64_t *from, uint64_t *to)
{
	const char *query = strchr(path, '?');

	return strncmp(path, "/x1/", 4) == 0 && query != NULL && sscanf(query, "?from=%" SCNu64 "&to=%" SCNu64, from, to) == 2;
}

/* Everything, whoever asks; or nothing, though some would be due. */
static void
all_or_nothing(struct host *liar, uint64_t from, uint64_t to, bool all, struct http_answer *a)
{
	struct frame_writer fw;
	struct payload p;
	struct err e;
	struct store_reader *r = node_reader(liar->node, &e);
	bool room = true;

	if (r == NULL)
		return;
	buf_reset(&a->body);
	frame_begin(&fw, &a->body, from, to, false);
	for (uint64_t i = from; i < to && room; i++)
		room = all && store_payload_get(r, POS(node_own_log(liar->node), i), &p, &e) == OK ?
		    frame_payload(&fw, p.nonce, p.bytes, p.len) : frame_withheld(&fw);
	if (frame_end(&fw, &e) == OK)
		a->status = 200;
	node_reader_done(liar->node, r);
}

static void
withhold(struct world *w, struct host *to, const char *path, struct http_answer *a)
{
	static const int statuses[] = { 404, 403, 500, 503 };
	size_t n = strlen(path);
	uint64_t from, until;

	if (n > 11 && strcmp(path + n - 11, "/checkpoint") == 0) {
		if (w->old_note.len == 0 || dice_below(&w->lot, 20) == 0) {
			buf_reset(&w->old_note);
			buf_add(&w->old_note, a->body.data, a->body.len);
		} else if (dice_below(&w->lot, 3) == 0) {
			buf_reset(&a->body);
			buf_add(&a->body, w->old_note.data, w->old_note.len);
		}
	} else if (wants_payloads(path, &from, &until) && a->status == 200 && dice_below(&w->lot, 2) == 0) {
		all_or_nothing(to, from, until, false, a);
	} else if (dice_below(&w->lot, 4) == 0) {
		a->status = statuses[dice_below(&w->lot, 4)];
	}
}

static void
garble(struct world *w, struct http_answer *a)
{
	struct buf *b = &a->body;
	uint8_t some[64];

	switch (dice_below(&w->lot, 6)) {
	case 0:				/* a bit */
		if (b->len > 0)
			b->data[dice_below(&w->lot, b->len)] ^= (uint8_t)(1 << dice_below(&w->lot, 8));
		break;
	case 1:				/* the end is missing */
		b->len = (size_t)dice_below(&w->lot, b->len);
		break;
	case 2:				/* something follows */
		dice_fill(&w->lot, some, sizeof some);
		buf_add(b, some, (size_t)dice_between(&w->lot, 1, sizeof some));
		break;
	case 3:				/* nothing but noise */
		buf_reset(b);
		for (int64_t n = dice_between(&w->lot, 0, 40); n > 0; n--) {
			dice_fill(&w->lot, some, sizeof some);
			buf_add(b, some, sizeof some);
		}
		break;
	case 4:				/* another status */
		a->status = (int)dice_between(&w->lot, 0, 999);
		break;
	default:
		break;			/* for once the truth */
	}
}

void
liar_answers(struct world *w, struct host *from, struct host *to, const char *path, struct http_answer *a)
{
	uint64_t first, last;

	(void)from;
	if (!w->plot_begun)
		return;
	if (w->plot == PLOT_GENEROUS && wants_payloads(path, &first, &last) && a->status == 200)
		all_or_nothing(to, first, last, true, a);
	else if (w->plot == PLOT_WITHHOLDS)
		withhold(w, to, path, a);
	else if (w->plot == PLOT_GARBAGE)
		garble(w, a);
}

/* A request of the liar's that no honest node would send. */
void
liar_mischief(struct world *w)
{
	static const char *const paths[] = {
		"/x1/tashkent-2000/bell", "/x1/tashkent-2000/payloads", "/x1//bell", "/x1/tashkent-2000/",
		    "/log/tashkent-2000/kz/checkpoint",
		"/log/tashkent-2000/kz/tile/0/000", "/x1/tashkent-2000/payloads?from=0&to=18446744073709551615",
		"/x1/tashkent-2000/payloads?from=5&to=1", "/tile/entries/x001/000.p/256", "/control/file", "/"
	};
	struct host *liar = &w->host[w->victim];
	struct card card = { 0 };
	struct buf out = { 0 };
	struct err e;
	uint8_t body[9000];
	void *session = NULL;
	int status, to = (int)dice_below(&w->lot, MEMBERS);
	const char *path = paths[dice_below(&w->lot, sizeof paths / sizeof paths[0])];
	size_t len = (size_t)dice_below(&w->lot, sizeof body);

	if (!w->settling)
		at(w, w->now_ms + dice_wait(&w->lot, 20 * 60000), EV_MISCHIEF, w->victim, 0);
	if (to == w->victim || !host_up(liar))
		return;
	snprintf(card.member, sizeof card.member, "%s", member_codes[to]);
	dice_fill(&w->lot, body, len);
	/* What it is told does not matter: the others must bear it. */
	if (dice_below(&w->lot, 2) == 0)
		(void)liar->transport.post(liar, &session, &card, path, body, len, 65536, &status, &out, &e);
	else
		(void)liar->transport.get(liar, &session, &card, path, 1 << 20, &status, &out, &e);
	buf_free(&out);
}
