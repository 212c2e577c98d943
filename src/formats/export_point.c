/*
 * Points of records, and how they are made less exact. All in whole units of 10^-7 degrees: the same on every
 * machine.
 */
#include <stdio.h>
#include <string.h>

#include "formats/export_value.h"

#define DEGREE INT64_C(10000000)
#define METRES_A_DEGREE INT64_C(111195)		/* on the mean sphere (radius 6,371 km) */

/* 10,000 times the cosine of 0, 5, ... 90 degrees; the last is kept above 0, so that a cell at the pole has an end. */
static const int64_t cosine[19] = {
	10000, 9962, 9848, 9659, 9397, 9063, 8660, 8192, 7660, 7071, 6428, 5736, 5000, 4226, 3420, 2588, 1736, 872, 100,
};

bool
export_degrees(const char *s, size_t len, int64_t *units)
{
	bool minus = len > 0 && s[0] == '-';
	int64_t v = 0;
	int decimals = -1, digits = 0;

	for (size_t i = minus; i < len; i++) {
		if (s[i] == '.' && decimals < 0 && digits > 0) {
			decimals = 0;
		} else if (s[i] < '0' || s[i] > '9' || digits > 3 + 7) {
			if (s[i] < '0' || s[i] > '9' || decimals < 7)
				return false;
		} else if (decimals < 7) {
			v = v * 10 + (s[i] - '0');
			digits++;
			decimals += decimals >= 0;
		}
	}
	for (decimals = decimals < 0 ? 0 : decimals; decimals < 7; decimals++)
		v *= 10;
	*units = minus ? -v : v;
	return digits > 0 && v <= 180 * DEGREE;
}

void
export_degrees_text(char out[16], int64_t units)
{
	int64_t v = units < 0 ? -units : units;
	int n = snprintf(out, 16, "%s%d.%07d", units < 0 ? "-" : "", (int)(v / DEGREE), (int)(v % DEGREE));

	while (out[n - 1] == '0')
		out[--n] = '\0';
	if (out[n - 1] == '.')
		out[n - 1] = '\0';
}

/* The middle of the cell of width ${step} that holds ${v}. */
static int64_t
middle(int64_t v, int64_t step)
{
	int64_t cell = v >= 0 ? v / step : -((-v + step - 1) / step);

	return cell * step + step / 2;
}

void
export_fuzz(int64_t *lon, int64_t *lat, int64_t radius_m)
{
	/* A square with sides of radius * sqrt(2) lies within the radius around its middle. */
	int64_t step = radius_m * 14142 / 10000 * DEGREE / METRES_A_DEGREE, to_pole, wide;

	if (step < 2)
		return;
	if (step > 90 * DEGREE)
		step = 90 * DEGREE;
	*lat = middle(*lat, step);
	*lat = *lat > 90 * DEGREE ? 90 * DEGREE : *lat < -90 * DEGREE ? -90 * DEGREE : *lat;
	/* The edge of the cell that is nearer to the equator is the wider one; a row of cells has one width. */
	to_pole = (*lat < 0 ? -*lat : *lat) - step / 2;
	to_pole = to_pole < 0 ? 0 : to_pole;
	wide = step * 10000 / cosine[to_pole / (5 * DEGREE)];
	if (wide >= 360 * DEGREE) {
		*lon = 0;
		return;
	}
	*lon = middle(*lon, wide);
	*lon = *lon > 180 * DEGREE ? *lon - 360 * DEGREE : *lon < -180 * DEGREE ? *lon + 360 * DEGREE : *lon;
}

static bool
read_point(const struct export_frame *frame, const struct json *geo, struct export_point *out)
{
	const struct json *lon = json_get(geo, "lon"), *lat = json_get(geo, "lat"), *radius = json_get(geo, "radius_m");
	const struct json *status = json_get(geo, "status");
	int64_t x, y, fuzz;

	if (lon == NULL || lat == NULL || status == NULL || lon->str == NULL || lat->str == NULL ||
	    status->str == NULL ||
	    !export_degrees(lon->str, lon->len, &x) || !export_degrees(lat->str, lat->len, &y))
		return false;
	out->radius_m = radius != NULL && radius->type == JSON_INT ? radius->num : -1;
	out->status = (struct slice){ status->str, status->len };
	if (frame->fuzz_m >= 0) {
		fuzz = out->radius_m > frame->fuzz_m ? out->radius_m : frame->fuzz_m;
		export_fuzz(&x, &y, fuzz);
	}
	export_degrees_text(out->lon, x);
	export_degrees_text(out->lat, y);
	return true;
}

unsigned
export_points(const struct export_frame *frame, const struct record *r, struct export_point *out, unsigned max)
{
	const struct json *geo = json_get(json_get(r->body, "where"), "geo");
	struct export_point spare;
	unsigned n = 0;

	if (geo == NULL)
		geo = json_get(r->body, "geo");
	if (geo == NULL)
		return 0;
	if (geo->type == JSON_OBJECT)
		return read_point(frame, geo, max > 0 ? out : &spare) ? 1 : 0;
	for (geo = geo->type == JSON_ARRAY ? geo->child : NULL; geo != NULL; geo = geo->next)
		n += read_point(frame, geo, n < max ? &out[n] : &spare);
	return n;
}
