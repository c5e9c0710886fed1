// SPDX-License-Identifier: GPL-2.0
/*
 * A pulse per second of true time, as a receiver gives it: captured without
 * latency at pin 0 of each NIC's clock, and by an interrupt with one as a PPS
 * device. Pulses can be early or late, missing, or not a second's at all.
 *
 * The PPS stamp is CLOCK_REALTIME at edge + latency, whenever the timer came:
 * its lateness is taken off again, as so much raw time. (Where CLOCK_REALTIME
 * is steered by 100 ppm and the timer is 10 us late, that is 1 ns off.)
 */
#include <linux/pps_kernel.h>
#include <linux/timekeeping.h>

#include "ttlab.h"

static struct {
	struct pps_device *pps;
	struct hrtimer timer;
	s64 second_tai_ns;   /* of the next pulse, before phase */
	s64 spurious_tai_ns; /* the one that is no second's; < 0: none */
	s64 edge_tai_ns;     /* the next of either kind, */
	s64 stamp_tai_ns;    /* and its stamp */
	bool is_spurious;
	/* Knobs. */
	s64 phase_ns; /* positive: pulses come late */
	u64 latency_ns;
	u64 latency_tail_ns; /* on average so much more, exponentially */
	u64 missing_pm, spurious_pm;
	bool is_off;
} pulse;

/* Draws the next edge. Under world_lock. */
static void draw(void)
{
	pulse.edge_tai_ns = pulse.second_tai_ns + pulse.phase_ns;
	pulse.is_spurious = pulse.spurious_tai_ns >= 0 &&
			    pulse.spurious_tai_ns < pulse.edge_tai_ns;
	if (pulse.is_spurious)
		pulse.edge_tai_ns = pulse.spurious_tai_ns;
	pulse.stamp_tai_ns =
		pulse.edge_tai_ns +
		(s64)min(pulse.latency_ns +
				 world_exponential(pulse.latency_tail_ns),
			 NSEC_PER_SEC / 4ULL);
}

/* What follows the edge that was. True: it is to be seen. Under world_lock. */
static bool turn(void)
{
	if (pulse.is_spurious) {
		pulse.spurious_tai_ns = -1;
		return !pulse.is_off;
	}
	pulse.second_tai_ns += NSEC_PER_SEC;
	if (world_chance(pulse.spurious_pm))
		pulse.spurious_tai_ns =
			pulse.second_tai_ns - world_below(NSEC_PER_SEC);
	return !pulse.is_off && !world_chance(pulse.missing_pm);
}

static void show_pps(s64 stamp_tai_ns)
{
	struct system_time_snapshot now;
	struct pps_event_time stamp;
	unsigned long flags;
	s64 late_ns;

	spin_lock_irqsave(&world_lock, flags);
	ktime_get_snapshot(&now);
	late_ns = ktime_to_ns(now.raw) - world_raw(stamp_tai_ns);
	spin_unlock_irqrestore(&world_lock, flags);
	stamp.ts_real = ns_to_timespec64(ktime_to_ns(now.real) - late_ns);
	pps_event(pulse.pps, &stamp, PPS_CAPTUREASSERT, NULL);
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	s64 edge_tai_ns, stamp_tai_ns, wait_ns;
	unsigned long flags;
	bool is_seen;

	spin_lock_irqsave(&world_lock, flags);
	wait_ns = pulse.stamp_tai_ns - world_keep();
	if (wait_ns > 0) {
		spin_unlock_irqrestore(&world_lock, flags);
		return world_again(timer, wait_ns);
	}
	edge_tai_ns = pulse.edge_tai_ns;
	stamp_tai_ns = pulse.stamp_tai_ns;
	is_seen = turn();
	draw();
	wait_ns = pulse.stamp_tai_ns - world_now();
	spin_unlock_irqrestore(&world_lock, flags);
	if (is_seen) {
		nic_edge(edge_tai_ns);
		show_pps(stamp_tai_ns);
	}
	return world_again(timer, wait_ns);
}

static struct pps_source_info pps_info = {
	.name = "ttlab",
	.mode = PPS_CAPTUREASSERT | PPS_OFFSETASSERT | PPS_CANWAIT |
		PPS_TSFMT_TSPEC,
	.owner = THIS_MODULE,
};

int pulse_create(struct dentry *parent)
{
	struct dentry *dir = debugfs_create_dir("pulse", parent);
	unsigned long flags;
	s64 now_ns;

	pulse.pps = pps_register_source(&pps_info,
					PPS_CAPTUREASSERT | PPS_OFFSETASSERT);
	if (IS_ERR(pulse.pps))
		return PTR_ERR(pulse.pps);
	knob_s64("phase_ns", dir, &pulse.phase_ns);
	debugfs_create_u64("latency_ns", 0600, dir, &pulse.latency_ns);
	debugfs_create_u64("latency_tail_ns", 0600, dir,
			   &pulse.latency_tail_ns);
	debugfs_create_u64("missing_pm", 0600, dir, &pulse.missing_pm);
	debugfs_create_u64("spurious_pm", 0600, dir, &pulse.spurious_pm);
	debugfs_create_bool("is_off", 0600, dir, &pulse.is_off);

	spin_lock_irqsave(&world_lock, flags);
	now_ns = world_now();
	pulse.second_tai_ns = now_ns - now_ns % NSEC_PER_SEC + NSEC_PER_SEC;
	pulse.spurious_tai_ns = -1;
	draw();
	spin_unlock_irqrestore(&world_lock, flags);
	hrtimer_init(&pulse.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	pulse.timer.function = tick;
	hrtimer_start(&pulse.timer, ns_to_ktime(pulse.stamp_tai_ns - now_ns),
		      HRTIMER_MODE_REL);
	return 0;
}

void pulse_destroy(void)
{
	hrtimer_cancel(&pulse.timer);
	pps_unregister_source(pulse.pps);
}
