/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon tells on its status socket, fetched without ever waiting: one
 * question at a time, STATUS_FETCH_NS_MAX for its answer, STATUS_FETCH_BYTES_MAX
 * of it.
 */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/status_fetch.h"

struct ask;
struct event_base;

/* What came of it. */
struct ask_answer {
	int err;			 /* 0 or negative errno */
	char why[STATUS_FETCH_WHY_SIZE]; /* when err is not 0 */
	struct json_object *doc;	 /* when err is 0: the taker's */
	const char *text;		 /* it, as it came; good until */
	size_t size;			 /* the next question */
};

/* Called from the loop, never from within ask_start(). */
typedef void (*ask_done)(struct ask_answer *answer, void *arg);

struct ask_options {
	const char *path; /* must outlive it */
	/* As status_fetch_parse(), of what was read. */
	int (*parse)(const char *text, size_t len, struct json_object **ret,
		     char ret_why[STATUS_FETCH_WHY_SIZE]);
	ask_done done;
};

/* 0 or -ENOMEM. */
int ask_new(struct event_base *base, const struct ask_options *options,
	    void *arg, struct ask **ret);
void ask_free(struct ask *a); /* NULL is allowed */

/* Ask, unless an answer is awaited already: a line of docs/history.md. */
void ask_start(struct ask *a, const char *line);

#endif
