/* BENCHMARKS.md: a pouch packed and opened. */
#include <sys/stat.h>

#include "gen.h"
#include "node/pouch.h"

#define RECORDS 100000

static void
pair(struct node *a, struct node *b)
{
	struct card ca, cb;
	struct err e = { 0 };

	node_card(a, &ca);
	node_card(b, &cb);
	if (node_pair(a, &cb, &e) != OK || node_pair(b, &ca, &e) != OK)
		die("pair", &e);
}

static void
say(const char *what, int64_t start, uint64_t bytes, uint64_t file_bytes)
{
	double seconds = (double)(monotonic_us() - start) / 1e6;

	printf("%-20s %.1f MB/s of records (%d records, %.0f MB in %.2f s), %.1f MB/s of the file of %.0f MB, %ld KiB resident\n",
	    what, (double)bytes / 1e6 / seconds, RECORDS, (double)bytes / 1e6, seconds, (double)file_bytes / 1e6 / seconds,
	    (double)file_bytes / 1e6, resident_kib());
}

int
main(void)
{
	const char *root = gen_root();
	struct node *a = gen_node(root, "kz", "127.0.0.1:18311"), *b = gen_node(root, "kg", "127.0.0.1:18312");
	struct pouch_pack p = { .member = node_own(b) };
	struct pouch_told told;
	struct err e = { 0 };
	char path[512];
	int64_t start;

	snprintf(path, sizeof path, "%s/kg.age", root);
	p.path = path;
	pair(a, b);
	printf("bulk filing          %.1f MB/s of records in this run\n",
	    RECORDS * (double)GEN_BYTES / 1e6 / gen_file(a, 0, RECORDS));
	start = monotonic_us();
	if (node_pouch_pack(a, &p, &told, &e) != OK)
		die("pack", &e);
	say("pouch packed", start, (uint64_t)RECORDS * GEN_BYTES, told.file_bytes);
	start = monotonic_us();
	if (node_pouch_show(node_dir(b), path, NULL, NULL, &told, &e) != OK)
		die("show", &e);
	say("pouch checked", start, (uint64_t)RECORDS * GEN_BYTES, told.file_bytes);
	start = monotonic_us();
	if (node_pouch_open(b, path, NULL, NULL, NULL, &told, &e) != OK)
		die("open", &e);
	say("pouch opened", start, (uint64_t)RECORDS * GEN_BYTES, told.file_bytes);
	if (told.payloads != RECORDS)
		printf("only %llu records came\n", (unsigned long long)told.payloads);
	node_close(a);
	node_close(b);
	return 0;
}
