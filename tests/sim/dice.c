/* SplitMix64 (Steele, Lea, Flood 2014): one addition and two multiplications a throw, any state is a good one. */
#include "sim/dice.h"

#include <string.h>

struct dice
dice_of(uint64_t seed, const char *name)
{
	struct dice d = { UINT64_C(0xcbf29ce484222325) };	/* FNV-1a of the name, then the seed */

	for (; *name != '\0'; name++)
		d.state = (d.state ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	d.state ^= seed * UINT64_C(0x9e3779b97f4a7c15);
	dice_u64(&d);
	return d;
}

uint64_t
dice_u64(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
dice_below(struct dice *d, uint64_t below)
{
	return below == 0 ? 0 : dice_u64(d) % below;	/* the bias is far below what a simulation could notice */
}

int64_t
dice_between(struct dice *d, int64_t from, int64_t to)
{
	return from + (int64_t)dice_below(d, (uint64_t)(to - from) + 1);
}

bool
dice_hit(struct dice *d, uint32_t ppm)
{
	return ppm > 0 && dice_below(d, 1000000) < ppm;
}

void
dice_fill(struct dice *d, void *out, size_t len)
{
	uint8_t *p = out;

	for (size_t some; len > 0; p += some, len -= some) {
		uint64_t x = dice_u64(d);

		some = len < sizeof x ? len : sizeof x;
		memcpy(p, &x, some);
	}
}

/*
 * -mean * ln(u) without floating point, whose library functions may differ from machine to machine: ln of a number with k leading
 * zero bits is about -k * ln 2, and the bits after them give the rest by a straight line.
 */
int64_t
dice_wait(struct dice *d, int64_t mean)
{
	uint64_t u = dice_u64(d) | 1;
	int k = __builtin_clzll(u), most = 28;		/* 28 halvings: about 20 means */
	uint64_t rest = k < 63 ? ~(u << (k + 1)) >> 44 : 0;	/* 0 .. 2^20 - 1: how far below 2^(63 - k + 1) */
	int64_t thousandths = k > most ? most * 693 : k * 693 + (int64_t)(rest * 693 >> 20);
	int64_t wait = mean / 1000 * thousandths + mean % 1000 * thousandths / 1000;

	return wait < 1 ? 1 : wait;
}
