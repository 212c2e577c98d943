/* Visibility decisions a second on one core, with reasons, by kind of case. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "law/vis.h"

#define ROUNDS 2000000

static struct arena boot;

static int
must(int rc, const struct err *e)
{
	if (rc < 0) {
		fprintf(stderr, "bench_vis: %s\n", e->text);
		exit(1);
	}
	return rc;
}

/* A mechanism of 12 members and 8 instruments, everybody bound, each with one authority of six competences. */
static struct registry *
build(void)
{
	struct registry *reg = registry_new(&boot, "bench");
	struct err e = { 0 };
	char code[32];

	for (int m = 0; m < 12; m++) {
		snprintf(code, sizeof code, "m%d", m);
		must(registry_add_member(reg, code, &e), &e);
		must(registry_standing(reg, m, STANDING_MEMBER, SPAN_ALWAYS, "", &e), &e);
		snprintf(code, sizeof code, "m%d-police", m);
		must(registry_add_authority(reg, code, m, AUTH_POLICE, SPAN_ALWAYS, &e), &e);
		for (int p = 1; p <= 6; p++)
			must(registry_competence(reg, m, PURPOSE_BIT(p), KINDS_ALL, MAY_SEE, SPAN_ALWAYS, &e), &e);
	}
	for (int i = 0; i < 8; i++) {
		snprintf(code, sizeof code, "i%d", i);
		must(registry_add_instrument(reg, code, "", 0, &e), &e);
		for (int m = 0; m < 12 - i; m++)
			must(registry_binding(reg, i, m, BINDING_BOUND, SPAN_ALWAYS, "", &e), &e);
	}
	return reg;
}

static void
run(const char *name, const struct law_record *r, const struct viewer *v, const struct registry *reg, bool reasons)
{
	const struct caveats c = { .integrity = INTEGRITY_VERIFIED, .review = REVIEW_CLEARED };
	struct why why;
	uint64_t sum = 0;
	int64_t start = monotonic_us(), us;

	for (int i = 0; i < ROUNDS; i++)
		sum += (uint64_t)vis(r, v, reg, &c, 20000 + (i & 3), reasons ? &why : NULL);
	us = monotonic_us() - start;
	printf("%-44s %8.2f M/s  (level %s)\n", name, ROUNDS / (double)us, level_word((enum level)(sum / ROUNDS)));
}

int
main(void)
{
	struct registry *reg = build();
	struct law_record r = { .seq = 1, .kind = KIND_INCIDENT, .origin = 0, .filed_on = 20000, .base = AUD_PARTIES,
	    .channel = LAW_NONE,
		.base_instrument = 3, .base_body = LAW_NONE, .basis_count = 1, .purposes = PURPOSE_BIT(5),
		    .tlp = TLP_AMBER,
		.class_mapping = LAW_NONE, .review_by = INT32_MAX, .delete_by = INT32_MAX };
	struct viewer party = { .member = 7, .authority = 7, .purpose = 5 }, outside = { .member = 11, .authority = 11,
	    .purpose = 5 };
	struct viewer node = { .member = 7, .authority = LAW_NONE, .role = ROLE_NODE };

	r.basis[0] = (struct law_basis){ .type = BASIS_INSTRUMENT, .instrument = 3, .article = { "4", 1 } };
	r.delivery = law_resolve_audience(reg, &r, 20000);
	printf("visibility decisions, %d a run, one core\n", ROUNDS);
	run("a competent officer of a party, with reasons", &r, &party, reg, true);
	run("the same without reasons", &r, &party, reg, false);
	run("an officer of a member that is no party", &r, &outside, reg, true);
	run("a party's node, with reasons", &r, &node, reg, true);
	arena_free(&boot);
	return 0;
}
