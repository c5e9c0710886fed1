/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CLOCK_REALTIME as Linux keeps it, in virtual time (kernel/time/ntp.c): a
 * frequency, and a PLL that at each of its own seconds takes 1 part in
 * 2^slew_shift of what is left of an offset and spreads it over that second.
 */
#ifndef KERNEL_CLOCK_H
#define KERNEL_CLOCK_H

#include <stdint.h>

#include "drivers/env.h"

struct kernel_clock {
	int64_t raw_ns;	 /* now ... */
	int64_t real_ns; /* ... it shows this ... */
	double part_ns;	 /* ... and this more */
	double rate_ppb;
	double bias_ppb; /* what it runs beside what it says */
	double slew_ns;	 /* not yet begun */
	int slew_shift;
	double chunk_ppb; /* the present second's part of it */
	int status;
	int leap_s;
	int tai_offset_s;
	int64_t error_ns_max;
};

void kernel_clock_init(struct kernel_clock *c, int64_t raw_ns, int64_t real_ns,
		       double bias_ppb);

/* Time goes on to raw_ns, which is not before. */
void kernel_clock_advance(struct kernel_clock *c, int64_t raw_ns);

/* How fast it runs just now, against the raw counter. */
double kernel_clock_rate_ppb(const struct kernel_clock *c);

void kernel_clock_look(const struct kernel_clock *c, struct env_steering *ret);
void kernel_clock_obey(struct kernel_clock *c, const struct env_order *order);

#endif
