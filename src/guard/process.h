/*
 * A process that gives up what it does not need (docs/guard.md section 5; OpenBSD's privilege separation is the model).
 * What each process keeps stands in processes.def and nowhere else; the functions here carry it out.
 *
 * Order, in a process with one thread: process_begin, then whatever needs files and rights (reading keys), process_user,
 * process_confine. None of it can be undone.
 */
#ifndef GUARD_PROCESS_H
#define GUARD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypt/keyfile.h"

enum process {
	PROCESS_SIGNER = 1,
	PROCESS_EVALUATOR,
	PROCESS_NODE
};

/* What was achieved. */
enum {
	GUARD_NO_NEW_PRIVS = 1,		/* no set-user-ID program gives rights back */
	GUARD_NOT_DUMPABLE = 2,		/* no core, not traceable by its own user */
	GUARD_LIMITS = 4,
	GUARD_LANDLOCK = 8,
	GUARD_SECCOMP = 16,
	GUARD_LOCKED_MEMORY = 32,	/* keys are never swapped */
	GUARD_USER = 64,		/* has changed to another user */
	GUARD_SANITIZED = 128		/* a build for tests, with longer lists */
};

#define GUARD_NOTE_MAX 400

struct guard_report {
	uint32_t achieved;		/* bits above */
	int landlock_abi;		/* version of the kernel's Landlock; 0: none */
	char note[GUARD_NOTE_MAX];	/* what is missing and why, one sentence each; "" if nothing */
};

/* Add a sentence to the note; one that no longer fits is left out. */
void process_note(struct guard_report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "signer", "evaluator", "node"; and back: 0 if the word is none of them. */
const char *process_name(enum process p);
enum process process_from(const char *word);

/*
 * process_begin(p, keep_fd, r, e):
 * The first thing a process of its own does: no core, not dumpable, files only for itself (umask 077), death with the
 * parent, SIGINT SIGTERM SIGHUP ignored, every descriptor closed but 0, 1, 2 and ${keep_fd}. Death with the parent
 * means the parent's *thread* that forked (prctl(2)): fork from one that lives as long as the child should. Errors:
 * ERR_IO.
 */
int process_begin(enum process p, int keep_fd, struct guard_report *r, struct err *e);

/*
 * process_user(user, r, e):
 * Become ${user} ("": nothing to do), with its group alone, for good; checked by trying to come back. Only root can; who
 * is that user already stays it. Errors: ERR_NOTFOUND (no such user), ERR_DENIED (not root, not that user), ERR_IO.
 */
int process_user(const char *user, struct guard_report *r, struct err *e);

/*
 * process_confine(p, dir, also, also_count, r, e):
 * The limits, Landlock and seccomp rows of ${p}, for a node's folder ${dir}, and for the calling thread and what it
 * starts afterwards only: call it while there is one thread (process_threads). The folders ${also} (or NULL) can be
 * written too. What the kernel lacks is noted in ${r}, not an error. Errors: ERR_CONFLICT (threads run), ERR_IO,
 * ERR_NOMEM. After an error the process is half confined and should end.
 */
int process_confine(enum process p, const char *dir, const char *const *also, size_t also_count, struct guard_report *r,
    struct err *e);

/* How many threads this process has; 0 if that cannot be known. */
unsigned process_threads(void);

/*
 * guard_node(dir, also, also_count, r, e):
 * Lock the node's own process in: process_confine(PROCESS_NODE, ...) and what of process_begin befits a process that
 * people start (no core, not dumpable). Call it when the store is open and has been read once (diwan.db, its -wal, -shm
 * and .lock exist), the signer runs, and before the first thread is started. Afterwards: no exec, no new process, no new
 * file at the top of ${dir} can be opened again, no key but the TLS key's files. ${also}: folders for backups, at most
 * GUARD_ALSO_MAX.
 */
#define GUARD_ALSO_MAX 8
int guard_node(const char *dir, const char *const *also, size_t also_count, struct guard_report *r, struct err *e);

/* The key files of ${p}: row ${i} from 0, false when there are no more. Paths are relative to the node's folder. */
#define PROCESS_FILE_MAX 64		/* of the names below */
bool process_key(enum process p, unsigned i, const char **file, enum keyfile_purpose *purpose, bool *must);

#endif
