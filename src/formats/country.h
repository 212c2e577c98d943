/*
 * Which ISO 3166-1 alpha-3 code a data set means: by Gleditsch-Ward state number (UCDP's country_id), or by the
 * English name that UCDP, NOAA or USGS write. The names are looked up, never shown: what a member sees is its own
 * naming set's word. Territories without an ISO code of their own have no row, so that no code is invented for them;
 * callers treat "not found" as "no member named".
 */
#ifndef FORMATS_COUNTRY_H
#define FORMATS_COUNTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "record/record.h"

/* The code of state number ${gw}, or NULL. O(rows). */
const char *country_by_number(unsigned gw);

/* The code for an English name (case and surrounding blanks do not matter), or NULL. O(rows). */
const char *country_by_name(struct slice name);

/* Three capital letters. */
bool country_code_ok(struct slice code);

#endif
