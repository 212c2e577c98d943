/*
 * The check that both ends of a member connection make of the other (docs/exchange.md 1).
 */
#ifndef HTTP_PIN_H
#define HTTP_PIN_H

#include "base/err.h"
#include "crypt/cert.h"

/* The pin of the certificate that the peer of ${session} (gnutls_session_t) showed, and its dates. ERR_DENIED: it showed
 * none. */
int pin_of_session(void *session, struct cert_info *out, struct err *e);

/* The peer's certificate is in date and, unless ${pin} is NULL, has that key. ${who} names the peer in the sentence.
 * ERR_DENIED. */
int pin_check(void *session, const char *pin, const char *who, struct err *e);

/* In date now? ERR_DENIED with the date and the remedy. */
int pin_dates(const struct cert_info *c, const char *who, struct err *e);

#endif
