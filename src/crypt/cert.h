/*
 * X.509 certificates (RFC 5280) for the node's two listeners, by GnuTLS.
 *
 * Members pin each other's public keys from the charter, so a member's certificate is a wrapper round its Ed25519 TLS
 * key and its issuer is itself. It is made so that GnuTLS, OpenSSL, curl and Go's crypto/tls accept it when it is given
 * to them as the only trusted root: v3, CA:TRUE with path length 0, keyUsage digitalSignature + keyCertSign, extended
 * key usage serverAuth + clientAuth, subjectAltName with every host. Browsers refuse Ed25519 (RFC 8410) certificates;
 * the officers' listener starts with a self-signed ECDSA P-256 one (cert_make_browser).
 *
 * Pure: time and serial number come from the caller. All of these cost below a millisecond.
 */
#ifndef CRYPT_CERT_H
#define CRYPT_CERT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypt/sign.h"

#define CERT_SERIAL_BYTES 16
#define CERT_NAME_MAX 64		/* ub-common-name, RFC 5280 appendix A.1 */
#define CERT_HOSTS_MAX 32
#define CERT_PIN_LEN 52			/* "sha256//" and 44 characters */
#define CERT_MAX_BYTES (64 * 1024)	/* cert_info reads no more */

struct cert_spec {
	const char *name;		/* common name: the member's name, UTF-8, 1 to CERT_NAME_MAX bytes */
	const char *const *hosts;	/* DNS names or IP addresses; localhost, 127.0.0.1 and ::1 are always added */
	size_t n_hosts;			/* at most CERT_HOSTS_MAX */
	time_t from, until;		/* validity, until > from */
	uint8_t serial[CERT_SERIAL_BYTES];	/* random; the two top bits are set to 01 so that it is positive */
};

struct cert_info {
	char pin[CERT_PIN_LEN + 1];	/* "sha256//" base64(SHA-256(SubjectPublicKeyInfo)), as curl has it */
	time_t from, until;
	char name[4 * CERT_NAME_MAX + 1];	/* common name or "". To be shown, never to authenticate by */
};

/*
 * cert_make(key, spec, cert, key_pem, e):
 * Append a certificate of ${key} signed by itself to ${cert} (PEM) and the key to ${key_pem} (PEM, PKCS#8, not
 * encrypted: buf_wipe it). The same arguments give the same bytes. Errors: ERR_INPUT (names the field), ERR_LIMIT,
 * ERR_NOMEM.
 */
int cert_make(const struct sign_key *key, const struct cert_spec *spec, struct buf *cert, struct buf *key_pem,
    struct err *e);

/*
 * cert_make_browser(spec, cert, key_pem, e):
 * The same with a new ECDSA P-256 key, drawn by GnuTLS from the system. CA:FALSE and serverAuth only, since it is
 * installed by hand in officers' browsers and must never vouch for another name.
 */
int cert_make_browser(const struct cert_spec *spec, struct buf *cert, struct buf *key_pem, struct err *e);

/*
 * cert_info(out, bytes, len, e):
 * Read the first certificate of a PEM text, or one DER certificate. Says nothing about trust: compare ${out}->pin with
 * the charter's. Errors: ERR_INPUT, ERR_LIMIT, ERR_NOMEM.
 */
int cert_info(struct cert_info *out, const void *bytes, size_t len, struct err *e);

/* The pin of a bare Ed25519 public key, as a charter holds it: equals cert_info's pin of its certificate. */
void cert_pin(char pin[CERT_PIN_LEN + 1], const uint8_t pub[SIGN_PUBLIC_BYTES]);

#endif
