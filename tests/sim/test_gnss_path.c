/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receiver, from its pulse to what a reader of the clock is told, in virtual
 * time: true time is inside at every read, whatever becomes of the receiver,
 * and the interval is as narrow as it is said to be. Figures are printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gnss_path.h"

#define WARM_S	1000
#define COUNT_S 3600
#define SEEDS	8

static const struct axioms server = {50e3, 20, 200, -1, 1024 * SECOND_NS, -1};
static const struct axioms steady = {50e3, 2, 200, -1, 1024 * SECOND_NS, -1};
static const struct axioms tcxo = {5e3, 0.2, 20, -1, 1024 * SECOND_NS, -1};

/* On a crystal in a server; of another machine by what is changed of it. */
static struct gnss_path_law interrupt_law(void)
{
	return (struct gnss_path_law){.machine = {.axioms = server,
						  .slow = SLOW_PHYSICAL,
						  .fast = FAST_RANDOM,
						  .grade = "server"},
				      .receiver = {.kind = GNSS_PULSE_PPS,
						   .latency_ns = 3000,
						   .latency_more_ns = 1500,
						   .message_s_min = 0.06,
						   .message_s_max = 0.15},
				      .latency_ns_max = 15000,
				      .best_of = 16};
}

static struct gnss_path_law pin_law(enum phc_mode mode, enum path_latch latch)
{
	struct gnss_path_law law = interrupt_law();

	law.receiver.kind = GNSS_PULSE_EXTTS;
	law.machine.mode = mode;
	law.machine.latch = latch;
	law.receiver.latency_ns = law.receiver.latency_more_ns = 0;
	return law;
}

static struct gnss_path_law on(struct gnss_path_law law,
			       const struct axioms *axioms, const char *grade)
{
	law.machine.axioms = *axioms;
	law.machine.grade = grade;
	return law;
}

static void expect_truth(const struct gnss_path *p)
{
	const struct path_verdict *v = gnss_path_verdict(p);

	if (v->first_miss[0])
		print_error("%s\n", v->first_miss);
	assert_int_equal(v->misses, 0);
	assert_int_equal(v->went_back, 0);
}

static void tell(const char *name, uint64_t seed, const struct gnss_path *p)
{
	const struct gnss_path_result *r = gnss_path_result(p);
	const struct path_verdict *v = gnss_path_verdict(p);
	const struct path_terms *t = &r->terms;
	const double n = t->samples > 0 ? (double)t->samples : 1;

	print_message("%s, seed %d: mean %.0f ns, p99 %.0f ns; %d samples, lag "
		      "%.0f ms, server %.0f, stamp %.0f, mapping %.0f; best "
		      "estimate: rms %.0f ns, at an edge %d of %d\n",
		      name, (int)seed, widths_mean_ns(&v->widths),
		      widths_percentile_ns(&v->widths, 0.99), (int)t->samples,
		      r->lag_ns / n / 1e6, path_daemon_term_ns(t, TERM_SERVER),
		      path_daemon_term_ns(t, TERM_STAMP),
		      path_daemon_term_ns(t, TERM_MAPPING),
		      sqrt(r->best_ns / (double)v->reads), (int)r->best_at_edge,
		      (int)v->reads);
}

/* The mean half-width over all seeds. */
static double mean_half_ns(const char *name, const struct gnss_path_law *law,
			   int seeds)
{
	double sum_ns = 0;

	for (int seed = 1; seed <= seeds; seed++) {
		struct gnss_path *p = gnss_path_open(law, (uint64_t)seed);
		struct engine_counters c;

		gnss_path_run(p, WARM_S);
		expect_truth(p);
		gnss_path_count(p);
		gnss_path_run(p, COUNT_S);
		tell(name, (uint64_t)seed, p);
		expect_truth(p);
		assert_true(gnss_path_verdict(p)->reads > 9 * COUNT_S);
		assert_int_equal(gnss_path_verdict(p)->unanswered, 0);
		gnss_path_counters(p, &c);
		assert_int_equal(c.contradictions, 0);
		assert_int_equal(c.bound_violations, 0);
		sum_ns += widths_mean_ns(&gnss_path_verdict(p)->widths);
		gnss_path_close(p);
	}
	print_message("%s: %.0f ns\n", name, sum_ns / seeds);
	return sum_ns / seeds;
}

/* ---- widths ---- */

static void an_interrupt_is_worth_10_us(void **state)
{
	const struct gnss_path_law law = interrupt_law();

	(void)state;
	assert_true(mean_half_ns("interrupt", &law, SEEDS) <= 10e3);
}

static void a_pin_read_in_1_us_is_worth_900_ns(void **state)
{
	const struct gnss_path_law law =
		pin_law(PHC_EXTENDED_RAW, PATH_LATCH_ANYWHERE);

	(void)state;
	assert_true(mean_half_ns("pin, 1 us", &law, SEEDS) <= 900);
}

/* No read knows more than another then; docs/error-budget.md has the sum. */
static void so_it_is_where_reads_always_latch_alike(void **state)
{
	const struct gnss_path_law law =
		pin_law(PHC_EXTENDED_RAW, PATH_LATCH_FIRST);
	const struct gnss_path_law better = on(law, &steady, "steady");

	(void)state;
	assert_true(mean_half_ns("pin, 1 us, alike", &law, SEEDS) <= 960);
	assert_true(mean_half_ns("pin, 1 us, alike, steady", &better, SEEDS) <=
		    900);
}

static void a_pin_read_by_precise_is_worth_300_ns(void **state)
{
	const struct gnss_path_law law =
		pin_law(PHC_PRECISE, PATH_LATCH_ANYWHERE);
	const struct gnss_path_law better = on(law, &tcxo, "tcxo");

	(void)state;
	assert_true(mean_half_ns("pin, PRECISE", &law, SEEDS) <= 400);
	assert_true(mean_half_ns("pin, PRECISE, tcxo", &better, SEEDS) <= 300);
}

/* The bound's far side is the messages' then; the clock is set by the pulse. */
static void without_a_declared_latency_the_pulse_is_the_best_guess(void **state)
{
	struct gnss_path_law law = interrupt_law();
	struct gnss_path *p;
	double rms_ns;

	(void)state;
	law.latency_ns_max = -1;
	p = gnss_path_open(&law, 1);
	gnss_path_run(p, 300);
	gnss_path_count(p);
	gnss_path_run(p, 600);
	tell("interrupt, undeclared", 1, p);
	expect_truth(p);
	rms_ns = sqrt(gnss_path_result(p)->best_ns /
		      (double)gnss_path_verdict(p)->reads);
	assert_true(rms_ns < 10e3);
	gnss_path_close(p);
}

/* ---- faults ---- */

/* As A2 allows and no further, or as a crystal does. */
static struct gnss_path_law law_of(int way, uint64_t seed)
{
	struct gnss_path_law law = interrupt_law();

	if (way == 1)
		law = pin_law(PHC_EXTENDED_RAW, PATH_LATCH_FIRST);
	if (way == 2)
		law = pin_law(PHC_PRECISE, PATH_LATCH_ANYWHERE);
	if (seed % 3 == 1)
		law.machine.slow = SLOW_BANG;
	if (seed % 3 == 2)
		law.machine.fast = FAST_LONG;
	return law;
}

static double recent_half_ns(struct gnss_path *p, double seconds)
{
	gnss_path_count(p);
	gnss_path_run(p, seconds);
	expect_truth(p);
	return widths_mean_ns(&gnss_path_verdict(p)->widths);
}

/* For some time, and it is as good as before soon after. */
static void suffer(struct gnss_path *p, enum gnss_fault fault,
		   double seconds, const char *name)
{
	const double before_ns = recent_half_ns(p, 60);
	double while_ns, after_ns;

	gnss_path_fault(p, fault, true);
	while_ns = recent_half_ns(p, seconds);
	gnss_path_fault(p, fault, false);
	recent_half_ns(p, 90);
	after_ns = recent_half_ns(p, 60);
	print_message("%s: %.0f ns before, %.0f ns while it lasts, %.0f ns "
		      "after\n",
		      name, before_ns, while_ns, after_ns);
	assert_true(after_ns < 1.3 * before_ns);
}

static void whatever_fails_true_time_is_inside(void **state)
{
	static const struct {
		enum gnss_fault fault;
		double seconds;
		const char *name;
	} faults[] = {{GNSS_FAULT_GPSD, 120, "gpsd killed"},
		      {GNSS_FAULT_NO_FIX, 120, "fix lost"},
		      {GNSS_FAULT_CUT, 300, "antenna cut"},
		      {GNSS_FAULT_SECOND, 120, "one second off"},
		      {GNSS_FAULT_TAILS, 300, "latency tails"},
		      {GNSS_FAULT_PULSES, 120, "pulse lost"},
		      {GNSS_FAULT_STRAY, 120, "pulses in between"},
		      {GNSS_FAULT_EARLY, 40, "antenna cut, pulses early"},
		      {GNSS_FAULT_EARLY, 300, "and for long"}};

	(void)state;
	for (int i = 0; i < 3 * 6; i++) {
		const uint64_t seed = (uint64_t)(i / 3) + 1;
		const struct gnss_path_law law = law_of(i % 3, seed);
		struct gnss_path *p = gnss_path_open(&law, seed);

		gnss_path_run(p, 120);
		print_message("way %d, seed %d\n", i % 3, (int)seed);
		for (size_t f = 0; f < sizeof(faults) / sizeof(faults[0]); f++)
			suffer(p, faults[f].fault, faults[f].seconds,
			       faults[f].name);
		gnss_path_close(p);
	}
}

/* The pulses of a receiver that names the wrong second from the beginning are
 * never believed. */
static void a_second_off_from_the_beginning_is_not_believed(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		const struct gnss_path_law law = law_of(i, 1);
		struct gnss_path *p = gnss_path_open(&law, 1);

		gnss_path_fault(p, GNSS_FAULT_SECOND, true);
		gnss_path_run(p, 300);
		expect_truth(p);
		assert_int_equal(gnss_path_result(p)->terms.samples, 0);
		gnss_path_close(p);
	}
}

static void a_leap_second_is_taken(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * 3; i++) {
		struct gnss_path_law law = law_of(i % 3, (uint64_t)(i / 3));
		struct gnss_path *p;

		law.leap_s = 400;
		p = gnss_path_open(&law, (uint64_t)(i / 3));
		gnss_path_run(p, 300);
		gnss_path_count(p);
		gnss_path_run(p, 200);
		expect_truth(p);
		assert_int_equal(gnss_path_verdict(p)->unanswered, 0);
		assert_int_equal(gnss_path_verdict(p)->epochs, 0);
		assert_true(gnss_path_result(p)->terms.samples > 120);
		gnss_path_close(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interrupt_is_worth_10_us),
		cmocka_unit_test(a_pin_read_in_1_us_is_worth_900_ns),
		cmocka_unit_test(so_it_is_where_reads_always_latch_alike),
		cmocka_unit_test(a_pin_read_by_precise_is_worth_300_ns),
		cmocka_unit_test(
			without_a_declared_latency_the_pulse_is_the_best_guess),
		cmocka_unit_test(whatever_fails_true_time_is_inside),
		cmocka_unit_test(
			a_second_off_from_the_beginning_is_not_believed),
		cmocka_unit_test(a_leap_second_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
