#include "play/play.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypt/crypt.h"
#include "play/program.h"
#include "play/share.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_MACHINE = 5 };

struct options {
	struct program program;
	const char *keep;		/* folder to leave the nodes in; NULL: a temporary one */
	double speed;
	int patience_ms;
};

static const char usage[] =
    "usage: diwan play FILE... [--speed N|live] [--patience N] [--keep DIR] [--report FILE] [--json|--tap] [--verbose]\n"
    "  --speed N|live   waits of the scenario N times faster than life, or as in life (default: no waiting)\n"
    "  --patience N     seconds within which an expectation must hold (default: 30)\n"
    "  --keep DIR       leave the nodes' folders in DIR (new or empty) instead of removing them\n"
    "  --report FILE    write an after-action report in Markdown\n"
    "  --json, --tap    print for programs, for test runners\n"
    "  --verbose        print what was found with each step\n";

/* "charters/NAME.yaml" for a bare name, or the path itself. */
static int
find_charter(const struct scenario *s, char out[4096], struct err *e)
{
	char name[300];
	bool path = strchr(s->charter, '/') != NULL || strstr(s->charter, ".yaml") != NULL;

	if (snprintf(name, sizeof name, path ? "%s" : "charters/%s.yaml", s->charter) >= (int)sizeof name)
		return err_set(e, ERR_LIMIT, "%s: the charter's name is too long", s->file);
	return share_find(out, name, s->file, e);
}

static int
choose_folder(const struct options *o, char out[3800], struct err *e)
{
	if (o->keep == NULL)
		return folder_temporary(out, e);
	if (snprintf(out, 3800, "%s", o->keep) >= 3800)
		return err_set(e, ERR_LIMIT, "--keep: the name is too long");
	return folder_empty(out, e);
}

static int
play_in(struct options *o, const struct scenario *s, const char *dir, unsigned *failed, struct err *e)
{
	char charter[4096];
	struct cast_options co = { .charter = charter, .members = s->members, .members_count = s->members_count, .dir = dir,
		.starts_ms = s->starts.ms };
	struct stage *st = calloc(1, sizeof *st);
	int64_t begin = monotonic_us();
	int rc;

	if (st == NULL)
		return err_set(e, ERR_NOMEM, "no memory to play");
	st->s = s;
	st->speed = o->speed;
	st->patience_ms = o->patience_ms;
	st->tell = program_step;
	st->ctx = &o->program;
	if ((rc = find_charter(s, charter, e)) == OK && (rc = cast_open(&st->cast, &co, e)) == OK) {
		program_play(&o->program, s);
		if ((rc = stage_play(st, e)) == OK)
			program_done(&o->program, st, monotonic_us() - begin);
		*failed = st->failed;
	}
	stage_free(st);
	cast_close(st->cast);
	free(st);
	return rc;
}

static int
play_file(struct options *o, const char *file, unsigned *failed, struct err *e)
{
	struct arena a = { 0 };
	struct scenario s;
	struct err later;
	char path[4096], dir[3800];
	int rc;

	if ((rc = share_find(path, file, NULL, e)) == OK && (rc = scenario_load(&a, path, &s, e)) == OK &&
	    (rc = choose_folder(o, dir, e)) == OK) {
		rc = play_in(o, &s, dir, failed, e);
		if (o->keep == NULL && folder_remove(dir, &later) != OK)
			fprintf(stderr, "diwan: %s\n", later.text);
	}
	arena_free(&a);
	return rc;
}

static int
wrong(const char *what, const char *value)
{
	fprintf(stderr, "diwan: play: %s%s%s\n%s", what, value == NULL ? "" : ": ", value == NULL ? "" : value, usage);
	return EXIT_USAGE;
}

static bool
read_speed(const char *s, double *speed)
{
	char *end;
	double n;

	if (strcmp(s, "live") == 0) {
		*speed = 1;
		return true;
	}
	n = strtod(s, &end);
	if (end == s || *end != '\0' || !(n >= 0.01) || n > 1e9)
		return false;
	*speed = 1 / n;
	return true;
}

static int
read_options(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "speed", required_argument, NULL, 's' }, { "patience", required_argument, NULL, 'p' },
		{ "keep", required_argument, NULL, 'k' }, { "report", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' }, { "tap", no_argument, NULL, 't' }, { "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }
	};
	uint64_t n;
	int c;

	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (c) {
		case 's':
			if (!read_speed(optarg, &o->speed))
				return wrong("--speed is \"live\" or a number from 0.01", optarg);
			break;
		case 'p':
			if (!dec_u64(optarg, strlen(optarg), 3600, &n))
				return wrong("--patience is a number of seconds up to 3600", optarg);
			o->patience_ms = (int)n * 1000;
			break;
		case 'k': o->keep = optarg; break;
		case 'r':
			if (o->program.report != NULL)
				fclose(o->program.report);
			if ((o->program.report = fopen(optarg, "w")) == NULL)
				return wrong(strerror(errno), optarg);
			break;
		case 'j': o->program.form = PROGRAM_JSON; break;
		case 't': o->program.form = PROGRAM_TAP; break;
		case 'v': o->program.verbose = true; break;
		case 'h':
			fputs(usage, stdout);
			return -1;
		default: return wrong("there is no such option, or its value is missing", argv[optind - 1]);
		}
	if (optind == argc)
		return wrong("name a scenario, such as scenarios/01-first-exchange.yaml", NULL);
	if (o->keep != NULL && argc - optind > 1)
		return wrong("--keep takes one scenario at a time", NULL);
	return EXIT_OK;
}

static int
play_all(struct options *o, int count, char **files)
{
	unsigned bad = 0;
	bool machine = false;
	struct err e;
	int rc;

	program_begin(&o->program);
	for (int i = 0; i < count; i++) {
		unsigned failed = 0;

		if ((rc = play_file(o, files[i], &failed, &e)) != OK) {
			program_failed(&o->program, files[i], &e);
			machine = machine || rc == ERR_IO || rc == ERR_NOMEM;
		}
		bad += rc != OK || failed > 0;
	}
	program_end(&o->program, (unsigned)count, bad);
	return machine ? EXIT_MACHINE : bad > 0 ? EXIT_FAILED : EXIT_OK;
}

int
play_main(int argc, char **argv)
{
	struct options o = { .patience_ms = STAGE_PATIENCE_MS };
	struct err e;
	int rc = read_options(&o, argc, argv);

	signal(SIGPIPE, SIG_IGN);
	if (rc == EXIT_OK && crypt_init(&e) != OK) {
		fprintf(stderr, "diwan: %s\n", e.text);
		rc = EXIT_MACHINE;
	} else if (rc == EXIT_OK) {
		rc = play_all(&o, argc - optind, argv + optind);
	}
	if (o.program.report != NULL && fclose(o.program.report) != 0 && rc == EXIT_OK) {
		fprintf(stderr, "diwan: the report cannot be written: %s\n", strerror(errno));
		rc = EXIT_MACHINE;
	}
	return rc < 0 ? EXIT_OK : rc;
}
