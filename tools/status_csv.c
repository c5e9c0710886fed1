/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status --format=csv. */
#include "tools/status_csv.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "tools/status_doc.h"
#include "tools/status_options.h"

static void put_text(FILE *out, const char *text)
{
	if (!text)
		return;
	if (!strpbrk(text, ",\"\n\r")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_value(FILE *out, struct json_object *o, const char *path)
{
	double n;
	int64_t i;
	bool yes;

	if (doc_int(o, path, &i))
		fprintf(out, "%" PRId64, i);
	else if (doc_number(o, path, &n))
		fprintf(out, "%.17g", n);
	else if (doc_bool(o, path, &yes))
		fputs(yes ? "true" : "false", out);
	else
		put_text(out, doc_string(o, path));
}

static void put_table(FILE *out, struct json_object *list,
		      const char *const *field)
{
	size_t n = list ? json_object_array_length(list) : 0;

	for (int f = 0; field[f]; f++)
		fprintf(out, "%s%s", f ? "," : "", field[f]);
	fputc('\n', out);
	for (size_t i = 0; i < n; i++) {
		for (int f = 0; field[f]; f++) {
			if (f)
				fputc(',', out);
			put_value(out, json_object_array_get_idx(list, i),
				  field[f]);
		}
		fputc('\n', out);
	}
}

/* The names of docs/status.md. */
static const char *const source_field[] = {
	"name",	     "class",	"group",     "reachable",
	"stratum",   "verdict", "offset_ns", "error_ns",
	"lo_ns",     "hi_ns",	"poll_ns",   "last_sample_age_ns",
	"samples",   "note",	NULL};
static const char *const term_field[] = {"name", "lo_ns", "hi_ns", NULL};
static const char *const axiom_field[] = {
	"oscillator", "drift_ppb",    "wander_ppb_s", "jitter_ppb",
	"swing_ppb",  "memory_ns",    "liars",	      "asymmetry_ns",
	"delay_min_ns", "server_scale", "smeared_upstream", NULL};

static void put_axioms(FILE *out, struct json_object *doc)
{
	struct json_object *axioms = doc_object(doc, "axioms");

	fputs("axiom,value\n", out);
	for (int f = 0; axioms && axiom_field[f]; f++) {
		fprintf(out, "%s,", axiom_field[f]);
		put_value(out, axioms, axiom_field[f]);
		fputc('\n', out);
	}
}

static void put_flags(FILE *out, const struct status *s)
{
	const char *flag[STATUS_FLAGS_MAX];
	int n = status_flag_names(s, flag);

	for (int i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? " " : "", flag[i]);
}

static void put_interval(FILE *out, const struct status *s)
{
	if (s->segment_err) {
		fputs(",,,,,,", out);
		return;
	}
	fprintf(out, "%s,%" PRIu64 ",", status_state_name(s->now.state),
		s->now.epoch);
	put_flags(out, s);
	fprintf(out, ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64,
		s->now.raw_ns, s->now.earliest_ns, s->now.latest_ns,
		status_half_width_ns(s));
}

static void put_clock(FILE *out, const struct status *s,
		      const struct status_limits *l)
{
	fputs("verdict,exit_code,state,epoch,flags,raw_ns,earliest_unix_ns,"
	      "latest_unix_ns,half_width_ns,segment_error,daemon_error\n",
	      out);
	fprintf(out, "%s,%d,", status_verdict_name(status_judge(s)),
		status_exit_code(s, l));
	put_interval(out, s);
	fputc(',', out);
	put_text(out, s->segment_err ? tt_strerror(s->segment_err) : NULL);
	fputc(',', out);
	put_text(out, s->socket_err ? s->socket_why : NULL);
	fputc('\n', out);
}

void status_csv_print(FILE *out, const struct status *s,
		      const struct status_limits *l, unsigned part)
{
	switch (part) {
	case PART_BUDGET:
		put_table(out, doc_array(s->doc, "budget.terms"), term_field);
		break;
	case PART_SOURCES:
		put_table(out, doc_array(s->doc, "sources"), source_field);
		break;
	case PART_AXIOMS:
		put_axioms(out, s->doc);
		break;
	default:
		put_clock(out, s, l);
	}
}
