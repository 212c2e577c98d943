/* Members of JSON objects about trust, for the control socket and for the command line without a running node. */
#ifndef HTTP_TRUST_H
#define HTTP_TRUST_H

#include "base/json.h"
#include "base/when.h"
#include "http/routes.h"

/* A time as text; null for WHEN_NONE. */
void http_put_time(struct json_out *o, const char *key, int64_t ms);
/* "settled", "settled_at", "witnesses", "quorum" of the member's log. */
void http_put_settled(struct json_out *o, struct node *n, int member);
/* "cosigns", "cosigned", "cosigned_at", "compared", "skew_ms", "cosign_trouble": the peer as a witness of our log. */
void http_put_witness(struct json_out *o, const struct peer_status *s);
/* "guard": { "state", ... "why" } */
void http_put_guard(struct json_out *o, struct node *n);

#endif
