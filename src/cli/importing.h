/* An import under way: the node, the envelope that all its records share, and the record of one event. */
#ifndef CLI_IMPORTING_H
#define CLI_IMPORTING_H

#include "cli/complete.h"
#include "cli/progress.h"
#include "cli/submit.h"
#include "formats/incident.h"

#define COMPLAINTS_SHOWN 10

struct importing {
	const struct cli *cli;
	struct local look, work;	/* work.node NULL: a running node files */
	int64_t skew_ms;		/* the running node's clock minus ours */
	struct arena boot;
	struct draft frame;		/* what all records share */
	struct draft_basis basis;
	struct incident_options options;
	struct import_member country;	/* the own country and member */
	struct importer *im;
	struct submit submit;
	struct progress progress;
	bool dry;
	uint64_t limit;
	struct buf key, record;		/* of the event at hand */
	uint8_t id[RECORD_ID_BYTES];

	uint64_t read, taken, filed, already, foreign, flagged, refused, complaints;
	struct buf said;		/* the first complaints, one a line */
};

/* Open the node in ${dir} and make the shared envelope from the options. ERR_USAGE names what is missing. */
int importing_open(struct importing *x, const char *dir, struct err *e);
void importing_close(struct importing *x);
/* The record of ${ev} into x->record, its id into x->id. ERR_INPUT ... as incident_record. */
int importing_record(struct importing *x, const struct import_event *ev, struct err *e);
/* Is a record of that id held here? */
bool importing_known(const struct importing *x);

#endif
