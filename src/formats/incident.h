/*
 * An imported event as an INCIDENT record (docs/format.md, kind incident). What is imported is a foreign document: it is
 * graded F6 (cannot be judged) and unverified, names its source, and repairs nothing: odd figures stay and are flagged.
 *
 *   class        OTHER with violence STATE_BASED / NON_STATE / ONE_SIDED for UCDP events: the data set says who died, not
 *                whether it was a shooting; FIRE_DISASTER with hazard EARTHQUAKE for earthquakes; OTHER for quarry blasts
 *   when         the instant where the minute is known, else the date as far as it is known; precision
 *   where        point, radius, standing (the caller's word: an import cannot know it), country, adm1, place in the
 *                source's words
 *   counts       deaths: best, low, high, by side; injured
 *   facts        the headline, unless the caller leaves it out. Headlines are public text that may name persons: a node whose rules
 *                forbid that leaves them out
 *   sources      data set and number in it; the publisher's own source where given
 *
 * The envelope is the caller's but for what follows from being an import: kind, mode REAL, state OPEN, grade F6, pd. This
 * room may not hash, so the id comes from the caller too, derived from incident_key, so that a second import finds the
 * first.
 */
#ifndef FORMATS_INCIDENT_H
#define FORMATS_INCIDENT_H

#include "base/buf.h"
#include "formats/import.h"
#include "record/compose.h"

struct incident_options {
	/* AGREED, CLAIMED_A, CLAIMED_B or UNDEMARCATED; required for events with a point */
	const char *geo_status;
	bool no_headline;		/* leave the headline out */
};

/*
 * incident_body(out, ev, options, e):
 * Append the body, one JSON object, to ${out}. ERR_INPUT where the record contract has no place for the event (years
 * before 1: its dates begin with year 1) or where an option is missing; ERR_NOMEM. Nothing is appended then. O(size
 * of the event).
 */
int incident_body(struct buf *out, const struct import_event *ev, const struct incident_options *options,
    struct err *e);

/*
 * incident_record(out, ev, options, frame, e):
 * Append the whole record: ${frame} as the caller filled it (compose_start, then id, origin, basis, audience, delivery, markings;
 * purposes 0 takes the proposal of incident_purposes), with the members named above set here. Errors as incident_body and
 * compose_record; ${out} is as before then.
 */
int incident_record(struct buf *out, const struct import_event *ev, const struct incident_options *options,
    const struct draft *frame, struct err *e);

/* PD_COUNTS if the body counts persons, else PD_NONE. */
enum pd incident_pd(const struct import_event *ev);

/*
 * P11 (disaster and rescue) for earthquakes and the like, P10 (confidence building and transparency) otherwise: a
 * proposal.
 */
uint32_t incident_purposes(const struct import_event *ev);

/*
 * What an id is derived from: data set publisher and source id, without the version ("UCDP GED" for "UCDP GED
 * 22.1"), so that the next edition of a data set meets the records of the last: "UCDP GED/363726". Appended to
 * ${out}; the caller hashes it.
 */
bool incident_key(struct buf *out, const struct import_event *ev);

#endif
