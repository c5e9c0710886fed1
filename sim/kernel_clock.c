/* SPDX-License-Identifier: Apache-2.0 */
/* CLOCK_REALTIME as Linux keeps it. See kernel_clock.h. */
#include "sim/kernel_clock.h"

#include <math.h>
#include <string.h>
#include <sys/timex.h>

#include "sim/oscillator.h"

/* timex.freq is ppm in 16.16 fixed point. */
#define PPB_PER_FREQ (1000.0 / 65536)

#define DAY_NS (86400 * SECOND_NS)

void kernel_clock_init(struct kernel_clock *c, int64_t raw_ns, int64_t real_ns,
		       double bias_ppb)
{
	memset(c, 0, sizeof(*c));
	c->raw_ns = raw_ns;
	c->real_ns = real_ns;
	c->bias_ppb = bias_ppb;
	c->slew_shift = 2;
	c->status = STA_UNSYNC;
}

double kernel_clock_rate_ppb(const struct kernel_clock *c)
{
	return c->rate_ppb + c->bias_ppb + c->chunk_ppb;
}

static void run_for(struct kernel_clock *c, int64_t d_ns)
{
	const double gain_ns =
		c->part_ns + (double)d_ns * kernel_clock_rate_ppb(c) / 1e9;
	const double whole_ns = floor(gain_ns);

	c->raw_ns += d_ns;
	c->real_ns += d_ns + (int64_t)whole_ns;
	c->part_ns = gain_ns - whole_ns;
}

/* A leap second is inserted by showing the day's last one twice. */
static void begin_second(struct kernel_clock *c)
{
	c->chunk_ppb = ldexp(c->slew_ns, -c->slew_shift);
	c->slew_ns -= c->chunk_ppb;
	if (c->leap_s == 0 || c->real_ns % DAY_NS >= SECOND_NS)
		return;
	c->real_ns -= c->leap_s * SECOND_NS;
	c->tai_offset_s += c->leap_s;
	c->leap_s = 0;
}

void kernel_clock_advance(struct kernel_clock *c, int64_t raw_ns)
{
	while (c->raw_ns < raw_ns) {
		const int64_t left_ns = SECOND_NS - c->real_ns % SECOND_NS;
		int64_t d_ns = (int64_t)ceil(
			(double)left_ns / (1 + kernel_clock_rate_ppb(c) / 1e9));

		if (d_ns > raw_ns - c->raw_ns) {
			run_for(c, raw_ns - c->raw_ns);
			return;
		}
		run_for(c, d_ns);
		if (c->real_ns % SECOND_NS < SECOND_NS / 2)
			begin_second(c);
	}
}

void kernel_clock_look(const struct kernel_clock *c, struct env_steering *ret)
{
	const double left_ns = trunc(c->slew_ns);

	*ret = (struct env_steering){.rate_ppb = c->rate_ppb,
				     .rate_err_ppb =
					     fabs(left_ns) * ENV_PLL_SHARE,
				     .status = c->status,
				     .tai_offset_s = c->tai_offset_s,
				     .slew_ns = left_ns};
}

void kernel_clock_obey(struct kernel_clock *c, const struct env_order *o)
{
	if (o->has_step) {
		c->real_ns += o->step_ns;
		c->chunk_ppb = 0;
	}
	c->rate_ppb = round(o->rate_ppb / PPB_PER_FREQ) * PPB_PER_FREQ;
	c->slew_ns = round(o->slew_ns);
	c->slew_shift = o->slew_shift;
	c->status = STA_PLL | STA_FREQHOLD | STA_NANO |
		    (o->is_synchronized ? 0 : STA_UNSYNC);
	c->leap_s = o->leap_s;
	c->tai_offset_s = o->tai_offset_s;
	c->error_ns_max = o->error_ns_max;
}
