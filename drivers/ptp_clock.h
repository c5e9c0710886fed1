/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock that made ptp4l's stamps, against the raw counter: a PHC, or, where
 * ptp4l stamps in software, CLOCK_REALTIME. What it shows is never taken for
 * the time: it is the ruler between the counter and the stamps, read before
 * and after each.
 */
#ifndef PTP_CLOCK_H
#define PTP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"
#include "drivers/phc_device.h"
#include "drivers/phc_map.h"
#include "drivers/realtime.h"

/* Where an event lay on the raw counter; stamp_ns, on either side, is what the
 * readings declare of their own quantum. */
struct ptp_place {
	int64_t raw_ns_min;
	int64_t raw_ns_max;
	int64_t stamp_ns;
};

struct ptp_clock {
	struct env *env;
	struct phc_device_options device;
	bool is_realtime;
	struct phc *phc; /* NULL: not open, or CLOCK_REALTIME */
	int64_t retry_raw_ns;
	struct phc_map map;
	struct realtime realtime;
	char error[PHC_ERROR_SIZE]; /* why it cannot be read, or "" */
};

/* device->name stays the caller's. Opens no device yet. */
void ptp_clock_init(struct ptp_clock *c, struct env *env,
		    const struct phc_device_options *device,
		    const struct phc_map_options *map);
void ptp_clock_close(struct ptp_clock *c);

/* Reads it. False: it cannot be read now, and `error` says why ("": the next
 * reading may do). What was read before a step of it is forgotten, and all that
 * was read of a device that had to be closed. */
bool ptp_clock_look(struct ptp_clock *c);

/* Is it what ptp4l says that it stamps by: the system's clock, or that of an
 * interface? True where that cannot be told: it is not of this network namespace.
 * False: the text says which is which. */
bool ptp_clock_is_of(const struct ptp_clock *c, bool is_software,
		     const char *interface, char ret_why[PHC_ERROR_SIZE]);

/* So long, at least, it has not been stepped; INT64_MAX: it has not been read
 * since. A stamp that may be older is of no place: a clock that went back shows
 * it once more. */
int64_t ptp_clock_since_raw_ns(const struct ptp_clock *c);

/* Where the clock showed stamp_ns. 0; -EAGAIN: look again first; -ENODATA: it
 * was not watched then, or was stepped since. */
int ptp_clock_place(const struct ptp_clock *c, int64_t stamp_ns,
		    struct ptp_place *ret);

#endif
