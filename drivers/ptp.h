/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ptp driver: ptp4l's grandmaster as a source of time. ptp4l says who the
 * grandmaster is and how good, and hands on the raw stamps of every exchange
 * (its slave_event_monitor); the clock that made ptp4l's stamps, a PHC or
 * CLOCK_REALTIME, is read against the raw counter around them.
 *
 * Nothing that ptp4l has filtered or steered by is believed where the raw
 * stamps can be had, and a port's state and offset are never taken for a sign
 * of life: only a stamp that was made a moment ago is one.
 */
#ifndef PTP_H
#define PTP_H

#include "drivers/driver.h"
#include "drivers/phc_device.h"
#include "drivers/phc_map.h"

/* ptp4l stamps in software: its clock is the kernel's. For device.name. */
#define PTP_DEVICE_REALTIME "realtime"

/* What the time of a grandmaster is whose timescale is arbitrary (ARB): a
 * ptp4l with software stamps serves UTC and calls it that. */
enum ptp_arbitrary {
	PTP_ARBITRARY_REFUSED,
	PTP_ARBITRARY_UTC,
	PTP_ARBITRARY_TAI
};

struct ptp_options {
	const char *name;    /* sources are called NAME and NAME/GRANDMASTER */
	const char *socket;  /* ptp4l's: uds_address, or its read-only one */
	const char *monitor; /* ours, which ptp4l's configuration names as
	                         slave_event_monitor: "/run/timed/ptp.sock" */
	int monitor_mode;    /* of that file, 0600: who may speak to us */
	int domain;	     /* 0 to 255 */
	struct phc_device_options device;
	struct phc_map_options map;
	int64_t poll_ns;      /* interval of looks at ptp4l and the clock; in
	                         between each exchange brings one of its own */
	int64_t delay_ns_min; /* axiom A4: d_min */
	int64_t delay_ns_max; /* one way, declared: the only far side there is
	                         without exchanges to and fro; -1 unknown */
	int64_t asymmetry_ns; /* axiom A4: A; -1 unknown */
	int64_t stamp_ns;     /* quantum and latch of the two stamps of a leg */
	double accuracy_scale; /* axiom A6: 2, on clockAccuracy */
	int64_t accuracy_ns;   /* declared, for a grandmaster that states none
	                         or is of another class than 6 and 7; -1: such
	                         a one is refused */
	double holdover_ppb;   /* how fast one of class 7 runs off */
	int64_t boundary_ns;   /* error of each boundary clock on the way */
	enum ptp_arbitrary arbitrary;
};

/* What is usual, for the configuration to start from. */
extern const struct ptp_options ptp_defaults;

/* 0 or negative errno. `opt` is copied; `env` and `sink` outlive the driver. */
int driver_ptp_open(const struct ptp_options *opt, struct env *env,
		    const struct driver_sink *sink, struct driver **ret);

#endif
