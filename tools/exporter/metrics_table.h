/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which field of the status document (docs/status.md) becomes which metric.
 * Rows of one name follow each other: they are one family, told apart by a
 * label. docs/metrics.md is the same for people, and a test compares them.
 */
#ifndef METRICS_TABLE_H
#define METRICS_TABLE_H

#include <stddef.h>

#include "tools/exporter/exposition.h"

enum metrics_kind {
	METRICS_INT,
	METRICS_NS,	/* nanoseconds to seconds, whole numbers exactly */
	METRICS_PPB,	/* parts in 10^9 to a ratio */
	METRICS_NUMBER, /* as it is */
	METRICS_BOOL,	/* 0 or 1 */
	METRICS_IS_NULL /* 1: null, as what went wrong is when nothing did */
};

struct metrics_scalar {
	const char *path;
	const char *name;
	enum metrics_kind kind;
	const char *help;
	const char *label, *value; /* NULL, or the label of this row */
	enum expo_type type;
};

/* One of several words: 1 for that one, 0 for each of the others. Of a list or
 * of a text with commas several may be 1. */
#define METRICS_WORDS_MAX 9

struct metrics_choice {
	const char *path;
	const char *name;
	const char *label;
	const char *help;
	const char *word[METRICS_WORDS_MAX];
};

/* Words without a number: 1, with the words as labels. */
#define METRICS_INFO_MAX 4

struct metrics_info {
	const char *name;
	const char *help;
	const char *label[METRICS_INFO_MAX];
	const char *path[METRICS_INFO_MAX];
};

struct metrics_table {
	const struct metrics_scalar *scalar; /* ends with the name NULL */
	const struct metrics_choice *choice;
	const struct metrics_info *info;
};

extern const struct metrics_table metrics_of_document;
extern const struct metrics_table metrics_of_source;
extern const struct metrics_table metrics_of_driver;
extern const struct metrics_table metrics_of_export;
extern const struct metrics_table metrics_of_rehearsal; /* of a source in it */
extern const struct metrics_table metrics_of_history_log;

#endif
