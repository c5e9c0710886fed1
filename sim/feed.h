/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source of time and the way to it, and what a driver would make of each
 * measurement: a sample with its budget, every error of which the world chose
 * and knows.
 */
#ifndef FEED_H
#define FEED_H

#include "drivers/driver.h"
#include "sim/oscillator.h"
#include "sim/phc.h"

enum feed_kind {
	FEED_EXCHANGE, /* packets there and back: NTP, PTP */
	FEED_DIRECT,   /* a clock that is read: a PHC */
	FEED_EDGE,     /* a pulse a second, stamped late by an interrupt */
	FEED_PHC       /* a NIC's clock that a servo keeps, read over a bus */
};

/* Where between its limits an error term lies. */
enum placement {
	PLACE_RANDOM, /* anywhere, anew each time */
	PLACE_LOW,    /* always at the lower limit */
	PLACE_HIGH,
	PLACE_SAWTOOTH /* a receiver's pulse: from limit to limit in 20 s */
};

struct path_law {
	double base_ns[2];   /* one way: out, back */
	double queue_ns[2];  /* mean of the exponential part */
	double loss;         /* probability */
	int hops;            /* switches on the way; each, with probability ... */
	double load;         /* ... `load`, is busy and holds the packet ... */
	double hop_ns;       /* ... for this on average */
	double transparent_ns; /* each corrects its residence time (PTP), and
	                        errs by up to this in doing so */
	double burst;        /* probability that an exchange meets an incast ... */
	double burst_ns;     /* ... which adds up to this to either way */
};

/* An error term: it lies within +-limit, and the budget says so. */
struct term_law {
	double limit_ns;
	enum placement place;
};

struct feed_law {
	const char *name;
	enum feed_kind kind;
	enum source_class class;
	struct path_law path;
	double poll_s;
	struct term_law server;  /* the source's own error */
	struct term_law stamp;   /* its or our stamps: precision, quantum */
	struct term_law mapping; /* to raw: cross-timestamps, read windows */
	double quantum_ns;       /* of the stamps; both ends' are cut down to it */
	bool is_interleaved;     /* told one poll late, as chronyd's xleave */
	double age_s;            /* how well the event's age is known */
	double ruler_ppb;        /* what carries it to the present, vs. raw */
	double ruler_err_ppb;
	double window_ns;        /* FEED_PHC: a reading takes this long, ... */
	enum placement latch;    /* ... and is of the moment somewhere in it */
	double latency_ns[2];    /* FEED_EDGE: least, mean of the rest */
	double latency_ns_max;   /* and the declared maximum */
	double server_scale;     /* A6: server.limit in the budget times this;
	                            0: once */
	bool says_leap;          /* it announces leap seconds, ... */
	bool says_offset;        /* ... and tells TAI - UTC */
	double asymmetry_ns;     /* A4, declared; 0: not */
	double delay_ns_min;     /* A4, declared */
};

/* What one measurement was, for observers who see only what chronyd, ptp4l or
 * a reader of the clock would. */
struct feed_measurement {
	int64_t raw_ns;     /* its middle */
	int64_t mid_ns;     /* reference - raw there */
	int64_t delay_ns;   /* round trip, 0 where there is none */
	double root_ns;     /* the server's claim about itself */
	double stamp_ns;    /* precision */
};

struct feed {
	struct feed_law law;
	struct rng rng;
	int64_t next_raw_ns;
	int number;            /* the engine's */
	struct phc phc;        /* FEED_PHC */
	bool has_held;         /* a measurement not yet told: interleaved */
	struct feed_measurement held;
	bool has_repeat;       /* the last sample, to be given again */
	struct sample repeat;
	int64_t repeat_raw_ns;
	/* What faults do to it now. */
	double lie_ns;
	bool is_silent;
	bool is_frozen;        /* FEED_PHC: nobody keeps it */
	bool is_astray;        /* FEED_PHC: beyond what it claims, A6 broken */
	int64_t last_mid_ns;   /* what it told last */
	double degraded_ns;    /* its own error, honestly claimed, on top */
	double spurious;       /* probability that a pulse is none */
	double asymmetry_ns;   /* added to the way out */
	double reroute_ns;     /* added to both */
	bool is_changed;       /* another server: its error is mirrored */
	bool is_announcing;    /* whatever is true, this: */
	int announced_leap_s;
};

void feed_init(struct feed *f, const struct feed_law *law, uint64_t seed);

/* What was measured and not yet told is of another life. */
void feed_forget(struct feed *f);

/* When it next has something for the engine. */
int64_t feed_next_raw_ns(const struct feed *f);

/*
 * Do what is due at feed_next_raw_ns(). `utc_offset_ns`: TAI - UTC in truth
 * (not by the table). True: `ret` is a sample to give at ret->raw_ns, of
 * `ret_measurement` unless it is a repeat.
 */
bool feed_poll(struct feed *f, struct oscillator *o, int64_t utc_offset_ns,
	       struct sample *ret, struct feed_measurement *ret_measurement);

#endif
