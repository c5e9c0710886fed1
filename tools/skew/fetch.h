/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents over HTTP: GET through libevent, several at a time, each within a
 * time and a number of bytes. For the agent's loop, which never waits, and for
 * commands that wait for all of them.
 */
#ifndef FETCH_H
#define FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FETCH_MANY     64 /* that fetch_all() has under way */
#define FETCH_WHY_SIZE 160

struct event_base;
struct fetcher;

struct fetch_limits {
	int64_t ms;	    /* the whole of it */
	int64_t silence_ms; /* between two bytes, and of a connection */
	size_t bytes_max;
	bool may_wait; /* for names, as programs do that have nothing else to */
};

struct fetch_from {
	const char *host; /* without brackets */
	uint16_t port;
	const char *path; /* and query */
};

/*
 * `why` is NULL and `body` there; or one clause says what was wrong, and body
 * is what came with an HTTP status that is none of 200, or NULL. Called from
 * the loop, never from within fetch_start().
 */
typedef void (*fetch_done)(const char *why, const char *body, size_t size,
			   void *arg);

/* Keeps a copy of the limits. 0 or -ENOMEM. */
int fetcher_new(struct event_base *base, const struct fetch_limits *limits,
		struct fetcher **ret);
/* What is under way is dropped without a word. NULL is allowed. */
void fetcher_free(struct fetcher *f);

/* 0 or -ENOMEM, and then nothing is called. */
int fetch_start(struct fetcher *f, const struct fetch_from *from,
		fetch_done done, void *arg);

typedef void (*fetch_one_done)(size_t index, const char *why, const char *body,
			       size_t size, void *arg);

/* All of them, FETCH_MANY at a time: 0 when each has been told of; -ENOMEM. */
int fetch_all(const struct fetch_from *from, size_t count,
	      const struct fetch_limits *limits, fetch_one_done done,
	      void *arg);

#endif
