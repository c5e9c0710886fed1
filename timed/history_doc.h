/* SPDX-License-Identifier: Apache-2.0 */
/* What clients of the status socket may ask for, and the history as JSON:
 * docs/history.md. */
#ifndef HISTORY_DOC_H
#define HISTORY_DOC_H

#include <json-c/json.h>

#include "timed/history.h"

#define STATUS_REQUEST_SIZE 64

/* Records in one answer: some ms of work, and a third of a MiB at the most. */
#define HISTORY_PAGE 60

struct status_request {
	bool wants_history;      /* else the status document */
	bool wants_events;       /* of the history; else records of a span */
	enum history_span span;
	bool has_from;
	uint64_t from;           /* number of the first record; ... */
};

/* "status", "history minutes|hours|events [FROM]". 0 or -EINVAL. */
int status_request_parse(const char *text, size_t size,
			 struct status_request *ret);

/* The records from r->from on, or the last, a page at the most; of events all.
 * Without memory NULL. */
struct json_object *history_doc_new(const struct history_store *s,
				    const struct status_request *r);

/* What to say to what is no request. */
struct json_object *history_doc_refusal(void);

#endif
