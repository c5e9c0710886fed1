/* SPDX-License-Identifier: Apache-2.0 */
/* Scenario files: what they say is what is run, and every slip is told with
 * its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/scenario_file.h"

#define OSCILLATOR "oscillator = { grade = \"server\"; rate = \"-7ppm\"; };\n"
#define FEEDS      "feeds = ( { kind = \"ntp\"; } );\n"
#define WHOLE      "length = \"24h\";\n" OSCILLATOR FEEDS

static struct scenario_file file;
static struct config cfg;
static char error[CONFIG_ERROR_SIZE];

static int parse(const char *text)
{
	error[0] = '\0';
	return scenario_file_parse("x", text, strlen(text), &cfg, &file,
				   error);
}

static int set_up(void **state)
{
	(void)state;
	config_defaults(&cfg);
	return 0;
}

static void assert_fails(const char *text, const char *message)
{
	assert_true(parse(text) < 0);
	if (!strstr(error, message))
		fail_msg("\"%s\" does not say \"%s\"", error, message);
}

static void the_least_is_a_length_an_oscillator_and_a_feed(void **state)
{
	(void)state;
	assert_int_equal(parse(WHOLE), 0);
	assert_true(file.scenario.hours > 23.99 && file.scenario.hours < 24.01);
	assert_int_equal(file.seed, 1);
	assert_int_equal(file.scenario.feed_count, 1);
	assert_string_equal(file.scenario.feed[0].name, "ntp1");
	assert_int_equal(file.scenario.feed[0].class, SOURCE_NTP);
	assert_true(file.scenario.oscillator.start_ppb < -6999);
	assert_string_equal(file.scenario.oscillator.grade->name, "server");
	assert_null(file.scenario.breaks);
	assert_fails("", "x:1: say length");
	assert_fails("length = \"1h\";", "say which oscillator");
	assert_fails("length = \"1h\";\n" OSCILLATOR, "no feeds");
	assert_fails("length = \"1h\";\n" OSCILLATOR "feeds = ();",
		     "x:3: no feeds");
}

static void quantities_have_units_and_ranges(void **state)
{
	(void)state;
	assert_int_equal(parse("length = \"90min\";\n" OSCILLATOR
			       "feeds = ( { kind = \"ptp\"; poll = \"0.5s\"; "
			       "delay = \"1.5us\"; loss = 0.25; } );"),
			 0);
	assert_true(file.scenario.feed[0].poll_s > 0.499 &&
		    file.scenario.feed[0].poll_s < 0.501);
	assert_true(file.scenario.feed[0].path.base_ns[1] > 1499);
	assert_true(file.scenario.feed[0].path.loss > 0.24);
	assert_fails("length = 24;", "x:1: length: write a quantity");
	assert_fails("length = \"24\";", "\"24\" has no unit");
	assert_fails("length = \"24hours\";", "has no unit known here");
	assert_fails("length = \"-24h\";", "is not a number with a unit");
	assert_fails("length = \"1s\";", "out of range: from 1min to 366d");
	assert_fails("length = \"24h\";\nseed = 1.5;", "x:2: seed: write a "
						       "whole number");
	assert_fails("length = \"24h\";\n" OSCILLATOR
		     "feeds = (\n{ kind = \"ntp\"; loss = 2; } );",
		     "x:4: loss is out of range: from 0 to 1");
	assert_fails("seed = 5000000000;", "x:1: seed: this whole number is too "
					   "large");
}

static void what_is_unknown_is_refused(void **state)
{
	(void)state;
	assert_fails(WHOLE "lenght = \"1h\";",
		     "x:4: unknown setting \"lenght\"; a scenario has name, "
		     "says, length");
	assert_fails("length = \"1h\";\noscillator = { garde = \"vm\"; };\n",
		     "x:2: unknown setting \"garde\"; oscillator has grade");
	assert_fails("length = \"1h\";\n" OSCILLATOR
		     "feeds = ( { kind = \"ntp\"; pol = \"1s\"; } );",
		     "x:3: unknown setting \"pol\"; a feed has name");
	assert_fails(WHOLE "faults = ( { fault = \"kill\"; whne = \"1h\"; } );",
		     "x:4: unknown setting \"whne\"; a fault has fault");
	assert_fails("length = \"1h\"; length = \"2h\";",
		     "x:1: length: it is set in line 1 already: remove one");
	assert_fails("length = \"1h\"\n;=", "x:2: syntax error");
	assert_fails("@include \"/etc/passwd\"", "x:1: no @include here");
}

static void oscillators_fit_the_configured_axioms(void **state)
{
	(void)state;
	assert_fails("length = \"1h\"; oscillator = { grade = \"quartz\"; };",
		     "\"quartz\" is none of \"vm\", \"server\"");
	assert_fails("length = \"1h\"; oscillator = { rate = \"1ppm\"; };",
		     "name a grade or an adversary");
	assert_fails("length = \"1h\"; oscillator = { adversary = \"evil\"; };",
		     "should be \"still\"");
	/* 48 ppm + 0.5 of a day + 0.05 of air conditioning + 5 of the fans. */
	assert_fails("length = \"1h\"; oscillator = { grade = \"server\"; "
		     "rate = \"48ppm\"; cooling_failure = \"30min\"; };",
		     "its rate reaches 53550 ppb, and axiom A1 is configured "
		     "as 50000 ppb");
	assert_fails("length = \"1h\"; oscillator = { grade = \"steady\"; "
		     "cooling_failure = \"30min\"; };",
		     "its cooling does not fail");
	cfg.oscillator = OSCILLATOR_OCXO;
	assert_fails(WHOLE, "axiom A1 is configured as 500 ppb");
}

static void feeds_have_their_kind_s_settings(void **state)
{
	(void)state;
	assert_fails("length = \"1h\";\n" OSCILLATOR "feeds = ( { } );",
		     "x:3: feeds: a feed has kind = \"ntp\"");
	assert_fails("length = \"1h\";\n" OSCILLATOR
		     "feeds = ( { kind = \"phc\"; delay = \"1us\"; } );",
		     "kind \"phc\" has no delay");
	assert_fails("length = \"1h\";\n" OSCILLATOR
		     "feeds = ( { kind = \"ntp\"; latency_max = \"1us\"; } );",
		     "kind \"ntp\" has no latency_max");
	assert_fails("length = \"1h\";\n" OSCILLATOR
		     "feeds = ( { kind = \"ptp\"; stratum = 2; } );",
		     "kind \"ptp\" has no stratum");
	assert_fails("length = \"1h\";\n" OSCILLATOR
		     "feeds = ( { kind = \"ntp\"; name = \"a\"; },\n"
		     "{ kind = \"ptp\"; name = \"a\"; } );",
		     "x:4: feeds: \"a\" is there twice");
	cfg.chrony_enable = false;
	assert_fails(WHOLE, "nobody hears ntp");
}

static void the_configuration_is_the_daemon_s(void **state)
{
	(void)state;
	cfg.oscillator = OSCILLATOR_STEADY;
	cfg.chrony_delay_ns_min = 90000;
	cfg.horizon_ns = 2000000000;
	assert_int_equal(parse(WHOLE), 0);
	assert_true(file.scenario.axioms.wander_ppb_s < 2.01);
	assert_int_equal(file.scenario.horizon_ns, 2000000000);
	assert_true(file.scenario.feed[0].delay_ns_min > 89999);
	assert_null(file.scenario.breaks);
	cfg.chrony_delay_ns_min = 110000;
	assert_int_equal(parse(WHOLE), 0);
	assert_string_equal(file.scenario.breaks, "A4");
	cfg.chrony_delay_ns_min = 0;
	cfg.chrony_asymmetry_ns = 1000; /* queues are not so even */
	assert_int_equal(parse(WHOLE), 0);
	assert_string_equal(file.scenario.breaks, "A4");
}

#define FEED(settings)                                                        \
	"length = \"1h\";\n" OSCILLATOR "feeds = ( { " settings " } );"

static void hardware_is_said_as_it_is(void **state)
{
	const struct feed_law *law = &file.scenario.feed[0];

	(void)state;
	assert_int_equal(parse(FEED("kind = \"ntp\"; interleaved = true; "
				    "age = \"2s\"; ruler = \"3ppm\"; "
				    "ruler_error = \"100ppb\"; "
				    "server_at = \"high\"; "
				    "stamp_at = \"low\";")),
			 0);
	assert_true(law->is_interleaved);
	assert_true(law->age_s > 1.99 && law->age_s < 2.01);
	assert_true(law->ruler_ppb > 2999 && law->ruler_ppb < 3001);
	assert_true(law->ruler_err_ppb > 99 && law->ruler_err_ppb < 101);
	assert_int_equal(law->server.place, PLACE_HIGH);
	assert_int_equal(law->stamp.place, PLACE_LOW);
	assert_int_equal(law->mapping.place, PLACE_RANDOM);
	assert_int_equal(parse(FEED("kind = \"ptp\"; hops = 3; "
				    "transparent_error = \"25ns\"; "
				    "stamp_quantum = \"8ns\";")),
			 0);
	assert_true(law->path.transparent_ns > 24.9);
	assert_int_equal(law->path.hops, 3);
	assert_int_equal(parse(FEED("kind = \"phc\"; servo = true; "
				    "server_error = \"500ns\"; window = "
				    "\"1us\"; window_at = \"low\";")),
			 0);
	assert_int_equal(law->kind, FEED_PHC);
	assert_int_equal(law->latch, PLACE_LOW);
	assert_true(law->window_ns > 999 && law->stamp.limit_ns < 1);
	assert_int_equal(parse(FEED("kind = \"pps\"; server_at = "
				    "\"sawtooth\";")),
			 0);
	assert_int_equal(law->server.place, PLACE_SAWTOOTH);
	assert_false(law->says_leap);
	assert_int_equal(parse(FEED("kind = \"pps\"; announces = true;")), 0);
	assert_true(law->says_leap && law->says_offset);
	assert_int_equal(parse(FEED("kind = \"ntp\"; announces = true;")), 0);
	assert_true(law->says_leap && !law->says_offset);
}

static void hardware_that_cannot_be_is_refused(void **state)
{
	(void)state;
	assert_fails(FEED("kind = \"ptp\"; interleaved = true;"),
		     "kind \"ptp\" has no interleaved");
	assert_fails(FEED("kind = \"ntp\"; interleaved = 1;"),
		     "interleaved: write true or false");
	assert_fails(FEED("kind = \"ntp\"; servo = true;"),
		     "kind \"ntp\" has no servo");
	assert_fails(FEED("kind = \"phc\"; servo = true;"),
		     "a servo holds its clock to server_error");
	assert_fails(FEED("kind = \"phc\"; window = \"1us\";"),
		     "window is of a clock with a servo");
	assert_fails(FEED("kind = \"ptp\"; transparent_error = \"9ns\";"),
		     "transparent_error is of hops");
	assert_fails(FEED("kind = \"ntp\"; server_at = \"middle\";"),
		     "\"middle\" should be \"random\", \"low\"");
	assert_fails(FEED("kind = \"phc\"; transparent_error = \"9ns\";"),
		     "kind \"phc\" has no transparent_error");
}

static void a_leap_second_has_its_date_and_its_table(void **state)
{
	const struct scenario *sc = &file.scenario;

	(void)state;
	/* 2027-01-01 00:00:00 UTC is 1798761600. */
	assert_int_equal(parse(WHOLE "start = \"2026-12-31 12:00\";\n"
				     "leap = { at = \"2027-01-01\"; seconds = "
				     "1; };"),
			 0);
	assert_int_equal(sc->start_tai_ns / SECOND_NS,
			 1798761600 - 43200 + 37);
	assert_int_equal(sc->known_leap_s, 1);
	assert_int_equal(sc->known_leap_unix_s, 1798761600);
	assert_int_equal(sc->unknown_leap_s, 0);
	assert_int_equal(parse(WHOLE "table_expires = \"2026-12-28\";\n"
				     "leap = { at = \"2027-01-01\"; seconds = "
				     "-1; };"),
			 0);
	assert_int_equal(sc->known_leap_s, 0);
	assert_int_equal(sc->unknown_leap_s, -1);
	assert_int_equal(sc->unknown_leap_unix_s, 1798761600);
	assert_fails(WHOLE "start = \"tomorrow\";",
		     "x:4: start: \"tomorrow\" is no date");
	assert_fails(WHOLE "start = \"2026-12-31 25:00\";", "is no date");
	assert_fails(WHOLE "leap = { at = \"2027-02-01\"; seconds = 1; };",
		     "another 1 January or 1 July");
	assert_fails(WHOLE "leap = { at = \"2027-01-01\"; };",
		     "seconds = 1 or -1");
}

#define THREE                                                                 \
	"length = \"24h\";\n" OSCILLATOR                                      \
	"feeds = ( { kind = \"ntp\"; name = \"a\"; }, { kind = \"ntp\"; },"   \
	" { kind = \"ntp\"; } );\n"
#define LIE(feed)                                                             \
	"{ fault = \"lie\"; feed = \"" feed                                   \
	"\"; at = \"1h\"; lasts = \"1h\"; value = \"-5ms\"; }"

static void faults_say_when_whose_and_how_much(void **state)
{
	(void)state;
	assert_int_equal(parse(THREE "faults = (" LIE("a") ");"), 0);
	assert_int_equal(file.scenario.fault[0].feed, 0);
	assert_true(file.scenario.fault[0].value < -4.9e6);
	assert_true(file.scenario.fault[0].to_s > 7199 &&
		    file.scenario.fault[0].to_s < 7201);
	assert_null(file.scenario.breaks);
	assert_fails(THREE "faults = ( { fault = \"lie\"; feed = \"a\"; at = "
			   "\"1h\"; } );",
		     "x:4: faults: \"lie\" needs a value");
	assert_fails(THREE "faults = ( { fault = \"lie\"; at = \"1h\"; value = "
			   "\"1ms\"; } );",
		     "say feed = whose");
	assert_fails(THREE "faults = (" LIE("d") ");",
		     "no feed is called \"d\"");
	assert_fails(THREE "faults = ( { fault = \"kill\"; feed = \"a\"; at = "
			   "\"1h\"; } );",
		     "\"kill\" is no feed's");
	assert_fails(THREE "faults = ( { fault = \"kill\"; at = \"1h\"; } );",
		     "say lasts = how long");
	assert_fails(THREE "faults = ( { fault = \"kill\"; at = \"25h\"; lasts "
			   "= \"1s\"; } );",
		     "comes after the end");
	assert_fails(THREE "faults = ( { fault = \"rate-jump\"; at = \"1h\"; "
			   "lasts = \"1s\"; value = \"1ppm\"; } );",
		     "happens once");
	assert_fails(THREE "faults = ( { fault = \"silence\"; feed = \"all\"; "
			   "at = \"1h\"; value = \"1s\"; } );",
		     "\"silence\" has no value");
	assert_fails(THREE "faults = ( { fault = \"quake\"; at = \"1h\"; } );",
		     "\"quake\" is no fault");
	assert_fails(THREE "faults = ( { fault = \"announce\"; feed = \"a\"; "
			   "at = \"1h\"; value = 2; } );",
		     "value: write 1, -1 or 0");
	assert_fails(THREE "faults = ( { fault = \"reboot\"; at = \"1h\"; "
			   "lasts = \"1s\"; value = \"1min\"; } );",
		     "happens once");
	assert_fails(THREE "faults = ( { fault = \"preempt\"; at = \"1h\"; } "
			   ");",
		     "say lasts = how long");
}

static void broken_axioms_are_known(void **state)
{
	(void)state;
	assert_int_equal(parse(THREE "faults = (" LIE("a") "," LIE("ntp2")
			       ");"),
			 0);
	assert_string_equal(file.scenario.breaks, "A3");
	assert_true(file.scenario.broken_from_s > 3599);
	/* The two share a fate: it is one liar of two, and none may. */
	strcpy(cfg.group[0].name, "site");
	strcpy(cfg.group[0].member[0], "a");
	strcpy(cfg.group[0].member[1], "ntp2");
	cfg.group[0].count = 2;
	cfg.liars = 1;
	assert_int_equal(parse(THREE "faults = (" LIE("a") "," LIE("ntp2")
			       ");"),
			 0);
	assert_null(file.scenario.breaks);
	assert_int_equal(parse(THREE "faults = ( { fault = \"rate-jump\"; at "
				     "= \"2h\"; value = \"-1ppm\"; } );"),
			 0);
	assert_string_equal(file.scenario.breaks, "A2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			the_least_is_a_length_an_oscillator_and_a_feed,
			set_up),
		cmocka_unit_test_setup(quantities_have_units_and_ranges,
				       set_up),
		cmocka_unit_test_setup(what_is_unknown_is_refused, set_up),
		cmocka_unit_test_setup(oscillators_fit_the_configured_axioms,
				       set_up),
		cmocka_unit_test_setup(feeds_have_their_kind_s_settings,
				       set_up),
		cmocka_unit_test_setup(hardware_is_said_as_it_is, set_up),
		cmocka_unit_test_setup(hardware_that_cannot_be_is_refused,
				       set_up),
		cmocka_unit_test_setup(a_leap_second_has_its_date_and_its_table,
				       set_up),
		cmocka_unit_test_setup(the_configuration_is_the_daemon_s,
				       set_up),
		cmocka_unit_test_setup(faults_say_when_whose_and_how_much,
				       set_up),
		cmocka_unit_test_setup(broken_axioms_are_known, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
