/* SPDX-License-Identifier: Apache-2.0 */
/* The forecast of the half-width, and the oscillator. See status_holdover.h. */
#include "tools/status_holdover.h"

#include <inttypes.h>

#include "tools/human.h"
#include "tools/status_doc.h"

/* "1 ms in 12 min", "100 us now" */
static void print_width(FILE *out, struct json_object *o)
{
	char width[HUMAN_SIZE], age[HUMAN_SIZE];
	int64_t half_ns, in_ns;

	if (!doc_int(o, "half_width_ns", &half_ns))
		return;
	if (half_ns >= 1000000)
		snprintf(width, sizeof(width), "%" PRId64 " ms",
			 half_ns / 1000000);
	else
		snprintf(width, sizeof(width), "%" PRId64 " us",
			 half_ns / 1000);
	if (!doc_int(o, "in_ns", &in_ns))
		fprintf(out, "%s not in 100 d", width);
	else if (in_ns == 0)
		fprintf(out, "%s now", width);
	else
		fprintf(out, "%s in %s", width, human_age(in_ns, age));
}

void status_holdover_print(FILE *out, struct json_object *doc)
{
	struct json_object *list = doc_array(doc, "holdover.forecast");
	const size_t n = list ? json_object_array_length(list) : 0;

	if (n == 0)
		return;
	fprintf(out, "%-13s +-", "If all silent");
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", out);
		print_width(out, json_object_array_get_idx(list, i));
	}
	fputc('\n', out);
}

static void print_more(FILE *out, const char *words)
{
	fprintf(out, "  %-13s %s\n", "", words);
}

static void print_widened(FILE *out, struct json_object *doc)
{
	char was[2][HUMAN_SIZE], is[2][HUMAN_SIZE], since[HUMAN_SIZE];
	double w, j, own_w, own_j;
	int64_t since_ns, raw_ns;
	bool is_on = false;
	char line[256];

	doc_bool(doc, "oscillator.widened", &is_on);
	if (!is_on || !doc_number(doc, "axioms.wander_ppb_s", &w) ||
	    !doc_number(doc, "axioms.jitter_ppb", &j) ||
	    !doc_number(doc, "oscillator.configured_wander_ppb_s", &own_w) ||
	    !doc_number(doc, "oscillator.configured_jitter_ppb", &own_j) ||
	    !doc_int(doc, "oscillator.widened_since_raw_ns", &since_ns) ||
	    !doc_int(doc, "raw_ns", &raw_ns))
		return;
	snprintf(line, sizeof(line), "WIDENED by what was measured, %s ago:",
		 human_age(raw_ns - since_ns, since));
	print_more(out, line);
	snprintf(line, sizeof(line), "drift %s/s -> %s/s, jitter %s -> %s",
		 human_ppb(own_w, was[0]), human_ppb(w, is[0]),
		 human_ppb(own_j, was[1]), human_ppb(j, is[1]));
	print_more(out, line);
}

/* "12 ppb" as measured; "< 30 ppb", where it may be the source's. */
static bool level_words(struct json_object *o, char *ret, size_t size)
{
	char ppb[HUMAN_SIZE];
	double tau_s, v;

	if (!doc_number(o, "tau_s", &tau_s))
		return false;
	if (doc_number(o, "deviation_ppb", &v))
		snprintf(ret, size, "%s in %g s", human_ppb(v, ppb), tau_s);
	else if (doc_number(o, "deviation_ppb_max", &v))
		snprintf(ret, size, "< %s in %g s", human_ppb(v, ppb), tau_s);
	else
		return false;
	return true;
}

static void print_levels(FILE *out, struct json_object *doc)
{
	struct json_object *list = doc_array(doc, "oscillator.levels");
	const size_t n = list ? json_object_array_length(list) : 0;
	char words[64];
	bool is_first = true;

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (!level_words(o, words, sizeof(words)))
			continue;
		if (is_first)
			fprintf(out, "  %-13s seen: ", "");
		fprintf(out, "%s%s", is_first ? "" : ", ", words);
		is_first = false;
	}
	if (!is_first)
		fputc('\n', out);
}

void status_oscillator_print(FILE *out, struct json_object *doc)
{
	double celsius;

	print_widened(out, doc);
	print_levels(out, doc);
	if (doc_number(doc, "oscillator.temperature_c", &celsius))
		fprintf(out, "  %-13s at %.1f degrees Celsius\n", "", celsius);
}
