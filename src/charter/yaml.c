/* libfyaml's events into a small tree with positions. Nothing of the library is seen outside this file. */
#include "charter/yaml.h"

#include <assert.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct frame {
	struct yaml *node;
	struct yaml *tail;		/* last child */
	const char *key;		/* map: the name that waits for its value */
	uint32_t key_line, key_col;
};

struct building {
	struct arena *a;
	struct complaints *c;
	struct frame stack[YAML_MAX_DEPTH];
	uint32_t depth, nodes;
	struct yaml *root;
	uint32_t documents;
	struct buf scratch;		/* the scalar being put together */
	bool told;			/* why reading stopped */
};

static void
position(struct fy_event *ev, uint32_t *line, uint32_t *col)
{
	const struct fy_mark *m = fy_event_start_mark(ev);

	*line = m == NULL || m->line < 0 ? 0 : (uint32_t)m->line + 1;
	*col = m == NULL || m->column < 0 ? 0 : (uint32_t)m->column + 1;
}

static bool
no_memory(struct building *b)
{
	b->a->no_memory |= b->scratch.failed;	/* which has no bound */
	return complain(b->c, NULL, "CH02", "no memory for the text; raise the memory bound");
}

/* Hang ${n} into the map or list on top of the stack, or make it the root. */
static bool
attach(struct building *b, struct yaml *n)
{
	struct frame *f = b->depth == 0 ? NULL : &b->stack[b->depth - 1];

	if (++b->nodes > YAML_MAX_NODES)
		return complain(b->c, n, "CH02", "more than %d values; split the text", YAML_MAX_NODES);
	if (f == NULL) {
		b->root = n;
		return true;
	}
	if (f->node->type == YAML_MAP) {
		n->key = f->key;
		n->key_line = f->key_line;
		n->key_col = f->key_col;
		f->key = NULL;
	}
	if (f->tail == NULL)
		f->node->child = n;
	else
		f->tail->next = n;
	f->tail = n;
	f->node->count++;
	return true;
}

static bool
want_key(const struct building *b)
{
	return b->depth > 0 && b->stack[b->depth - 1].node->type == YAML_MAP && b->stack[b->depth - 1].key == NULL;
}

/*
 * The text of a scalar to b->scratch, chunk by chunk: libfyaml 0.7.12's fy_token_get_text() leaks where a scalar has
 * more than a few escapes.
 */
static bool
gather(struct building *b, struct fy_token *t)
{
	struct fy_token_iter *it = fy_token_iter_create(t);
	const struct fy_iter_chunk *chunk = NULL;
	int failed = 0;

	buf_reset(&b->scratch);
	while (it != NULL && (chunk = fy_token_iter_chunk_next(it, chunk, &failed)) != NULL)
		buf_add(&b->scratch, chunk->str, chunk->len);
	fy_token_iter_destroy(it);
	return it != NULL && failed == 0 && !b->scratch.failed;
}

static bool
on_scalar(struct building *b, struct fy_event *ev)
{
	enum fy_scalar_style style = fy_token_scalar_style(ev->scalar.value);
	struct yaml *n = arena_alloc(b->a, sizeof *n);
	char *copy = gather(b, ev->scalar.value) ? arena_strn(b->a, buf_cstr(&b->scratch), b->scratch.len) : NULL;
	size_t len = b->scratch.len;
	struct frame *f = b->depth == 0 ? NULL : &b->stack[b->depth - 1];

	if (n == NULL || copy == NULL)
		return no_memory(b);
	position(ev, &n->line, &n->col);
	if (memchr(copy, '\0', len) != NULL || text_forbidden((const uint8_t *)copy, len) != 0)
		return complain(b->c, n, "CH08", "a control or direction character inside the text; write it without");
	if (!text_is_nfc((const uint8_t *)copy, len))
		return complain(b->c, n, "CH08", "not in Unicode normal form C; save the text in NFC");
	if (want_key(b)) {
		f->key = copy;
		f->key_line = n->line;
		f->key_col = n->col;
		return true;
	}
	n->type = YAML_SCALAR;
	n->str = copy;
	n->len = (uint32_t)len;
	n->quoted = style != FYSS_PLAIN;
	return attach(b, n);
}

static bool
on_open(struct building *b, struct fy_event *ev, enum yaml_type type)
{
	struct yaml *n = arena_alloc(b->a, sizeof *n);

	if (n == NULL)
		return no_memory(b);
	n->type = type;
	position(ev, &n->line, &n->col);
	if (want_key(b))
		return complain(b->c, n, "CH07", "a name must be a word, not a map or list; write \"name: value\"");
	if (b->depth == YAML_MAX_DEPTH)
		return complain(b->c, n, "CH02", "deeper than %d levels; flatten the text", YAML_MAX_DEPTH);
	if (!attach(b, n))
		return false;
	b->stack[b->depth++] = (struct frame){ .node = n };
	return true;
}

static int
by_name(const void *a, const void *b)
{
	const struct yaml *x = *(const struct yaml *const *)a, *y = *(const struct yaml *const *)b;
	int d = strcmp(x->key, y->key);

	if (d != 0)
		return d;
	return x->key_line != y->key_line ? (x->key_line > y->key_line ? 1 : -1) :
	    (x->key_col > y->key_col) - (x->key_col < y->key_col);
}

/* A map is complete: each name once. */
static bool
on_close(struct building *b)
{
	const struct yaml *map = b->stack[--b->depth].node;
	const struct yaml **sorted;
	uint32_t n = 0;
	bool good = true;

	assert(map != NULL);		/* every frame was pushed with its node */
	if (map->type != YAML_MAP || map->count < 2)
		return true;
	if ((sorted = arena_alloc(b->a, map->count * sizeof *sorted)) == NULL)
		return no_memory(b);
	for (const struct yaml *k = map->child; k != NULL; k = k->next)
		sorted[n++] = k;
	qsort(sorted, n, sizeof *sorted, by_name);
	for (uint32_t i = 1; i < n; i++)
		if (strcmp(sorted[i]->key, sorted[i - 1]->key) == 0)
			good = complain_at(b->c, sorted[i]->key_line, sorted[i]->key_col, "CH04",
			    "\"%.80s\" stands twice (first in line %u); keep one", sorted[i]->key,
			    sorted[i - 1]->key_line);
	return good;
}

static bool
on_event(struct building *b, struct fy_event *ev)
{
	struct yaml at = { .type = YAML_SCALAR };

	position(ev, &at.line, &at.col);
	if (ev->type == FYET_ALIAS || fy_event_get_anchor_token(ev) != NULL)
		return complain(b->c, &at, "CH03", "anchors (&) and aliases (*) are not taken; write the value out");
	if (fy_event_get_tag_token(ev) != NULL)
		return complain(b->c, &at, "CH03", "tags (!) are not taken; write the value plainly");
	switch (ev->type) {
	case FYET_DOCUMENT_START:
		return ++b->documents == 1 || complain(b->c, &at, "CH03",
		    "a second document begins here; one file holds one");
	case FYET_SCALAR:
		return on_scalar(b, ev);
	case FYET_SEQUENCE_START:
		return on_open(b, ev, YAML_LIST);
	case FYET_MAPPING_START:
		return on_open(b, ev, YAML_MAP);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		/* a name twice is told, and reading goes on: the rest of the page is worth hearing about too */
		on_close(b);
		return true;
	default:
		return true;
	}
}

static void
swallow(struct fy_diag *diag, void *user, const char *buf, size_t len)
{
	(void)diag;
	(void)user;
	(void)buf;
	(void)len;
}

/* What the library found wrong, in its words; the position is what the reader needs. */
static void
library_complaint(struct building *b, struct fy_diag *diag)
{
	void *iter = NULL;
	const struct fy_diag_error *x = fy_diag_errors_iterate(diag, &iter);

	if (x == NULL) {
		complain(b->c, NULL, "CH01", "not a YAML text; correct its layout");
		return;
	}
	complain_at(b->c, x->line < 1 ? 1 : (uint32_t)x->line, x->column < 1 ? 1 : (uint32_t)x->column, "CH01",
	    "not YAML: %.200s; correct the layout here", x->msg);
}

static bool
run(struct building *b, struct fy_parser *p)
{
	struct fy_event *ev;
	bool good = true, end = false;

	while (good && !end && (ev = fy_parser_parse(p)) != NULL) {
		end = ev->type == FYET_STREAM_END;
		good = on_event(b, ev);
		fy_parser_event_free(p, ev);
	}
	b->told = !good;
	return good && end;
}

bool
yaml_read(struct arena *a, const char *text, size_t len, size_t max_bytes, struct complaints *c, struct yaml **root)
{
	const struct fy_diag_cfg quiet = { .output_fn = swallow, .level = FYET_ERROR, .module_mask = ~0u };
	struct building b = { .a = a, .c = c };
	struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE };
	struct fy_parser *p = NULL;
	size_t valid = utf8_valid((const uint8_t *)text, len);
	uint32_t line = 1;

	*root = NULL;
	if (len > max_bytes)
		return complain(c, NULL, "CH02", "larger than %zu bytes; split it", max_bytes);
	if (valid < len || memchr(text, '\0', len) != NULL) {
		for (size_t i = 0; i < valid && text[i] != '\0'; i++)
			line += text[i] == '\n';
		return complain_at(c, line, 1, "CH01", "not UTF-8 text; save it as UTF-8");
	}
	if ((cfg.diag = fy_diag_create(&quiet)) == NULL || (p = fy_parser_create(&cfg)) == NULL) {
		no_memory(&b);
	} else {
		fy_diag_set_collect_errors(cfg.diag, true);
		if (fy_parser_set_string(p, text, len) != 0)
			no_memory(&b);
		else if (run(&b, p))
			*root = b.root;
		else if (!b.told)
			library_complaint(&b, cfg.diag);
	}
	fy_parser_destroy(p);
	fy_diag_destroy(cfg.diag);
	buf_free(&b.scratch);
	if (b.root == NULL && c->count == 0)
		complain(c, NULL, "CH01", "the text is empty");
	return c->count == 0;
}

const struct yaml *
yaml_get(const struct yaml *map, const char *key)
{
	if (map == NULL || map->type != YAML_MAP)
		return NULL;
	for (const struct yaml *k = map->child; k != NULL; k = k->next)
		if (strcmp(k->key, key) == 0)
			return k;
	return NULL;
}
