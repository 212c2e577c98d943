/* Every reason can be said, names its gate, and the sentences people will meet most read as they should. */
#include "world.h"

static struct buf out;

static const char *
explain(const struct law_record *r, struct viewer v, const struct caveats *c, int32_t as_of)
{
	struct why why;

	buf_reset(&out);
	vis(r, &v, reg, c == NULL ? &verified : c, as_of, &why);
	vis_explain(&out, "a/2024/17", r, &v, reg, &why, READER_VIEWER);
	return buf_cstr(&out);
}

static void
every_code(void)
{
	struct law_record r = sent(KIND_INCIDENT);
	struct viewer v = officer(B, b_police);

	for (int c = WHY_NONE + 1; c < WHY_COUNT; c++) {
		struct why why = { .level = LEVEL_NONE, .as_of = SENT, .count = 1 };
		char gate[16];

		why.reasons[0] = (struct reason){ .gate = 4, .ceiling = LEVEL_NONE, .code = (uint8_t)c, .a = 1,
		    .day = SENT };
		buf_reset(&out);
		vis_explain(&out, "a/1", &r, &v, reg, &why, READER_LOCAL);
		snprintf(gate, sizeof gate, "(G%d", reason_gate(&why.reasons[0], READER_LOCAL));
		ok(strncmp(buf_cstr(&out), "b-police (b) may not see a/1: ", 30) == 0 && strstr(buf_cstr(&out),
		    gate) != NULL &&
		    out.len > 45 && buf_cstr(&out)[out.len - 1] == '.' && strcmp(why_word((enum why_code)c), "?") != 0,
		    "%s: %s",
		    why_word((enum why_code)c), buf_cstr(&out));
		for (int d = WHY_NONE + 1; d < c; d++)
			if (strcmp(why_word((enum why_code)c), why_word((enum why_code)d)) == 0)
				ok(false, "%s is used twice", why_word((enum why_code)c));
	}
	is_str(why_word(WHY_COUNT), "?", "no word beyond the table");
}

static void
sentences(void)
{
	struct law_record r = sent(KIND_INCIDENT);
	struct caveats c = verified;
	struct viewer b = officer(B, b_police);

	is_str(explain(&r, node(E), NULL, SENT), "e may not see a/2024/17: not in the delivery list (G3: parties of"
	    " \"i1\" on 2024-10-04 were"
	    " a, b, c); not bound (G4: \"i1\" on 2024-10-04: NOT_PARTY); no grant to it covers this kind and body (G5:"
	    " standing OBSERVER,"
	    " level NONE). What would help: accession to \"i1\", or the originator's consent (request CONSENT_ONWARD);"
	    " an instrument that"
	    " binds both, cited in a new version, or the originator's consent (request CONSENT_ONWARD); a grant by"
	    " decision of the body.",
	    "an observer outside the list");
	is_str(explain(&r, b, NULL, SENT), "b-police (b) may see a/2024/17 in full: on the delivery list (G3); bound"
	    " (G4: \"i1\" on"
	    " 2024-10-04: BOUND).", "in full, and on what it rests");
	b.purpose = 7;
	is_str(explain(&r, b, NULL, SENT), "b-police (b) may see who sent a/2024/17, when and under which marking, but"
	    " not its text: the"
	    " declared purpose is none of its own (G8: P07). What would help: consent to further use (request"
	    " CONSENT_FURTHER_USE). Duties:"
	    " offer the request CONSENT_FURTHER_USE.", "another purpose");
	b.purpose = 1;
	r.pd = PD_IDENTIFYING;
	r.handling = HANDLING_H1;
	c.flags = CAVEAT_CONTESTED;
	is_str(explain(&r, b, &c, SENT), "b-police (b) may see a/2024/17 without its person data: holds person data,"
	    " and the right to them is"
	    " missing (G9). What would help: an officer with that right. Duties: handling H1: not in judicial"
	    " proceedings without"
	    " permission; show that its accuracy is contested.", "redacted, with duties");
	r.delete_by = SENT - 1;
	is_str(explain(&r, b, NULL, SENT), "b-police (b) may not see a/2024/17: its deletion date has passed (G13:"
	    " 2024-10-03). Besides:"
	    " holds person data, and the right to them is missing (G9). What would help: an officer with that right.",
	    "past deletion, what else stands in the way is told apart");
	r = sent(KIND_INCIDENT);
	struct law_record newer = r;
	newer.seq = 2;
	newer.tlp = TLP_RED;
	c = verified;
	c.newest = &newer;
	ok(strstr(explain(&r, b, &c, SENT), "(G7; by the marking of its newest version)") != NULL,
	    "V24 names the newest version");
	buf_free(&out);

	struct why why;
	struct law_record reply = sent(KIND_REPLY);
	struct viewer a = officer(B, b_police), t = officer(C, c_police);
	reply.onward = ONWARD_ASK;
	may_forward(&reply, &a, &t, &verified, SENT, &why);
	forward_explain(&out, "a/3", &reply, &a, &t, reg, &why);
	is_str(buf_cstr(&out), "b-police (b) may not pass a/3 on to c: only with the originator's consent. What would"
	    " help: request"
	    " CONSENT_ONWARD.", "passing on");
}

int
main(void)
{
	world();
	every_code();
	sentences();
	world_end();
	buf_free(&out);
	return tap_done();
}
