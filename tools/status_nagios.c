/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a monitoring plugin: words, then perfdata in seconds. */
#include "tools/status_nagios.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"

#define NS_PER_S INT64_C(1000000000)

struct verdicts {
	int64_t all, used, falsetickers;
};

static struct verdicts count(struct json_object *doc)
{
	struct json_object *list = doc_array(doc, "sources");
	size_t n = list ? json_object_array_length(list) : 0;
	struct verdicts v = {(int64_t)n, 0, 0};

	for (size_t i = 0; i < n; i++) {
		const char *verdict = doc_string(
			json_object_array_get_idx(list, i), "verdict");

		v.used += verdict && !strcmp(verdict, "used");
		v.falsetickers += verdict && !strcmp(verdict, "falseticker");
	}
	return v;
}

static void put_held_by(FILE *out, const struct status *s)
{
	const char *flag[STATUS_FLAGS_MAX];
	int n = status_flag_names(s, flag);

	for (int i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? " " : ", by ", flag[i]);
}

static void put_segment(FILE *out, const struct status *s,
			const struct status_limits *l)
{
	const struct status_limit *broken = status_limits_broken(s, l);
	char half[HUMAN_SIZE];

	if (s->segment_err) {
		fprintf(out, "no bound: %s", tt_strerror(s->segment_err));
		return;
	}
	fprintf(out, "%s, half-width %s", status_state_name(s->now.state),
		human_bound(status_half_width_ns(s), half));
	if (broken)
		fprintf(out, " is %s %s (%s)",
			broken->range.is_inverted ? "within" : "outside",
			broken->text + broken->range.is_inverted,
			broken == &l->critical ? "critical" : "warning");
	put_held_by(out, s);
}

static void put_words(FILE *out, const struct status *s,
		      const struct status_limits *l)
{
	int64_t violations;
	struct verdicts v;

	put_segment(out, s, l);
	if (s->is_contradictory)
		fputs(", the segment and the socket are of two daemons", out);
	if (s->socket_err)
		fprintf(out, ", %s: %s", s->socket_path, s->socket_why);
	if (!s->doc)
		return;
	v = count(s->doc);
	fprintf(out, ", %" PRId64 " of %" PRId64 " sources used", v.used,
		v.all);
	if (v.falsetickers)
		fprintf(out, ", %" PRId64 " false", v.falsetickers);
	if (doc_int(s->doc, "counters.bound_violations", &violations) &&
	    violations > 0)
		fprintf(out, ", axioms found broken %" PRId64 " time%s",
			violations, human_plural(violations));
}

static const char *limit_s(const struct status_limit *l,
			   char ret[DURATION_RANGE_SIZE])
{
	if (!l->text)
		return "";
	return duration_range_s(&l->range, ret);
}

static void put_perfdata(FILE *out, const struct status *s,
			 const struct status_limits *l)
{
	static const struct status_limits none;
	char warning[DURATION_RANGE_SIZE], critical[DURATION_RANGE_SIZE];
	int64_t n;
	struct verdicts v;

	if (!l)
		l = &none;
	if (!s->segment_err) {
		n = status_half_width_ns(s);
		fprintf(out,
			" half_width=%" PRId64 ".%09" PRId64 "s;%s;%s;0",
			n / NS_PER_S, n % NS_PER_S,
			limit_s(&l->warning, warning),
			limit_s(&l->critical, critical));
	}
	if (!s->doc)
		return;
	v = count(s->doc);
	fprintf(out, " sources=%" PRId64 ";;;0 used=%" PRId64 ";;;0", v.all,
		v.used);
	fprintf(out, " falsetickers=%" PRId64 ";;;0", v.falsetickers);
	if (doc_int(s->doc, "counters.bound_violations", &n) && n >= 0)
		fprintf(out, " bound_violations=%" PRId64 "c", n);
}

/* Perfdata begins at the first bar, whoever wrote it; and a line is a line. */
static void put_line(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text == '|' ? '/' : *text == '\n' ? ' ' : *text, out);
}

int status_nagios_print(FILE *out, const struct status *s,
			const struct status_limits *l)
{
	char *text = NULL;
	size_t size;
	FILE *words = open_memstream(&text, &size);

	if (!words)
		return -ENOMEM;
	put_words(words, s, l);
	if (fclose(words)) {
		free(text);
		return -ENOMEM;
	}
	fprintf(out, "TIMED %s: ", status_code_name(status_exit_code(s, l)));
	put_line(out, text);
	free(text);
	if (!s->segment_err || s->doc)
		fputs(" |", out);
	put_perfdata(out, s, l);
	fputc('\n', out);
	return 0;
}
