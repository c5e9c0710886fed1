/* SPDX-License-Identifier: Apache-2.0 */
/* The history, fetched. The rings go on meanwhile: a record that has left them
 * is missing, none is there twice. */
#include "tools/history_fetch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/status_doc.h"

#define FETCH_NS_MAX 2000000000

/* More than the rings have pages: a day of minutes is 24. */
#define PAGES_MAX 100

int history_part_parse(const char *text, enum history_part *ret)
{
	if (!text)
		*ret = HISTORY_LAST;
	else if (!strcmp(text, "minutes"))
		*ret = HISTORY_MINUTES;
	else if (!strcmp(text, "hours"))
		*ret = HISTORY_HOURS;
	else if (!strcmp(text, "events"))
		*ret = HISTORY_EVENTS;
	else
		return -EINVAL;
	return 0;
}

static int check(struct json_object *doc, char why[QUERY_WHY_SIZE])
{
	const char *error = doc_string(doc, "error");
	int64_t version, number;

	if (doc_int(doc, "schema_version", &version) && version == 1 &&
	    doc_array(doc, "records") && doc_int(doc, "next", &number) &&
	    doc_int(doc, "end", &number))
		return 0;
	snprintf(why, QUERY_WHY_SIZE, "%s",
		 error ? error
		 : doc_object(doc, "clock")
			 ? "it keeps no history: it is an older timed"
			 : "its answer is not a history");
	return -EPROTO;
}

static int check_or_put(struct json_object *doc, struct json_object **ret,
			char why[QUERY_WHY_SIZE])
{
	int err = check(doc, why);

	if (err == -EPROTO && doc_object(doc, "clock"))
		err = -EAGAIN;
	if (err)
		json_object_put(doc);
	else
		*ret = doc;
	return err;
}

int history_fetch_parse(const char *text, size_t len, struct json_object **ret,
			char ret_why[QUERY_WHY_SIZE])
{
	struct json_object *doc = NULL;
	int err = query_parse(text, len, &doc, ret_why);

	return err ? err : check_or_put(doc, ret, ret_why);
}

static int fetch_once(const char *path, const char *line,
		      struct json_object **ret, char why[QUERY_WHY_SIZE])
{
	struct json_object *doc = NULL;
	int err = query(path, line, FETCH_NS_MAX, &doc, why);

	return err ? err : check_or_put(doc, ret, why);
}

/* Who is held up for 20 ms before he has asked is given the status document,
 * as by a daemon that knows of no history: ask again. */
static int fetch_page(const char *path, const char *line,
		      struct json_object **ret, char why[QUERY_WHY_SIZE])
{
	int err = -EAGAIN;

	for (int i = 0; i < HISTORY_TRIES && err == -EAGAIN; i++)
		err = fetch_once(path, line, ret, why);
	return err == -EAGAIN ? -EPROTO : err;
}

/* Move the records of `page` behind those of `all`. */
static void append(struct json_object *all, struct json_object *page)
{
	struct json_object *to = doc_array(all, "records");
	struct json_object *from = doc_array(page, "records");

	for (size_t i = 0; i < json_object_array_length(from); i++)
		json_object_array_add(to,
				      json_object_get(json_object_array_get_idx(
					      from, i)));
}

static int fetch_rest(const char *path, const char *what,
		      struct json_object *all, char why[QUERY_WHY_SIZE])
{
	int64_t next = 0, end = 0;
	char line[64];

	for (int i = 0; i < PAGES_MAX; i++) {
		struct json_object *page = NULL;
		int64_t was = next;
		int err;

		doc_int(all, "next", &next);
		doc_int(all, "end", &end);
		if (next >= end || (i > 0 && next <= was))
			return 0;
		snprintf(line, sizeof(line), "history %s %" PRId64 "\n", what,
			 next);
		err = fetch_page(path, line, &page, why);
		if (err)
			return err;
		append(all, page);
		doc_int(page, "next", &next);
		doc_int(page, "end", &end);
		json_object_object_add(all, "next", json_object_new_int64(next));
		json_object_object_add(all, "end", json_object_new_int64(end));
		next = was;
		json_object_put(page);
	}
	return 0;
}

int history_fetch(const char *socket_path, enum history_part part,
		  struct json_object **ret, char ret_why[QUERY_WHY_SIZE])
{
	const char *what = part == HISTORY_HOURS    ? "hours"
			   : part == HISTORY_EVENTS ? "events"
						    : "minutes";
	struct json_object *all = NULL;
	char line[64];
	int err;

	snprintf(line, sizeof(line), "history %s%s\n", what,
		 part == HISTORY_LAST ? "" : " 0");
	err = fetch_page(socket_path, line, &all, ret_why);
	if (!err)
		err = fetch_rest(socket_path, what, all, ret_why);
	if (err)
		json_object_put(all);
	else
		*ret = all;
	return err;
}
