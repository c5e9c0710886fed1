/* SPDX-License-Identifier: Apache-2.0 */
/* The check: numbers worked out by hand, then worlds that know what is true. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/check.h"

#define S	INT64_C(1000000000)
#define MS	INT64_C(1000000)
#define UTC	(37 * S)
#define START	(1000 * S) /* of CLOCK_REALTIME */
#define RAW	(50 * S)   /* of the raw counter, then */
#define SECONDS 30

/* 30 seconds of a node whose x is known to +-half_ns at `mid_ns`. */
static struct instants still(int64_t mid_ns, int64_t half_ns)
{
	struct instants list = {.count = SECONDS};

	for (int i = 0; i < SECONDS; i++)
		list.at[i] = (struct instant){
			.raw_ns = RAW + i * S,
			.real_ns = START + i * S,
			.has_bound = true,
			.tai = {mid_ns + UTC - half_ns, mid_ns + UTC + half_ns},
			.unix_time = {mid_ns - half_ns, mid_ns + half_ns},
			.tai_offset_ns = UTC};
	return list;
}

static struct check_probe probe_at(int64_t s, int64_t offset_ns,
				   int64_t error_ns)
{
	return (struct check_probe){.offset_ns = offset_ns,
				    .error_ns = error_ns,
				    .real_ns_min = START + s * S,
				    .real_ns_max = START + s * S + S / 2};
}

/*
 * The prober is 3 ms behind (x = 3 ms), the peer 1 ms: its clock shows 2 ms
 * more. Bounds of 100 us and 200 us, 50 us of round trip each way: 350 us may
 * be missed, plus 2 x 501 ns of straying (1000 ppb and 1 for rounding, times
 * half a second, and 1 ns up).
 */
static void the_bounds_add_up_and_not_a_nanosecond_more(void **state)
{
	const struct instants a = still(3 * MS, 100000);
	const struct instants b = still(1 * MS, 200000);
	const int64_t slack = 300000 + 50000 + 2 * 501;
	struct check_probe p = probe_at(10, 2 * MS, 50000);
	struct check c;

	(void)state;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_CONSISTENT);
	assert_int_equal(c.excess_ns, -slack);
	assert_int_equal(c.shift_lo_ns, -slack);
	assert_int_equal(c.shift_hi_ns, slack);
	p.offset_ns = 2 * MS + slack;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_CONSISTENT);
	assert_int_equal(c.excess_ns, 0);
	p.offset_ns++;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_VIOLATED);
	assert_int_equal(c.excess_ns, 1);
	p.offset_ns = 2 * MS - slack - 7;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_VIOLATED);
	assert_int_equal(c.excess_ns, 7);
	assert_int_equal(c.shift_lo_ns, 7); /* the peer's x is too small */
	assert_int_equal(c.hi_ns - c.lo_ns, 2 * (300000 + 2 * 501));
}

/* What was published is by itself no reason to believe in a probe: the larger
 * its error, the less it says. */
static void a_coarse_probe_proves_nothing(void **state)
{
	const struct instants a = still(0, 1000), b = still(0, 1000);
	struct check_probe p = probe_at(10, 40 * MS, 40 * MS);
	struct check c;

	(void)state;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_CONSISTENT);
	p.error_ns = 39 * MS;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_VIOLATED);
}

static void without_publications_around_it_nothing_is_said(void **state)
{
	struct instants a = still(0, 1000), b = a;
	struct check_probe p = probe_at(0, 0, 0);
	struct check c;

	(void)state;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_UNCOVERED); /* the first second */
	p = probe_at(28, 0, 0);
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_UNCOVERED); /* the last */
	assert_int_equal(c.lacking, CHECK_PROBER);
	p = probe_at(-100, 0, 0);
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_UNCOVERED);
	p = probe_at(10, 0, 0);
	b.count = 8;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_UNCOVERED);
	assert_int_equal(c.lacking, CHECK_PEER);
	b.count = 0;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_UNCOVERED);
	/* Nobody looked for six seconds: what happened there is not known. */
	b = still(0, 1000);
	memmove(&b.at[11], &b.at[16], 10 * sizeof(b.at[0]));
	b.count = 21;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_UNCOVERED);
}

static void without_a_bound_nothing_is_said(void **state)
{
	struct instants a = still(0, 1000), b = a;
	const struct check_probe p = probe_at(10, 40 * MS, 0);
	struct check c;

	(void)state;
	b.at[10].has_bound = false;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_UNBOUNDED);
	assert_int_equal(c.lacking, CHECK_PEER);
	b.at[10].has_bound = true;
	b.at[20].has_bound = false; /* at another time */
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_VIOLATED);
}

/* An expired table makes TAI worth nothing (+-1 s) at a host with NTP alone;
 * Unix time is as good as it was. */
static void the_narrower_scale_is_taken(void **state)
{
	struct instants a = still(0, 1000), b = a;
	const struct check_probe p = probe_at(10, MS, 0);
	struct check c;

	(void)state;
	for (int i = 0; i < SECONDS; i++) {
		a.at[i].tai.lo_ns -= S;
		a.at[i].tai.hi_ns += S;
	}
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_VIOLATED);
	assert_true(c.is_unix);
	for (int i = 0; i < SECONDS; i++) {
		b.at[i].unix_time.lo_ns -= 2 * S;
		b.at[i].unix_time.hi_ns += 2 * S;
	}
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_CONSISTENT);
	assert_false(c.is_unix);
}

/* One smears, the other has stepped: their Unix times are not the same thing,
 * and TAI alone is compared. */
static void unix_time_is_compared_only_where_it_is_one(void **state)
{
	struct instants a = still(0, 1000), b = a;
	const struct check_probe p = probe_at(10, 0, 0);
	struct check c;

	(void)state;
	for (int i = 0; i < SECONDS; i++) {
		b.at[i].tai_offset_ns += 500 * MS;
		b.at[i].unix_time.lo_ns -= 500 * MS;
		b.at[i].unix_time.hi_ns -= 500 * MS;
		a.at[i].tai.hi_ns += 10000; /* TAI is the wider */
	}
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_int_equal(c.result, CHECK_CONSISTENT);
	assert_false(c.is_unix);
	/* Both smear, and the offset changes from second to second. */
	for (int i = 0; i < SECONDS; i++)
		a.at[i].tai_offset_ns = b.at[i].tai_offset_ns = UTC + i * 11574;
	check_probe(&p, &a, &b, CHECK_STRAY_PPB, &c);
	assert_false(c.is_unix);
}

/* ---- worlds ---- */

static uint64_t seed_state;

static double uniform(double lo, double hi)
{
	seed_state = seed_state * UINT64_C(6364136223846793005) +
		     UINT64_C(1442695040888963407);
	return lo + (hi - lo) * (double)(seed_state >> 11) * 0x1p-53;
}

/* A clock in segments of constant rate against true time, with steps. */
struct clock {
	double offset_ns, ppb[4]; /* until 8, 15.5, 22.3, ever */
	double step_ns, step_s;
};

static const double change_s[] = {8.0, 15.5, 22.3};

static double x_of(const struct clock *c, double t_s)
{
	double ns = c->offset_ns, from = 0;

	for (int i = 0; i < 4; i++) {
		const double to =
			i < 3 && change_s[i] < t_s ? change_s[i] : t_s;

		if (to > from)
			ns += (to - from) * c->ppb[i];
		from = i < 3 ? change_s[i] : from;
	}
	return ns + (t_s >= c->step_s ? c->step_ns : 0);
}

/* From 10 to 10^hi, the small ones as often as the large. */
static double scale(double hi)
{
	return pow(10, uniform(1, hi));
}

/* Its publications: an interval that holds x, anyhow. The raw counter gains
 * 20 ppm on true time. */
static struct instants publish(const struct clock *c, double half_ns)
{
	const double phase = uniform(0, 1);
	struct instants list = {.count = SECONDS};

	for (int i = 0; i < SECONDS; i++) {
		const double t = i + phase, x = x_of(c, t);
		const double lo = uniform(0, 2 * half_ns);
		struct instant *at = &list.at[i];

		at->raw_ns = RAW + (int64_t)(t * 1e9 * (1 + 20e-6));
		at->real_ns = START + (int64_t)(t * 1e9 - x);
		at->has_bound = true;
		at->tai.lo_ns = (int64_t)floor(x - lo) + UTC;
		at->tai.hi_ns = (int64_t)ceil(x - lo + 2 * half_ns) + UTC;
		at->unix_time.lo_ns = at->tai.lo_ns - UTC;
		at->unix_time.hi_ns = at->tai.hi_ns - UTC;
		at->tai_offset_ns = UTC;
	}
	return list;
}

static struct clock draw_clock(double steer_ppb, double step_ns)
{
	struct clock c = {.offset_ns = uniform(-5e6, 5e6),
			  .step_ns = step_ns,
			  .step_s = uniform(5, 25)};

	for (int i = 0; i < 4; i++)
		c.ppb[i] = uniform(-steer_ppb, steer_ppb);
	return c;
}

/* An exchange at t: what the prober makes of it, by the four stamps. */
static struct check_probe measure(const struct clock *a, const struct clock *b,
				  double t, double there_ns, double back_ns)
{
	const double t1 = t * 1e9 - x_of(a, t);
	const double t2 = t * 1e9 + there_ns - x_of(b, t + there_ns * 1e-9);
	const double t3 = t2;
	const double end = t + (there_ns + back_ns) * 1e-9;
	const double t4 = end * 1e9 - x_of(a, end);

	return (struct check_probe){
		.offset_ns = (int64_t)llround(((t2 - t1) + (t3 - t4)) / 2),
		.error_ns = (int64_t)ceil(((t4 - t1) - (t3 - t2)) / 2) + 2,
		.real_ns_min = START + (int64_t)(t1 - 1e9),
		.real_ns_max = START + (int64_t)(t4 + 1e9)};
}

/* Clocks that are steered, stepped, and off; paths of any asymmetry: while both
 * bounds hold, nobody is ever accused. */
static void while_bounds_hold_nobody_is_accused(void **state)
{
	size_t said = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 20000; seed++) {
		struct clock a, b;
		struct instants ia, ib;
		struct check_probe p;
		struct check c;
		double t;

		seed_state = seed;
		a = draw_clock(500e3, seed % 3 ? 0 : uniform(-3e9, 3e9));
		b = draw_clock(500e3, seed % 5 ? 0 : uniform(-1e6, 1e6));
		ia = publish(&a, scale(6));
		ib = publish(&b, scale(6));
		t = uniform(4, 24);
		/* No step amid the exchange itself: that is no measurement. */
		if (fabs(t - a.step_s) < 0.02 || fabs(t - b.step_s) < 0.02)
			continue;
		p = measure(&a, &b, t, scale(6.7), scale(6.7));
		if (seed % 2) { /* its time is known to 1 ms */
			p.real_ns_min += S - MS / 2;
			p.real_ns_max -= S - MS / 2;
		}
		check_probe(&p, &ia, &ib, CHECK_STRAY_PPB, &c);
		if (c.result == CHECK_VIOLATED)
			fail_msg("seed %llu: %lld ns", (unsigned long long)seed,
				 (long long)c.excess_ns);
		said += c.result == CHECK_CONSISTENT;
	}
	printf("20000 probes, %zu judged\n", said);
	assert_true(said > 10000);
}

/* Clocks that are left alone: a bound that is off by more than both widths, the
 * round trip and the straying is always found, and by how much. */
static void a_broken_bound_is_always_found(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5000; seed++) {
		struct clock a, b;
		struct instants ia, ib;
		struct check_probe p;
		struct check c;
		double half_a, half_b, lie;

		seed_state = seed;
		a = draw_clock(0, 0);
		b = draw_clock(0, 0);
		half_a = uniform(10, 1e6);
		half_b = uniform(10, 1e6);
		ia = publish(&a, half_a);
		ib = publish(&b, half_b);
		p = measure(&a, &b, uniform(5, 22), uniform(1e3, 1e6),
			    uniform(1e3, 1e6));
		lie = (2 * half_a + 2 * half_b) + 2 * (double)p.error_ns + 2000;
		lie = seed % 2 ? lie : -lie;
		for (int i = 0; i < ib.count; i++) {
			ib.at[i].tai.lo_ns += (int64_t)lie;
			ib.at[i].tai.hi_ns += (int64_t)lie;
			ib.at[i].unix_time.lo_ns += (int64_t)lie;
			ib.at[i].unix_time.hi_ns += (int64_t)lie;
		}
		check_probe(&p, &ia, &ib, CHECK_STRAY_PPB, &c);
		assert_int_equal(c.result, CHECK_VIOLATED);
		/* the shift that it takes is the lie undone */
		assert_true(c.shift_lo_ns <= -(int64_t)lie);
		assert_true(c.shift_hi_ns >= -(int64_t)lie);
	}
}

/* A planted error in the reasoning must show: without the seconds around, a
 * clock whose slew begins within a second is accused. */
static void what_the_seconds_around_are_for(void **state)
{
	const struct clock b = {.step_s = 99, .ppb = {0, -400e3, 400e3, 0}};
	struct instants a = still(0, 100), ib;
	struct check c;
	int found = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		const struct clock zero = {.step_s = 99};
		struct check_probe p;

		seed_state = seed;
		ib = publish(&b, 100);
		p = measure(&zero, &b, uniform(15.2, 15.8), 1000, 1000);
		p.real_ns_min = p.real_ns_max = START + (int64_t)15.5e9;
		check_probe(&p, &a, &ib, CHECK_STRAY_PPB, &c);
		assert_int_equal(c.result, CHECK_CONSISTENT);
		/* the hull of the two ends alone would have missed it */
		found += c.peer.hi_ns - c.peer.lo_ns > 400000;
	}
	assert_int_equal(found, 200);
}

/* Nothing that can be sent makes it overflow. */
static void the_largest_numbers_do_no_harm(void **state)
{
	struct instants a = still(0, 1000), b = a;
	struct check_probe p = probe_at(10, INT64_MAX, INT64_MAX);
	struct check c;

	(void)state;
	for (int i = 0; i < SECONDS; i++) {
		b.at[i].tai =
			(struct instant_view){-INSTANT_NS_MAX, INSTANT_NS_MAX};
		b.at[i].unix_time = b.at[i].tai;
		b.at[i].tai_offset_ns = -INSTANT_NS_MAX;
		b.at[i].real_ns =
			i % 2 ? 4 * INSTANT_NS_MAX : -4 * INSTANT_NS_MAX;
	}
	check_probe(&p, &a, &b, INT64_MAX / 4, &c);
	assert_true(c.result == CHECK_CONSISTENT ||
		    c.result == CHECK_UNCOVERED);
	p.offset_ns = INT64_MIN;
	p.error_ns = 0;
	check_probe(&p, &a, &b, 0, &c);
	check_probe(&p, &b, &a, 0, &c);
	assert_string_equal(check_result_name(CHECK_VIOLATED), "violated");
	assert_string_equal(check_result_name(CHECK_UNBOUNDED), "unbounded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bounds_add_up_and_not_a_nanosecond_more),
		cmocka_unit_test(a_coarse_probe_proves_nothing),
		cmocka_unit_test(
			without_publications_around_it_nothing_is_said),
		cmocka_unit_test(without_a_bound_nothing_is_said),
		cmocka_unit_test(the_narrower_scale_is_taken),
		cmocka_unit_test(unix_time_is_compared_only_where_it_is_one),
		cmocka_unit_test(while_bounds_hold_nobody_is_accused),
		cmocka_unit_test(a_broken_bound_is_always_found),
		cmocka_unit_test(what_the_seconds_around_are_for),
		cmocka_unit_test(the_largest_numbers_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
