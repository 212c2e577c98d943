/*
 * Text in the small: hex, base64, UTF-8, Unicode hygiene, decimal numbers. Everything is strict: a decoder refuses
 * what an encoder would not have written (RFC 4648 padding, zero trailing bits, no white space, no leading zeros).
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lower-case hex of ${len} bytes into ${out} (2 * len + 1 bytes, NUL added). */
void hex_encode(char *out, const uint8_t *bytes, size_t len);
/* Exactly ${len} bytes from 2 * ${len} lower-case digits. False if anything else is there. */
bool hex_decode(uint8_t *out, size_t len, const char *s, size_t s_len);

#define BASE64_LEN(n) (((n) + 2) / 3 * 4)
/* RFC 4648 section 4, with padding, into ${out} (BASE64_LEN(len) + 1 bytes, NUL added). */
void base64_encode(char *out, const uint8_t *bytes, size_t len);
/* Number of bytes written to ${out} (of ${cap}), or -1 if ${s} is not strict base64 or does not fit. */
long base64_decode(uint8_t *out, size_t cap, const char *s, size_t s_len);

/* Length in bytes of the valid UTF-8 prefix; == len if all of it is (RFC 3629: no surrogates, no overlong forms). */
size_t utf8_valid(const uint8_t *s, size_t len);
/* Code point at ${s} (valid UTF-8) and its length in *${n}. */
uint32_t utf8_at(const uint8_t *s, size_t len, size_t *n);

/* True if ${s} (valid UTF-8) is in Unicode normalisation form C. O(n); ASCII costs one scan. */
bool text_is_nfc(const uint8_t *s, size_t len);

/*
 * The first code point in ${s} (valid UTF-8) that text for people must not hold, or 0: controls other than
 * tab and newline, non-characters, and bidirectional overrides, embeddings and unbalanced isolates, by which a text can
 * be made to read otherwise than it is stored (Unicode UTS 55). Marks U+200E/200F and U+061C are allowed.
 */
uint32_t text_forbidden(const uint8_t *s, size_t len);

/* Strict unsigned decimal without leading zero, <= max. */
bool dec_u64(const char *s, size_t len, uint64_t max, uint64_t *out);

bool text_eq(const char *s, size_t len, const char *z);	/* slice equals NUL-terminated */

#endif
