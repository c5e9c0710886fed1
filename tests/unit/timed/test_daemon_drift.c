/* SPDX-License-Identifier: Apache-2.0 */
/* The program, what it keeps of the oscillator in the drift file, and a sensor
 * beside it. */
#include <time.h>

#include "tests/unit/timed/daemon_run.h"
#include "timed/config.h"
#include "timed/driftfile.h"

/* A drift file of now, of this clocksource and of that boot: W was widened to 35
 * ppb/s, and the rate is known to 2 ppb, under the default axioms but for W, which
 * was so much narrower. */
static void put_drift(const char *boot_id, double narrower_ppb_s)
{
	static struct config cfg;
	char clocksource[DRIFTFILE_NAME_SIZE], text[1280];
	struct axioms a;
	struct timespec now;
	long long raw_ns;

	assert_int_equal(driftfile_clocksource(DRIFTFILE_CLOCKSOURCE,
					       clocksource), 0);
	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	raw_ns = now.tv_sec * 1000000000LL;
	config_defaults(&cfg);
	config_axioms(&cfg, &a);
	assert_true(a.swing_ppb < 0);
	snprintf(text, sizeof(text),
		 "timed-drift 3\nboot_id %s\nclocksource %s\nraw_ns %lld\n"
		 "written_unix_ns 1795380000000000000\nrate_ppb 4000\n"
		 "rate_ppb_min 3999\nrate_ppb_max 4001\nwander_ppb_s 35\n"
		 "jitter_ppb 200\nwidened_raw_ns %lld\nbeyond_raw_ns %lld\n"
		 "temperature_c -\ndeviation_1s_ppb 5\nerror_1s_ppb 1\n"
		 "deviation_10s_ppb -\nerror_10s_ppb -\n"
		 "deviation_100s_ppb -\nerror_100s_ppb -\n"
		 "deviation_1000s_ppb -\nerror_1000s_ppb -\n"
		 "axiom_drift_ppb %g\naxiom_wander_ppb_s %g\n"
		 "axiom_jitter_ppb %g\naxiom_swing_ppb -\n",
		 boot_id, clocksource, raw_ns, raw_ns, raw_ns, a.drift_ppb,
		 a.wander_ppb_s - narrower_ppb_s, a.jitter_ppb);
	put_file("drift", text);
}

static void this_boot(char ret[40])
{
	uint64_t id[2];

	assert_int_equal(segment_boot_id(id), 0);
	snprintf(ret, 40, "%016llx%016llx", (unsigned long long)id[0],
		 (unsigned long long)id[1]);
}

static bool is_seeded(struct json_object *doc)
{
	return json_object_get_boolean(member(doc, "drift_file", "seeded"));
}

static double wander_ppb_s(struct json_object *doc)
{
	return json_object_get_double(member(doc, "axioms", "wander_ppb_s"));
}

/* Of this boot all counts, until a reload has the axioms back. */
static void what_was_learnt_in_this_boot_counts(void **state)
{
	struct json_object *doc;
	char boot_id[40];

	(void)state;
	this_boot(boot_id);
	put_drift(boot_id, 0);
	the_daemon_runs();
	doc = get_status();
	assert_true(is_seeded(doc));
	assert_true(wander_ppb_s(doc) == 35);
	json_object_put(doc);
	kill(pid, SIGHUP);
	expect_line("log", "axioms as configured again: wander 20 ppb/s, jitter "
			   "200 ppb (reload)");
	doc = get_status();
	assert_true(wander_ppb_s(doc) == 20);
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

/* Whoever finds that his oscillator is worse than he had declared, and declares so:
 * what was proved and published under the old words is not carried on. */
static void under_wider_axioms_nothing_is_carried_on(void **state)
{
	struct json_object *doc;
	char boot_id[40];

	(void)state;
	this_boot(boot_id);
	put_drift(boot_id, 1);
	the_daemon_runs();
	doc = get_status();
	assert_false(is_seeded(doc));
	assert_string_equal(json_object_get_string(
				    member(doc, "drift_file", "note")),
			    "axioms.wander is wider now");
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

/* A life under narrower axioms, killed before it has saved anything, has put them
 * down: the next one, as wide as the first, must not take what it published. */
static void narrower_axioms_are_put_down_at_once(void **state)
{
	struct json_object *doc;
	char boot_id[40];

	(void)state;
	this_boot(boot_id);
	put_drift(boot_id, -1);
	assert_non_null(strstr(file_text("drift"), "axiom_wander_ppb_s 21\n"));
	the_daemon_runs();
	doc = get_status();
	assert_true(is_seeded(doc));
	json_object_put(doc);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	pid = 0;
	assert_non_null(strstr(file_text("drift"), "axiom_wander_ppb_s 20\n"));
}

/* Of another boot nothing is proved; what the oscillator is like is told. */
static void what_was_learnt_in_another_boot_is_a_guess(void **state)
{
	struct json_object *doc, *level;

	(void)state;
	put_drift("0123456789abcdeffedcba9876543210", 1);
	the_daemon_runs();
	doc = get_status();
	assert_false(is_seeded(doc));
	assert_string_equal(json_object_get_string(
				    member(doc, "drift_file", "note")),
			    "it is of another boot");
	assert_true(wander_ppb_s(doc) == 20);
	level = json_object_array_get_idx(member(doc, "oscillator", "levels"),
					  0);
	assert_string_equal(json_object_get_string(member(level, "source",
							  NULL)),
			    "drift_file");
	level = json_object_array_get_idx(member(doc, "oscillator", "levels"),
					  1);
	assert_int_equal(json_object_get_int(member(level, "tau_s", NULL)), 10);
	assert_null(member(level, "source", NULL));
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

/* A sensor that cannot be read is told, and the daemon goes on; one that can is
 * shown. */
static void a_temperature_is_shown_or_its_error_is(void **state)
{
	struct json_object *doc;
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), NO_CHRONY "temperature = \"%s\";",
		 at("temp1_input"));
	put_config(text);
	pid = start_daemon("log");
	expect_line("log", "temp1_input: No such file or directory");
	put_file("temp1_input", "42500\n");
	kill(pid, SIGHUP);
	expect_line("log", "temp1_input is read again");
	doc = get_status();
	assert_true(json_object_get_double(member(doc, "oscillator",
						  "temperature_c")) == 42.5);
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(what_was_learnt_in_this_boot_counts),
		EACH(under_wider_axioms_nothing_is_carried_on),
		EACH(narrower_axioms_are_put_down_at_once),
		EACH(what_was_learnt_in_another_boot_is_a_guess),
		EACH(a_temperature_is_shown_or_its_error_is),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
