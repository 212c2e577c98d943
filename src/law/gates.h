/* The gates of law.md C1, one function each; not for other rooms. */
#ifndef LAW_GATES_H
#define LAW_GATES_H

#include "law/vis.h"

struct look {
	const struct law_record *r;
	const struct viewer *v;
	const struct registry *reg;
	const struct caveats *c;
	int32_t as_of;
	bool newest;			/* r is the newest version, looked at for the sake of an older one */
	struct why *why;
};

/* Append a reason and give its ceiling back. Reasons past WHY_MAX are dropped: the level is right without them. */
enum level gate_note(const struct look *x, int gate, enum level ceiling, enum why_code code, int32_t a, int32_t day,
    enum binding status);

static inline enum level
gate_say(const struct look *x, int gate, enum level ceiling, enum why_code code)
{
	return gate_note(x, gate, ceiling, code, LAW_NONE, x->as_of, BINDING_NOT_PARTY);
}

/* Every enumeration of record, viewer and caveats is one this version knows. */
bool gate_values_known(const struct law_record *r, const struct viewer *v, const struct caveats *c);

enum level gate_integrity(const struct look *x);	/* G1 */
enum level gate_state(const struct look *x);		/* G2 */
enum level gate_audience(const struct look *x);		/* G3 */
enum level gate_basis(const struct look *x);		/* G4 */
enum level gate_status(const struct look *x);		/* G5 */
enum level gate_class(const struct look *x);		/* G6 */
enum level gate_tlp(const struct look *x);		/* G7 */
enum level gate_competence(const struct look *x);	/* G8 */
enum level gate_person_data(const struct look *x);	/* G9 */
enum level gate_receiver(const struct look *x);		/* G10 */
enum level gate_restriction(const struct look *x);	/* G11 */
enum level gate_protection(const struct look *x);	/* G12 */
enum level gate_retention(const struct look *x);	/* G13 */
enum level gate_mode(const struct look *x);		/* G14 */

/* A consent by the originator that lets ${member} have what record ${x->r} says, for all its purposes, on ${day}. */
bool consent_covers(const struct consent *k, const struct law_record *r, int member, uint32_t purposes, int32_t day);

#endif
