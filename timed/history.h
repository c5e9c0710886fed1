/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon remembers: a ring of minutes and one of hours, cut by raw
 * time, so that a step of CLOCK_REALTIME moves nothing in them, and the last
 * events; of fixed size (sizeof(struct history_store), some 4 MB). No clock and
 * no IO; where the store lies, and what outlives it, is history_file.h's.
 *
 * Whoever is killed while he writes leaves a record that counts one look more
 * or less; nothing in the bound rests on it.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "timed/engine.h"
#include "timed/event_ring.h"

#define HISTORY_MINUTES     1440 /* a day */
#define HISTORY_HOURS       744  /* 31 days */
#define HISTORY_SOURCES_MAX 16   /* in each record; the rest is counted */
#define HISTORY_NAMES_MAX   64

#define HISTORY_MAGIC   UINT64_C(0x74745f6869737431) /* "tt_hist1" */
#define HISTORY_STATES   4 /* of enum engine_state */
#define HISTORY_VERDICTS 4 /* of enum source_verdict */

/* Of so many values. The sum is a double: it is for a mean that people read. */
struct history_sum {
	int64_t least, most;
	double sum;
	uint64_t count;
};

struct history_source {
	uint32_t name;                      /* history_name(); 0: none */
	uint32_t samples;
	int64_t verdict_ns[HISTORY_VERDICTS];
	struct history_sum offset_ns;       /* its middle - best */
	struct history_sum error_ns;
};

struct history_record {
	int64_t raw_ns;          /* where it begins */
	int64_t last_raw_ns;     /* of its last publication */
	int64_t unix_raw_ns;     /* Unix time - raw, then: a label */
	uint64_t epoch;          /* in force then */
	uint32_t has_unix, has_epoch;
	uint32_t epochs;         /* times that it changed */
	uint32_t sources;        /* in source[] */
	uint64_t sources_left;   /* looks at sources there was no room for */
	uint64_t violations;
	int64_t state_ns[HISTORY_STATES];
	struct history_sum half_ns;   /* of the Unix view, as readers had it */
	struct history_sum offset_ns; /* best - CLOCK_REALTIME */
	struct history_source source[HISTORY_SOURCES_MAX];
};

enum history_span { HISTORY_BY_MINUTE, HISTORY_BY_HOUR, HISTORY_SPANS };

struct history_store {
	uint64_t magic, size;
	uint64_t boot_id[2];
	uint64_t names;                     /* given so far */
	char name[HISTORY_NAMES_MAX][SOURCE_NAME_SIZE];
	uint64_t written[HISTORY_SPANS];    /* whole records so far */
	struct history_record now[HISTORY_SPANS];
	struct history_record minute[HISTORY_MINUTES];
	struct history_record hour[HISTORY_HOURS];
	struct event_ring events;
};

/* The store, and what only this process knows. */
struct history {
	struct history_store *store;
	bool has_slot;
	struct segment_slot slot;    /* as last published */
	int64_t raw_ns;              /* when */
	int64_t look_raw_ns;         /* the last history_look() */
	bool has_look;
	bool has_unix;               /* a label for events: ... */
	int64_t unix_raw_ns;         /* ... Unix time - raw, of the last look */
	uint64_t violations;         /* counted by then */
	uint64_t samples[HISTORY_NAMES_MAX]; /* the same, by name */
};

/* What is looked at once a second. */
struct history_look {
	int64_t raw_ns;
	bool has_offset, has_unix;
	int64_t offset_ns;           /* best - CLOCK_REALTIME */
	int64_t unix_raw_ns;         /* Unix time - raw */
	int64_t best_ns;             /* TAI - raw by the best line */
	bool has_bound;
	const struct engine_view *view;
};

/*
 * Take over `store`. What an earlier life in this boot has left there stays
 * (true); of anything else nothing does.
 */
bool history_init(struct history *h, struct history_store *store,
		  const uint64_t boot_id[2]);

/* After each publication, at raw_ns. */
void history_publish(struct history *h, int64_t raw_ns,
		     const struct segment_slot *slot);

void history_look(struct history *h, const struct history_look *look);

/* An event at raw_ns. Its label is that of the last look; none before. */
void history_event(struct history *h, int64_t raw_ns,
		   enum event_ring_kind kind, const char *text);

/* Whole records so far; the ring still has those from `first` on. */
uint64_t history_count(const struct history_store *s, enum history_span span);
uint64_t history_first(const struct history_store *s, enum history_span span);

/* Record number n, from history_first() on; of history_count() the present,
 * unfinished one. */
const struct history_record *history_at(const struct history_store *s,
					enum history_span span, uint64_t n);

int64_t history_span_ns(enum history_span span);

/* A source's name; NULL: it is forgotten. */
const char *history_name(const struct history_store *s, uint32_t name);

/* Between the least and the most, whatever the store has been through. */
int64_t history_mean(const struct history_sum *s);

#endif
