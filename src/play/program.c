#include "play/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"

void
program_clean(char *out, size_t cap, const char *s)
{
	size_t n = 0;

	for (; *s != '\0' && n + 1 < cap; s++)
		out[n++] = (unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s;
	out[n] = '\0';
}

static const char *
paint(const struct program *p, const char *code)
{
	return p->colour ? code : "";
}

#define GREEN "\033[32m"
#define RED "\033[1;31m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

void
program_begin(struct program *p)
{
	const char *no_colour = getenv("NO_COLOR");

	p->colour = p->form == PROGRAM_TEXT && isatty(STDOUT_FILENO) == 1 && (no_colour == NULL || no_colour[0] == '\0');
	p->json.b = &p->json_text;
	if (p->form == PROGRAM_JSON) {
		jo_open(&p->json, NULL, '{');
		jo_open(&p->json, "plays", '[');
	}
	if (p->report != NULL)
		fprintf(p->report, "# After-action report\n");
}

void
program_play(struct program *p, const struct scenario *s)
{
	char title[300], starts[INST_LEN];

	p->offset_min = s->starts.offset_min;
	program_clean(title, sizeof title, s->title);
	inst_format(starts, s->starts);
	if (p->form == PROGRAM_JSON) {
		jo_open(&p->json, NULL, '{');
		jo_str(&p->json, "file", s->file);
		jo_str(&p->json, "play", s->title);
		jo_open(&p->json, "steps", '[');
	} else {
		printf("%s%s: %s\n", p->form == PROGRAM_TAP ? "# " : "", s->file, title);
		fflush(stdout);
	}
	if (p->report != NULL)
		fprintf(p->report,
		    "\n## %s\n\nScenario `%s`, charter `%s`, clock starts at %s.\n\n"
		    "| time | step | held | what was found |\n|---|---|---|---|\n",
		    title, s->file, s->charter, starts);
}

/* "2018-05-28 09:00:01" */
static void
scenario_time(const struct program *p, char out[32], int64_t ms)
{
	char text[INST_LEN];

	inst_format(text, (struct inst){ ms, p->offset_min });
	text[10] = ' ';
	text[19] = '\0';
	memcpy(out, text, 20);
}

static void
step_text(const struct program *p, const struct outcome *o, const char *text, const char *detail)
{
	char time[32];

	scenario_time(p, time, o->at_ms);
	printf("  %s%s%s  %s%s%s  %s", paint(p, DIM), time, paint(p, PLAIN), paint(p, o->good ? GREEN : RED), o->good ? "ok " :
	    "NOT",
	    paint(p, PLAIN), text);
	if (p->verbose)
		printf("  %s%lld ms%s", paint(p, DIM), (long long)o->took_us / 1000, paint(p, PLAIN));
	if (detail[0] != '\0' && (!o->good || p->verbose))
		printf("\n%24s     %s%s%s", "", paint(p, o->good ? DIM : ""), detail, paint(p, PLAIN));
	printf("\n");
}

static void
step_tap(struct program *p, const struct outcome *o, const char *text, const char *detail)
{
	printf("%sok %u - ", o->good ? "" : "not ", ++p->points);
	if (o->step->line > 0)
		printf("line %u: ", (unsigned)o->step->line);
	printf("%s\n", text);
	if (detail[0] != '\0' && (!o->good || p->verbose))
		printf("#   %s\n", detail);
}

static void
step_json(struct program *p, const struct outcome *o)
{
	jo_open(&p->json, NULL, '{');
	jo_int(&p->json, "line", (int64_t)o->step->line);
	jo_str(&p->json, "step", o->step->text);
	jo_bool(&p->json, "held", o->good);
	jo_str(&p->json, "detail", o->detail);
	jo_int(&p->json, "ms", o->took_us / 1000);
	jo_close(&p->json, '}');
}

/* A cell of a Markdown table: no line ends, no bars. */
static void
put_cell(FILE *f, const char *s)
{
	for (; *s != '\0'; s++)
		fputs(*s == '|' ? "\\|" : (char[2]){ *s, '\0' }, f);
}

static void
step_report(const struct program *p, const struct outcome *o, const char *text, const char *detail)
{
	char time[32];

	scenario_time(p, time, o->at_ms);
	fprintf(p->report, "| %s | ", time);
	put_cell(p->report, text);
	fprintf(p->report, " | %s | ", o->good ? "yes" : "**no**");
	put_cell(p->report, detail);
	fprintf(p->report, " |\n");
}

void
program_step(void *ctx, const struct outcome *o)
{
	struct program *p = ctx;
	char text[200], detail[sizeof o->detail];

	if (o->took_us < 0)
		return;			/* it only begins */
	program_clean(text, sizeof text, o->step->text);
	program_clean(detail, sizeof detail, o->detail);
	if (p->form == PROGRAM_TEXT)
		step_text(p, o, text, detail);
	else if (p->form == PROGRAM_TAP)
		step_tap(p, o, text, detail);
	else
		step_json(p, o);
	fflush(stdout);
	if (p->report != NULL)
		step_report(p, o, text, detail);
}

void
program_done(struct program *p, const struct stage *st, int64_t took_us)
{
	double s = (double)took_us / 1e6;

	if (p->form == PROGRAM_JSON) {
		jo_close(&p->json, ']');
		jo_int(&p->json, "failed", (int64_t)st->failed);
		jo_int(&p->json, "ms", took_us / 1000);
		jo_close(&p->json, '}');
	} else if (p->form == PROGRAM_TEXT) {
		printf("  %u steps, %s%u did not hold%s, %.1f s\n\n", (unsigned)st->s->steps_count,
		    paint(p, st->failed > 0 ? RED : GREEN), st->failed, paint(p, PLAIN), s);
	}
	if (p->report != NULL)
		fprintf(p->report, "\n%u steps, %u did not hold; played in %.1f s with %u nodes, each a process of its own.\n",
		    (unsigned)st->s->steps_count, st->failed, s, st->cast->count);
}

void
program_failed(struct program *p, const char *file, const struct err *e)
{
	char text[sizeof e->text];

	program_clean(text, sizeof text, e->text);
	if (p->form == PROGRAM_JSON) {
		jo_open(&p->json, NULL, '{');
		jo_str(&p->json, "file", file);
		jo_str(&p->json, "error", e->text);
		jo_close(&p->json, '}');
	} else if (p->form == PROGRAM_TAP) {
		printf("not ok %u - %s\n#   %s\n", ++p->points, file, text);
	}
	fprintf(stderr, "diwan: %s\n", text);
	if (p->report != NULL)
		fprintf(p->report, "\n## %s\n\nNot played: %s\n", file, text);
}

void
program_end(struct program *p, unsigned plays, unsigned failed)
{
	if (p->form == PROGRAM_TAP)
		printf("1..%u\n", p->points);
	if (p->form == PROGRAM_TEXT && plays > 1)
		printf("%u plays, %s%u failed%s\n", plays, paint(p, failed > 0 ? RED : GREEN), failed, paint(p, PLAIN));
	if (p->form == PROGRAM_JSON) {
		jo_close(&p->json, ']');
		jo_int(&p->json, "failed", (int64_t)failed);
		jo_close(&p->json, '}');
		printf("%s\n", buf_cstr(&p->json_text));
	}
	buf_free(&p->json_text);
	fflush(stdout);
}
