/* Operations on what is not in the store: making a node, the next epoch, a planned change of a key. */
#ifndef TESTS_FAULT_OPS_KEYS_H
#define TESTS_FAULT_OPS_KEYS_H

#include "fault/loop.h"

/* ---- keys and folders ------------------------------------------------------------------------------------------------------- */

/* The folder of keys is a real one: as it was at the beginning. */
#define KEYS_MAX 12

static struct {
	char name[40];
	struct buf bytes;
	mode_t mode;
} saved_key[KEYS_MAX];
static size_t saved_keys;

static int
save_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	struct err e = { 0 };

	if (type != FTW_F || saved_keys == KEYS_MAX)
		return 0;
	snprintf(saved_key[saved_keys].name, sizeof saved_key[0].name, "%s", path + at->base);
	saved_key[saved_keys].mode = st->st_mode & 0777;
	node_must(file_read(path, 65536, &saved_key[saved_keys].bytes, &e), &e);
	saved_keys++;
	return 0;
}

static void
save_keys(void)
{
	nftw(in_home("kz/keys"), save_one, 4, FTW_PHYS);
}

static void
reset_keys(void)
{
	struct err e = { 0 };
	char path[500];

	home_remove(in_home("kz/keys"));
	if (mkdir(in_home("kz/keys"), 0700) != 0)
		node_must(err_set(&e, ERR_IO, "mkdir: %s", strerror(errno)), &e);
	for (size_t i = 0; i < saved_keys; i++) {
		snprintf(path, sizeof path, "%s/%s", in_home("kz/keys"), saved_key[i].name);
		node_must(file_write_new(path, saved_key[i].mode, saved_key[i].bytes.data, saved_key[i].bytes.len, &e), &e);
	}
}

static struct disk *new_disk;

static void
ops_end_keys(void)
{
	for (size_t i = 0; i < saved_keys; i++)
		buf_free(&saved_key[i].bytes);
	disk_free(new_disk);
}

/* A folder in which a node is to be made; nothing is there. */
static void
reset_new(void)
{
	home_remove(in_home("new"));
	disk_free(new_disk);
	new_disk = disk_new(in_home("new"), loop_at + 1);
}

static int
run_create(struct err *e)
{
	struct node_init in = { .dir = in_home("new"), .charter_path = CHARTER, .member = "uz", .address = "127.0.0.1:7104" };
	struct node_options o = { .dir = in.dir, .clock = &home_clock, .rng = &place_rng, .stepped = true };
	struct node *n = NULL;
	int rc;

	if (access(in.dir, F_OK) == 0)		/* the second time: what was made before is not in the way */
		reset_new();
	rc = node_create(&in, &home_clock, &place_rng, e);
	fault.paused++;
	if (rc != OK && access(in.dir, F_OK) == 0)
		bad("a making that failed leaves its folder: %s", e->text);
	if (rc == OK) {
		struct err why = { 0 };

		if (node_open(&n, &o, &why) != OK)
			bad("what was made does not open: %s", why.text);
		else if (findings_of(n) != 0)
			bad("the check finds something in what was made");
		node_close(n);
	}
	fault.paused--;
	return rc;
}

static int
run_epoch(struct err *e)
{
	struct node_options o = place_options(KZ);
	struct card card;

	int rc = node_epoch_begin(&o, e);

	return rc == OK ? node_epoch_finish(&o, &card, e) : rc;
}

static bool
may_epoch(void)
{
	return LOG_EPOCH(node_own_log(kz)) == 1;
}

/*
 * The log's key is changed by plan: the next is made, told when the node runs, and takes over at once; the start after that puts
 * its file in the place of the old one.
 */
static int
run_rotate(struct err *e)
{
	struct node_options o = place_options(KZ);
	char text[VKEY_TEXT_MAX];
	int64_t from_ms;
	int rc = node_rotate(&o, "log", 0, text, &from_ms, e);

	if (rc == ERR_CONFLICT)
		rc = OK;			/* begun the time before */
	if (rc == OK)
		rc = place_open(KZ, &kz, e);
	if (rc == OK)
		rc = kz_steps(3 * 60000, NULL, e);
	if (kz != NULL)
		kz_close();
	return rc == OK ? place_open(KZ, &kz, e) : rc;
}

/* The next key's file is gone, since it is in its place, and the key is another. */
static bool
may_rotate(void)
{
	struct buf now = { 0 };
	struct err e = { 0 };
	bool same = false;

	node_must(file_read(in_home("kz/keys/log.key"), 65536, &now, &e), &e);
	for (size_t i = 0; i < saved_keys; i++)
		same |= strcmp(saved_key[i].name, "log.key") == 0 && now.len == saved_key[i].bytes.len &&
		    memcmp(now.data, saved_key[i].bytes.data, now.len) == 0;
	buf_free(&now);
	return same || access(in_home("kz/keys/log.next.key"), F_OK) == 0;
}

#endif
