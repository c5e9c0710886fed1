/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one look at the daemon to Prometheus' text (docs/metrics.md). What has
 * no value has no sample. Series are bounded: METRICS_*_MAX, and labels by
 * EXPO_VALUE_MAX; no document makes the same series twice.
 */
#ifndef METRICS_H
#define METRICS_H

#include "tools/exporter/exposition.h"
#include "tools/exporter/history.h"
#include "tools/skew/instant.h"
#include "tools/status.h"

#define METRICS_SOURCES_MAX 64 /* timed has no more */
#define METRICS_DRIVERS_MAX 32
#define METRICS_EXPORTS_MAX 32
#define METRICS_FORECASTS_MAX 16
#define METRICS_LEVELS_MAX    16
#define METRICS_TERMS_MAX   32

/* How the exporter itself fares. */
#define METRICS_CODES_MAX 8

struct metrics_own {
	const char *version;
	uint64_t fetches, fetch_errors;
	int code[METRICS_CODES_MAX];	     /* HTTP status codes, 0: no more */
	uint64_t answers[METRICS_CODES_MAX]; /* given with that code */
	uint64_t dropped;		     /* clients, without an answer */
};

struct metrics_input {
	const struct status *s; /* its doc: NULL unless it is to be believed */
	int64_t raw_ns;		/* CLOCK_MONOTONIC_RAW of that look */
	const struct history *history; /* NULL: none was kept */
	const struct instant *instant; /* NULL: CLOCK_REALTIME was not read */
	const struct metrics_own *own; /* NULL: it is no exporter that asks */
};

void metrics_write(FILE *out, enum expo_dialect dialect,
		   const struct metrics_input *in);

#endif
