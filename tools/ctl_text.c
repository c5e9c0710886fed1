/* SPDX-License-Identifier: Apache-2.0 */
/* What came of an order, in words. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl.h"
#include "tools/human.h"
#include "tools/status_doc.h"

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void print_step(struct json_object *answer, FILE *out)
{
	int64_t step_ns = 0;

	doc_int(answer, "step_ns", &step_ns);
	fprintf(out, "CLOCK_REALTIME was stepped by %c%lld.%09lld s\n",
		step_ns < 0 ? '-' : '+', llabs(step_ns) / 1000000000,
		llabs(step_ns) % 1000000000);
}

/* Texts of the daemon's: of ASCII, once they have been read as these are. */
static size_t print_list(struct json_object *answer, const char *key,
			 const char *mark, FILE *out)
{
	struct json_object *list = doc_array(answer, key);
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(
			o, "text",
			json_object_get(json_object_array_get_idx(list, i)));
		fprintf(out, "%s%s\n", mark, or_dash(doc_string(o, "text")));
		json_object_put(o);
	}
	return n;
}

static void print_reload(struct json_object *answer, FILE *out)
{
	size_t n = print_list(answer, "changed", "  ", out);

	n += print_list(answer, "unchanged", "! ", out);
	fputs(n ? "reloaded\n" : "reloaded; nothing has changed\n", out);
}

static void print_start(struct json_object *answer, FILE *out)
{
	char length[HUMAN_SIZE];
	int64_t for_ns = 0;

	doc_int(answer, "for_ns", &for_ns);
	fprintf(out,
		"holdover is rehearsed for %s: nothing that the sources say "
		"is used\n"
		"tt-status shows how the bound opens; end it with: tt-ctl "
		"holdover stop\n",
		human_age(for_ns, length));
}

static void print_withdrawal(struct json_object *answer, FILE *out)
{
	char length[HUMAN_SIZE];
	int64_t for_ns = 0;

	doc_int(answer, "for_ns", &for_ns);
	fprintf(out,
		"readers are told that there is no bound, for %s at the most;\n"
		"end it with: tt-ctl restore\n",
		human_age(for_ns, length));
}

static void print_offset(struct json_object *source, const char *key, FILE *out)
{
	char text[HUMAN_SIZE] = "-";
	int64_t ns;

	if (doc_int(source, key, &ns))
		human_offset(ns, text);
	fprintf(out, " %12s", text);
}

static int64_t print_source(struct json_object *source, FILE *out)
{
	int64_t samples = 0, outside = 0;

	doc_int(source, "samples", &samples);
	doc_int(source, "outside", &outside);
	fprintf(out, "  %-26s %8" PRId64, or_dash(doc_string(source, "name")),
		samples);
	print_offset(source, "offset_ns", out);
	print_offset(source, "offset_most_ns", out);
	fprintf(out, " %8" PRId64 "\n", outside);
	return outside;
}

static void print_verdict(int64_t outside, size_t sources, FILE *out)
{
	if (outside > 0)
		fprintf(out, "! samples missed the bound: a source is false, or "
			"A2 (oscillator) does not\n  hold here\n");
	else if (sources > 0)
		fputs("no sample contradicted the bound\n", out);
	else
		fputs("no source said anything meanwhile\n", out);
}

static void print_report(struct json_object *answer, FILE *out)
{
	struct json_object *list = doc_array(answer, "report.sources");
	size_t n = list ? json_object_array_length(list) : 0;
	int64_t since = 0, ended = 0, before = 0, after = 0, outside = 0;
	char length[HUMAN_SIZE], a[HUMAN_SIZE], b[HUMAN_SIZE];

	doc_int(answer, "report.since_raw_ns", &since);
	doc_int(answer, "report.ended_raw_ns", &ended);
	doc_int(answer, "report.half_width_before_ns", &before);
	doc_int(answer, "report.half_width_ns", &after);
	fprintf(out, "after %s of rehearsal the half-width had gone from %s to "
		"%s\n", human_age(ended - since, length),
		human_bound(before, a), human_bound(after, b));
	if (n)
		fprintf(out, "  %-26s %8s %12s %12s %8s\n", "offsets from the "
			"best line", "samples", "last", "furthest", "outside");
	for (size_t i = 0; i < n; i++)
		outside += print_source(json_object_array_get_idx(list, i),
					out);
	print_verdict(outside, n, out);
}

void ctl_print(struct json_object *answer, FILE *out, FILE *err)
{
	const char *action = doc_string(answer, "action");
	const char *error = doc_string(answer, "error");

	if (ctl_judge(answer) == CTL_REFUSED) {
		fprintf(err, "tt-ctl: refused: %s\n", or_dash(error));
		return;
	}
	action = or_dash(action);
	if (!strcmp(action, "step"))
		print_step(answer, out);
	else if (!strcmp(action, "reload"))
		print_reload(answer, out);
	else if (!strcmp(action, "holdover-start"))
		print_start(answer, out);
	else if (!strcmp(action, "holdover-stop"))
		print_report(answer, out);
	else if (!strcmp(action, "source-enable"))
		fprintf(out, "%s: its samples are used again\n",
			or_dash(doc_string(answer, "source")));
	else if (!strcmp(action, "source-disable"))
		fprintf(out, "%s: its samples are not used until it is "
			"enabled, or timed restarts;\nto the bound it counts as "
			"a silent source\n",
			or_dash(doc_string(answer, "source")));
	else if (!strcmp(action, "withdraw"))
		print_withdrawal(answer, out);
	else if (!strcmp(action, "restore"))
		fputs("the sources are heard again\n", out);
	else if (!strcmp(action, "log-level"))
		fprintf(out, "log level %s until the next reload\n",
			or_dash(doc_string(answer, "level")));
}
