#include "http/client.h"

#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/pin.h"

#define CONNECT_TIMEOUT_MS 5000L
#define STALL_BYTES_PER_S 1000L		/* slower than this for STALL_S seconds is a broken link */
#define STALL_S 20L
#define UNWANTED_MAX ((size_t)64 * 1024)	/* of an answer that nobody reads */
#define URL_MAX 1024

struct http_client {
	struct transport transport;
	char cert[4200], key[4200];	/* paths */
};

struct session {
	CURL *curl;
	char peer[512];			/* pins of the member whose settings the handle has */
};

struct sink {
	struct buf *out;
	size_t max_bytes;
	bool too_long;
	/* of a peer's answer: whose it is, and whether its certificate was looked at */
	CURL *curl;
	const struct card *card;
	bool checked;
	struct err denied;		/* code OK: nothing to say against it */
};

static size_t
take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct sink *s = arg;
	size_t len = size * count;

	if (s->out->len + len > s->max_bytes) {
		s->too_long = true;
		return 0;
	}
	return buf_add(s->out, bytes, len) ? len : 0;
}

/*
 * The certificate the peer showed must be in date (its key is pinned already). libcurl shows the session only while a
 * transfer runs, so this
 * is asked at the first line of the answer, before any of it is used.
 */
static size_t
take_head(char *bytes, size_t size, size_t count, void *arg)
{
	struct sink *s = arg;
	struct curl_tlssessioninfo *info = NULL;

	(void)bytes;
	if (s->checked)
		return size * count;
	s->checked = true;
	if (curl_easy_getinfo(s->curl, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || info == NULL || info->internals == NULL)
		err_set(&s->denied, ERR_DENIED, "%s at %s: its certificate cannot be looked at; nothing of the answer was used",
		    s->card->member, s->card->address);
	else if (pin_check(info->internals, s->card->tls_pin, s->card->member, &s->denied) == OK || (s->card->tls_next[0] != 0 &&
	    pin_check(info->internals, s->card->tls_next, s->card->member, &s->denied) == OK)) {
		s->denied.code = OK;
		return size * count;
	}
	return 0;
}

/* Settings that hold for every request of this program. */
static void
set_common(CURL *c)
{
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 256L * 1024);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_S);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALL_S);
}

/* A handle for ${card}'s peer: made once per thread and peer, kept alive between requests. */
static CURL *
session_for(const struct http_client *c, void **session, const struct card *card, struct err *e)
{
	struct session *s = *session;
	char pins[sizeof s->peer];

	if (s == NULL && (s = calloc(1, sizeof *s)) != NULL)
		s->curl = curl_easy_init();
	if (s == NULL || s->curl == NULL) {
		free(s);
		err_set(e, ERR_NOMEM, "no memory for a connection");
		return NULL;
	}
	*session = s;
	/* Two keys count while the peer changes its key. */
	snprintf(pins, sizeof pins, "%s%s%s", card->tls_pin, card->tls_next[0] ? ";" : "", card->tls_next);
	if (strcmp(s->peer, pins) != 0) {
		curl_easy_reset(s->curl);
		set_common(s->curl);
		curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "https");
		curl_easy_setopt(s->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
		curl_easy_setopt(s->curl, CURLOPT_SSLCERT, c->cert);
		curl_easy_setopt(s->curl, CURLOPT_SSLKEY, c->key);
		/* Authenticity rests on the pinned key alone: no authority above the members, any name or address. */
		curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYHOST, 0L);
		curl_easy_setopt(s->curl, CURLOPT_CAINFO, NULL);	/* else each connection reads the system's list of them */
		curl_easy_setopt(s->curl, CURLOPT_CAPATH, NULL);
		curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, take_head);
		curl_easy_setopt(s->curl, CURLOPT_PINNEDPUBLICKEY, pins);
		snprintf(s->peer, sizeof s->peer, "%s", pins);
	}
	return s->curl;
}

static int
explain(CURLcode rc, const struct card *card, const struct sink *s, const char *detail, struct err *e)
{
	if (s->denied.code != OK) {
		*e = s->denied;
		return e->code;
	}
	if (s->too_long)
		return err_set(e, ERR_LIMIT, "%s at %s: the answer is longer than %zu bytes", card->member, card->address,
		    s->max_bytes);
	if (rc == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		return err_set(e, ERR_DENIED, "%s at %s shows another key than its card says; nothing was sent. "
		    "Compare the cards by "
		    "telephone; if its key has changed, pair again", card->member, card->address);
	if (rc == CURLE_COULDNT_CONNECT || rc == CURLE_OPERATION_TIMEDOUT || rc == CURLE_COULDNT_RESOLVE_HOST)
		return err_set(e, ERR_IO, "%s at %s cannot be reached: %s", card->member, card->address, detail);
	return err_set(e, ERR_IO, "%s at %s: %s", card->member, card->address, detail);
}

static int
perform(struct http_client *c, void **session, const struct card *card, const char *path, struct sink *sink, int *status,
    struct err *e)
{
	CURL *curl = ((struct session *)*session)->curl;
	char url[URL_MAX], detail[CURL_ERROR_SIZE] = "";
	CURLcode rc;
	long code = 0;

	(void)c;
	if (snprintf(url, sizeof url, "https://%s%s", card->address, path) >= (int)sizeof url)
		return err_set(e, ERR_LIMIT, "request path too long");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	sink->curl = curl;
	sink->card = card;
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, sink);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	rc = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	if (rc != CURLE_OK)
		return explain(rc, card, sink, detail[0] ? detail : curl_easy_strerror(rc), e);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	*status = (int)code;
	return OK;
}

static int
client_get(void *ctx, void **session, const struct card *card, const char *path, size_t max_bytes, int *status,
    struct buf *out, struct err *e)
{
	struct sink sink = { .out = out, .max_bytes = max_bytes };
	CURL *curl = session_for(ctx, session, card, e);

	if (curl == NULL)
		return e->code;
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	return perform(ctx, session, card, path, &sink, status, e);
}

static int
client_post(void *ctx, void **session, const struct card *card, const char *path, const void *body, size_t len,
    size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	struct buf unwanted = { 0 };
	struct sink sink = { .out = out == NULL ? &unwanted : out, .max_bytes = out == NULL ? UNWANTED_MAX : max_bytes };
	CURL *curl = session_for(ctx, session, card, e);
	int rc;

	if (curl == NULL)
		return e->code;
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	rc = perform(ctx, session, card, path, &sink, status, e);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
	buf_free(&unwanted);
	return rc;
}

static void
client_end(void *ctx, void *session)
{
	struct session *s = session;

	(void)ctx;
	if (s == NULL)
		return;
	curl_easy_cleanup(s->curl);
	free(s);
}

int
http_client_open(struct http_client **out, const struct node *n, struct err *e)
{
	struct http_client *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the client");
	if (curl_global_init(CURL_GLOBAL_ALL) != 0) {
		free(c);
		return err_set(e, ERR_IO, "libcurl cannot start");
	}
	snprintf(c->cert, sizeof c->cert, "%s/keys/tls.crt", node_dir(n));
	snprintf(c->key, sizeof c->key, "%s/keys/tls.pem", node_dir(n));
	c->transport = (struct transport){ c, client_get, client_post, client_end };
	*out = c;
	return OK;
}

void
http_client_close(struct http_client *c)
{
	free(c);
}

const struct transport *
http_client_transport(const struct http_client *c)
{
	return &c->transport;
}

/* ---- the control socket ---- */

int
control_call(void **session, const char *dir, const char *method, const char *path, const void *body, size_t len,
    size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	struct sink sink = { .out = out, .max_bytes = max_bytes };
	char sock[4200], url[URL_MAX], detail[CURL_ERROR_SIZE] = "";
	CURL *curl = *session;
	CURLcode rc;
	long code = 0;

	if (curl == NULL && (*session = curl = curl_easy_init()) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a connection");
	snprintf(sock, sizeof sock, "%s/node.sock", dir);
	snprintf(url, sizeof url, "http://node%s", path);
	buf_reset(out);
	curl_easy_reset(curl);
	set_common(curl);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 0L);	/* a rebuild may take its time */
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, sock);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	if (strcmp(method, "POST") == 0) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body == NULL ? "" : body);
	}
	rc = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	if (rc == CURLE_COULDNT_CONNECT)
		return err_set(e, ERR_NOTFOUND, "no node is running on %s", dir);
	if (sink.too_long)
		return err_set(e, ERR_LIMIT, "the node's answer is longer than %zu bytes", max_bytes);
	if (rc != CURLE_OK)
		return err_set(e, ERR_IO, "the node on %s: %s", dir, detail[0] ? detail : curl_easy_strerror(rc));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	*status = (int)code;
	return OK;
}

void
control_end(void *session)
{
	if (session != NULL)
		curl_easy_cleanup(session);
}
