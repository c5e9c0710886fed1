/* SPDX-License-Identifier: Apache-2.0 */
/* timed.conf: what is refused, and in which words. */
#include <errno.h>
#include <stdio.h>

#include "tests/unit/timed/config_text.h"

#define UNIT_S "(ns, us, ms, s, min, h, d)"
#define WRITE_SO                                              \
	"write settings as NAME = VALUE; and texts in quotes, as " \
	"NAME = \"text\";"

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
	{ "history = { log_mib = 0; };",
	  "t.conf:1: history.log_mib: 0 is out of range: from 1 to 1024" },
	{ "history = { log_sync = \"never\"; };",
	  "t.conf:1: history.log_sync: \"never\" should be \"line\" or "
	  "\"batch\"" },
	{ "history = { log_interval = \"10ms\"; };",
	  "t.conf:1: history.log_interval: \"10ms\" is out of range: from 1s "
	  "to 1h" },
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
	  "t.conf:2: chrony.port: this whole number is too large; write a quantity as a "
	  "text with its unit, as \"5s\"" },
	{ "chrony = { port = 0x100000143; };",
	  "t.conf:1: chrony.port: this whole number is too large; write a quantity as a "
	  "text with its unit, as \"5s\"" },
	{ "horizon = 5000000000L;",
	  "t.conf:1: horizon: this whole number is too large; write a quantity as a "
	  "text with its unit, as \"5s\"" },
	{ "chrony = { port = 323L; };",
	  "t.conf:1: chrony.port: write whole numbers without L; write a quantity as a text "
	  "with its unit, as \"5s\"" },
	/* types */
	{ "chrony = { port = \"323\"; };",
	  "t.conf:1: chrony.port: write a whole number without quotes, from 1 "
	  "to 65535" },
	{ "chrony = { port = 323.0; };",
	  "t.conf:1: chrony.port: write a whole number without quotes, from 1 "
	  "to 65535" },
	{ "chrony = { server_scale = \"2\"; };",
	  "t.conf:1: chrony.server_scale: write a number without quotes, from "
	  "1 to 100" },
	{ "chrony = { enable = \"true\"; };",
	  "t.conf:1: chrony.enable: write true or false" },
	{ "chrony = { enable = 1; };",
	  "t.conf:1: chrony.enable: write true or false" },
	{ "segment = 5;", "t.conf:1: segment: write a text in quotes, as "
	  "\"/run/timed/clock\"" },
	{ "segment = { a = 5; };",
	  "t.conf:1: segment: write a text in quotes, as "
	  "\"/run/timed/clock\"" },
	{ "segment = ( \"a\" );",
	  "t.conf:1: segment: write a text in quotes, as "
	  "\"/run/timed/clock\"" },
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
	{ "segment = \"\";", "t.conf:1: segment: must not be empty: write a text in quotes, as "
	  "\"/run/timed/clock\"" },
	{ "segment = \"a\\x01\";",
	  "t.conf:1: segment: has a control character: write it without" },
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
	  "t.conf:1: groups: a group has no members: write { name = "
	  "\"...\"; members = (\"...\"); }" },
	{ "groups = ( { members = (\"a\"); } );",
	  "t.conf:1: groups: a group has no name: write { name = \"...\"; "
	  "members = (\"...\"); }" },
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
	  "t.conf:1: groups: members: \"b\" is in a group already, and can "
	  "be in one only" },
	{ "groups = ( { name = \"a\"; members = (\"b\"); },\n"
	  "{ name = \"c\"; members = (\"b\"); } );",
	  "t.conf:2: groups: members: \"b\" is in a group already, and can "
	  "be in one only" },
	{ "groups = ( { name = \"a\"; members = (\"b\"); },\n"
	  "{ name = \"a\"; members = (\"c\"); } );",
	  "t.conf:2: groups: name: \"a\" is there twice: each group has a "
	  "name of its own" },
	/* the grammar */
	{ "leap = \"smear\";\nleap = \"step\";",
	  "t.conf:2: leap: it is set in line 1 already: remove one" },
	{ "chrony = { port = 1;\n port = 2; };",
	  "t.conf:2: chrony.port: it is set in line 1 already: remove one" },
	{ "ptp = ( { name = \"a\"; },\n{ name /* b = 1 */\n: \"b\";\n"
	  "batch = 1; // name\n domain = 1; name = \"name =\"; } );",
	  "t.conf:5: ptp[1].name: it is set in line 2 already: remove one" },
	{ "leap = \"smear\"; horizon = \"2s\"; leap = \"step\"; leap = 1;",
	  "t.conf:1: leap: it is set in line 1 already: remove one" },
	{ "leap = ;", "t.conf:1: syntax error near leap: " WRITE_SO },
	{ "\nleap = step;\nhorizon = 1;",
	  "t.conf:2: syntax error near leap: " WRITE_SO },
	{ "chrony = { poll = 1s; };",
	  "t.conf:1: syntax error near chrony.poll: " WRITE_SO },
	{ "}", "t.conf:1: syntax error near the beginning: " WRITE_SO },
	{ "chrony = {\n port = 1;\nleap = \"step\";\n",
	  "t.conf:4: syntax error: chrony, which begins in line 1, is not "
	  "closed" },
	{ "ptp = ( {\n}, {\n name = \"a\"",
	  "t.conf:3: syntax error: ptp[1], which begins in line 2, is not "
	  "closed" },
	{ "\nleap = \"smear\n", "t.conf:2: leap: a text begins here that no \" ends" },
	{ "\n/* horizon = \"2s\";\nleap = \"step\";\n",
	  "t.conf:2: a comment begins here that no */ ends" },
	{ "\nchrony.port = 5;",
	  "t.conf:2: chrony.port: names have no dots here; write a group, as "
	  "chrony = { port = 323; };" },
	{ "\xef\xbb\xbfleap = \"step\";",
	  "t.conf:1: a byte order mark: save it as UTF-8 without one" },
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
	assert_string_equal(error, "t.conf:1: groups or lists too deep in each "
				   "other");
}

static void settings_must_suit_one_another(void **state)
{
	(void)state;
	assert_int_equal(parse("publish_interval = \"600ms\";"), 0);
	assert_int_equal(config_check(&cfg, NULL, error), -EINVAL);
	assert_string_equal(error, "horizon (1s) must be at least twice "
				   "publish_interval (600ms)");
	assert_int_equal(parse("horizon = \"10s\"; void_after = \"9s\";"), 0);
	assert_int_equal(config_check(&cfg, NULL, error), -EINVAL);
	assert_string_equal(error, "void_after (9s) must not be less than "
				   "horizon (10s)");
	config_defaults(&cfg);
	strcpy(cfg.control_socket, cfg.status_socket);
	assert_int_equal(config_check(&cfg, NULL, error), -EINVAL);
	assert_string_equal(error, "control_socket and status_socket are both "
				   "\"/run/timed/status.sock\": they must be "
				   "two");
	cfg.control_socket[0] = cfg.status_socket[0] = '\0'; /* none of both */
	assert_int_equal(config_check(&cfg, NULL, error), 0);
	assert_int_equal(parse("chrony = { host = \"localhost\"; };"), 0);
	assert_int_equal(config_check(&cfg, NULL, error), -EINVAL);
	assert_string_equal(error, "chrony.host: \"localhost\" is not a numeric "
				   "address, as \"127.0.0.1\"");
}

static void the_history_log_must_be_a_file_of_its_own(void **state)
{
	static const struct {
		const char *path, *error;
	} wrong[] = {
		{ "history.log", "must be an absolute path, as "
				 "\"/var/log/timed/history.log\"" },
		{ "/var/log/timed/", "is a directory: name a file in it" },
		{ "/var/lib/timed/drift", "is another setting's file too: it "
					  "must be its own" },
		{ "/run/timed/clock", "is another setting's file too: it must "
				      "be its own" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		config_defaults(&cfg);
		snprintf(text, sizeof(text), "history = { log = \"%s\"; };",
			 wrong[i].path);
		assert_int_equal(parse(text), 0);
		assert_int_equal(config_check(&cfg, NULL, error), -EINVAL);
		snprintf(text, sizeof(text), "history.log: \"%s\" %s",
			 wrong[i].path, wrong[i].error);
		assert_string_equal(error, text);
	}
	config_defaults(&cfg);
	memset(cfg.history_log, 'x', 240);
	cfg.history_log[0] = '/';
	assert_int_equal(config_check(&cfg, NULL, error), -EINVAL);
	assert_non_null(strstr(error, "name a shorter one"));
	assert_int_equal(parse("history = { log = \"/a/b\"; log_mib = 1; "
			       "log_sync = \"batch\"; };"), 0);
	assert_int_equal(config_check(&cfg, NULL, error), 0);
}

static void entries_of_lists_must_suit_one_another(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{ "phc = { error_bound = \"1us\"; };",
		  "phc[0].device: it must be given, as \"/dev/ptp0\"" },
		{ "phc = { device = \"eth0\"; };",
		  "phc[0].error_bound: it must be given, as \"10us\"" },
		{ "phc = { device = \"eth0\"; error_bound = \"11s\"; };",
		  "phc[0].error_bound: \"11s\" is neither a path nor a duration "
		  "up to 10s" },
		{ "phc = { device = \"eth0\"; error_bound = \"sys/x\"; };",
		  "phc[0].error_bound: \"sys/x\" is neither a path nor a "
		  "duration up to 10s" },
		{ "phc = ( { device = \"a\"; error_bound = \"1us\"; },"
		  " { device = \"a\"; error_bound = \"1us\"; } );",
		  "phc[1].device: \"a\" is that of phc[0] too: give each its own" },
		{ "gnss = { pulse = \"extts\"; };",
		  "gnss[0].clock: for pulse \"extts\" it must be given, as \"eth0\"" },
		{ "gnss = { host = \"\"; };",
		  "gnss[0].host: without gpsd (\"\") there must be a pulse" },
		{ "gnss = { host = \"\"; pulse = \"gpsd\"; };",
		  "gnss[0].host: pulse \"gpsd\" needs it, as \"127.0.0.1\"" },
		{ "gnss = { host = \"localhost\"; };",
		  "gnss[0].host: it is not a numeric address, as "
		  "\"127.0.0.1\"" },
		{ "gnss = ( { }, { device = \"/dev/ttyACM1\"; } );",
		  "gnss[1].name: \"gnss\" is that of gnss[0] too: give each its own" },
		{ "phc = { error_bound = \"1us\"; device = \"/a/path/that/is/"
		  "longer/than/the/name/of/any/source/may/ever/be/in/here\"; };",
		  "phc[0].name: with a device of such a length it must be given" },
		{ "ptp = ( { }, { socket = \"/run/b\"; } );",
		  "ptp[1].name: \"ptp\" is that of ptp[0] too: give each its own" },
		{ "ptp = ( { }, { name = \"b\"; socket = \"/run/b\"; } );",
		  "ptp[1].monitor: \"/run/timed/ptp.sock\" is that of ptp[0] too: give each its own" },
		{ "ptp = ( { }, { name = \"b\"; monitor = \"\"; } );",
		  "ptp[1].socket: \"/var/run/ptp4l\" is that of ptp[0] too: give each its own" },
		{ "ptp = { delay_min = \"2us\"; delay_max = \"1us\"; };",
		  "ptp[0].delay_max: it must not be less than delay_min" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i].text), 0);
		assert_int_equal(config_check(&cfg, NULL, error), -EINVAL);
		assert_string_equal(error, bad[i].error);
	}
	/* what is switched off is in nobody's way */
	assert_int_equal(parse("ptp = ( { }, { enable = false; } );"), 0);
	assert_int_equal(config_check(&cfg, NULL, error), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_says_where_what_and_what_to_write),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(large_numbers_are_sought_where_numbers_stand),
		cmocka_unit_test(nesting_without_end_is_an_error_like_any),
		cmocka_unit_test(settings_must_suit_one_another),
		cmocka_unit_test(the_history_log_must_be_a_file_of_its_own),
		cmocka_unit_test(entries_of_lists_must_suit_one_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
