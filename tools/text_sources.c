/* SPDX-License-Identifier: Apache-2.0 */
/* The page: every source. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"
#include "tools/text_page.h"

#define NAME_COLUMNS 26 /* a longer name has a line of its own */

static void print_verdict(const struct page *p, const char *verdict)
{
	if (!verdict)
		verdict = "-";
	if (!strcmp(verdict, "used"))
		page_paint(p, PAINT_GOOD, "%s\n", verdict);
	else if (!strcmp(verdict, "falseticker"))
		page_paint(p, PAINT_BAD, "%s\n", verdict);
	else
		page_paint(p, PAINT_WARN, "%s\n", verdict);
}

/* "    3D fix, 8 of 12 satellites, pulse jitter 640 ns, second by gpsd, others" */
static void print_receiver(const struct page *p, struct json_object *o)
{
	const char *labels = doc_string(o, "receiver.labels");
	char jitter[HUMAN_SIZE];
	int64_t fix, used, visible, ns;

	if (!doc_int(o, "receiver.fix", &fix))
		return;
	if (fix >= 2)
		fprintf(p->out, "    %" PRId64 "D fix", fix);
	else
		fprintf(p->out, "    no fix");
	if (doc_int(o, "receiver.satellites_used", &used) &&
	    doc_int(o, "receiver.satellites_visible", &visible))
		fprintf(p->out, ", %" PRId64 " of %" PRId64 " satellites", used,
			visible);
	if (doc_int(o, "receiver.pulse_jitter_ns", &ns))
		fprintf(p->out, ", jitter %s", human_bound(ns, jitter));
	if (labels)
		fprintf(p->out, "; second by %.20s", labels);
	fputc('\n', p->out);
}

/* "    12 samples not used, the last one 3 s ago" */
static void print_ignored(const struct page *p, struct json_object *o)
{
	int64_t n, age_ns;
	char age[HUMAN_SIZE];

	if (doc_int(o, "samples_ignored", &n) && n > 0 &&
	    doc_int(o, "last_ignored_age_ns", &age_ns))
		fprintf(p->out,
			"    %" PRId64 " samples not used, the last one %s "
			"ago\n", n, human_age(age_ns, age));
}

static const char *verdict_of(struct json_object *o)
{
	bool disabled;

	if (doc_bool(o, "disabled", &disabled) && disabled)
		return "disabled";
	return doc_string(o, "verdict");
}

static void print_source(const struct page *p, struct json_object *o)
{
	const char *name = page_or_dash(doc_string(o, "name"));
	const char *note = doc_string(o, "note");
	int64_t n;
	char offset[HUMAN_SIZE] = "-", error[HUMAN_SIZE] = "-";
	char age[HUMAN_SIZE] = "-", stratum[HUMAN_SIZE] = "-";

	if (doc_int(o, "offset_ns", &n))
		human_offset(n, offset);
	if (doc_int(o, "error_ns", &n))
		human_bound(n, error);
	if (doc_int(o, "last_sample_age_ns", &n))
		human_age(n, age);
	if (doc_int(o, "stratum", &n))
		snprintf(stratum, sizeof(stratum), "%" PRId64, n);
	if (strlen(name) > NAME_COLUMNS)
		fprintf(p->out, "  %.78s\n  %-*s", name, NAME_COLUMNS, "");
	else
		fprintf(p->out, "  %-*s", NAME_COLUMNS, name);
	fprintf(p->out, " %-4.4s %2.2s %10s +- %8s %7s  ",
		page_or_dash(doc_string(o, "class")), stratum, offset, error, age);
	print_verdict(p, verdict_of(o));
	if (note)
		fprintf(p->out, "    %.76s\n", note);
	print_receiver(p, o);
	print_ignored(p, o);
}

void text_sources(const struct page *p)
{
	struct json_object *sources = doc_array(p->doc, "sources");
	size_t n = sources ? json_object_array_length(sources) : 0;

	fputc('\n', p->out);
	page_paint(p, PAINT_HEAD, "%-*s %-4s %2s %22s %7s  %s\n", NAME_COLUMNS + 2,
	      "Sources", "kind", "st", "offset +- error   ", "age", "verdict");
	if (!n)
		fputs("  none has been heard of yet\n", p->out);
	for (size_t i = 0; i < n; i++)
		print_source(p, json_object_array_get_idx(sources, i));
}
