/* SPDX-License-Identifier: Apache-2.0 */
/* The evaluation: tables worked out by hand, and a reference that computes in
 * fractions instead of shifts. */
#include <errno.h>

#include "libtt/eval.h"
#include "libtt/interval.h"
#include "tests/unit/libtt/live.h"

#define ONE (INT64_C(1) << SEGMENT_RATE_SHIFT)

/* 2^-20 of a second per second: 1 ns in 2^20 ns; exact in 2^-40. */
#define SLOPE_2_20 (ONE >> 20)

static struct segment_slot slot_at_zero(void)
{
	struct segment_slot slot = live_slot(0);

	slot.tai_lo_ns = 1000;
	slot.tai_hi_ns = 2000;
	slot.lo_slope = -SLOPE_2_20;
	slot.hi_slope = SLOPE_2_20;
	slot.horizon_ns = 1 << 20;
	slot.drift = 2 * SLOPE_2_20;
	slot.void_raw_ns = 1 << 24;
	slot.epoch_raw_ns = -(1 << 22);
	return slot;
}

static void edges_follow_the_slopes_then_the_drift(void **state)
{
	/* raw, lo - raw, hi - raw */
	static const int64_t rows[][3] = {
		{ 0, 1000, 2000 },
		{ 1, 999, 2001 },              /* a fraction: outward */
		{ 1 << 19, 999, 2001 },        /* 0.5 ns: outward */
		{ 1 << 20, 999, 2001 },        /* exactly 1 ns */
		{ (1 << 20) + 1, 998, 2002 },  /* 1 ns and a bit */
		{ 2 << 20, 997, 2003 },        /* 1 + 2 ns */
		{ 4 << 20, 993, 2007 },        /* 1 + 3 x 2 ns */
		{ -1, 999, 2001 },             /* before: drift, outward */
		{ -(1 << 20), 998, 2002 },     /* 2 ns */
		{ -(4 << 20), 992, 2008 },     /* the epoch's first instant */
		{ (16 << 20) - 1, 969, 2031 }, /* 1 + 15 x 2 ns, less a bit */
	};
	const struct segment_slot slot = slot_at_zero();
	int64_t lo, hi;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(eval_tai(&slot, rows[i][0], &lo, &hi), 0);
		assert_int_equal(lo - rows[i][0], rows[i][1]);
		assert_int_equal(hi - rows[i][0], rows[i][2]);
	}
}

static void there_is_no_bound_outside_epoch_and_void(void **state)
{
	const struct segment_slot slot = slot_at_zero();
	int64_t lo = 5, hi = 6;

	(void)state;
	assert_int_equal(eval_tai(&slot, -(1 << 22) - 1, &lo, &hi), -ERANGE);
	assert_int_equal(eval_tai(&slot, 1 << 24, &lo, &hi), -ERANGE);
	assert_int_equal(eval_tai(&slot, INT64_MIN, &lo, &hi), -ERANGE);
	assert_int_equal(eval_tai(&slot, INT64_MAX, &lo, &hi), -ERANGE);
	assert_int_equal(lo, 5);
	assert_int_equal(hi, 6);
}

static void crossed_edges_are_never_given(void **state)
{
	struct segment_slot slot = slot_at_zero();
	int64_t lo, hi;

	(void)state;
	slot.tai_hi_ns = 1001;
	slot.lo_slope = SLOPE_2_20;
	slot.hi_slope = -SLOPE_2_20;
	assert_int_equal(segment_check_slot(&slot), -EPROTO);
	assert_int_equal(eval_tai(&slot, 0, &lo, &hi), 0);
	assert_int_equal(eval_tai(&slot, 1 << 20, &lo, &hi), -EPROTO);
}

static void a_frozen_slot_stands_still(void **state)
{
	struct segment_slot slot = slot_at_zero();
	int64_t lo, hi;

	(void)state;
	slot.counter = SEGMENT_COUNTER_NONE;
	assert_int_equal(eval_tai(&slot, INT64_MAX, &lo, &hi), 0);
	assert_int_equal(lo, 1000);
	assert_int_equal(hi, 2000);
}

/* The edges by exact fractions: floor(n / 2^40) with / and %. */
static __int128 floor_div(__int128 n)
{
	const __int128 q = n / ONE;

	return q - (n % ONE < 0);
}

static void reference(const struct segment_slot *s, int64_t raw, __int128 *lo,
		      __int128 *hi)
{
	const __int128 d = (__int128)raw - s->anchor_raw_ns;
	const __int128 d1 = d < 0 ? 0 : d < s->horizon_ns ? d : s->horizon_ns;
	const __int128 d2 = d < 0 ? -d : d - d1;

	*lo = s->tai_lo_ns + d +
	      floor_div(s->lo_slope * d1 - s->drift * d2);
	*hi = s->tai_hi_ns + d -
	      floor_div(-(s->hi_slope * d1 + s->drift * d2));
}

static int64_t within(uint64_t *seed, int64_t lo, int64_t hi)
{
	const uint64_t span = (uint64_t)hi - (uint64_t)lo;
	uint64_t v = live_random(seed);

	/* Half of the numbers small, so that all magnitudes are met. */
	if (live_random(seed) & 1)
		v >>= live_random(seed) % 63;
	return (int64_t)((uint64_t)lo + (span == UINT64_MAX ? v : v % (span + 1)));
}

static struct segment_slot random_slot(uint64_t *seed)
{
	const int64_t t = SEGMENT_TIME_MAX, r = t / 2, span = SEGMENT_SPAN_MAX;
	const int64_t slope = INT64_C(1) << TT_INLINE_SLOPE_BITS;
	struct segment_slot slot = live_slot(0);

	slot.anchor_raw_ns = within(seed, -r, r - 1);
	slot.tai_lo_ns = within(seed, -t, t - 1);
	slot.tai_hi_ns = within(seed, slot.tai_lo_ns, t - 1);
	slot.lo_slope = within(seed, -slope, slope - 1);
	slot.hi_slope = within(seed, -slope, slope - 1);
	slot.horizon_ns = within(seed, 0, span - 1);
	slot.drift = within(seed, 0, slope - 1);
	slot.void_raw_ns = slot.anchor_raw_ns + within(seed, 0, span - 1);
	slot.epoch_raw_ns = within(seed, -r, slot.anchor_raw_ns);
	slot.utc_err_ns = within(seed, 0, span - 1);
	slot.tai_err_ns = within(seed, 0, span - 1);
	slot.utc_offset_ns = within(seed, -(INT64_C(1) << 40),
				    (INT64_C(1) << 40) - 1);
	slot.leap_tai_ns = within(seed, -t, t - 1);
	slot.leap_delta_ns = within(seed, -1, 1) * S_NS;
	slot.leap_mode = (uint32_t)(live_random(seed) & 1);
	slot.state = 1 + (uint32_t)(live_random(seed) % 3);
	return slot;
}

/* The whole range of honest slots: no overflow (the sanitizer's business),
 * exactly the rounding of the reference. */
static void rounding_is_outward_and_exact(void **state)
{
	uint64_t seed = live_seed();
	struct tt_interval now;
	int64_t raw, lo, hi;
	__int128 want_lo, want_hi;
	int rc, good = 0;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		const struct segment_slot slot = random_slot(&seed);

		raw = within(&seed, slot.epoch_raw_ns, slot.void_raw_ns);
		rc = eval_tai(&slot, raw, &lo, &hi);
		if (rc < 0)
			continue;
		reference(&slot, raw, &want_lo, &want_hi);
		assert_true(lo == want_lo && hi == want_hi);
		good++;
		rc = interval_now(&slot, SEGMENT_COUNTER_RAW, raw,
				  TT_INLINE_UNIX, &now);
		assert_true(rc < 0 || now.earliest_ns <= now.latest_ns);
		assert_true(rc < 0 || raw >= slot.anchor_raw_ns);
		rc = interval_at(&slot, SEGMENT_COUNTER_RAW, raw,
				 TT_INLINE_TAI, &now);
		assert_true(rc < 0 || now.earliest_ns <= now.latest_ns);
	}
	assert_true(good > 100000);
}

/*
 * A leap second at TAI 1e6 s, offset 30 s before. Inserted: 31 s from there
 * on, the second itself is TAI [999999, 1000000) s; midnight has the Unix
 * label 1000000 - 31 = 999969 s.
 */
#define T (1000000 * S_NS)
#define U (999969 * S_NS)

static struct segment_slot leaping(uint32_t mode, int64_t delta_ns)
{
	struct segment_slot slot = live_slot(0);

	slot.utc_offset_ns = 30 * S_NS;
	slot.leap_tai_ns = T;
	slot.leap_delta_ns = delta_ns;
	slot.leap_mode = mode;
	return slot;
}

struct label {
	int64_t tai_ns, min_ns, max_ns;
};

static void check_labels(const struct segment_slot *slot,
			 const struct label *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(eval_unix_min(slot, rows[i].tai_ns),
				 rows[i].min_ns);
		assert_int_equal(eval_unix_max(slot, rows[i].tai_ns),
				 rows[i].max_ns);
	}
}

#define CHECK_LABELS(slot, rows) \
	check_labels(slot, rows, sizeof(rows) / sizeof((rows)[0]))

static void an_inserted_second_stepped_covers_both_labels(void **state)
{
	static const struct label rows[] = {
		{ T - 3 * S_NS, U - 2 * S_NS, U - 2 * S_NS },
		{ T - 2 * S_NS, U - S_NS, U - S_NS },
		/* 23:59:59, which the kernel will label again */
		{ T - 2 * S_NS + 1, U - S_NS, U - S_NS + 1 },
		{ T - S_NS - 1, U - S_NS, U - 1 },
		/* 23:59:60: U - 1 s by the kernel, U by POSIX */
		{ T - S_NS, U - S_NS, U },
		{ T - S_NS / 2, U - S_NS / 2, U + S_NS / 2 },
		{ T - 1, U - 1, U + S_NS - 1 },
		/* 00:00:00, which POSIX labels again */
		{ T, U, U + S_NS - 1 },
		{ T + S_NS / 2, U + S_NS / 2, U + S_NS - 1 },
		{ T + S_NS - 1, U + S_NS - 1, U + S_NS - 1 },
		{ T + S_NS, U + S_NS, U + S_NS },
		{ T + 100000 * S_NS, U + 100000 * S_NS, U + 100000 * S_NS },
	};
	const struct segment_slot slot = leaping(SEGMENT_LEAP_STEP, S_NS);

	(void)state;
	CHECK_LABELS(&slot, rows);
}

/* 23:59:58 is followed by 00:00:00: the offset falls to 29 s, and midnight is
 * 1000000 - 29 = 999971 s, so U + 2 s. */
static void a_removed_second_stepped_skips_a_label(void **state)
{
	static const struct label rows[] = {
		{ T - 2 * S_NS, U - S_NS, U - S_NS },
		{ T - 1, U + S_NS - 1, U + S_NS - 1 },
		{ T, U + 2 * S_NS, U + 2 * S_NS },
		{ T + S_NS, U + 3 * S_NS, U + 3 * S_NS },
	};
	const struct segment_slot slot = leaping(SEGMENT_LEAP_STEP, -S_NS);

	(void)state;
	CHECK_LABELS(&slot, rows);
}

/* From TAI T - 43201 s (noon, label U - 43200 s) 86401 s of TAI are spread
 * over 86400 labels: the label falls behind by 1/86401. */
static void an_inserted_second_smears_from_noon_to_noon(void **state)
{
	static const struct label rows[] = {
		{ T - 43201 * S_NS - 1, U - 43200 * S_NS - 1,
		  U - 43200 * S_NS - 1 },
		{ T - 43201 * S_NS, U - 43200 * S_NS, U - 43200 * S_NS },
		/* 1 ns on: 0.99998 ns */
		{ T - 43201 * S_NS + 1, U - 43200 * S_NS,
		  U - 43200 * S_NS + 1 },
		/* 86401 ns on: exactly 86400 ns */
		{ T - 43201 * S_NS + 86401, U - 43200 * S_NS + 86400,
		  U - 43200 * S_NS + 86400 },
		/* half-way, 43200.5 s on: exactly midnight */
		{ T - S_NS / 2, U, U },
		/* T, 43201 s on: 43201 s - 43201/86401 s
		 * = 43201 s - 500005786.97 ns */
		{ T, U + 499994213, U + 499994214 },
		{ T + 43200 * S_NS - 1, U + 43200 * S_NS - 1,
		  U + 43200 * S_NS },
		{ T + 43200 * S_NS, U + 43200 * S_NS, U + 43200 * S_NS },
		{ T + 43200 * S_NS + 1, U + 43200 * S_NS + 1,
		  U + 43200 * S_NS + 1 },
	};
	const struct segment_slot slot = leaping(SEGMENT_LEAP_SMEAR, S_NS);

	(void)state;
	CHECK_LABELS(&slot, rows);
}

/* From TAI T - 43199 s (label U + 2 s - 43200 s) 86399 s of TAI make 86400. */
static void a_removed_second_smears_from_noon_to_noon(void **state)
{
	static const struct label rows[] = {
		{ T - 43199 * S_NS, U - 43198 * S_NS, U - 43198 * S_NS },
		{ T - 43199 * S_NS + 1, U - 43198 * S_NS + 1,
		  U - 43198 * S_NS + 2 },
		{ T - 43199 * S_NS + 86399, U - 43198 * S_NS + 86400,
		  U - 43198 * S_NS + 86400 },
		{ T + S_NS / 2, U + 2 * S_NS, U + 2 * S_NS },
		{ T + 43200 * S_NS, U + 43202 * S_NS, U + 43202 * S_NS },
	};
	const struct segment_slot slot = leaping(SEGMENT_LEAP_SMEAR, -S_NS);

	(void)state;
	CHECK_LABELS(&slot, rows);
}

static void labels_never_go_back(void **state)
{
	/* Steps that meet the instants that matter and many others. */
	static const int64_t steps[] = { 1, 499999999, 7 * S_NS + 3 };
	int64_t min, max, last_min, last_max, t;

	(void)state;
	for (uint32_t mode = 0; mode <= 1; mode++)
		for (int64_t delta = -1; delta <= 1; delta++)
			for (size_t i = 0; i < 3; i++) {
				const struct segment_slot slot =
					leaping(mode, delta * S_NS);

				last_min = last_max = INT64_MIN;
				t = T - 15000 * steps[i];
				for (int n = 0; n < 30000; n++) {
					min = eval_unix_min(&slot, t);
					max = eval_unix_max(&slot, t);
					assert_true(min <= max);
					assert_true(min >= last_min);
					assert_true(max >= last_max);
					last_min = min;
					last_max = max;
					t += steps[i];
				}
			}
}

static void no_leap_second_is_a_plain_offset(void **state)
{
	struct segment_slot slot = leaping(SEGMENT_LEAP_SMEAR, S_NS);

	(void)state;
	slot.leap_tai_ns = INT64_MAX;
	assert_int_equal(eval_unix_min(&slot, T), T - 30 * S_NS);
	assert_int_equal(eval_unix_max(&slot, SEGMENT_TIME_MAX),
			 SEGMENT_TIME_MAX - 30 * S_NS);
	slot.leap_tai_ns = T;
	slot.leap_delta_ns = 0;
	assert_int_equal(eval_unix_min(&slot, T), T - 30 * S_NS);
}

static void the_offset_steps_or_smears(void **state)
{
	struct segment_slot slot = leaping(SEGMENT_LEAP_STEP, S_NS);

	(void)state;
	assert_int_equal(eval_utc_offset(&slot, T - 1), 30 * S_NS);
	assert_int_equal(eval_utc_offset(&slot, T), 31 * S_NS);
	slot.leap_mode = SEGMENT_LEAP_SMEAR;
	assert_int_equal(eval_utc_offset(&slot, T - S_NS / 2),
			 30500000000);
	assert_int_equal(eval_utc_offset(&slot, T - 43201 * S_NS), 30 * S_NS);
	assert_int_equal(eval_utc_offset(&slot, T + 43200 * S_NS), 31 * S_NS);
}

static void the_views_add_their_own_error(void **state)
{
	struct segment_slot slot = slot_at_zero();
	struct tt_interval now;

	(void)state;
	slot.tai_err_ns = 30;
	slot.utc_err_ns = 400;
	assert_int_equal(interval_now(&slot, SEGMENT_COUNTER_RAW, 0,
				      TT_INLINE_TAI, &now), 0);
	assert_int_equal(now.earliest_ns, 970);
	assert_int_equal(now.latest_ns, 2030);
	assert_int_equal(interval_now(&slot, SEGMENT_COUNTER_RAW, 0,
				      TT_INLINE_UNIX, &now), 0);
	assert_int_equal(now.earliest_ns, 600 - 37 * S_NS);
	assert_int_equal(now.latest_ns, 2400 - 37 * S_NS);
	assert_int_equal(now.epoch, 7);
	assert_int_equal(now.flags, TT_FLAG_NTP | TT_FLAG_SINGLE_SOURCE);
}

static void a_stalled_writer_is_holdover(void **state)
{
	struct segment_slot slot = slot_at_zero();
	struct tt_interval now;

	(void)state;
	assert_int_equal(interval_now(&slot, SEGMENT_COUNTER_RAW, 1 << 20,
				      TT_INLINE_TAI, &now), 0);
	assert_int_equal(now.state, TT_SYNCHRONIZED);
	assert_int_equal(interval_now(&slot, SEGMENT_COUNTER_RAW,
				      (1 << 20) + 1, TT_INLINE_TAI, &now), 0);
	assert_int_equal(now.state, TT_HOLDOVER);
	slot.state = TT_DISPUTED;
	assert_int_equal(interval_now(&slot, SEGMENT_COUNTER_RAW,
				      (1 << 20) + 1, TT_INLINE_TAI, &now), 0);
	assert_int_equal(now.state, TT_DISPUTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_follow_the_slopes_then_the_drift),
		cmocka_unit_test(there_is_no_bound_outside_epoch_and_void),
		cmocka_unit_test(crossed_edges_are_never_given),
		cmocka_unit_test(a_frozen_slot_stands_still),
		cmocka_unit_test(rounding_is_outward_and_exact),
		cmocka_unit_test(an_inserted_second_stepped_covers_both_labels),
		cmocka_unit_test(a_removed_second_stepped_skips_a_label),
		cmocka_unit_test(an_inserted_second_smears_from_noon_to_noon),
		cmocka_unit_test(a_removed_second_smears_from_noon_to_noon),
		cmocka_unit_test(labels_never_go_back),
		cmocka_unit_test(no_leap_second_is_a_plain_offset),
		cmocka_unit_test(the_offset_steps_or_smears),
		cmocka_unit_test(the_views_add_their_own_error),
		cmocka_unit_test(a_stalled_writer_is_holdover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
