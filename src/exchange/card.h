/*
 * The pairing card (docs/exchange.md 6): a member's keys and address as a short text, with six pronounceable words
 * to read out on the telephone.
 */
#ifndef EXCHANGE_CARD_H
#define EXCHANGE_CARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define CARD_MAX_BYTES 2048u
#define CARD_WORDS_LEN 48		/* six words of five letters, five spaces, NUL */

struct card {
	char mechanism[33], member[33];
	char charter[65];		/* lower-case hex SHA-256 of the charter file */
	char address[280];		/* host:port; an IPv6 host in brackets */
	char vkey[512];			/* the log's verification key (signed-note vkey) */
	bool new_key;			/* not in the text: who accepts it says that the log key was changed by plan */
	char tls_next[64];		/* not in the text: a pin that counts too, during a change of key; "" */
	char tls_pin[64];		/* "sha256//" and base64 of SHA-256(SubjectPublicKeyInfo) */
	char witness[512];		/* by which it cosigns others' checkpoints (vkey of type 04); "-": does not yet */
	char pouch[72];			/* to whom a pouch for it is encrypted ("age1..."); "-": none yet */
};

/* Append the card's text to ${out}. */
void card_write(struct buf *out, const struct card *c);
/* Strict: the lines in order, nothing else. ERR_INPUT names the line. */
int card_read(struct card *out, const void *text, size_t len, struct err *e);
/* The words of the card's text. */
void card_words(char out[CARD_WORDS_LEN], const struct card *c);

/* "host:port" into its parts; false if it is neither that nor "[v6]:port" with a port of 1..65535. */
int address_split(const char *address, char host[256], unsigned *port, struct err *e);

#endif
