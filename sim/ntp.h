/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An NTP server behind a link, and what a driver would make of an exchange
 * with it: a sample with its budget, every error of which the world chose.
 */
#ifndef NTP_H
#define NTP_H

#include "drivers/driver.h"
#include "sim/world.h"

/* Where between its limits an error term lies. */
enum placement {
	PLACE_RANDOM, /* anywhere, anew each time */
	PLACE_LOW,    /* always at the lower limit */
	PLACE_HIGH
};

struct link_law {
	double base_ns[2];   /* one way: out, back */
	double queue_ns[2];  /* mean of the exponential part */
	double loss;         /* probability */
};

/* A lie, told in polls that begin within [from, to). */
struct lie {
	double from_s, to_s;
	double offset_ns;
	double ramp_ppb;
};

#define LIES_MAX 4

struct server_law {
	struct link_law link;
	double poll_s;
	double root_ns;          /* its root distance, within which it errs */
	enum placement root;
	double stamp_ns;         /* stamps err within this */
	enum placement stamp;
	double mapping_ns;       /* the driver's mapping errs within this */
	enum placement mapping;
	double ruler_ppb;        /* the engine's own clock against raw */
	double ruler_err_ppb;
	struct lie lie[LIES_MAX];
	double silent_from_s, silent_to_s;
};

struct server {
	struct server_law law;
	struct rng rng;
	int64_t next_raw_ns;
	int number;              /* the engine's */
	bool has_repeat;         /* the last sample, to be given again */
	struct sample repeat;
	int64_t repeat_raw_ns;
};

void server_init(struct server *s, const struct server_law *law,
		 uint64_t seed);

/* When it next has something for the engine. */
int64_t server_next_raw_ns(const struct server *s);

/*
 * Do what is due at server_next_raw_ns(). `utc_offset_ns`: TAI - UTC in truth
 * (not by the table). True: `ret` is a sample to give at ret->raw_ns.
 */
bool server_poll(struct server *s, struct oscillator *o,
		 int64_t utc_offset_ns, struct sample *ret);

#endif
