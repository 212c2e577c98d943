/* Time, events, hosts. */
#include "sim/world.h"

#include <assert.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypt/crypt.h"

#define CHARTER_FILE "charters/tashkent-2000.yaml"
#define WORLD_START_MS INT64_C(1577872800000)	/* 2020-01-01T10:00:00Z */
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
/* between steps of a node to which nothing happens: pretend machines are slow, and save us time */
#define IDLE_MS (8 * HOUR)
#define EAGER_STEPS 3

const char *const member_codes[MEMBERS] = { "kz", "kg", "tj", "uz", "tm" };
const char *const member_authorities[MEMBERS] = { "kz-competent", "kg-competent", "tj-competent", "uz-competent", "tm-competent" };

struct vkey member_keys[MEMBERS];

static struct {				/* what all worlds start from */
	char dir[200];
	struct disk_image *image[MEMBERS];
	char pin[MEMBERS][80];
} origin;

const char *
plot_word(enum plot p)
{
	static const char *const words[PLOT_COUNT] = {
		"none", "lying disk", "old image", "clone", "two faces", "withholds", "generous", "garbage"
	};

	return words[p];
}

/* ---- saying what happens ---- */

__attribute__((format(printf, 2, 0))) static void
write_line(struct world *w, const char *fmt, va_list ap)
{
	char line[1200];
	uint64_t h = w->out.fingerprint;
	size_t len = strlen(origin.dir);
	char *folder;
	int n;

	vsnprintf(line, sizeof line, fmt, ap);
	while (len > 0 && (folder = strstr(line, origin.dir)) != NULL)	/* its name is new in every process */
		memmove(folder, folder + len, strlen(folder + len) + 1);
	n = (int)strlen(line);
	h = (h ^ (uint64_t)(w->now_ms - w->start_ms)) * UINT64_C(0x100000001b3);
	for (int i = 0; i < n; i++)
		h = (h ^ (unsigned char)line[i]) * UINT64_C(0x100000001b3);
	w->out.fingerprint = h;
	if (w->o.trace != NULL)
		fprintf(w->o.trace, "%12.3f  %s\n", (double)(w->now_ms - w->start_ms) / 1000, line);
}

void
note(struct world *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(w, fmt, ap);
	va_end(ap);
}

void
violated(struct world *w, const char *checker, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	note(w, "VIOLATED %s: %s", checker, text);
	if (strstr(w->out.broken, checker) == NULL) {
		size_t n = strlen(w->out.broken);

		snprintf(w->out.broken + n, sizeof w->out.broken - n, "%s%s", n > 0 ? " " : "", checker);
	}
	if (w->out.violations++ == 0)
		snprintf(w->out.first, sizeof w->out.first, "%s: %s", checker, text);
}

/* ---- events: a heap ---- */

static bool
sooner_than(const struct event *a, const struct event *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void
swap_events(struct event *a, struct event *b)
{
	struct event x = *a;

	*a = *b;
	*b = x;
}

void
at_event(struct world *w, struct event e)
{
	size_t i = w->queued++;

	if (w->queued > w->queue_cap) {
		w->queue_cap = w->queue_cap == 0 ? 256 : w->queue_cap * 2;
		w->queue = realloc(w->queue, w->queue_cap * sizeof *w->queue);
		assert(w->queue != NULL);
	}
	e.order = w->order++;
	w->queue[i] = e;
	for (; i > 0 && sooner_than(&w->queue[i], &w->queue[(i - 1) / 2]); i = (i - 1) / 2)
		swap_events(&w->queue[i], &w->queue[(i - 1) / 2]);
}

void
at(struct world *w, int64_t at_ms, enum event_kind kind, int host, int other)
{
	at_event(w, (struct event){ .at_ms = at_ms, .kind = kind, .host = host, .other = other });
}

static struct event
next_event(struct world *w)
{
	struct event first = w->queue[0];
	size_t i = 0, child;

	w->queue[0] = w->queue[--w->queued];
	while ((child = 2 * i + 1) < w->queued) {
		if (child + 1 < w->queued && sooner_than(&w->queue[child + 1], &w->queue[child]))
			child++;
		if (!sooner_than(&w->queue[child], &w->queue[i]))
			break;
		swap_events(&w->queue[child], &w->queue[i]);
		i = child;
	}
	return first;
}

static void
message_free(struct message *m)
{
	if (m != NULL)
		buf_free(&m->body);
	free(m);
}

/* ---- hosts ---- */

static int64_t
world_now(void *ctx)
{
	return ((const struct world *)ctx)->now_ms;
}

static int64_t
host_now(void *ctx)
{
	const struct host *h = ctx;

	return h->world->now_ms + h->skew_ms;
}

static void
host_random(void *ctx, void *out, size_t len)
{
	dice_fill(&((struct host *)ctx)->dice, out, len);
}

struct host *
host_of(struct world *w, int member)
{
	return &w->host[member];
}

bool
host_up(const struct host *h)
{
	return h->node != NULL && !disk_crashed(h->disk);
}

bool
host_honest(const struct world *w, const struct host *h)
{
	return w->o.blind || w->plot == PLOT_NONE || h->member != w->host[w->victim].member;
}

static void
plan_step(struct world *w, struct host *h, int64_t in_ms)
{
	at_event(w, (struct event){ .at_ms = w->now_ms + in_ms, .kind = EV_STEP, .host = h->number, .turn = ++h->step_turn });
}

void
host_soon(struct world *w, struct host *h)
{
	if (h->eager < EAGER_STEPS) {
		h->eager = EAGER_STEPS;
		plan_step(w, h, dice_between(&w->net_dice, 1, 3000));
	}
}

void
host_boot(struct world *w, struct host *h)
{
	struct node_options o = {
		.dir = h->dir, .clock = &h->clock, .rng = &h->rng, .stepped = true,
		.guarded = !w->o.unguarded, .clock_trusted = true
	};
	struct err e = { 0 };
	int rc;

	if (h->node != NULL || h->gone)
		return;
	rc = node_open(&h->node, &o, &e);
	if (rc == OK && (rc = node_sync_start(h->node, &h->transport, &e)) != OK) {
		node_close(h->node);
		h->node = NULL;
	}
	note(w, "%d %s starts: %s", h->number, member_codes[h->member], rc == OK ? "runs" : e.text);
	if (rc == OK) {
		host_soon(w, h);
		return;
	}
	h->node = NULL;
	if (disk_crashed(h->disk)) {
		host_fall(w, h, LOSS_POWER, dice_wait(&w->lot, 10 * MINUTE));
	} else if (!w->settling && (rc == ERR_IO || rc == ERR_FULL)) {
		/* a bad disk; the operator tries again */
		at(w, w->now_ms + dice_wait(&w->lot, 10 * MINUTE), EV_BOOT, h->number, 0);
	} else {
		h->gone = true;
		if (host_honest(w, h))
			violated(w, "start", "%s does not start again: %s", member_codes[h->member], e.text);
	}
}

void
host_fall(struct world *w, struct host *h, enum disk_loss loss, int64_t down_ms)
{
	note(w, "%d %s falls (%s)", h->number, member_codes[h->member], loss == LOSS_KILL ? "killed" : "no power");
	disk_crash(h->disk);		/* nothing that closing still tries to write may reach it */
	node_close(h->node);
	h->node = NULL;
	h->calls_left = 0;
	h->eager = 0;			/* so that its next start plans steps again */
	h->step_turn++;
	forget_bells(w, h->member);
	disk_reboot(h->disk, loss);
	w->out.crashes++;
	if (down_ms > 0)
		at(w, w->now_ms + down_ms, EV_BOOT, h->number, 0);
}

/* After anything was done at a host: has it died of it? */
static void
look_after(struct world *w, struct host *h, int rc, const struct err *e)
{
	if (h->node == NULL)
		return;
	if (disk_crashed(h->disk)) {
		host_fall(w, h, dice_below(&w->lot, 3) == 0 ? LOSS_KILL : LOSS_POWER, dice_wait(&w->lot, 10 * MINUTE));
	} else if (rc != OK) {
		note(w, "%d %s stops: %s", h->number, member_codes[h->member], e->text);
		host_fall(w, h, LOSS_POWER, dice_wait(&w->lot, 10 * MINUTE));
	}
}

void
host_step(struct world *w, struct host *h)
{
	struct guard_status guard;
	struct err e = { 0 };
	int64_t next;
	int rc;

	if (h->node == NULL)
		return;
	rc = node_step(h->node, &next, &e);
	look_after(w, h, rc, &e);
	if (h->node == NULL)
		return;
	node_guard(h->node, &guard);
	if (h->eager > 0) {
		h->eager--;
		plan_step(w, h, dice_between(&w->net_dice, 300, 3000));
	} else if (guard.state == GUARD_ASKING || guard.state == GUARD_FETCHING) {
		plan_step(w, h, dice_wait(&w->net_dice, MINUTE));	/* its officers wait for it */
	} else {
		plan_step(w, h, dice_wait(&w->net_dice, IDLE_MS));
	}
}

static void
file_something(struct world *w, struct host *h)
{
	struct err e = { 0 };
	bool failed;

	if (!w->settling && host_up(h)) {
		traffic_file(w, h);
		failed = node_failed(h->node, &e);
		look_after(w, h, failed ? ERR_IO : OK, &e);
		if (h->node != NULL)
			host_soon(w, h);
	}
	if (!w->settling)
		at(w, w->now_ms + dice_wait(&w->traffic_dice, DAY_MS * (h->number < MEMBERS ? PARTIES :
		    2 * PARTIES) / w->records_a_day),
		    EV_FILE, h->number, 0);
}

/* ---- the run of time ---- */

static void
happen(struct world *w, const struct event *e)
{
	struct host *h = &w->host[e->host];

	w->out.events++;
	switch (e->kind) {
	case EV_STEP:
		if (e->turn == h->step_turn)
			host_step(w, h);
		break;
	case EV_FILE:
		file_something(w, h);
		break;
	case EV_POST:
		net_deliver(w, e->message);
		break;
	case EV_FALL:
		if (h->node != NULL && disk_crashed(h->disk))
			host_fall(w, h, LOSS_POWER, dice_wait(&w->lot, 10 * MINUTE));
		break;
	case EV_BOOT:
		host_boot(w, h);
		break;
	case EV_MISCHIEF:
		liar_mischief(w);
		break;
	case EV_LOOK:
		for (int i = 0; i < HOSTS; i++)
			if (host_up(&w->host[i]) && host_honest(w, &w->host[i]))
				check_during(w, &w->host[i]);
		break;
	default:
		troubles_event(w, e);
	}
}

static void
run_until(struct world *w, int64_t end_ms)
{
	while (w->queued > 0 && w->queue[0].at_ms <= end_ms) {
		struct event e = next_event(w);

		if (e.at_ms > w->now_ms)
			w->now_ms = e.at_ms;
		happen(w, &e);
		message_free(e.message);
	}
	if (end_ms > w->now_ms)
		w->now_ms = end_ms;
}

/*
 * All is repaired, all run, nobody files. Bells, polls and receipts take seconds; what was withheld is asked for again once a
 * day: so after two days nothing is under way any more.
 */
static void
settle(struct world *w)
{
	static const int64_t minutes[] = { 1, 6, 25 * 60, 25 * 60 + 5, 50 * 60, 50 * 60 + 5 };
	int64_t from;

	w->settling = true;
	troubles_end(w);
	note(w, "the world settles");
	from = w->now_ms;
	for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
		for (int k = 0; k < HOSTS; k++)
			if (w->host[k].node != NULL) {
				w->host[k].eager = 0;
				host_soon(w, &w->host[k]);
			}
		run_until(w, from + minutes[i] * MINUTE);
	}
}

/* ---- beginning and end ---- */

void
host_make(struct world *w, int number, int member)
{
	struct host *h = &w->host[number];
	char name[16];

	disk_free(h->disk);
	h->world = w;
	h->number = number;
	h->member = member;
	h->used = true;
	snprintf(name, sizeof name, "%s%s", member_codes[member], number < MEMBERS ? "" : "-2");
	snprintf(h->dir, sizeof h->dir, "%s/%s", origin.dir, name);
	snprintf(h->pin, sizeof h->pin, "%s", origin.pin[member]);
	h->clock = (struct clock){ host_now, h };
	h->rng = (struct rng){ host_random, h };
	h->dice = dice_of(w->o.seed, name);
	h->disk = disk_new(h->dir, w->o.seed);
	h->transport = net_transport(h);
	if (!w->o.ordinary)
		h->skew_ms = dice_between(&w->lot, -90000, 90000);
}

static void
begin(struct world *w)
{
	w->lot = dice_of(w->o.seed, "lot");
	w->net_dice = dice_of(w->o.seed, "net");
	w->traffic_dice = dice_of(w->o.seed, "traffic");
	w->sqlite_dice = dice_of(w->o.seed, "sqlite");
	w->start_ms = w->now_ms = WORLD_START_MS + dice_between(&w->lot, 0, DAY_MS);
	w->out.hours = w->o.hours > 0 ? w->o.hours : 24 * (int)dice_between(&w->lot, 1, 4);
	w->records_a_day = w->o.records_a_day > 0 ? w->o.records_a_day : (int)dice_between(&w->lot, 4, 16);
	w->end_ms = w->start_ms + w->out.hours * HOUR;
	w->clock = (struct clock){ world_now, w };
	disk_environment(&w->clock, &w->sqlite_dice);
	for (int i = 0; i < MEMBERS; i++) {
		host_make(w, i, i);
		disk_load(w->host[i].disk, origin.image[i]);
		host_boot(w, &w->host[i]);
	}
	for (int i = 0; i < PARTIES; i++)
		at(w, w->now_ms + dice_wait(&w->traffic_dice, DAY_MS * PARTIES / w->records_a_day), EV_FILE, i, 0);
	for (int64_t t = w->start_ms + DAY_MS / 2; t < w->end_ms; t += DAY_MS)
		at(w, t, EV_LOOK, 0, 0);
	if (!w->o.ordinary)
		troubles_begin(w);
	w->out.plot = w->plot;
	note(w, "seed %" PRIu64 ": %d hours, %d records a day, plot: %s (%s)", w->o.seed, w->out.hours, w->records_a_day,
	    plot_word(w->plot),
	    member_codes[w->host[w->victim].member]);
}

static void
end(struct world *w)
{
	for (int i = 0; i < HOSTS && w->host[i].disk != NULL; i++) {
		node_close(w->host[i].node);
		w->out.torn += disk_torn(w->host[i].disk);
		disk_free(w->host[i].disk);
	}
	for (size_t i = 0; i < w->queued; i++)
		message_free(w->queue[i].message);
	free(w->queue);
	free(w->ledger);
	free(w->seen);
	buf_free(&w->old_note);
	disk_image_free(w->image);
	disk_environment(&clock_system, NULL);
}

void
sim_run(const struct world_options *o, struct outcome *out)
{
	struct world *w = calloc(1, sizeof *w);

	assert(w != NULL && origin.image[0] != NULL);
	w->o = *o;
	w->out.fingerprint = UINT64_C(0xcbf29ce484222325);
	begin(w);
	run_until(w, w->end_ms);
	settle(w);
	if (o->relapse) {
		host_fall(w, &w->host[0], LOSS_KILL, 0);
		disk_load(w->host[0].disk, origin.image[0]);
		host_boot(w, &w->host[0]);
	}
	check_end(w);
	note(w, "the end: %" PRIu64 " events, %" PRIu64 " calls, %zu filed, %" PRIu64 " crashes", w->out.events, w->out.calls,
	    w->filed,
	    w->out.crashes);
	end(w);
	*out = w->out;
	free(w);
}

/* ---- the nodes that all worlds start from ---- */

static void
setup_must(int rc, const struct err *e)
{
	if (rc == OK)
		return;
	fprintf(stderr, "the simulation cannot be set up: %s\n", e->text);
	exit(2);
}

static void
pair_all(struct host *h)
{
	struct card card[MEMBERS];
	struct err e = { 0 };

	for (int i = 0; i < MEMBERS; i++) {
		node_card(h[i].node, &card[i]);
		snprintf(origin.pin[i], sizeof origin.pin[i], "%s", card[i].tls_pin);
		setup_must(vkey_parse(&member_keys[i], card[i].vkey, strlen(card[i].vkey), &e), &e);
	}
	for (int i = 0; i < MEMBERS; i++)
		for (int k = 0; k < MEMBERS; k++)
			if (i != k)
				setup_must(node_pair(h[i].node, &card[k], &e), &e);
}

/* A folder for ${member}'s clone, should it get one: with the same keys, and the empty file that every store has there. */
static void
make_clone_folder(int member)
{
	char dir[300], keys[400], link_to[40];
	struct err e;
	FILE *f = NULL;

	snprintf(dir, sizeof dir, "%s/%s-2", origin.dir, member_codes[member]);
	snprintf(keys, sizeof keys, "%s/keys", dir);
	snprintf(link_to, sizeof link_to, "../%s/keys", member_codes[member]);
	if (mkdir(dir, 0700) == 0 && symlink(link_to, keys) == 0) {
		snprintf(keys, sizeof keys, "%s/diwan.db", dir);
		f = fopen(keys, "wb");
	}
	if (f == NULL || fclose(f) != 0)
		setup_must(err_set(&e, ERR_IO, "%s cannot be made", dir), &e);
}

void
sim_setup(void)
{
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	struct world *w = calloc(1, sizeof *w);
	struct err e = { 0 };
	char address[40];

	assert(w != NULL);
	setup_must(crypt_init(&e), &e);
	disk_register();
	snprintf(origin.dir, sizeof origin.dir, "%s/simXXXXXX", tmp);
	if (mkdtemp(origin.dir) == NULL)
		setup_must(err_set(&e, ERR_IO, "no folder under %s can be made", tmp), &e);
	w->now_ms = w->start_ms = WORLD_START_MS;
	w->clock = (struct clock){ world_now, w };
	w->sqlite_dice = dice_of(0, "sqlite");
	disk_environment(&w->clock, &w->sqlite_dice);
	w->o.ordinary = true;
	for (int i = 0; i < MEMBERS; i++) {
		struct host *h = &w->host[i];
		struct node_init in = { .dir = h->dir, .charter_path = CHARTER_FILE, .member = member_codes[i],
		    .address = address };
		struct node_options o = { .dir = h->dir, .clock = &h->clock, .rng = &h->rng, .stepped = true };

		host_make(w, i, i);
		snprintf(address, sizeof address, "127.0.0.1:%d", 7101 + i);
		setup_must(node_create(&in, &h->clock, &h->rng, &e), &e);
		setup_must(node_open(&h->node, &o, &e), &e);
		make_clone_folder(i);
	}
	pair_all(w->host);
	for (int i = 0; i < MEMBERS; i++) {
		node_close(w->host[i].node);
		origin.image[i] = disk_save(w->host[i].disk);
		disk_free(w->host[i].disk);
	}
	disk_environment(&clock_system, NULL);
	free(w);
}

static int
remove_path(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

void
sim_teardown(void)
{
	for (int i = 0; i < MEMBERS; i++) {
		disk_image_free(origin.image[i]);
		origin.image[i] = NULL;
	}
	nftw(origin.dir, remove_path, 16, FTW_DEPTH | FTW_PHYS);
}
