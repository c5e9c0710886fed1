// SPDX-License-Identifier: GPL-2.0
/* Oscillators: see ttlab.h. */
#include <linux/math64.h>

#include "ttlab.h"

/* The slope of the wander holds for up to this many nodes: some 17 s. */
#define TURN_NODES 1024

/* ppb * 2^40 / 10^9. |ppb| <= 2 OSC_PPB_MAX: 2^21 * 2^40. */
static s64 of_ppb(s64 ppb)
{
	return div_s64(ppb << OSC_SHIFT, NSEC_PER_SEC);
}

static s64 within(s64 value, s64 limit)
{
	return clamp(value, -limit, limit);
}

static void set_rate(struct osc *o)
{
	s64 own = of_ppb(within(o->rate_ppb, OSC_PPB_MAX)) + o->slow + o->fast;

	o->rate = own + o->adjust + ((own * o->adjust) >> OSC_SHIFT);
}

/* The slow part walks on, its slope changing now and then; at the end of the
 * swing it turns back. */
static void wander(struct osc *o)
{
	const s64 swing = of_ppb(clamp(o->swing_ppb, 0LL, OSC_PPB_MAX));
	const s64 jitter = of_ppb(clamp(o->jitter_ppb, 0LL, OSC_PPB_MAX));
	const s64 step = of_ppb(clamp(o->wander_ppb_s, 0LL, OSC_PPB_MAX)) *
			 OSC_NODE_NS / NSEC_PER_SEC;

	if (o->node_in_ns >= o->turn_in_ns) {
		o->slope = (s64)world_below(2 * step + 1) - step;
		o->turn_in_ns = o->node_in_ns +
				OSC_NODE_NS * (1 + world_below(TURN_NODES));
	}
	if (abs(o->slow + o->slope) > max(swing, abs(o->slow)))
		o->slope = -o->slope;
	if (abs(o->slow + o->slope) <= max(swing, abs(o->slow)))
		o->slow += o->slope;
	o->fast = (s64)world_below(2 * jitter + 1) - jitter;
}

/* 2^-40 ns that the output has gained; |d_ns| < 2 s, |rate| < 2^31. */
static s64 gain(const struct osc *o, s64 d_ns)
{
	return o->rate * d_ns + o->out_frac;
}

static void fix(struct osc *o, s64 in_ns)
{
	const s64 d_ns = in_ns - o->in_ns;
	const s64 gained = gain(o, d_ns);

	o->out_ns += d_ns + (gained >> OSC_SHIFT);
	o->out_frac = gained & ((1LL << OSC_SHIFT) - 1);
	o->in_ns = in_ns;
}

void osc_init(struct osc *o, s64 in_ns, s64 out_ns)
{
	*o = (struct osc){
		.in_ns = in_ns,
		.out_ns = out_ns,
		.node_in_ns = in_ns + OSC_NODE_NS,
	};
}

void osc_advance(struct osc *o, s64 in_ns)
{
	while (in_ns >= o->node_in_ns) {
		fix(o, o->node_in_ns);
		wander(o);
		set_rate(o);
		o->node_in_ns += OSC_NODE_NS;
	}
	if (in_ns > o->in_ns)
		fix(o, in_ns);
}

s64 osc_at(const struct osc *o, s64 in_ns)
{
	const s64 d_ns = in_ns - o->in_ns;

	return o->out_ns + d_ns + (gain(o, d_ns) >> OSC_SHIFT);
}

/* 1 / (1 + rate) is 1 - rate but for rate^2: 1e-6, of some ms a few ns, which
 * the second step takes off. */
s64 osc_back(const struct osc *o, s64 out_ns)
{
	s64 in_ns = o->in_ns + (out_ns - o->out_ns);

	in_ns += out_ns - osc_at(o, in_ns);
	return in_ns + (out_ns - osc_at(o, in_ns));
}

void osc_adjust(struct osc *o, s64 rate)
{
	o->adjust = rate;
	set_rate(o);
}

void osc_set(struct osc *o, s64 out_ns)
{
	o->out_ns = out_ns;
	o->out_frac = 0;
}

void osc_set_rate_ppb(struct osc *o, s64 ppb)
{
	o->rate_ppb = ppb;
	set_rate(o);
}

static int rate_get(void *data, u64 *ret)
{
	const struct osc *o = data;

	*ret = (u64)o->rate_ppb;
	return 0;
}

static int rate_put(void *data, u64 value)
{
	unsigned long flags;

	if (abs((s64)value) > OSC_PPB_MAX)
		return -ERANGE;
	spin_lock_irqsave(&world_lock, flags);
	world_keep();
	osc_set_rate_ppb(data, (s64)value);
	spin_unlock_irqrestore(&world_lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE_SIGNED(rate_fops, rate_get, rate_put, "%lld\n");

void osc_knobs(struct osc *o, struct dentry *dir)
{
	debugfs_create_file("rate_ppb", 0600, dir, o, &rate_fops);
	knob_s64("wander_ppb_s", dir, &o->wander_ppb_s);
	knob_s64("swing_ppb", dir, &o->swing_ppb);
	knob_s64("jitter_ppb", dir, &o->jitter_ppb);
}
