/* SPDX-License-Identifier: Apache-2.0 */
/* The document's parts, and what is in no table. */
#include "tools/exporter/metrics_document.h"

#include <inttypes.h>
#include <string.h>

#include "tools/exporter/metrics_table.h"
#include "tools/exporter/scope.h"
#include "tools/status_doc.h"

/* The budget's terms of each object, edge by edge. */
static void put_terms(struct expo *e, const char *path, const struct scope *s)
{
	static const struct expo_label field[] = {{"term", "name"},
						  {NULL, NULL}};

	for (int i = 0; i < s->count; i++) {
		struct scope terms;

		scope_list(&terms, doc_array(s->obj[i], path), field,
			   METRICS_TERMS_MAX);
		for (int t = 0; t < terms.count; t++) {
			const char *name = terms.own[t][0].value;
			struct scope_label_list lo = scope_labels(
				s, i,
				EXPO_LABELS({"term", name}, {"edge", "lo"}));
			struct scope_label_list hi = scope_labels(
				s, i,
				EXPO_LABELS({"term", name}, {"edge", "hi"}));

			scope_put_ns(e, lo.item, terms.obj[t], "lo_ns");
			scope_put_ns(e, hi.item, terms.obj[t], "hi_ns");
		}
	}
}

static void put_source_counts(struct expo *e, const struct scope *s)
{
	expo_family(e, EXPO_GAUGE, "timed_sources",
		    "Sources that drivers have announced.");
	expo_int(e, EXPO_NO_LABELS, s->total);
	expo_family(e, EXPO_GAUGE, "timed_sources_omitted",
		    "Of them, without metrics here: one too many, or of the "
		    "same name.");
	expo_int(e, EXPO_NO_LABELS, s->total - s->count);
}

static void put_sources(struct expo *e, struct json_object *doc)
{
	static const struct expo_label fields[] = {
		{"source", "name"}, {"class", "class"}, {NULL, NULL}};
	struct scope s;

	scope_list(&s, doc_array(doc, "sources"), fields, METRICS_SOURCES_MAX);
	put_source_counts(e, &s);
	scope_put_table(e, &metrics_of_source, &s);
	expo_family(e, EXPO_GAUGE, "timed_source_budget_seconds",
		    "What made this source's edges.");
	put_terms(e, "terms", &s);
}

static void put_drivers(struct expo *e, struct json_object *doc)
{
	static const struct expo_label fields[] = {{"driver", "name"},
						   {NULL, NULL}};
	struct scope s;

	scope_list(&s, doc_array(doc, "drivers"), fields, METRICS_DRIVERS_MAX);
	scope_put_table(e, &metrics_of_driver, &s);
}

static void put_rehearsal(struct expo *e, struct json_object *doc)
{
	static const struct expo_label fields[] = {{"source", "name"},
						   {NULL, NULL}};
	struct scope s;

	scope_list(&s, doc_array(doc, "rehearsal.sources"), fields,
		   METRICS_SOURCES_MAX);
	scope_put_table(e, &metrics_of_rehearsal, &s);
}

static void put_exports(struct expo *e, struct json_object *doc)
{
	static const struct expo_label fields[] = {
		{"socket", "socket"}, {"type", "type"}, {NULL, NULL}};
	struct scope s;

	scope_list(&s, doc_array(doc, "exports"), fields, METRICS_EXPORTS_MAX);
	scope_put_table(e, &metrics_of_export, &s);
}

/* A width as a label: "0.001", no two of the same text. */
static void width_label(int64_t half_ns, char ret[EXPO_NUMBER_SIZE])
{
	size_t len;

	snprintf(ret, EXPO_NUMBER_SIZE, "%" PRId64 ".%09" PRId64,
		 half_ns / 1000000000, half_ns % 1000000000);
	len = strlen(ret);
	while (ret[len - 1] == '0' && ret[len - 2] != '.')
		ret[--len] = '\0';
}

/* A width that is told of twice is told of once. */
static void put_forecast(struct expo *e, struct json_object *doc)
{
	struct json_object *list = doc_array(doc, "holdover.forecast");
	size_t n = list ? json_object_array_length(list) : 0;
	int64_t last_ns = 0;

	expo_family(e, EXPO_GAUGE, "timed_holdover_forecast_seconds",
		    "How long from now until the half-width passes this, if "
		    "nothing comes from any source; absent: not within 100 "
		    "days.");
	for (size_t i = 0; i < n && i < METRICS_FORECASTS_MAX; i++) {
		struct json_object *f = json_object_array_get_idx(list, i);
		char width[EXPO_NUMBER_SIZE];
		int64_t half_ns;

		if (!doc_int(f, "half_width_ns", &half_ns) ||
		    half_ns <= last_ns)
			continue;
		last_ns = half_ns;
		width_label(half_ns, width);
		scope_put_ns(e, EXPO_LABELS({"half_width", width}), f, "in_ns");
	}
}

/* One field of each level, by its time in whole seconds: rising ones. */
static void put_levels(struct expo *e, struct json_object *doc,
		       const char *path)
{
	struct json_object *list = doc_array(doc, "oscillator.levels");
	size_t n = list ? json_object_array_length(list) : 0;
	int64_t last_s = 0;

	for (size_t i = 0; i < n && i < METRICS_LEVELS_MAX; i++) {
		struct json_object *l = json_object_array_get_idx(list, i);
		char tau[EXPO_NUMBER_SIZE];
		double tau_s, ppb;

		if (!doc_number(l, "tau_s", &tau_s) ||
		    !(tau_s >= (double)last_s + 1 && tau_s < 1e9))
			continue;
		last_s = (int64_t)tau_s;
		snprintf(tau, sizeof(tau), "%" PRId64, last_s);
		if (doc_number(l, path, &ppb))
			expo_number(e, EXPO_LABELS({"tau", tau}), ppb / 1e9);
	}
}

static void put_oscillator(struct expo *e, struct json_object *doc)
{
	expo_family(e, EXPO_GAUGE, "timed_oscillator_deviation_ratio",
		    "Allan deviation of the raw counter's rate over tau "
		    "seconds, as measured; absent: it may all be the "
		    "source's.");
	put_levels(e, doc, "deviation_ppb");
	expo_family(e, EXPO_GAUGE, "timed_oscillator_deviation_max_ratio",
		    "It is no more than this.");
	put_levels(e, doc, "deviation_ppb_max");
	expo_family(e, EXPO_GAUGE, "timed_oscillator_deviation_error_ratio",
		    "The part of it that may be the source's.");
	put_levels(e, doc, "error_ppb");
}

/* Where one is configured. */
static void put_history_log(struct expo *e, struct json_object *doc)
{
	struct scope s;

	scope_document(&s, doc_object(doc, "history_log"));
	if (!doc_string(doc, "history_log.path"))
		s.count = 0;
	scope_put_table(e, &metrics_of_history_log, &s);
}

/* Differences of two raw instants are the only use of those. */
static void put_ages(struct expo *e, const struct metrics_input *in)
{
	struct json_object *doc = in->s->doc;
	int64_t made_ns, ns;

	if (!doc_int(doc, "raw_ns", &made_ns))
		return;
	expo_family(e, EXPO_GAUGE, "timed_status_age_seconds",
		    "Age of the daemon's document.");
	expo_ns(e, EXPO_NO_LABELS, in->raw_ns - made_ns);
	expo_family(e, EXPO_GAUGE, "timed_segment_age_seconds",
		    "Age of the last publication.");
	if (doc_int(doc, "segment.anchor_raw_ns", &ns))
		expo_ns(e, EXPO_NO_LABELS, in->raw_ns - ns);
	expo_family(e, EXPO_GAUGE, "timed_segment_void_in_seconds",
		    "How long the last publication would still serve readers, "
		    "were it the last.");
	if (doc_int(doc, "segment.void_raw_ns", &ns))
		expo_ns(e, EXPO_NO_LABELS, ns - in->raw_ns);
}

void metrics_document_write(struct expo *e, const struct metrics_input *in)
{
	struct scope root;

	scope_document(&root, in->s->doc);
	scope_put_table(e, &metrics_of_document, &root);
	put_ages(e, in);
	expo_family(e, EXPO_GAUGE, "timed_budget_seconds",
		    "What each half of the interval is made of.");
	put_terms(e, "budget.terms", &root);
	put_sources(e, in->s->doc);
	put_drivers(e, in->s->doc);
	put_rehearsal(e, in->s->doc);
	put_exports(e, in->s->doc);
	put_forecast(e, in->s->doc);
	put_oscillator(e, in->s->doc);
	put_history_log(e, in->s->doc);
}
