// SPDX-License-Identifier: GPL-2.0
/* A NIC's PTP hardware clock: see ttlab.h. */
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>

#include "ttlab.h"

#define ADJUST_PPB_MAX 1000000
#define WINDOW_NS_MAX  10000000ULL
#define QUANTUM_NS_MAX 1000000ULL
#define EXTTS_FLAGS    (PTP_ENABLE_FEATURE | PTP_RISING_EDGE | PTP_STRICT_FLAGS)

static struct phc *phc_of(struct ptp_clock_info *info)
{
	return container_of(info, struct phc, info);
}

s64 phc_stamp(struct phc *phc, s64 tai_ns)
{
	const s64 phc_ns = osc_at(&phc->osc, tai_ns);
	const s32 quantum_ns = (s32)clamp(phc->quantum_ns, 1, QUANTUM_NS_MAX);
	s32 rest_ns;

	div_s64_rem(phc_ns, quantum_ns, &rest_ns);
	return phc_ns - rest_ns - (rest_ns < 0 ? quantum_ns : 0);
}

/* Under world_lock: the clock now, with the counter's reading. */
static s64 phc_now(struct phc *phc, s64 *ret_raw_ns)
{
	const s64 tai_ns = world_pair(ret_raw_ns);

	osc_advance(&phc->osc, tai_ns);
	return phc_stamp(phc, tai_ns);
}

static int phc_adjfine(struct ptp_clock_info *info, long scaled_ppm)
{
	struct phc *phc = phc_of(info);
	unsigned long flags;
	s64 raw_ns;

	spin_lock_irqsave(&world_lock, flags);
	phc_now(phc, &raw_ns);
	/* ppm with 16 bits of fraction */
	osc_adjust(&phc->osc,
		   div_s64((s64)scaled_ppm << (OSC_SHIFT - 16), USEC_PER_SEC));
	spin_unlock_irqrestore(&world_lock, flags);
	return 0;
}

static void step(struct phc *phc, s64 step_ns)
{
	unsigned long flags;
	s64 raw_ns;

	spin_lock_irqsave(&world_lock, flags);
	phc_now(phc, &raw_ns);
	phc->osc.out_ns += step_ns;
	spin_unlock_irqrestore(&world_lock, flags);
}

static int phc_adjtime(struct ptp_clock_info *info, s64 step_ns)
{
	step(phc_of(info), step_ns);
	return 0;
}

static int phc_settime(struct ptp_clock_info *info, const struct timespec64 *ts)
{
	struct phc *phc = phc_of(info);
	unsigned long flags;
	s64 raw_ns;

	spin_lock_irqsave(&world_lock, flags);
	phc_now(phc, &raw_ns);
	osc_set(&phc->osc, timespec64_to_ns(ts));
	spin_unlock_irqrestore(&world_lock, flags);
	return 0;
}

static void wait_until(u64 raw_ns)
{
	while (ktime_get_raw_ns() < raw_ns)
		cpu_relax();
}

/* As over a slow bus: the request takes its time, the clock is latched, the
 * answer takes its own. */
static int phc_gettimex(struct ptp_clock_info *info, struct timespec64 *ts,
			struct ptp_system_timestamp *sts)
{
	struct phc *phc = phc_of(info);
	u64 window_ns, before_ns, start_raw_ns;
	unsigned long flags;
	s64 phc_ns, raw_ns;

	spin_lock_irqsave(&world_lock, flags);
	window_ns = min(phc->window_ns, WINDOW_NS_MAX) +
		    min(world_exponential(phc->window_tail_ns), WINDOW_NS_MAX);
	spin_unlock_irqrestore(&world_lock, flags);
	before_ns = div_u64(window_ns * min(phc->latch_pm, 1000ULL), 1000);

	ptp_read_system_prets(sts);
	start_raw_ns = ktime_get_raw_ns();
	wait_until(start_raw_ns + before_ns);
	spin_lock_irqsave(&world_lock, flags);
	phc_ns = phc_now(phc, &raw_ns);
	spin_unlock_irqrestore(&world_lock, flags);
	wait_until(start_raw_ns + window_ns);
	ptp_read_system_postts(sts);
	*ts = ns_to_timespec64(phc_ns);
	return 0;
}

static int phc_getcrosststamp(struct ptp_clock_info *info,
			      struct system_device_crosststamp *ret)
{
	struct phc *phc = phc_of(info);
	struct system_time_snapshot now;
	unsigned long flags;
	s64 raw_ns;

	if (phc->precise_fails)
		return -ETIMEDOUT;
	spin_lock_irqsave(&world_lock, flags);
	ktime_get_snapshot(&now);
	phc_now(phc, &raw_ns);
	ret->device =
		ns_to_ktime(phc_stamp(phc, world_tai(ktime_to_ns(now.raw))));
	spin_unlock_irqrestore(&world_lock, flags);
	ret->sys_realtime = now.real;
	ret->sys_monoraw = now.raw;
	return 0;
}

static int phc_enable(struct ptp_clock_info *info,
		      struct ptp_clock_request *request, int on)
{
	struct phc *phc = phc_of(info);

	if (request->type != PTP_CLK_REQ_EXTTS)
		return -EOPNOTSUPP;
	if (request->extts.flags & ~(unsigned int)EXTTS_FLAGS)
		return -EOPNOTSUPP;
	phc->is_capturing[request->extts.index] = on;
	return 0;
}

static int phc_verify(struct ptp_clock_info *info, unsigned int pin,
		      enum ptp_pin_function function, unsigned int channel)
{
	return function == PTP_PF_NONE || function == PTP_PF_EXTTS ? 0 : -1;
}

void phc_edge(struct phc *phc, s64 tai_ns)
{
	struct ptp_clock_event event = {.type = PTP_CLOCK_EXTTS};
	const struct ptp_pin_desc *pin = &phc->pin[0];
	unsigned long flags;

	if (pin->func != PTP_PF_EXTTS || !phc->is_capturing[pin->chan])
		return;
	spin_lock_irqsave(&world_lock, flags);
	event.timestamp = (u64)phc_stamp(phc, tai_ns);
	spin_unlock_irqrestore(&world_lock, flags);
	event.index = (int)pin->chan;
	ptp_clock_event(phc->clock, &event);
}

/* --- knobs ---------------------------------------------------------------- */

static int step_put(void *data, u64 value)
{
	step(data, (s64)value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE_SIGNED(step_fops, NULL, step_put, "%lld\n");

/* As the firmware of a NIC that has crashed: 1970, and no adjustment. */
static int reset_put(void *data, u64 unused)
{
	struct phc *phc = data;
	unsigned long flags;
	s64 raw_ns;

	spin_lock_irqsave(&world_lock, flags);
	phc_now(phc, &raw_ns);
	osc_set(&phc->osc, 0);
	osc_adjust(&phc->osc, 0);
	spin_unlock_irqrestore(&world_lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(reset_fops, NULL, reset_put, "%llu\n");

/* What it is ahead of true time. */
static int error_get(void *data, u64 *ret)
{
	struct phc *phc = data;
	unsigned long flags;
	s64 now_ns;

	spin_lock_irqsave(&world_lock, flags);
	now_ns = world_keep();
	*ret = (u64)(osc_at(&phc->osc, now_ns) - now_ns);
	spin_unlock_irqrestore(&world_lock, flags);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE_SIGNED(error_fops, error_get, NULL, "%lld\n");

static int truth_show(struct seq_file *file, void *unused)
{
	struct phc *phc = file->private;
	unsigned long flags;
	s64 raw_ns, tai_ns, phc_ns;

	spin_lock_irqsave(&world_lock, flags);
	tai_ns = world_pair(&raw_ns);
	osc_advance(&phc->osc, tai_ns);
	phc_ns = osc_at(&phc->osc, tai_ns);
	spin_unlock_irqrestore(&world_lock, flags);
	seq_printf(file, "%lld %lld\n", raw_ns, phc_ns);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(truth);

static void create_knobs(struct phc *phc, struct dentry *dir)
{
	osc_knobs(&phc->osc, dir);
	debugfs_create_u64("quantum_ns", 0600, dir, &phc->quantum_ns);
	debugfs_create_u64("window_ns", 0600, dir, &phc->window_ns);
	debugfs_create_u64("window_tail_ns", 0600, dir, &phc->window_tail_ns);
	debugfs_create_u64("latch_pm", 0600, dir, &phc->latch_pm);
	debugfs_create_bool("precise_fails", 0600, dir, &phc->precise_fails);
	debugfs_create_file("step_ns", 0200, dir, phc, &step_fops);
	debugfs_create_file("reset", 0200, dir, phc, &reset_fops);
	debugfs_create_file("error_ns", 0400, dir, phc, &error_fops);
	debugfs_create_file("truth", 0400, dir, phc, &truth_fops);
}

/* --- coming and going ----------------------------------------------------- */

static const struct ptp_clock_info phc_info = {
	.owner = THIS_MODULE,
	.max_adj = ADJUST_PPB_MAX,
	.n_ext_ts = PHC_PINS,
	.n_pins = PHC_PINS,
	.adjfine = phc_adjfine,
	.adjtime = phc_adjtime,
	.gettimex64 = phc_gettimex,
	.settime64 = phc_settime,
	.enable = phc_enable,
	.verify = phc_verify,
};

static void name_pins(struct phc *phc)
{
	for (unsigned int i = 0; i < PHC_PINS; i++) {
		snprintf(phc->pin[i].name, sizeof(phc->pin[i].name), "SDP%u",
			 i);
		phc->pin[i].index = i;
	}
}

int phc_register(struct phc *phc, const char *name, bool has_precise,
		 struct dentry *dir)
{
	unsigned long flags;
	s64 now_ns;

	phc->info = phc_info;
	snprintf(phc->info.name, sizeof(phc->info.name), "ttlab %s", name);
	if (has_precise)
		phc->info.getcrosststamp = phc_getcrosststamp;
	name_pins(phc);
	phc->info.pin_config = phc->pin;
	phc->quantum_ns = 1;
	phc->latch_pm = 500;
	spin_lock_irqsave(&world_lock, flags);
	now_ns = world_now();
	osc_init(&phc->osc, now_ns, now_ns);
	world_add(&phc->osc);
	spin_unlock_irqrestore(&world_lock, flags);

	phc->clock = ptp_clock_register(&phc->info, NULL);
	if (IS_ERR(phc->clock)) {
		spin_lock_irqsave(&world_lock, flags);
		world_remove(&phc->osc);
		spin_unlock_irqrestore(&world_lock, flags);
		return PTR_ERR(phc->clock);
	}
	create_knobs(phc, debugfs_create_dir("phc", dir));
	return 0;
}

void phc_unregister(struct phc *phc)
{
	unsigned long flags;

	ptp_clock_unregister(phc->clock);
	spin_lock_irqsave(&world_lock, flags);
	world_remove(&phc->osc);
	spin_unlock_irqrestore(&world_lock, flags);
}
