/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of metrics (metrics_table.h) applied to one object, or to each of a
 * list with labels of its own. Families come one after another, their samples
 * of all objects together. No list makes the same labels twice.
 */
#ifndef SCOPE_H
#define SCOPE_H

#include <json-c/json_object.h>

#include "tools/exporter/exposition.h"
#include "tools/exporter/metrics.h"
#include "tools/exporter/metrics_table.h"

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
struct scope_label_list {
	struct expo_label item[EXPO_LABELS_MAX + 1];
};

struct scope_label_list scope_labels(const struct scope *s, int i,
				     const struct expo_label *more);

/* The document itself, without labels. */
void scope_document(struct scope *s, struct json_object *doc);

/* The objects of a list (NULL: none): one label from each of `fields`, which
 * are label and path. Objects without the first field, those beyond `max`, and
 * those that could not be told from an earlier one are left out. */
void scope_list(struct scope *s, struct json_object *list,
		const struct expo_label *fields, int max);

/* Nanoseconds at `path`, if there are any: a sample in seconds. */
void scope_put_ns(struct expo *e, const struct expo_label *labels,
		  struct json_object *o, const char *path);

void scope_put_table(struct expo *e, const struct metrics_table *t,
		     const struct scope *s);

#endif
