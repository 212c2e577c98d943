#include "guard/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypt/secmem.h"
#include "guard/child.h"
#include "guard/passphrase.h"

#define ANSWER_S 10
#define OPEN_S 120			/* a passphrase may have to be stretched */
#define STOP_MS 5000
#define ASK_TRIES 3
#define ENV_MAX 6
#define EXIT_NO_EXEC 127

struct holder {
	pthread_mutex_t lock;		/* guards all below: one request at a time */
	enum process role;
	pid_t pid;
	int fd;
	bool failed, reaped;
	struct err failure;
};

/* ---- starting ---- */

static bool
wanted_env(const char *item)
{
	/* Of ours, nothing; of the sanitizers', what they were told, or a test build would not say what it finds. */
	return strncmp(item, "ASAN_OPTIONS=", 13) == 0 || strncmp(item, "UBSAN_OPTIONS=", 14) == 0 ||
	    strncmp(item, "LSAN_OPTIONS=", 13) == 0;
}

/* The child's environment, made before the fork: between fork and exec nothing may allocate. */
static void
make_env(const char *env[ENV_MAX], char clock[4200], const char *clock_file)
{
	size_t n = 0;

	if (clock_file == NULL)
		clock_file = getenv("DIWAN_CLOCK");
	env[n++] = "GNUTLS_NO_IMPLICIT_INIT=1";
	if (clock_file != NULL && clock_file[0] != 0) {
		snprintf(clock, 4200, "DIWAN_CLOCK=%s", clock_file);
		env[n++] = clock;
	}
	for (char **item = environ; item != NULL && *item != NULL && n < ENV_MAX - 1; item++)
		if (wanted_env(*item))
			env[n++] = *item;
	env[n] = NULL;
}

/* In the child, after fork: system calls only. */
static _Noreturn void
become_child(const char *program, const char *name, const char *const env[], int fd)
{
	const char *const argv[] = { "diwan", "signer", name, NULL };
	int null = open("/dev/null", O_RDWR);

	/* The socket first, out of the way of the three below it. One that is CHILD_FD already keeps its close-on-exec mark. */
	if (null < 0 || (fd == CHILD_FD ? fcntl(fd, F_SETFD, 0) : dup2(fd, CHILD_FD)) < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		_exit(EXIT_NO_EXEC);
	setsid();
	execve(program, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	_exit(EXIT_NO_EXEC);
}

static int
set_patience(int fd, long seconds)
{
	const struct timeval t = { seconds, 0 };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) | setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

static int
launch(struct holder *h, const struct holder_options *o, struct err *e)
{
	const char *program = o->program == NULL ? "/proc/self/exe" : o->program, *env[ENV_MAX];
	char clock[4200];
	int pair[2];

	make_env(env, clock, o->clock_file);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set(e, ERR_IO, "the %s cannot be started: %s", process_name(h->role), strerror(errno));
	if ((h->pid = fork()) == 0)
		become_child(program, process_name(h->role), env, pair[1]);
	close(pair[1]);
	if (h->pid < 0 || set_patience(pair[0], OPEN_S) != 0) {
		close(pair[0]);
		return err_set(e, ERR_IO, "the %s cannot be started: %s", process_name(h->role), strerror(errno));
	}
	h->fd = pair[0];
	return OK;
}

/* ---- talking ---- */

/* How it ended, if it has: asked for with WNOHANG, or waited for. */
static const char *
how_it_ended(struct holder *h, char text[80])
{
	int status;

	if (h->reaped || waitpid(h->pid, &status, WNOHANG) != h->pid) {
		snprintf(text, 80, "it does not answer");
		return text;
	}
	h->reaped = true;
	if (WIFSIGNALED(status))
		snprintf(text, 80, "it was killed by signal %d%s", WTERMSIG(status), WTERMSIG(status) == SIGSYS ?
		    " for a system call it may not make" : "");
	else if (WEXITSTATUS(status) == EXIT_NO_EXEC)
		snprintf(text, 80, "the program could not be executed; is /proc mounted?");
	else
		snprintf(text, 80, "it ended with status %d", WEXITSTATUS(status));
	return text;
}

/* From here on nothing is asked of it: an answer that comes late must not be taken for that to another request. */
static int
fail(struct holder *h, struct err *e)
{
	const struct timespec a_moment = { 0, 20000000 };
	char how[80];

	if (!h->failed) {
		h->failed = true;
		shutdown(h->fd, SHUT_RDWR);
		nanosleep(&a_moment, NULL);	/* the socket closes a little before the process is dead */
		err_set(&h->failure, ERR_IO, "the %s process is gone (%s); nothing can be signed any more: start the node again",
		    process_name(h->role), how_it_ended(h, how));
	}
	return err_set(e, ERR_IO, "%s", h->failure.text);
}

static bool
send_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
exchange(struct holder *h, struct frame *f)
{
	uint8_t bytes[FRAME_HEAD_BYTES + FRAME_BODY_MAX], head[FRAME_HEAD_BYTES];
	size_t len = frame_bytes(f, bytes);
	bool sent = send_all(h->fd, bytes, len);

	explicit_bzero(bytes, len);	/* an OPEN holds a passphrase */
	return sent && frame_receive(h->fd, head, sizeof head) && frame_head(f, head) && frame_receive(h->fd, f->body, f->len);
}

/* With the lock held. FRAME_SEALED, as a number above 0, is for the caller. */
static int
call(struct holder *h, struct frame *f, struct err *e)
{
	int rc;

	if (h->failed || !exchange(h, f))
		return fail(h, e);
	if (f->type == 0)
		return OK;
	if (f->type == FRAME_SEALED)
		return FRAME_SEALED;
	rc = frame_refused(f, e);
	return rc;
}

int
holder_call(struct holder *h, struct frame *f, struct err *e)
{
	int rc;

	pthread_mutex_lock(&h->lock);
	rc = call(h, f, e);
	if (rc > 0)			/* sealed is an answer to OPEN alone */
		rc = fail(h, e);
	pthread_mutex_unlock(&h->lock);
	return rc;
}

/* ---- opening ---- */

static int
send_open(struct holder *h, const struct holder_options *o, const struct passphrase *p, struct err *e)
{
	struct frame_open open = { .dir = { o->dir, strlen(o->dir) }, .user = { "", 0 }, .passphrase = { "", 0 } };
	struct frame f;
	int rc;

	if (o->user != NULL)
		open.user = (struct frame_text){ o->user, strlen(o->user) };
	if (p != NULL)
		open.passphrase = (struct frame_text){ p->text, p->len };
	rc = frame_write_open(&f, &open) ? call(h, &f, e) : err_set(e, ERR_LIMIT, "the folder's name is too long");
	if (rc == FRAME_SEALED)
		err_set(e, ERR_DENIED, "%.*s", f.len > 700 ? 700 : (int)f.len, (const char *)f.body);
	frame_wipe(&f);
	return rc;
}

/* Sealed: ask and try again. A wrong passphrase can be corrected by whoever typed it. */
static int
open_sealed(struct holder *h, const struct holder_options *o, struct err *e)
{
	struct passphrase *p = secmem_alloc(sizeof *p);
	char prompt[900];
	int rc = FRAME_SEALED;

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the passphrase");
	snprintf(prompt, sizeof prompt, "%s\nPassphrase: ", e->text);
	for (int i = 0; i < ASK_TRIES; i++) {
		if ((rc = passphrase_get(p, o->passphrase_fd, o->may_ask, prompt, e)) != OK)
			break;
		rc = send_open(h, o, p, e);
		if (rc != FRAME_SEALED || !p->asked)
			break;
		snprintf(prompt, sizeof prompt, "%s\nPassphrase: ", e->text);
	}
	secmem_free(p);			/* overwrites it */
	return rc == FRAME_SEALED ? ERR_DENIED : rc;	/* with the sentence of the last answer */
}

static int
open_holder(struct holder *h, const struct holder_options *o, struct frame_hello *hello, struct err *e)
{
	struct frame f = { .type = FRAME_HELLO };
	int rc;

	if ((rc = launch(h, o, e)) != OK)
		return rc;
	if ((rc = send_open(h, o, NULL, e)) == FRAME_SEALED)
		rc = open_sealed(h, o, e);
	if (rc != OK || (rc = call(h, &f, e)) != OK)
		return rc;
	if (!frame_read_hello(&f, hello) || set_patience(h->fd, ANSWER_S) != 0)
		return fail(h, e);
	return OK;
}

int
holder_start(struct holder **out, enum process role, const struct holder_options *o, struct frame_hello *hello, struct err *e)
{
	struct holder *h = calloc(1, sizeof *h);
	int rc;

	if (h == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the %s", process_name(role));
	pthread_mutex_init(&h->lock, NULL);
	h->role = role;
	h->fd = -1;
	h->pid = -1;
	if ((rc = open_holder(h, o, hello, e)) != OK) {
		holder_stop(h);
		return rc;
	}
	*out = h;
	return OK;
}

/* ---- ending ---- */

bool
holder_failed(struct holder *h, struct err *e)
{
	struct pollfd p = { .fd = h->fd, .events = 0 };
	bool failed;

	pthread_mutex_lock(&h->lock);
	if (!h->failed && poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR))
		(void)fail(h, e);
	failed = h->failed;
	if (failed && e != NULL)
		*e = h->failure;
	pthread_mutex_unlock(&h->lock);
	return failed;
}

long
holder_pid(const struct holder *h)
{
	return h->pid;
}

/* It ends when the socket does. One that hangs is killed, where this process still may. */
static void
reap(struct holder *h)
{
	const struct timespec a_moment = { 0, 2000000 };

	for (int waited = 0; !h->reaped && waited < STOP_MS; waited += 2) {
		pid_t got = waitpid(h->pid, NULL, WNOHANG);

		if (got == h->pid || (got < 0 && errno == ECHILD))
			h->reaped = true;
		else
			nanosleep(&a_moment, NULL);
	}
	if (!h->reaped && kill(h->pid, SIGKILL) == 0)
		waitpid(h->pid, NULL, 0);
}

void
holder_stop(struct holder *h)
{
	static const uint8_t quit[FRAME_HEAD_BYTES] = { FRAME_QUIT, 0, 0, 0 };

	if (h == NULL)
		return;
	if (h->fd >= 0) {
		if (!h->failed)
			(void)send_all(h->fd, quit, sizeof quit);	/* closing says the same */
		close(h->fd);
	}
	if (h->pid > 0)
		reap(h);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
