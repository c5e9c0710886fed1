/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An edge: what one node has measured of another's clock, once. What tt-skew
 * measures, exports, collects and solves are edges, whoever measured them.
 *
 * The sign is the project's: offset = reference - local. The reference is `to`,
 * the probed node's CLOCK_REALTIME; local is `from`, the prober's. Positive:
 * the prober is behind.
 *
 * A hard edge: offset_ns +- error_ns contains the difference of the two clocks
 * at the probe's time, whatever the path did; error_ns is half the round trip
 * and what the stamps may be off by. An estimate: error_ns is a standard
 * error; it proves nothing and is never held against a node's bound.
 *
 * As CSV: a header that names the columns, in any order, and a line for each
 * edge. from, to, offset_ns and error_ns are needed; the others are unknown
 * where they are not there (what that is, stands at the fields). Nothing is
 * quoted: names are printable ASCII without spaces, commas and quotes.
 *
 * As metrics (EDGE_METRIC_...): labels "from" and "to"; those of the info
 * "kind", "stamping" and "interleaved" ("true", "false") besides.
 */
#ifndef EDGE_H
#define EDGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define EDGE_NAME_SIZE 128
#define EDGE_WHY_SIZE  480
/* More than any clock can be off by, 126 years; two of them fit an int64. */
#define EDGE_NS_MAX INT64_C(4000000000000000000)

#define EDGE_METRIC_OFFSET "tt_skew_edge_offset_seconds"
#define EDGE_METRIC_ERROR  "tt_skew_edge_error_seconds"
#define EDGE_METRIC_DELAY  "tt_skew_edge_delay_seconds"
#define EDGE_METRIC_TIME   "tt_skew_edge_timestamp_seconds"
#define EDGE_METRIC_INFO   "tt_skew_edge_info"

enum edge_kind { EDGE_HARD, EDGE_ESTIMATE };

/* Who took the prober's stamps. */
enum edge_stamping { EDGE_DAEMON, EDGE_KERNEL, EDGE_HARDWARE };

struct edge {
	char from[EDGE_NAME_SIZE], to[EDGE_NAME_SIZE];
	int64_t offset_ns;
	int64_t error_ns; /* >= 0 */
	int64_t delay_ns; /* the round trip; -1: unknown */
	int64_t real_ns;  /* the prober's CLOCK_REALTIME then; 0: unknown */
	int64_t raw_ns;	  /* and its CLOCK_MONOTONIC_RAW; 0: unknown */
	enum edge_stamping stamping;
	bool is_interleaved;
	enum edge_kind kind;
};

/* "hard", "estimate"; "daemon", "kernel", "hardware". NULL: no such one. */
const char *edge_kind_name(enum edge_kind kind);
const char *edge_stamping_name(enum edge_stamping stamping);
bool edge_kind_parse(const char *text, enum edge_kind *ret);
bool edge_stamping_parse(const char *text, enum edge_stamping *ret);

/* Printable ASCII, no space, comma or quote, and short enough. */
bool edge_is_name(const char *text);

/* All columns, and a line of them. What fails, ferror() says. */
void edge_csv_write_header(FILE *out);
void edge_csv_write(FILE *out, const struct edge *e);

/* 0, or negative errno that ends the reading. */
typedef int (*edge_taker)(const struct edge *e, void *arg);

/*
 * Hand over each edge of `in`. 0; -EINVAL: what is wrong is in `ret_why`, with
 * `file` and the line; -EIO; or what the taker has returned, and then `ret_why`
 * has file and line as well.
 */
int edge_csv_read(FILE *in, const char *file, edge_taker take, void *arg,
		  char ret_why[EDGE_WHY_SIZE]);

#endif
