/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a receiver's pulses come from, and their train on the raw counter: a
 * kernel PPS device (stamps of CLOCK_REALTIME, by an interrupt), a pin of a PHC
 * (its own stamps), or gpsd's word. Each stamp is placed on the raw counter
 * between two readings of the clock that made it.
 */
#ifndef GNSS_PULSE_H
#define GNSS_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"
#include "drivers/extts.h"
#include "drivers/phc_device.h"
#include "drivers/phc_map.h"
#include "drivers/pps.h"
#include "drivers/pps_edge.h"
#include "drivers/ptp_clock.h"

#define GNSS_PULSE_QUEUE      8
#define GNSS_PULSE_ERROR_SIZE 160

enum gnss_pulse_kind {
	GNSS_PULSE_NONE,
	GNSS_PULSE_PPS,	  /* /dev/ppsN */
	GNSS_PULSE_EXTTS, /* a pin of a PHC */
	GNSS_PULSE_GPSD	  /* gpsd's PPS reports */
};

struct gnss_pulse_options {
	enum gnss_pulse_kind kind;
	const char *device; /* the PPS device's path; the caller's to keep */
	bool is_clear;	    /* the second begins at the falling edge */
	struct pps_edge_options edge;
	int64_t stamp_ns; /* quantum of a stamp, either side */
	int pin;	  /* EXTTS: -1 leaves the pins as they are */
	int channel;
	struct phc_device_options
		phc; /* EXTTS: which one, and how it is read */
	struct phc_map_options map;
	const struct pps_ops *pps_ops;	   /* NULL: the kernel's */
	const struct extts_ops *extts_ops; /* the same */
};

struct gnss_pulse {
	struct gnss_pulse_options opt;
	struct env *env;
	struct ptp_clock *real; /* CLOCK_REALTIME; the driver looks at it */
	struct ptp_clock phc;
	struct pps pps;
	struct extts extts;
	bool is_open;
	int64_t retry_raw_ns;
	uint32_t sequence; /* the last one queued */
	bool has_sequence;
	int queued;
	struct pps_pulse queue[GNSS_PULSE_QUEUE];
	struct pps_edge edge;
	enum pps_verdict verdict; /* of the last pulse, not PPS_OLD */
	int64_t seen_raw_ns;	  /* when it was placed; INT64_MIN: none */
	bool has_new;		  /* a good one that nobody took yet */
	uint64_t lost;		  /* that could not be placed */
	char error[GNSS_PULSE_ERROR_SIZE]; /* "" well */
};

void gnss_pulse_init(struct gnss_pulse *p, const struct gnss_pulse_options *opt,
		     struct env *env, struct ptp_clock *real);
void gnss_pulse_close(struct gnss_pulse *p);

/* Takes what pulses there are. It reads the clock that stamps them. */
void gnss_pulse_look(struct gnss_pulse *p);

/*
 * When a look is worth most, after now: a little before the next pulse of the
 * train, and a little after it, so that next to nothing of what the clock may
 * have done between two readings is left to guess. INT64_MAX: no train.
 */
int64_t gnss_pulse_due_raw_ns(const struct gnss_pulse *p, int64_t now_ns);

/* GNSS_PULSE_GPSD: gpsd told of one. */
void gnss_pulse_tell(struct gnss_pulse *p, int64_t real_ns);

#endif
