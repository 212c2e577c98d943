/*
 * The community's test files for the age format (C2SP CCTV, age/testdata), from TEST_DATA/vectors/age, one file each:
 * lines "key: value", an empty line, the age file. Their expectations are mapped to our codes; what needs a recipient type
 * or armour that we do not speak is turned round: it must be refused. Files said to be compressed are skipped, as there is
 * nothing here to inflate them.
 */
#include <dirent.h>

#include "base/text.h"
#include "crypt/agefile.h"
#include "crypt/crypt.h"
#include "tap.h"

struct vector {
	char expect[32], payload[2 * HASH_BYTES + 1];
	struct age_identity ids[AGE_IDENTITIES_MAX];
	size_t n_ids;
	bool armoured, compressed, foreign_key;
	const uint8_t *file, *end;
};

static struct err e;

static bool
read_all(struct buf *out, const char *path)
{
	uint8_t chunk[65536];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(out, chunk, n);
	fclose(f);
	return !out->failed;
}

static void
take(struct vector *v, const char *key, const char *value)
{
	if (strcmp(key, "expect") == 0)
		snprintf(v->expect, sizeof v->expect, "%s", value);
	else if (strcmp(key, "payload") == 0)
		snprintf(v->payload, sizeof v->payload, "%s", value);
	else if (strcmp(key, "armored") == 0)
		v->armoured = true;
	else if (strcmp(key, "compressed") == 0)
		v->compressed = true;
	else if (strcmp(key, "passphrase") == 0)
		v->foreign_key = true;
	else if (strcmp(key, "identity") == 0 && v->n_ids < AGE_IDENTITIES_MAX) {
		if (age_identity_parse(&v->ids[v->n_ids], value, strlen(value), &e) == OK)
			v->n_ids++;
		else
			v->foreign_key = true;
	}
}

static bool
parse(struct vector *v, const struct buf *bytes)
{
	const uint8_t *at = bytes->data, *end = bytes->data + bytes->len, *lf;
	char line[4096], *colon;

	memset(v, 0, sizeof *v);
	for (; (lf = memchr(at, '\n', (size_t)(end - at))) != NULL; at = lf + 1) {
		if (lf == at) {
			v->file = lf + 1;
			v->end = end;
			return v->expect[0] != '\0';
		}
		snprintf(line, sizeof line, "%.*s", (int)(lf - at), (const char *)at);
		if ((colon = strstr(line, ": ")) == NULL)
			return false;
		*colon = '\0';
		take(v, line, colon + 2);
	}
	return false;
}

static bool
as_expected(const struct vector *v, int rc)
{
	if (v->armoured)
		return rc == ERR_INPUT || rc == ERR_DENIED;
	if (v->foreign_key && v->n_ids == 0)
		return rc == ERR_INPUT || rc == ERR_DENIED || rc == ERR_UNKNOWN;
	if (strcmp(v->expect, "success") == 0)
		return rc == OK;
	if (strcmp(v->expect, "no match") == 0)
		return rc == ERR_DENIED;
	if (strcmp(v->expect, "HMAC failure") == 0)
		return rc == ERR_VERIFY;
	if (strcmp(v->expect, "payload failure") == 0)
		return rc == ERR_VERIFY || rc == ERR_INPUT;
	return strcmp(v->expect, "header failure") == 0 && (rc == ERR_INPUT || rc == ERR_UNKNOWN);
}

/* What was given out, before an error too, must hash to what the vector says. */
static bool
gave_right(const struct vector *v, const struct buf *out)
{
	struct digest d;
	char hex[2 * HASH_BYTES + 1];

	hash_once(&d, out->data, out->len);
	hex_encode(hex, d.b, sizeof d.b);
	return v->payload[0] == '\0' ? out->len == 0 : strcmp(hex, v->payload) == 0;
}

static void
try(const char *name, const struct vector *v)
{
	static const size_t pieces[] = { 0, 1, 1000 };
	struct age_identity none;
	struct buf out = { 0 };
	int rc = OK;
	bool good = true, readable = !v->armoured && (v->n_ids > 0 || !v->foreign_key);

	age_identity_from_seed(&none, (const uint8_t *)"who holds no key to any of these");
	for (size_t p = 0; p < 3; p++) {
		buf_reset(&out);
		rc = agefile_open(&out, v->n_ids > 0 ? v->ids : &none, v->n_ids > 0 ? v->n_ids : 1, v->file,
		    (size_t)(v->end - v->file), pieces[p], &e);
		good &= as_expected(v, rc) && (readable ? gave_right(v, &out) : out.len == 0);
	}
	ok(good, "%s: %s%s: %s", name, v->armoured ? "armoured, " : "", v->expect, rc == OK ? "read" : e.text);
	buf_free(&out);
}

int
main(void)
{
	const char *root = getenv("TEST_DATA");
	struct dirent **names;
	struct vector v;
	struct buf bytes = { 0 };
	char dir[1024], path[2048];
	int n, tried = 0;

	crypt_init(&e);
	snprintf(dir, sizeof dir, "%s/vectors/age", root != NULL ? root : "");
	if (root == NULL || (n = scandir(dir, &names, NULL, alphasort)) < 0) {
		skip("no age test files in TEST_DATA", 1);
		return tap_done();
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name);
		buf_reset(&bytes);
		if (names[i]->d_name[0] != '.') {
			if (!read_all(&bytes, path) || !parse(&v, &bytes))
				ok(false, "%s is a test file", names[i]->d_name);
			else if (v.compressed)
				skip("compressed", 1);
			else
				try(names[i]->d_name, &v);
			tried++;
		}
		free(names[i]);
	}
	ok(tried > 50, "%d files", tried);
	free(names);
	buf_free(&bytes);
	return tap_done();
}
