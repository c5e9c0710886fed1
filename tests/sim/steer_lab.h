/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The controller of CLOCK_REALTIME in a world that knows true time: the
 * daemon's own engine and controller, the kernel's clock modelled
 * (sim/kernel_clock.h). One lab at a time; for cmocka programs.
 */
#ifndef STEER_LAB_H
#define STEER_LAB_H

#include "sim/kernel_clock.h"
#include "sim/run.h"
#include "sim/scenario_laws.h"
#include "timed/steer.h"

#define STEER_LAB_SEED UINT64_C(20261123)

/* The kernel's rate is not quite what it says. */
#define STEER_LAB_BIAS_PPB    90.0
#define STEER_LAB_LOOK_ERR_NS 30

enum steer_input { INPUT_NTP, INPUT_PTP, INPUT_PHC, INPUTS };

extern const char *const steer_lab_input_name[];
extern const double steer_lab_settled_ns[]; /* by input: at rest within that */

/* Over a span of time, a look a second. */
struct steer_figures {
	double sum2_ns, max_ns; /* CLOCK_REALTIME - truth */
	double best_sum2_ns;	/* the best estimate - truth */
	double over_sigmas;	/* best - CLOCK_REALTIME, on the other
	                                side of it, beyond what the
	                                kernel's bias does, in the
	                                estimate's sigmas */
	double rate_sum2_ppb;	/* of what the rate changes by in 1 s */
	double last_rate_ppb;
	int count;
	int turns; /* of the clock through the best line */
	double last_off_ns;
};

extern struct steer_lab {
	struct scenario law;
	struct run *run;
	struct kernel_clock clock;
	struct steer steer;
	bool is_deaf; /* the daemon does not come round */
	struct env_order order;
	struct segment_slot slot; /* the last publication */
	double off_ns;		  /* CLOCK_REALTIME - truth */
	double start_sign;
} steer_lab;

extern const struct steer_options steer_lab_usual;

/* A host whose clock is `off_ns` ahead, and not yet steered, by steer_lab.law. */
void steer_lab_set_law(enum steer_input input);
void steer_lab_begin_seed(double off_ns, const struct steer_options *opt,
			  uint64_t seed);
void steer_lab_begin(double off_ns, const struct steer_options *opt);

void steer_lab_open(enum steer_input input, double off_ns,
		    const struct fault *fault, int fault_count);

/* A leap second is inserted at the end of the run's UTC day. */
void steer_lab_open_leap(int64_t start_tai_ns, bool is_stepped,
			 bool is_inserted);
void steer_lab_close(void);

void steer_lab_second(void);
struct steer_figures steer_lab_run(int seconds);

/* How many seconds until it is within `ns` for a minute on end. */
int steer_lab_settles(double ns, int seconds_max);

double steer_figures_rms_ns(const struct steer_figures *f);
double steer_figures_best_rms_ns(const struct steer_figures *f);
double steer_figures_rate_rms_ppb(const struct steer_figures *f);
void steer_lab_tell(const char *what, enum steer_input input,
		    const struct steer_figures *f);

#endif
