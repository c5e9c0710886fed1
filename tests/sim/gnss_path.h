/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole path of a receiver in virtual time: a modelled receiver, its gpsd
 * and its pulse into the kernel or a NIC's pin, the real gnss driver, the real
 * engine, a segment, and libtt's reading of it, judged against the truth that
 * the model's oscillator owns. The daemon is only its loop here.
 */
#ifndef GNSS_PATH_H
#define GNSS_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/gnss_pulse.h"
#include "drivers/phc_device.h"
#include "sim/oscillator.h"
#include "sim/run.h"

/* Where within its window a read latches the PHC. */
enum gnss_latch { GNSS_LATCH_MIDDLE, GNSS_LATCH_ANYWHERE, GNSS_LATCH_FIRST };

struct gnss_path_law {
	struct axioms axioms;
	enum slow_motion slow;
	enum fast_motion fast;
	const char *grade; /* SLOW_PHYSICAL */
	enum gnss_pulse_kind kind;
	enum phc_mode mode; /* EXTTS: PHC_PRECISE, PHC_EXTENDED_RAW */
	enum gnss_latch latch;
	double latency_ns; /* PPS: least, and the mean of the rest */
	double latency_more_ns;
	int64_t latency_ns_max; /* declared; -1: not */
	int best_of;
	double message_s_min; /* from a second to its message */
	double message_s_max;
	double leap_s; /* after the beginning; 0: none */
};

struct gnss_path;

struct gnss_path *gnss_path_open(const struct gnss_path_law *law,
				 uint64_t seed);
void gnss_path_close(struct gnss_path *p);
void gnss_path_run(struct gnss_path *p, double seconds);

/* What is counted begins anew. */
void gnss_path_count(struct gnss_path *p);

/* What may become of it. */
enum gnss_path_fault {
	GNSS_PATH_GPSD,	  /* gpsd is not there */
	GNSS_PATH_NO_FIX, /* no fix, and no pulse */
	GNSS_PATH_CUT,	  /* no antenna: it says so, pulses run free, 1 ppm */
	GNSS_PATH_SECOND, /* its messages are one second ahead of its pulses */
	GNSS_PATH_TAILS,  /* one pulse of three 50 to 200 us later */
	GNSS_PATH_PULSES, /* no pulses any more */
	GNSS_PATH_STRAY,  /* one of ten pulses has another with it */
	GNSS_PATH_FAULTS
};
void gnss_path_fault(struct gnss_path *p, enum gnss_path_fault fault,
		     bool is_on);

struct gnss_path_result {
	uint64_t reads, unanswered, misses, went_back, epochs;
	struct widths widths;
	bool seen[4];		    /* enum tt_state */
	uint64_t samples;	    /* of two sides that rest on a pulse */
	double term_ns[TERM_COUNT]; /* their sums */
	double lag_ns;	       /* sum, from a pulse to what was told of it */
	double best_ns;	       /* sum of the best estimate's squared errors */
	uint64_t best_at_edge; /* reads that found it there */
	char first_miss[160];
};
const struct gnss_path_result *gnss_path_result(const struct gnss_path *p);

/* What was counted since the beginning. */
void gnss_path_counters(const struct gnss_path *p, struct engine_counters *ret);

#endif
