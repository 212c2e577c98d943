/*
 * kill -9 under load, as long as wanted:
 *   kill --program build/diwan --dir FOLDER [--cycles N] [--from N] [--seed N]
 * FOLDER is made if it is not there; otherwise the run goes on with the nodes in it. Exit status 1 if anything was lost.
 */
#include "fault/kill.h"

static int
usage(void)
{
	fprintf(stderr, "usage: kill --program DIWAN --dir FOLDER [--cycles N] [--from N] [--seed N]\n");
	return 2;
}

int
main(int argc, char **argv)
{
	struct kill_options o = { .seed = 1, .cycles = 1000, .check_each = 5, .progress = true };
	const char *dir = NULL;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--program") == 0)
			o.program = argv[i + 1];
		else if (strcmp(argv[i], "--dir") == 0)
			dir = argv[i + 1];
		else if (strcmp(argv[i], "--cycles") == 0)
			o.cycles = (unsigned)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--from") == 0)
			o.from = (unsigned)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			o.seed = strtoull(argv[i + 1], NULL, 10);
		else
			return usage();
	}
	if (o.program == NULL || dir == NULL || (argc - 1) % 2 != 0 || strlen(dir) > 150)
		return usage();
	if (mkdir(dir, 0700) != 0 && access(dir, W_OK) != 0) {
		fprintf(stderr, "%s cannot be made\n", dir);
		return 2;
	}
	snprintf(home_dir, sizeof home_dir, "%s", dir);
	run_kills(&o);
	printf("# the nodes and what they said are in %s\n", dir);
	return tap_done();
}
