/* The control socket's part in opening a pouch: the command has put it, closed anew, into the node's folder (node/pouch.h). */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "http/routes.h"
#include "node/pouch.h"

#define NAME_CHARS 16			/* of the file: hex digits */

static const struct json_limits limits = { 1024, 2, 8 };

/* {"file":"0123456789abcdef","key":"AGE-SECRET-KEY-1..."}: a file of that folder, and no other. */
static int
read_request(const struct http_request *r, struct arena *a, char path[POUCH_PATH_MAX], struct age_identity *id, struct err *e)
{
	const struct json *file, *key;
	struct json *root;
	int rc = json_parse(a, r->body, r->body_len, &limits, &root, e);

	if (rc != OK)
		return rc;
	file = json_get(root, "file");
	key = json_get(root, "key");
	if (file == NULL || file->type != JSON_STRING || file->len != NAME_CHARS || key == NULL || key->type != JSON_STRING)
		return err_set(e, ERR_INPUT, "pouch: give \"file\", %d hex digits, and \"key\"", NAME_CHARS);
	for (size_t i = 0; i < file->len; i++)
		if (strchr("0123456789abcdef", file->str[i]) == NULL)
			return err_set(e, ERR_INPUT, "pouch: file: hex digits only");
	snprintf(path, POUCH_PATH_MAX, "%s/" POUCH_FOLDER "/%.*s", node_dir(r->node), NAME_CHARS, file->str);
	return age_identity_parse(id, key->str, key->len, e);
}

void
control_pouch(const struct http_request *r, struct http_answer *a)
{
	struct json_out o = { &a->body, false };
	struct age_identity id = { .secret = { 0 } };
	struct pouch_told told;
	struct arena arena = { 0 };
	char path[POUCH_PATH_MAX];
	struct err e = { 0 };
	int rc = read_request(r, &arena, path, &id, &e);

	if (rc == OK)
		rc = node_pouch_open(r->node, path, &id, NULL, NULL, &told, &e);
	age_identity_wipe(&id);
	arena_free(&arena);
	if (rc != OK) {
		http_problem(a, &e);
		return;
	}
	jo_open(&o, NULL, '{');
	pouch_told_write(&o, &told);
	jo_close(&o, '}');
	buf_byte(&a->body, '\n');
	a->type = "application/json";
}
