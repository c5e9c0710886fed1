/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chrony driver against a model of chronyd (sim/chronyd_model.h) that knows the truth:
 * each sample must name the event's age and the clock's rate rightly and
 * contain the reference. Containment has no tolerance but the model's own
 * arithmetic (a tenth of a nanosecond).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chronyd_model.h"

#define SOURCES	 100
#define TINY_NS	 0.1
#define TINY_PPB 0.01

struct watch {
	struct env world;
	struct driver *driver;
	struct source_info info[SOURCES];
	bool gone[SOURCES];
	int count;
	int room; /* sources the sink takes */
	int samples;
	int repeats;
	int updates;
	double width_ns; /* sum of all half-widths */
	char health[128];
};

static struct model_source *source_named(struct watch *t, const char *name)
{
	for (int i = 0; i < t->world.count; i++) {
		char text[CMDMON_ADDRESS_SIZE];

		cmdmon_address_print(&t->world.source[i].wire.address, text);
		if (strcmp(text, name) == 0)
			return &t->world.source[i];
	}
	fail_msg("no source %s", name);
	return NULL;
}

static int on_source(void *arg, const struct source_info *info)
{
	struct watch *t = arg;
	int i = 0;

	t->updates++;
	while (i < t->count && strcmp(t->info[i].name, info->name) != 0)
		i++;
	if (i >= t->room)
		return -ENOSPC;
	if (i == t->count)
		t->count++;
	t->info[i] = *info;
	t->gone[i] = false;
	return i;
}

static void on_gone(void *arg, int source)
{
	struct watch *t = arg;

	assert_in_range(source, 0, t->count - 1);
	t->gone[source] = true;
}

static void on_health(void *arg, const char *text)
{
	struct watch *t = arg;

	snprintf(t->health, sizeof(t->health), "%s", text);
}

static void on_sample(void *arg, int source, const struct sample *m)
{
	struct watch *t = arg;
	const struct env *w = &t->world;
	const struct model_source *from = source_named(t, t->info[source].name);
	const struct model_sample *s = &from->served;
	const double age_ns = (double)(m->raw_ns - s->raw_ns);
	double lo_ns = (double)(m->mid_ns - MODEL_EPOCH_NS), hi_ns = lo_ns;
	double gained_ns, rate_ppb, x_ns;

	assert_int_equal(m->raw_ns, w->pair_raw_ns);
	/* the age, and the rate by which chronyd's books go back so far */
	assert_true(age_ns >= (double)m->age_ns_min - TINY_NS);
	assert_true(age_ns <= (double)m->age_ns_max + TINY_NS);
	assert_true(m->age_ns_min >= 0);
	gained_ns = model_line_ns(w, from) - s->cooked_ns;
	rate_ppb = gained_ns / age_ns * 1e9;
	if (rate_ppb < m->ruler_ppb_min - TINY_PPB - 1e8 / age_ns ||
	    rate_ppb > m->ruler_ppb_max + TINY_PPB + 1e8 / age_ns)
		fail_msg("rate %f not in %f..%f, age %f", rate_ppb,
			 m->ruler_ppb_min, m->ruler_ppb_max, age_ns * 1e-9);
	/* reference - raw at the event, carried along C */
	x_ns = s->ref_ns + gained_ns;
	for (int i = 0; i < TERM_COUNT; i++) {
		assert_true(m->lo_ns[i] >= 0 && m->hi_ns[i] >= 0);
		lo_ns -= (double)m->lo_ns[i];
		hi_ns += (double)m->hi_ns[i];
	}
	if (x_ns < lo_ns - TINY_NS || x_ns > hi_ns + TINY_NS)
		fail_msg("%f not in %f..%f, age %f", x_ns, lo_ns, hi_ns,
			 age_ns * 1e-9);
	t->samples++;
	t->repeats += m->repeat;
	t->width_ns += (hi_ns - lo_ns) / 2;
}

static void open_driver(struct watch *t, const struct chrony_options *change)
{
	const struct driver_sink sink = {.source = on_source,
					 .gone = on_gone,
					 .sample = on_sample,
					 .health = on_health,
					 .arg = t};
	struct chrony_options opt = {
		.poll_ns = 250000000, .asymmetry_ns = -1, .server_scale = 2};

	if (change)
		opt = *change;
	opt.host = "127.0.0.1";
	opt.port = t->world.port;
	if (!opt.socket)
		opt.socket = t->world.socket;
	assert_int_equal(driver_chrony_open(&opt, &t->world, &sink, &t->driver),
			 0);
}

static void begin(struct watch *t, uint64_t seed, bool is_free)
{
	memset(t, 0, sizeof(*t));
	t->room = SOURCES;
	model_open(&t->world, seed, is_free);
}

static void end(struct watch *t)
{
	t->driver->ops->close(t->driver);
	model_close(&t->world);
}

static void add_servers(struct watch *t, int n, double poll_s_min,
			double poll_s_max)
{
	for (int i = 0; i < n; i++) {
		const uint8_t ip[4] = {192, 0, 2, (uint8_t)(i + 1)};

		model_add(&t->world, ip,
			  exp(model_random(&t->world, log(poll_s_min),
					   log(poll_s_max))));
	}
}

/* --- containment -------------------------------------------------------- */

#define SEEDS 40

static void random_histories(bool is_free, double poll_s_min, double poll_s_max,
			     double seconds, int samples_min)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct watch t;

		begin(&t, seed, is_free);
		add_servers(&t, 1 + (int)(seed % 4), poll_s_min, poll_s_max);
		open_driver(&t, NULL);
		model_run(&t.world, t.driver, seconds);
		assert_string_equal(t.health, "");
		if (t.samples < samples_min)
			fail_msg("seed %" PRIu64 ": %d samples", seed,
				 t.samples);
		end(&t);
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
		struct watch t;

		begin(&t, seed, true);
		t.world.foreign_raw_ns = t.world.raw_ns;
		add_servers(&t, 2, 2, 32);
		open_driver(&t, NULL);
		model_run(&t.world, t.driver, 300);
		assert_true(t.samples > 10);
		end(&t);
	}
}

/* clock_settime by root, which chronyd takes no notice of. */
static void test_steps_by_others_void_what_was_measured_before(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct watch t;

		begin(&t, seed, seed % 2);
		add_servers(&t, 2, 1, 16);
		open_driver(&t, NULL);
		for (int i = 0; i < 20; i++) {
			const double ns =
				exp(model_random(&t.world, log(1e6), log(9e9)));

			model_run(&t.world, t.driver,
				  model_random(&t.world, 0, 20));
			model_step(&t.world, seed & 2 ? ns : -ns);
		}
		model_run(&t.world, t.driver, 60);
		assert_true(t.samples > 10);
		end(&t);
	}
}

/* Another chronyd, in the other mode, between two rounds. */
static void test_restarts_are_noticed(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct watch t;

		begin(&t, seed, seed % 2);
		add_servers(&t, 2, 1, 16);
		open_driver(&t, NULL);
		for (int i = 0; i < 10; i++) {
			model_run(&t.world, t.driver,
				  model_random(&t.world, 5, 40));
			model_restart(&t.world, !t.world.is_free);
		}
		model_run(&t.world, t.driver, 60);
		assert_true(t.samples > 10);
		end(&t);
	}
}

/* Measurements reloaded from a file, or older than our watch: of no use. */
static void test_what_was_measured_before_the_start_is_left(void **state)
{
	struct watch t;

	(void)state;
	begin(&t, 1, false);
	t.world.keeps_off = true;
	add_servers(&t, 1, 64, 64);
	model_advance(&t.world, INT64_C(70000000000));
	assert_true(t.world.source[0].latest.exists);
	open_driver(&t, NULL);
	t.world.source[0].next_raw_ns = t.world.raw_ns + INT64_C(30000000000);
	model_run(&t.world, t.driver, 29);
	assert_int_equal(t.samples, 0);
	assert_string_equal(t.info[0].note, "waiting for the next measurement");
	model_run(&t.world, t.driver, 4);
	assert_true(t.samples > 0);
	end(&t);
}

/* A new chronyd that reads its forerunner's measurements from a file takes them
 * for its own clock's, while the old one's was still 40 ms off the system's. */
static void test_reloaded_measurements_are_left(void **state)
{
	struct model_sample kept;
	struct watch t;

	(void)state;
	begin(&t, 2, false);
	t.world.real_ns = t.world.ref_ns + 50e6;
	add_servers(&t, 1, 2, 2);
	open_driver(&t, NULL);
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
	end(&t);
}

/* --- the budget --------------------------------------------------------- */

static void run_one(struct watch *t, const struct chrony_options *opt)
{
	begin(t, 7, false);
	add_servers(t, 1, 2, 2);
	t->world.source[0].wire.stratum = 2;
	t->world.source[0].root_s = 1e-3;
	open_driver(t, opt);
	model_run(&t->world, t->driver, 120);
	assert_true(t->samples > 20);
}

static void test_ntpdata_narrows_the_budget(void **state)
{
	const struct chrony_options without = {.poll_ns = 250000000,
					       .asymmetry_ns = -1,
					       .server_scale = 2,
					       .socket = ""};
	struct watch with, bare;

	(void)state;
	run_one(&with, NULL);
	assert_string_equal(with.info[0].note, "");
	assert_int_equal(with.info[0].stratum, 2);
	end(&with);
	run_one(&bare, &without);
	assert_string_equal(bare.info[0].note,
			    "no ntpdata: last hop counted as the server's");
	assert_true(bare.width_ns / bare.samples >
		    1.2 * with.width_ns / with.samples);
	end(&bare);
}

/* Each measurement is told once at first sight, and again only for gain. */
static void test_repeats_are_few(void **state)
{
	struct watch t;

	(void)state;
	begin(&t, 3, false);
	add_servers(&t, 1, 16, 16);
	open_driver(&t, NULL);
	model_run(&t.world, t.driver, 600);
	/* 600 s / 16 s, the first of them before the watch or not */
	assert_in_range(t.samples - t.repeats, 32, 43);
	assert_true(t.repeats < 60);
	end(&t);
}

/* --- trouble ------------------------------------------------------------ */

static void begin_well(struct watch *t)
{
	begin(t, 11, false);
	add_servers(t, 2, 1, 1);
	open_driver(t, NULL);
	model_run(&t->world, t->driver, 5);
	assert_string_equal(t->health, "");
	assert_true(t->samples > 0);
	assert_true(t->info[0].reachable);
}

static void expect_trouble(struct watch *t, const char *health)
{
	t->samples = 0;
	model_run(&t->world, t->driver, 5);
	assert_int_equal(t->samples, 0);
	assert_non_null(strstr(t->health, health));
	assert_false(t->info[0].reachable);
	assert_string_equal(t->info[0].note, "chronyd does not answer");
}

static void expect_recovery(struct watch *t)
{
	t->world.fault = MODEL_WELL;
	model_run(&t->world, t->driver, 6);
	assert_string_equal(t->health, "");
	assert_true(t->samples > 0);
	assert_true(t->info[0].reachable);
	end(t);
}

static void faulty(enum model_fault fault, const char *health)
{
	struct watch t;

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
	struct watch t;

	(void)state;
	begin_well(&t);
	t.world.fault = MODEL_FLOODS;
	t.samples = 0;
	model_run(&t.world, t.driver, 10);
	assert_string_equal(t.health, "");
	assert_true(t.samples > 5);
	end(&t);
}

static void test_absence_is_health(void **state)
{
	struct watch t;

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
	struct watch t;

	(void)state;
	begin(&t, 5, false);
	add_servers(&t, 1, 1, 1);
	model_hang_up(&t.world);
	open_driver(&t, NULL);
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
	struct watch t;

	(void)state;
	begin(&t, 5, false);
	model_add(&t.world, a, 4)->next_raw_ns = INT64_MAX;
	model_add(&t.world, b, 4)->wire.address.family = CMDMON_ID;
	model_add(&t.world, c, 4)->wire.mode = CMDMON_REFCLOCK;
	open_driver(&t, NULL);
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
	end(&t);
}

static void test_a_source_is_gone_after_a_grace(void **state)
{
	struct watch t;

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
	end(&t);
}

static void test_a_resolved_name_is_gone_at_once(void **state)
{
	const uint8_t id[4] = {0, 0, 0, 3};
	struct watch t;

	(void)state;
	begin(&t, 5, false);
	add_servers(&t, 1, 1, 1);
	model_add(&t.world, id, 4)->wire.address.family = CMDMON_ID;
	open_driver(&t, NULL);
	model_run(&t.world, t.driver, 2);
	assert_int_equal(t.count, 2);
	t.world.count = 1;
	model_run(&t.world, t.driver, 1);
	assert_true(t.gone[1]);
	end(&t);
}

static void test_too_many_sources_are_said(void **state)
{
	struct watch t;

	(void)state;
	begin(&t, 5, false);
	add_servers(&t, MODEL_SOURCES_MAX, 4, 4);
	t.world.update_share = 0.01; /* a whole round between two updates */
	open_driver(&t, NULL);
	model_run(&t.world, t.driver, 20);
	assert_string_equal(t.health, "chronyd has 80 sources, 64 are watched");
	assert_int_equal(t.count, 64);
	assert_true(t.samples > 64);
	end(&t);
}

static void test_a_full_engine_is_survived(void **state)
{
	struct watch t;

	(void)state;
	begin(&t, 5, false);
	t.room = 1;
	add_servers(&t, 3, 2, 2);
	open_driver(&t, NULL);
	model_run(&t.world, t.driver, 20);
	assert_int_equal(t.count, 1);
	assert_true(t.samples > 0);
	end(&t);
}

static void test_a_count_beyond_what_there_is_ends_no_loop(void **state)
{
	struct watch t;

	(void)state;
	begin_well(&t);
	t.world.claimed_count = 5;
	t.samples = 0;
	model_run(&t.world, t.driver, 5);
	assert_int_equal(t.samples, 0);
	t.world.claimed_count = 0;
	model_run(&t.world, t.driver, 5);
	assert_true(t.samples > 0);
	end(&t);
}

static void test_an_unreached_source_is_not_reachable(void **state)
{
	struct watch t;

	(void)state;
	begin_well(&t);
	t.world.source[0].next_raw_ns = INT64_MAX;
	model_run(&t.world, t.driver, 2);
	t.world.source[0].wire.reach = 0;
	model_run(&t.world, t.driver, 2);
	assert_false(t.info[0].reachable);
	assert_true(t.info[1].reachable);
	end(&t);
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
	struct watch t;

	(void)state;
	begin(&t, 1, false);
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
		cmocka_unit_test(test_repeats_are_few),
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
