/* SPDX-License-Identifier: Apache-2.0 */
/* The tables applied to a document, and what is in no table. */
#include "tools/exporter/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tools/exporter/metrics_table.h"
#include "tools/status_doc.h"

#define SCOPE_LABELS_MAX 2
#define SCOPE_MAX	 METRICS_SOURCES_MAX

/* The objects that a table is applied to, each with labels of its own. */
struct scope {
	struct json_object *obj[SCOPE_MAX];
	struct expo_label own[SCOPE_MAX][SCOPE_LABELS_MAX + 1];
	int count;
	int64_t total; /* in the document, those left out too */
};

/* The labels of object i, then `more`, as one list. */
struct labels {
	struct expo_label item[EXPO_LABELS_MAX + 1];
};

static struct labels labels_of(const struct scope *s, int i,
			       const struct expo_label *more)
{
	struct labels l = {0};
	int n = 0;

	for (const struct expo_label *o = s->own[i]; o->name; o++)
		l.item[n++] = *o;
	for (; more && more->name && n < EXPO_LABELS_MAX; more++)
		l.item[n++] = *more;
	return l;
}

/* ---- scopes ---- */

static void scope_document(struct scope *s, struct json_object *doc)
{
	memset(s, 0, sizeof(*s));
	s->obj[0] = doc;
	s->count = 1;
}

/* As labels: an empty one is none. */
static bool is_same(const char *a, const char *b)
{
	return !strncmp(a ? a : "", b ? b : "", EXPO_VALUE_MAX);
}

static bool has_twin(const struct scope *s, const struct expo_label *own)
{
	for (int i = 0; i < s->count; i++) {
		if (is_same(s->own[i][0].value, own[0].value) &&
		    is_same(s->own[i][1].value, own[1].value))
			return true;
	}
	return false;
}

/* One label from each field; objects without the first field, one too many,
 * and those that could not be told from an earlier one are left out. */
static void scope_list(struct scope *s, struct json_object *list,
		       const struct expo_label *fields, int max)
{
	size_t n = list ? json_object_array_length(list) : 0;

	memset(s, 0, sizeof(*s));
	s->total = (int64_t)n;
	for (size_t i = 0; i < n && s->count < max; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct expo_label own[SCOPE_LABELS_MAX + 1] = {{NULL, NULL}};

		for (int f = 0; fields[f].name; f++)
			own[f] = (struct expo_label){
				fields[f].name, doc_string(o, fields[f].value)};
		if (!own[0].value || !*own[0].value || has_twin(s, own))
			continue;
		memcpy(s->own[s->count], own, sizeof(own));
		s->obj[s->count++] = o;
	}
}

/* ---- tables ---- */

/* Does the object have a place where the field at `path` would be? */
static bool has_parent(struct json_object *o, const char *path)
{
	char parent[DOC_PATH_SIZE];
	const char *dot = strrchr(path, '.');

	snprintf(parent, sizeof(parent), "%.*s", dot ? (int)(dot - path) : 0,
		 path);
	return doc_object(o, parent) != NULL;
}

static void put_ns(struct expo *e, const struct expo_label *labels,
		   struct json_object *o, const char *path)
{
	int64_t ns;
	double n;

	if (doc_int(o, path, &ns))
		expo_ns(e, labels, ns);
	else if (doc_number(o, path, &n))
		expo_number(e, labels, n / 1e9);
}

static void put_int(struct expo *e, const struct expo_label *labels,
		    struct json_object *o, const char *path)
{
	int64_t n;

	/* A counter below 0 is none. */
	if (doc_int(o, path, &n) && (n >= 0 || e->type != EXPO_COUNTER))
		expo_int(e, labels, n);
}

static void put_scalar(struct expo *e, const struct metrics_scalar *row,
		       const struct expo_label *labels, struct json_object *o)
{
	double n;
	bool yes;

	switch (row->kind) {
	case METRICS_INT:
		put_int(e, labels, o, row->path);
		break;
	case METRICS_NS:
		put_ns(e, labels, o, row->path);
		break;
	case METRICS_PPB:
		if (doc_number(o, row->path, &n))
			expo_number(e, labels, n / 1e9);
		break;
	case METRICS_NUMBER:
		if (doc_number(o, row->path, &n))
			expo_number(e, labels, n);
		break;
	case METRICS_BOOL:
		if (doc_bool(o, row->path, &yes))
			expo_int(e, labels, yes);
		break;
	case METRICS_IS_NULL:
		if (has_parent(o, row->path))
			expo_int(e, labels, !doc_string(o, row->path));
		break;
	}
}

static bool is_family_of(const struct metrics_scalar *row,
			 const struct metrics_scalar *first)
{
	return row->name && !strcmp(row->name, first->name);
}

/* Returns the first row of the next family. */
static const struct metrics_scalar *
put_family(struct expo *e, const struct metrics_scalar *first,
	   const struct scope *s)
{
	const struct metrics_scalar *row = first;

	expo_family(e, first->type, first->name, first->help);
	for (int i = 0; i < s->count; i++) {
		for (row = first; is_family_of(row, first); row++) {
			struct labels l = labels_of(
				s, i, EXPO_LABELS({row->label, row->value}));

			put_scalar(e, row, l.item, s->obj[i]);
		}
	}
	while (is_family_of(row, first))
		row++;
	return row;
}

/* Is the word in the list of strings, or between the commas of the text? */
static bool has_word(struct json_object *o, const char *path, const char *word)
{
	struct json_object *list = doc_array(o, path);
	const char *text = doc_string(o, path);
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		const char *item =
			doc_string(json_object_array_get_idx(list, i), "");

		if (item && !strcmp(item, word))
			return true;
	}
	while (text && *text) {
		size_t len = strcspn(text, ",");

		if (len == strlen(word) && !memcmp(text, word, len))
			return true;
		text += len;
		text += strspn(text, ", ");
	}
	return false;
}

static void put_choice(struct expo *e, const struct metrics_choice *c,
		       const struct scope *s)
{
	expo_family(e, EXPO_GAUGE, c->name, c->help);
	for (int i = 0; i < s->count; i++) {
		struct json_object *o = s->obj[i];

		if (!doc_string(o, c->path) && !doc_array(o, c->path))
			continue;
		for (int w = 0; w < METRICS_WORDS_MAX && c->word[w]; w++) {
			struct labels l = labels_of(
				s, i, EXPO_LABELS({c->label, c->word[w]}));

			expo_int(e, l.item, has_word(o, c->path, c->word[w]));
		}
	}
}

static void put_info(struct expo *e, const struct metrics_info *info,
		     const struct scope *s)
{
	expo_family(e, EXPO_INFO, info->name, info->help);
	for (int i = 0; i < s->count; i++) {
		struct expo_label more[METRICS_INFO_MAX + 1] = {{NULL, NULL}};
		bool has_any = false;
		int n = 0;

		for (; n < METRICS_INFO_MAX && info->label[n]; n++) {
			more[n].name = info->label[n];
			more[n].value = doc_string(s->obj[i], info->path[n]);
			has_any |= more[n].value && *more[n].value;
		}
		if (has_any)
			expo_int(e, labels_of(s, i, more).item, 1);
	}
}

static void put_table(struct expo *e, const struct metrics_table *t,
		      const struct scope *s)
{
	for (const struct metrics_info *i = t->info; i->name; i++)
		put_info(e, i, s);
	for (const struct metrics_choice *c = t->choice; c->name; c++)
		put_choice(e, c, s);
	for (const struct metrics_scalar *r = t->scalar; r->name;)
		r = put_family(e, r, s);
}

/* ---- what is in no table ---- */

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
			struct labels lo = labels_of(
				s, i,
				EXPO_LABELS({"term", name}, {"edge", "lo"}));
			struct labels hi = labels_of(
				s, i,
				EXPO_LABELS({"term", name}, {"edge", "hi"}));

			put_ns(e, lo.item, terms.obj[t], "lo_ns");
			put_ns(e, hi.item, terms.obj[t], "hi_ns");
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
	put_table(e, &metrics_of_source, &s);
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
	put_table(e, &metrics_of_driver, &s);
}

static void put_rehearsal(struct expo *e, struct json_object *doc)
{
	static const struct expo_label fields[] = {{"source", "name"},
						   {NULL, NULL}};
	struct scope s;

	scope_list(&s, doc_array(doc, "rehearsal.sources"), fields,
		   METRICS_SOURCES_MAX);
	put_table(e, &metrics_of_rehearsal, &s);
}

static void put_exports(struct expo *e, struct json_object *doc)
{
	static const struct expo_label fields[] = {
		{"socket", "socket"}, {"type", "type"}, {NULL, NULL}};
	struct scope s;

	scope_list(&s, doc_array(doc, "exports"), fields, METRICS_EXPORTS_MAX);
	put_table(e, &metrics_of_export, &s);
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
		put_ns(e, EXPO_LABELS({"half_width", width}), f, "in_ns");
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

static void put_document(struct expo *e, const struct metrics_input *in)
{
	struct scope root;

	scope_document(&root, in->s->doc);
	put_table(e, &metrics_of_document, &root);
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
}

/* ---- the segment, as any program reads it ---- */

static const char *segment_state(const struct status *s)
{
	switch (s->segment_err) {
	case 0:
		return status_state_name(s->now.state);
	case -ENODATA:
		return "UNSYNCHRONIZED";
	case -ESTALE:
		return "VOID";
	default:
		return "UNREADABLE";
	}
}

static void put_segment_state(struct expo *e, const struct status *s)
{
	static const char *const word[] = {"UNSYNCHRONIZED", "SYNCHRONIZED",
					   "HOLDOVER",	     "DISPUTED",
					   "VOID",	     "UNREADABLE"};

	expo_family(e, EXPO_GAUGE, "timed_segment_state",
		    "1 for what a program that reads the segment now is told.");
	for (size_t i = 0; i < sizeof(word) / sizeof(*word); i++)
		expo_int(e, EXPO_LABELS({"state", word[i]}),
			 !strcmp(word[i], segment_state(s)));
}

static void put_segment(struct expo *e, const struct status *s)
{
	put_segment_state(e, s);
	expo_family(e, EXPO_GAUGE, "timed_segment_uncertainty_seconds",
		    "Half-width that a program gets now, the daemon being dead "
		    "or alive.");
	if (!s->segment_err)
		expo_ns(e, EXPO_NO_LABELS, status_half_width_ns(s));
}

static void put_head(struct expo *e, const struct status *s)
{
	expo_family(e, EXPO_GAUGE, "timed_up",
		    "1 if the daemon answers, and the segment is its own.");
	expo_int(e, EXPO_NO_LABELS, s->doc != NULL);
	expo_family(e, EXPO_GAUGE, "timed_uncertainty_seconds",
		    "Half-width of the interval that contains true time, read "
		    "through libtt; absent without a live daemon.");
	if (s->doc && !s->segment_err)
		expo_ns(e, EXPO_NO_LABELS, status_half_width_ns(s));
}

/* ---- what the exporter keeps itself ---- */

static void put_history(struct expo *e, const struct history *h)
{
	expo_family(e, EXPO_HISTOGRAM, "timed_half_width_seconds",
		    "Half-widths, read from the segment once a second.");
	expo_histogram(e, history_edge, h->bucket, HISTORY_BUCKETS, h->sum_s);
	expo_family(e, EXPO_COUNTER, "timed_epoch_changes_total",
		    "Changes of the epoch seen in those readings.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)h->epoch_changes);
	expo_family(e, EXPO_COUNTER, "timed_segment_read_errors_total",
		    "Those readings that gave no interval, by libtt's error.");
	for (int i = 0; i < HISTORY_ERRORS; i++)
		expo_int(e, EXPO_LABELS({"error", history_error[i]}),
			 (int64_t)h->errors[i]);
}

static void put_answers(struct expo *e, const struct metrics_own *own)
{
	expo_family(e, EXPO_COUNTER, "timed_exporter_http_answers_total",
		    "HTTP requests answered, by status code.");
	for (int i = 0; i < METRICS_CODES_MAX && own->code[i]; i++) {
		char code[12];

		snprintf(code, sizeof(code), "%d", own->code[i]);
		expo_int(e, EXPO_LABELS({"code", code}),
			 (int64_t)own->answers[i]);
	}
	expo_family(e, EXPO_COUNTER, "timed_exporter_http_dropped_total",
		    "HTTP clients dropped: too slow, or gone.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)own->dropped);
}

static void put_own(struct expo *e, const struct metrics_own *own)
{
	expo_family(e, EXPO_INFO, "timed_exporter_build_info",
		    "The exporter's version.");
	expo_int(e, EXPO_LABELS({"version", own->version}), 1);
	expo_family(e, EXPO_COUNTER, "timed_exporter_fetches_total",
		    "Times that the daemon was asked for its document.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)own->fetches);
	expo_family(e, EXPO_COUNTER, "timed_exporter_fetch_errors_total",
		    "Of them, without an answer that could be used.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)own->fetch_errors);
}

void metrics_write(FILE *out, enum expo_dialect dialect,
		   const struct metrics_input *in)
{
	struct expo e = {.out = out, .dialect = dialect};

	put_head(&e, in->s);
	put_segment(&e, in->s);
	if (in->s->doc)
		put_document(&e, in);
	if (in->history)
		put_history(&e, in->history);
	if (in->own)
		put_own(&e, in->own);
	if (in->own && in->history)
		put_answers(&e, in->own);
	expo_end(&e);
}
