#include "crypt/cert.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#include "base/text.h"
#include "crypt/hash.h"

static const char *const own_hosts[] = { "localhost", "127.0.0.1", "::1" };
#define N_OWN_HOSTS (sizeof own_hosts / sizeof *own_hosts)

/* What went wrong inside GnuTLS, while doing ${what}. */
static int
failed(struct err *e, int gnutls_code, const char *what)
{
	int code = gnutls_code == GNUTLS_E_MEMORY_ERROR ? ERR_NOMEM : ERR_INPUT;

	return err_set(e, code, "certificate: %s: %s", what, gnutls_strerror(gnutls_code));
}

/* A host name by RFC 1123: labels of letters, digits and inner hyphens, 63 characters each, 253 in all. */
static bool
dns_name_ok(const char *s)
{
	size_t label = 0, len = strlen(s);

	if (len == 0 || len > 253)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool alnum = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9');

		if (s[i] == '.') {
			if (label == 0 || s[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if ((!alnum && (s[i] != '-' || label == 0)) || ++label > 63)
			return false;
	}
	return label > 0 && s[len - 1] != '-';
}

static int
add_host(gnutls_x509_crt_t crt, const char *host, struct err *e)
{
	uint8_t ip[16];
	int rc;

	if (inet_pton(AF_INET, host, ip) == 1)
		rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, ip, 4, GNUTLS_FSAN_APPEND);
	else if (inet_pton(AF_INET6, host, ip) == 1)
		rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, ip, 16, GNUTLS_FSAN_APPEND);
	else if (dns_name_ok(host))
		rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host),
		    GNUTLS_FSAN_APPEND);
	else
		return err_set(e, ERR_INPUT, "certificate: host \"%.100s\": neither a DNS name in ASCII nor an IP "
		    "address; give an international name in its xn-- form", host);
	return rc < 0 ? failed(e, rc, host) : OK;
}

static bool
is_own_host(const char *host)
{
	for (size_t i = 0; i < N_OWN_HOSTS; i++)
		if (strcmp(host, own_hosts[i]) == 0)
			return true;
	return false;
}

static int
add_hosts(gnutls_x509_crt_t crt, const struct cert_spec *spec, struct err *e)
{
	int rc = OK;

	for (size_t i = 0; i < spec->n_hosts && rc == OK; i++)
		if (!is_own_host(spec->hosts[i]))
			rc = add_host(crt, spec->hosts[i], e);
	for (size_t i = 0; i < N_OWN_HOSTS && rc == OK; i++)
		rc = add_host(crt, own_hosts[i], e);
	return rc;
}

static int
check_spec(const struct cert_spec *spec, struct err *e)
{
	const uint8_t *name = (const uint8_t *)spec->name;
	size_t len = strlen(spec->name);

	if (len == 0 || len > CERT_NAME_MAX)
		return err_set(e, ERR_INPUT, "certificate: name: must be 1 to %d bytes, has %zu", CERT_NAME_MAX, len);
	if (utf8_valid(name, len) != len || text_forbidden(name, len) != 0)
		return err_set(e, ERR_INPUT, "certificate: name: must be UTF-8 without control or direction-override "
		    "characters");
	if (spec->n_hosts > CERT_HOSTS_MAX)
		return err_set(e, ERR_LIMIT, "certificate: hosts: at most %d, given %zu", CERT_HOSTS_MAX,
		    spec->n_hosts);
	if (spec->until <= spec->from)
		return err_set(e, ERR_INPUT, "certificate: validity: the end must be after the start");
	return OK;
}

/* Fill ${crt} but for its key usage and signature. */
static int
fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const struct cert_spec *spec, struct err *e)
{
	uint8_t serial[CERT_SERIAL_BYTES], key_id[HASH_BYTES];
	size_t key_id_len = sizeof key_id;
	int rc;

	memcpy(serial, spec->serial, sizeof serial);
	serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
	if ((rc = gnutls_x509_crt_set_version(crt, 3)) < 0 || (rc = gnutls_x509_crt_set_key(crt, key)) < 0 ||
	    (rc = gnutls_x509_crt_set_serial(crt, serial, sizeof serial)) < 0 ||
	    (rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, spec->name,
	    (unsigned)strlen(spec->name))) < 0)
		return failed(e, rc, "name and serial number");
	if ((rc = gnutls_x509_crt_set_activation_time(crt, spec->from)) < 0 ||
	    (rc = gnutls_x509_crt_set_expiration_time(crt, spec->until)) < 0)
		return failed(e, rc, "validity");
	if ((rc = gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, key_id, &key_id_len)) < 0 ||
	    (rc = gnutls_x509_crt_set_subject_key_id(crt, key_id, key_id_len)) < 0)
		return failed(e, rc, "key identifier");
	return add_hosts(crt, spec, e);
}

static int
set_usage(gnutls_x509_crt_t crt, bool member, struct err *e)
{
	unsigned usage = GNUTLS_KEY_DIGITAL_SIGNATURE | (member ? GNUTLS_KEY_KEY_CERT_SIGN : 0);
	int rc;

	if ((rc = gnutls_x509_crt_set_basic_constraints(crt, member, member ? 0 : -1)) < 0 ||
	    (rc = gnutls_x509_crt_set_key_usage(crt, usage)) < 0 ||
	    (rc = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0)) < 0 ||
	    (member && (rc = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_CLIENT, 0)) < 0))
		return failed(e, rc, "key usage");
	return OK;
}

static int
export_pem(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, struct buf *cert, struct buf *key_pem, struct err *e)
{
	gnutls_datum_t c = { NULL, 0 }, k = { NULL, 0 };
	int rc;

	if ((rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &c)) < 0 ||
	    (rc = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &k)) < 0)
		rc = failed(e, rc, "writing PEM");
	else if (!buf_add(cert, c.data, c.size) || !buf_add(key_pem, k.data, k.size))
		rc = err_set(e, ERR_NOMEM, "certificate: out of memory");
	else
		rc = OK;
	gnutls_free(c.data);
	if (k.data != NULL)
		gnutls_memset(k.data, 0, k.size);
	gnutls_free(k.data);
	return rc;
}

static int
make(gnutls_x509_privkey_t key, bool member, const struct cert_spec *spec, struct buf *cert, struct buf *key_pem,
    struct err *e)
{
	gnutls_x509_crt_t crt;
	gnutls_privkey_t signer = NULL;
	gnutls_digest_algorithm_t hash = member ? GNUTLS_DIG_UNKNOWN : GNUTLS_DIG_SHA256;	/* Ed25519 has its own */
	int rc;

	if ((rc = gnutls_x509_crt_init(&crt)) < 0)
		return failed(e, rc, "start");
	if ((rc = fill(crt, key, spec, e)) != OK || (rc = set_usage(crt, member, e)) != OK)
		goto out;
	if ((rc = gnutls_privkey_init(&signer)) < 0 || (rc = gnutls_privkey_import_x509(signer, key, 0)) < 0 ||
	    (rc = gnutls_x509_crt_privkey_sign(crt, crt, signer, hash, 0)) < 0) {
		rc = failed(e, rc, "signing");
		goto out;
	}
	rc = export_pem(crt, key, cert, key_pem, e);
out:
	gnutls_privkey_deinit(signer);
	gnutls_x509_crt_deinit(crt);
	return rc;
}

int
cert_make(const struct sign_key *key, const struct cert_spec *spec, struct buf *cert, struct buf *key_pem,
    struct err *e)
{
	uint8_t seed[SIGN_SEED_BYTES], pub[SIGN_PUBLIC_BYTES];
	gnutls_datum_t x = { pub, sizeof pub }, k = { seed, sizeof seed };
	gnutls_x509_privkey_t priv;
	int rc;

	if ((rc = check_spec(spec, e)) != OK)
		return rc;
	if ((rc = gnutls_x509_privkey_init(&priv)) < 0)
		return failed(e, rc, "start");
	memcpy(pub, key->pub, sizeof pub);
	memcpy(seed, sign_seed(key), sizeof seed);
	rc = gnutls_x509_privkey_import_ecc_raw(priv, GNUTLS_ECC_CURVE_ED25519, &x, NULL, &k);
	rc = rc < 0 ? failed(e, rc, "reading the key") : make(priv, true, spec, cert, key_pem, e);
	gnutls_memset(seed, 0, sizeof seed);
	gnutls_x509_privkey_deinit(priv);
	return rc;
}

int
cert_make_browser(const struct cert_spec *spec, struct buf *cert, struct buf *key_pem, struct err *e)
{
	gnutls_x509_privkey_t priv;
	int rc;

	if ((rc = check_spec(spec, e)) != OK)
		return rc;
	if ((rc = gnutls_x509_privkey_init(&priv)) < 0)
		return failed(e, rc, "start");
	rc = gnutls_x509_privkey_generate(priv, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	rc = rc < 0 ? failed(e, rc, "drawing a key") : make(priv, false, spec, cert, key_pem, e);
	gnutls_x509_privkey_deinit(priv);
	return rc;
}

/* "sha256//" and the base64 of SHA-256 of a SubjectPublicKeyInfo's DER. */
static void
format_pin(char pin[CERT_PIN_LEN + 1], const void *spki, size_t len)
{
	struct digest d;

	hash_once(&d, spki, len);
	memcpy(pin, "sha256//", 8);
	base64_encode(pin + 8, d.b, sizeof d.b);
}

void
cert_pin(char pin[CERT_PIN_LEN + 1], const uint8_t pub[SIGN_PUBLIC_BYTES])
{
	/* RFC 8410: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes } */
	uint8_t spki[12 + SIGN_PUBLIC_BYTES] = { 0x30, 0x2a, 0x30, 5, 0x06, 3, 0x2b, 0x65, 0x70, 0x03, 0x21, 0 };

	memcpy(spki + 12, pub, SIGN_PUBLIC_BYTES);
	format_pin(pin, spki, sizeof spki);
}

static int
read_spki(struct cert_info *out, gnutls_x509_crt_t crt, struct err *e)
{
	gnutls_datum_t spki = { NULL, 0 };
	gnutls_pubkey_t pub;
	int rc;

	if ((rc = gnutls_pubkey_init(&pub)) < 0)
		return failed(e, rc, "start");
	if ((rc = gnutls_pubkey_import_x509(pub, crt, 0)) < 0 ||
	    (rc = gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_DER, &spki)) < 0)
		rc = failed(e, rc, "public key");
	else
		format_pin(out->pin, spki.data, spki.size);
	gnutls_free(spki.data);
	gnutls_pubkey_deinit(pub);
	return rc < 0 ? rc : OK;
}

int
cert_info(struct cert_info *out, const void *bytes, size_t len, struct err *e)
{
	static const char pem_start[] = "-----BEGIN ";
	gnutls_datum_t in = { NULL, 0 };
	gnutls_x509_crt_t crt = NULL;
	struct buf copy = { 0 };	/* GnuTLS takes a pointer to non-const */
	size_t name_len = sizeof out->name;
	int rc;

	memset(out, 0, sizeof *out);
	if (len > CERT_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "certificate: %zu bytes, at most %d are read", len, CERT_MAX_BYTES);
	if (!buf_add(&copy, bytes, len) || gnutls_x509_crt_init(&crt) < 0) {
		rc = err_set(e, ERR_NOMEM, "certificate: out of memory");
		goto out;
	}
	in.data = copy.data;
	in.size = (unsigned)len;
	rc = gnutls_x509_crt_import(crt, &in, memmem(bytes, len, pem_start, sizeof pem_start - 1) != NULL ?
	    GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER);
	if (rc < 0) {
		rc = failed(e, rc, "neither one DER certificate nor PEM text");
		goto out;
	}
	out->from = gnutls_x509_crt_get_activation_time(crt);
	out->until = gnutls_x509_crt_get_expiration_time(crt);
	if (gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, out->name, &name_len) < 0)
		out->name[0] = '\0';
	if (out->from == (time_t)-1 || out->until == (time_t)-1)
		rc = err_set(e, ERR_INPUT, "certificate: validity cannot be read; have the certificate made anew");
	else
		rc = read_spki(out, crt, e);
out:
	gnutls_x509_crt_deinit(crt);
	buf_free(&copy);
	return rc;
}
