/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gnss driver: a satellite receiver as a source of time. gpsd says whether
 * it has a fix and what second its messages are of; its pulse says when that
 * second began. Either does alone: messages bound the time to the declared time
 * that they take, and pulses, without gpsd, need two others to tell their
 * second.
 *
 * A pulse is believed only after gpsd's message of its own second says that the
 * fix still stands, and when two independent labels agree on that second
 * (gnss_label.h). Where they do not, the source says so, and gives what the
 * messages alone are worth: who is wrong is for the engine to weigh.
 *
 * Times are UTC as gpsd has them; the engine crosses to TAI by its leap table,
 * and gives the other label in the same scale. gpsd's count of leap seconds is
 * a cross-check, and no more: it may be one that gpsd was compiled with. So is
 * what satellites announce (gnss_leap.h).
 */
#ifndef GNSS_H
#define GNSS_H

#include "drivers/driver.h"
#include "drivers/gnss_pulse.h"

/* What the other sources hold true, as Unix time at the raw instant asked
 * for, and how many independent ones make that up. */
struct gnss_others {
	int64_t lo_ns;
	int64_t hi_ns;
	int groups;
};

struct gnss_options {
	const char *name;   /* of the source */
	const char *host;   /* numeric address of gpsd; "": without gpsd */
	int port;	    /* 2947 */
	const char *device; /* as gpsd calls it; "": the first that reports */
	int64_t poll_ns;    /* interval of looks at pulses and clocks */
	int64_t message_ns_max; /* from a second to its message's arrival,
				   declared; at most 1 s */
	int64_t accuracy_ns;	/* declared, where the receiver states none */
	double accuracy_scale;	/* axiom A6: 4, on what it states */
	struct gnss_pulse_options pulse;
	/*
	 * What sources that do not rest on this receiver hold true at raw_ns,
	 * which is now; `source` is the number that the sink gave. 0 or negative
	 * errno: nothing is known. NULL: never.
	 */
	int (*others)(void *arg, int source, int64_t raw_ns,
		      struct gnss_others *ret);
	void *others_arg;
};

/* What is usual, for the configuration to start from. */
extern const struct gnss_options gnss_defaults;

/* 0 or negative errno: -EINVAL no source of anything, or a figure that cannot
 * be. `opt` is copied; `env` and `sink` outlive the driver. */
int driver_gnss_open(const struct gnss_options *opt, struct env *env,
		     const struct driver_sink *sink, struct driver **ret);

#endif
