/* Attachments over the listeners: put in through the control socket, given to whom a record that names them is for. */
#include "crypt/hash.h"
#include "web.h"

#define LEN (STORE_BLOB_PART + 1000)

static struct web kz, kg, uz;
static char bytes[LEN + 1], hex[65];

/* POST to kz's control socket. */
static int
put(const char *query, const void *body, size_t len, struct buf *out)
{
	void *session = NULL;
	struct err e = { 0 };
	char path[200];
	int status = -1;

	snprintf(path, sizeof path, "/control/blob%s", query);
	if (control_call(&session, in_home("kz"), "POST", path, body, len, 65536, &status, out, &e) != OK)
		printf("# %s\n", e.text);
	control_end(session);
	return status;
}

static void
test_put(void)
{
	static const char *const bad[] = { "", "?hash=12&size=4&at=0", "?hash=%s&size=-1&at=0", "?hash=%s&size=1000",
	    "?hash=%s&size=99999999999&at=0" };
	struct buf out = { 0 };
	char query[200];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(query, sizeof query, "%.*s%s%s", (int)strcspn(bad[i], "%"), bad[i], strchr(bad[i], '%') == NULL ? "" : hex,
		    strchr(bad[i], '%') == NULL ? "" : strchr(bad[i], '%') + 2);
		ok(put(query, "text", 4, &out) == (i == 4 ? 413 : 400), "a wrong request: %s", bad[i]);
	}
	snprintf(query, sizeof query, "?hash=%s&size=%u&at=0", hex, LEN);
	is(put(query, bytes, STORE_BLOB_PART + 1, &out), 413, "more than a part");
	is(put(query, bytes, STORE_BLOB_PART, &out), 200, "a part");
	is_str(buf_cstr(&out), "{\"have\":262144,\"whole\":false}\n", "what is here");
	snprintf(query, sizeof query, "-drop?hash=%s", hex);
	is(put(query, NULL, 0, &out), 204, "given up");
	snprintf(query, sizeof query, "?hash=%s&size=%u&at=262144", hex, LEN);
	is(put(query, bytes + STORE_BLOB_PART, 1000, &out), 409, "then its end alone is refused");
	snprintf(query, sizeof query, "?hash=%s&size=%u&at=0", hex, LEN);
	is(put(query, bytes, STORE_BLOB_PART, &out), 200, "begun anew");
	snprintf(query, sizeof query, "?hash=%s&size=%u&at=262144", hex, LEN);
	is(put(query, bytes + STORE_BLOB_PART, 1000, &out), 200, "the rest");
	is_str(buf_cstr(&out), "{\"have\":263144,\"whole\":true}\n", "it is whole");
	buf_free(&out);
}

/* An incident for kg alone names it. */
static void
name_it(void)
{
	static const char *const list[] = { "kg" }, *const delivery[] = { "kg", "kz" };
	struct draft d = incident_of(KZ);
	struct err e = { 0 };
	char body[700];

	d.base = AUD_LIST;
	d.base_arg = NULL;
	d.members = (struct draft_list){ list, 1 };
	d.delivery = (struct draft_list){ delivery, 2 };
	snprintf(body, sizeof body, "%.*s,\"documents\":[{\"sha256\":\"%s\",\"bytes\":%u,\"media\":\"text/plain\"}]}",
	    (int)strlen(home_body) - 1, home_body, hex, LEN);
	node_must(file_draft(kz.node, &d, body, NULL, &e), &e);
}

static struct reply
get(struct web *who, const char *name, const char *query)
{
	char path[200];

	snprintf(path, sizeof path, "/x1/tashkent-2000/blob/%s%s", name, query);
	return ask(&kz, who->cert, who->key, "GET", path, NULL, 0);
}

static void
test_get(void)
{
	static const char none[] = "00000000000000000000000000000000000000000000000000000000000000ff";
	struct reply r = get(&kg, hex, "?from=262144"), other;

	ok(r.status == 200 && strcmp(r.type, "application/vnd.diwan.blob") == 0 && r.len == 20 + 1000 &&
	    memcmp(r.body + 20, bytes + STORE_BLOB_PART, 1000) == 0, "kg is given the second part: %d, %d bytes", r.status,
	    (int)r.len);
	ok(strstr(r.head, "no-store") != NULL, "nobody keeps it on the way");
	is(get(&kg, hex, "?from=1").status, 400, "from the middle of a part");
	is(get(&kg, hex, "").status, 400, "from nowhere");
	is(get(&kg, hex, "?from=524288").status, 404, "past the end");
	is(get(&kg, "12", "?from=0").status, 404, "no name");
	r = get(&uz, hex, "?from=0");
	other = get(&uz, none, "?from=0");
	is(r.status, 404, "uz is not given it");
	ok(other.status == 404 && strcmp(r.body, other.body) == 0 && strcmp(r.type, other.type) == 0, "as if it were not there: %s",
	    r.body);
	is(get(&uz, hex, "?from=1").status, get(&uz, none, "?from=1").status, "wrong questions tell nothing either");
}

static void
test_comes(void)
{
	struct err e = { 0 };
	struct store_reader *r;
	struct digest d;
	struct blob b = { .whole = false };

	hash_once(&d, bytes, LEN);
	node_must(node_sync_start(kg.node, http_client_transport(kg.client), &e), &e);
	for (int i = 0; i < 500 && !b.whole; i++) {
		usleep(20000);
		r = node_reader(kg.node, &e);
		if (store_blob_get(r, d.b, &b, &e) != OK)
			b.whole = false;
		node_reader_done(kg.node, r);
	}
	ok(b.whole && b.size == LEN, "it comes to kg over TLS");
	node_sync_stop(kg.node);
}

int
main(void)
{
	struct err e = { 0 };
	struct digest d;

	home_start();
	for (size_t i = 0; i < LEN; i++)
		bytes[i] = (char)('a' + (i * 7 + i / 1000) % 26);
	hash_once(&d, bytes, LEN);
	hex_encode(hex, d.b, sizeof d.b);
	web_make(&kz, "kz");
	web_make(&kg, "kg");
	web_make(&uz, "uz");
	node_must(node_pair(kz.node, &kg.card, &e), &e);
	node_must(node_pair(kz.node, &uz.card, &e), &e);
	node_must(node_pair(kg.node, &kz.card, &e), &e);
	web_listen(&kz);
	test_put();
	name_it();
	test_get();
	test_comes();
	web_end(&kz);
	web_end(&kg);
	web_end(&uz);
	curl_global_cleanup();
	home_end();
	return tap_done();
}
