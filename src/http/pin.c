#include "http/pin.h"

#include <gnutls/gnutls.h>
#include <string.h>
#include <time.h>

#include "base/when.h"

int
pin_of_session(void *session, struct cert_info *out, struct err *e)
{
	unsigned count = 0;
	const gnutls_datum_t *certs = gnutls_certificate_get_peers(session, &count);

	if (certs == NULL || count == 0)
		return err_set(e, ERR_DENIED, "no certificate was shown; members connect with their node's certificate");
	return cert_info(out, certs[0].data, certs[0].size, e);
}

int
pin_dates(const struct cert_info *c, const char *who, struct err *e)
{
	time_t now = time(NULL);
	char day[DATE_LEN];

	if (now < c->from) {
		date_format(day, ms_to_days((int64_t)c->from * 1000, 0));
		return err_set(e, ERR_DENIED, "the certificate of %s is valid only from %s; compare the clocks of "
		    "both machines", who,
		    day);
	}
	if (now >= c->until) {
		date_format(day, ms_to_days((int64_t)c->until * 1000, 0));
		return err_set(e, ERR_DENIED, "the certificate of %s expired on %s; run `diwan keys renew` there (the "
		    "key stays, no "
		    "new pairing is needed)", who, day);
	}
	return OK;
}

int
pin_check(void *session, const char *pin, const char *who, struct err *e)
{
	struct cert_info c = { 0 };
	int rc = pin_of_session(session, &c, e);

	if (rc != OK)
		return rc;
	if (pin != NULL && strcmp(c.pin, pin) != 0)
		return err_set(e, ERR_DENIED, "%s shows another key than its card says", who);
	return pin_dates(&c, who, e);
}
