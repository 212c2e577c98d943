/* What goes wrong in a world: which troubles it has is drawn at its beginning, when each strikes as it goes. */
#include <stdio.h>
#include <string.h>

#include "sim/world.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

#define NEVER 0

static void
plan(struct world *w, int64_t mean, enum event_kind kind)
{
	int64_t t = w->now_ms + dice_wait(&w->lot, mean);

	if (mean != NEVER && t < w->end_ms)
		at(w, t, kind, 0, 0);
}

static int64_t
one_of(struct world *w, const int64_t *choices, size_t count)
{
	return choices[dice_below(&w->lot, count)];
}

static void
draw_network(struct world *w)
{
	static const uint32_t levels[] = { 0, 2000, 20000, 100000 };
	uint32_t level = levels[dice_below(&w->lot, sizeof levels / sizeof levels[0])];

	w->lose_ppm = level;
	w->lose_answer_ppm = level / 2;
	w->cut_answer_ppm = level / 2;
	w->late_ppm = level * 2;
	w->double_ppm = level * 2;
}

void
troubles_begin(struct world *w)
{
	static const int64_t crash[] = { NEVER, 2 * DAY_MS, 8 * HOUR, 2 * HOUR };
	static const int64_t cut[] = { NEVER, DAY_MS, 5 * HOUR };
	static const int64_t bad[] = { NEVER, NEVER, DAY_MS, 8 * HOUR };

	draw_network(w);
	w->mean_ms.crash = one_of(w, crash, sizeof crash / sizeof crash[0]);
	w->mean_ms.cut = one_of(w, cut, sizeof cut / sizeof cut[0]);
	w->mean_ms.bad_disk = one_of(w, bad, sizeof bad / sizeof bad[0]);
	plan(w, w->mean_ms.crash, EV_CRASH);
	plan(w, w->mean_ms.cut, EV_CUT);
	plan(w, w->mean_ms.bad_disk, EV_DISK_BAD);
	w->victim = (int)dice_below(&w->lot, PARTIES);
	w->plot = dice_below(&w->lot, 2) == 0 ? PLOT_NONE : (enum plot)dice_between(&w->lot, 1, PLOT_COUNT - 1);
	if (w->o.plot != PLOT_NONE)
		w->plot = w->o.plot;
	if (w->plot == PLOT_NONE)
		return;
	at(w, dice_between(&w->lot, w->start_ms, w->start_ms + (w->end_ms - w->start_ms) / 2), EV_PLOT, w->victim, 0);
}

/* ---- crashes ---- */

/* Now; or in the middle of one of the next writes; or while it waits for the network. */
static void
crash(struct world *w)
{
	struct host *h = &w->host[dice_below(&w->lot, w->host[MEMBERS].used ? HOSTS : MEMBERS)];

	plan(w, w->mean_ms.crash, EV_CRASH);
	if (!host_up(h))
		return;
	switch (dice_below(&w->lot, 4)) {
	case 0:
		host_fall(w, h, dice_below(&w->lot, 2) == 0 ? LOSS_KILL : LOSS_POWER, dice_wait(&w->lot, 30 * MINUTE));
		break;
	case 1:
		h->calls_left = (uint64_t)dice_between(&w->lot, 1, 12);
		break;
	default:
		disk_crash_after(h->disk, (uint64_t)dice_between(&w->lot, 1, 60));
	}
}

/* ---- partitions: some hosts do not hear the others, one way or both ---- */

static void
cut(struct world *w)
{
	uint32_t side = (uint32_t)dice_between(&w->lot, 1, (1 << HOSTS) - 2);
	bool both = dice_below(&w->lot, 3) != 0;

	note(w, "partition %x%s", side, both ? "" : " (one way)");
	for (int a = 0; a < HOSTS; a++)
		for (int b = 0; b < HOSTS; b++)
			if ((side >> a & 1) != (side >> b & 1))
				w->cut[a][b] = both || (side >> a & 1) != 0;
	at(w, w->now_ms + dice_wait(&w->lot, 2 * HOUR), EV_HEAL, 0, 0);
}

static void
heal(struct world *w)
{
	note(w, "partition healed");
	memset(w->cut, 0, sizeof w->cut);
	if (!w->settling)
		plan(w, w->mean_ms.cut, EV_CUT);
}

/* ---- disks ---- */

static void
disk_goes_bad(struct world *w)
{
	int i = (int)dice_below(&w->lot, MEMBERS);
	bool full = dice_below(&w->lot, 2) == 0;
	struct disk_habits bad = { .io_error_ppm = full ? 0 : 50000, .full_ppm = full ? 700000 : 0 };

	note(w, "disk of %s: %s", member_codes[i], full ? "full" : "errors");
	disk_set(w->host[i].disk, &bad);
	at(w, w->now_ms + dice_wait(&w->lot, HOUR), EV_DISK_GOOD, i, 0);
}

static void
disk_goes_well(struct world *w, struct host *h)
{
	static const struct disk_habits good;

	note(w, "disk of %s: good again", member_codes[h->member]);
	disk_set(h->disk, &good);
	if (!w->settling)
		plan(w, w->mean_ms.bad_disk, EV_DISK_BAD);
}

/* ---- plots ---- */

/* The clone's machine has the victim's keys: its folder holds a link to them (sim_setup). */
static void
clone_starts(struct world *w)
{
	struct host *v = &w->host[w->victim], *c = &w->host[MEMBERS];

	host_make(w, MEMBERS, v->member);
	disk_load(c->disk, w->image);
	do
		w->faces = (uint32_t)dice_between(&w->lot, 1, (1 << PARTIES) - 1) & ~(1u << v->member);
	while (w->faces == 0);
	note(w, "%s is cloned; the clone answers %x", member_codes[v->member], w->faces);
	host_boot(w, c);
	at(w, w->now_ms + dice_wait(&w->traffic_dice, 4 * HOUR), EV_FILE, MEMBERS, 0);
}

/* The operator of a machine that was set back lets it go on, once it has fetched back what it can. */
static void
resume(struct world *w, struct host *v)
{
	struct guard_status s = { .state = GUARD_OPEN };
	struct err e = { 0 };
	int rc = OK;

	if (host_up(v)) {
		node_guard(v->node, &s);
		if (s.state == GUARD_HELD)
			rc = node_resume(v->node, &e);
		note(w, "the operator of %s looks: %s%s%s", member_codes[v->member], guard_word(s.state), rc == OK ? "" : ": ",
		    e.text);
	}
	if (!w->settling)
		at(w, w->now_ms + dice_wait(&w->lot, 2 * HOUR), EV_RESUME, w->victim, 0);
}

static void
second_act(struct world *w, struct host *v)
{
	static const struct disk_habits good;

	if (w->plot == PLOT_OLD_IMAGE || w->plot == PLOT_LYING_DISK)
		note(w, "%s: %s", member_codes[v->member], w->plot == PLOT_OLD_IMAGE ? "an old image is restored" :
		    "the disk has lied");
	guard_before_setback(w);
	at(w, w->now_ms + dice_wait(&w->lot, 2 * HOUR), EV_RESUME, w->victim, 0);
	if (v->node != NULL || w->plot == PLOT_OLD_IMAGE)
		host_fall(w, v, LOSS_POWER, 5 * MINUTE);
	if (w->plot == PLOT_OLD_IMAGE)
		disk_load(v->disk, w->image);
	disk_set(v->disk, &good);
}

static void
plot(struct world *w)
{
	static const struct disk_habits liar = { .lies = true };
	struct host *v = &w->host[w->victim];

	if (w->plot_begun && w->plot <= PLOT_OLD_IMAGE) {
		second_act(w, v);
		return;
	}
	w->plot_begun = true;
	note(w, "plot: %s (%s)", plot_word(w->plot), member_codes[v->member]);
	if (w->plot <= PLOT_OLD_IMAGE)
		at(w, w->now_ms + dice_between(&w->lot, (w->end_ms - w->start_ms) / 8, (w->end_ms - w->start_ms) / 2), EV_PLOT,
		    w->victim, 0);
	switch (w->plot) {
	case PLOT_LYING_DISK:
		disk_set(v->disk, &liar);
		break;
	case PLOT_OLD_IMAGE:
		w->image = disk_save(v->disk);
		break;
	case PLOT_CLONE:
	case PLOT_TWO_FACES:
		w->image = disk_save(v->disk);
		clone_starts(w);
		break;
	case PLOT_GARBAGE:
		at(w, w->now_ms + MINUTE, EV_MISCHIEF, w->victim, 0);
		break;
	default:
		break;
	}
}

void
troubles_event(struct world *w, const struct event *e)
{
	if (w->settling)
		return;			/* repaired already */
	switch (e->kind) {
	case EV_RESUME:
		resume(w, &w->host[w->victim]);
		break;
	case EV_CRASH:
		crash(w);
		break;
	case EV_CUT:
		cut(w);
		break;
	case EV_HEAL:
		heal(w);
		break;
	case EV_DISK_BAD:
		disk_goes_bad(w);
		break;
	case EV_DISK_GOOD:
		disk_goes_well(w, &w->host[e->host]);
		break;
	default:
		plot(w);
	}
}

void
troubles_end(struct world *w)
{
	static const struct disk_habits good;

	w->lose_ppm = w->lose_answer_ppm = w->cut_answer_ppm = w->late_ppm = w->double_ppm = 0;
	memset(w->cut, 0, sizeof w->cut);
	for (int i = 0; i < HOSTS; i++) {
		struct host *h = &w->host[i];

		if (!h->used)
			continue;
		h->calls_left = 0;
		disk_crash_after(h->disk, 0);
		if (!(w->plot == PLOT_LYING_DISK && i == w->victim))
			disk_set(h->disk, &good);
		if (h->node != NULL && disk_crashed(h->disk))
			host_fall(w, h, LOSS_POWER, 0);
		if (h->node == NULL)
			host_boot(w, h);
	}
}
