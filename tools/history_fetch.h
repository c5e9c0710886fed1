/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's history (docs/history.md), fetched page by page. */
#ifndef HISTORY_FETCH_H
#define HISTORY_FETCH_H

#include <json-c/json_object.h>

#include "tools/query.h"

/* What to fetch. */
enum history_part {
	HISTORY_LAST,	 /* the last page of minutes */
	HISTORY_MINUTES, /* all that there are */
	HISTORY_HOURS,
	HISTORY_EVENTS
};

/* "minutes", "hours", "events"; NULL is the last hour. 0 or -EINVAL. */
int history_part_parse(const char *text, enum history_part *ret);

/* Asked so often, a daemon that answers with something else knows of no history. */
#define HISTORY_TRIES 5

/* What to make of one answer, as status_fetch_parse(); -EAGAIN: it is the status
 * document, which is for who was too late to ask. Ask again. */
int history_fetch_parse(const char *text, size_t len, struct json_object **ret,
			char ret_why[QUERY_WHY_SIZE]);

/*
 * 0 and a document as the daemon's answers are, with all records in one array
 * (json_object_put() it); or negative errno and one clause in `ret_why`.
 */
int history_fetch(const char *socket_path, enum history_part part,
		  struct json_object **ret, char ret_why[QUERY_WHY_SIZE]);

#endif
