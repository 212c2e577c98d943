/*
 * The test harness: TAP on standard output, one program a file, run by prove(1).
 *   ok(cond, "name %d", n)   is(int, int, name)   is_str(got, want, name)   is_mem(got, want, len, name)   skip("why", n)
 * End main with `return tap_done();`.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5), unused)) static bool
tap_ok(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!good) {
		tap_failed++;
		printf("#   failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((unused)) static bool
tap_is(long long got, long long want, const char *file, int line, const char *name)
{
	if (!tap_ok(got == want, file, line, "%s", name)) {
		printf("#   got %lld, want %lld\n", got, want);
		return false;
	}
	return true;
}
#define is(got, want, name) tap_is((long long)(got), (long long)(want), __FILE__, __LINE__, name)

__attribute__((unused)) static bool
tap_is_str(const char *got, const char *want, const char *file, int line, const char *name)
{
	bool good = got != NULL && want != NULL && strcmp(got, want) == 0;

	if (!tap_ok(good, file, line, "%s", name))
		printf("#   got  \"%s\"\n#   want \"%s\"\n", got ? got : "(null)", want ? want : "(null)");
	return good;
}
#define is_str(got, want, name) tap_is_str((got), (want), __FILE__, __LINE__, name)
#define is_mem(got, want, len, name) ok(memcmp((got), (want), (len)) == 0, "%s", name)

/* Report ${n} tests as skipped, with the reason. */
__attribute__((unused)) static void
skip(const char *why, int n)
{
	while (n-- > 0)
		printf("ok %d # SKIP %s\n", ++tap_count, why);
}

__attribute__((unused)) static int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
