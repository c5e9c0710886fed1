/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents from other nodes' exporters and agents: HTTP GET through libevent,
 * several at a time, none ever waited for. Each ends within FETCH_MS and has
 * FETCH_BYTES_MAX bytes at the most.
 */
#ifndef FETCH_H
#define FETCH_H

#include <stddef.h>
#include <stdint.h>

#define FETCH_MS	2000
#define FETCH_BYTES_MAX (256 * 1024)

struct event_base;
struct fetcher;

/* `why` is NULL and `body` there; or one clause says what was wrong. Called
 * from the loop, never from within fetch_start(). */
typedef void (*fetch_done)(const char *why, const char *body, size_t size,
			   void *arg);

int fetcher_new(struct event_base *base, struct fetcher **ret);
/* What is under way is dropped without a word. NULL is allowed. */
void fetcher_free(struct fetcher *f);

/* 0 or -ENOMEM, and then nothing is called. */
int fetch_start(struct fetcher *f, const char *host, uint16_t port,
		const char *path, fetch_done done, void *arg);

#endif
