/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus' text formats:
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and
 * https://github.com/prometheus/OpenMetrics, specification 1.0.0.
 */
#include "tools/exporter/exposition.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

static const struct type {
	const char *classic, *openmetrics;
	const char
		*suffix; /* of samples, no part of OpenMetrics' family name */
} type[] = {
	[EXPO_GAUGE] = {"gauge", "gauge", ""},
	[EXPO_COUNTER] = {"counter", "counter", "_total"},
	[EXPO_INFO] = {"gauge", "info", "_info"},
	[EXPO_HISTOGRAM] = {"histogram", "histogram", ""},
};

const char *expo_content_type(enum expo_dialect dialect)
{
	return dialect == EXPO_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; "
			 "charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}

static bool ends_in(const char *name, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len >= n && !memcmp(name + len - n, suffix, n);
}

/* The length of the family's name: OpenMetrics knows it without a suffix. */
static int family_length(const struct expo *e)
{
	size_t len = strlen(e->name);
	const char *suffix = type[e->type].suffix;

	if (e->dialect == EXPO_OPENMETRICS && ends_in(e->name, len, suffix))
		len -= strlen(suffix);
	return (int)len;
}

static void announce_unit(const struct expo *e, int len)
{
	static const char *const unit[] = {"seconds", "ratio", "bytes", "celsius"};

	for (size_t i = 0; i < sizeof(unit) / sizeof(*unit); i++) {
		if (ends_in(e->name, (size_t)len, unit[i]))
			fprintf(e->out, "# UNIT %.*s %s\n", len, e->name,
				unit[i]);
	}
}

static void announce(struct expo *e)
{
	int len = family_length(e);

	if (e->is_announced)
		return;
	e->is_announced = true;
	fprintf(e->out, "# HELP %.*s %s\n", len, e->name, e->help);
	fprintf(e->out, "# TYPE %.*s %s\n", len, e->name,
		e->dialect == EXPO_OPENMETRICS ? type[e->type].openmetrics
					       : type[e->type].classic);
	if (e->dialect == EXPO_OPENMETRICS && e->type != EXPO_INFO)
		announce_unit(e, len);
}

void expo_family(struct expo *e, enum expo_type t, const char *name,
		 const char *help)
{
	e->type = t;
	e->name = name;
	e->help = help;
	e->is_announced = false;
}

/* Within the quotes, at most EXPO_VALUE_MAX bytes of it. */
static void put_value(FILE *out, const char *text)
{
	for (size_t i = 0; text[i] && i < EXPO_VALUE_MAX; i++) {
		if (text[i] == '\n')
			fputs("\\n", out);
		else if (text[i] == '"' || text[i] == '\\')
			fprintf(out, "\\%c", text[i]);
		else
			fputc(text[i], out);
	}
}

static void put_labels(FILE *out, const struct expo_label *label)
{
	char before = '{';

	for (int i = 0; i < EXPO_LABELS_MAX && label[i].name; i++) {
		if (!label[i].value || !*label[i].value)
			continue;
		fprintf(out, "%c%s=\"", before, label[i].name);
		put_value(out, label[i].value);
		fputc('"', out);
		before = ',';
	}
	if (before == ',')
		fputc('}', out);
}

static void put_sample(struct expo *e, const struct expo_label *labels,
		       const char *value)
{
	announce(e);
	fputs(e->name, e->out);
	put_labels(e->out, labels);
	fprintf(e->out, " %s\n", value);
}

void expo_ns(struct expo *e, const struct expo_label *labels, int64_t ns)
{
	uint64_t n = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	char text[EXPO_NUMBER_SIZE];

	snprintf(text, sizeof(text), "%s%" PRIu64 ".%09" PRIu64,
		 ns < 0 ? "-" : "", n / NS_PER_S, n % NS_PER_S);
	put_sample(e, labels, text);
}

void expo_int(struct expo *e, const struct expo_label *labels, int64_t n)
{
	char text[EXPO_NUMBER_SIZE];

	snprintf(text, sizeof(text), "%" PRId64, n);
	put_sample(e, labels, text);
}

/* The shortest of three that reads back as the same number. */
static void put_number(double n, char ret[EXPO_NUMBER_SIZE])
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(ret, EXPO_NUMBER_SIZE, "%.*g", digits, n);
		if (memcmp(&(double){strtod(ret, NULL)}, &n, sizeof(n)) == 0)
			return;
	}
}

void expo_number(struct expo *e, const struct expo_label *labels, double n)
{
	char text[EXPO_NUMBER_SIZE];

	put_number(n, text);
	put_sample(e, labels, text);
}

void expo_histogram(struct expo *e, const char *const *edge,
		    const uint64_t *bucket, size_t n, double sum)
{
	uint64_t total = 0;
	char text[EXPO_NUMBER_SIZE];

	announce(e);
	for (size_t i = 0; i < n; i++) {
		total += bucket[i];
		fprintf(e->out, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", e->name,
			i + 1 < n ? edge[i] : "+Inf", total);
	}
	put_number(sum, text);
	fprintf(e->out, "%s_sum %s\n%s_count %" PRIu64 "\n", e->name, text,
		e->name, total);
}

void expo_end(struct expo *e)
{
	if (e->dialect == EXPO_OPENMETRICS)
		fputs("# EOF\n", e->out);
}
