/* Nodes with real listeners on loopback, and clients of our own making that do what a good one would not. */
#ifndef TESTS_HTTP_WEB_H
#define TESTS_HTTP_WEB_H

#include <arpa/inet.h>
#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "crypt/cert.h"
#include "crypt/keyfile.h"
#include "exchange/frame.h"
#include "http/client.h"
#include "http/server.h"
#include "node/home.h"

struct web {
	struct node *node;
	struct card card;
	unsigned port;
	char address[40], cert[400], key[400];
	struct http_server *server;
	struct http_client *client;
};

/* A port that is free now: the kernel's choice. */
static unsigned
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
		printf("Bail out! no free port\n");
		exit(1);
	}
	close(fd);
	return ntohs(a.sin_port);
}

static void
web_make(struct web *w, const char *member)
{
	struct err e = { 0 };

	w->port = free_port();
	snprintf(w->address, sizeof w->address, "127.0.0.1:%u", w->port);
	w->node = new_node(member, member, w->port);
	node_card(w->node, &w->card);
	snprintf(w->cert, sizeof w->cert, "%s/keys/tls.crt", in_home(member));
	snprintf(w->key, sizeof w->key, "%s/keys/tls.pem", in_home(member));
	node_must(http_client_open(&w->client, w->node, &e), &e);
}

static void
web_listen(struct web *w)
{
	struct err e = { 0 };

	node_must(http_start(&w->server, w->node, w->address, &e), &e);
}

static void
web_end(struct web *w)
{
	if (w->server != NULL)
		http_stop(w->server);
	http_client_close(w->client);
	node_close(w->node);
}

/* A certificate of ${w}'s TLS key, valid between the two times, in file ${path}. */
__attribute__((unused)) static void
make_cert(struct web *w, const char *path, time_t from, time_t until)
{
	struct cert_spec spec = { .name = w->card.member, .from = from, .until = until };
	struct buf text = { 0 }, cert = { 0 }, pem = { 0 };
	struct keyfile k;
	struct sign_key key;
	struct err e = { 0 };
	char file[500];
	FILE *f;

	snprintf(file, sizeof file, "%s/keys/tls.key", in_home(w->card.member));
	f = fopen(file, "rb");
	if (f == NULL || buf_room(&text, 1000) == NULL || (text.len = fread(text.data, 1, 1000, f)) == 0) {
		printf("Bail out! cannot read %s\n", file);
		exit(1);
	}
	fclose(f);
	node_must(keyfile_parse(&k, text.data, text.len, &e), &e);
	sign_from_seed(&key, k.seed);
	node_must(cert_make(&key, &spec, &cert, &pem, &e), &e);
	if ((f = fopen(path, "wb")) == NULL || fwrite(cert.data, 1, cert.len, f) != cert.len || fclose(f) != 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
	buf_free(&text);
	buf_free(&cert);
	buf_wipe(&pem);
}

/* ---- one request ---------------------------------------------------------------------------------------------------------- */

#define REPLY_MAX (256u * 1024)

struct reply {				/* head and body are valid until the fourth next request */
	int status;			/* -1: no answer */
	char type[80];
	const char *head, *body;	/* NUL-terminated */
	size_t len;
};

static size_t
take_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct buf *b = arg;

	return b->len + size * count <= REPLY_MAX && buf_add(b, bytes, size * count) ? size * count : 0;
}

/* Ask ${w}'s member listener, showing certificate ${cert} (NULL: none). */
static struct reply
ask(struct web *w, const char *cert, const char *key, const char *method, const char *path, const void *body, size_t len)
{
	static struct buf heads[4], bodies[4];
	static int at;
	CURL *c = curl_easy_init();
	struct reply r = { .status = -1 };
	struct buf *head, *out;
	char url[700];
	char *type = NULL;
	long status = 0;

	at = (at + 1) % 4;
	head = &heads[at];
	out = &bodies[at];
	buf_reset(head);
	buf_reset(out);
	snprintf(url, sizeof url, "https://127.0.0.1:%u%s", w->port, path);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 10000L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(c, CURLOPT_CAINFO, NULL);	/* or every connection reads the system's list of authorities */
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, out);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_bytes);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, head);
	if (cert != NULL) {
		curl_easy_setopt(c, CURLOPT_SSLCERT, cert);
		curl_easy_setopt(c, CURLOPT_SSLKEY, key);
	}
	if (body != NULL || strcmp(method, "POST") == 0) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body == NULL ? "" : body);
	}
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	if (curl_easy_perform(c) == CURLE_OK) {
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
		r.status = (int)status;
		snprintf(r.type, sizeof r.type, "%s", type == NULL ? "" : type);
	}
	curl_easy_cleanup(c);
	r.head = buf_cstr(head);
	r.body = buf_cstr(out);
	r.len = out->len;
	return r;
}

/* ---- connections kept open ------------------------------------------------------------------------------------------ */

static int
tcp_connect(struct web *w)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)w->port),
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		printf("Bail out! cannot connect to %s\n", w->address);
		exit(1);
	}
	return fd;
}

struct tls {
	gnutls_session_t session;
	gnutls_certificate_credentials_t cred;
	int fd;
};

static void
tls_close(struct tls *t)
{
	if (t == NULL)
		return;
	gnutls_deinit(t->session);
	gnutls_certificate_free_credentials(t->cred);
	close(t->fd);
	free(t);
}

/* A connection with ${as}'s certificate, TLS 1.${minor} only; NULL when the handshake fails. */
static struct tls *
tls_open(struct web *to, struct web *as, int minor)
{
	struct tls *t = calloc(1, sizeof *t);
	int rc;

	t->fd = tcp_connect(to);
	gnutls_certificate_allocate_credentials(&t->cred);
	gnutls_certificate_set_x509_key_file(t->cred, as->cert, as->key, GNUTLS_X509_FMT_PEM);
	gnutls_init(&t->session, GNUTLS_CLIENT);
	gnutls_priority_set_direct(t->session,
	    minor == 3 ? "NORMAL:-VERS-ALL:+VERS-TLS1.3" : "NORMAL:-VERS-ALL:+VERS-TLS1.2", NULL);
	gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->cred);
	gnutls_transport_set_int(t->session, t->fd);
	gnutls_handshake_set_timeout(t->session, 5000);
	do
		rc = gnutls_handshake(t->session);
	while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc >= 0)
		return t;
	tls_close(t);
	return NULL;
}

__attribute__((unused)) static void
tls_write(struct tls *t, const void *bytes, size_t len)
{
	if (gnutls_record_send(t->session, bytes, len) != (ssize_t)len)
		printf("# a write failed\n");
}

__attribute__((unused)) static bool
tls_connects(struct web *to, struct web *as, int minor)
{
	struct tls *t = tls_open(to, as, minor);

	tls_close(t);
	return t != NULL;
}

#endif
