/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phc driver: a PTP hardware clock that is a source of time by itself,
 * because something vouches for it: the hypervisor's clock through ptp_kvm or
 * ptp_vmclock, an instance's NIC that the cloud keeps (ENA). A PHC that ptp4l
 * steers is the ptp driver's, which knows what ptp4l knows.
 */
#ifndef PHC_H
#define PHC_H

#include "drivers/driver.h"
#include "drivers/phc_device.h"

struct phc_options {
	const char *name;      /* the source's; also the group member's */
	struct phc_device_options device; /* name, mode, batch ... */
	int64_t poll_ns;       /* interval of readings */
	double wander_ppb_s;   /* axiom A2 of the raw counter: W ... */
	double jitter_ppb;     /* ... and J */
	enum source_scale scale; /* what it shows */
	int64_t error_ns;      /* it is within this of true time ... */
	const char *error_path;/* ... or within what this file says: a number
	                          of ns, or a vmclock page; "" none */
};

/* 0 or negative errno. `env` and `sink` outlive the driver. */
int driver_phc_open(const struct phc_options *opt, struct env *env,
		    const struct driver_sink *sink, struct driver **ret);

#endif
