#include "play/liar.h"

#include <curl/curl.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wire.h"
#include "http/client.h"
#include "play/link.h"

#define PEM_MAX 16384u
#define ANSWER_MAX ((size_t)16 * 1024 * 1024)
#define ENTRY_LEN 35u			/* of one entry in a bundle: its length in 2 bytes, then 33 */
#define ENDLESS_PIECE 65536u
#define FORGED_MAX 4096u		/* payloads in one forged stream */
#define RING_MS 3000L

struct liar {
	struct MHD_Daemon *daemon;
	char *dir, *mechanism;
	char cert[PEM_MAX], key[PEM_MAX];
	struct buf old_note;
	enum lie lie;
	_Atomic uint64_t lies;
	void *session;			/* of the control socket; the server's one thread uses it */
};

/* ---- spoiling ---- */

static bool
spoil_bundle(struct liar *l, struct buf *b)
{
	uint8_t a[ENTRY_LEN], *last;

	if (b->len < ENTRY_LEN || (l->lie == LIE_OUT_OF_ORDER && b->len < (size_t)2 * ENTRY_LEN))
		return false;
	last = b->data + b->len - ENTRY_LEN;
	if (l->lie == LIE_WRONG_HASHES) {
		last[ENTRY_LEN - 1] ^= 1;
		return true;
	}
	memcpy(a, last, ENTRY_LEN);
	memcpy(last, last - ENTRY_LEN, ENTRY_LEN);
	memcpy(last - ENTRY_LEN, a, ENTRY_LEN);
	return true;
}

/* A stream as it should be, with texts that nobody filed. */
static void
forge_stream(struct buf *out, uint64_t from, uint64_t to)
{
	static const char text[] = "{\"diwan\":1,\"kind\":\"report\",\"note\":\"nobody filed this\"}";
	static const uint8_t nonce[32] = { 1, 2, 3 };
	struct buf block = { 0 };

	if (to > from + FORGED_MAX)
		to = from + FORGED_MAX;
	for (uint64_t i = from; i < to; i++) {
		put_u8(&block, 1);
		put_u64(&block, i);
		buf_add(&block, nonce, sizeof nonce);
		put_u32(&block, sizeof text - 1);
		buf_add(&block, text, sizeof text - 1);
	}
	buf_str(out, "DWP1");
	put_u64(out, from);
	put_u64(out, to);
	if (block.len > 0) {
		put_u8(out, 1);
		put_u32(out, (uint32_t)block.len);
		put_u32(out, (uint32_t)block.len);
		buf_add(out, block.data, block.len);
	}
	put_u8(out, 0);
	put_u64(out, to);
	buf_free(&block);
}

/* libmicrohttpd asks for more, for ever. */
static ssize_t
more(void *cls, uint64_t pos, char *out, size_t max)
{
	(void)cls;
	(void)pos;
	memset(out, 1, max);
	return (ssize_t)max;
}

/* ---- answering ---- */

static enum MHD_Result
send_response(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
	enum MHD_Result rc;

	if (r == NULL)
		return MHD_NO;
	rc = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result
send_buf(struct MHD_Connection *c, unsigned status, struct buf *b)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(b->len, b->data, MHD_RESPMEM_MUST_FREE);

	if (r == NULL)
		buf_free(b);
	return send_response(c, status, r);
}

static enum MHD_Result
send_status(struct MHD_Connection *c, unsigned status)
{
	struct buf none = { 0 };

	return send_buf(c, status, &none);
}

/* What the true node would answer to a question about its log. */
static enum MHD_Result
answer_log(struct liar *l, struct MHD_Connection *c, const char *url)
{
	bool checkpoint = strstr(url, "checkpoint") != NULL, bundle = strstr(url, "/entries/") != NULL;
	struct buf out = { 0 };
	struct err e;
	int status = 0;

	if (checkpoint && l->lie == LIE_OLD_TREE) {
		buf_add(&out, l->old_note.data, l->old_note.len);
		l->lies++;
		return send_buf(c, 200, &out);
	}
	if (control_call(&l->session, l->dir, "GET", url, NULL, 0, ANSWER_MAX, &status, &out, &e) != OK) {
		buf_free(&out);
		return send_status(c, 503);
	}
	if (status == 200 && bundle && (l->lie == LIE_WRONG_HASHES || l->lie == LIE_OUT_OF_ORDER) && spoil_bundle(l, &out))
		l->lies++;
	return send_buf(c, (unsigned)status, &out);
}

static uint64_t
number_arg(struct MHD_Connection *c, const char *name)
{
	const char *s = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, name);
	uint64_t v = 0;

	return s != NULL && dec_u64(s, strlen(s), UINT64_MAX >> 1, &v) ? v : 0;
}

static enum MHD_Result
answer_payloads(struct liar *l, struct MHD_Connection *c)
{
	struct buf out = { 0 };

	if (l->lie == LIE_ENDLESS_STREAM) {
		l->lies++;
		return send_response(c, 200, MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, ENDLESS_PIECE, more, NULL, NULL));
	}
	if (l->lie != LIE_FORGED_PAYLOADS)
		return send_status(c, 503);
	forge_stream(&out, number_arg(c, "from"), number_arg(c, "to"));
	l->lies++;
	return send_buf(c, 200, &out);
}

static enum MHD_Result
answer(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data, size_t *len,
    void **ctx)
{
	static int seen;

	(void)version;
	(void)data;
	if (*ctx == NULL) {		/* the head; the body, if there is one, comes next */
		*ctx = &seen;
		return MHD_YES;
	}
	if (*len > 0) {
		*len = 0;
		return MHD_YES;
	}
	if (strcmp(method, "POST") == 0)
		return send_status(c, 204);
	return strncmp(url, "/x1/", 4) == 0 ? answer_payloads(cls, c) : answer_log(cls, c, url);
}

/* ---- starting and stopping ---- */

static int
read_pem(const char *dir, const char *name, char out[PEM_MAX], struct err *e)
{
	char path[4200];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/keys/%s", dir, name);
	if ((f = fopen(path, "rb")) == NULL)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	n = fread(out, 1, PEM_MAX - 1, f);
	fclose(f);
	out[n] = '\0';
	return n > 0 ? OK : err_set(e, ERR_IO, "%s is empty", path);
}

static int
listen_tls(struct liar *l, unsigned port, struct err *e)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	l->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer, l,
	    MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&a, MHD_OPTION_HTTPS_MEM_CERT, l->cert, MHD_OPTION_HTTPS_MEM_KEY, l->key,
	    MHD_OPTION_HTTPS_PRIORITIES, "SECURE128:-VERS-ALL:+VERS-TLS1.3", MHD_OPTION_CONNECTION_LIMIT, 64u, MHD_OPTION_END);
	return l->daemon != NULL ? OK : err_set(e, ERR_IO, "nobody can serve in the place of %s", l->dir);
}

int
liar_start(struct liar **out, const char *dir, const char *mechanism, const struct buf *old_note, enum lie lie, unsigned *port,
    struct err *e)
{
	struct liar *l = calloc(1, sizeof *l);
	int rc;

	if (l == NULL || (l->dir = strdup(dir)) == NULL || (l->mechanism = strdup(mechanism)) == NULL) {
		liar_stop(l);
		return err_set(e, ERR_NOMEM, "no memory");
	}
	l->lie = lie;
	buf_add(&l->old_note, old_note->data, old_note->len);
	if ((rc = read_pem(dir, "tls.crt", l->cert, e)) != OK || (rc = read_pem(dir, "tls.pem", l->key, e)) != OK ||
	    (rc = free_port(port, e)) != OK || (rc = listen_tls(l, *port, e)) != OK) {
		liar_stop(l);
		return rc;
	}
	*out = l;
	return OK;
}

void
liar_stop(struct liar *l)
{
	if (l == NULL)
		return;
	if (l->daemon != NULL)
		MHD_stop_daemon(l->daemon);
	control_end(l->session);
	buf_free(&l->old_note);
	explicit_bzero(l->key, sizeof l->key);
	free(l->dir);
	free(l->mechanism);
	free(l);
}

uint64_t
liar_lies(const struct liar *l)
{
	return l->lies;
}

int
liar_ring(const struct liar *l, unsigned port, struct err *e)
{
	char url[200], cert[4200], key[4200];
	CURL *c = curl_easy_init();
	CURLcode rc;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory to ring a bell");
	snprintf(url, sizeof url, "https://127.0.0.1:%u/x1/%s/bell", port, l->mechanism);
	snprintf(cert, sizeof cert, "%s/keys/tls.crt", l->dir);
	snprintf(key, sizeof key, "%s/keys/tls.pem", l->dir);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_SSLCERT, cert);
	curl_easy_setopt(c, CURLOPT_SSLKEY, key);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);	/* whom it rings does not matter to a liar */
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, "");
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, RING_MS);
	rc = curl_easy_perform(c);
	curl_easy_cleanup(c);
	return rc == CURLE_OK ? OK : err_set(e, ERR_IO, "the bell at port %u: %s", port, curl_easy_strerror(rc));
}
