/* SPDX-License-Identifier: Apache-2.0 */
/* How a PTP clock is read. See clock_options.h. */
#include "timed/clock_options.h"

struct phc_device_options clock_options(const struct config_clock *c)
{
	static const enum phc_mode modes[] = {
		[READING_AUTO] = PHC_AUTO,
		[READING_PRECISE] = PHC_PRECISE,
		[READING_EXTENDED] = PHC_EXTENDED,
		[READING_BASIC] = PHC_BASIC,
	};

	return (struct phc_device_options){
		.name = c->device,
		.mode = modes[c->reading],
		.batch = c->batch,
		.stamp_ns = c->read_error_ns,
		.window_ns_max = c->window_ns_max < 0 ? 0 : c->window_ns_max,
		.drift_ppb = c->drift_ppb,
	};
}
