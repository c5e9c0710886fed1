/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of timed's history log (docs/history.md), taken apart. Any bytes may
 * come; what is no such line is told in words.
 */
#ifndef TRAIL_LINE_H
#define TRAIL_LINE_H

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRAIL_WHY_SIZE    160
#define TRAIL_SHA256_SIZE 65
#define TRAIL_TEXT_SIZE   64
#define TRAIL_STATES      4 /* of enum tt_state */

enum trail_kind { TRAIL_BASIS, TRAIL_BOUND, TRAIL_LOST, TRAIL_TORN, TRAIL_END };

struct trail_basis {
	char boot_id[33];
	char version[TRAIL_TEXT_SIZE], host[TRAIL_TEXT_SIZE];
	int64_t pid, started_raw_ns;
	int64_t interval_ns; /* a line so often at the least */
};

struct trail_bound {
	int state;             /* enum tt_state */
	uint64_t epoch;
	bool has_bound;        /* and all that follows */
	int64_t lo_tai_ns, hi_tai_ns, best_tai_ns;    /* as published */
	int64_t lo_unix_ns, hi_unix_ns, best_unix_ns; /* the same */
	int64_t tai_err_ns, utc_err_ns; /* within them, for the leap table's doubt */
	int64_t half_ns;
	double drift_ppb;      /* axiom A1 */
	int64_t void_raw_ns;
	int64_t half_ns_max;   /* since the line before; -1: not told */
	int64_t violations;    /* since the start */
};

struct trail_line {
	enum trail_kind kind;
	int64_t sequence;
	char prev[TRAIL_SHA256_SIZE]; /* "": null */
	int64_t raw_ns;        /* of a basis, a bound, an end */
	bool has_unix;
	int64_t unix_ns;       /* its label */
	struct trail_basis basis;
	struct trail_bound bound;
	int64_t count;         /* lines lost, pieces torn */
	int64_t bytes;         /* in these pieces */
	bool has_whole;        /* it tells of the line before the pieces: */
	char whole[TRAIL_SHA256_SIZE]; /* its hash; "": there was none */
	struct json_object *events; /* NULL: none; of `doc` */
	struct json_object *doc;
};

/* 0, and trail_line_drop() is due; or -EINVAL, and why. */
int trail_line_parse(const char *text, size_t size, struct trail_line *ret,
		     char ret_why[TRAIL_WHY_SIZE]);
void trail_line_drop(struct trail_line *l);

/* Of one of the events. NULL or false: it has none. */
const char *trail_line_text(struct json_object *event, const char *key);
bool trail_line_raw_ns(struct json_object *event, int64_t *ret);

#endif
