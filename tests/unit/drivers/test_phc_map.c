/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stamps of a steered PHC, placed on the raw counter. The PHC of these tests is
 * a line in pieces, known exactly; readings of it are drawn with windows that
 * the truth lies in anywhere.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/phc_map.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

#define TAI_NS (INT64_C(1795305600) * S)
#define PIECES 64

/* phc - raw is offset_ns[i] at raw_ns[i], and runs on at rate_ppb[i]. */
struct world {
	int count;
	int64_t raw_ns[PIECES];
	int64_t offset_ns[PIECES];
	double rate_ppb[PIECES];
	uint64_t seed;
};

static struct phc_map map;
static struct world world;

static double random_part(struct world *w)
{
	w->seed = w->seed * UINT64_C(6364136223846793005) +
		  UINT64_C(1442695040888963407);
	return (double)(w->seed >> 11) / 9007199254740992.0;
}

static int64_t offset_at(const struct world *w, int64_t raw_ns)
{
	int i = w->count - 1;

	while (i > 0 && raw_ns < w->raw_ns[i])
		i--;
	return w->offset_ns[i] +
	       (int64_t)llround((double)(raw_ns - w->raw_ns[i]) *
				w->rate_ppb[i] * 1e-9);
}

static double rate_at(const struct world *w, int64_t raw_ns)
{
	int i = w->count - 1;

	while (i > 0 && raw_ns < w->raw_ns[i])
		i--;
	return w->rate_ppb[i];
}

static void turn(struct world *w, int64_t raw_ns, double rate_ppb,
		 int64_t step_ns)
{
	const int64_t offset_ns =
		w->count ? offset_at(w, raw_ns) + step_ns : TAI_NS;

	assert_true(w->count < PIECES);
	w->raw_ns[w->count] = raw_ns;
	w->offset_ns[w->count] = offset_ns;
	w->rate_ppb[w->count++] = rate_ppb;
}

/* The kernel names the frequency but for what the oscillators differ by. */
static struct phc_reading read_at(struct world *w, int64_t raw_ns,
				  int64_t window_ns, double own_ppb)
{
	const int64_t offset_ns = offset_at(w, raw_ns);
	const int64_t below_ns = (int64_t)((double)window_ns * random_part(w));
	struct phc_reading r = {.raw_ns = raw_ns,
				.lo_ns = offset_ns - below_ns - 1,
				.hi_ns = offset_ns + window_ns - below_ns + 1,
				.stamp_ns = 8,
				.has_rate = true,
				.rate_ppb = rate_at(w, raw_ns) - own_ppb};

	r.phc_ns = raw_ns + r.lo_ns + (r.hi_ns - r.lo_ns) / 2;
	return r;
}

static const struct phc_map_options usual = {.drift_ppb = 150e3,
					     .jitter_ppb = 400,
					     .steer_ppb = -1,
					     .apart_ns_max = 2 * S};

static int set_up(void **state)
{
	(void)state;
	phc_map_init(&map, &usual);
	memset(&world, 0, sizeof(world));
	world.seed = 7;
	return 0;
}

static bool add_at(int64_t raw_ns, int64_t window_ns)
{
	const struct phc_reading r = read_at(&world, raw_ns, window_ns, 30e3);

	return phc_map_add(&map, &r);
}

/* The stamp that an event at this raw instant would get is placed around it. */
static int64_t placed_width_ns(int64_t raw_ns)
{
	const int64_t phc_ns = raw_ns + offset_at(&world, raw_ns);
	int64_t min_ns, max_ns, stamp_ns;

	assert_int_equal(phc_map_raw(&map, phc_ns, &min_ns, &max_ns, &stamp_ns),
			 0);
	assert_true(min_ns <= raw_ns);
	assert_true(max_ns >= raw_ns);
	assert_int_equal(stamp_ns, 8);
	return max_ns - min_ns;
}

static void a_free_running_phc_is_placed_within_its_windows(void **state)
{
	(void)state;
	turn(&world, 0, 30e3, 0);
	for (int i = 0; i < 20; i++)
		assert_true(add_at(i * 100 * MS, 1000));
	for (int64_t t = MS; t < 1900 * MS; t += 7 * MS)
		/* 1000 ns, 1 a side in the readings, and 400 ppb over 100 ms:
		 * 20 ns a side */
		assert_in_range(placed_width_ns(t), 1000, 1050);
}

static void every_frequency_in_force_in_between_is_allowed_for(void **state)
{
	double freq_ppb = 0;

	(void)state;
	turn(&world, 0, 30e3, 0);
	/* a servo that makes up its mind 8 times a second, out of step with
	 * the readings */
	for (int i = 1; i < 60; i++) {
		freq_ppb += 4000 * (random_part(&world) - 0.5);
		turn(&world, i * 125 * MS + 31 * MS, 30e3 + freq_ppb, 0);
	}
	for (int i = 0; i < 74; i++)
		assert_true(add_at(i * 100 * MS, 300));
	for (int64_t t = MS; t < 7300 * MS; t += 3 * MS)
		assert_true(placed_width_ns(t) < 1000);
}

/* Set three times between two readings, of which they show the last one only. */
static void a_frequency_that_no_reading_showed_is_allowed_for(void **state)
{
	(void)state;
	turn(&world, 0, 30e3, 0);
	for (int i = 0; i < 20; i++)
		assert_true(add_at(i * 100 * MS, 200));
	turn(&world, 1901 * MS, 30e3 + 90e3, 0);
	turn(&world, 1950 * MS, 30e3 - 40e3, 0);
	turn(&world, 1999 * MS, 30e3 + 50e3, 0);
	assert_true(add_at(2000 * MS, 200));
	for (int64_t t = 1900 * MS + 1; t < 2000 * MS; t += MS)
		placed_width_ns(t);
}

static void a_stamp_after_the_last_reading_has_to_wait(void **state)
{
	int64_t min_ns = -1, max_ns = -1, stamp_ns;
	const int64_t phc_ns = TAI_NS + 50 * MS;

	(void)state;
	turn(&world, 0, 0, 0);
	assert_int_equal(phc_map_raw(&map, phc_ns, &min_ns, &max_ns, &stamp_ns),
			 -EAGAIN);
	add_at(0, 100);
	assert_int_equal(phc_map_raw(&map, phc_ns, &min_ns, &max_ns, &stamp_ns),
			 -EAGAIN);
	add_at(100 * MS, 100);
	assert_int_equal(phc_map_raw(&map, phc_ns, &min_ns, &max_ns, &stamp_ns),
			 0);
	assert_in_range(min_ns, 50 * MS - 200, 50 * MS);
}

static void a_stamp_before_all_readings_is_nowhere(void **state)
{
	int64_t min_ns = -1, max_ns = -1, stamp_ns;

	(void)state;
	turn(&world, 0, 0, 0);
	for (int i = 1; i <= PHC_MAP_ENTRIES + 20; i++)
		assert_true(add_at(i * 100 * MS, 100));
	assert_int_equal(phc_map_raw(&map, TAI_NS + 50 * MS, &min_ns, &max_ns,
				     &stamp_ns),
			 -ENODATA);
	/* forgotten by the ring */
	assert_int_equal(
		phc_map_raw(&map, TAI_NS + 2 * S, &min_ns, &max_ns, &stamp_ns),
		-ENODATA);
	assert_true(min_ns == -1 && max_ns == -1);
	placed_width_ns(2150 * MS);
}

static void readings_too_far_apart_say_nothing_of_between(void **state)
{
	int64_t min_ns, max_ns, stamp_ns;

	(void)state;
	turn(&world, 0, 30e3, 0);
	add_at(0, 100);
	assert_true(add_at(2 * S + 1, 100));
	assert_int_equal(
		phc_map_raw(&map, TAI_NS + S, &min_ns, &max_ns, &stamp_ns),
		-ENODATA);
}

static void a_step_forgets_all_that_was_before(void **state)
{
	int64_t min_ns, max_ns, stamp_ns;

	(void)state;
	turn(&world, 0, 30e3, 0);
	for (int i = 0; i < 20; i++)
		assert_true(add_at(i * 100 * MS, 1000));
	turn(&world, 1950 * MS, 30e3, 5000); /* 5 us */
	assert_false(add_at(2000 * MS, 1000));
	assert_int_equal(phc_map_raw(&map, TAI_NS + 1500 * MS, &min_ns, &max_ns,
				     &stamp_ns),
			 -ENODATA);
	assert_true(add_at(2100 * MS, 1000));
	placed_width_ns(2050 * MS);
}

static void steps_of_any_sign_and_size_are_seen_beyond_the_windows(void **state)
{
	static const int64_t steps[] = {2500, -2500, 40000,  -40000, MS,
					-MS,  7 * S, -7 * S, -S,     S};

	(void)state;
	for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		set_up(NULL);
		turn(&world, 0, 30e3, 0);
		for (int i = 0; i < 40; i++)
			assert_true(add_at(i * 100 * MS, 1000));
		turn(&world, 3950 * MS, 30e3, steps[k]);
		assert_false(add_at(4000 * MS, 1000));
	}
}

static void a_frequency_that_the_kernel_names_is_no_step(void **state)
{
	(void)state;
	turn(&world, 0, 30e3, 0);
	for (int i = 0; i < 20; i++)
		assert_true(add_at(i * 100 * MS, 1000));
	/* ptp4l at its start: 200 ppm, where 20 us are made good in 100 ms */
	turn(&world, 1910 * MS, 230e3, 0);
	for (int i = 20; i < 40; i++)
		assert_true(add_at(i * 100 * MS, 1000));
	for (int64_t t = MS; t < 3900 * MS; t += 13 * MS)
		placed_width_ns(t);
}

/* As e1000e's of some emulators: it is a step at each reading. */
static void a_phc_that_runs_a_third_fast_is_never_followed(void **state)
{
	int64_t min_ns, max_ns, stamp_ns;

	(void)state;
	turn(&world, 0, 333e6, 0);
	for (int i = 0; i < 20; i++) {
		struct phc_reading r =
			read_at(&world, i * 100 * MS, 1000, 333e6);

		assert_true(phc_map_add(&map, &r) == (i == 0));
	}
	assert_int_equal(phc_map_raw(&map, TAI_NS + 1500 * MS, &min_ns, &max_ns,
				     &stamp_ns),
			 -ENODATA);
}

static void a_frozen_phc_or_one_that_goes_back_is_a_step(void **state)
{
	struct phc_reading r;

	(void)state;
	turn(&world, 0, 0, 0);
	assert_true(add_at(0, 100));
	r = read_at(&world, 100 * MS, 100, 0);
	r.phc_ns -= 100 * MS;
	r.lo_ns -= 100 * MS;
	r.hi_ns -= 100 * MS;
	assert_false(phc_map_add(&map, &r));
	r.raw_ns--;
	assert_false(phc_map_add(&map, &r));
}

static void without_a_frequency_only_a_declaration_helps(void **state)
{
	struct phc_map_options declared = usual;
	int64_t min_ns, max_ns, stamp_ns;

	(void)state;
	turn(&world, 0, 30e3, 0);
	for (int i = 0; i < 5; i++) {
		struct phc_reading r = read_at(&world, i * 100 * MS, 1000, 0);

		r.has_rate = false;
		assert_true(phc_map_add(&map, &r));
	}
	assert_int_equal(phc_map_raw(&map, TAI_NS + 150 * MS, &min_ns, &max_ns,
				     &stamp_ns),
			 -ENODATA);
	declared.steer_ppb = 1000;
	phc_map_init(&map, &declared);
	for (int i = 0; i < 5; i++) {
		struct phc_reading r = read_at(&world, i * 100 * MS, 1000, 0);

		r.has_rate = false;
		assert_true(phc_map_add(&map, &r));
	}
	/* 1000 ns, and 1400 ppb each way over 100 ms: 70 ns a side */
	assert_in_range(placed_width_ns(150 * MS), 1000, 1000 + 2 * 70 + 10);
}

#define EACH(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_free_running_phc_is_placed_within_its_windows),
		EACH(every_frequency_in_force_in_between_is_allowed_for),
		EACH(a_frequency_that_no_reading_showed_is_allowed_for),
		EACH(a_stamp_after_the_last_reading_has_to_wait),
		EACH(a_stamp_before_all_readings_is_nowhere),
		EACH(readings_too_far_apart_say_nothing_of_between),
		EACH(a_step_forgets_all_that_was_before),
		EACH(steps_of_any_sign_and_size_are_seen_beyond_the_windows),
		EACH(a_frequency_that_the_kernel_names_is_no_step),
		EACH(a_phc_that_runs_a_third_fast_is_never_followed),
		EACH(a_frozen_phc_or_one_that_goes_back_is_a_step),
		EACH(without_a_frequency_only_a_declaration_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
