/* What REDACTED leaves of a body: person fields are absent, not blank. */
#include <string.h>

#include "law/vis.h"

#define PATH_MAX_BYTES 512

struct redact {
	const struct record *r;
	person_field_fn is_person;
	void *ctx;
	struct json_out out;
	char path[PATH_MAX_BYTES];
};

/*
 * Append member ${j}'s name to the path; its new length, or 0 when it does not fit (then it is treated as person data).
 */
static size_t
enter(struct redact *x, size_t len, const struct json *j)
{
	size_t dot = len > 0;

	if (j->key == NULL)
		return len;
	if (len + dot + j->key_len >= sizeof x->path)
		return 0;
	if (dot)
		x->path[len] = '.';
	memcpy(x->path + len + dot, j->key, j->key_len);
	return len + dot + j->key_len;
}

static bool keeps(struct redact *x, const struct json *j, size_t len);

/* Anything left of an object or array? An empty one stays, one emptied by redaction goes. */
static bool
keeps_inside(struct redact *x, const struct json *j, size_t len)
{
	if (j->child == NULL)
		return true;
	for (const struct json *k = j->child; k != NULL; k = k->next)
		if (keeps(x, k, len))
			return true;
	return false;
}

/* May ${j} (member or element inside a path of ${len} bytes) be shown, in part at least? */
static bool
keeps(struct redact *x, const struct json *j, size_t len)
{
	size_t inside = enter(x, len, j);

	if (j->key != NULL && (inside == 0 || x->is_person(x->ctx, x->r->kind, x->path, inside)))
		return false;
	if (j->type == JSON_OBJECT || j->type == JSON_ARRAY)
		return keeps_inside(x, j, inside);
	return true;
}

static void
write_scalar(struct json_out *out, const char *key, const struct json *j)
{
	switch (j->type) {
	case JSON_NULL:
		jo_null(out, key);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		jo_bool(out, key, j->type == JSON_TRUE);
		break;
	case JSON_INT:
		jo_int(out, key, j->num);
		break;
	case JSON_REAL:
		jo_raw(out, key, j->str, j->len);
		break;
	default:
		jo_strn(out, key, j->str, j->len);
		break;
	}
}

static void
write_value(struct redact *x, const struct json *j, size_t len)
{
	size_t inside = enter(x, len, j);
	char key[PATH_MAX_BYTES];
	const char *name = NULL;

	if (!keeps(x, j, len))
		return;
	if (j->key != NULL) {
		memcpy(key, j->key, j->key_len);	/* fits: the path did */
		key[j->key_len] = '\0';
		name = key;
	}
	if (j->type != JSON_OBJECT && j->type != JSON_ARRAY) {
		write_scalar(&x->out, name, j);
		return;
	}
	jo_open(&x->out, name, j->type == JSON_OBJECT ? '{' : '[');
	for (const struct json *k = j->child; k != NULL; k = k->next)
		write_value(x, k, inside);
	jo_close(&x->out, j->type == JSON_OBJECT ? '}' : ']');
}

int
law_redact(const struct record *r, person_field_fn is_person, void *ctx, struct buf *out, struct err *e)
{
	struct redact x = { .r = r, .is_person = is_person, .ctx = ctx, .out = { .b = out, .comma = false } };

	jo_open(&x.out, NULL, '{');
	for (const struct json *j = r->body == NULL ? NULL : r->body->child; j != NULL; j = j->next)
		write_value(&x, j, 0);
	jo_close(&x.out, '}');
	if (out->failed)
		return err_set(e, ERR_NOMEM, "redaction: no memory for the text; raise the memory bound");
	return OK;
}
