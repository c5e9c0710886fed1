/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ttlab: the hardware of the VM lab, in a kernel module for tests only. There
 * is one true timeline, TAI, and everything else runs off it: the guest's own
 * counter (CLOCK_MONOTONIC_RAW), which gains or loses on it at a rate that
 * wanders, and the clock of each virtual NIC.
 *
 *   osc.c    an oscillator: from one timeline to another
 *   world.c  true time, the lock around it all, dice
 *   phc.c    a NIC's PTP hardware clock
 *   nic.c    pairs of NICs and the wire between them
 *   pulse.c  a pulse per second: on a pin of each NIC, and as a PPS device
 *   main.c   building all of it up and taking it down
 *
 * Each has its knobs in debugfs, under ttlab/. They are read under no lock:
 * the guest has one processor, and a test turns them between what it measures.
 */
#ifndef TTLAB_H
#define TTLAB_H

#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/net_tstamp.h>
#include <linux/prandom.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* --- oscillators ---------------------------------------------------------- */

/*
 * Rates are fixed-point numbers with 40 bits of fraction (0.0009 ppb), positive
 * where the output gains on the input. The rate is constant within a node: a
 * 60th of a second, so that a wander of 20 ppb/s comes in steps of 0.3 ppb.
 */
#define OSC_SHIFT   40
#define OSC_NODE_NS (1LL << 24)
#define OSC_PPB_MAX 1000000LL

struct osc {
	struct list_head in_world;
	/* The latest fixed point: at in_ns the output was out_ns and a bit. */
	s64 in_ns;
	s64 out_ns;
	s64 out_frac;
	s64 rate;
	s64 adjust; /* what a servo has asked for */
	s64 node_in_ns;
	s64 turn_in_ns;
	s64 slow; /* where the wander has led to, and how fast it goes on */
	s64 slope;
	s64 fast;
	/* Knobs. A change of rate_ppb is a step of the rate. */
	s64 rate_ppb;
	s64 wander_ppb_s; /* the slow part changes by at most this ... */
	s64 swing_ppb;	  /* ... and stays this close to rate_ppb; 0: none */
	s64 jitter_ppb;	  /* the fast part: anew in each node */
};

void osc_init(struct osc *o, s64 in_ns, s64 out_ns);

/* A fixed point at in_ns, not before the one there is. */
void osc_advance(struct osc *o, s64 in_ns);

/* The output at in_ns, near the latest fixed point: some ms back or on. */
s64 osc_at(const struct osc *o, s64 in_ns);

/* The input that gives out_ns, likewise. */
s64 osc_back(const struct osc *o, s64 out_ns);

/* At the latest fixed point. */
void osc_adjust(struct osc *o, s64 rate);
void osc_set(struct osc *o, s64 out_ns);
void osc_set_rate_ppb(struct osc *o, s64 ppb);

void osc_knobs(struct osc *o, struct dentry *dir);

/* --- the world ------------------------------------------------------------ */

/* Guards every oscillator and the dice. */
extern spinlock_t world_lock;

/* True time begins as CLOCK_REALTIME + ahead_ns. */
void world_init(u64 seed, s64 ahead_ns, struct dentry *dir);

/* True time now. Under world_lock. */
s64 world_now(void);

/* Oscillators that run on true time, and taking them all to the present: what
 * is asked of one lies near its fixed point then. Under world_lock. */
void world_add(struct osc *o);
void world_remove(struct osc *o);
s64 world_keep(void);

/* The pair that a judge compares with: a reading of CLOCK_MONOTONIC_RAW and
 * true time at it. Under world_lock. */
s64 world_pair(s64 *ret_raw_ns);

/* From CLOCK_MONOTONIC_RAW to true time and back, near the last time asked
 * for. Under world_lock. */
s64 world_tai(s64 raw_ns);
s64 world_raw(s64 tai_ns);

/* For a timer's function to return: once more, so long from now. */
enum hrtimer_restart world_again(struct hrtimer *timer, s64 wait_ns);

/* Dice. Under world_lock. */
u32 world_below(u32 limit);	 /* 0 to limit - 1; 0 for 0 */
u64 world_exponential(u64 mean); /* at most 22 times the mean */
bool world_chance(u64 per_mille);

/* Signed knobs: debugfs itself has unsigned ones only. */
void knob_s64(const char *name, struct dentry *dir, s64 *value);

/* --- a NIC's clock -------------------------------------------------------- */

#define PHC_PINS 2

struct phc {
	struct ptp_clock_info info;
	struct ptp_clock *clock;
	struct osc osc; /* from true time */
	struct ptp_pin_desc pin[PHC_PINS];
	bool is_capturing[PHC_PINS]; /* by channel */
	/* Knobs. */
	u64 quantum_ns;	    /* all it says is rounded down to this */
	u64 window_ns;	    /* how long a read of it takes, */
	u64 window_tail_ns; /* with so much more on average, */
	u64 latch_pm; /* and where in that it is latched, in thousandths */
	bool precise_fails;
};

int phc_register(struct phc *phc, const char *name, bool has_precise,
		 struct dentry *dir);
void phc_unregister(struct phc *phc);

/* A time stamp as the hardware gives it. Under world_lock. */
s64 phc_stamp(struct phc *phc, s64 tai_ns);

/* The edge of a pulse at pin 0. Not under world_lock. */
void phc_edge(struct phc *phc, s64 tai_ns);

/* --- NICs and the pulse --------------------------------------------------- */

int nic_create_pairs(int pairs, bool has_precise, struct dentry *dir);
void nic_destroy(void);
void nic_edge(s64 tai_ns); /* at pin 0 of every NIC */

int pulse_create(struct dentry *dir);
void pulse_destroy(void);

#endif
