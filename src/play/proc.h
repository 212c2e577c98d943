/*
 * Other processes: nodes that run beside us, and commands that are run to their end. All are this same program, so that what
 * is played is what an operator would run. A child dies with us (PR_SET_PDEATHSIG), whatever way we end: start children from
 * a thread that lives as long as they may.
 */
#ifndef PLAY_PROC_H
#define PLAY_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define PROC_ARGS_MAX 32

struct proc {
	pid_t pid;			/* 0: not running */
	char log[4096];			/* where its output goes */
};

/* The path of this program, for argv[0] of the others. Resolved once; never NULL. */
const char *proc_self(void);

/*
 * proc_start(p, argv, env, log, err):
 * Start ${argv} (NULL-terminated, argv[0] a path) in a process group of its own. Standard output and error are appended to the file
 * ${log}, standard input is empty. ${env}: "NAME=value" to add to the environment, or NULL. ERR_IO.
 */
int proc_start(struct proc *p, const char *const *argv, const char *env, const char *log, struct err *e);

/* Still there? Collects it if it has ended; *${status} (wait(2), may be NULL) is then set. */
bool proc_alive(struct proc *p, int *status);

/* Send ${signal} and wait; after ${timeout_ms} SIGKILL. The wait status, or -1 when it was not running. */
int proc_end(struct proc *p, int signal, int timeout_ms);

struct proc_run {
	const char *const *argv;
	const char *env;		/* or NULL */
	const void *in;			/* standard input */
	size_t in_len;
	size_t max_bytes;		/* of each output; what is longer is an error */
	int timeout_ms;
	int exit;			/* filled: exit code, or 128 + signal */
	struct buf out, err;		/* filled; the caller frees them (proc_run_free) */
};
/* Run to the end. ERR_IO, ERR_LIMIT, ERR_BUSY (did not end in time; it is killed). OK whatever its exit code. */
int proc_run(struct proc_run *r, struct err *e);
void proc_run_free(struct proc_run *r);

/* Sleep; for polling only. */
void nap_ms(int ms);

#endif
