/* SPDX-License-Identifier: Apache-2.0 */
/* timed.conf: what is taken. */
#include <errno.h>
#include <stdio.h>

#include "tests/unit/timed/config_text.h"

static void the_defaults_are_the_documented_ones(void **state)
{
	struct axioms a;

	(void)state;
	config_defaults(&cfg);
	config_axioms(&cfg, &a);
	assert_true(a.drift_ppb == 50000 && a.wander_ppb_s == 20 &&
		    a.jitter_ppb == 200 && a.swing_ppb < 0);
	assert_int_equal(a.memory_ns, INT64_C(1024000000000));
	assert_int_equal(a.liars, -1);
	assert_true(cfg.chrony_enable);
	assert_string_equal(cfg.chrony_host, "127.0.0.1");
	assert_int_equal(cfg.chrony_port, 323);
	assert_string_equal(cfg.chrony_socket, "/run/chrony/chronyd.sock");
	assert_int_equal(cfg.chrony_poll_ns, 250000000);
	assert_int_equal(cfg.chrony_asymmetry_ns, -1);
	assert_int_equal(cfg.chrony_delay_ns_min, 0);
	assert_true(cfg.chrony_server_scale == 2.0);
	assert_false(cfg.chrony_smeared);
	assert_int_equal(config_group_count(&cfg), 0);
	assert_int_equal(cfg.leap, LEAP_MODE_SMEAR);
	assert_string_equal(cfg.segment, "/run/timed/clock");
	assert_string_equal(cfg.status_socket, "/run/timed/status.sock");
	assert_string_equal(cfg.drift_file, "/var/lib/timed/drift");
	assert_int_equal(cfg.publish_interval_ns, 100000000);
	assert_int_equal(cfg.horizon_ns, 1000000000);
	assert_int_equal(cfg.void_after_ns, INT64_C(3600000000000));
	assert_int_equal(config_check(&cfg, NULL, error), 0);
}

static void each_oscillator_has_its_axioms(void **state)
{
	static const struct {
		const char *name;
		double drift_ppb, wander_ppb_s, jitter_ppb;
	} cases[] = {
		{ "vm", 50000, 50, 1000 },   { "server", 50000, 20, 200 },
		{ "steady", 50000, 2, 200 }, { "tcxo", 5000, 0.2, 20 },
		{ "ocxo", 500, 0.01, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[64];
		struct axioms a;

		snprintf(text, sizeof(text), "oscillator = \"%s\";",
			 cases[i].name);
		assert_int_equal(parse(text), 0);
		config_axioms(&cfg, &a);
		assert_true(a.drift_ppb == cases[i].drift_ppb);
		assert_true(a.wander_ppb_s == cases[i].wander_ppb_s);
		assert_true(a.jitter_ppb == cases[i].jitter_ppb);
	}
}

static void single_axioms_override_the_oscillator(void **state)
{
	struct axioms a;

	(void)state;
	assert_int_equal(parse("oscillator = \"tcxo\";\n"
			       "axioms = { wander = \"1ppb/s\"; liars = 2;\n"
			       "  swing = \"2ppm\"; memory = \"10min\"; };\n"),
			 0);
	config_axioms(&cfg, &a);
	assert_true(a.drift_ppb == 5000);
	assert_true(a.wander_ppb_s == 1);
	assert_true(a.jitter_ppb == 20);
	assert_true(a.swing_ppb == 2000);
	assert_int_equal(a.memory_ns, INT64_C(600000000000));
	assert_int_equal(a.liars, 2);
}

static void everything_can_be_set(void **state)
{
	(void)state;
	assert_int_equal(
		parse("# comment\n"
		      "chrony = { enable = false; host = \"::1\"; port = 0x143;"
		      "  socket = \"\"; poll = \"1s\"; asymmetry = \"20us\";\n"
		      "  delay_min = \"5us\"; server_scale = 3;"
		      "  smeared = true; };\n"
		      "groups = ( { name = \"dc1\"; members = (\"a\", \"b\"); },"
		      " { name = \"dc2\"; members = [\"c\"]; } );\n"
		      "leap = \"step\"; leap_file = \"x\"; counter = \"raw\";\n"
		      "segment = \"s\"; status_socket = \"\";"
		      "drift_file = \"\"; publish_interval = \"0.5s\";\n"
		      "horizon = \"2s\"; void_after = \"1d\";"
		      "log_level = \"debug\";"),
		0);
	assert_false(cfg.chrony_enable);
	assert_int_equal(cfg.chrony_port, 323);
	assert_string_equal(cfg.chrony_socket, "");
	assert_int_equal(cfg.chrony_asymmetry_ns, 20000);
	assert_true(cfg.chrony_server_scale == 3.0);
	assert_int_equal(config_group_count(&cfg), 2);
	assert_string_equal(cfg.group[0].name, "dc1");
	assert_int_equal(cfg.group[0].count, 2);
	assert_string_equal(cfg.group[0].member[1], "b");
	assert_string_equal(cfg.group[1].member[0], "c");
	assert_int_equal(cfg.leap, LEAP_MODE_STEP);
	assert_int_equal(cfg.publish_interval_ns, 500000000);
	assert_int_equal(config_check(&cfg, NULL, error), 0);
}

/* ---- lists ---- */

static void a_group_is_a_list_of_one(void **state)
{
	(void)state;
	assert_int_equal(parse("ptp = { };"), 0);
	assert_int_equal(cfg.ptp_count, 1);
	assert_int_equal(cfg.phc_count, 0);
	assert_true(cfg.ptp[0].enable);
	assert_string_equal(cfg.ptp[0].name, "ptp");
	assert_string_equal(cfg.ptp[0].socket, "/var/run/ptp4l");
	assert_string_equal(cfg.ptp[0].clock.device, "auto");
	assert_int_equal(cfg.ptp[0].clock.reading, READING_AUTO);
	assert_true(cfg.ptp[0].delay_ns_max == -1);
	assert_true(cfg.ptp[0].asymmetry_ns == -1);
	assert_true(cfg.ptp[0].accuracy_ns == -1);
	assert_true(cfg.ptp[0].clock.window_ns_max == -1);
	assert_true(cfg.ptp[0].steer_ppb < 0);
	assert_int_equal(cfg.ptp[0].arbitrary, ARBITRARY_REFUSED);
	assert_int_equal(config_check(&cfg, NULL, error), 0);
}

static void each_entry_of_a_list_has_its_own_settings(void **state)
{
	(void)state;
	assert_int_equal(
		parse("ptp = ( { name = \"a\"; device = \"eth0\"; domain = 24;"
		      " asymmetry = \"50ns\"; delay_max = \"10us\"; },\n"
		      " { name = \"b\"; socket = \"/run/b\"; monitor = \"\";"
		      " reading = \"basic\"; arbitrary = \"utc\"; } );\n"
		      "phc = ( { device = \"/dev/ptp0\"; scale = \"tai\";"
		      " error_bound = \"1us\"; batch = 25; },"
		      " { device = \"KVM virtual PTP\"; name = \"host\";"
		      " error_bound = \"/sys/x\"; poll = \"1s\"; } );"),
		0);
	assert_int_equal(cfg.ptp_count, 2);
	assert_string_equal(cfg.ptp[0].clock.device, "eth0");
	assert_int_equal(cfg.ptp[0].domain, 24);
	assert_true(cfg.ptp[0].asymmetry_ns == 50);
	assert_true(cfg.ptp[0].delay_ns_max == 10000);
	assert_string_equal(cfg.ptp[1].name, "b");
	assert_string_equal(cfg.ptp[1].clock.device, "auto");
	assert_string_equal(cfg.ptp[1].monitor, "");
	assert_int_equal(cfg.ptp[1].domain, 0);
	assert_int_equal(cfg.ptp[1].clock.reading, READING_BASIC);
	assert_int_equal(cfg.ptp[1].arbitrary, ARBITRARY_UTC);
	assert_int_equal(cfg.phc_count, 2);
	assert_int_equal(cfg.phc[0].scale, SCALE_NAME_TAI);
	assert_int_equal(cfg.phc[0].clock.batch, 25);
	assert_string_equal(cfg.phc[1].name, "host");
	assert_string_equal(cfg.phc[1].error_bound, "/sys/x");
	assert_int_equal(cfg.phc[1].scale, SCALE_NAME_UTC);
	assert_true(cfg.phc[1].poll_ns == 1000000000);
	assert_int_equal(config_check(&cfg, NULL, error), 0);
}

static void a_receiver_says_where_its_pulse_comes_from(void **state)
{
	(void)state;
	assert_int_equal(
		parse("gnss = ( { }, { name = \"b\"; host = \"\"; port = 1;"
		      " pulse = \"extts\"; clock = \"eth0\"; pin = 2;"
		      " channel = 1; edge = \"falling\"; delay = \"50ns\"; },"
		      " { name = \"c\"; device = \"/dev/ttyACM0\";"
		      " pulse = \"pps\"; latency_max = \"15us\"; } );"),
		0);
	assert_int_equal(cfg.gnss_count, 3);
	assert_string_equal(cfg.gnss[0].name, "gnss");
	assert_string_equal(cfg.gnss[0].host, "127.0.0.1");
	assert_int_equal(cfg.gnss[0].port, 2947);
	assert_string_equal(cfg.gnss[0].device, "");
	assert_int_equal(cfg.gnss[0].pulse, PULSE_NONE);
	assert_true(cfg.gnss[0].message_ns_max == 1000000000);
	assert_true(cfg.gnss[0].latency_ns_max == -1);
	assert_int_equal(cfg.gnss[0].pin, -1);
	assert_int_equal(cfg.gnss[1].pulse, PULSE_EXTTS);
	assert_string_equal(cfg.gnss[1].clock.device, "eth0");
	assert_int_equal(cfg.gnss[1].pin, 2);
	assert_int_equal(cfg.gnss[1].channel, 1);
	assert_int_equal(cfg.gnss[1].edge, EDGE_FALLING);
	assert_true(cfg.gnss[1].delay_ns == 50);
	assert_int_equal(cfg.gnss[2].pulse, PULSE_PPS);
	assert_string_equal(cfg.gnss[2].pps, "/dev/pps0");
	assert_true(cfg.gnss[2].latency_ns_max == 15000);
	assert_int_equal(cfg.gnss[2].best_of, 16);
	assert_int_equal(config_check(&cfg, NULL, error), 0);
}

static void an_export_has_its_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse("export = ( { type = \"chrony\"; },"
			       " { type = \"chrony\"; socket = \"/s\";"
			       " enable = false; error_max = \"5us\"; } );"),
			 0);
	assert_int_equal(config_check(&cfg, NULL, error), 0);
	assert_int_equal(cfg.export_count, 2);
	assert_true(cfg.export[0].enable);
	assert_int_equal(cfg.export[0].type, EXPORT_CHRONY);
	assert_string_equal(config_export_socket(&cfg.export[0]),
			    "/run/chrony/timed.sock");
	assert_true(cfg.export[0].interval_ns == 250000000);
	assert_true(cfg.export[0].error_ns_max == 100000);
	assert_false(cfg.export[1].enable);
	assert_string_equal(config_export_socket(&cfg.export[1]), "/s");
	assert_true(cfg.export[1].error_ns_max == 5000);
}

static void an_export_to_ptp4l_has_its_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse("export = ( { type = \"ptp4l\"; },"
			       " { type = \"ptp4l\"; socket = \"/s\";"
			       " domain = 24; clock = \"none\";"
			       " clock_error = \"2us\"; lead = \"250ms\"; } );"),
			 0);
	assert_int_equal(config_check(&cfg, NULL, error), 0);
	assert_string_equal(config_export_socket(&cfg.export[0]),
			    "/var/run/ptp4l");
	assert_int_equal(cfg.export[0].domain, 0);
	assert_string_equal(cfg.export[0].clock.device, "auto");
	assert_true(cfg.export[0].clock_error_ns == -1);
	assert_true(cfg.export[0].lead_ns == INT64_C(5000000000));
	assert_int_equal(cfg.export[1].domain, 24);
	assert_true(cfg.export[1].clock_error_ns == 2000);
	assert_true(cfg.export[1].lead_ns == 250000000);
}

static void the_example_of_a_time_master_is_one(void **state)
{
	static struct config_files files;

	(void)state;
	assert_int_equal(config_load(TIMED_SOURCE_DIR
				     "/../examples/time-master/timed.conf",
				     true, &cfg, &files, error),
			 0);
	assert_int_equal(cfg.export_count, 2);
	assert_int_equal(cfg.export[0].type, EXPORT_CHRONY);
	assert_int_equal(cfg.export[1].type, EXPORT_PTP4L);
	assert_int_equal(cfg.gnss_count, 1);
}

static void an_export_that_cannot_be_is_named(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{"export = { };",
		 "export[0].type: it must be given: \"chrony\" or \"ptp4l\""},
		{"export = { type = \"ptp4l\"; clock_error = \"1us\"; };",
		 "export[0].clock_error: it is for type \"ptp4l\" with clock "
		 "\"none\": a clock that can be read needs none"},
		{"export = { type = \"ptp4l\"; lead = \"1s\"; interval ="
		 " \"2s\"; };",
		 "export[0].lead: it must not be less than interval: what is "
		 "announced holds until then at least"},
		{"export = { type = \"chrony\"; clock = \"none\";"
		 " clock_error = \"1us\"; };",
		 "export[0].clock_error: it is for type \"ptp4l\" with clock "
		 "\"none\": a clock that can be read needs none"},
		{"export = ( { type = \"chrony\"; },"
		 " { type = \"chrony\"; } );",
		 "export[1].socket: \"/run/chrony/timed.sock\" is that of "
		 "export[0] too: give each its own"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i].text), 0);
		assert_int_equal(config_check(&cfg, NULL, error), -EINVAL);
		assert_string_equal(error, bad[i].error);
	}
	assert_int_equal(parse("export = ( { type = \"chrony\"; }, { enable ="
			       " false; type = \"chrony\"; } );"),
			 0);
	assert_int_equal(config_check(&cfg, NULL, error), 0);
}

static void an_export_of_no_known_type_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("export = { type = \"ntpd\"; };"), -EINVAL);
	assert_non_null(strstr(error, "t.conf:1: export.type: \"ntpd\" should "
				      "be \"chrony\" or \"ptp4l\""));
	assert_int_equal(parse("export = { type = \"ptp4l\"; domain = 256; };"),
			 -EINVAL);
	assert_non_null(strstr(error, "export.domain: 256 is out of range"));
	assert_int_equal(parse("export = { type = \"ptp4l\"; lead = 5; };"),
			 -EINVAL);
	assert_non_null(strstr(error, "export.lead: write a duration"));
	assert_int_equal(parse("export = { error_max = \"1us\"; sock = 1; };"),
			 -EINVAL);
	assert_non_null(strstr(error, "did you mean \"export.socket\"?"));
	assert_int_equal(parse("export = \"chrony\";"), -EINVAL);
	assert_non_null(strstr(error, "export: write a group, as "
				      "export = { ... };"));
}

static void a_list_replaces_an_earlier_one_as_a_whole(void **state)
{
	static const char second[] = "phc = { device = \"c\"; };";
	static const char none[] = "phc = ();";
	struct config defaults;

	(void)state;
	assert_int_equal(parse("phc = ( { device = \"a\"; batch = 3; },"
			       " { device = \"b\"; batch = 4; } );"), 0);
	assert_int_equal(config_parse("u.conf", second, strlen(second), &cfg,
				      error), 0);
	assert_int_equal(cfg.phc_count, 1);
	assert_string_equal(cfg.phc[0].clock.device, "c");
	assert_int_equal(cfg.phc[0].clock.batch, 10);
	assert_string_equal(cfg.phc[1].clock.device, ""); /* nothing is left */
	assert_int_equal(config_parse("v.conf", none, strlen(none), &cfg,
				      error), 0);
	config_defaults(&defaults);
	assert_true(is_same(&cfg, &defaults));
}

static void a_walk_meets_each_setting_of_each_entry_once(void **state)
{
	struct config_walk w = { .i = 0 };
	int all = 0, of_phc = 0, expected = 0, keys = 0;

	(void)state;
	assert_int_equal(parse("phc = ( { device = \"a\"; },"
			       " { device = \"b\"; } );"), 0);
	for (const struct config_key *k = config_keys; k->name; k++) {
		expected += config_list_of(k) == NULL;
		keys += strncmp(k->name, "phc.", 4) == 0;
	}
	while (config_walk(&cfg, &w)) {
		char text[CONFIG_VALUE_SIZE];

		all++;
		of_phc += strncmp(w.name, "phc[", 4) == 0;
		if (strcmp(w.name, "phc[1].device") != 0)
			continue;
		assert_true(config_key_format(&w.key, &cfg, text));
		assert_string_equal(text, "b");
	}
	assert_int_equal(of_phc, 2 * keys);
	assert_int_equal(all, expected + 2 * keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_are_the_documented_ones),
		cmocka_unit_test(each_oscillator_has_its_axioms),
		cmocka_unit_test(single_axioms_override_the_oscillator),
		cmocka_unit_test(everything_can_be_set),
		cmocka_unit_test(a_group_is_a_list_of_one),
		cmocka_unit_test(each_entry_of_a_list_has_its_own_settings),
		cmocka_unit_test(a_receiver_says_where_its_pulse_comes_from),
		cmocka_unit_test(an_export_has_its_defaults),
		cmocka_unit_test(an_export_to_ptp4l_has_its_defaults),
		cmocka_unit_test(the_example_of_a_time_master_is_one),
		cmocka_unit_test(an_export_that_cannot_be_is_named),
		cmocka_unit_test(an_export_of_no_known_type_is_refused),
		cmocka_unit_test(a_list_replaces_an_earlier_one_as_a_whole),
		cmocka_unit_test(a_walk_meets_each_setting_of_each_entry_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
