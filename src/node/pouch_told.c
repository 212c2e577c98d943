/* What is told of a pouch, as JSON: a running node's answer, and the command's. */
#include <string.h>

#include "base/when.h"
#include "node/pouch.h"

#define FIELD(name) { #name, offsetof(struct pouch_told, name) }
#define HEAD(name, field) { name, offsetof(struct pouch_told, head.field) }

static const struct number {
	const char *key;
	size_t at;
} numbers[] = {
	HEAD("from_entry", first), HEAD("size", size), FIELD(file_bytes), FIELD(payload_bytes), FIELD(tiles), FIELD(streams),
	FIELD(blobs), FIELD(cosigned), FIELD(entries), FIELD(payloads), FIELD(withheld), FIELD(blobs_new), FIELD(blobs_refused),
	FIELD(held), FIELD(decided), FIELD(gap_from), FIELD(gap_to), FIELD(ahead), FIELD(receipts)
};

#define NUMBERS (sizeof numbers / sizeof *numbers)

void
pouch_told_write(struct json_out *o, const struct pouch_told *t)
{
	char made[INST_LEN];
	uint64_t v;

	inst_format(made, (struct inst){ t->head.made_ms, 0 });
	jo_str(o, "mechanism", t->head.mechanism);
	jo_str(o, "from", t->head.from);
	jo_str(o, "to", t->head.to);
	jo_str(o, "made", made);
	for (size_t i = 0; i < NUMBERS; i++) {
		memcpy(&v, (const char *)t + numbers[i].at, sizeof v);
		jo_int(o, numbers[i].key, (int64_t)v);
	}
	jo_bool(o, "only_payloads", t->only_payloads);
	jo_str(o, "no_receipts", t->no_receipts[0] != '\0' ? t->no_receipts : NULL);
	jo_str(o, "no_cosignature", t->no_cosignature[0] != '\0' ? t->no_cosignature : NULL);
}

static void
text(char *out, size_t cap, const struct json *v)
{
	if (v != NULL && v->type == JSON_STRING && v->len < cap) {
		memcpy(out, v->str, v->len);
		out[v->len] = '\0';
	}
}

void
pouch_told_read(struct pouch_told *t, const struct json *root)
{
	const struct json *v = json_get(root, "made");
	uint64_t number;
	struct inst made;

	memset(t, 0, sizeof *t);
	text(t->head.mechanism, sizeof t->head.mechanism, json_get(root, "mechanism"));
	text(t->head.from, sizeof t->head.from, json_get(root, "from"));
	text(t->head.to, sizeof t->head.to, json_get(root, "to"));
	text(t->no_receipts, sizeof t->no_receipts, json_get(root, "no_receipts"));
	text(t->no_cosignature, sizeof t->no_cosignature, json_get(root, "no_cosignature"));
	if (v != NULL && v->type == JSON_STRING && inst_parse(v->str, v->len, &made))
		t->head.made_ms = made.ms;
	for (size_t i = 0; i < NUMBERS; i++)
		if ((v = json_get(root, numbers[i].key)) != NULL && v->type == JSON_INT && v->num >= 0) {
			number = (uint64_t)v->num;
			memcpy((char *)t + numbers[i].at, &number, sizeof number);
		}
	t->only_payloads = (v = json_get(root, "only_payloads")) != NULL && v->type == JSON_TRUE;
}
