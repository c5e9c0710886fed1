/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, classes, disputes, flags, and which scale carries the doubt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "timed/fusion.h"
#include "tt/tt.h"

#define S INT64_C(1000000000)

static struct engine_options opt = {
	.axioms = {50000, 20, 200, -1, 1024 * S, -1}};

static struct source sources[8];
static int count;

/* A source whose range at raw 1 s is mid +- half, within 5 ns. */
static void add(enum source_class class, int64_t mid_ns, int64_t half_ns)
{
	const struct source_rules rules = {.axioms = opt.axioms,
					   .seed_ppb_min = -1,
					   .seed_ppb_max = 1};
	struct source_info info = {.class = class, .reachable = true};
	struct sample m = {.raw_ns = S, .mid_ns = mid_ns, .fresh_ns = S};

	snprintf(info.name, sizeof(info.name), "s%d", count);
	source_init(&sources[count], &info);
	m.lo_ns[TERM_DELAY] = m.hi_ns[TERM_DELAY] = half_ns;
	if (half_ns > 0)
		source_sample(&sources[count], &rules, &m);
	count++;
}

static struct fusion fused(int64_t doubt_ns)
{
	struct fusion f;

	fusion_compute(sources, count, &opt, S, doubt_ns, &f);
	return f;
}

static int clear(void **state)
{
	(void)state;
	count = 0;
	opt.groups = NULL;
	opt.group_count = 0;
	opt.axioms.liars = -1;
	return 0;
}

static void assert_about(int64_t got, int64_t want)
{
	if (got < want - 5 || got > want + 5)
		fail_msg("%lld is not about %lld", (long long)got,
			 (long long)want);
}

static void nobody_bounds_nothing(void **state)
{
	(void)state;
	assert_false(fused(0).is_bounded);
	add(SOURCE_NTP, 0, 0);
	assert_false(fused(0).is_bounded);
}

static void one_source_is_flagged(void **state)
{
	struct fusion f;

	(void)state;
	add(SOURCE_NTP, 1000, 500);
	f = fused(0);
	assert_true(f.is_bounded && f.is_fresh && !f.is_disputed);
	assert_int_equal(f.flags, TT_FLAG_NTP | TT_FLAG_SINGLE_SOURCE);
	assert_about(f.range.lo_ns, 500);
	assert_true(f.lo_source == 0 && f.hi_source == 0);
}

static void a_liar_of_three_is_outvoted(void **state)
{
	struct fusion f;

	(void)state;
	add(SOURCE_NTP, 0, 500);
	add(SOURCE_NTP, 100, 500);
	add(SOURCE_NTP, 9000, 500);
	f = fused(0);
	assert_false(f.is_disputed);
	/* 2nd largest left: -400; 2nd smallest right: 600. */
	assert_about(f.range.lo_ns, -400);
	assert_about(f.range.hi_ns, 600);
	assert_true(f.lo_source == 1 && f.hi_source == 1);
	assert_int_equal(f.flags, TT_FLAG_NTP);
}

static void two_that_disagree_are_a_dispute_and_a_hull(void **state)
{
	struct fusion f;

	(void)state;
	add(SOURCE_NTP, 0, 500);
	add(SOURCE_NTP, 5000, 500);
	f = fused(0);
	assert_true(f.is_bounded && f.is_disputed);
	assert_about(f.range.lo_ns, -500);
	assert_about(f.range.hi_ns, 5500);
	assert_int_equal(f.lo_source, -1);
}

/* F of three disjoint ranges is the middle one, never empty. */
static void more_than_f_that_miss_F_are_a_dispute(void **state)
{
	struct fusion f;

	(void)state;
	add(SOURCE_NTP, 0, 500);
	add(SOURCE_NTP, 5000, 500);
	add(SOURCE_NTP, -5000, 500);
	f = fused(0);
	assert_true(f.is_disputed);
	assert_about(f.range.lo_ns, -5500);
	assert_about(f.range.hi_ns, 5500);
}

static void silent_ones_count(void **state)
{
	(void)state;
	add(SOURCE_NTP, 0, 500);
	add(SOURCE_NTP, 0, 0);
	add(SOURCE_NTP, 0, 0);
	/* n = 3, f = 1: one alone might be the liar. */
	assert_false(fused(0).is_bounded);
	opt.axioms.liars = 0;
	assert_true(fused(0).is_bounded);
}

static void members_of_a_group_share_one_vote(void **state)
{
	static const struct engine_group twins = {
		"rack", {"s1", "s2"}, 2};
	struct fusion f;

	(void)state;
	add(SOURCE_NTP, 0, 500);
	add(SOURCE_NTP, 5000, 500);
	add(SOURCE_NTP, 5100, 500);
	/* As three, s0 would be the outvoted one. */
	assert_about(fused(0).range.lo_ns, 4500);
	opt.groups = &twins;
	opt.group_count = 1;
	f = fused(0);
	assert_int_equal(f.groups[CLASS_NTP], 2);
	assert_true(f.is_disputed);
}

static void classes_are_intersected_not_pooled(void **state)
{
	struct fusion f;

	(void)state;
	add(SOURCE_PTP, 0, 100);
	add(SOURCE_NTP, 300, 1000);
	add(SOURCE_NTP, 400, 1000);
	f = fused(0);
	assert_false(f.is_disputed);
	assert_about(f.range.lo_ns, -100);
	assert_about(f.range.hi_ns, 100);
	assert_int_equal(f.flags, TT_FLAG_PTP);
}

static void classes_apart_are_a_dispute(void **state)
{
	struct fusion f;

	(void)state;
	add(SOURCE_PTP, 0, 100);
	add(SOURCE_NTP, 5000, 1000);
	f = fused(0);
	assert_true(f.is_disputed);
	assert_about(f.range.hi_ns, 6000);
	assert_int_equal(f.flags, TT_FLAG_PTP | TT_FLAG_NTP);
}

static void doubt_is_in_the_crossing_only(void **state)
{
	struct fusion f;

	(void)state;
	add(SOURCE_NTP, 0, 500);
	f = fused(S);
	assert_true(f.tai_err_ns == S && f.utc_err_ns == 0);
	assert_about(f.range.hi_ns, 500);
	count = 0;
	add(SOURCE_GNSS, 0, 500);
	f = fused(S);
	assert_true(f.tai_err_ns == 0 && f.utc_err_ns == S);
	/* Both: the ntp class is a second wide in TAI, and no dispute. */
	add(SOURCE_NTP, 900000000, 500);
	f = fused(S);
	assert_false(f.is_disputed);
	assert_about(f.range.hi_ns, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_bounds_nothing, clear),
		cmocka_unit_test_setup(one_source_is_flagged, clear),
		cmocka_unit_test_setup(a_liar_of_three_is_outvoted, clear),
		cmocka_unit_test_setup(
			two_that_disagree_are_a_dispute_and_a_hull, clear),
		cmocka_unit_test_setup(more_than_f_that_miss_F_are_a_dispute,
				       clear),
		cmocka_unit_test_setup(silent_ones_count, clear),
		cmocka_unit_test_setup(members_of_a_group_share_one_vote,
				       clear),
		cmocka_unit_test_setup(classes_are_intersected_not_pooled,
				       clear),
		cmocka_unit_test_setup(classes_apart_are_a_dispute, clear),
		cmocka_unit_test_setup(doubt_is_in_the_crossing_only, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
