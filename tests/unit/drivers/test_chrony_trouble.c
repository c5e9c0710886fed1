/* SPDX-License-Identifier: Apache-2.0 */
/* The chrony driver where chronyd or its sources give nothing: it says so, goes
 * on as soon as it may, and says nothing false meanwhile (chrony_watch.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chrony_watch.h"

/* --- trouble ------------------------------------------------------------ */

static void begin_well(struct chrony_watch *t)
{
	chrony_watch_start(t, 11, false, 2, 1, 1);
	model_run(&t->world, t->driver, 5);
	assert_string_equal(t->health, "");
	assert_true(t->samples > 0);
	assert_true(t->info[0].reachable);
}

static void expect_trouble(struct chrony_watch *t, const char *health)
{
	t->samples = 0;
	model_run(&t->world, t->driver, 5);
	assert_int_equal(t->samples, 0);
	assert_non_null(strstr(t->health, health));
	assert_false(t->info[0].reachable);
	assert_string_equal(t->info[0].note, "chronyd does not answer");
}

static void expect_recovery(struct chrony_watch *t)
{
	t->world.fault = MODEL_WELL;
	model_run(&t->world, t->driver, 6);
	assert_string_equal(t->health, "");
	assert_true(t->samples > 0);
	assert_true(t->info[0].reachable);
	chrony_watch_end(t);
}

static void faulty(enum model_fault fault, const char *health)
{
	struct chrony_watch t;

	begin_well(&t);
	t.world.fault = fault;
	/* what was asked before the fault is answered well */
	model_run(&t.world, t.driver, 2);
	expect_trouble(&t, health);
	expect_recovery(&t);
}

static void test_silence_is_health(void **state)
{
	(void)state;
	faulty(MODEL_SILENT, "does not answer");
}

static void test_garbage_is_health(void **state)
{
	(void)state;
	faulty(MODEL_GARBAGE, "is no chronyd");
}

static void test_short_replies_are_health(void **state)
{
	(void)state;
	faulty(MODEL_TRUNCATED, "is no chronyd");
}

static void test_another_version_is_health(void **state)
{
	(void)state;
	faulty(MODEL_WRONG_VERSION, "speaks another version");
}

static void test_foreign_sequences_are_silence(void **state)
{
	(void)state;
	faulty(MODEL_WRONG_SEQUENCE, "does not answer");
}

static void test_refusal_is_health(void **state)
{
	(void)state;
	faulty(MODEL_REFUSES, "refuses to answer");
}

static void test_absurd_figures_are_health(void **state)
{
	(void)state;
	faulty(MODEL_ABSURD, "is no chronyd");
}

static void test_a_flood_of_strays_does_no_harm(void **state)
{
	struct chrony_watch t;

	(void)state;
	begin_well(&t);
	t.world.fault = MODEL_FLOODS;
	t.samples = 0;
	model_run(&t.world, t.driver, 10);
	assert_string_equal(t.health, "");
	assert_true(t.samples > 5);
	chrony_watch_end(&t);
}

static void test_absence_is_health(void **state)
{
	struct chrony_watch t;

	(void)state;
	begin_well(&t);
	model_hang_up(&t.world);
	model_run(&t.world, t.driver, 2);
	expect_trouble(&t, "no chronyd");
	model_listen(&t.world);
	expect_recovery(&t);
}

static void test_absent_at_the_start(void **state)
{
	struct chrony_watch t;

	(void)state;
	chrony_watch_begin(&t, 5, false);
	chrony_watch_add(&t, 1, 1, 1);
	model_hang_up(&t.world);
	chrony_watch_open(&t, NULL);
	model_run(&t.world, t.driver, 5);
	assert_non_null(strstr(t.health, "no chronyd at 127.0.0.1"));
	model_listen(&t.world);
	expect_recovery(&t);
}

/* --- sources ------------------------------------------------------------ */

static void test_what_gives_no_samples_says_why(void **state)
{
	const uint8_t a[4] = {192, 0, 2, 1}, b[4] = {0, 0, 0, 3},
		      c[4] = {'P', 'P', 'S', '0'};
	struct chrony_watch t;

	(void)state;
	chrony_watch_begin(&t, 5, false);
	model_add(&t.world, a, 4)->next_raw_ns = INT64_MAX;
	model_add(&t.world, b, 4)->wire.address.family = CMDMON_ID;
	model_add(&t.world, c, 4)->wire.mode = CMDMON_REFCLOCK;
	chrony_watch_open(&t, NULL);
	model_run(&t.world, t.driver, 20);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.samples, 0);
	assert_string_equal(t.info[0].name, "192.0.2.1");
	assert_string_equal(t.info[0].note, "no measurement yet");
	assert_false(t.info[0].reachable);
	assert_string_equal(t.info[1].name, "ID#0000000003");
	assert_string_equal(t.info[1].note, "address not resolved");
	assert_string_equal(t.info[2].name, "PPS0");
	assert_string_equal(
		t.info[2].note,
		"reference clock: chronyd knows nothing of its health");
	assert_false(t.info[2].reachable);
	assert_true(t.info[2].uncounted);
	assert_false(t.info[0].uncounted || t.info[1].uncounted);
	chrony_watch_end(&t);
}

static void test_a_source_is_gone_after_a_grace(void **state)
{
	struct chrony_watch t;

	(void)state;
	begin_well(&t);
	t.world.count = 1;
	model_run(&t.world, t.driver, 5);
	assert_false(t.gone[1]);
	assert_false(t.info[1].reachable);
	/* while chronyd is silent no grace runs out */
	t.world.fault = MODEL_SILENT;
	model_run(&t.world, t.driver, 60);
	assert_false(t.gone[1]);
	t.world.fault = MODEL_WELL;
	model_run(&t.world, t.driver, 32);
	assert_true(t.gone[1]);
	assert_false(t.gone[0]);
	chrony_watch_end(&t);
}

static void test_a_resolved_name_is_gone_at_once(void **state)
{
	const uint8_t id[4] = {0, 0, 0, 3};
	struct chrony_watch t;

	(void)state;
	chrony_watch_begin(&t, 5, false);
	chrony_watch_add(&t, 1, 1, 1);
	model_add(&t.world, id, 4)->wire.address.family = CMDMON_ID;
	chrony_watch_open(&t, NULL);
	model_run(&t.world, t.driver, 2);
	assert_int_equal(t.count, 2);
	t.world.count = 1;
	model_run(&t.world, t.driver, 1);
	assert_true(t.gone[1]);
	chrony_watch_end(&t);
}

static void test_too_many_sources_are_said(void **state)
{
	struct chrony_watch t;

	(void)state;
	chrony_watch_begin(&t, 5, false);
	chrony_watch_add(&t, MODEL_SOURCES_MAX, 4, 4);
	t.world.update_share = 0.01; /* a whole round between two updates */
	chrony_watch_open(&t, NULL);
	model_run(&t.world, t.driver, 20);
	assert_string_equal(t.health, "chronyd has 80 sources, 64 are watched");
	assert_int_equal(t.count, 64);
	assert_true(t.samples > 64);
	chrony_watch_end(&t);
}

static void test_a_full_engine_is_survived(void **state)
{
	struct chrony_watch t;

	(void)state;
	chrony_watch_begin(&t, 5, false);
	t.room = 1;
	chrony_watch_add(&t, 3, 2, 2);
	chrony_watch_open(&t, NULL);
	model_run(&t.world, t.driver, 20);
	assert_int_equal(t.count, 1);
	assert_true(t.samples > 0);
	chrony_watch_end(&t);
}

static void test_a_count_beyond_what_there_is_ends_no_loop(void **state)
{
	struct chrony_watch t;

	(void)state;
	begin_well(&t);
	t.world.claimed_count = 5;
	t.samples = 0;
	model_run(&t.world, t.driver, 5);
	assert_int_equal(t.samples, 0);
	t.world.claimed_count = 0;
	model_run(&t.world, t.driver, 5);
	assert_true(t.samples > 0);
	chrony_watch_end(&t);
}

static void test_an_unreached_source_is_not_reachable(void **state)
{
	struct chrony_watch t;

	(void)state;
	begin_well(&t);
	t.world.source[0].next_raw_ns = INT64_MAX;
	model_run(&t.world, t.driver, 2);
	t.world.source[0].wire.reach = 0;
	model_run(&t.world, t.driver, 2);
	assert_false(t.info[0].reachable);
	assert_true(t.info[1].reachable);
	chrony_watch_end(&t);
}

static void test_options_are_checked(void **state)
{
	const struct driver_sink sink = {0};
	struct chrony_options opt = {.host = "localhost",
				     .port = 323,
				     .socket = "",
				     .poll_ns = 1,
				     .server_scale = 2};
	struct driver *driver;
	struct chrony_watch t;

	(void)state;
	chrony_watch_begin(&t, 1, false);
	/* a name would need a resolver, which blocks */
	assert_int_equal(driver_chrony_open(&opt, &t.world, &sink, &driver),
			 -EINVAL);
	opt.host = "127.0.0.1";
	opt.server_scale = 0.5;
	assert_int_equal(driver_chrony_open(&opt, &t.world, &sink, &driver),
			 -EINVAL);
	opt.server_scale = NAN;
	assert_int_equal(driver_chrony_open(&opt, &t.world, &sink, &driver),
			 -EINVAL);
	opt.server_scale = 2;
	opt.port = 0;
	assert_int_equal(driver_chrony_open(&opt, &t.world, &sink, &driver),
			 -EINVAL);
	model_close(&t.world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence_is_health),
		cmocka_unit_test(test_garbage_is_health),
		cmocka_unit_test(test_short_replies_are_health),
		cmocka_unit_test(test_another_version_is_health),
		cmocka_unit_test(test_foreign_sequences_are_silence),
		cmocka_unit_test(test_refusal_is_health),
		cmocka_unit_test(test_absurd_figures_are_health),
		cmocka_unit_test(test_a_flood_of_strays_does_no_harm),
		cmocka_unit_test(test_absence_is_health),
		cmocka_unit_test(test_absent_at_the_start),
		cmocka_unit_test(test_what_gives_no_samples_says_why),
		cmocka_unit_test(test_a_source_is_gone_after_a_grace),
		cmocka_unit_test(test_a_resolved_name_is_gone_at_once),
		cmocka_unit_test(test_too_many_sources_are_said),
		cmocka_unit_test(test_a_full_engine_is_survived),
		cmocka_unit_test(
			test_a_count_beyond_what_there_is_ends_no_loop),
		cmocka_unit_test(test_an_unreached_source_is_not_reachable),
		cmocka_unit_test(test_options_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
