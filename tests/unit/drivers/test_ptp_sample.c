/* SPDX-License-Identifier: Apache-2.0 */
/* From exchanges to samples: figures worked out by hand, and random exchanges
 * between true clocks, of which no sample may miss the truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/ptp_sample.h"

#define S  INT64_C(1000000000)
#define X0 INT64_C(1795392000000000000) /* reference - raw */

static struct ptp_options options(void)
{
	struct ptp_options opt = ptp_defaults;

	opt.stamp_ns = 20;
	return opt;
}

static struct ptp_context context(const struct ptp_options *opt)
{
	return (struct ptp_context){.opt = opt,
				    .standing = {.error_ns = 200},
				    .raw_ns = 1000 * S,
				    .fresh_ns = 4 * S};
}

/* A Sync that came at raw_ns, known to +-half_ns, after delay_ns. */
static struct ptp_event forward(int64_t raw_ns, int64_t delay_ns,
				int64_t half_ns)
{
	return (struct ptp_event){
		.leg = {.is_forward = true, .sent_ns = X0 + raw_ns - delay_ns},
		.place = {.raw_ns_min = raw_ns - half_ns,
			  .raw_ns_max = raw_ns + half_ns}};
}

static struct ptp_event backward(int64_t raw_ns, int64_t delay_ns,
				 int64_t half_ns)
{
	return (struct ptp_event){
		.leg = {.received_ns = X0 + raw_ns + delay_ns},
		.place = {.raw_ns_min = raw_ns - half_ns,
			  .raw_ns_max = raw_ns + half_ns}};
}

static void a_sync_bounds_from_below_alone(void **state)
{
	const struct ptp_options opt = options();
	const struct ptp_context c = context(&opt);
	const struct ptp_event e = forward(999 * S, 3000, 100);
	struct sample m;

	(void)state;
	assert_int_equal(ptp_sample_leg(&c, &e, 2500, &m), 0);
	/* the guess places the middle, 500 below the truth */
	assert_true(m.mid_ns == X0 - 500);
	assert_int_equal(m.lo_ns[TERM_DELAY], 2500);
	assert_true(m.hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND);
	assert_int_equal(m.lo_ns[TERM_SERVER], 200);
	assert_int_equal(m.lo_ns[TERM_STAMP], 20 + 2);
	assert_int_equal(m.lo_ns[TERM_MAPPING], 100);
	assert_true(m.age_ns_min == S - 100 && m.age_ns_max == S + 100);
	assert_true(m.raw_ns == 1000 * S && m.fresh_ns == 4 * S);
	assert_false(m.declared);
}

static void a_delay_request_bounds_from_above_alone(void **state)
{
	const struct ptp_options opt = options();
	const struct ptp_context c = context(&opt);
	const struct ptp_event e = backward(999 * S, 3000, 100);
	struct sample m;

	(void)state;
	assert_int_equal(ptp_sample_leg(&c, &e, 2500, &m), 0);
	assert_true(m.mid_ns == X0 + 500);
	assert_int_equal(m.hi_ns[TERM_DELAY], 2500);
	assert_true(m.lo_ns[TERM_DELAY] == SAMPLE_NO_BOUND);
}

static void declared_delays_narrow_and_are_said_to(void **state)
{
	struct ptp_options opt = options();
	const struct ptp_context c = context(&opt);
	const struct ptp_event e = forward(999 * S, 3000, 100);
	struct sample m;

	(void)state;
	opt.delay_ns_min = 1000;
	opt.delay_ns_max = 9000;
	assert_int_equal(ptp_sample_leg(&c, &e, 2500, &m), 0);
	assert_int_equal(m.lo_ns[TERM_DELAY], 1500);
	assert_int_equal(m.hi_ns[TERM_DELAY], 6500);
	assert_true(m.declared);
	/* a guess beyond what may be is none */
	assert_int_equal(ptp_sample_leg(&c, &e, 20000, &m), 0);
	assert_int_equal(m.lo_ns[TERM_DELAY], 8000);
	assert_int_equal(m.hi_ns[TERM_DELAY], 0);
}

/* Its 400 ns of correction are links' that somebody measured: all may be of the
 * other way. */
static void of_a_peer_to_peer_path_only_t1_is_certain(void **state)
{
	struct ptp_options opt = options();
	struct ptp_context c = context(&opt);
	struct ptp_event e = forward(999 * S, 3000, 100);
	struct sample m;

	(void)state;
	e.leg.correction_ns = 400;
	c.is_peer = true;
	assert_int_equal(ptp_sample_leg(&c, &e, 2500, &m), 0);
	assert_true(m.mid_ns == X0 - 100);
	assert_int_equal(m.lo_ns[TERM_DELAY], 2900);
	/* less than nothing is no link's */
	e.leg.correction_ns = -400;
	assert_int_equal(ptp_sample_leg(&c, &e, 2500, &m), 0);
	assert_int_equal(m.lo_ns[TERM_DELAY], 2500);
}

static void a_transparent_clocks_own_rate_is_allowed_for(void **state)
{
	const struct ptp_options opt = options();
	const struct ptp_context c = context(&opt);
	struct ptp_event e = forward(999 * S, 1003000, 100);
	struct sample m;

	(void)state;
	/* a message kept for 1 ms, as a clock 100 ppm off measures it */
	e.leg.correction_ns = 1000000;
	assert_int_equal(ptp_sample_leg(&c, &e, 3000, &m), 0);
	assert_true(m.mid_ns == X0);
	assert_int_equal(m.lo_ns[TERM_STAMP], 20 + 2 + 100);
}

static void an_exchange_is_the_mean_of_its_legs(void **state)
{
	const struct ptp_options opt = options();
	const struct ptp_context c = context(&opt);
	const struct ptp_event f = forward(998 * S, 3000, 100);
	const struct ptp_event b = backward(998 * S + 1000000, 2000, 300);
	struct sample m;
	int64_t delay_ns;

	(void)state;
	assert_int_equal(ptp_sample_exchange(&c, &f, &b, &m, &delay_ns), 0);
	assert_true(m.mid_ns == X0 - 500);
	assert_int_equal(delay_ns, 2500);
	/* trip 5000, of places known to 400, of two stamps of 22, and of 1 ms
	 * and 400 ns by a counter that may be 100 ppm off: 101 */
	assert_int_equal(m.lo_ns[TERM_DELAY], (5000 + 400 + 44 + 101 + 1) / 2);
	assert_int_equal(m.lo_ns[TERM_DELAY], m.hi_ns[TERM_DELAY]);
	assert_int_equal(m.lo_ns[TERM_MAPPING], 200 + 3);
	/* 2 s and 1.999 s, with their places' halves, downward and upward */
	assert_in_range(2 * S - 500000 - 200 - m.age_ns_min, 0, 1);
	assert_in_range(m.age_ns_max - (2 * S - 500000 + 200), 0, 100);
	assert_true(m.age_ns_oldest == 2 * S + 100);
	assert_false(m.declared);
}

/* There in 3000 ns and back in 2000. */
static int exchange(const struct ptp_options *opt, struct sample *ret)
{
	const struct ptp_context c = context(opt);
	const struct ptp_event f = forward(998 * S, 3000, 0);
	const struct ptp_event b = backward(998 * S, 2000, 0);
	int64_t delay_ns;

	return ptp_sample_exchange(&c, &f, &b, ret, &delay_ns);
}

static void a_declared_asymmetry_is_all_the_delay_there_is(void **state)
{
	struct ptp_options opt = options();
	struct sample m;

	(void)state;
	opt.asymmetry_ns = 600;
	assert_int_equal(exchange(&opt, &m), 0);
	assert_int_equal(m.lo_ns[TERM_DELAY], 600);
	assert_true(m.declared);
	opt.asymmetry_ns = 100000; /* says less than the trip itself */
	assert_int_equal(exchange(&opt, &m), 0);
	assert_int_equal(m.lo_ns[TERM_DELAY], 2522);
	assert_false(m.declared);
}

static void a_trip_shorter_than_declared_is_told(void **state)
{
	struct ptp_options opt = options();
	struct sample m;

	(void)state;
	opt.delay_ns_min = 2000;
	assert_int_equal(exchange(&opt, &m), 0);
	assert_int_equal(m.lo_ns[TERM_DELAY], 522);
	opt.delay_ns_min = 4000;
	assert_int_equal(exchange(&opt, &m), -EDOM);
	assert_int_equal(m.lo_ns[TERM_DELAY], 2522);
}

static void what_cannot_be_is_no_sample(void **state)
{
	const struct ptp_options opt = options();
	const struct ptp_context c = context(&opt);
	struct ptp_event e = forward(1000 * S + 1, 0, 0), f;
	struct sample m;
	int64_t delay_ns;

	(void)state;
	assert_int_equal(ptp_sample_leg(&c, &e, 0, &m), -ERANGE); /* to come */
	e = forward(800 * S, 0, 0); /* long past */
	assert_int_equal(ptp_sample_leg(&c, &e, 0, &m), -ERANGE);
	f = forward(999 * S, 0, 0);
	e = backward(999 * S, 0, 0);
	e.leg.received_ns = 0; /* a clock of 1970 */
	assert_int_equal(ptp_sample_exchange(&c, &f, &e, &m, &delay_ns),
			 -ERANGE);
	/* its legs are 1 ms less apart than no time: a grandmaster was set back
	 * between them, and their mean is neither time */
	f = forward(998 * S, 3000, 0);
	e = backward(998 * S, 2000, 0);
	e.leg.received_ns -= 1000000;
	assert_int_equal(ptp_sample_exchange(&c, &f, &e, &m, &delay_ns),
			 -ERANGE);
	e = forward(999 * S, 0, 0);
	e.leg.sent_ns = -1;
	assert_int_equal(ptp_sample_leg(&c, &e, 0, &m), -ERANGE);
}

static void the_rate_is_learnt_from_middles(void **state)
{
	struct ptp_rate rate = {0};

	(void)state;
	assert_true(ptp_rate_ppb(&rate) == 0);
	for (int i = 0; i < 40; i++) {
		/* 20 ppm: 20 us a second */
		struct ptp_event f = forward(i * S, 3000, 0);
		struct ptp_event b = backward(i * S, 3000, 0);

		f.leg.sent_ns += i * 20000;
		b.leg.received_ns += i * 20000;
		ptp_rate_add(&rate, &f, &b);
		if (i < 2)
			assert_true(ptp_rate_ppb(&rate) == 0);
		else
			assert_true(fabs(ptp_rate_ppb(&rate) - 20000) < 1);
	}
}

/* --- truth -------------------------------------------------------------- */

static int64_t between(int64_t lo, int64_t hi)
{
	return lo + (int64_t)(drand48() * (double)(hi - lo));
}

/* A reference that gains y on the raw counter: x at raw. */
static double x_at(double y_ppb, int64_t raw_ns)
{
	return y_ppb * 1e-9 * (double)(raw_ns - 990 * S);
}

/* Does the sample hold for some age and rate that it allows? */
static bool holds(const struct sample *m, double y_ppb)
{
	double lo = INFINITY, hi = -INFINITY;

	for (int i = 0; i < 2; i++) {
		const int64_t u_ns = i ? m->age_ns_max : m->age_ns_min;
		const double x = x_at(y_ppb, m->raw_ns - u_ns) +
				 m->ruler_ppb_min * 1e-9 * (double)u_ns;

		lo = fmin(lo, x);
		hi = fmax(hi, x);
	}
	for (int t = 0; t < TERM_COUNT; t++) {
		lo -= m->hi_ns[t] == SAMPLE_NO_BOUND ? INFINITY
						     : (double)m->hi_ns[t];
		hi += m->lo_ns[t] == SAMPLE_NO_BOUND ? INFINITY
						     : (double)m->lo_ns[t];
	}
	return lo - 1 <= (double)(m->mid_ns - X0) &&
	       (double)(m->mid_ns - X0) <= hi + 1;
}

struct world {
	struct ptp_options opt;
	double y_ppb;
	int64_t master_ns; /* the grandmaster's own error, within 200 */
};

static struct ptp_event any_event(const struct world *w, bool is_forward,
				  int64_t raw_ns, int64_t delay_ns)
{
	const int64_t half_ns = between(0, 2000);
	const int64_t off_ns = between(-half_ns, half_ns);
	const int64_t kept_ns = between(0, 100000);
	const int64_t measured_ns = kept_ns + (int64_t)((double)kept_ns * 1e-4 *
							(2 * drand48() - 1));
	const int64_t now_ns = X0 + raw_ns + (int64_t)x_at(w->y_ppb, raw_ns) +
			       w->master_ns + between(-20, 20);
	struct ptp_event e = {
		.leg = {.is_forward = is_forward, .correction_ns = measured_ns},
		.place = {.raw_ns_min = raw_ns + off_ns - half_ns,
			  .raw_ns_max = raw_ns + off_ns + half_ns}};

	if (is_forward)
		e.leg.sent_ns = now_ns - delay_ns - kept_ns;
	else
		e.leg.received_ns = now_ns + delay_ns + kept_ns;
	return e;
}

static void check(const struct world *w, const struct sample *m)
{
	if (!holds(m, w->y_ppb))
		fail_msg("y %f ppb: off by %lld", w->y_ppb,
			 (long long)(m->mid_ns - X0));
}

static void try_exchange(struct world *w)
{
	const int64_t d_ns = between(w->opt.delay_ns_min, 50000);
	const int64_t apart_ns =
		w->opt.asymmetry_ns >= 0 ? 2 * w->opt.asymmetry_ns : 200000;
	int64_t back_ns = d_ns + between(-apart_ns, apart_ns);
	struct ptp_context c = context(&w->opt);
	struct ptp_event f, b;
	struct sample m;
	int64_t delay_ns;

	if (back_ns < w->opt.delay_ns_min)
		back_ns = w->opt.delay_ns_min;
	f = any_event(w, true, between(990 * S, 999 * S), d_ns);
	b = any_event(w, false, f.place.raw_ns_min + between(-S / 2, S / 2),
		      back_ns);
	c.ruler_ppb = w->y_ppb + (drand48() - 0.5) * 2e4;
	assert_int_equal(ptp_sample_leg(&c, &f, between(0, 60000), &m), 0);
	check(w, &m);
	assert_int_equal(ptp_sample_leg(&c, &b, between(0, 60000), &m), 0);
	check(w, &m);
	assert_int_equal(ptp_sample_exchange(&c, &f, &b, &m, &delay_ns), 0);
	check(w, &m);
}

static void no_sample_of_true_clocks_misses(void **state)
{
	struct world w = {.opt = options()};

	(void)state;
	srand48(4);
	for (int i = 0; i < 200000; i++) {
		w.y_ppb = (drand48() - 0.5) * 1e5;
		w.master_ns = between(-200, 200);
		w.opt.delay_ns_min = i % 3 == 0 ? 500 : 0;
		w.opt.asymmetry_ns = i % 2 == 0 ? between(0, 5000) : -1;
		try_exchange(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sync_bounds_from_below_alone),
		cmocka_unit_test(a_delay_request_bounds_from_above_alone),
		cmocka_unit_test(declared_delays_narrow_and_are_said_to),
		cmocka_unit_test(of_a_peer_to_peer_path_only_t1_is_certain),
		cmocka_unit_test(a_transparent_clocks_own_rate_is_allowed_for),
		cmocka_unit_test(an_exchange_is_the_mean_of_its_legs),
		cmocka_unit_test(
			a_declared_asymmetry_is_all_the_delay_there_is),
		cmocka_unit_test(a_trip_shorter_than_declared_is_told),
		cmocka_unit_test(what_cannot_be_is_no_sample),
		cmocka_unit_test(the_rate_is_learnt_from_middles),
		cmocka_unit_test(no_sample_of_true_clocks_misses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
