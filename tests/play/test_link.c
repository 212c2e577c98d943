/* Links: bytes pass unchanged, are cut, led elsewhere, and slowed. */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "play/link.h"
#include "play/proc.h"
#include "tap.h"

#define BYTES 300000u			/* more than a link holds */

struct echo {
	int fd;
	uint8_t add;			/* so that one can tell which echo answered */
};

/* One connection at a time: sends back what it gets. */
static void *
echo_main(void *arg)
{
	struct echo *x = arg;
	uint8_t b[65536];
	int fd;

	while ((fd = accept(x->fd, NULL, NULL)) >= 0) {
		ssize_t n;

		while ((n = recv(fd, b, sizeof b, 0)) > 0) {
			for (ssize_t i = 0; i < n; i++)
				b[i] = (uint8_t)(b[i] + x->add);
			for (ssize_t at = 0, m; at < n && (m = send(fd, b + at, (size_t)(n - at), MSG_NOSIGNAL)) > 0; )
				at += m;
		}
		close(fd);
	}
	return NULL;
}

static unsigned
start_echo(struct echo *x, uint8_t add, pthread_t *t)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	x->add = add;
	x->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(x->fd, (struct sockaddr *)&a, len) != 0 || listen(x->fd, 8) != 0 ||
	    getsockname(x->fd, (struct sockaddr *)&a, &len) != 0 || pthread_create(t, NULL, echo_main, x) != 0)
		return 0;
	return ntohs(a.sin_port);
}

static int
call(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Send ${count} bytes and read as many; how many came back as they should, within 20 s. */
static size_t
talk(int fd, size_t count, uint8_t add)
{
	size_t sent = 0, got = 0;
	uint8_t b[8192];

	while (fd >= 0 && got < count) {
		struct pollfd p = { fd, (short)(POLLIN | (sent < count ? POLLOUT : 0)), 0 };
		ssize_t n;

		if (poll(&p, 1, 20000) <= 0)
			break;
		if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
			if ((n = recv(fd, b, sizeof b, MSG_DONTWAIT)) <= 0)
				break;
			for (ssize_t i = 0; i < n; i++, got++)
				if (b[i] != (uint8_t)((got * 7 + got / 251) + add))
					return got;
		}
		if (p.revents & POLLOUT && sent < count) {
			size_t k, most = count - sent < sizeof b ? count - sent : sizeof b;

			for (k = 0; k < most; k++)
				b[k] = (uint8_t)((sent + k) * 7 + (sent + k) / 251);
			if ((n = send(fd, b, most, MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
				sent += (size_t)n;
		}
	}
	return got;
}

int
main(void)
{
	struct relay *r = NULL;
	struct echo one, two;
	pthread_t t1, t2;
	unsigned port = 0, first = start_echo(&one, 0, &t1), second = start_echo(&two, 1, &t2);
	int64_t begin;
	struct err e;
	int link, fd;

	is(relay_start(&r, &e), OK, "links start");
	link = relay_add(r, &port, &e);
	ok(link >= 0 && port > 0, "a link listens at a port of the kernel's choice");
	fd = call(port);
	is(talk(fd, 10, 0), 0, "it leads nowhere at first");
	close(fd);

	relay_lead(r, link, first);
	fd = call(port);
	is(talk(fd, BYTES, 0), BYTES, "bytes pass unchanged both ways");
	relay_lead(r, link, second);
	is(talk(fd, 10, 0), 0, "led elsewhere, the old connection ends");
	close(fd);
	fd = call(port);
	is(talk(fd, BYTES, 1), BYTES, "and a new one goes there");
	relay_cut(r, link, true);
	is(talk(fd, 10, 1), 0, "cut, it ends at once");
	close(fd);
	fd = call(port);
	is(talk(fd, 10, 1), 0, "and no new one gets through");
	close(fd);
	relay_cut(r, link, false);
	fd = call(port);
	is(talk(fd, 100, 1), 100, "restored, it is as before");
	close(fd);

	relay_slow(r, link, 100, 0);
	fd = call(port);
	begin = monotonic_us();
	is(talk(fd, 10, 1), 10, "a late link passes everything");
	ok(monotonic_us() - begin >= 190000, "each way a tenth of a second late");
	close(fd);
	relay_slow(r, link, 0, 20000);
	fd = call(port);
	begin = monotonic_us();
	is(talk(fd, 10000, 1), 10000, "a narrow link passes everything");
	ok(monotonic_us() - begin >= 400000, "at its rate");
	close(fd);

	relay_stop(r);
	ok(call(port) < 0, "stopped, nobody listens any more");
	shutdown(one.fd, SHUT_RDWR);
	shutdown(two.fd, SHUT_RDWR);
	pthread_join(t1, NULL);
	pthread_join(t2, NULL);
	close(one.fd);
	close(two.fd);
	return tap_done();
}
