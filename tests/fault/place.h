/*
 * Where faults happen: two paired nodes, kz (to which they happen) and kg (which answers it), stepped, on pretend disks that are
 * put back to the same bytes before each attempt.
 *
 * kz has filed KZ_RECORDS, of which the first is to be deleted by the end of START_MS's day; kg has filed KG_RECORDS, of which
 * kz holds KZ_HOLDS. kg is never changed: what kz sends it goes nowhere.
 */
#ifndef TESTS_FAULT_PLACE_H
#define TESTS_FAULT_PLACE_H

#include "node/net.h"
#include "node/internal.h"
#include "fault/parts.h"
#include "fault/inject_vfs.h"

#define KZ_RECORDS 5
#define KZ_HOLDS 3
#define KG_RECORDS 6
#define DELETE_BY 18263			/* day of the first record: 2020-01-02 */

static struct disk *place_disk[2];
static struct disk_image *place_image[2];
static struct dice place_dice;
static int64_t place_start_ms;
static uint64_t place_own_size;		/* entries in kz's log */
static struct node *kz;			/* the node under test; NULL while it is down */
static struct transport place_line;

static void
place_bytes(void *ctx, void *out, size_t len)
{
	dice_fill(ctx, out, len);
}

static const struct rng place_rng = { place_bytes, &place_dice };

/* ---- the line to kg ------------------------------------------------------------------------------------------------------ */

static int
calm_get(void *ctx, void **session, const struct card *card, const char *path, size_t max_bytes, int *status, struct buf *out,
    struct err *e)
{
	int rc;

	fault.paused++;
	rc = net_get(ctx, session, card, path, max_bytes, status, out, e);
	fault.paused--;
	return rc;
}

static int
calm_post(void *ctx, void **session, const struct card *card, const char *path, const void *body, size_t len, size_t max_bytes,
    int *status, struct buf *out, struct err *e)
{
	(void)card, (void)path, (void)body, (void)len, (void)max_bytes, (void)out, (void)e;
	*session = ctx;
	*status = 204;
	return OK;
}

/* ---- opening, closing ----------------------------------------------------------------------------------------------------- */

static struct node_options
place_options(int who)
{
	return (struct node_options){ .dir = in_home(party_codes[who]), .clock = &home_clock, .rng = &place_rng, .stepped = true };
}

/* Open ${who}'s node; kz's line is up. */
static int
place_open(int who, struct node **out, struct err *e)
{
	struct node_options o = place_options(who);
	int rc = node_open(out, &o, e);

	if (rc == OK && who == KZ && (rc = node_sync_start(*out, &place_line, e)) != OK) {
		node_close(*out);
		*out = NULL;
	}
	net.end[who].node = rc == OK ? *out : NULL;
	return rc;
}

static void
kz_open(void)
{
	struct err e = { 0 };

	node_must(place_open(KZ, &kz, &e), &e);
}

static void
kz_close(void)
{
	struct node *n = kz;

	kz = net.end[KZ].node = NULL;
	node_close(n);
}

/* The bytes of the beginning, and its time. kz must be closed. */
static void
place_reset(uint64_t attempt)
{
	disk_load(place_disk[KZ], place_image[KZ]);
	place_dice = dice_of(attempt + 2, "place");	/* other keys than at the beginning */
	atomic_store(&home_now_ms, place_start_ms);
}

/* kz works for ${ms} of its time, or until ${enough} says so. */
static int
kz_steps(int64_t ms, bool (*enough)(void), struct err *e)
{
	int64_t end = home_now(NULL) + ms, next = 0;
	int rc = OK;

	while (rc == OK && home_now(NULL) < end) {
		rc = node_step(kz, &next, e);
		if (enough != NULL && enough())
			break;
		atomic_store(&home_now_ms, next <= home_now(NULL) ? home_now(NULL) + 1 : next < end ? next : end);
	}
	return rc;
}

/* ---- looking -------------------------------------------------------------------------------------------------------------- */

static struct log_row
kz_log(int member)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(kz, &e);
	struct log_row row;

	node_must(r == NULL ? e.code : store_log_get(r, LOG_NO(member, 1), &row, &e), &e);
	node_reader_done(kz, r);
	return row;
}

__attribute__((unused)) static bool
kz_holds(int64_t pos)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(kz, &e);
	struct payload p;
	int rc = r == NULL ? e.code : store_payload_get(r, pos, &p, &e);

	node_must(rc == ERR_NOTFOUND ? OK : rc, &e);
	node_reader_done(kz, r);
	return rc == OK;
}

__attribute__((unused)) static bool
kz_has_all_of_kg(void)
{
	return kz_log(KG).payloads_next == KG_RECORDS;
}

/* ---- making it ------------------------------------------------------------------------------------------------------------ */

static void
place_file(struct node *n, int member, int32_t delete_by)
{
	struct draft d = incident_of(member);
	struct err e = { 0 };

	if (delete_by != 0)
		d.delete_by = delete_by;
	node_must(file_draft(n, &d, home_body, NULL, &e), &e);
}

static void
place_make(int who)
{
	struct node_init in = { .dir = in_home(party_codes[who]), .charter_path = CHARTER, .member = party_codes[who],
	    .address = who == KZ ? "127.0.0.1:7101" : "127.0.0.1:7102" };
	struct err e = { 0 };

	place_disk[who] = disk_new(in.dir, 1);
	node_must(node_create(&in, &home_clock, &place_rng, &e), &e);
}

static void
place_pair(struct node *a, struct node *b)
{
	struct card card;
	struct err e = { 0 };

	node_card(b, &card);
	node_must(node_pair(a, &card, &e), &e);
}

static bool
kz_is_at_rest(void)
{
	return kz_log(KG).payloads_next == KZ_HOLDS && kz_log(KZ).size > KZ_RECORDS;
}

static void
place_setup(void)
{
	struct node *kg = NULL;
	struct err e = { 0 };
	char real[200];

	fault_setup();
	home_start();
	if (realpath(home_dir, real) == NULL) {
		printf("Bail out! %s: %s\n", home_dir, strerror(errno));
		exit(1);
	}
	snprintf(home_dir, sizeof home_dir, "%s", real);
	place_dice = dice_of(1, "place");
	disk_environment(&home_clock, &place_dice);
	net.end[KZ].who = KZ;
	net.end[KG].who = KG;
	net.end[KZ].net = net.end[KG].net = &net;
	place_line = (struct transport){ &net.end[KZ], calm_get, calm_post, net_end };
	place_make(KZ);
	place_make(KG);
	node_must(place_open(KG, &kg, &e), &e);
	kz_open();
	place_pair(kz, kg);
	place_pair(kg, kz);
	for (int i = 0; i < KZ_RECORDS; i++)
		place_file(kz, KZ, i == 0 ? DELETE_BY : 0);
	for (int i = 0; i < KZ_HOLDS; i++)
		place_file(kg, KG, 0);
	node_must(kz_steps(10 * 60000, kz_is_at_rest, &e), &e);
	place_own_size = kz_log(KZ).size;
	kz_close();
	place_start_ms = home_now(NULL);
	for (int i = KZ_HOLDS; i < KG_RECORDS; i++)
		place_file(kg, KG, 0);
	place_image[KZ] = disk_save(place_disk[KZ]);
	place_image[KG] = disk_save(place_disk[KG]);
}

static void
place_end(void)
{
	struct node *kg = net.end[KG].node;

	net.end[KG].node = NULL;
	node_close(kg);
	for (int i = 0; i < 2; i++) {
		disk_image_free(place_image[i]);
		disk_free(place_disk[i]);
	}
	home_end();
}

#endif
