/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ptp4l says of its grandmaster, and what follows: whether its time may
 * be used, in which scale it is, and how far it may be off true time (axiom
 * A6). Pure.
 */
#ifndef PTP_MASTER_H
#define PTP_MASTER_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/ptp.h"
#include "drivers/ptpmsg.h"

/* The data sets of one round of questions. */
struct ptp_view {
	struct ptp_default defaults;
	struct ptp_parent parent;
	struct ptp_current current;
	struct ptp_time_properties properties;
	struct ptp_port_status port; /* the one that follows a master, if any */
	struct ptp_time_status status;
	struct ptp_port_properties place; /* of that port: whose clock stamps */
	bool has_place;			  /* it was told; linuxptp 3.1 on */
};

/* Of one grandmaster: when it was last known to be locked to its reference.
 * All zero: it never was, as far as we know. */
struct ptp_lock {
	bool was_locked;
	int64_t raw_ns; /* it was, no later than this */
	int64_t error_ns;
};

/* What is to be counted on of a master. */
struct ptp_standing {
	enum source_scale scale;
	int64_t error_ns;
	bool is_declared; /* somebody here said so, the master did not */
};

/* Does the one ptp4l follows now, in every respect that a sample rests on,
 * equal the one of then? */
bool ptp_master_same(const struct ptp_view *a, const struct ptp_view *b);

/* Is ptp4l itself the grandmaster: does it follow nobody? */
bool ptp_master_is_self(const struct ptp_view *view);

/* Takes note of a master that is in class 6 now. */
void ptp_master_note(struct ptp_lock *lock, const struct ptp_options *opt,
		     const struct ptp_view *view, int64_t raw_ns);

/* What it says of UTC; NULL: nobody says anything. Its leap flags are of the day
 * (IEEE 1588-2019, 8.2.4.3), and come hours before. */
void ptp_master_utc(const struct ptp_view *view, struct utc_word *ret);

/* 0, or -EPERM: its time is not used, and the text says why. */
int ptp_master_judge(const struct ptp_options *opt, const struct ptp_view *view,
		     const struct ptp_lock *lock, int64_t raw_ns,
		     struct ptp_standing *ret, char ret_why[SOURCE_NOTE_SIZE]);

#endif
