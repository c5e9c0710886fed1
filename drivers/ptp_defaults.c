/* SPDX-License-Identifier: Apache-2.0 */
/* What is usual of a ptp4l and its clock. */
#include "drivers/ptp.h"

const struct ptp_options ptp_defaults = {
	.name = "ptp",
	.socket = "/var/run/ptp4l",
	.monitor = "/run/timed/ptp.sock",
	.monitor_mode = 0600,
	/* a NIC's crystal is within 100 ppm; what a temperature does to it in
	 * some seconds is axiom A2's J */
	.device = {.name = "", .batch = 5, .drift_ppb = 100e3},
	.map = {.drift_ppb = 100e3,
		.jitter_ppb = 200,
		.steer_ppb = -1,
		.apart_ns_max = INT64_C(2000000000)},
	.poll_ns = INT64_C(125000000),
	.delay_ns_max = -1,
	.asymmetry_ns = -1,
	.stamp_ns = 20, /* two stamps of 8 ns, and their latches */
	.accuracy_scale = 2,
	.accuracy_ns = -1,
	/* a worse crystal than any grandmaster's in class 7 */
	.holdover_ppb = 1000,
	/* twice what G.8273.2 allows a class A clock */
	.boundary_ns = 200};
