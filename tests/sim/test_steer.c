/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The controller of CLOCK_REALTIME in a world that knows true time: the
 * daemon's own engine and controller, the kernel's clock modelled
 * (sim/kernel_clock.h). Seeds are fixed; figures go to the output, and what is
 * asserted is stated with each claim.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "libtt/eval.h"
#include "sim/kernel_clock.h"
#include "sim/run.h"
#include "sim/scenario_laws.h"
#include "sim/scenarios.h"
#include "timed/steer.h"

#define SEED UINT64_C(20261123)

/* The kernel's rate is not quite what it says. */
#define KERNEL_BIAS_PPB 90.0
#define LOOK_ERR_NS	30

/* Until that is learnt it keeps the clock so far off: it runs for the 4 s that
 * an offset takes to go. */
#define BIAS_NS (4 * KERNEL_BIAS_PPB)

enum input { INPUT_NTP, INPUT_PTP, INPUT_PHC, INPUTS };

static const char *const input_name[] = {"LAN NTP", "hardware stamps", "PHC"};

/* Over a span of time, a look a second. */
struct figures {
	double sum2_ns, max_ns; /* CLOCK_REALTIME - truth */
	double best_sum2_ns;	/* the best estimate - truth */
	double over_sigmas;	/* best - CLOCK_REALTIME, on the other
	                                side of it, beyond BIAS_NS, in the
	                                estimate's sigmas */
	double rate_sum2_ppb;	/* of what the rate changes by in 1 s */
	double last_rate_ppb;
	int count;
	int turns; /* of the clock through the best line */
	double last_off_ns;
};

static struct lab {
	struct scenario law;
	struct run *run;
	struct kernel_clock clock;
	struct steer steer;
	bool is_deaf; /* the daemon does not come round */
	struct env_order order;
	struct segment_slot slot; /* the last publication */
	double off_ns;		  /* CLOCK_REALTIME - truth */
	double start_sign;
} lab;

static void set_feed(enum input input, struct feed_law *ret)
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
	const int64_t tai_ns = run_tai_ns(lab.run);

	if (lab.slot.state == ENGINE_UNSYNCHRONIZED)
		return tai_ns - 37 * SECOND_NS;
	return eval_unix_min(&lab.slot, tai_ns);
}

static const struct steer_options usual = {
	.step_ns = 128000000, .slew_ppb_max = 500e3, .inserts_leap = true};

static void set_law(enum input input)
{
	memset(&lab, 0, sizeof(lab));
	lab.law = (struct scenario){
		.name = "steer",
		COMMON,
		.axioms = SERVER,
		.oscillator = PHYSICAL(SERVER, GRADE_SERVER, 5000, 0),
		.feed_count = 1,
		.breaks = "A2",
		.violations_min = -1};
	set_feed(input, &lab.law.feed[0]);
}

/* A host whose clock is `off_ns` ahead, and not yet steered. */
static void begin_seed(double off_ns, const struct steer_options *opt,
		       uint64_t seed)
{
	assert_int_equal(run_new(&lab.law, seed, 0, NULL, &lab.run), 0);
	kernel_clock_init(&lab.clock, 0, truth_unix_ns() + (int64_t)off_ns,
			  KERNEL_BIAS_PPB);
	steer_init(&lab.steer, opt);
	lab.start_sign = off_ns < 0 ? -1 : 1;
}

static void begin(double off_ns, const struct steer_options *opt)
{
	begin_seed(off_ns, opt, SEED);
}

static void open_lab(enum input input, double off_ns, const struct fault *fault,
		     int fault_count)
{
	set_law(input);
	for (int i = 0; i < fault_count; i++)
		lab.law.fault[i] = fault[i];
	lab.law.fault_count = fault_count;
	begin(off_ns, &usual);
}

/* A leap second is inserted at the end of the run's UTC day. */
static void open_leap(int64_t start_tai_ns, bool is_stepped, bool is_inserted)
{
	struct steer_options opt = usual;

	opt.inserts_leap = is_inserted;
	set_law(INPUT_PTP);
	lab.law.start_tai_ns = start_tai_ns;
	lab.law.is_stepped = is_stepped;
	lab.law.known_leap_s = 1;
	lab.law.known_leap_unix_s = LEAP_UNIX_S;
	begin(0, &opt);
}

static void close_lab(void)
{
	run_free(lab.run);
}

/* What the daemon does, each second that it comes round. */
static void steer_now(void)
{
	const struct steer_look *seen = &lab.steer.seen;
	struct steer_look look = {.raw_ns = lab.clock.raw_ns,
				  .real_ns = lab.clock.real_ns,
				  .err_ns = LOOK_ERR_NS};
	struct steer_best best = {.slot = &lab.slot};

	assert_true(!lab.steer.has_seen || look.raw_ns > seen->raw_ns);
	best.sigma_ns = engine_best_sigma_ns(run_engine(lab.run));
	best.rate_sigma_ppb = engine_best_rate_sigma_ppb(run_engine(lab.run));
	kernel_clock_look(&lab.clock, &look.kernel);
	if (steer_update(&lab.steer, &best, &look, &lab.order))
		kernel_clock_obey(&lab.clock, &lab.order);
}

static void take_figures(struct figures *f)
{
	const struct steer_view *v = &lab.steer.view;
	const double rate_ppb = kernel_clock_rate_ppb(&lab.clock);
	const double changed_ppb = f->count ? rate_ppb - f->last_rate_ppb : 0;

	f->sum2_ns += lab.off_ns * lab.off_ns;
	f->max_ns = fmax(f->max_ns, fabs(lab.off_ns));
	f->rate_sum2_ppb += changed_ppb * changed_ppb;
	f->last_rate_ppb = rate_ppb;
	f->count++;
	if (!v->has_offset)
		return;
	f->best_sum2_ns += pow(lab.off_ns + v->offset_ns, 2);
	f->over_sigmas =
		fmax(f->over_sigmas,
		     (v->offset_ns * lab.start_sign - BIAS_NS) / v->sigma_ns);
	f->turns += f->last_off_ns * v->offset_ns < 0;
	f->last_off_ns = v->offset_ns;
}

static void one_second(void)
{
	static struct engine_view view;

	for (int i = 0; i < 10; i++)
		assert_int_equal(run_tick(lab.run), 0);
	engine_view(run_engine(lab.run), &view);
	lab.slot = view.slot;
	kernel_clock_advance(&lab.clock, run_raw_ns(lab.run));
	lab.off_ns = (double)(lab.clock.real_ns - truth_unix_ns());
	if (!lab.is_deaf)
		steer_now();
}

static struct figures run_for(int seconds)
{
	struct figures f = {.count = 0};

	for (int i = 0; i < seconds; i++) {
		one_second();
		take_figures(&f);
	}
	return f;
}

static double rms_ns(const struct figures *f)
{
	return sqrt(f->sum2_ns / f->count);
}

static double best_rms_ns(const struct figures *f)
{
	return sqrt(f->best_sum2_ns / f->count);
}

static double rate_rms_ppb(const struct figures *f)
{
	return sqrt(f->rate_sum2_ppb / f->count);
}

static void tell(const char *what, enum input input, const struct figures *f)
{
	print_message("%s, %s: rms %.0f ns (the estimate's %.0f), max %.0f ns, "
		      "rate changes by %.2f ppb a second, overshoot %.2f "
		      "sigma, %d turns\n",
		      what, input_name[input], rms_ns(f), best_rms_ns(f),
		      f->max_ns, rate_rms_ppb(f), f->over_sigmas, f->turns);
}

/* How many seconds until it is within `ns` for a minute on end. */
static int settles(double ns, int seconds_max)
{
	int held = 0;

	for (int i = 0; i < seconds_max; i++) {
		one_second();
		held = fabs(lab.off_ns) <= ns ? held + 1 : 0;
		if (held == 60)
			return i - 59;
	}
	return seconds_max;
}

/* ---- claims ---- */

static const double settled_ns[] = {100e3, 700, 700};

static void test_quality(void **state)
{
	static const double rms_ns_most[] = {20e3, 250, 100};

	(void)state;
	for (enum input i = 0; i < INPUTS; i++) {
		struct figures f;

		open_lab(i, 0, NULL, 0);
		run_for(3600);
		f = run_for(3 * 3600);
		tell("three hours", i, &f);
		assert_true(rms_ns(&f) < rms_ns_most[i]);
		/* no limit cycle: nothing but the estimate's own error */
		assert_true(rms_ns(&f) < 1.1 * best_rms_ns(&f));
		assert_true(f.max_ns < 5 * rms_ns_most[i]);
		assert_true(rate_rms_ppb(&f) < 40);
		assert_true(f.over_sigmas < 6);
		close_lab();
	}
}

/* The rms that chrony 4.3 is published to keep a clock to, on like input. */
static void test_published_figures(void **state)
{
	static const struct {
		const char *scenario;
		double chrony_rms_ns;
	} of[] = {{"figure lan server", 10600},
		  {"figure hardware", 39},
		  {"figure phc", 36}};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		double sum2_ns2 = 0, sum2_ppb2 = 0, max_ns = 0, rms_ns_all;

		for (uint64_t k = 0; k < 8; k++) {
			struct figures f;

			memset(&lab, 0, sizeof(lab));
			lab.law = *scenario_find(of[i].scenario);
			begin_seed(0, &usual, SEED + k);
			run_for(3600);
			f = run_for(2 * 3600);
			sum2_ns2 += pow(rms_ns(&f), 2) / 8;
			sum2_ppb2 += pow(rate_rms_ppb(&f), 2) / 8;
			max_ns = fmax(max_ns, f.max_ns);
			close_lab();
		}
		rms_ns_all = sqrt(sum2_ns2);
		print_message("%s: rms %.1f ns (chrony: %.0f), max %.0f ns, "
			      "rate changes by %.2f ppb a second\n",
			      of[i].scenario, rms_ns_all, of[i].chrony_rms_ns,
			      max_ns, sqrt(sum2_ppb2));
		assert_true(rms_ns_all <= of[i].chrony_rms_ns);
	}
}

static void test_offset(void **state)
{
	(void)state;
	for (enum input i = 0; i < INPUTS; i++) {
		for (int sign = -1; sign <= 1; sign += 2) {
			struct figures f;
			int took_s;

			open_lab(i, sign * 100e6, NULL, 0);
			f = run_for(180);
			took_s = settles(settled_ns[i], 600);
			print_message("%s: 100 ms are gone after %d s\n",
				      input_name[i], 180 + took_s);
			assert_true(180 + took_s < 300);
			assert_true(f.max_ns < 100.2e6);
			f = run_for(600);
			tell("after 100 ms", i, &f);
			assert_true(f.over_sigmas < 4);
			assert_int_equal(lab.steer.view.steps, 0);
			close_lab();
		}
	}
}

/* The estimator has to notice it; the clock then follows, and no further. */
static void test_frequency_steps(void **state)
{
	const struct fault faults[] = {
		{.kind = FAULT_RATE_JUMP, .from_s = 3600, .value = 10000},
		{.kind = FAULT_RATE_JUMP, .from_s = 7200, .value = -10000}};

	(void)state;
	for (enum input i = 0; i < INPUTS; i++) {
		open_lab(i, 0, faults, 2);
		run_for(3600);
		for (int n = 0; n < 2; n++) {
			struct figures f;
			int took_s = settles(settled_ns[i], 1800);

			f = run_for(3600 - took_s - 59);
			print_message("%s: a step of 10 ppm is settled after "
				      "%d s\n",
				      input_name[i], took_s);
			tell("after it", i, &f);
			assert_true(took_s < (i == INPUT_NTP ? 900 : 60));
			assert_true(f.over_sigmas < 6);
		}
		close_lab();
	}
}

static void test_holdover(void **state)
{
	const struct fault faults[] = {{.kind = FAULT_SILENCE,
					.from_s = 3600,
					.to_s = 3600 + 86400,
					.feed = FAULT_ALL_FEEDS}};

	(void)state;
	for (enum input i = 0; i < INPUTS; i++) {
		struct figures f;
		double left_ns;
		int took_s;

		open_lab(i, 0, faults, 1);
		run_for(3600 + 60);
		f = run_for(86400 - 60 - 1);
		tell("a day's holdover", i, &f);
		assert_int_equal(lab.steer.view.state, STEER_HOLDING);
		assert_true(rate_rms_ppb(&f) < 1);
		left_ns = lab.off_ns;
		lab.start_sign = left_ns < 0 ? -1 : 1;
		took_s = settles(settled_ns[i], 1800);
		print_message("%s: %.0f us are gone after %d s\n",
			      input_name[i], left_ns / 1e3, took_s);
		assert_true(took_s < (i == INPUT_NTP ? 900 : 300));
		f = run_for(1800);
		tell("after it", i, &f);
		assert_true(f.over_sigmas < 6);
		close_lab();
	}
}

/* In the middle of a slew the daemon stands still: the kernel ends what it was
 * given, and all else waits for the daemon. */
static void test_late_loop(void **state)
{
	(void)state;
	for (enum input i = 0; i < INPUTS; i++) {
		struct figures f;
		double before_ns;
		uint64_t orders;

		open_lab(i, 20e6, NULL, 0);
		run_for(30);
		before_ns = lab.off_ns;
		orders = lab.steer.view.orders;
		lab.is_deaf = true;
		f = run_for(45);
		assert_true(lab.off_ns > before_ns - 2.6e6);
		lab.is_deaf = false;
		one_second();
		assert_true(lab.steer.view.orders == orders + 1);
		f = run_for(400);
		tell("after a late loop", i, &f);
		assert_true(fabs(lab.off_ns) < settled_ns[i]);
		lab.is_deaf = true;
		f = run_for(100);
		tell("a hundred seconds without it", i, &f);
		assert_true(f.max_ns < settled_ns[i] + 50 * 100);
		close_lab();
	}
}

/* As phc2sys does it. */
static void another_steers(int seconds)
{
	for (int i = 0; i < seconds; i++) {
		lab.clock.rate_ppb += i % 2 ? 50 : -50;
		one_second();
	}
}

static void test_second_steerer(void **state)
{
	uint64_t orders;

	(void)state;
	open_lab(INPUT_PTP, 0, NULL, 0);
	run_for(600);
	another_steers(2);
	assert_int_equal(lab.steer.view.state, STEER_YIELDED);
	assert_string_equal(lab.steer.view.reason, "the frequency was changed");
	orders = lab.steer.view.orders;
	another_steers(600);
	run_for(60);
	assert_true(lab.steer.view.orders == orders);
	run_for(10);
	assert_int_equal(lab.steer.view.state, STEER_STEERING);
	assert_true(lab.steer.view.orders > orders);
	another_steers(2);
	run_for(100);
	assert_int_equal(lab.steer.view.state, STEER_YIELDED);
	run_for(60);
	assert_int_equal(lab.steer.view.state, STEER_STEERING);
	assert_int_equal(lab.steer.view.yields, 2);
	close_lab();
}

/* adjtimex(8), settimeofday(2), a PLL's user, adjtime(3) is not modelled. */
static void test_every_hand_is_noticed(void **state)
{
	(void)state;
	for (int hand = 0; hand < 4; hand++) {
		open_lab(INPUT_PTP, 0, NULL, 0);
		run_for(300);
		if (hand == 0)
			lab.clock.rate_ppb += 1;
		if (hand == 1)
			lab.clock.real_ns += 1000000;
		if (hand == 2)
			lab.clock.slew_ns += 50000;
		if (hand == 3)
			lab.clock.status = 0;
		run_for(2);
		assert_int_equal(lab.steer.view.state, STEER_YIELDED);
		close_lab();
	}
}

/* Nobody is taken for another steerer in a day of all that can happen. */
static void test_nobody_is_suspected(void **state)
{
	const struct fault faults[] = {
		{.kind = FAULT_SILENCE,
		 .from_s = 900,
		 .to_s = 5000,
		 .feed = FAULT_ALL_FEEDS},
		{.kind = FAULT_RATE_JUMP, .from_s = 6000, .value = 20000},
		{.kind = FAULT_LIE,
		 .from_s = 8000,
		 .to_s = 9000,
		 .value = 300e3}};

	(void)state;
	for (enum input i = 0; i < INPUTS; i++) {
		open_lab(i, 50e6, faults, 3);
		for (int n = 0; n < 100; n++) {
			lab.is_deaf = n % 7 == 0;
			run_for(100);
		}
		assert_int_equal(lab.steer.view.yields, 0);
		close_lab();
	}
}

/* "auto": the clock must have been left alone for 64 s before the first order,
 * and while somebody steers there is none. */
static void test_auto_looks_first(void **state)
{
	struct steer_options opt = usual;

	(void)state;
	opt.is_waiting = true;
	set_law(INPUT_PTP);
	begin(1e6, &opt);
	another_steers(300);
	run_for(60);
	assert_int_equal(lab.steer.view.orders, 0);
	assert_int_equal(lab.steer.view.yields, 0);
	run_for(10);
	assert_int_equal(lab.steer.view.state, STEER_STEERING);
	run_for(60);
	assert_true(fabs(lab.off_ns) < settled_ns[INPUT_PTP]);
	close_lab();
}

/* Further off than the threshold: at the start, once; never later. */
static void test_step(void **state)
{
	(void)state;
	open_lab(INPUT_PTP, -3e9, NULL, 0);
	run_for(60);
	assert_int_equal(lab.steer.view.steps, 1);
	assert_true(fabs(lab.off_ns) < 5000);
	lab.clock.real_ns -= 2 * SECOND_NS;
	run_for(300);
	assert_int_equal(lab.steer.view.steps, 1);
	close_lab();
}

/* The kernel is told how little is known, and its frequency stays. */
/* By order: whatever the threshold, once, and nobody is suspected for it; the
 * clock then goes on as steered as before. */
static void test_step_by_order(void **state)
{
	static const struct steer_options never = {.step_ns = -1,
						   .slew_ppb_max = 500e3};

	(void)state;
	for (enum input i = 0; i < INPUTS; i++) {
		set_law(i);
		begin(40e6, &never);
		run_for(60);
		assert_int_equal(lab.steer.view.steps, 0);
		assert_true(fabs(lab.off_ns) > 5e6);
		steer_want_step(&lab.steer);
		run_for(1);
		assert_int_equal(lab.steer.view.steps, 1);
		assert_true(lab.order.has_step);
		run_for(60);
		assert_true(fabs(lab.off_ns) < settled_ns[i]);
		run_for(300);
		assert_int_equal(lab.steer.view.steps, 1);
		assert_int_equal(lab.steer.view.yields, 0);
		assert_int_equal(lab.steer.view.state, STEER_STEERING);
		close_lab();
	}
}

/* An order that cannot be carried out at the next look is void: it does not
 * wait for the day that it can. */
static void test_step_is_not_put_off(void **state)
{
	const struct fault faults[] = {{.kind = FAULT_LIE,
					.from_s = 600,
					.to_s = 1200,
					.value = 300e6}};

	(void)state;
	open_lab(INPUT_PTP, 0, faults, 1);
	run_for(603);
	assert_int_equal(lab.slot.state, ENGINE_DISPUTED);
	steer_want_step(&lab.steer);
	run_for(1);
	assert_false(lab.steer.wants_step);
	run_for(600);
	assert_int_equal(lab.steer.view.steps, 0);
	another_steers(2);
	assert_int_equal(lab.steer.view.state, STEER_YIELDED);
	steer_want_step(&lab.steer);
	run_for(200);
	assert_int_equal(lab.steer.view.state, STEER_STEERING);
	assert_int_equal(lab.steer.view.steps, 0);
	close_lab();
}

static void test_without_a_bound(void **state)
{
	struct steer_look look = {.err_ns = LOOK_ERR_NS};
	struct steer_best best = {.slot = &lab.slot};
	struct env_order o;
	double rate_ppb;

	(void)state;
	open_lab(INPUT_PTP, 0, NULL, 0);
	run_for(300);
	rate_ppb = lab.order.rate_ppb;
	lab.slot.state = ENGINE_DISPUTED;
	lab.slot.tai_hi_ns += SECOND_NS;
	kernel_clock_advance(&lab.clock, lab.clock.raw_ns + SECOND_NS / 2);
	look.raw_ns = lab.clock.raw_ns;
	look.real_ns = lab.clock.real_ns;
	kernel_clock_look(&lab.clock, &look.kernel);
	assert_true(steer_update(&lab.steer, &best, &look, &o));
	assert_int_equal(lab.steer.view.state, STEER_PAUSED);
	assert_true(o.rate_ppb >= rate_ppb && o.rate_ppb <= rate_ppb);
	assert_true(o.slew_ns >= 0 && o.slew_ns <= 0);
	assert_true(o.error_ns_max > SECOND_NS && o.is_synchronized);
	kernel_clock_obey(&lab.clock, &o);
	lab.slot.state = ENGINE_UNSYNCHRONIZED;
	kernel_clock_look(&lab.clock, &look.kernel);
	assert_true(steer_update(&lab.steer, &best, &look, &o));
	assert_true(!o.is_synchronized);
	assert_true(o.rate_ppb >= rate_ppb && o.rate_ppb <= rate_ppb);
	close_lab();
}

static void test_leap_is_inserted(void **state)
{
	struct figures f;

	(void)state;
	open_leap(EVE_TAI_NS, true, true);
	run_for(3595);
	assert_int_equal(lab.order.leap_s, 1);
	assert_int_equal(lab.clock.tai_offset_s, 37);
	run_for(10);
	f = run_for(600);
	tell("after an inserted second", INPUT_PTP, &f);
	assert_true(f.max_ns < settled_ns[INPUT_PTP]);
	assert_int_equal(lab.order.leap_s, 0);
	assert_int_equal(lab.clock.tai_offset_s, 38);
	assert_int_equal(lab.steer.view.yields, 0);
	close_lab();
}

/* The daemon does not come round from before it until after. */
static void test_late_over_a_leap(void **state)
{
	struct figures f;

	(void)state;
	open_leap(EVE_TAI_NS, true, true);
	run_for(3590);
	lab.is_deaf = true;
	run_for(20);
	lab.is_deaf = false;
	f = run_for(600);
	assert_true(f.max_ns < settled_ns[INPUT_PTP]);
	assert_int_equal(lab.steer.view.yields, 0);
	close_lab();
}

static void test_leap_is_ignored(void **state)
{
	struct figures f;

	(void)state;
	open_leap(EVE_TAI_NS, true, false);
	run_for(3605);
	assert_true(lab.off_ns > 0.99e9);
	run_for(1000);
	assert_true(lab.off_ns > 0.48e9 && lab.off_ns < 0.52e9);
	run_for(1040);
	f = run_for(600);
	tell("after an ignored second", INPUT_PTP, &f);
	assert_true(f.max_ns < settled_ns[INPUT_PTP]);
	assert_int_equal(lab.steer.view.yields, 0);
	assert_int_equal(lab.steer.view.steps, 0);
	close_lab();
}

/* From two hours before the smear begins: its kink is the worst of it. */
static void test_leap_is_smeared(void **state)
{
	struct figures f;

	(void)state;
	open_leap(DAY_BEFORE_TAI_NS, false, true);
	run_for(3600);
	f = run_for(3 * 3600);
	tell("into a smear", INPUT_PTP, &f);
	assert_true(f.max_ns < 15000);
	f = run_for(3600);
	tell("in the smear", INPUT_PTP, &f);
	assert_true(f.max_ns < settled_ns[INPUT_PTP]);
	assert_int_equal(lab.order.leap_s, 0);
	assert_int_equal(lab.steer.view.yields, 0);
	close_lab();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quality),
		cmocka_unit_test(test_published_figures),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_frequency_steps),
		cmocka_unit_test(test_holdover),
		cmocka_unit_test(test_late_loop),
		cmocka_unit_test(test_second_steerer),
		cmocka_unit_test(test_every_hand_is_noticed),
		cmocka_unit_test(test_nobody_is_suspected),
		cmocka_unit_test(test_auto_looks_first),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_step_by_order),
		cmocka_unit_test(test_step_is_not_put_off),
		cmocka_unit_test(test_without_a_bound),
		cmocka_unit_test(test_leap_is_inserted),
		cmocka_unit_test(test_late_over_a_leap),
		cmocka_unit_test(test_leap_is_ignored),
		cmocka_unit_test(test_leap_is_smeared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
