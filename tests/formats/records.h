/* Records for the tests of this room: an envelope around a body. */
#ifndef TESTS_FORMATS_RECORDS_H
#define TESTS_FORMATS_RECORDS_H

#include "base/buf.h"
#include "record/record.h"
#include "tap.h"

struct made {
	struct arena tree;
	struct buf text;
	struct record r;
};

/* Parse an incident around ${body}; ${more} are further envelope members with a comma before each. */
static bool
make_record(struct made *m, const char *mode, const char *pd, const char *more, const char *body)
{
	struct err e;

	buf_reset(&m->text);
	arena_reset(&m->tree);
	buf_fmt(&m->text, "{\"diwan\":1,\"kind\":\"incident\",\"id\":\"00112233445566778899aabbccddeeff\",\"seq\":1,"
	    "\"mechanism\":\"m\","
	    "\"origin\":{\"member\":\"kz\",\"authority\":\"kz-border\"},\"filed_at\":\"2018-05-28T09:00:00.000+05:00\","
	    "\"mode\":\"%s\","
	    "\"state\":\"OPEN\",\"basis\":[{\"instrument\":\"treaty\",\"article\":\"4\"}],\"purpose\":[\"P09\",\"P11\"],"
	    "\"audience\":{\"base\":\"LIST\",\"members\":[\"kg\",\"kz\"]},\"delivery\":[\"kg\",\"kz\"],\"tlp\":\"AMBER\","
	    "\"pd\":\"%s\"%s,"
	    "\"body\":%s}", mode, pd, more, body);
	if (record_parse(&m->tree, m->text.data, m->text.len, &m->r, &e) == OK)
		return true;
	printf("# %s\n# %s\n", e.text, buf_cstr(&m->text));
	return false;
}

__attribute__((unused)) static void
free_record(struct made *m)
{
	arena_free(&m->tree);
	buf_free(&m->text);
}

#endif
