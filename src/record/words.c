/* The words of record.h's enums, and references. The enums follow the order of vocab.def; the asserts below hold them to it. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "record/rows.h"

static_assert(W_KIND_participant + 1 == KIND_PARTICIPANT && W_KIND_instrument + 1 == KIND_INSTRUMENT &&
    W_KIND_position + 1 == KIND_POSITION && W_KIND_notice + 1 == KIND_NOTICE && W_KIND_incident + 1 == KIND_INCIDENT &&
    W_KIND_control + 1 == KIND_CONTROL, "list KIND follows enum kind");
static_assert((int)W_MODE_REAL == MODE_REAL && (int)W_MODE_EXERCISE == MODE_EXERCISE && (int)W_MODE_TEST == MODE_TEST,
    "list MODE follows enum mode");
static_assert((int)W_TLP_CLEAR == TLP_CLEAR && (int)W_TLP_GREEN == TLP_GREEN && (int)W_TLP_AMBER == TLP_AMBER &&
    (int)W_TLP_AMBER_STRICT == TLP_AMBER_STRICT && (int)W_TLP_RED == TLP_RED, "list TLP follows enum tlp");
static_assert((int)W_PD_NONE == PD_NONE && (int)W_PD_COUNTS == PD_COUNTS && (int)W_PD_PSEUDONYM == PD_PSEUDONYM &&
    (int)W_PD_IDENTIFYING == PD_IDENTIFYING && (int)W_PD_SPECIAL == PD_SPECIAL, "list PD follows enum pd");
static_assert((int)W_ONWARD_NONE == ONWARD_NONE && (int)W_ONWARD_ASK == ONWARD_ASK &&
    (int)W_ONWARD_WITHIN_MEMBER == ONWARD_WITHIN_MEMBER && (int)W_ONWARD_AUDIENCE == ONWARD_AUDIENCE,
    "list ONWARD follows enum onward");
static_assert((int)W_AUDIENCE_BASE_LIST == AUD_LIST && (int)W_AUDIENCE_BASE_BODY == AUD_BODY &&
    (int)W_AUDIENCE_BASE_PARTIES == AUD_PARTIES && (int)W_AUDIENCE_BASE_ALL_MEMBERS == AUD_ALL_MEMBERS &&
    (int)W_AUDIENCE_BASE_PUBLIC == AUD_PUBLIC, "list AUDIENCE_BASE follows enum audience_base");
static_assert(1 << W_HANDLING_H0 == HANDLING_H0 && 1 << W_HANDLING_H3 == HANDLING_H3, "list HANDLING follows the bits");
static_assert((int)W_PURPOSE_P01 == 0 && W_PURPOSE_P14 + 1 == PURPOSE_MAX, "list PURPOSE is P01 to P14");

const char *
kind_code(enum kind k)
{
	return k > KIND_NONE && k < KIND_COUNT ? tables_word_at(V_KIND, (int)k - 1) : "none";
}

enum kind
kind_from(const char *s, size_t len)
{
	return (enum kind)(tables_find_word(V_KIND, s, len) + 1);
}

const char *
mode_word(enum mode m)
{
	return tables_word_at(V_MODE, (int)m);
}

const char *
tlp_word(enum tlp t)
{
	return tables_word_at(V_TLP, (int)t);
}

const char *
pd_word(enum pd p)
{
	return tables_word_at(V_PD, (int)p);
}

const char *
onward_word(enum onward o)
{
	return tables_word_at(V_ONWARD, (int)o);
}

bool
ref_parse(const char *s, size_t len, struct ref *out)
{
	uint64_t version = 0;

	if (len < 2 * RECORD_ID_BYTES || !hex_decode(out->id, RECORD_ID_BYTES, s, 2 * RECORD_ID_BYTES))
		return false;
	s += 2 * RECORD_ID_BYTES;
	len -= 2 * RECORD_ID_BYTES;
	if (len > 0 && (s[0] != '@' || !dec_u64(s + 1, len - 1, INT32_MAX, &version) || version == 0))
		return false;
	out->version = (uint32_t)version;
	return true;
}

void
ref_format(char *out, const struct ref *r)
{
	hex_encode(out, r->id, RECORD_ID_BYTES);
	if (r->version != 0)
		snprintf(out + 2 * RECORD_ID_BYTES, REF_LEN - 2 * RECORD_ID_BYTES, "@%u", r->version);
}

void
record_new_id(uint8_t id[RECORD_ID_BYTES], int64_t now_ms, const struct rng *rng)
{
	uint64_t ms = (uint64_t)now_ms & UINT64_C(0xffffffffffff);

	rng_fill(rng, id + 6, RECORD_ID_BYTES - 6);
	for (int i = 0; i < 6; i++)
		id[i] = (uint8_t)(ms >> (40 - 8 * i));
	id[6] = (uint8_t)(0x70 | (id[6] & 0x0f));
	id[8] = (uint8_t)(0x80 | (id[8] & 0x3f));
}
