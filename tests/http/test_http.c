/* The listeners, on loopback: who is let in, what each path answers, and that nobody holds up others. */
#include "log/witness.h"
#include "web.h"

static struct web kz, kg, tm;		/* kz serves; kg is paired with it, tm is not */

/* ---- who is asking --------------------------------------------------------------------------------------------------- */

static void
test_strangers(void)
{
	static const struct { const char *method, *path; } t[] = {
		{ "GET", "/checkpoint" }, { "GET", "/log/tashkent-2000/kz/checkpoint" }, { "GET", "/tile/0/000" },
		{ "GET", "/x1/tashkent-2000/payloads?from=0&to=1" }, { "POST", "/x1/tashkent-2000/bell" }, { "GET", "/nothing" },
		{ "GET", "/" }, { "GET", "/control/status" }, { "DELETE", "/checkpoint" }
	};
	struct reply r;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		r = ask(&kz, tm.cert, tm.key, t[i].method, t[i].path, NULL, 0);
		ok(r.status == 403 && strcmp(r.type, "application/problem+json") == 0 && strstr(r.body,
		    "\"type\":\"diwan:denied\"") != NULL &&
		    strstr(r.body, "\"status\":403") != NULL && strstr(r.body, "diwan pair") != NULL,
		    "%s %s with a key that is not paired: %d", t[i].method, t[i].path, r.status);
	}
	ok(strstr(r.body, tm.card.tls_pin) != NULL, "the key that was shown is named");
	r = ask(&kz, NULL, NULL, "GET", "/checkpoint", NULL, 0);
	ok(r.status == 403 && strstr(r.body, "no certificate") != NULL, "without a certificate: %d %s", r.status, r.body);
	is(ask(&kz, kg.cert, kg.key, "GET", "/checkpoint", NULL, 0).status, 200, "with a paired key");
}

static void
test_dates(void)
{
	struct reply r;
	char cert[400];

	snprintf(cert, sizeof cert, "%s", in_home("old.crt"));
	make_cert(&kg, cert, time(NULL) - 20 * 86400, time(NULL) - 86400);
	r = ask(&kz, cert, kg.key, "GET", "/checkpoint", NULL, 0);
	ok(r.status == 403 && strstr(r.body, "expired on ") != NULL && strstr(r.body, "diwan keys renew") != NULL,
	    "a paired key with a certificate that has expired: %d %s", r.status, r.body);
	make_cert(&kg, cert, time(NULL) + 86400, time(NULL) + 20 * 86400);
	r = ask(&kz, cert, kg.key, "GET", "/checkpoint", NULL, 0);
	ok(r.status == 403 && strstr(r.body, "valid only from ") != NULL && strstr(r.body, "clocks") != NULL,
	    "one that is not valid yet: %d %s", r.status, r.body);
	make_cert(&kg, cert, time(NULL) - 86400, time(NULL) + 86400);
	is(ask(&kz, cert, kg.key, "GET", "/checkpoint", NULL, 0).status, 200, "a renewed certificate of the same key is let in");
}

static void
test_old_tls(void)
{
	ok(!tls_connects(&kz, &kg, 2), "TLS 1.2 is refused");
	ok(tls_connects(&kz, &kg, 3), "TLS 1.3 is not");
}

/* ---- what the client checks ---------------------------------------------------------------------------------------- */

static int
get_as(struct web *who, const struct card *card, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	const struct transport *t = http_client_transport(who->client);
	void *session = NULL;
	int rc;

	buf_reset(out);
	rc = t->get(t->ctx, &session, card, "/checkpoint", max_bytes, status, out, e);
	t->end(t->ctx, session);
	return rc;
}

static void
test_client(void)
{
	struct card wrong = kz.card;
	struct buf out = { 0 };
	struct err e = { 0 };
	int status = 0;

	is(get_as(&kg, &kz.card, 1000, &status, &out, &e), OK, "the client gets what it asks for");
	ok(status == 200 && strncmp(buf_cstr(&out), "tashkent-2000.diwan/kz/1\n", 25) == 0, "a checkpoint");
	is(get_as(&kg, &kz.card, 20, &status, &out, &e), ERR_LIMIT, "an answer longer than its bound is not read to the end");
	memcpy(wrong.tls_pin, tm.card.tls_pin, sizeof wrong.tls_pin);
	is(get_as(&kg, &wrong, 1000, &status, &out, &e), ERR_DENIED, "a peer with another key than its card says");
	ok(out.len == 0 && strstr(e.text, "another key") != NULL && strstr(e.text, "nothing was sent") != NULL, "%s", e.text);
	snprintf(wrong.address, sizeof wrong.address, "127.0.0.1:%u", free_port());
	is(get_as(&kg, &wrong, 1000, &status, &out, &e), ERR_IO, "a peer that is not there");
	ok(strstr(e.text, "cannot be reached") != NULL, "%s", e.text);
	is(get_as(&tm, &kz.card, 4000, &status, &out, &e), OK, "a peer that does not know us");
	is(status, 403, "answers 403");
	buf_free(&out);
}

/* The server's own certificate has expired: who asks must not use its answers. */
static void
test_expired_server(void)
{
	struct buf out = { 0 };
	struct err e = { 0 };
	int status = 0, rc;

	make_cert(&tm, tm.cert, time(NULL) - 20 * 86400, time(NULL) - 86400);
	web_listen(&tm);
	rc = get_as(&kg, &tm.card, 4000, &status, &out, &e);
	ok(rc == ERR_DENIED && strstr(e.text, "expired on ") != NULL && strstr(e.text, "keys renew") != NULL, "a "
	    "server whose certificate has "
	    "expired: %s", e.text);
	http_stop(tm.server);
	tm.server = NULL;
	make_cert(&tm, tm.cert, time(NULL) - 86400, time(NULL) + 86400);
	buf_free(&out);
}

/* ---- paths -------------------------------------------------------------------------------------------------------------- */

static struct reply
get(const char *path)
{
	return ask(&kz, kg.cert, kg.key, "GET", path, NULL, 0);
}

static void
test_checkpoint(void)
{
	static const char *const paths[] = { "/checkpoint", "/log/tashkent-2000/kz/checkpoint" };
	struct buf note = { 0 };

	published_of(kz.node, KZ, &note);
	for (size_t i = 0; i < 2; i++) {
		struct reply r = get(paths[i]);

		ok(r.status == 200 && r.len == note.len && memcmp(r.body, note.data, r.len) == 0, "%s is the "
		    "published note", paths[i]);
		ok(strcmp(r.type, "text/plain; charset=utf-8") == 0 && strstr(r.head,
		    "Cache-Control: no-cache") != NULL, "as text, not to be kept");
	}
	is(ask(&kz, kg.cert, kg.key, "HEAD", "/checkpoint", NULL, 0).status, 200, "HEAD is answered like GET");
	is(get("/log/tashkent-2000/kg/checkpoint").status, 404, "a log of which nothing is held");
	buf_free(&note);
}

static void
test_tiles(void)
{
	struct reply full = get("/tile/0/000"), bundle = get("/log/tashkent-2000/kz/tile/entries/000"), r;
	static char hashes[8192], entries[256 * 35];
	size_t prefixes = 0;
	char path[100];

	ok(full.status == 200 && full.len == 8192 && strcmp(full.type, "application/octet-stream") == 0 &&
	    strstr(full.head, "immutable") != NULL, "a full tile");
	ok(bundle.status == 200 && bundle.len == 256 * 35, "a full bundle");
	memcpy(hashes, full.body, full.len < sizeof hashes ? full.len : sizeof hashes);
	memcpy(entries, bundle.body, bundle.len < sizeof entries ? bundle.len : sizeof entries);
	for (unsigned w = 1; w < 256; w += 17) {
		snprintf(path, sizeof path, "/tile/0/000.p/%u", w);
		r = get(path);
		prefixes += r.status == 200 && r.len == w * 32 && memcmp(r.body, hashes, r.len) == 0;
		snprintf(path, sizeof path, "/tile/entries/000.p/%u", w);
		r = get(path);
		prefixes += r.status == 200 && r.len == w * 35 && memcmp(r.body, entries, r.len) == 0;
	}
	is(prefixes, 30, "any smaller width is a prefix of it");
	r = get("/tile/0/001.p/44");
	ok(r.status == 200 && r.len == 44 * 32, "the partial tile, as wide as the published size of 300");
	is(get("/tile/0/001.p/45").status, 404, "not wider");
	is(get("/tile/0/001").status, 404, "nor full");
	is(get("/tile/0/002.p/1").status, 404, "nor the next one");
	is(get("/tile/entries/001.p/45").status, 404, "nor of the entries");
	is(get("/tile/1/000.p/1").status, 200, "a tile of level 1");
	is(get("/tile/1/000.p/2").status, 404, "not wider either");
}

static void
test_bad_paths(void)
{
	static const char *const paths[] = {
		"/", "//", "/checkpoint/", "/checkpoint?x/y/", "/Checkpoint", "/tile", "/tile/", "/tile/0",
		    "/tile/0/", "/tile/0/0", "/tile/0/00",
		"/tile/0/0000", "/tile/00/000", "/tile/+0/000", "/tile/-1/000", "/tile/64/000", "/tile/8/000",
		    "/tile/63/000", "/tile/255/000",
		"/tile/0/x000/000", "/tile/0/x00/000", "/tile/0/000/", "/tile/0/000.p", "/tile/0/000.p/",
		    "/tile/0/000.p/0", "/tile/0/000.p/256",
		"/tile/0/000.p/01", "/tile/0/000.p/1/", "/tile/0/000.p/1x", "/tile/0/000%00", "/tile/0/%30%30%30",
		    "/tile/0/%2e%2e/000", "/tile/0/../0/000",
		"/tile/entries", "/tile/entries/", "/tile/entries/0", "/tile/Entries/000", "/tile/data/000",
		"/tile/0/x999/x999/x999/x999/x999/x999/999", "/log", "/log/", "/log/tashkent-2000", "/log/tashkent-2000/kz",
		"/log/tashkent-2000/kz/", "/log/tashkent-2000/fr/checkpoint", "/log/almaty-1999/kz/checkpoint",
		    "/log//kz/checkpoint",
		"/log/tashkent-2000//checkpoint", "/log/tashkent-2000/kz//checkpoint",
		    "/log/tashkent-2000/KZ/checkpoint", "/x1", "/x1/",
		"/x1/tashkent-2000", "/x1/tashkent-2000/", "/x1/almaty-1999/payloads?from=0&to=1",
		    "/x1/tashkent-2000/payloads/?from=0&to=1",
		"/x1/tashkent-2000/bell", "/control/status", "/control/file", "/../../etc/passwd", "/log/../checkpoint"
	};
	size_t right = 0, n = sizeof paths / sizeof paths[0];

	for (size_t i = 0; i < n; i++) {
		struct reply r = get(paths[i]);
		bool good = r.status == (strcmp(paths[i], "/checkpoint?x/y/") == 0 ? 200 : 404) &&
		    (r.status == 200 || strcmp(r.type, "application/problem+json") == 0);

		if (!good)
			printf("# %s: %d %s\n", paths[i], r.status, r.body);
		right += good;
	}
	is(right, n, "every other path is answered 404 with a problem document");
	is(ask(&kz, kg.cert, kg.key, "POST", "/checkpoint", "x", 1).status, 404, "so is POST where GET is meant");
	is(ask(&kz, kg.cert, kg.key, "PUT", "/tile/0/000", "x", 1).status, 404, "and PUT");
	is(ask(&kz, kg.cert, kg.key, "DELETE", "/log/tashkent-2000/kz/checkpoint", NULL, 0).status, 404, "and DELETE");
}

static void
test_payloads(void)
{
	static const char *const bad[] = {
		"", "?from=0", "?to=5", "?from=&to=5", "?from=0&to=x", "?from=00&to=5", "?from=-1&to=5",
		    "?from=0&to=301", "?from=6&to=5",
		"?from=0&to=18446744073709551615", "?from=0&to=99999999999999999999", "?from=0x0&to=5",
		    "?from=0&to=%35", "?from=301&to=301"
	};
	struct frame_reader f;
	struct frame_item item;
	struct reply r;
	size_t right = 0, n = sizeof bad / sizeof bad[0], items = 0;
	struct err e = { 0 };

	for (size_t i = 0; i < n; i++) {
		char path[100];

		snprintf(path, sizeof path, "/x1/tashkent-2000/payloads%s", bad[i]);
		r = get(path);
		if (r.status != 400)
			printf("# %s: %d %s\n", path, r.status, r.body);
		right += r.status == 400 && strcmp(r.type, "application/problem+json") == 0;
	}
	is(right, n, "a range that is none is answered 400");
	for (int z = 0; z < 2; z++) {
		size_t len;

		r = get(z ? "/x1/tashkent-2000/payloads?from=100&to=300&z=1" : "/x1/tashkent-2000/payloads?from=100&to=300");
		len = r.len;
		ok(r.status == 200 && strcmp(r.type, "application/vnd.diwan.payloads") == 0, "payloads%s: %zu bytes",
		    z ? ", compressed" : "",
		    len);
		items = 0;
		if (frame_open(&f, r.body, r.len, 100, 300, &e) == OK) {
			while (frame_next(&f, &item, &e) == 1)
				items += item.nonce != NULL;
			ok(items == 200 && f.ended, "all 200, whole");
			frame_close(&f);
		}
	}
	is(items, 200, "both ways");
	is(get("/x1/tashkent-2000/payloads?from=300&to=300").status, 200, "an empty range at the end");
}

/* Cosigning: statuses and media types are those of C2SP tlog-witness. */
static void
test_witness(void)
{
	static char large[128 * 1024 + 1];
	char path[120], hex[65];
	struct buf note = { 0 }, body = { 0 };
	struct reply r;
	struct err e = { 0 };
	uint64_t size;

	file_many(kg.node, 3, 3);
	node_must(node_published(kg.node, node_own(kg.node), &size, &note, &e), &e);
	buf_str(&body, "old 0\n\n");
	buf_add(&body, note.data, note.len);
	witness_origin_hex(hex, "tashkent-2000.diwan/kg/1");
	snprintf(path, sizeof path, "/witness/%s/checkpoint", hex);
	is(get(path).status, 404, "nothing is cosigned of kg yet");
	r = ask(&kz, kg.cert, kg.key, "POST", "/add-checkpoint", body.data, body.len);
	ok(r.status == 200 && strstr(r.body, "tashkent-2000.diwan/kz/witness ") != NULL && strncmp(r.type, "text/plain", 10) == 0,
	    "add-checkpoint: %d %s", r.status, r.body);
	r = ask(&kz, kg.cert, kg.key, "POST", "/add-checkpoint", body.data, body.len);
	ok(r.status == 409 && strcmp(r.type, WITNESS_SIZE_TYPE) == 0 && strcmp(r.body, "3\n") == 0, "from the same size: %d %s",
	    r.status, r.type);
	r = get(path);
	ok(r.status == 200 && strncmp(r.body, buf_cstr(&note), note.len) == 0 && strstr(r.body, "kz/witness ") != NULL,
	    "what was cosigned is shown, with the line: %d", r.status);
	is(ask(&kz, tm.cert, tm.key, "POST", "/add-checkpoint", body.data, body.len).status, 403, "a stranger is not heard");
	is(ask(&kz, kg.cert, kg.key, "POST", "/add-checkpoint", "old 0", 5).status, 400, "half a request");
	is(ask(&kz, kg.cert, kg.key, "POST", "/add-checkpoint", large, sizeof large).status, 413, "a byte too many");
	is(ask(&kz, kg.cert, kg.key, "GET", "/add-checkpoint", NULL, 0).status, 404, "it is posted");
	path[20] = 'g';
	is(get(path).status, 404, "not a name of an origin");
	is(get("/witness/0/checkpoint").status, 404, "nor that");
	is(get("/witness//checkpoint").status, 404, "nor nothing");
	r = get("/x1/tashkent-2000/seen");
	ok(r.status == 200 && strncmp(r.body, "diwan-seen-v1\ntime ", 19) == 0 && strstr(r.body, "tashkent-2000.diwan/kz/1\n")
	    != NULL && strstr(r.body, "tashkent-2000.diwan/kg/1\n3\n") != NULL, "seen: kz's newest, and what it cosigned of kg's");
	is(get("/x1/almaty-1999/seen").status, 404, "in another mechanism: nothing");
	is(get("/x1/tashkent-2000/returns?from=0&to=0").status, 200, "returns of nothing");
	is(get("/x1/tashkent-2000/returns?from=0&to=1").status, 400, "of more than is held");
	is(get("/x1/tashkent-2000/returns?from=0").status, 400, "of what?");
	r = ask(&kz, kg.cert, kg.key, "POST", "/x1/tashkent-2000/settled", note.data, note.len);
	is(r.status, 204, "told what is settled");
	buf_free(&note);
	buf_free(&body);
}

static void
test_bell(void)
{
	static char large[9000];
	struct reply r;

	memset(large, 'x', sizeof large);
	r = ask(&kz, kg.cert, kg.key, "POST", "/x1/tashkent-2000/bell", "hello", 5);
	ok(r.status == 204 && r.len == 0, "a bell");
	is(ask(&kz, kg.cert, kg.key, "POST", "/x1/tashkent-2000/bell", "", 0).status, 204, "one that says nothing more");
	is(ask(&kz, kg.cert, kg.key, "POST", "/x1/tashkent-2000/bell", large, 8192).status, 204, "as long as it may be");
	r = ask(&kz, kg.cert, kg.key, "POST", "/x1/tashkent-2000/bell", large, 8193);
	ok(r.status == 413 && strcmp(r.type, "application/problem+json") == 0 && strstr(r.body, "8192") != NULL, "a "
	    "byte more: %d %s",
	    r.status, r.body);
	is(ask(&kz, kg.cert, kg.key, "POST", "/x1/almaty-1999/bell", "", 0).status, 404, "for another mechanism");
	is(ask(&kz, kg.cert, kg.key, "POST", "/x1/tashkent-2000/horn", "", 0).status, 404, "another instrument");
}

/* ---- the control socket ---------------------------------------------------------------------------------------------- */

static int
control(const char *method, const char *path, const char *body, struct buf *out)
{
	void *session = NULL;
	struct err e = { 0 };
	int status = 0;

	if (control_call(&session, in_home("kz"), method, path, body, body == NULL ? 0 : strlen(body), 1 << 20,
	    &status, out, &e) != OK) {
		printf("# %s: %s\n", path, e.text);
		status = -1;
	}
	control_end(session);
	return status;
}

static void
test_control(void)
{
	static char large[5000];
	struct draft d = incident_of(KZ);
	struct buf text = text_of(&d, home_body), lines = { 0 }, out = { 0 };
	struct stat st;
	struct err e = { 0 };
	void *session = NULL;
	int status;

	is(stat(in_home("kz/node.sock"), &st), 0, "the control socket is there");
	ok(S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0600, "for its owner only: %04o", (unsigned)(st.st_mode & 07777));
	is(control("GET", "/control/status", NULL, &out), 200, "status");
	ok(strstr(buf_cstr(&out), "\"member\":\"kz\"") != NULL && strstr(buf_cstr(&out), "\"size\":300") != NULL,
	    "says who and how much");
	buf_add(&lines, text.data, text.len);
	buf_str(&lines, "\n\n{\"no\":\"record\"}\n");
	buf_add(&lines, text.data, text.len);
	is(control("POST", "/control/file", buf_cstr(&lines), &out), 200, "filing three lines");
	ok(strstr(buf_cstr(&out), "{\"line\":1,\"ok\":true,\"index\":300,") != NULL && strstr(buf_cstr(&out),
	    "{\"line\":2,\"ok\":false,\"code\":") != NULL &&
	    strstr(buf_cstr(&out), "{\"line\":3,\"ok\":false,\"code\":\"conflict\"") != NULL, "each has its result");
	is(published_of(kz.node, KZ, NULL), 301, "the good one is in the log");
	is(control("POST", "/control/file", "", &out), 400, "filing nothing");
	is(control("POST", "/control/pair", "no card", &out), 400, "pairing with what is no card");
	memset(large, 'x', sizeof large - 1);
	is(control("POST", "/control/pair", large, &out), 413, "or too long for one");
	is(control("POST", "/control/check", "", &out), 200, "a check");
	ok(strstr(buf_cstr(&out), "\"count\":0") != NULL, "finds nothing");
	is(control("POST", "/control/rebuild", "", &out), 200, "a rebuild");
	ok(strstr(buf_cstr(&out), "\"records\":301") != NULL, "of everything");
	is(control("POST", "/control/backup", "relative/path", &out), 400, "a backup to a path that depends on the folder");
	is(control("POST", "/control/backup", in_home("kz.backup"), &out), 200, "a backup");
	is(control("GET", "/checkpoint", NULL, &out), 200, "logs can be read here too");
	is(control("GET", "/x1/tashkent-2000/payloads?from=0&to=1", NULL, &out), 404, "but payloads are for members");
	is(control_call(&session, in_home("tm"), "GET", "/control/status", NULL, 0, 1000, &status, &out, &e), ERR_NOTFOUND,
	    "where no node runs, none answers");
	control_end(session);
	session = NULL;
	is(control_call(&session, in_home("kz"), "GET", "/control/status", NULL, 0, 10, &status, &out, &e), ERR_LIMIT,
	    "an answer has its bound");
	control_end(session);
	buf_free(&text);
	buf_free(&lines);
	buf_free(&out);
}

/* ---- addresses ---------------------------------------------------------------------------------------------------------- */

static void
test_addresses(void)
{
	static const char *const bad[] = { "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "", "nowhere.invalid:7101",
	    "203.0.113.7:7101" };
	struct http_server *s = NULL;
	struct err e = { 0 };

	is(http_start(&s, tm.node, kz.address, &e), ERR_IO, "a second server on the same port");
	ok(strstr(e.text, kz.address) != NULL && strstr(e.text, "another program") != NULL, "%s", e.text);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(http_start(&s, tm.node, bad[i], &e) < 0 && e.text[0] != '\0', "listening on \"%s\": %s", bad[i], e.text);
	is(access(in_home("tm/node.sock"), F_OK), -1, "a server that did not start leaves no socket");
	web_listen(&tm);
	http_stop(tm.server);
	tm.server = NULL;
	is(access(in_home("tm/node.sock"), F_OK), -1, "nor does one that was stopped");
}

/* ---- clients that are slow --------------------------------------------------------------------------------------------- */

static void
test_slow(void)
{
	static const char half[] = "GET /checkpoint HTTP/1.1\r\nHost: x\r\nX-";
	struct tls *slow[4];
	int64_t start_us;
	int idle[40], right = 0;

	for (size_t i = 0; i < 40; i++) {
		idle[i] = tcp_connect(&kz);
		if (i % 2 == 0 && write(idle[i], "\x16\x03\x01\x02", 4) != 4)	/* the beginning of a handshake */
			printf("# write failed\n");
	}
	for (int i = 0; i < 4; i++)
		slow[i] = tls_open(&kz, &kg, 3);
	for (int i = 0; i < 4; i++)
		if (slow[i] != NULL)
			tls_write(slow[i], half, sizeof half - 1);
	start_us = monotonic_us();
	for (int i = 0; i < 10; i++)
		right += get("/checkpoint").status == 200;
	ok(right == 10 && monotonic_us() - start_us < 5000000, "40 connections that say nothing and 4 that stop "
	    "half-way hold nobody up");
	for (int i = 0; i < 40; i++)
		close(idle[i]);
	for (int i = 0; i < 4; i++)
		tls_close(slow[i]);
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------- */

static void
test_exchange(void)
{
	struct peer_status s = { 0 };
	struct err e = { 0 };
	int waited = 0;
	uint64_t kz_size, kg_size;

	web_listen(&kg);
	node_must(node_sync_start(kz.node, http_client_transport(kz.client), &e), &e);
	node_must(node_sync_start(kg.node, http_client_transport(kg.client), &e), &e);
	file_many(kg.node, 20, 20);
	do {
		usleep(20000);
		kz_size = published_of(kz.node, KZ, NULL);
		kg_size = published_of(kg.node, KG, NULL);
		node_peer_status(kg.node, KZ, &s);
	} while (++waited < 300 && (payloads_of(kg.node, KZ) != kz_size || payloads_of(kz.node, KG) != kg_size || kz_size == 301 ||
	    kg_size == 20));
	ok(payloads_of(kg.node, KZ) == kz_size && payloads_of(kz.node, KG) == kg_size, "two nodes exchange over TLS: "
	    "%d and %d records",
	    (int)kz_size, (int)kg_size);
	ok(kz_size > 301 && kg_size > 20, "with receipts");
	ok(s.state == PEER_CURRENT && s.trouble[0] == '\0', "without trouble: %s", s.trouble);
	http_stop(kg.server);
	kg.server = NULL;
	file_many(kz.node, 1, 1);
	do
		usleep(20000);
	while (++waited < 600 && node_peer_status(kz.node, KG, &s) == OK && s.state != PEER_FAILING);
	ok(s.state == PEER_FAILING && strstr(s.trouble, "cannot be reached") != NULL, "a peer that is gone is missed: "
	    "%s", s.trouble);
	node_sync_stop(kz.node);
	node_sync_stop(kg.node);
}

static void
test_stop(void)
{
	int fd = tcp_connect(&kz);
	struct tls *open = tls_open(&kz, &kg, 3);
	int64_t start_us = monotonic_us();

	http_stop(kz.server);
	kz.server = NULL;
	ok(monotonic_us() - start_us < 3000000, "listeners stop though connections are open");
	close(fd);
	tls_close(open);
}

int
main(void)
{
	struct err e = { 0 };

	home_start();
	web_make(&kz, "kz");
	web_make(&kg, "kg");
	web_make(&tm, "tm");
	node_must(node_pair(kz.node, &kg.card, &e), &e);
	node_must(node_pair(kg.node, &kz.card, &e), &e);
	file_many(kz.node, 300, 300);
	web_listen(&kz);
	test_strangers();
	test_dates();
	test_old_tls();
	test_client();
	test_expired_server();
	test_checkpoint();
	test_tiles();
	test_bad_paths();
	test_payloads();
	test_witness();
	test_bell();
	test_control();
	test_addresses();
	test_slow();
	test_exchange();
	test_stop();
	web_end(&kz);
	web_end(&kg);
	web_end(&tm);
	curl_global_cleanup();
	home_end();
	return tap_done();
}
