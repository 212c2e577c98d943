/*
 * May this record be filed? Asked before anything is signed, and by every node of what it receives.
 */
#ifndef LAW_FILE_H
#define LAW_FILE_H

#include "law/act.h"

struct filing {
	const struct record *record;
	const struct law_record *law;	/* the same, interned */
	int own;			/* the member whose log it goes to */
	const struct law_record *previous;	/* version seq - 1; NULL when seq is 1 */
	bool received;			/* from a peer: the version before may be withheld from us, ${previous} then NULL */
	const struct law_target *target;	/* of an act of our own: what is known of the record it names; NULL: not asked */
};

/*
 * law_may_file(f, reg, err):
 * OK, or ERR_LAW (ERR_CONFLICT for a version that does not follow its previous one) with the rule and the next step. In
 * this order: own member; mechanism; version chain (kind, origin and mode never change, V23); for an act on a record whose target
 * is given, what act_check asks (law/act.h); standing; authority and
 * its MAY_FILE for every purpose; channel, its kinds and purposes; basis binds the originator on the filing day and the
 * channel's instrument is cited; data caps of every cited instrument (V34); classification mapping; delivery list equal
 * to the audience resolved on the filing day; retention; person notices. The day is that of filed_at, UTC. O(purposes +
 * bases x members).
 */
int law_may_file(const struct filing *f, const struct registry *reg, struct err *e);

#endif
