/*
 * A folder of its own for each test of the store in a file, and looking at files byte by byte.
 */
#ifndef TESTS_STORE_FILES_H
#define TESTS_STORE_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64], db[96];

static void
new_folder(void)
{
	snprintf(folder, sizeof folder, "/tmp/diwan-store-XXXXXX");
	if (mkdtemp(folder) == NULL) {
		perror("mkdtemp");
		exit(1);
	}
	snprintf(db, sizeof db, "%s/node.db", folder);
}

static void
remove_store(const char *path)
{
	static const char *const suffix[] = { "", "-wal", "-shm", ".lock", ".part" };
	char name[128];

	for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, suffix[i]);
		unlink(name);
	}
}

/* What a file holds; NULL and 0 if it is not there. */
__attribute__((unused)) static char *
slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *p;

	*len = 0;
	if (f == NULL)
		return NULL;
	fseek(f, 0, SEEK_END);
	p = malloc((size_t)ftell(f) + 1);
	*len = (size_t)ftell(f);
	rewind(f);
	if (p == NULL || fread(p, 1, *len, f) != *len)
		exit(1);
	fclose(f);
	return p;
}

#endif
