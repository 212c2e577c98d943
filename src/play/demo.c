/*
 * `diwan demo`: a mechanism of several nodes at work on this machine, with dated events and, if there is one, a file
 * of incidents.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypt/crypt.h"
#include "http/client.h"
#include "play/demo.h"
#include "play/play.h"
#include "play/share.h"

#define MARK ".diwan-demo"		/* in a folder that a demonstration made, and may replace */
#define BAR_CELLS 28u
#define CURRENT_MS 300000		/* everybody must have everything by then */
#define POLL_MS 50

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_MACHINE = 5 };

static const char usage[] =
    "usage: diwan demo [--incidents FILE] [--once] [--dir DIR] [--charter FILE] [--events FILE]\n"
    "  --incidents FILE  events to import, each by the member in whose country it happened (UCDP GED, or its extract)\n"
    "  --once            end when all is told, instead of running until Ctrl-C\n"
    "  --dir DIR         folder for the nodes (default: run); a folder of an earlier demonstration is replaced\n"
    "  --charter FILE    another charter than charters/tashkent-2000.yaml\n"
    "  --events FILE     other dated events than charters/tashkent-2000.events.yaml\n";

/* ---- telling ---- */

void
demo_bar(void *demo, const char *what, unsigned done, unsigned total)
{
	const struct demo *d = demo;
	unsigned cells = total == 0 ? BAR_CELLS : (unsigned)((uint64_t)done * BAR_CELLS / total);

	if (!d->tty) {
		if (done == total)
			printf("%s: done\n", what);
		fflush(stdout);
		return;
	}
	printf("\r\033[K[");
	for (unsigned i = 0; i < BAR_CELLS; i++)
		putchar(i < cells ? '#' : '.');
	printf("] %s", what);
	if (done == total)
		printf("\r\033[K%s: done\n", what);
	fflush(stdout);
}

int
demo_stop_asked(struct err *e)
{
	static const struct timespec now = { 0, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return sigtimedwait(&set, NULL, &now) > 0 ? err_set(e, ERR_STOP, "stopped") : OK;
}

/* ---- the folder ---- */

/* A node that still answers in ${dir}: its demonstration runs. */
static bool
is_running(const char *dir, const struct charter *ch)
{
	struct buf out = { 0 };
	char node[4096];
	bool running = false;

	for (uint32_t i = 0; i < ch->members_count && !running; i++) {
		void *session = NULL;
		int status;

		snprintf(node, sizeof node, "%s/%s", dir, ch->members[i].code);
		running = control_call(&session, node, "GET", "/control/status", NULL, 0, 1 << 20, &status, &out, NULL) == OK;
		control_end(session);
	}
	buf_free(&out);
	return running;
}

static int
take_folder(const struct demo *d, const struct charter *ch, struct err *e)
{
	char mark[4200];
	int fd, rc;

	snprintf(mark, sizeof mark, "%s/%s", d->dir, MARK);
	if (access(mark, F_OK) == 0) {
		if (is_running(d->dir, ch))
			return err_set(e, ERR_BUSY, "a demonstration is running in %s; end it with Ctrl-C there, or give --dir",
			    d->dir);
		printf("Replacing the earlier demonstration in %s.\n", d->dir);
		if ((rc = folder_remove(d->dir, e)) != OK)
			return rc;
	}
	if ((rc = folder_empty(d->dir, e)) != OK)
		return rc == ERR_CONFLICT ? err_set(e, rc,
		    "%s is not empty and was not made by a demonstration; give --dir a new folder",
		    d->dir) : rc;
	if ((fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) < 0)
		return err_set(e, ERR_IO, "%s: %s", mark, strerror(errno));
	close(fd);
	return OK;
}

/* ---- until everybody has everything ---- */

/* Entries of others that ${who} has decided on, and all there are. */
static int
ask_current(struct demo *d, unsigned who, const uint64_t sizes[CAST_MAX], uint64_t *done, uint64_t *all, struct err *e)
{
	uint64_t here = 0, total = 0;
	struct peer_view v;
	int rc = OK;

	for (unsigned i = 0; i < d->cast->count && rc == OK; i++)
		if (i != who && (rc = look_status(d->cast, who, i, NULL, &v, e)) == OK) {
			here += v.payloads_next < sizes[i] ? v.payloads_next : sizes[i];
			total += sizes[i];
		}
	if (rc == OK && here == total && d->node[who].current_us == 0)
		d->node[who].current_us = monotonic_us() - d->filing_us;
	*done += here;
	*all += total;
	return rc;
}

/*
 * What was filed until now must reach everybody; receipts that come afterwards do not count, or it would never end.
 */
static int
await_current(struct demo *d, struct err *e)
{
	int64_t until = monotonic_us() + CURRENT_MS * INT64_C(1000);
	uint64_t sizes[CAST_MAX], done = 0, all = 1;
	char what[80];
	int rc = OK;

	for (unsigned i = 0; i < d->cast->count && rc == OK; i++)
		rc = look_size(d->cast, i, &sizes[i], e);
	while (rc == OK && done < all) {
		done = all = 0;
		for (unsigned i = 0; i < d->cast->count && rc == OK; i++)
			rc = ask_current(d, i, sizes, &done, &all, e);
		if (rc != OK || (rc = demo_stop_asked(e)) != OK)
			return rc;
		if (done < all && monotonic_us() > until)
			return err_set(e, ERR_IO, "after %d s %llu of %llu entries have not arrived; the nodes' logs in %s say why",
			    CURRENT_MS / 1000, (unsigned long long)(all - done), (unsigned long long)all, d->dir);
		snprintf(what, sizeof what, "exchange");
		if (d->tty || done == all)
			demo_bar(d, what, (unsigned)(done * 1000 / (all == 0 ? 1 : all)), 1000);
		if (done < all)
			nap_ms(POLL_MS);
	}
	return rc;
}

/* ---- the end ---- */

/* How the person calls this program: the path from here, if it is below. */
static const char *
program_name(void)
{
	static char here[4096];
	const char *self = proc_self();
	size_t n;

	if (getcwd(here, sizeof here) == NULL)
		return self;
	n = strlen(here);
	return strncmp(self, here, n) == 0 && self[n] == '/' ? self + n + 1 : self;
}

static void
commands_worth_trying(const struct demo *d)
{
	const char *self = program_name(), *node = d->cast->actor[d->withheld_at].code;

	printf("\nWorth trying, while the nodes run or after:\n");
	printf("  %s list %s/%s --purpose P05\n", self, d->dir, d->cast->actor[0].code);
	if (d->withheld_label[0] != '\0')
		printf("  %s why %s/%s %s --viewer %s\n", self, d->dir, node, d->withheld_label, d->withheld_from);
	printf("  %s status %s/%s\n", self, d->dir, node);
	fflush(stdout);
}

/* Until a signal, or until a node ends by itself. */
static int
run_on(struct demo *d, struct err *e)
{
	const struct timespec second = { 1, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	printf("\nThe nodes run on. Ctrl-C ends them.\n");
	fflush(stdout);
	while (sigtimedwait(&set, NULL, &second) < 0)
		for (unsigned i = 0; i < d->cast->count; i++)
			if (!proc_alive(&d->cast->actor[i].node, NULL))
				return err_set(e, ERR_IO, "the node of %s ended; see %s", d->cast->actor[i].code,
				    d->cast->actor[i].node.log);
	printf("\nStopping the nodes; their folders stay in %s.\n", d->dir);
	return OK;
}

static int
show_all(struct demo *d, struct err *e)
{
	int rc;

	if ((rc = demo_file_all(d, e)) != OK || (rc = await_current(d, e)) != OK || (rc = demo_survey(d, e)) != OK)
		return rc;
	demo_table(d);
	if ((rc = demo_outsiders(d, e)) != OK)
		return rc;
	if (d->incidents == NULL)
		printf("\nNo incidents were imported: README.md, \"With your own incidents\", says where a file comes from; then:\n"
		    "  diwan demo --incidents FILE\n");
	commands_worth_trying(d);
	return d->once ? OK : run_on(d, e);
}

static int
run(struct demo *d, struct err *e)
{
	struct cast_options co = { .charter = d->charter_path, .dir = d->dir, .starts_ms = WHEN_NONE, .direct = true,
	    .progress = demo_bar,
		.ctx = d };
	struct charter *ch;
	int rc;

	if ((rc = share_find(d->charter_path, d->charter == NULL ? "charters/tashkent-2000.yaml" : d->charter, NULL, e)) != OK ||
	    (rc = share_find(d->events_path, d->events == NULL ? "charters/tashkent-2000.events.yaml" : d->events, NULL,
	    e)) != OK ||
	    (rc = events_load(&d->boot, d->events_path, &d->list, e)) != OK || (rc = cast_charter(&d->boot, d->charter_path, &ch,
	    e)) != OK)
		return rc;
	if (strcmp(ch->mechanism, d->list.mechanism) != 0)
		return err_set(e, ERR_INPUT, "%s has events of %s, the charter is that of %s", d->events_path, d->list.mechanism,
		    ch->mechanism);
	if (d->incidents != NULL && access(d->incidents, R_OK) != 0)
		return err_set(e, ERR_NOTFOUND, "%s: %s", d->incidents, strerror(errno));
	if ((rc = take_folder(d, ch, e)) != OK)
		return rc;
	printf("%u nodes of %s in %s, each a process of its own, with its own keys, log and TLS.\n", (unsigned)ch->members_count,
	    ch->mechanism, d->dir);
	fflush(stdout);
	if ((rc = cast_open(&d->cast, &co, e)) == OK)
		rc = show_all(d, e);
	cast_close(d->cast);
	return rc;
}

static int
wrong(const char *what)
{
	fprintf(stderr, "diwan: demo: %s\n%s", what, usage);
	return EXIT_USAGE;
}

static int
read_options(struct demo *d, int argc, char **argv)
{
	static const struct option known[] = {
		{ "incidents", required_argument, NULL, 'i' }, { "once", no_argument, NULL, 'o' }, { "dir", required_argument,
		    NULL, 'd' },
		{ "charter", required_argument, NULL, 'c' }, { "events", required_argument, NULL, 'e' }, { "help", no_argument,
		    NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (c) {
		case 'i': d->incidents = optarg; break;
		case 'o': d->once = true; break;
		case 'd': d->dir = optarg; break;
		case 'c': d->charter = optarg; break;
		case 'e': d->events = optarg; break;
		case 'h':
			fputs(usage, stdout);
			return -1;
		default: return wrong("there is no such option, or its value is missing");
		}
	return optind == argc ? EXIT_OK : wrong("takes no arguments, options only");
}

int
demo_main(int argc, char **argv)
{
	struct demo *d = calloc(1, sizeof *d);
	sigset_t set;
	struct err e = { 0 };
	int rc;

	if (d == NULL)
		return EXIT_MACHINE;
	d->dir = "run";
	d->tty = isatty(STDOUT_FILENO) == 1;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);	/* taken between two pieces of work, so that the nodes are stopped in good order */
	if ((rc = read_options(d, argc, argv)) == EXIT_OK) {
		if ((rc = crypt_init(&e)) == OK)
			rc = run(d, &e);
		if (rc != OK && rc != ERR_STOP)
			fprintf(stderr, "diwan: %s\n", e.text);
		rc = rc == OK || rc == ERR_STOP ? d->bad > 0 ? EXIT_FAILED : EXIT_OK : rc == ERR_IO ||
		    rc == ERR_NOMEM ? EXIT_MACHINE :
		    EXIT_FAILED;
	}
	arena_free(&d->boot);
	free(d);
	return rc < 0 ? EXIT_OK : rc;
}
