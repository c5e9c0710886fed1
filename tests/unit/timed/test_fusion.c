/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, classes, disputes, flags, and which scale carries the doubt; and all
 * of it against brute force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/rng.h"
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

/* A reference clock of chronyd's is shown, but says nothing and has no vote. */
static void uncounted_ones_do_not(void **state)
{
	struct fusion f;

	(void)state;
	add(SOURCE_NTP, 0, 500);
	add(SOURCE_NTP, 0, 0);
	add(SOURCE_NTP, 0, 0);
	sources[1].info.uncounted = sources[2].info.uncounted = true;
	f = fused(0);
	assert_true(f.is_bounded);
	assert_int_equal(f.groups[CLASS_NTP], 1);
}

static void where_all_may_lie_nothing_is_known(void **state)
{
	(void)state;
	opt.axioms.liars = 1;
	add(SOURCE_NTP, 0, 500);
	assert_false(fused(0).is_bounded);
	add(SOURCE_NTP, 100, 500);
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

/* Guards: a group holds whichever grandmaster its port follows; by one that came
 * later there were three votes, and those that share a fate outvoted the third. */
static void a_port_is_of_its_group_whomever_it_follows(void **state)
{
	static const struct engine_group groups[] = {
		{"roof", {"s0", "ptp"}, 2}, {"cellar", {"ptp/b", "pt"}, 2}};
	static const char *const names[] = {"ptp", "ptp/a", "ptp/c"};
	struct fusion f;

	(void)state;
	add(SOURCE_GNSS, 5000, 500);
	add(SOURCE_PTP, 5100, 500);
	add(SOURCE_PHC, 0, 500);
	opt.groups = groups;
	opt.group_count = 2;
	for (int i = 0; i < 3; i++) {
		strcpy(sources[1].info.name, names[i]);
		f = fused(0);
		assert_int_equal(f.groups[CLASS_REFERENCE], 2);
		assert_true(f.is_disputed);
		assert_true(f.range.lo_ns <= 0);
	}
	assert_int_equal(fusion_group_of(&opt, "ptp/b"), 1);
	assert_int_equal(fusion_group_of(&opt, "ptp/bb"), 0);
	assert_int_equal(fusion_group_of(&opt, "ptp2/b"), -1);
	assert_int_equal(fusion_group_of(&opt, "pt/x"), 1);
	assert_int_equal(fusion_group_of(&opt, "s00"), -1);
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

/* A satellite receiver whose UTC gpsd tells, a hypervisor's PTP clock. */
static void a_reference_that_keeps_utc_is_exact_in_utc(void **state)
{
	struct fusion f;

	(void)state;
	add(SOURCE_GNSS, 0, 500);
	sources[0].info.scale = SCALE_UTC;
	f = fused(S);
	assert_true(f.tai_err_ns == S && f.utc_err_ns == 0);
	assert_about(f.range.hi_ns, 500);
	/* a server is on the same scale: no second between them */
	add(SOURCE_NTP, 100, 5000);
	f = fused(S);
	assert_false(f.is_disputed);
	assert_true(f.tai_err_ns == S && f.utc_err_ns == 0);
	assert_about(f.range.hi_ns, 500);
	add(SOURCE_NTP, 900000000, 5000);
	opt.axioms.liars = 0;
	f = fused(S);
	assert_true(f.is_disputed);
}

static void beside_a_reference_on_tai_it_carries_the_doubt(void **state)
{
	struct fusion f;

	(void)state;
	opt.axioms.liars = 0;
	add(SOURCE_GNSS, 900000000, 500);
	sources[0].info.scale = SCALE_UTC;
	add(SOURCE_PTP, 0, 700);
	f = fused(S);
	assert_false(f.is_disputed);
	assert_true(f.tai_err_ns == 0 && f.utc_err_ns == S);
	assert_about(f.range.hi_ns, 700);
	/* that one has said nothing yet: on UTC */
	count = 0;
	add(SOURCE_GNSS, 0, 500);
	sources[0].info.scale = SCALE_UTC;
	add(SOURCE_PTP, 0, 0);
	opt.axioms.liars = -1;
	f = fused(S);
	assert_true(!f.is_bounded || f.utc_err_ns == 0);
}

/* --- against brute force -------------------------------------------------- */

#define MS INT64_C(1000000)

/* One class as a slow hand would do it, from the members' own ranges. */
struct slow_class {
	int n, f;
	struct range group[8];
	bool is_bounded, is_disputed;
	struct range range;
};

/* Sources are called s0, s1, ... in their order. */
static int group_of(int source)
{
	char name[SOURCE_NAME_SIZE];

	snprintf(name, sizeof(name), "s%d", source);
	for (int g = 0; g < opt.group_count; g++)
		for (int m = 0; m < opt.groups[g].count; m++)
			if (!strcmp(opt.groups[g].member[m], name))
				return g;
	return 8 + source; /* alone */
}

static void slow_groups(enum fusion_class class, struct slow_class *c)
{
	int name[8];

	c->n = 0;
	for (int i = 0; i < count; i++) {
		const struct range r = source_range(&sources[i], &opt.axioms,
						    S);
		int g = 0;

		if (fusion_class_of(&sources[i]) != class)
			continue;
		while (g < c->n && name[g] != group_of(i))
			g++;
		if (g == c->n) {
			name[c->n] = group_of(i);
			c->group[c->n++] = r;
		} else if (range_meets(&c->group[g], &r)) {
			c->group[g] = range_intersection(&c->group[g], &r);
		} else {
			c->group[g] = range_hull(&c->group[g], &r);
		}
	}
}

/* F by enumerating who the liars may be. */
static void slow_fuse(struct slow_class *c)
{
	int missing = 0;

	c->range = (struct range){INT64_MAX, INT64_MIN, 0, 0};
	for (unsigned int set = 0; set < 1u << c->n; set++) {
		int64_t lo = INT64_MIN, hi = INT64_MAX;

		if (__builtin_popcount(set) != c->n - c->f)
			continue;
		for (int g = 0; g < c->n; g++) {
			if (!(set & 1u << g))
				continue;
			lo = lo > c->group[g].lo_ns ? lo : c->group[g].lo_ns;
			hi = hi < c->group[g].hi_ns ? hi : c->group[g].hi_ns;
		}
		c->range.lo_ns = lo < c->range.lo_ns ? lo : c->range.lo_ns;
		c->range.hi_ns = hi > c->range.hi_ns ? hi : c->range.hi_ns;
	}
	c->is_bounded = range_is_bounded(&c->range);
	for (int g = 0; g < c->n; g++)
		missing += !range_meets(&c->group[g], &c->range);
	c->is_disputed = c->is_bounded && (range_is_empty(&c->range) ||
					   missing > c->f);
	if (!c->is_disputed)
		return;
	c->range = (struct range){INT64_MAX, INT64_MIN, 0, 0};
	for (int g = 0; g < c->n; g++)
		if (range_is_bounded(&c->group[g]))
			c->range = range_hull(&c->range, &c->group[g]);
}

static struct slow_class slow_class(enum fusion_class class)
{
	struct slow_class c = {.n = 0};

	slow_groups(class, &c);
	c.f = opt.axioms.liars < 0 ? (c.n - 1) / 2 : opt.axioms.liars;
	/* Where all may lie, nothing is known. */
	if (c.n > c.f)
		slow_fuse(&c);
	return c;
}

static void assert_fused_as_by_hand(void)
{
	const struct slow_class a = slow_class(CLASS_REFERENCE);
	const struct slow_class b = slow_class(CLASS_NTP);
	const struct fusion f = fused(0);
	struct range want = a.is_bounded ? a.range : b.range;
	bool is_disputed = a.is_disputed || b.is_disputed;

	assert_int_equal(f.groups[CLASS_REFERENCE], a.n);
	assert_int_equal(f.groups[CLASS_NTP], b.n);
	assert_int_equal(f.is_bounded, a.is_bounded || b.is_bounded);
	if (!f.is_bounded)
		return;
	if (a.is_bounded && b.is_bounded) {
		is_disputed |= !range_meets(&a.range, &b.range);
		want = is_disputed ? range_hull(&a.range, &b.range)
				   : range_intersection(&a.range, &b.range);
	}
	assert_int_equal(f.is_disputed, is_disputed);
	assert_true(f.range.lo_ns == want.lo_ns);
	assert_true(f.range.hi_ns == want.hi_ns);
	assert_true(f.range.rate_ppb_min <= f.range.rate_ppb_max);
}

static struct engine_group random_group[2];

static void make_groups(struct rng *rng)
{
	memset(random_group, 0, sizeof(random_group));
	for (int i = 0; i < 8; i++) {
		const uint64_t g = rng_next(rng) % 4;

		if (g < 2)
			snprintf(random_group[g]
					 .member[random_group[g].count++],
				 SOURCE_NAME_SIZE, "s%d", i);
	}
	opt.groups = random_group;
	opt.group_count = 2;
}

/* Truth is 0; a group whose bit is in `liars` may be anywhere. */
static void make_sources(struct rng *rng, uint64_t liars)
{
	const int n = 1 + (int)(rng_next(rng) % 8);

	count = 0;
	for (int i = 0; i < n; i++) {
		const enum source_class class =
			rng_next(rng) % 3 == 0 ? SOURCE_PTP : SOURCE_NTP;
		const int64_t half_ns =
			(int64_t)(rng_next(rng) % 5) * MS; /* 0: silent */
		double mid_ns = rng_uniform(rng, (double)-half_ns,
					    (double)half_ns);

		if (liars >> group_of(i) & 1)
			mid_ns += rng_uniform(rng, -9e6, 9e6);
		add(class, (int64_t)mid_ns, half_ns);
	}
}

static void it_is_what_brute_force_gives(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 4);
	for (int round = 0; round < 100000; round++) {
		opt.axioms.liars = (int)(rng_next(&rng) % 4) - 1;
		make_groups(&rng);
		/* nobody, anybody */
		make_sources(&rng, round % 3 ? rng_next(&rng) &
						       rng_next(&rng)
					     : 0);
		assert_fused_as_by_hand();
	}
}

/* No more groups of a class lie than A3 says? A group may be in both. */
static bool is_within_A3(uint64_t liars, const struct fusion *f)
{
	int lying[ENGINE_CLASSES] = {0, 0};

	for (int g = 0; g < 16; g++) {
		bool is_in[ENGINE_CLASSES] = {false, false};

		if (!(liars >> g & 1))
			continue;
		for (int i = 0; i < count; i++)
			is_in[fusion_class_of(&sources[i])] |=
				group_of(i) == g;
		for (int c = 0; c < ENGINE_CLASSES; c++)
			lying[c] += is_in[c];
	}
	return lying[CLASS_REFERENCE] <= f->liars[CLASS_REFERENCE] &&
	       lying[CLASS_NTP] <= f->liars[CLASS_NTP];
}

/* One more true measurement of one source that tells the truth. */
static void measure_again(struct rng *rng, uint64_t liars)
{
	const struct source_rules rules = {.axioms = opt.axioms};
	const int i = (int)(rng_next(rng) % (uint64_t)count);
	struct sample m = {.raw_ns = S, .fresh_ns = S};

	if (liars >> group_of(i) & 1 || sources[i].elder.samples == 0)
		return;
	m.lo_ns[TERM_DELAY] = (int64_t)rng_uniform(rng, 0, 3e6);
	m.hi_ns[TERM_DELAY] = (int64_t)rng_uniform(rng, 0, 3e6);
	assert_int_equal(source_sample(&sources[i], &rules, &m),
			 SOURCE_AGREES);
}

static void within_A3_truth_is_inside_and_truth_only_narrows(void **state)
{
	struct rng rng;
	int judged = 0;

	(void)state;
	rng_seed(&rng, 5);
	for (int round = 0; round < 100000; round++) {
		const uint64_t liars = rng_next(&rng) & rng_next(&rng) &
				       rng_next(&rng);
		struct fusion before, after;

		opt.axioms.liars = -1;
		make_groups(&rng);
		make_sources(&rng, liars);
		before = fused(0);
		if (!before.is_bounded || !is_within_A3(liars, &before))
			continue;
		judged++;
		assert_false(before.is_disputed);
		assert_true(before.range.lo_ns <= 0 &&
			    before.range.hi_ns >= 0);
		measure_again(&rng, liars);
		after = fused(0);
		assert_false(after.is_disputed);
		assert_true(after.range.lo_ns <= 0 && after.range.hi_ns >= 0);
		/* 1 ns: the polygon's slack on another side of a whole ns. */
		assert_true(after.range.lo_ns >= before.range.lo_ns - 1 &&
			    after.range.hi_ns <= before.range.hi_ns + 1);
	}
	assert_true(judged > 10000);
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
		cmocka_unit_test_setup(uncounted_ones_do_not, clear),
		cmocka_unit_test_setup(where_all_may_lie_nothing_is_known,
				       clear),
		cmocka_unit_test_setup(members_of_a_group_share_one_vote,
				       clear),
		cmocka_unit_test_setup(
			a_port_is_of_its_group_whomever_it_follows, clear),
		cmocka_unit_test_setup(classes_are_intersected_not_pooled,
				       clear),
		cmocka_unit_test_setup(classes_apart_are_a_dispute, clear),
		cmocka_unit_test_setup(doubt_is_in_the_crossing_only, clear),
		cmocka_unit_test_setup(
			a_reference_that_keeps_utc_is_exact_in_utc, clear),
		cmocka_unit_test_setup(
			beside_a_reference_on_tai_it_carries_the_doubt, clear),
		cmocka_unit_test_setup(it_is_what_brute_force_gives, clear),
		cmocka_unit_test_setup(
			within_A3_truth_is_inside_and_truth_only_narrows,
			clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
