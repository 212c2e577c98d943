/* The envelope of a receipt: filed by the node itself, to the member whose records it names, without an officer. */
#include <string.h>

#include "node/internal.h"
#include "record/compose.h"

#define RECEIPT_AUTHORITY "node"
#define RECEIPT_OFFICER "node"
#define PURPOSE_GOVERNANCE 13

int
compose_receipt(struct node *n, int member, const struct buf *body, struct buf *text, struct err *e)
{
	const char *both[2] = { n->member, n->reg->members[member].code };
	struct draft d;

	compose_start(&d, KIND_CONTROL);
	record_new_id(d.id, node_now_ms(n), n->rng);
	d.seq = 1;
	d.mechanism = n->reg->mechanism;
	d.member = n->member;
	d.authority = RECEIPT_AUTHORITY;
	d.officer = RECEIPT_OFFICER;
	d.filed_at = (struct inst){ node_now_ms(n), 0 };
	d.state = "FILED";
	d.purposes = PURPOSE_BIT(PURPOSE_GOVERNANCE);
	d.base = AUD_LIST;
	d.members = (struct draft_list){ both + 1, 1 };
	d.delivery = (struct draft_list){ both, 2 };
	d.tlp = d.pap = TLP_AMBER;
	return compose_record(&d, body->data, body->len, text, e);
}
