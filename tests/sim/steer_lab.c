/* SPDX-License-Identifier: Apache-2.0 */
/* The controller and the kernel's clock in the simulator. See steer_lab.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "libtt/eval.h"
#include "tests/sim/steer_lab.h"

/* Until the kernel's bias is learnt it keeps the clock so far off: it runs for
 * the 4 s that an offset takes to go. */
#define BIAS_NS (4 * STEER_LAB_BIAS_PPB)

const char *const steer_lab_input_name[] = {"LAN NTP", "hardware stamps",
					    "PHC"};
const double steer_lab_settled_ns[] = {100e3, 700, 700};

struct steer_lab steer_lab;

static void set_feed(enum steer_input input, struct feed_law *ret)
{
	static const struct feed_law laws[] = {
		[INPUT_NTP] = LAN_SERVER(16),
		[INPUT_PTP] = {ON_CABLE},
		[INPUT_PHC] = {.kind = FEED_DIRECT,
			       .class = SOURCE_PHC,
			       .poll_s = 0.1,
			       .server = {100, PLACE_RANDOM},
			       .stamp = {50, PLACE_RANDOM},
			       .mapping = {500, PLACE_RANDOM}},
	};

	*ret = laws[input];
}

/* As the publications have it, leap second and all; before the first, there is
 * none. */
static int64_t truth_unix_ns(void)
{
	const int64_t tai_ns = run_tai_ns(steer_lab.run);

	if (steer_lab.slot.state == ENGINE_UNSYNCHRONIZED)
		return tai_ns - 37 * SECOND_NS;
	return eval_unix_min(&steer_lab.slot, tai_ns);
}

const struct steer_options steer_lab_usual = {
	.step_ns = 128000000, .slew_ppb_max = 500e3, .inserts_leap = true};

void steer_lab_set_law(enum steer_input input)
{
	memset(&steer_lab, 0, sizeof(steer_lab));
	steer_lab.law = (struct scenario){
		.name = "steer",
		COMMON,
		.axioms = SERVER,
		.oscillator = PHYSICAL(SERVER, GRADE_SERVER, 5000, 0),
		.feed_count = 1,
		.breaks = "A2",
		.violations_min = -1};
	set_feed(input, &steer_lab.law.feed[0]);
}

/* A host whose clock is `off_ns` ahead, and not yet steered. */
void steer_lab_begin_seed(double off_ns, const struct steer_options *opt,
			  uint64_t seed)
{
	assert_int_equal(run_new(&steer_lab.law, seed, 0, NULL, &steer_lab.run),
			 0);
	kernel_clock_init(&steer_lab.clock, 0,
			  truth_unix_ns() + (int64_t)off_ns,
			  STEER_LAB_BIAS_PPB);
	steer_init(&steer_lab.steer, opt);
	steer_lab.start_sign = off_ns < 0 ? -1 : 1;
}

void steer_lab_begin(double off_ns, const struct steer_options *opt)
{
	steer_lab_begin_seed(off_ns, opt, STEER_LAB_SEED);
}

void steer_lab_open(enum steer_input input, double off_ns,
		    const struct fault *fault, int fault_count)
{
	steer_lab_set_law(input);
	for (int i = 0; i < fault_count; i++)
		steer_lab.law.fault[i] = fault[i];
	steer_lab.law.fault_count = fault_count;
	steer_lab_begin(off_ns, &steer_lab_usual);
}

/* A leap second is inserted at the end of the run's UTC day. */
void steer_lab_open_leap(int64_t start_tai_ns, bool is_stepped,
			 bool is_inserted)
{
	struct steer_options opt = steer_lab_usual;

	opt.inserts_leap = is_inserted;
	steer_lab_set_law(INPUT_PTP);
	steer_lab.law.start_tai_ns = start_tai_ns;
	steer_lab.law.is_stepped = is_stepped;
	steer_lab.law.known_leap_s = 1;
	steer_lab.law.known_leap_unix_s = LEAP_UNIX_S;
	steer_lab_begin(0, &opt);
}

void steer_lab_close(void)
{
	run_free(steer_lab.run);
}

/* What the daemon does, each second that it comes round. */
static void steer_now(void)
{
	const struct steer_look *seen = &steer_lab.steer.seen;
	struct steer_look look = {.raw_ns = steer_lab.clock.raw_ns,
				  .real_ns = steer_lab.clock.real_ns,
				  .err_ns = STEER_LAB_LOOK_ERR_NS};
	struct steer_best best = {.slot = &steer_lab.slot};

	assert_true(!steer_lab.steer.has_seen || look.raw_ns > seen->raw_ns);
	best.sigma_ns = engine_best_sigma_ns(run_engine(steer_lab.run));
	best.rate_sigma_ppb =
		engine_best_rate_sigma_ppb(run_engine(steer_lab.run));
	kernel_clock_look(&steer_lab.clock, &look.kernel);
	if (steer_update(&steer_lab.steer, &best, &look, &steer_lab.order))
		kernel_clock_obey(&steer_lab.clock, &steer_lab.order);
}

static void take_figures(struct steer_figures *f)
{
	const struct steer_view *v = &steer_lab.steer.view;
	const double rate_ppb = kernel_clock_rate_ppb(&steer_lab.clock);
	const double changed_ppb = f->count ? rate_ppb - f->last_rate_ppb : 0;

	f->sum2_ns += steer_lab.off_ns * steer_lab.off_ns;
	f->max_ns = fmax(f->max_ns, fabs(steer_lab.off_ns));
	f->rate_sum2_ppb += changed_ppb * changed_ppb;
	f->last_rate_ppb = rate_ppb;
	f->count++;
	if (!v->has_offset)
		return;
	f->best_sum2_ns += pow(steer_lab.off_ns + v->offset_ns, 2);
	f->over_sigmas = fmax(f->over_sigmas,
			      (v->offset_ns * steer_lab.start_sign - BIAS_NS) /
				      v->sigma_ns);
	f->turns += f->last_off_ns * v->offset_ns < 0;
	f->last_off_ns = v->offset_ns;
}

void steer_lab_second(void)
{
	static struct engine_view view;

	for (int i = 0; i < 10; i++)
		assert_int_equal(run_tick(steer_lab.run), 0);
	engine_view(run_engine(steer_lab.run), &view);
	steer_lab.slot = view.slot;
	kernel_clock_advance(&steer_lab.clock, run_raw_ns(steer_lab.run));
	steer_lab.off_ns = (double)(steer_lab.clock.real_ns - truth_unix_ns());
	if (!steer_lab.is_deaf)
		steer_now();
}

struct steer_figures steer_lab_run(int seconds)
{
	struct steer_figures f = {.count = 0};

	for (int i = 0; i < seconds; i++) {
		steer_lab_second();
		take_figures(&f);
	}
	return f;
}

double steer_figures_rms_ns(const struct steer_figures *f)
{
	return sqrt(f->sum2_ns / f->count);
}

double steer_figures_best_rms_ns(const struct steer_figures *f)
{
	return sqrt(f->best_sum2_ns / f->count);
}

double steer_figures_rate_rms_ppb(const struct steer_figures *f)
{
	return sqrt(f->rate_sum2_ppb / f->count);
}

void steer_lab_tell(const char *what, enum steer_input input,
		    const struct steer_figures *f)
{
	print_message("%s, %s: rms %.0f ns (the estimate's %.0f), max %.0f ns, "
		      "rate changes by %.2f ppb a second, overshoot %.2f "
		      "sigma, %d turns\n",
		      what, steer_lab_input_name[input],
		      steer_figures_rms_ns(f), steer_figures_best_rms_ns(f),
		      f->max_ns, steer_figures_rate_rms_ppb(f), f->over_sigmas,
		      f->turns);
}

/* How many seconds until it is within `ns` for a minute on end. */
int steer_lab_settles(double ns, int seconds_max)
{
	int held = 0;

	for (int i = 0; i < seconds_max; i++) {
		steer_lab_second();
		held = fabs(steer_lab.off_ns) <= ns ? held + 1 : 0;
		if (held == 60)
			return i - 59;
	}
	return seconds_max;
}
