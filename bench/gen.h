/* The generators of BENCHMARKS.md, and small helpers that the programs share. */
#ifndef BENCH_GEN_H
#define BENCH_GEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "node/node.h"
#include "record/compose.h"

#define GEN_BYTES 1024

static void
die(const char *what, const struct err *e)
{
	fprintf(stderr, "%s: %s\n", what, e->text);
	exit(1);
}

/* Record ${i} of ${bytes} bytes into ${out}; ${identifiers} document numbers beside the text. */
__attribute__((unused)) static void
gen_record(struct buf *out, uint64_t i, size_t bytes, int identifiers)
{
	static const char *const words[] = { "patrol", "reported", "crossing", "near", "the", "river", "at", "night",
	    "no", "shots", "sector",
	    "returned", "livestock", "with", "protocol", "signed", "by", "both", "sides" };
	static const char *const to[] = { "kg", "kz", "tj", "uz" };
	static const struct draft_basis basis = { .instrument = "treaty", .article = "3" };
	struct buf body = { 0 }, text = { 0 };
	struct err e = { 0 };
	struct draft d;
	uint64_t k = i;

	compose_start(&d, KIND_INCIDENT);
	record_new_id(d.id, clock_now_ms(&clock_system), &rng_system);
	d.seq = 1;
	d.mechanism = "tashkent-2000";
	d.channel = "incidents";
	d.member = "kz";
	d.authority = "kz-competent";
	d.officer = "o-17";
	d.filed_at = (struct inst){ clock_now_ms(&clock_system), 300 };
	d.state = "OPEN";
	d.basis = &basis;
	d.basis_count = 1;
	d.purposes = PURPOSE_BIT(5);
	d.base = AUD_PARTIES;
	d.base_arg = "treaty";
	d.delivery = (struct draft_list){ to, 4 };
	d.tlp = d.pap = TLP_AMBER;
	d.pd = PD_COUNTS;
	buf_fmt(&text, "Report %llu", (unsigned long long)i);
	for (;;) {
		buf_reset(&body);
		buf_fmt(&body,
		    "{\"class\":\"OTHER_CRIME\",\"stage\":\"OCCURRED\",\"when\":{\"occurred_from\":\"2018-05-%02d\"},"
		    "\"response\":[{\"lang\":"
		    "\"en\",\"text\":\"patrol sent\"}],\"confidence\":\"PROBABLE\",\"impact\":\"LOW\",", 1 + (int)(i % 28));
		if (identifiers > 0) {
			buf_str(&body, "\"batches\":[{\"type\":\"DOCUMENT\",\"values\":[");
			for (int n = 0; n < identifiers; n++)
				buf_fmt(&body, "%s\"K%llu-%06d\"", n ? "," : "", (unsigned long long)i, n);
			buf_str(&body, "]}],");
		}
		buf_fmt(&body, "\"facts\":[{\"lang\":\"en\",\"text\":\"%s\"}]}", buf_cstr(&text));
		buf_reset(out);
		if (compose_record(&d, body.data, body.len, out, &e) != OK)
			die("generated record", &e);
		if (out->len >= bytes)
			break;
		for (size_t need = bytes - out->len, had = text.len; text.len < had + need && need > 8;)
			buf_fmt(&text, "%s%s", text.len ? " " : "", words[k++ % (sizeof words / sizeof words[0])]);
		if (bytes - out->len <= 8)
			buf_add(&text, "........", bytes - out->len);
	}
	buf_free(&body);
	buf_free(&text);
}

/* A new node of ${member} in "${root}/${member}". */
__attribute__((unused)) static struct node *
gen_node(const char *root, const char *member, const char *address)
{
	char dir[512];
	struct err e = { 0 };
	struct node *n = NULL;
	struct node_init in = { .dir = dir, .charter_path = "charters/tashkent-2000.yaml", .member = member, .address = address };
	struct node_options o = { .dir = dir };

	snprintf(dir, sizeof dir, "%s/%s", root, member);
	if (node_create(&in, &clock_system, &rng_system, &e) != OK)
		die("init", &e);
	if (node_open(&n, &o, &e) != OK)
		die("open", &e);
	return n;
}

__attribute__((unused)) static const char *
gen_root(void)
{
	static char root[256];

	snprintf(root, sizeof root, "%s/diwan-bench.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (mkdtemp(root) == NULL) {
		perror(root);
		exit(1);
	}
	return root;
}

/* File records ${from} .. ${to} - 1 in calls of 4,096; seconds taken, generation not counted. */
__attribute__((unused)) static double
gen_file(struct node *n, uint64_t from, uint64_t to)
{
	enum { CALL = 4096 };
	static struct buf text[CALL];
	static struct entry_job jobs[CALL];
	struct err e = { 0 };
	int64_t spent = 0;

	for (uint64_t at = from; at < to;) {
		size_t count = to - at < CALL ? (size_t)(to - at) : CALL;
		int64_t start;

		for (size_t i = 0; i < count; i++) {
			gen_record(&text[i], at + i, GEN_BYTES, 0);
			jobs[i] = (struct entry_job){ .bytes = text[i].data, .len = text[i].len };
		}
		start = monotonic_us();
		if (node_file(n, jobs, count, &e) != OK)
			die("file", &e);
		spent += monotonic_us() - start;
		for (size_t i = 0; i < count; i++)
			if (jobs[i].rc != OK)
				die("record", &jobs[i].err);
		at += count;
	}
	return (double)spent / 1e6;
}

/* Resident set of this process. */
__attribute__((unused)) static long
resident_kib(void)
{
	char line[256];
	long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kib;
}

#endif
