/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receiver in a path test, from its antenna to the kernel and to gpsd's
 * socket: each second of its own has a pulse, which the kernel or a NIC's pin
 * stamps, and some time later a message that names it.
 */
#ifndef GNSS_RECEIVER_H
#define GNSS_RECEIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/extts.h"
#include "drivers/gnss_pulse.h"
#include "drivers/pps.h"
#include "path_machine.h"

/* It states 12 ns, and errs by less than four times that. */
#define GNSS_RECEIVER_ACCURACY_NS 12

/* The NIC stamps in these. */
#define GNSS_RECEIVER_QUANTUM_NS 8

struct gnss_receiver_law {
	enum gnss_pulse_kind kind;
	double latency_ns; /* PPS: least, and the mean of the rest */
	double latency_more_ns;
	double message_s_min; /* from a second to its message */
	double message_s_max;
};

/* What may become of it. */
enum gnss_fault {
	GNSS_FAULT_GPSD,   /* gpsd is not there */
	GNSS_FAULT_NO_FIX, /* no fix, and no pulse */
	GNSS_FAULT_CUT,	   /* no antenna: it says so, pulses run late, 1 ppm */
	GNSS_FAULT_EARLY,  /* the same, and they run early */
	GNSS_FAULT_SECOND, /* its messages are a second ahead of its pulses */
	GNSS_FAULT_TAILS,  /* one pulse of three 50 to 200 us later */
	GNSS_FAULT_PULSES, /* no pulses any more */
	GNSS_FAULT_STRAY,  /* one of ten pulses has another with it */
	GNSS_FAULTS
};

struct gnss_receiver;

/* leap_tai_s: the first second after a leap second; 0: none. Its own first
 * second is first_tai_s. */
struct gnss_receiver *gnss_receiver_new(const struct gnss_receiver_law *law,
					struct path_machine *machine,
					int64_t leap_tai_s,
					int64_t first_tai_s);
void gnss_receiver_free(struct gnss_receiver *r);

/* Where gpsd listens, and the devices of the kernel that pulses go to. */
int gnss_receiver_port(const struct gnss_receiver *r);
const struct pps_ops *gnss_receiver_pps(const struct gnss_receiver *r);
const struct extts_ops *gnss_receiver_extts(const struct gnss_receiver *r);

/* TAI - UTC in truth. */
int64_t gnss_receiver_offset_s(const struct gnss_receiver *r, int64_t tai_s);

/* When something comes of it next. */
int64_t gnss_receiver_next_raw_ns(const struct gnss_receiver *r);

/* Pulses until now are stamped, each at its very instant. */
void gnss_receiver_stamp(struct gnss_receiver *r);

/* The message, if it is time. */
void gnss_receiver_tell(struct gnss_receiver *r);

void gnss_receiver_fault(struct gnss_receiver *r, enum gnss_fault fault,
			 bool is_on);

#endif
