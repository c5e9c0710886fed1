/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus' two text formats: the classic one (0.0.4) and OpenMetrics 1.0.0.
 * Series have the same names and labels in both. A family is announced before
 * its samples, which follow each other; without a sample it is not written.
 *
 * Names are the samples' own: a counter's ends in _total, an info's in _info.
 * Its unit is read off the name: _seconds, _ratio, _bytes or
 * _celsius.
 */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EXPO_LABELS_MAX	 6
#define EXPO_VALUE_MAX	 100 /* bytes of a label's value; the rest is cut off */
#define EXPO_NUMBER_SIZE 32

enum expo_dialect { EXPO_CLASSIC, EXPO_OPENMETRICS };
enum expo_type { EXPO_GAUGE, EXPO_COUNTER, EXPO_INFO, EXPO_HISTOGRAM };

/* A list of labels ends with the name NULL. One whose value is NULL or empty
 * is left out, which is what it means to Prometheus. */
struct expo_label {
	const char *name;
	const char *value;
};

#define EXPO_LABELS(...)                                                       \
	((const struct expo_label[]){__VA_ARGS__, {NULL, NULL}})
#define EXPO_NO_LABELS ((const struct expo_label[]){{NULL, NULL}})

struct expo {
	FILE *out;
	enum expo_dialect dialect;
	const char *name, *help;
	enum expo_type type;
	bool is_announced;
};

const char *expo_content_type(enum expo_dialect dialect);

void expo_family(struct expo *e, enum expo_type type, const char *name,
		 const char *help);

/* Nanoseconds, written as seconds to the last digit. */
void expo_ns(struct expo *e, const struct expo_label *labels, int64_t ns);
void expo_int(struct expo *e, const struct expo_label *labels, int64_t n);
void expo_number(struct expo *e, const struct expo_label *labels, double n);

/* `n` buckets, not cumulative, with the upper edges `edge` as text; the last
 * of them is what lies above all edges (n - 1 edges). */
void expo_histogram(struct expo *e, const char *const *edge,
		    const uint64_t *bucket, size_t n, double sum);

/* What ends the text. */
void expo_end(struct expo *e);

#endif
