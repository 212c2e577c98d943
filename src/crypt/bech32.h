/*
 * Bech32 (BIP 173): bytes as text with a prefix and a checksum that catches mistyping. Here it carries keys, so both
 * directions take the same time and touch the same memory whatever the bytes are.
 *
 *     <prefix> "1" <5 bits a character, the last one filled up with zero bits> <6 characters of checksum>
 *
 * The prefix (of a-z and -, or of A-Z and -) decides the case of the whole text, and the decoder takes that case only: as
 * with every decoder of this program, it reads exactly what the encoder writes.
 */
#ifndef CRYPT_BECH32_H
#define CRYPT_BECH32_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Characters of ${n} bytes behind a prefix of ${prefix_len} characters. */
#define BECH32_LEN(prefix_len, n) ((prefix_len) + 1 + ((n) * 8 + 4) / 5 + 6)

/* Write ${len} bytes behind ${prefix} into ${out} (BECH32_LEN + 1 bytes, NUL added). */
void bech32_encode(char *out, const char *prefix, const uint8_t *bytes, size_t len);

/*
 * bech32_decode(out, out_len, prefix, s, s_len, e):
 * Exactly ${out_len} bytes from ${s_len} characters. Errors: ERR_INPUT, with a sentence that quotes nothing of ${s}, which
 * may be a secret. On failure ${out} is wiped. The checksum finds up to four wrong characters for certain.
 */
int bech32_decode(uint8_t *out, size_t out_len, const char *prefix, const char *s, size_t s_len, struct err *e);

#endif
