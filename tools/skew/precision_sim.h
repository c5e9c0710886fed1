/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two nodes and the queues between them, in virtual time: what the precision
 * measurer makes of them against the truth. By seed: the same seed gives the
 * same world.
 *
 * A way is a number of output ports in a row. At each there is other traffic,
 * short and full packets in equal numbers, at random (Poisson): a probe finds
 * the queue that such a port has at that load (Pollaczek and Khinchine), and the
 * second packet of its pair finds what is left of it and what came since. The
 * local clock is true; the far one is off, drifts, wanders by axiom A2's slow
 * part at any constant slope up to the limit, and has white frequency noise.
 * Stamps are cut down to their quantum.
 */
#ifndef PRECISION_SIM_H
#define PRECISION_SIM_H

#include "tools/skew/precision_window.h"

struct precision_world {
	double load;	       /* of each port, 0 to below 1 */
	int hops;	       /* ports in a row, each way */
	double line_gbps;      /* their rate */
	double asymmetry_ns;   /* the way out is longer by this */
	double quantum_ns;     /* of the stamps */
	double drift_ppb_max;  /* the far clock's rate: anything up to this */
	double wander_ppb_s;   /* and its slope */
	double white_ppb;      /* its Allan deviation at 1 s */
	double glitch;	       /* the part of stamps that are off ... */
	double glitch_ns;      /* ... by anything up to this: an axiom broken */
	unsigned rate;	       /* pairs a second */
	double window_s;
	double spacing_ns;
	uint64_t seed;
	struct precision_rules rules;
};

/* As stated in docs/skew-precision.md. */
void precision_world_default(struct precision_world *ret);

struct precision_trial {
	int err; /* of precision_window_judge() */
	struct precision_verdict verdict;
	struct precision_count count[2];
	double truth_ns; /* at verdict.at_local_ns */
	bool is_contained;
};

/* A clock against true time: off, drifting, wandering, noisy. All zero: true. */
struct precision_clock {
	double offset_ns, rate, slope_s; /* at t = 0; slope of the rate */
	double *noise_ns;
	size_t steps;
};

/* Clock `number` of this world: 0 or -ENOMEM. */
int precision_clock_make(const struct precision_world *world, uint64_t number,
			 struct precision_clock *ret);
void precision_clock_drop(struct precision_clock *c);
double precision_clock_offset(const struct precision_clock *c, double t_ns);

/* One window of one link; `number` is its chance. `w` has room for its legs.
 * `at_local_ns` is by true time, 1 s at the window's begin. */
void precision_sim_link(const struct precision_world *world,
			const struct precision_clock *near,
			const struct precision_clock *far, double asymmetry_ns,
			uint64_t number, struct precision_window *w,
			struct precision_trial *ret);

/* For qsort(3); and of what it has sorted. NAN: there is nothing. */
int precision_by_value(const void *a, const void *b);
double precision_percentile(const double *sorted, size_t n, double part);

/* Many windows. Errors of the estimate against the truth, in ns. */
struct precision_score {
	size_t windows, estimates, contradictions, misses; /* not contained */
	double pure; /* the part of pairs */
	double p50_ns, p99_ns, max_ns, half_width_ns /* mean */;
	double mean_ns; /* signed: what asymmetry does */
};

/* `progress` may be NULL: called now and then with the windows done. 0, -ENOMEM
 * or -EINVAL: more legs in a window than there may be. */
int precision_sim_run(const struct precision_world *world, size_t windows,
		      void (*progress)(size_t done, void *arg), void *arg,
		      struct precision_score *ret);

#endif
