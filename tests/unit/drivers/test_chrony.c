/* SPDX-License-Identifier: Apache-2.0 */
/* The chrony driver through whatever may become of clocks and of chronyd: all
 * that it says is true (chrony_watch.h), and it says enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* before cmocka.h */
#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "chrony_watch.h"

/* --- containment -------------------------------------------------------- */

#define SEEDS 40

static void random_histories(bool is_free, double poll_s_min, double poll_s_max,
			     double seconds, int samples_min)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct chrony_watch t;

		chrony_watch_start(&t, seed, is_free, 1 + (int)(seed % 4),
				   poll_s_min, poll_s_max);
		model_run(&t.world, t.driver, seconds);
		assert_string_equal(t.health, "");
		if (t.samples < samples_min)
			fail_msg("seed %" PRIu64 ": %d samples", seed,
				 t.samples);
		chrony_watch_end(&t);
	}
}

static void test_steering_chronyd_is_followed(void **state)
{
	(void)state;
	random_histories(false, 4, 64, 300, 3);
}

static void test_chronyd_without_control_is_followed(void **state)
{
	(void)state;
	random_histories(true, 4, 64, 300, 3);
}

static void test_fast_polls_are_followed(void **state)
{
	(void)state;
	random_histories(false, 0.25, 2, 60, 20);
	random_histories(true, 0.25, 2, 60, 20);
}

/* chronyd -x while somebody else steers CLOCK_REALTIME smoothly. */
static void test_a_foreign_steerer_is_allowed_for(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct chrony_watch t;

		chrony_watch_begin(&t, seed, true);
		t.world.foreign_raw_ns = t.world.raw_ns;
		chrony_watch_add(&t, 2, 2, 32);
		chrony_watch_open(&t, NULL);
		model_run(&t.world, t.driver, 300);
		assert_true(t.samples > 10);
		chrony_watch_end(&t);
	}
}

/* clock_settime by root, which chronyd takes no notice of. */
static void test_steps_by_others_void_what_was_measured_before(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct chrony_watch t;

		chrony_watch_start(&t, seed, seed % 2, 2, 1, 16);
		for (int i = 0; i < 20; i++) {
			const double ns =
				exp(model_random(&t.world, log(1e6), log(9e9)));

			model_run(&t.world, t.driver,
				  model_random(&t.world, 0, 20));
			model_step(&t.world, seed & 2 ? ns : -ns);
		}
		model_run(&t.world, t.driver, 60);
		assert_true(t.samples > 10);
		chrony_watch_end(&t);
	}
}

/* Another chronyd, in the other mode, between two rounds. */
static void test_restarts_are_noticed(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct chrony_watch t;

		chrony_watch_start(&t, seed, seed % 2, 2, 1, 16);
		for (int i = 0; i < 10; i++) {
			model_run(&t.world, t.driver,
				  model_random(&t.world, 5, 40));
			model_restart(&t.world, !t.world.is_free);
		}
		model_run(&t.world, t.driver, 60);
		assert_true(t.samples > 10);
		chrony_watch_end(&t);
	}
}

/* Measurements reloaded from a file, or older than our watch: of no use. */
static void test_what_was_measured_before_the_start_is_left(void **state)
{
	struct chrony_watch t;

	(void)state;
	chrony_watch_begin(&t, 1, false);
	t.world.keeps_off = true;
	chrony_watch_add(&t, 1, 64, 64);
	model_advance(&t.world, INT64_C(70000000000));
	assert_true(t.world.source[0].latest.exists);
	chrony_watch_open(&t, NULL);
	t.world.source[0].next_raw_ns = t.world.raw_ns + INT64_C(30000000000);
	model_run(&t.world, t.driver, 29);
	assert_int_equal(t.samples, 0);
	assert_string_equal(t.info[0].note, "waiting for the next measurement");
	model_run(&t.world, t.driver, 4);
	assert_true(t.samples > 0);
	chrony_watch_end(&t);
}

/* A new chronyd that reads its forerunner's measurements from a file takes them
 * for its own clock's, while the old one's was still 40 ms off the system's. */
static void test_reloaded_measurements_are_left(void **state)
{
	struct model_sample kept;
	struct chrony_watch t;

	(void)state;
	chrony_watch_begin(&t, 2, false);
	t.world.real_ns = t.world.ref_ns + 50e6;
	chrony_watch_add(&t, 1, 2, 2);
	chrony_watch_open(&t, NULL);
	model_run(&t.world, t.driver, 15);
	assert_true(t.samples > 0);
	t.world.fault = MODEL_SILENT;
	model_run(&t.world, t.driver, 5);
	kept = t.world.source[0].latest;
	model_restart(&t.world, false);
	/* and has made its first updates before it is asked */
	t.world.synced = true;
	t.world.update_interval_s = 5;
	t.world.ref_time.s++;
	t.world.source[0].latest = kept;
	t.world.source[0].next_raw_ns = INT64_MAX;
	t.world.keeps_off = true;
	t.world.fault = MODEL_WELL;
	t.samples = 0;
	model_run(&t.world, t.driver, 10);
	assert_string_equal(t.health, "");
	assert_int_equal(t.samples, 0);
	chrony_watch_end(&t);
}

/* --- the budget --------------------------------------------------------- */

static void run_one(struct chrony_watch *t, const struct chrony_options *opt)
{
	chrony_watch_begin(t, 7, false);
	chrony_watch_add(t, 1, 2, 2);
	t->world.source[0].wire.stratum = 2;
	t->world.source[0].root_s = 1e-3;
	chrony_watch_open(t, opt);
	model_run(&t->world, t->driver, 120);
	assert_true(t->samples > 20);
}

static void test_ntpdata_narrows_the_budget(void **state)
{
	const struct chrony_options without = {.poll_ns = 250000000,
					       .asymmetry_ns = -1,
					       .server_scale = 2,
					       .socket = ""};
	struct chrony_watch with, bare;

	(void)state;
	run_one(&with, NULL);
	assert_string_equal(with.info[0].note, "");
	assert_int_equal(with.info[0].stratum, 2);
	chrony_watch_end(&with);
	run_one(&bare, &without);
	assert_string_equal(bare.info[0].note,
			    "no ntpdata: last hop counted as the server's");
	assert_true(bare.width_ns / bare.samples >
		    1.2 * with.width_ns / with.samples);
	chrony_watch_end(&bare);
}

/* One server of this stratum, whose packets name this as its reference; how many
 * samples come of it in two minutes, and what is said of it. */
static int samples_of(struct chrony_watch *t, int stratum, uint32_t ref_id)
{
	chrony_watch_begin(t, 7, false);
	chrony_watch_add(t, 1, 2, 2);
	t->world.source[0].wire.stratum = stratum;
	t->world.source[0].root_s = 1e-3;
	t->world.source[0].ref_id = ref_id;
	chrony_watch_open(t, NULL);
	model_run(&t->world, t->driver, 120);
	return t->samples;
}

static void test_a_server_that_follows_nobody_is_not_believed(void **state)
{
	/* LOCAL of chronyd and of ntpd, and ntpd's orphan */
	static const uint32_t own[] = {0x7f7f0101, 0x7f7f0100, 0x7f000001};
	struct chrony_watch t;

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		assert_int_equal(samples_of(&t, 10, own[i]), 0);
		assert_false(t.info[0].reachable);
		assert_string_equal(t.info[0].note,
				    "its server follows nobody (refid: its own "
				    "clock)");
		/* it has found a reference */
		t.world.source[0].ref_id = 0xc0000201;
		model_run(&t.world, t.driver, 20);
		assert_true(t.samples > 3);
		assert_true(t.info[0].reachable);
		/* and lost it */
		t.world.source[0].ref_id = own[i];
		model_run(&t.world, t.driver, 4);
		t.samples = 0;
		model_run(&t.world, t.driver, 60);
		assert_int_equal(t.samples, 0);
		chrony_watch_end(&t);
	}
	/* chronyd's `local stratum 1`: a reference, somebody declared */
	assert_true(samples_of(&t, 1, own[0]) > 20);
	chrony_watch_end(&t);
}

static void test_a_server_that_smooths_its_time_is_not_believed(void **state)
{
	struct chrony_watch t;

	(void)state;
	for (int stratum = 1; stratum <= 2; stratum++) {
		assert_int_equal(samples_of(&t, stratum, 0x7f7f01ff), 0);
		assert_false(t.info[0].reachable);
		assert_string_equal(t.info[0].note,
				    "its server smooths its time (refid "
				    "127.127.1.255), and does not say how far");
		chrony_watch_end(&t);
	}
}

/* Each measurement is told once at first sight, and again only for gain. */
static void test_repeats_are_few(void **state)
{
	struct chrony_watch t;

	(void)state;
	chrony_watch_start(&t, 3, false, 1, 16, 16);
	model_run(&t.world, t.driver, 600);
	/* 600 s / 16 s, the first of them before the watch or not */
	assert_in_range(t.samples - t.repeats, 32, 43);
	assert_true(t.repeats < 60);
	chrony_watch_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steering_chronyd_is_followed),
		cmocka_unit_test(test_chronyd_without_control_is_followed),
		cmocka_unit_test(test_fast_polls_are_followed),
		cmocka_unit_test(test_a_foreign_steerer_is_allowed_for),
		cmocka_unit_test(
			test_steps_by_others_void_what_was_measured_before),
		cmocka_unit_test(test_restarts_are_noticed),
		cmocka_unit_test(
			test_what_was_measured_before_the_start_is_left),
		cmocka_unit_test(test_reloaded_measurements_are_left),
		cmocka_unit_test(test_ntpdata_narrows_the_budget),
		cmocka_unit_test(
			test_a_server_that_follows_nobody_is_not_believed),
		cmocka_unit_test(
			test_a_server_that_smooths_its_time_is_not_believed),
		cmocka_unit_test(test_repeats_are_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
