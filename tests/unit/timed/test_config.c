/* SPDX-License-Identifier: Apache-2.0 */
/* timed.conf: what is taken, what is refused and in which words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "timed/config.h"

/* libconfig 1.5 leaks the text of an unfinished string. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static struct config cfg;
static char error[CONFIG_ERROR_SIZE];

static int parse(const char *text)
{
	config_defaults(&cfg);
	error[0] = '\0';
	return config_parse("t.conf", text, strlen(text), &cfg, error);
}

static const struct config_key *key_of(const char *name)
{
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (strcmp(k->name, name) == 0)
			return k;
	}
	fail_msg("no key %s", name);
	return NULL;
}

static bool is_same(const struct config *a, const struct config *b)
{
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (!config_key_is_equal(k, a, b)) {
			print_message("%s differs\n", k->name);
			return false;
		}
	}
	for (const struct config_list *l = config_lists; l->section; l++) {
		if (!config_list_is_equal(l, a, b)) {
			print_message("%s differs\n", l->section);
			return false;
		}
	}
	return true;
}

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
	assert_int_equal(config_check(&cfg, error), 0);
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
	assert_int_equal(config_check(&cfg, error), 0);
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
	assert_int_equal(config_check(&cfg, error), 0);
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
	assert_int_equal(config_check(&cfg, error), 0);
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
	assert_int_equal(config_check(&cfg, error), 0);
}

static void an_export_has_its_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse("export = ( { type = \"chrony\"; },"
			       " { type = \"chrony\"; socket = \"/s\";"
			       " enable = false; error_max = \"5us\"; } );"),
			 0);
	assert_int_equal(config_check(&cfg, error), 0);
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

static void an_export_that_cannot_be_is_named(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{"export = { };", "export[0]: type must be given: \"chrony\""},
		{"export = ( { type = \"chrony\"; },"
		 " { type = \"chrony\"; } );",
		 "export[0] and export[1] have the same type and socket"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i].text), 0);
		assert_int_equal(config_check(&cfg, error), -EINVAL);
		assert_string_equal(error, bad[i].error);
	}
	assert_int_equal(parse("export = ( { type = \"chrony\"; }, { enable ="
			       " false; type = \"chrony\"; } );"),
			 0);
	assert_int_equal(config_check(&cfg, error), 0);
}

static void an_export_of_no_known_type_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("export = { type = \"ntpd\"; };"), -EINVAL);
	assert_non_null(strstr(error, "t.conf:1: export.type: \"ntpd\" should "
				      "be \"chrony\""));
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

/* ---- errors ---- */

#define UNIT_S "(ns, us, ms, s, min, h, d)"

static const struct {
	const char *text, *error;
} refused[] = {
	{ "horizn = \"1s\";",
	  "t.conf:1: unknown setting \"horizn\"; did you mean \"horizon\"?" },
	{ "\n\nchrony = {\n prt = 3; };",
	  "t.conf:4: unknown setting \"chrony.prt\"; did you mean "
	  "\"chrony.port\"?" },
	{ "liars = 1;",
	  "t.conf:1: unknown setting \"liars\"; did you mean "
	  "\"axioms.liars\"?" },
	{ "chrony = { horizon = \"1s\"; };",
	  "t.conf:1: unknown setting \"chrony.horizon\"; did you mean "
	  "\"horizon\"?" },
	{ "phc = { devise = \"x\"; };",
	  "t.conf:1: unknown setting \"phc.devise\"; did you mean "
	  "\"phc.device\"?" },
	{ "phc = 3;", "t.conf:1: phc: write a group, as phc = { ... };" },
	{ "ptp = ( { },\n 3 );",
	  "t.conf:2: ptp: write a list of groups, as ptp = ( { ... }, { ... } "
	  ");" },
	{ "ptp = ( {}, {}, {},\n {}, {} );",
	  "t.conf:1: ptp: 5 of them; at most 4 are possible" },
	{ "phc = ( { device = \"x\"; },\n { batch = 26; } );",
	  "t.conf:2: phc.batch: 26 is out of range: from 1 to 25" },
	{ "phc = { scale = \"gps\"; };",
	  "t.conf:1: phc.scale: \"gps\" should be \"utc\" or \"tai\"" },
	{ "chrony = ( { } );",
	  "t.conf:1: chrony: write a group, as chrony = { ... };" },
	{ "frobnicate = 1;",
	  "t.conf:1: unknown setting \"frobnicate\"; timed.conf(5) lists them "
	  "all" },
	/* quantities */
	{ "horizon = 5;",
	  "t.conf:1: horizon: write a duration with its unit, as \"1s\" "
	  UNIT_S },
	{ "horizon = 1.5;",
	  "t.conf:1: horizon: write a duration with its unit, as \"1s\" "
	  UNIT_S },
	{ "horizon = \"5\";",
	  "t.conf:1: horizon: \"5\" has no unit: write a duration with its "
	  "unit, as \"1s\" " UNIT_S },
	{ "horizon = \"5m\";",
	  "t.conf:1: horizon: \"5m\" has no unit known here: write a duration "
	  "with its unit, as \"1s\" " UNIT_S },
	{ "horizon = \"-5s\";",
	  "t.conf:1: horizon: \"-5s\" is not a number with a unit: write a "
	  "duration with its unit, as \"1s\" " UNIT_S },
	{ "horizon = \"100000000.5ns\";",
	  "t.conf:1: horizon: \"100000000.5ns\" is not a whole number of "
	  "nanoseconds: write a duration with its unit, as \"1s\" " UNIT_S },
	{ "axioms = { drift = \"5us\"; };",
	  "t.conf:1: axioms.drift: \"5us\" has no unit known here: write a "
	  "rate with its unit, as \"50ppm\" (ppb, ppm)" },
	{ "axioms = { wander = \"5ppb\"; };",
	  "t.conf:1: axioms.wander: \"5ppb\" has no unit known here: write a "
	  "change of rate with its unit, as \"20ppb/s\" (ppb/s, ppm/s)" },
	/* ranges */
	{ "horizon = \"2min\";",
	  "t.conf:1: horizon: \"2min\" is out of range: from 20ms to 1min" },
	{ "horizon = \"99999999999999999999s\";",
	  "t.conf:1: horizon: \"99999999999999999999s\" is out of range: from "
	  "20ms to 1min" },
	{ "axioms = { drift = \"0ppb\"; };",
	  "t.conf:1: axioms.drift: \"0ppb\" is out of range: from 1ppb to "
	  "500ppm" },
	{ "chrony = { port = 65536; };",
	  "t.conf:1: chrony.port: 65536 is out of range: from 1 to 65535" },
	{ "chrony = { port = -1; };",
	  "t.conf:1: chrony.port: -1 is out of range: from 1 to 65535" },
	{ "chrony = { server_scale = 0.5; };",
	  "t.conf:1: chrony.server_scale: 0.5 is out of range: from 1 to 100" },
	{ "chrony = { server_scale = 1e999; };",
	  "t.conf:1: chrony.server_scale: inf is out of range: from 1 to 100" },
	/* integers that libconfig would cut */
	{ "chrony = {\n port = 4294967619; };",
	  "t.conf:2: this whole number is too large; write a quantity as a "
	  "text with its unit, as \"5s\"" },
	{ "chrony = { port = 0x100000143; };",
	  "t.conf:1: this whole number is too large; write a quantity as a "
	  "text with its unit, as \"5s\"" },
	{ "horizon = 5000000000L;",
	  "t.conf:1: this whole number is too large; write a quantity as a "
	  "text with its unit, as \"5s\"" },
	{ "chrony = { port = 323L; };",
	  "t.conf:1: write whole numbers without L; write a quantity as a text "
	  "with its unit, as \"5s\"" },
	/* types */
	{ "chrony = { port = \"323\"; };",
	  "t.conf:1: chrony.port: write a whole number without quotes" },
	{ "chrony = { port = 323.0; };",
	  "t.conf:1: chrony.port: write a whole number without quotes" },
	{ "chrony = { server_scale = \"2\"; };",
	  "t.conf:1: chrony.server_scale: write a number without quotes" },
	{ "chrony = { enable = \"true\"; };",
	  "t.conf:1: chrony.enable: write true or false" },
	{ "chrony = { enable = 1; };",
	  "t.conf:1: chrony.enable: write true or false" },
	{ "segment = 5;", "t.conf:1: segment: write a text in quotes" },
	{ "segment = { a = 5; };",
	  "t.conf:1: segment: write a text in quotes" },
	{ "segment = ( \"a\" );",
	  "t.conf:1: segment: write a text in quotes" },
	{ "chrony = \"yes\";",
	  "t.conf:1: chrony: write a group, as chrony = { ... };" },
	{ "leap = true;", "t.conf:1: leap: write \"smear\" or \"step\"" },
	{ "leap = \"Smear\";",
	  "t.conf:1: leap: \"Smear\" should be \"smear\" or \"step\"" },
	{ "oscillator = \"quartz\";",
	  "t.conf:1: oscillator: \"quartz\" should be \"vm\", \"server\", "
	  "\"steady\", \"tcxo\" or \"ocxo\"" },
	{ "counter = \"tsc\";",
	  "t.conf:1: counter: \"tsc\" should be \"auto\" or \"raw\"" },
	/* texts */
	{ "segment = \"\";", "t.conf:1: segment: must not be empty" },
	{ "segment = \"a\\x01\";",
	  "t.conf:1: segment: has a control character" },
	{ "status_socket = \"0123456789012345678901234567890123456789"
	  "01234567890123456789012345678901234567890123456789"
	  "012345678901234567\";",
	  "t.conf:1: status_socket: is too long: 108 bytes, at most 107" },
	/* groups */
	{ "groups = { };",
	  "t.conf:1: groups: write a list of groups, as ( { name = \"site\"; "
	  "members = (\"192.0.2.1\", \"192.0.2.2\"); } )" },
	{ "groups = ( \"a\" );",
	  "t.conf:1: groups: write each group as { name = \"...\"; members = "
	  "(\"...\"); }" },
	{ "groups = ( { name = \"a\"; } );",
	  "t.conf:1: groups: a group has no members" },
	{ "groups = ( { members = (\"a\"); } );",
	  "t.conf:1: groups: a group has no name" },
	{ "groups = ( { name = \"a\"; members = (\"b\"); size = 3; } );",
	  "t.conf:1: groups: unknown setting \"size\"; a group has name and "
	  "members" },
	{ "groups = ( { name = 5; members = (\"b\"); } );",
	  "t.conf:1: groups: name: write a name in quotes" },
	{ "groups = ( { name = \"a\"; members = (); } );",
	  "t.conf:1: groups: members: 0 names; from 1 to 8 are possible" },
	{ "groups = ( { name = \"a\"; members = \"b\"; } );",
	  "t.conf:1: groups: members: write a list, as (\"192.0.2.1\", "
	  "\"192.0.2.2\")" },
	{ "groups = ( { name = \"a\"; members = (\"b\", \"b\"); } );",
	  "t.conf:1: groups: members: \"b\" is in a group already" },
	{ "groups = ( { name = \"a\"; members = (\"b\"); },\n"
	  "{ name = \"c\"; members = (\"b\"); } );",
	  "t.conf:2: groups: members: \"b\" is in a group already" },
	{ "groups = ( { name = \"a\"; members = (\"b\"); },\n"
	  "{ name = \"a\"; members = (\"c\"); } );",
	  "t.conf:2: groups: \"a\" is there twice" },
	/* the grammar */
	{ "leap = \"smear\";\nleap = \"step\";",
	  "t.conf:2: this setting is there twice" },
	{ "chrony = { port = 1;\n port = 2; };",
	  "t.conf:2: this setting is there twice" },
	{ "leap = ;", "t.conf:1: syntax error" },
	{ "leap = \"smear\n", "t.conf:2: syntax error" },
	{ "\n@include \"/etc/passwd\"",
	  "t.conf:2: no @include here; put a file into conf.d instead" },
};

static void every_error_says_where_what_and_what_to_write(void **state)
{
	struct config defaults;

	(void)state;
	config_defaults(&defaults);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		print_message("%s\n", refused[i].text);
		assert_int_equal(parse(refused[i].text), -EINVAL);
		assert_string_equal(error, refused[i].error);
		assert_true(is_same(&cfg, &defaults)); /* untouched */
	}
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	static char big[CONFIG_FILE_SIZE_MAX + 2];

	(void)state;
	config_defaults(&cfg);
	assert_int_equal(config_parse("t.conf", "a\0b", 3, &cfg, error),
			 -EINVAL);
	assert_string_equal(error,
			    "t.conf:1: a NUL byte: this is not a text");
	memset(big, ' ', sizeof(big));
	assert_int_equal(config_parse("t.conf", big, sizeof(big) - 1, &cfg,
				      error), -EFBIG);
	assert_int_equal(config_parse("t.conf", big, CONFIG_FILE_SIZE_MAX, &cfg,
				      error), 0);
}

/* Numbers in comments, texts and names are no integers. */
static void large_numbers_are_sought_where_numbers_stand(void **state)
{
	(void)state;
	assert_int_equal(parse("# 99999999999\n// 99999999999\n"
			       "/* 99999999999 @include */\n"
			       "segment = \"99999999999 \\\" @include\";\n"
			       "chrony = { server_scale = 2.00000000000; };\n"),
			 0);
	assert_string_equal(cfg.segment, "99999999999 \" @include");
}

static void nesting_without_end_is_an_error_like_any(void **state)
{
	static char text[40000];

	(void)state;
	memset(text, '(', sizeof(text) - 1);
	memcpy(text, "groups = ", 9);
	assert_int_equal(parse(text), -EINVAL);
}

static void settings_must_suit_one_another(void **state)
{
	(void)state;
	assert_int_equal(parse("publish_interval = \"600ms\";"), 0);
	assert_int_equal(config_check(&cfg, error), -EINVAL);
	assert_string_equal(error, "horizon (1s) must be at least twice "
				   "publish_interval (600ms)");
	assert_int_equal(parse("horizon = \"10s\"; void_after = \"9s\";"), 0);
	assert_int_equal(config_check(&cfg, error), -EINVAL);
	assert_string_equal(error, "void_after (9s) must not be less than "
				   "horizon (10s)");
	assert_int_equal(parse("chrony = { host = \"localhost\"; };"), 0);
	assert_int_equal(config_check(&cfg, error), -EINVAL);
	assert_string_equal(error, "chrony.host: \"localhost\" is not a numeric "
				   "address, as \"127.0.0.1\"");
}

static void entries_of_lists_must_suit_one_another(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{ "phc = { error_bound = \"1us\"; };",
		  "phc[0]: device must be given" },
		{ "phc = { device = \"eth0\"; };",
		  "phc[0]: error_bound must be given" },
		{ "phc = { device = \"eth0\"; error_bound = \"11s\"; };",
		  "phc[0]: error_bound: \"11s\" is neither a path nor a duration "
		  "up to 10s" },
		{ "phc = { device = \"eth0\"; error_bound = \"sys/x\"; };",
		  "phc[0]: error_bound: \"sys/x\" is neither a path nor a "
		  "duration up to 10s" },
		{ "phc = ( { device = \"a\"; error_bound = \"1us\"; },"
		  " { device = \"a\"; error_bound = \"1us\"; } );",
		  "phc[0] and phc[1] have the same name or device" },
		{ "gnss = { pulse = \"extts\"; };",
		  "gnss[0]: for pulse \"extts\", clock must be given" },
		{ "gnss = { host = \"\"; };",
		  "gnss[0]: without gpsd (host \"\") there must be a pulse" },
		{ "gnss = { host = \"\"; pulse = \"gpsd\"; };",
		  "gnss[0]: pulse \"gpsd\" needs gpsd (host)" },
		{ "gnss = { host = \"localhost\"; };",
		  "gnss[0]: host is not a numeric address, as "
		  "\"127.0.0.1\"" },
		{ "gnss = ( { }, { device = \"/dev/ttyACM1\"; } );",
		  "gnss[0] and gnss[1] have the same name" },
		{ "phc = { error_bound = \"1us\"; device = \"/a/path/that/is/"
		  "longer/than/the/name/of/any/source/may/ever/be/in/here\"; };",
		  "phc[0]: with a device of such a length a name must be "
		  "given" },
		{ "ptp = ( { }, { socket = \"/run/b\"; } );",
		  "ptp[0] and ptp[1] have the same name" },
		{ "ptp = ( { }, { name = \"b\"; socket = \"/run/b\"; } );",
		  "ptp[0] and ptp[1] have the same monitor" },
		{ "ptp = ( { }, { name = \"b\"; monitor = \"\"; } );",
		  "ptp[0] and ptp[1] have the same socket and domain" },
		{ "ptp = { delay_min = \"2us\"; delay_max = \"1us\"; };",
		  "ptp[0]: delay_max must not be less than delay_min" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i].text), 0);
		assert_int_equal(config_check(&cfg, error), -EINVAL);
		assert_string_equal(error, bad[i].error);
	}
	/* what is switched off is in nobody's way */
	assert_int_equal(parse("ptp = ( { }, { enable = false; } );"), 0);
	assert_int_equal(config_check(&cfg, error), 0);
}

/* ---- printing ---- */

static void print_to(const struct config *c, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);

	assert_non_null(out);
	config_print(c, out);
	fclose(out);
}

static void what_is_printed_reads_back_the_same(void **state)
{
	struct config first;
	char *text, *again;

	(void)state;
	config_defaults(&first);
	print_to(&first, &text);
	assert_int_equal(parse(text), 0);
	assert_true(is_same(&first, &cfg));
	free(text);

	assert_int_equal(
		parse("ptp = ( { }, { name = \"b\"; steer = \"1ppm\"; } );"
		      "phc = { device = \"x\"; error_bound = \"1us\"; };"
		      "vmclock = \"\";"
		      "axioms = { drift = \"7.5ppm\"; wander = \"0.3ppb/s\";"
		      " jitter = \"33ppb\"; swing = \"1ppm\"; liars = 0; };"
		      "chrony = { asymmetry = \"1us\"; server_scale = 2.1; };"
		      "segment = \"/a \\\"b\\\" \\\\c\";"
		      "groups = ( { name = \"n\"; members = (\"x\", \"y\"); },"
		      "{ name = \"m\"; members = (\"z\"); } );"), 0);
	first = cfg;
	print_to(&first, &text);
	assert_int_equal(parse(text), 0);
	assert_true(is_same(&first, &cfg));
	print_to(&cfg, &again);
	assert_string_equal(text, again);
	free(text);
	free(again);
}

static void the_defaults_name_every_setting(void **state)
{
	struct config c;
	char *text;

	(void)state;
	config_defaults(&c);
	print_to(&c, &text);
	for (const struct config_key *k = config_keys; k->name; k++) {
		const char *dot = strchr(k->name, '.');
		char line[80];

		snprintf(line, sizeof(line), "%s = ", dot ? dot + 1 : k->name);
		assert_non_null(strstr(text, line));
		assert_non_null(k->help);
		assert_true(k->preset || k->example ||
			    k->type == CONFIG_GROUPS);
	}
	free(text);
}

/* ---- the manual ---- */

static char *read_manual(void)
{
	static char text[65536];
	FILE *in = fopen(TIMED_SOURCE_DIR "/timed.conf.5.scd", "r");
	size_t n;

	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[n] = '\0';
	return text;
}

/* Each setting has a line "*name* = ..." with its default and its range. */
static void the_manual_has_every_setting(void **state)
{
	const char *manual = read_manual();

	(void)state;
	for (const struct config_key *k = config_keys; k->name; k++) {
		char head[128];
		const char *at;

		snprintf(head, sizeof(head), "\n*%s* = ", k->name);
		at = strstr(manual, head);
		if (!at)
			fail_msg("timed.conf(5) does not tell of %s", k->name);
		at += strlen(head);
		if (k->preset) {
			snprintf(head, sizeof(head),
				 config_key_is_quoted(k) ? "\"%s\"" : "%s",
				 k->preset);
			if (strncmp(at, head, strlen(head)) != 0)
				fail_msg("timed.conf(5): %s: the default is "
					 "%s", k->name, head);
		}
		if (k->least) {
			const char *end = strstr(at, "\n*");

			snprintf(head, sizeof(head), "From %s to %s.", k->least,
				 k->most);
			at = strstr(at, head);
			if (!at || (end && at > end))
				fail_msg("timed.conf(5): %s: not \"%s\"",
					 k->name, head);
		}
	}
}

static void the_manual_has_no_other_setting(void **state)
{
	const char *at = read_manual();

	(void)state;
	while ((at = strstr(at, "\n*")) != NULL) {
		char name[64] = "";

		at += 2;
		if (sscanf(at, "%63[a-z_.]* = ", name) == 1 &&
		    strncmp(at + strlen(name), "* = ", 4) == 0)
			key_of(name);
	}
}

/* ---- files ---- */

static char dir[] = "/tmp/test_config.XXXXXX";
static struct config_files files;

static void put_file(const char *name, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int load(const char *name, bool is_required)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return config_load(path, is_required, &cfg, &files, error);
}

static void a_named_file_must_be_there(void **state)
{
	char expected[300];

	(void)state;
	assert_int_equal(load("none.conf", true), -ENOENT);
	snprintf(expected, sizeof(expected),
		 "%s/none.conf: No such file or directory", dir);
	assert_string_equal(error, expected);
	assert_int_equal(load("none.conf", false), 0);
	assert_false(files.has_main);
	assert_int_equal(cfg.horizon_ns, 1000000000);
}

static void drop_ins_are_laid_over_it_in_order(void **state)
{
	char sub[256], expected[300];

	(void)state;
	snprintf(sub, sizeof(sub), "%s/conf.d", dir);
	assert_int_equal(mkdir(sub, 0755), 0);
	put_file("timed.conf", "horizon = \"2s\"; void_after = \"2h\";\n"
			       "chrony = { port = 1000; poll = \"1s\"; };\n"
			       "groups = ( { name = \"a\";"
			       " members = (\"x\"); } );");
	put_file("conf.d/20-b.conf", "horizon = \"4s\";");
	put_file("conf.d/10-a.conf", "horizon = \"3s\";\n"
				     "chrony = { port = 2000; };");
	put_file("conf.d/30-c.conf", "groups = ( { name = \"b\";"
				     " members = (\"y\"); } );");
	put_file("conf.d/40-off.disabled", "rubbish");
	put_file("conf.d/.hidden.conf", "rubbish");
	assert_int_equal(load("timed.conf", true), 0);
	assert_int_equal(cfg.horizon_ns, INT64_C(4000000000));
	assert_int_equal(cfg.void_after_ns, INT64_C(7200000000000));
	assert_int_equal(cfg.chrony_port, 2000);
	assert_int_equal(cfg.chrony_poll_ns, 1000000000);
	assert_int_equal(config_group_count(&cfg), 1); /* whole, not merged */
	assert_string_equal(cfg.group[0].name, "b");
	assert_int_equal(files.drop_in_count, 3);
	snprintf(expected, sizeof(expected), "%s/conf.d/10-a.conf", dir);
	assert_string_equal(files.drop_in[0], expected);

	put_file("conf.d/50-bad.conf", "\nhorizon = 5;");
	cfg.horizon_ns = -7;
	assert_int_equal(load("timed.conf", true), -EINVAL);
	snprintf(expected, sizeof(expected), "%s/conf.d/50-bad.conf:2: ", dir);
	assert_memory_equal(error, expected, strlen(expected));
	assert_int_equal(cfg.horizon_ns, -7); /* nothing is half read */
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
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
		cmocka_unit_test(an_export_that_cannot_be_is_named),
		cmocka_unit_test(an_export_of_no_known_type_is_refused),
		cmocka_unit_test(a_list_replaces_an_earlier_one_as_a_whole),
		cmocka_unit_test(a_walk_meets_each_setting_of_each_entry_once),
		cmocka_unit_test(
			every_error_says_where_what_and_what_to_write),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(large_numbers_are_sought_where_numbers_stand),
		cmocka_unit_test(nesting_without_end_is_an_error_like_any),
		cmocka_unit_test(settings_must_suit_one_another),
		cmocka_unit_test(entries_of_lists_must_suit_one_another),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(the_defaults_name_every_setting),
		cmocka_unit_test(the_manual_has_every_setting),
		cmocka_unit_test(the_manual_has_no_other_setting),
		cmocka_unit_test(a_named_file_must_be_there),
		cmocka_unit_test(drop_ins_are_laid_over_it_in_order),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
