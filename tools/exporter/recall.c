/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's history, kept up. See recall.h. */
#include "tools/exporter/recall.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exporter/ask.h"
#include "tools/history_fetch.h"
#include "tools/status_doc.h"

/* More questions than the rings have pages: 25 and 13. */
#define QUESTIONS_MAX 60

enum stage { STAGE_MINUTES, STAGE_HOURS, STAGE_EVENTS, STAGE_DONE };

struct recall {
	struct ask *ask;
	void (*done)(void *arg);
	void *arg;
	enum stage stage;
	int questions, tries;
	int64_t from; /* the record to ask for */
	bool has_tried;
	int64_t tried_ms;
	struct series minutes, hours;
	struct json_object *events;
	char why[QUERY_WHY_SIZE]; /* "": all is well */
};

static void ask_next(struct recall *r)
{
	static const char *const what[] = {"minutes", "hours", "events"};
	char line[64];

	if (r->stage == STAGE_DONE || r->questions++ >= QUESTIONS_MAX) {
		r->stage = STAGE_DONE;
		r->done(r->arg);
		return;
	}
	snprintf(line, sizeof(line), "history %s %" PRId64 "\n",
		 what[r->stage], r->from);
	ask_start(r->ask, line);
}

static void enter(struct recall *r, enum stage stage)
{
	r->stage = stage;
	r->from = stage == STAGE_MINUTES ? series_next(&r->minutes)
		  : stage == STAGE_HOURS ? series_next(&r->hours)
					 : 0;
}

/* On with what follows in this ring, or with the next one. */
static void take_page(struct recall *r, struct json_object *page)
{
	int64_t next = 0, end = 0;

	series_add(r->stage == STAGE_MINUTES ? &r->minutes : &r->hours, page);
	doc_int(page, "next", &next);
	doc_int(page, "end", &end);
	json_object_put(page);
	if (next < end && next > r->from)
		r->from = next;
	else
		enter(r, r->stage + 1);
}

static void take_events(struct recall *r, struct json_object *page)
{
	json_object_put(r->events);
	r->events = page;
	r->stage = STAGE_DONE;
}

static void on_answer(struct ask_answer *a, void *arg)
{
	struct recall *r = arg;

	if (a->err == -EAGAIN && ++r->tries < HISTORY_TRIES) {
		ask_next(r);
		return;
	}
	r->tries = 0;
	if (a->err) {
		/* An older daemon knows no events. */
		if (r->stage != STAGE_EVENTS)
			snprintf(r->why, sizeof(r->why), "%s", a->why);
		r->stage = STAGE_DONE;
	} else if (r->stage == STAGE_EVENTS) {
		take_events(r, a->doc);
	} else {
		take_page(r, a->doc);
	}
	ask_next(r);
}

int recall_new(struct event_base *base, const char *path,
	       void (*done)(void *arg), void *arg, struct recall **ret)
{
	const struct ask_options options = {.path = path,
					    .parse = history_fetch_parse,
					    .done = on_answer};
	struct recall *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->done = done;
	r->arg = arg;
	r->stage = STAGE_DONE;
	err = series_init(&r->minutes);
	if (!err)
		err = series_init(&r->hours);
	if (!err)
		err = ask_new(base, &options, r, &r->ask);
	if (err) {
		recall_free(r);
		return err;
	}
	*ret = r;
	return 0;
}

void recall_free(struct recall *r)
{
	if (!r)
		return;
	ask_free(r->ask);
	series_free(&r->minutes);
	series_free(&r->hours);
	json_object_put(r->events);
	free(r);
}

void recall_start(struct recall *r, int64_t now_ms)
{
	if (r->stage != STAGE_DONE)
		return;
	r->has_tried = true;
	r->tried_ms = now_ms;
	r->why[0] = '\0';
	r->questions = 0;
	r->tries = 0;
	enter(r, STAGE_MINUTES);
	ask_next(r);
}

bool recall_is_fresh(const struct recall *r, int64_t now_ms)
{
	return r->stage == STAGE_DONE && r->has_tried &&
	       now_ms - r->tried_ms < RECALL_FRESH_MS;
}

void recall_show(const struct recall *r, struct report_input *ret)
{
	ret->minutes = &r->minutes;
	ret->hours = &r->hours;
	ret->events = r->events;
	ret->history_why = *r->why ? r->why : NULL;
}
