/* Listening sockets, and the PEM files of the TLS listener. */
#include "http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "exchange/card.h"

int
listen_read_pem(const char *dir, const char *name, char **out, struct err *e)
{
	char path[4200];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/keys/%s", dir, name);
	if ((f = fopen(path, "rb")) == NULL || (*out = calloc(1, PEM_MAX_BYTES)) == NULL) {
		if (f != NULL)
			fclose(f);
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	}
	n = fread(*out, 1, PEM_MAX_BYTES - 1, f);
	fclose(f);
	return n > 0 ? OK : err_set(e, ERR_IO, "%s is empty", path);
}

/* A listening socket on "host:port". */
int
listen_tcp(const char *address, int *out, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *list = NULL;
	char host[256], port_text[8];
	unsigned port;
	int fd = -1, one = 1, rc;

	if ((rc = address_split(address, host, &port, e)) != OK)
		return rc;
	snprintf(port_text, sizeof port_text, "%u", port);
	if ((rc = getaddrinfo(host, port_text, &hints, &list)) != 0)
		return err_set(e, ERR_IO, "listen address %s: %s", address, gai_strerror(rc));
	if ((fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
	    bind(fd, list->ai_addr, list->ai_addrlen) != 0 || listen(fd, 128) != 0) {
		rc = err_set(e, ERR_IO, "cannot listen on %s: %s; another program may hold the port", address, strerror(errno));
		if (fd >= 0)
			close(fd);
		freeaddrinfo(list);
		return rc;
	}
	freeaddrinfo(list);
	*out = fd;
	return OK;
}

int
listen_unix(const char *path, int *out, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t old;
	int fd, rc;

	if (strlen(path) >= sizeof a.sun_path)
		return err_set(e, ERR_LIMIT, "%s: a socket's path has at most %zu bytes; use a shorter folder name", path,
		    sizeof a.sun_path - 1);
	memcpy(a.sun_path, path, strlen(path) + 1);
	unlink(path);		/* the store's lock says that no other node is alive */
	old = umask(0177);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rc = fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 32) != 0;
	umask(old);
	if (rc != 0) {
		rc = err_set(e, ERR_IO, "control socket %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return rc;
	}
	*out = fd;
	return OK;
}
