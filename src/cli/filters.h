/* The options of group FILTERS as a query. */
#ifndef CLI_FILTERS_H
#define CLI_FILTERS_H

#include "cli/local.h"
#include "view/query.h"

/* ERR_USAGE names the option and the words it takes. Strings are borrowed from the options. */
int filters_read(struct query *q, const struct cli *c, const struct local *l, struct err *e);

#endif
