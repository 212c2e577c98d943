#include "play/link.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define PIECE 4096u			/* most that is taken at once */
#define PIECES (LINK_BUFFER / PIECE)
#define RATE_SLICES 20			/* a limited link takes a twentieth of a second's bytes at once */

struct piece {
	int64_t due_us;
	size_t len, off;
	uint8_t data[PIECE];
};

struct flow {				/* one direction of one connection: a ring of pieces on their way */
	struct piece *ring;
	unsigned first, count;
	int64_t free_us;		/* when the line has sent what it took */
	bool ended;			/* the sender has no more */
	bool closed;			/* the receiver has been told so */
};

struct connection {
	int link, fd[2];		/* 0: who called; 1: who was called. fd[0] < 0: free */
	struct flow flow[2];		/* flow[i] is what fd[i] sends */
};

struct link {
	int listener;
	unsigned port;			/* where it leads; 0: nowhere */
	bool cut;
	uint32_t delay_ms;
	uint64_t bytes_per_s;
	bool reset;			/* the thread must end its connections */
};

struct relay {
	pthread_t thread;
	pthread_mutex_t lock;		/* guards links, links_count, stop */
	struct link links[LINK_MAX];
	int links_count, wake;
	bool stop;
	struct connection *conn;	/* the thread's own */
	struct pollfd poll[1 + LINK_MAX + 2 * LINK_CONNECTIONS];
	int poll_conn[1 + LINK_MAX + 2 * LINK_CONNECTIONS];	/* connection of a poll entry; -1: listener or wake */
};

/* ---- sockets ---- */

static int
loopback(bool listening, unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (listening ? bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 64) != 0 :
	    connect(fd, (struct sockaddr *)&a, sizeof a) != 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static unsigned
port_of(int fd)
{
	struct sockaddr_in a = { 0 };
	socklen_t len = sizeof a;

	return getsockname(fd, (struct sockaddr *)&a, &len) == 0 ? ntohs(a.sin_port) : 0;
}

int
free_port(unsigned *port, struct err *e)
{
	int fd = loopback(true, 0);

	if (fd < 0 || (*port = port_of(fd)) == 0) {
		if (fd >= 0)
			close(fd);
		return err_set(e, ERR_IO, "no free port on 127.0.0.1: %s", strerror(errno));
	}
	close(fd);
	return OK;
}

/* Close so that the other side learns at once that something is wrong. */
static void
reset_fd(int fd)
{
	struct linger now = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
}

/* ---- connections ---- */

static void
end_connection(struct connection *c, bool reset)
{
	for (int i = 0; i < 2; i++) {
		if (c->fd[i] >= 0 && reset)
			reset_fd(c->fd[i]);
		else if (c->fd[i] >= 0)
			close(c->fd[i]);
		c->fd[i] = -1;
		free(c->flow[i].ring);
		c->flow[i] = (struct flow){ 0 };
	}
}

static struct connection *
free_slot(struct relay *r)
{
	for (int i = 0; i < LINK_CONNECTIONS; i++)
		if (r->conn[i].fd[0] < 0)
			return &r->conn[i];
	return NULL;
}

static void
accept_one(struct relay *r, int number, const struct link *l)
{
	int fd = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;
	struct connection *c;

	if (fd < 0)
		return;
	c = l->cut || l->port == 0 ? NULL : free_slot(r);
	if (c == NULL) {
		reset_fd(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c->link = number;
	c->fd[0] = fd;
	c->fd[1] = loopback(false, l->port);
	c->flow[0].ring = calloc(PIECES, sizeof(struct piece));
	c->flow[1].ring = calloc(PIECES, sizeof(struct piece));
	if (c->fd[1] < 0 || c->flow[0].ring == NULL || c->flow[1].ring == NULL)
		end_connection(c, true);
}

/* Take what ${from} has to say into its flow. False when the connection is broken. */
static bool
take(struct connection *c, int from, const struct link *l)
{
	struct flow *f = &c->flow[from];
	struct piece *p = &f->ring[(f->first + f->count) % PIECES];
	size_t most = PIECE;
	int64_t now = monotonic_us();
	ssize_t n;

	if (l->bytes_per_s > 0 && l->bytes_per_s / RATE_SLICES < most)
		most = l->bytes_per_s / RATE_SLICES + 1;
	n = recv(c->fd[from], p->data, most, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0) {
		f->ended = true;
		return true;
	}
	p->len = (size_t)n;
	p->off = 0;
	if (f->free_us < now)
		f->free_us = now;
	if (l->bytes_per_s > 0)
		f->free_us += (int64_t)((uint64_t)n * 1000000 / l->bytes_per_s);
	p->due_us = f->free_us + (int64_t)l->delay_ms * 1000;
	f->count++;
	return true;
}

/* Give the other side what is due. False when the connection is broken. */
static bool
give(struct connection *c, int from)
{
	struct flow *f = &c->flow[from];
	int64_t now = monotonic_us();

	while (f->count > 0 && f->ring[f->first].due_us <= now) {
		struct piece *p = &f->ring[f->first];
		ssize_t n = send(c->fd[1 - from], p->data + p->off, p->len - p->off, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
		p->off += (size_t)n;
		if (p->off < p->len)
			return true;
		f->first = (f->first + 1) % PIECES;
		f->count--;
	}
	if (f->count == 0 && f->ended && !f->closed) {
		f->closed = true;
		shutdown(c->fd[1 - from], SHUT_WR);
	}
	return true;
}

/* ---- the thread ---- */

static void
watch(struct relay *r, nfds_t *n, int fd, short events, int conn)
{
	r->poll[*n] = (struct pollfd){ fd, events, 0 };
	r->poll_conn[(*n)++] = conn;
}

/* How long to wait at most for the first piece of ${f} to be due, given ${wait_us} so far. */
static int64_t
sooner(const struct flow *f, int64_t now, int64_t wait_us)
{
	int64_t due;

	if (f->count == 0)
		return wait_us;
	due = f->ring[f->first].due_us - now;
	return due < wait_us ? due : wait_us;
}

/* Fill the poll table. Returns how long to wait, ms. */
static int
prepare(struct relay *r, nfds_t *n)
{
	int64_t now = monotonic_us(), wait_us = 1000000;

	*n = 0;
	watch(r, n, r->wake, POLLIN, -1);
	for (int i = 0; i < r->links_count; i++)
		watch(r, n, r->links[i].listener, POLLIN, -1);
	for (int i = 0; i < LINK_CONNECTIONS; i++) {
		const struct connection *c = &r->conn[i];

		if (c->fd[0] < 0)
			continue;
		for (int k = 0; k < 2; k++) {
			const struct flow *in = &c->flow[k], *out = &c->flow[1 - k];
			bool due = out->count > 0 && out->ring[out->first].due_us <= now;
			short events = (short)((!in->ended && in->count < PIECES ? POLLIN : 0) | (due ? POLLOUT : 0));

			watch(r, n, events == 0 ? -1 : c->fd[k], events, i);
			if (!due)
				wait_us = sooner(out, now, wait_us);
		}
	}
	return wait_us <= 0 ? 0 : (int)((wait_us + 999) / 1000);
}

static void
serve_connection(struct relay *r, int i, const short revents[2])
{
	struct connection *c = &r->conn[i];
	const struct link *l = &r->links[c->link];
	bool good = true;

	for (int k = 0; k < 2 && good; k++) {
		if (c->flow[k].count < PIECES && !c->flow[k].ended && (revents[k] & (POLLIN | POLLHUP | POLLERR)) != 0)
			good = take(c, k, l);
		good = good && give(c, k);
	}
	if (!good || (c->flow[0].closed && c->flow[1].closed))
		end_connection(c, !good);
}

static void
end_links_that_must(struct relay *r)
{
	for (int i = 0; i < LINK_CONNECTIONS; i++)
		if (r->conn[i].fd[0] >= 0 && r->links[r->conn[i].link].reset)
			end_connection(&r->conn[i], true);
	for (int i = 0; i < r->links_count; i++)
		r->links[i].reset = false;
}

static void
serve(struct relay *r, nfds_t n)
{
	int listeners = 0;

	for (nfds_t k = 1; k < n && r->poll_conn[k] < 0; k++, listeners++)
		if (r->poll[k].revents != 0 && listeners < r->links_count)
			accept_one(r, listeners, &r->links[listeners]);
	for (nfds_t k = 1 + (nfds_t)listeners; k + 1 < n; k += 2) {
		const short revents[2] = { r->poll[k].revents, r->poll[k + 1].revents };

		if (r->conn[r->poll_conn[k]].fd[0] >= 0)
			serve_connection(r, r->poll_conn[k], revents);
	}
}

static void *
run(void *arg)
{
	struct relay *r = arg;
	uint64_t rung;
	nfds_t n;
	int wait_ms;

	for (;;) {
		pthread_mutex_lock(&r->lock);
		if (r->stop) {
			pthread_mutex_unlock(&r->lock);
			return NULL;
		}
		wait_ms = prepare(r, &n);
		pthread_mutex_unlock(&r->lock);
		if (poll(r->poll, n, wait_ms) < 0 && errno != EINTR)
			return NULL;
		if (r->poll[0].revents != 0 && read(r->wake, &rung, sizeof rung) < 0 && errno != EAGAIN)
			return NULL;
		pthread_mutex_lock(&r->lock);
		end_links_that_must(r);	/* before anything is accepted: what comes after the order is not meant by it */
		serve(r, n);
		pthread_mutex_unlock(&r->lock);
	}
}

static void
ring(struct relay *r)
{
	uint64_t one = 1;

	while (write(r->wake, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* ---- for the others ---- */

int
relay_start(struct relay **out, struct err *e)
{
	struct relay *r = calloc(1, sizeof *r);

	if (r == NULL || (r->conn = calloc(LINK_CONNECTIONS, sizeof *r->conn)) == NULL) {
		free(r);
		return err_set(e, ERR_NOMEM, "no memory for the links");
	}
	for (int i = 0; i < LINK_CONNECTIONS; i++)
		r->conn[i].fd[0] = r->conn[i].fd[1] = -1;
	r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&r->lock, NULL);
	if (r->wake < 0 || pthread_create(&r->thread, NULL, run, r) != 0) {
		if (r->wake >= 0)
			close(r->wake);
		pthread_mutex_destroy(&r->lock);
		free(r->conn);
		free(r);
		return err_set(e, ERR_IO, "the links cannot start: %s", strerror(errno));
	}
	*out = r;
	return OK;
}

void
relay_stop(struct relay *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_mutex_unlock(&r->lock);
	ring(r);
	pthread_join(r->thread, NULL);
	for (int i = 0; i < LINK_CONNECTIONS; i++)
		if (r->conn[i].fd[0] >= 0)
			end_connection(&r->conn[i], true);
	for (int i = 0; i < r->links_count; i++)
		close(r->links[i].listener);
	close(r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r->conn);
	free(r);
}

int
relay_add(struct relay *r, unsigned *port, struct err *e)
{
	int fd = loopback(true, 0), number = -1;

	if (fd < 0 || (*port = port_of(fd)) == 0) {
		if (fd >= 0)
			close(fd);
		return err_set(e, ERR_IO, "a link cannot listen on 127.0.0.1: %s", strerror(errno));
	}
	pthread_mutex_lock(&r->lock);
	if (r->links_count < LINK_MAX) {
		number = r->links_count++;
		r->links[number] = (struct link){ .listener = fd };
	}
	pthread_mutex_unlock(&r->lock);
	if (number < 0) {
		close(fd);
		return err_set(e, ERR_LIMIT, "more than %d links", LINK_MAX);
	}
	ring(r);
	return number;
}

void
relay_lead(struct relay *r, int link, unsigned port)
{
	pthread_mutex_lock(&r->lock);
	r->links[link].port = port;
	r->links[link].reset = true;
	pthread_mutex_unlock(&r->lock);
	ring(r);
}

void
relay_cut(struct relay *r, int link, bool cut)
{
	pthread_mutex_lock(&r->lock);
	r->links[link].cut = cut;
	r->links[link].reset = cut;
	pthread_mutex_unlock(&r->lock);
	ring(r);
}

void
relay_slow(struct relay *r, int link, uint32_t delay_ms, uint64_t bytes_per_s)
{
	pthread_mutex_lock(&r->lock);
	r->links[link].delay_ms = delay_ms;
	r->links[link].bytes_per_s = bytes_per_s;
	pthread_mutex_unlock(&r->lock);
	ring(r);
}
