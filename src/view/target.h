/* What is known here of the record that an act names: whose it is, and who has ever had it (law/act.h). */
#ifndef VIEW_TARGET_H
#define VIEW_TARGET_H

#include "law/act.h"
#include "view/judge.h"

struct target {
	struct law_target law;
	uint32_t seq;			/* newest version known, held or erased; 0: none */
	int64_t pos;			/* of that version */
};

/*
 * target_find(j, id, a, out, err):
 * Look up ${id}: versions held, and what erasures left of those that are gone (whose log they stood in). Past recipients are the
 * members of the delivery lists of all versions held, of the originator's earlier acts on it, and whoever receipted a version. OK
 * also when nothing is known (out->law.origin == LAW_NONE). Of an id that several members use, the own record is meant, else that
 * of the first log. What out->law.law points to lives in ${a}. O(versions + acts on it), some 30 us for one.
 */
int target_find(const struct judge *j, const uint8_t id[RECORD_ID_BYTES], struct arena *a, struct target *out, struct err *e);

/* The same for the record that the CONTROL record ${r} names; nothing is known when it names none. */
int target_of(const struct judge *j, const struct record *r, struct arena *a, struct target *out, struct err *e);

#endif
