// SPDX-License-Identifier: GPL-2.0
/* True time and dice: see ttlab.h. */
#include <linux/log2.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>

#include "ttlab.h"

DEFINE_SPINLOCK(world_lock);

/* From the guest's counter to true time. */
static struct osc counter;
static LIST_HEAD(members);
static struct rnd_state dice;

s64 world_pair(s64 *ret_raw_ns)
{
	*ret_raw_ns = (s64)ktime_get_raw_ns();
	osc_advance(&counter, *ret_raw_ns);
	return osc_at(&counter, *ret_raw_ns);
}

s64 world_now(void)
{
	s64 raw_ns;

	return world_pair(&raw_ns);
}

s64 world_tai(s64 raw_ns)
{
	return osc_at(&counter, raw_ns);
}

s64 world_raw(s64 tai_ns)
{
	return osc_back(&counter, tai_ns);
}

void world_add(struct osc *o)
{
	list_add(&o->in_world, &members);
}

void world_remove(struct osc *o)
{
	list_del(&o->in_world);
}

s64 world_keep(void)
{
	const s64 now_ns = world_now();
	struct osc *o;

	list_for_each_entry(o, &members, in_world)
		osc_advance(o, now_ns);
	return now_ns;
}

enum hrtimer_restart world_again(struct hrtimer *timer, s64 wait_ns)
{
	hrtimer_set_expires(timer, ktime_add_ns(hrtimer_cb_get_time(timer),
						(u64)max(wait_ns, 1LL)));
	return HRTIMER_RESTART;
}

u32 world_below(u32 limit)
{
	return (u32)(((u64)prandom_u32_state(&dice) * limit) >> 32);
}

/* -mean ln(u / 2^32), the logarithm linear between powers of two: 9 % off. */
u64 world_exponential(u64 mean)
{
	const u32 u = prandom_u32_state(&dice) | 1;
	const int octave = ilog2(u);
	const u64 part = ((u64)u << (31 - octave)) & 0x7fffffff;
	const u64 log2_31 = ((u64)(32 - octave) << 31) - part;

	/* ln 2 = 710 / 1024 */
	return ((min(mean, NSEC_PER_SEC * 1ULL) * (log2_31 >> 15) >> 16) *
		710) >>
	       10;
}

bool world_chance(u64 per_mille)
{
	return world_below(1000) < per_mille;
}

static int truth_show(struct seq_file *file, void *unused)
{
	unsigned long flags;
	s64 raw_ns, tai_ns;

	spin_lock_irqsave(&world_lock, flags);
	tai_ns = world_pair(&raw_ns);
	spin_unlock_irqrestore(&world_lock, flags);
	seq_printf(file, "%lld %lld\n", raw_ns, tai_ns);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(truth);

static int s64_get(void *data, u64 *ret)
{
	*ret = (u64) * (s64 *)data;
	return 0;
}

static int s64_put(void *data, u64 value)
{
	*(s64 *)data = (s64)value;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE_SIGNED(s64_fops, s64_get, s64_put, "%lld\n");

void knob_s64(const char *name, struct dentry *dir, s64 *value)
{
	debugfs_create_file(name, 0600, dir, value, &s64_fops);
}

void world_init(u64 seed, s64 ahead_ns, struct dentry *dir)
{
	struct system_time_snapshot now;

	prandom_seed_state(&dice, seed);
	ktime_get_snapshot(&now);
	osc_init(&counter, ktime_to_ns(now.raw),
		 ktime_to_ns(now.real) + ahead_ns);
	osc_knobs(&counter, debugfs_create_dir("counter", dir));
	debugfs_create_file("truth", 0400, dir, NULL, &truth_fops);
}
