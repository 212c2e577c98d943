/* Certificates: fields, pins, and that a TLS library accepts one that is its own root. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "crypt/cert.h"
#include "crypt/crypt.h"
#include "tap.h"

#define FROM 1767225600		/* 2026-01-01 */
#define UNTIL 2082758400	/* 2036-01-01 */

static const char *const hosts[] = { "node.example.org", "192.0.2.7", "2001:db8::7", "localhost" };
static struct sign_key key;
static struct cert_spec spec = { .name = "Ҡазақстан", .hosts = hosts, .n_hosts = 4, .from = FROM, .until = UNTIL };

static void
test_fields(const struct buf *pem)
{
	struct cert_info info;
	struct err e;
	char pin[CERT_PIN_LEN + 1];

	is(cert_info(&info, pem->data, pem->len, &e), OK, "reads back");
	is_str(info.name, spec.name, "name");
	is(info.from, FROM, "not before");
	is(info.until, UNTIL, "not after");
	cert_pin(pin, key.pub);
	is_str(info.pin, pin, "the pin of the certificate is the pin of the bare key");
	is(strlen(pin), CERT_PIN_LEN, "length of a pin");
}

/* Does GnuTLS accept ${pem} for ${host} at ${when}, trusting nothing but ${pem}? */
static bool
accepted(const struct buf *pem, const char *host, const char *purpose)
{
	gnutls_datum_t in = { pem->data, (unsigned)pem->len };
	gnutls_typed_vdata_st data[2] = { { GNUTLS_DT_DNS_HOSTNAME, NULL, 0 }, { GNUTLS_DT_KEY_PURPOSE_OID, NULL, 0 } };
	gnutls_x509_trust_list_t list;
	gnutls_x509_crt_t crt;
	unsigned status = ~0u;
	char host_copy[64], purpose_copy[64];

	snprintf(host_copy, sizeof host_copy, "%s", host);
	snprintf(purpose_copy, sizeof purpose_copy, "%s", purpose);
	data[0].data = (unsigned char *)host_copy;
	data[1].data = (unsigned char *)purpose_copy;
	gnutls_x509_crt_init(&crt);
	gnutls_x509_trust_list_init(&list, 0);
	if (gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_PEM) < 0 ||
	    gnutls_x509_trust_list_add_trust_mem(list, &in, NULL, GNUTLS_X509_FMT_PEM, 0, 0) != 1 ||
	    gnutls_x509_trust_list_verify_crt2(list, &crt, 1, data, 2, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status,
	    NULL) < 0)
		status = ~0u;
	gnutls_x509_trust_list_deinit(list, 1);
	gnutls_x509_crt_deinit(crt);
	return status == 0;
}

static void
test_member(void)
{
	struct buf pem = { 0 }, pem2 = { 0 }, key_pem = { 0 };
	struct err e;

	memset(spec.serial, 0xff, sizeof spec.serial);
	is(cert_make(&key, &spec, &pem, &key_pem, &e), OK, "a member's certificate is made");
	ok(strncmp(buf_cstr(&pem), "-----BEGIN CERTIFICATE-----\n", 28) == 0, "PEM certificate");
	ok(strncmp(buf_cstr(&key_pem), "-----BEGIN PRIVATE KEY-----\n", 28) == 0, "PEM PKCS#8 key");
	test_fields(&pem);
	cert_make(&key, &spec, &pem2, &key_pem, &e);
	is_str(buf_cstr(&pem2), buf_cstr(&pem), "the same arguments give the same bytes");
	ok(accepted(&pem, "node.example.org", GNUTLS_KP_TLS_WWW_SERVER), "accepted as server by DNS name");
	ok(accepted(&pem, "localhost", GNUTLS_KP_TLS_WWW_SERVER), "accepted as localhost");
	ok(accepted(&pem, "127.0.0.1", GNUTLS_KP_TLS_WWW_SERVER), "accepted by 127.0.0.1");
	ok(accepted(&pem, "2001:db8::7", GNUTLS_KP_TLS_WWW_SERVER), "accepted by IPv6 address");
	ok(accepted(&pem, "node.example.org", GNUTLS_KP_TLS_WWW_CLIENT), "accepted as client");
	ok(!accepted(&pem, "other.example.org", GNUTLS_KP_TLS_WWW_SERVER), "not for another host");
	ok(!accepted(&pem, "node.example.org", GNUTLS_KP_CODE_SIGNING), "not for code signing");
	buf_free(&pem);
	buf_free(&pem2);
	buf_wipe(&key_pem);
}

static void
test_browser(void)
{
	struct buf pem = { 0 }, key_pem = { 0 };
	struct cert_info info;
	struct err e;
	char pin[CERT_PIN_LEN + 1];

	is(cert_make_browser(&spec, &pem, &key_pem, &e), OK, "a certificate for browsers is made");
	is(cert_info(&info, pem.data, pem.len, &e), OK, "reads back");
	cert_pin(pin, key.pub);
	ok(strcmp(info.pin, pin) != 0, "has a key of its own");
	ok(accepted(&pem, "node.example.org", GNUTLS_KP_TLS_WWW_SERVER), "accepted as server");
	ok(!accepted(&pem, "node.example.org", GNUTLS_KP_TLS_WWW_CLIENT), "not as client");
	buf_free(&pem);
	buf_wipe(&key_pem);
}

static void
refuse(struct cert_spec s, int want, const char *name)
{
	struct buf pem = { 0 }, key_pem = { 0 };
	struct err e;

	ok(cert_make(&key, &s, &pem, &key_pem, &e) == want && pem.len == 0 && key_pem.len == 0, "refused: %s", name);
	buf_free(&pem);
	buf_free(&key_pem);
}

static void
test_refusals(void)
{
	static const char *const bad_hosts[] = { "", "-a.example", "a..example", "a_b.example", "a.example-",
	    "1.2.3.4/8", "[::1]",
		"узел.example", "a.example." };
	struct cert_spec s = spec;
	struct cert_info info;
	struct err e;

	s.name = "";
	refuse(s, ERR_INPUT, "empty name");
	s.name = "12345678901234567890123456789012345678901234567890123456789012345";
	refuse(s, ERR_INPUT, "name of 65 bytes");
	s.name = "two\nlines\x01";
	refuse(s, ERR_INPUT, "control character in the name");
	s = spec;
	s.until = s.from;
	refuse(s, ERR_INPUT, "no time to be valid");
	s = spec;
	s.n_hosts = CERT_HOSTS_MAX + 1;
	refuse(s, ERR_LIMIT, "too many hosts");
	for (size_t i = 0; i < sizeof bad_hosts / sizeof *bad_hosts; i++) {
		s = spec;
		s.hosts = &bad_hosts[i];
		s.n_hosts = 1;
		refuse(s, ERR_INPUT, bad_hosts[i]);
	}
	is(cert_info(&info, "", 0, &e), ERR_INPUT, "no certificate");
	is(cert_info(&info, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 58, &e), ERR_INPUT,
	    "PEM of nothing");
}

int
main(void)
{
	uint8_t seed[SIGN_SEED_BYTES];
	struct err e;

	is(crypt_init(&e), OK, "ready");
	memset(seed, 7, sizeof seed);
	sign_from_seed(&key, seed);
	test_member();
	test_browser();
	test_refusals();
	return tap_done();
}
