/* SPDX-License-Identifier: Apache-2.0 */
/* The page: what the interval rests on. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"
#include "tools/status_holdover.h"
#include "tools/text_page.h"

static void print_axiom(const struct page *p, const char *name,
			const char *words)
{
	fprintf(p->out, "  %-13s %s\n", name, words);
}

static const char *ppb_at(struct json_object *doc, const char *path,
			  char ret[HUMAN_SIZE])
{
	double ppb;

	return doc_number(doc, path, &ppb) ? human_ppb(ppb, ret) : "-";
}

static void print_a1_a2(const struct page *p)
{
	char a[HUMAN_SIZE], b[HUMAN_SIZE], c[HUMAN_SIZE], line[256];
	double swing_ppb;

	snprintf(line, sizeof(line), "the counter's rate is within +-%s",
		 ppb_at(p->doc, "axioms.drift_ppb", a));
	print_axiom(p, "A1 drift", line);
	snprintf(line, sizeof(line),
		 "it drifts by at most %s/s and jitters within +-%s",
		 ppb_at(p->doc, "axioms.wander_ppb_s", a),
		 ppb_at(p->doc, "axioms.jitter_ppb", b));
	print_axiom(p, "A2 wander", line);
	if (!doc_number(p->doc, "axioms.swing_ppb", &swing_ppb))
		return;
	snprintf(line, sizeof(line),
		 "and stays within %s of the last good sample's (declared)",
		 human_ppb(swing_ppb, c));
	print_axiom(p, "", line);
}

static void print_a3(const struct page *p)
{
	int64_t liars, memory_ns = 0;
	char line[256], age[HUMAN_SIZE], most[HUMAN_SIZE];

	if (doc_int(p->doc, "axioms.liars", &liars))
		snprintf(most, sizeof(most), "%" PRId64, liars);
	else
		snprintf(most, sizeof(most), "a minority");
	doc_int(p->doc, "axioms.memory_ns", &memory_ns);
	snprintf(line, sizeof(line),
		 "at most %s of each class lies, forgotten after %s", most,
		 human_ns(memory_ns, age));
	print_axiom(p, "A3 liars", line);
}

static void print_a4(const struct page *p)
{
	int64_t min_ns = 0, asymmetry_ns;
	char a[HUMAN_SIZE], b[HUMAN_SIZE], line[256];

	doc_int(p->doc, "axioms.delay_min_ns", &min_ns);
	if (doc_int(p->doc, "axioms.asymmetry_ns", &asymmetry_ns))
		snprintf(line, sizeof(line),
			 "each way takes %s or more; the two differ by at most "
			 "2 x %s",
			 human_ns(min_ns, a), human_ns(asymmetry_ns, b));
	else
		snprintf(
			line, sizeof(line),
			"each way takes %s or more; their asymmetry is unknown",
			human_ns(min_ns, a));
	print_axiom(p, "A4 delay", line);
}

static void print_a6(const struct page *p)
{
	double scale = 0;
	bool smeared = false;
	char line[256];

	doc_number(p->doc, "axioms.server_scale", &scale);
	doc_bool(p->doc, "axioms.smeared_upstream", &smeared);
	snprintf(line, sizeof(line),
		 "a server is within its own root distance, x%g from stratum 2",
		 scale);
	print_axiom(p, "A6 reference", line);
	if (smeared)
		print_axiom(p, "", "servers smear leap seconds (declared)");
}

void text_axioms(const struct page *p)
{
	const char *preset = doc_string(p->doc, "axioms.oscillator");
	struct json_object *own = doc_array(p->doc, "axioms.overridden");
	bool is_own = own && json_object_array_length(own) > 0;
	char line[256];

	snprintf(line, sizeof(line),
		 "Axioms: the interval is right while these hold (oscillator "
		 "%.12s%s)",
		 page_or_dash(preset), is_own ? ", overridden" : "");
	page_heading(p, line);
	print_a1_a2(p);
	status_oscillator_print(p->out, p->doc);
	print_a3(p);
	print_a4(p);
	print_axiom(p, "A5 counter",
		    "CLOCK_MONOTONIC_RAW neither stops nor jumps unseen");
	print_a6(p);
}
