/*
 * Damaged bytes: a file of a store that a disk, a cable or a hand has changed somewhere (docs/faults.md 4). By a seed: a byte is
 * flipped, a run of bytes is overwritten, a page becomes zeros or another page's bytes, the file ends too soon.
 *
 *   C1  Whatever the bytes are, opening, checking, filing and answering a peer end: with an answer or with an error and a sentence.
 *   C2  If the node opens and its check finds nothing, every payload that it holds is what was filed.
 *   C3  A peer that fetches everything from the damaged node keeps nothing that is not what was filed.
 *   C4  The damaged node signs no second history: what it has signed agrees, up to the size before the damage, with the root
 *   before it.
 */
#include "exchange/stored.h"
#include "fault/loop.h"

#define USUAL 160
#define TEXTS_MAX 32

static struct buf texts[TEXTS_MAX];	/* of kz's log, by index; empty: none is held */
static struct digest root_before;
static struct node *kg;
static struct transport kg_line;
static uint64_t not_opened, found, unseen, filed_after;

/* ---- what was there ------------------------------------------------------------------------------------------------------- */

static int
remember(void *ctx, const struct payload *p)
{
	(void)ctx;
	if (POS_INDEX(p->pos) < TEXTS_MAX)
		buf_add(&texts[POS_INDEX(p->pos)], p->bytes, p->len);
	return 0;
}

struct comparing {
	uint64_t wrong, same;
};

static int
compare(void *ctx, const struct payload *p)
{
	struct comparing *c = ctx;
	uint64_t i = POS_INDEX(p->pos);

	if (i >= place_own_size)
		return 0;		/* filed after the damage */
	if (texts[i].len == p->len && memcmp(texts[i].data, p->bytes, p->len) == 0)
		c->same++;
	else
		c->wrong++;
	return 0;
}

/* Payloads of kz's log that ${n} holds and that are not what was filed; a reading that fails stops the looking. */
static uint64_t
wrong_payloads(struct node *n)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(n, &e);
	struct comparing c = { 0, 0 };

	if (r == NULL)
		return 0;
	if (store_payload_scan(r, POS(LOG_NO(KZ, 1), 0), POS(LOG_NO(KZ, 1) + 1, 0), compare, &c, &e) < 0 && e.text[0] == '\0')
		bad("a failed reading without a sentence");
	node_reader_done(n, r);
	return c.wrong;
}

/* ---- damage --------------------------------------------------------------------------------------------------------------- */

static void
damage(uint64_t seed)
{
	struct disk_file *f = disk_find(place_disk[KZ], in_home("kz/diwan.db"));
	struct dice d = dice_of(seed, "damage");
	size_t page = 8192, at, pages, run;

	if (f == NULL || f->now.len < 2 * page) {
		printf("Bail out! there is no file to damage\n");
		exit(1);
	}
	pages = f->now.len / page;
	at = (size_t)dice_below(&d, pages) * page;
	switch (dice_below(&d, 6)) {
	case 0:
		memset(f->now.p + at, 0, page);
		break;
	case 1:
		memmove(f->now.p + at, f->now.p + (size_t)dice_below(&d, pages) * page, page);
		break;
	case 2:
		bytes_size(&f->now, (size_t)dice_below(&d, f->now.len));
		break;
	case 3:
		run = 1 + (size_t)dice_below(&d, 64);
		dice_fill(&d, f->now.p + at + (size_t)dice_below(&d, page - run), run);
		break;
	default:		/* where there is something: near the ends of the page */
		at += dice_below(&d, 2) == 0 ? (size_t)dice_below(&d, 120) : page - 1 - (size_t)dice_below(&d, 2000);
		f->now.p[at] ^= (uint8_t)(1u << dice_below(&d, 8));
	}
}

/* ---- an attempt ----------------------------------------------------------------------------------------------------------- */

static void
count_finding(void *ctx, const char *text)
{
	(void)text;
	++*(uint64_t *)ctx;
}

/* C1, C2 */
static void
look(void)
{
	struct err e = { 0 };
	uint64_t count = 0, heard = 0;
	int rc = node_check(kz, count_finding, NULL, &heard, &count, &e);

	if (rc != OK && e.text[0] == '\0')
		bad("the check fails without a sentence");
	if (rc == OK && count == 0) {
		unseen++;
		if (wrong_payloads(kz) > 0)
			bad("nothing is found, and a payload is not what was filed");
	} else {
		found++;
	}
}

static void
file_one(void)
{
	struct draft d = incident_of(KZ);
	struct err e = { 0 };
	int rc = file_draft(kz, &d, home_body, NULL, &e);

	filed_after += rc == OK;
	if (rc != OK && e.text[0] == '\0')
		bad("filing fails without a sentence");
}

/* C3, C4: as kg sees it. */
static void
fetch(void)
{
	struct err e = { 0 };
	struct store_reader *r;
	struct log_row row;
	struct digest root;
	int64_t end = home_now(NULL) + 2 * 60000, next;

	node_must(node_sync_start(kg, &kg_line, &e), &e);
	while (home_now(NULL) < end) {
		node_must(node_step(kg, &next, &e), &e);
		atomic_store(&home_now_ms, next <= home_now(NULL) ? home_now(NULL) + 1 : next < end ? next : end);
	}
	if (wrong_payloads(kg) > 0)
		bad("a peer keeps a payload that was not filed");
	r = node_reader(kg, &e);
	node_must(r == NULL ? e.code : store_log_get(r, LOG_NO(KZ, 1), &row, &e), &e);
	if (row.frozen)
		bad("two histories were signed");
	if (row.size >= place_own_size) {
		node_must(stored_root(r, &row, place_own_size, &root, &e), &e);
		if (!hash_equal(&root, &root_before))
			bad("another history was signed");
	}
	node_reader_done(kg, r);
}

static void
kg_close(void)
{
	struct node *n = kg;

	kg = net.end[KG].node = NULL;
	node_close(n);
}

static void
attempt_damaged(uint64_t seed)
{
	struct err e = { 0 };

	loop_at = seed;
	place_reset(seed);
	disk_load(place_disk[KG], place_image[KG]);
	damage(seed);
	if (place_open(KZ, &kz, &e) != OK) {
		not_opened++;
		kz = NULL;
		if (e.text[0] == '\0')
			bad("it does not open, without a sentence");
		return;
	}
	look();
	file_one();
	(void)kz_steps(1000, NULL, &e);
	if ((kg = net.end[KG].node) == NULL)
		node_must(place_open(KG, &kg, &e), &e);
	fetch();
	kg_close();
	kz_close();
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------ */

static const int codes_none[] = { OK };
static const struct trouble damaged = { "damaged", 0, FAULT_ONCE, false, false, codes_none };

int
main(void)
{
	static const struct op op = { .name = "bytes" };
	uint64_t count = loop_limit(USUAL);
	struct err e = { 0 };
	struct store_reader *r;
	struct log_row row;

	place_setup();
	kg = net.end[KG].node;
	kg_line = place_line;
	kg_line.ctx = &net.end[KG];
	kg_close();
	kz_open();
	r = node_reader(kz, &e);
	node_must(store_payload_scan(r, POS(LOG_NO(KZ, 1), 0), POS(LOG_NO(KZ, 1) + 1, 0), remember, NULL, &e), &e);
	node_reader_done(kz, r);
	row = kz_log(KZ);
	memcpy(root_before.b, row.root, sizeof root_before.b);
	kz_close();
	loop_op = &op;
	loop_kind = &damaged;
	for (uint64_t seed = 1; seed <= (count == 0 ? 3000 : count) && loop_bad < SAID_MAX; seed++)
		attempt_damaged(seed);
	ok(loop_bad == 0, "damaged files lead nobody astray");
	ok(not_opened > 0 && found > 0 && filed_after > 0, "%" PRIu64 " did not open, %" PRIu64 " were found by the check, %" PRIu64
	    " harm nothing that is checked; %" PRIu64 " went on filing", not_opened, found, unseen, filed_after);
	for (int i = 0; i < TEXTS_MAX; i++)
		buf_free(&texts[i]);
	place_end();
	return tap_done();
}
