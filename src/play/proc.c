#include "play/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define EXEC_FAILED 127
#define PIECE 65536u

extern char **environ;

const char *
proc_self(void)
{
	static char path[4096];
	ssize_t n;

	if (path[0] != '\0')
		return path;
	n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n <= 0)
		snprintf(path, sizeof path, "/proc/self/exe");
	else
		path[n] = '\0';
	return path;
}

void
nap_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* In the child, after fork: only what is safe there. */
static void
become(const char *const *argv, char **env, pid_t parent, int in, int out, int err)
{
	char *args[PROC_ARGS_MAX + 1];
	sigset_t none;
	size_t n = 0;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)	/* it ended before the line above */
		_exit(EXEC_FAILED);
	setpgid(0, 0);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(EXEC_FAILED);
	for (; n < PROC_ARGS_MAX && argv[n] != NULL; n++)
		memcpy(&args[n], &argv[n], sizeof args[n]);	/* execve does not write to them, but says so in no type */
	args[n] = NULL;
	if (argv[0] == NULL)
		_exit(EXEC_FAILED);
	execve(argv[0], args, env);
	_exit(EXEC_FAILED);
}

/* The environment with ${add}; the array is the caller's to free. */
static char **
environment(const char *add)
{
	size_t n = 0, k = 0, name = add == NULL ? 0 : strcspn(add, "=") + 1;
	char **env;

	while (environ[n] != NULL)
		n++;
	if ((env = calloc(n + 2, sizeof *env)) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (name == 0 || strncmp(environ[i], add, name) != 0)
			env[k++] = environ[i];
	if (add != NULL)
		memcpy(&env[k], &add, sizeof env[k]);
	return env;
}

static int
launch(const char *const *argv, const char *add, int in, int out, int err, pid_t *pid, struct err *e)
{
	char **env = environment(add);
	pid_t parent = getpid();

	if (env == NULL)
		return err_set(e, ERR_NOMEM, "no memory to start %s", argv[0]);
	if ((*pid = fork()) == 0)
		become(argv, env, parent, in, out, err);
	free(env);
	return *pid < 0 ? err_set(e, ERR_IO, "cannot start %s: %s", argv[0], strerror(errno)) : OK;
}

int
proc_start(struct proc *p, const char *const *argv, const char *env, const char *log, struct err *e)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC), out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int rc;

	snprintf(p->log, sizeof p->log, "%s", log);
	if (in < 0 || out < 0)
		rc = err_set(e, ERR_IO, "%s: %s", log, strerror(errno));
	else
		rc = launch(argv, env, in, out, out, &p->pid, e);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	if (rc != OK)
		p->pid = 0;
	return rc;
}

bool
proc_alive(struct proc *p, int *status)
{
	int st = 0;

	if (p->pid == 0)
		return false;
	if (waitpid(p->pid, &st, WNOHANG) == 0)
		return true;
	p->pid = 0;
	if (status != NULL)
		*status = st;
	return false;
}

int
proc_end(struct proc *p, int signal, int timeout_ms)
{
	int64_t until = monotonic_us() + (int64_t)timeout_ms * 1000;
	int status = -1;

	if (p->pid == 0)
		return -1;
	kill(p->pid, signal);
	while (proc_alive(p, &status)) {
		if (monotonic_us() > until)
			kill(p->pid, SIGKILL);
		nap_ms(2);
	}
	return status;
}

/* ---- commands that are run to their end ---- */

struct talk {				/* with one running command */
	struct proc_run *r;
	pid_t pid;
	int in, out, err;		/* our ends; -1 when closed */
	size_t sent;
};

static void
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
send_some(struct talk *t)
{
	size_t left = t->r->in_len - t->sent;
	const char *at = t->r->in;
	ssize_t n = left == 0 ? 0 : write(t->in, at + t->sent, left < PIECE ? left : PIECE);

	if (n > 0)
		t->sent += (size_t)n;
	if (t->sent == t->r->in_len || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(&t->in);	/* what it did not want to read is its business */
}

static int
take_some(int *fd, struct buf *b, size_t max_bytes, struct err *e)
{
	uint8_t *at = buf_room(b, PIECE);
	ssize_t n;

	if (at == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a command's output");
	n = read(*fd, at, PIECE);
	if (n > 0)
		b->len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_end(fd);
	if (b->data != NULL)
		b->data[b->len] = 0;
	return b->len > max_bytes ? err_set(e, ERR_LIMIT, "a command's output is longer than %zu bytes", max_bytes) : OK;
}

static int
converse(struct talk *t, struct err *e)
{
	int64_t until = monotonic_us() + (int64_t)t->r->timeout_ms * 1000;
	int rc = OK;

	while (t->in >= 0 || t->out >= 0 || t->err >= 0) {
		struct pollfd p[3] = { { t->in, POLLOUT, 0 }, { t->out, POLLIN, 0 }, { t->err, POLLIN, 0 } };
		int64_t left_ms = (until - monotonic_us()) / 1000;

		if (left_ms <= 0)
			return err_set(e, ERR_BUSY, "`diwan %s` did not end within %d ms", t->r->argv[1], t->r->timeout_ms);
		if (poll(p, 3, (int)left_ms) < 0 && errno != EINTR)
			return err_set(e, ERR_IO, "poll: %s", strerror(errno));
		if (t->in >= 0 && p[0].revents != 0)
			send_some(t);
		if (t->out >= 0 && p[1].revents != 0 && (rc = take_some(&t->out, &t->r->out, t->r->max_bytes, e)) != OK)
			return rc;
		if (t->err >= 0 && p[2].revents != 0 && (rc = take_some(&t->err, &t->r->err, t->r->max_bytes, e)) != OK)
			return rc;
	}
	return OK;
}

int
proc_run(struct proc_run *r, struct err *e)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 }, status = 0, rc;
	struct talk t = { r, 0, -1, -1, -1, 0 };

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
		rc = err_set(e, ERR_IO, "cannot make a pipe: %s", strerror(errno));
	else
		rc = launch(r->argv, r->env, in[0], out[1], err[1], &t.pid, e);
	close_end(&in[0]);
	close_end(&out[1]);
	close_end(&err[1]);
	t.in = in[1];
	t.out = out[0];
	t.err = err[0];
	if (rc == OK) {
		fcntl(t.in, F_SETFL, O_NONBLOCK);
		if ((rc = converse(&t, e)) != OK)
			kill(t.pid, SIGKILL);
		while (waitpid(t.pid, &status, 0) < 0 && errno == EINTR)
			;
		r->exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (rc == OK && r->exit == EXEC_FAILED)
			rc = err_set(e, ERR_IO, "cannot run %s", r->argv[0]);
	}
	close_end(&t.in);
	close_end(&t.out);
	close_end(&t.err);
	return rc;
}

void
proc_run_free(struct proc_run *r)
{
	buf_free(&r->out);
	buf_free(&r->err);
}
