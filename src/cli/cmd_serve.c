/* serve: the node at work, until a signal or a failure ends it. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"
#include "cli/local.h"
#include "cli/say.h"
#include "cli/signing.h"
#include "guard/process.h"
#include "http/client.h"
#include "http/server.h"

#define WATCH_MS 500			/* how often peers are looked at for the log */

struct serving {
	const struct cli *cli;
	struct clock clock;
	bool shifted, quiet;
	struct node *node;
	struct http_server *server;
	struct http_client *client;
	struct peer_status *seen;	/* what the log said last, a row a member */
	enum guard_state guard_seen;
	char trouble[256];
	struct signing signing;
	int passphrase_fd;
	struct guard_report report;	/* of what this process gave up */
};

/* One event, one line: time, then name=value. Nothing of a record's contents. */
static void
log_event(const struct serving *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
log_event(const struct serving *s, const char *fmt, ...)
{
	struct buf raw = { 0 }, safe = { 0 };
	char time[INST_LEN], line[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	inst_format(time, (struct inst){ clock_now_ms(&s->clock), 0 });
	buf_fmt(&raw, "%s %s", time, line);
	say_line(&safe, buf_cstr(&raw), raw.len);
	fprintf(stderr, "%s\n", buf_cstr(&safe));
	buf_free(&raw);
	buf_free(&safe);
}

/* ---- starting ---- */

/* All files are open and there is one thread: what is not needed any more is given up (docs/guard.md 5). */
static int
lock_in(void *ctx, struct err *e)
{
	struct serving *s = ctx;

	return guard_node(s->cli->args[0], NULL, 0, &s->report, e);
}

static void
log_guard(const struct serving *s, const char *process, const struct guard_report *r)
{
	if (!s->quiet)
		log_event(s, "process=%s landlock=%d seccomp=%d locked_memory=%d", process, r->landlock_abi,
		    (r->achieved & GUARD_SECCOMP) != 0, (r->achieved & GUARD_LOCKED_MEMORY) != 0);
	if (r->note[0] != '\0')
		log_event(s, "process=%s missing=\"%s\"", process, r->note);
}

static int
start(struct serving *s, struct node_options *o, const char *listen, struct err *e)
{
	const char *clock = args_get(s->cli, "clock");
	int rc;

	o->before_threads = lock_in;
	o->before_ctx = s;
	if ((rc = signing_start(&s->signing, o, args_get(s->cli, "signer-user"), clock, s->passphrase_fd, e)) != OK ||
	    (rc = node_open(&s->node, o, e)) != OK)
		return rc;
	log_guard(s, "signer", signer_report(s->signing.signer));
	log_guard(s, "node", &s->report);
	s->seen = calloc(node_registry(s->node)->members_count, sizeof *s->seen);
	if (s->seen == NULL)
		return err_set(e, ERR_NOMEM, "no memory to watch the peers");
	if (listen == NULL)
		listen = node_address(s->node);
	if ((rc = http_client_open(&s->client, s->node, e)) != OK || (rc = http_start(&s->server, s->node, listen, e)) != OK)
		return rc;
	return node_sync_start(s->node, http_client_transport(s->client), e);
}

static void
stop(struct serving *s)
{
	if (s->node != NULL)
		node_sync_stop(s->node);
	http_stop(s->server);
	http_client_close(s->client);
	node_close(s->node);
	signing_end(&s->signing);
	free(s->seen);
}

static void
print_ready(const struct serving *s, const char *listen)
{
	struct buf b = { 0 };
	struct json_out o = { &b, false };

	if (listen == NULL)
		listen = node_address(s->node);
	if (s->cli->json) {
		jo_open(&o, NULL, '{');
		jo_bool(&o, "ready", true);
		jo_str(&o, "mechanism", node_mechanism(s->node));
		jo_str(&o, "member", node_member(s->node));
		jo_str(&o, "address", listen);
		jo_int(&o, "pid", getpid());
		jo_bool(&o, "clock_shifted", s->shifted);
		jo_close(&o, '}');
		say_json(s->cli, &b);
		buf_free(&b);
	} else {
		say(s->cli, "ready %s %s\n", node_member(s->node), listen);
	}
	fflush(stdout);
}

/* ---- at work ---- */

/* Say what changed with each peer since the last look. */
static void
watch_guard(struct serving *s)
{
	struct guard_status g;

	node_guard(s->node, &g);
	if (g.state == s->guard_seen)
		return;
	s->guard_seen = g.state;
	if (g.state != GUARD_OPEN || !s->quiet)
		log_event(s, g.state == GUARD_OPEN ? "guard=%s" : "guard=%s why=\"%s\"", guard_word(g.state), g.why);
}

static void
watch(struct serving *s)
{
	const struct registry *reg = node_registry(s->node);
	char trouble[256];

	watch_guard(s);
	node_trouble(s->node, trouble);
	if (strcmp(trouble, s->trouble) != 0 && trouble[0] != '\0')
		log_event(s, "housekeeping trouble=\"%s\"", trouble);
	memcpy(s->trouble, trouble, sizeof s->trouble);
	for (uint32_t i = 0; i < reg->members_count; i++) {
		struct peer_status now, *before = &s->seen[i];

		if ((int)i == node_own(s->node) || node_peer_status(s->node, (int)i, &now) != OK)
			continue;
		if (now.state != before->state && !s->quiet)
			log_event(s, "peer=%s state=%s size=%" PRIu64, reg->members[i].code, peer_state_word(now.state), now.size);
		if ((now.received != before->received || now.withheld != before->withheld) && !s->quiet)
			log_event(s, "peer=%s received=%" PRIu64 " withheld=%" PRIu64, reg->members[i].code, now.received,
			    now.withheld);
		if (now.refused != before->refused)
			log_event(s, "peer=%s refused=%" PRIu64, reg->members[i].code, now.refused);
		if (now.trouble[0] != 0 && strcmp(now.trouble, before->trouble) != 0)
			log_event(s, "peer=%s trouble=\"%s\"", reg->members[i].code, now.trouble);
		*before = now;
	}
}

static int
work(struct serving *s, const sigset_t *signals, struct err *e)
{
	const struct timespec wait = { WATCH_MS / 1000, WATCH_MS % 1000 * 1000000L };
	int got;

	for (;;) {
		if ((got = sigtimedwait(signals, NULL, &wait)) > 0) {
			if (!s->quiet)
				log_event(s, "stopping signal=%d", got);
			return OK;
		}
		if (node_failed(s->node, e)) {
			log_event(s, "failed detail=\"%s\"", e->text);
			return err_at(e, "the node stopped, because what reached the disk is in doubt");
		}
		if (signer_failed(s->signing.signer, e)) {
			log_event(s, "signer failed detail=\"%s\"", e->text);
			return err_at(e, "the node stopped, because nothing signs for it any more");
		}
		watch(s);
	}
}

int
cmd_serve(struct cli *c, struct err *e)
{
	struct serving s = { .cli = c, .clock = c->clock, .shifted = c->clock_shifted, .quiet = args_get(c, "quiet") != NULL };
	struct node_options o = { .dir = c->args[0], .clock = &s.clock, .rng = &rng_system, .guarded = true, .serving = true,
	    .clock_trusted = args_get(c, "clock-trusted") != NULL };
	const char *listen = args_get(c, "listen"), *clock = args_get(c, "clock");
	sigset_t signals;
	uint64_t pace = 0, fd = 0, days = 0;
	int rc;

	if ((rc = args_u64(c, "cosign-every", 86400000, &pace, e)) != OK ||
	    (rc = args_u64(c, "passphrase-fd", 1000, &fd, e)) != OK ||
	    (rc = args_u64(c, "max-blob-bytes", UINT64_C(1) << 50, &o.max_blob_bytes, e)) != OK ||
	    (rc = args_u64(c, "blob-days", 36500, &days, e)) != OK ||
	    (rc = args_u64(c, "max-log-entries", UINT64_C(1) << 40, &o.max_log_entries, e)) != OK ||
	    (clock != NULL && (rc = clock_file(&s.clock, clock, e)) != OK))
		return rc;
	s.shifted |= clock != NULL;
	o.cosign_ms = (int64_t)pace;
	s.passphrase_fd = (int)fd;
	o.blob_days = (uint32_t)days;
	if (s.shifted)
		say_warn(c, "the clock is shifted by a file: this is for scenarios, not for a member's real node");
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);	/* before any thread starts, so that all of them leave signals to us */
	if ((rc = start(&s, &o, listen, e)) == OK) {
		print_ready(&s, listen);
		if (!s.quiet)
			log_event(&s, "ready mechanism=%s member=%s pid=%d", node_mechanism(s.node), node_member(s.node),
			    (int)getpid());
		rc = work(&s, &signals, e);
	}
	stop(&s);
	return rc;
}
