/* SPDX-License-Identifier: Apache-2.0 */
/* What chronyd is given and what is made of its figures, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/skew/probe.h"

#define S INT64_C(1000000000)

static const struct probe_options usual = {.poll = 4, .asymmetry_ns = -1};

static struct fleet *fleet(void)
{
	static const char text[] =
		"[{\"targets\":[\"10.0.0.1:10123\"]},"
		"{\"targets\":[\"n2.x:10123\"],\"labels\":"
		"{\"__skew_ntp_port\":\"5123\",\"__skew_key\":\"7\"}},"
		"{\"targets\":[\"[2001:db8::1]:10123\"],\"labels\":"
		"{\"__skew_nts\":\"yes\"}}]";
	char why[FLEET_WHY_SIZE];
	struct fleet *f = NULL;

	if (fleet_parse(text, sizeof(text) - 1, &f, why))
		fail_msg("%s", why);
	return f;
}

static char *sources(const struct probe_options *opt)
{
	static const uint32_t peer[] = {0, 1, 2};
	struct fleet *f = fleet();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	probe_write_sources(out, f, peer, 3, opt);
	fclose(out);
	fleet_free(f);
	return text;
}

static void peers_are_lines_for_chronyd(void **state)
{
	struct probe_options opt = usual;
	char *text = sources(&opt);

	(void)state;
	assert_string_equal(
		text,
		"# Made by tt-skew agent; it is written anew.\n"
		"server 10.0.0.1 port 11123 noselect xleave iburst minpoll 4 "
		"maxpoll 4 maxdelaydevratio 1e6\n"
		"server n2.x port 5123 noselect xleave iburst minpoll 4 "
		"maxpoll 4 maxdelaydevratio 1e6 key 7\n"
		"server 2001:db8::1 port 11123 noselect xleave iburst "
		"minpoll 4 maxpoll 4 maxdelaydevratio 1e6 nts\n");
	free(text);
	opt.key = 3;
	text = sources(&opt);
	assert_non_null(strstr(text, "10.0.0.1 port 11123 noselect xleave "
				     "iburst minpoll 4 maxpoll 4 "
				     "maxdelaydevratio 1e6 key 3\n"));
	assert_non_null(strstr(text, " key 7\n"));
	free(text);
	opt.has_nts = true;
	text = sources(&opt);
	assert_null(strstr(text, "key"));
	free(text);
}

static void the_file_is_replaced_whole(void **state)
{
	static const uint32_t peer[] = {0};
	char dir[] = "/tmp/test-skew-probe.XXXXXX", path[80], fresh[80];
	struct fleet *f = fleet();
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sources/peers.sources", dir);
	snprintf(fresh, sizeof(fresh), "%s/sources/peers.new", dir);
	assert_int_equal(probe_put_sources(dir, f, peer, 1, &usual), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(probe_put_sources(dir, f, peer, 0, &usual), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 45); /* the comment */
	assert_true(stat(fresh, &st) < 0);
	assert_true(probe_put_sources("/nonexistent/x", f, peer, 1, &usual) <
		    0);
	unlink(path);
	snprintf(path, sizeof(path), "%s/sources", dir);
	rmdir(path);
	rmdir(dir);
	fleet_free(f);
}

static void the_configuration_touches_no_clock(void **state)
{
	const struct chronyd_options opt = {.dir = "/run/tt-skew",
					    .address = "10.0.0.1",
					    .port = 11123,
					    .allow = "10.0.0.0/8",
					    .keyfile = "/etc/k",
					    .nts_cert = "/c",
					    .nts_key = "/d",
					    .nts_trusted = "/t",
					    .has_hwtimestamp = true};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	chronyd_write_config(out, &opt);
	fclose(out);
	assert_non_null(strstr(
		text, "\nport 11123\nbindaddress 10.0.0.1\nallow 10.0.0.0/8\n"
		      "local stratum 10\ncmdport 0\n"
		      "bindcmdaddress /run/tt-skew/chronyd.sock\n"
		      "pidfile /run/tt-skew/chronyd.pid\n"
		      "sourcedir /run/tt-skew/sources\n"
		      "keyfile /etc/k\nntsservercert /c\nntsserverkey /d\n"
		      "ntstrustedcerts /t\nhwtimestamp *\n"));
	assert_null(strstr(text, "makestep"));
	assert_null(strstr(text, "rtc"));
	free(text);
}

/* An exchange of 100 us that answered in 20 us, at 5 s before. */
static struct cmdmon_source source(void)
{
	return (struct cmdmon_source){
		.poll = 4,
		.reach = 0377,
		.since_sample_s = 5,
		.orig_latest_meas_s = {.value = -250e-6, .quantum = 1e-12}};
}

static struct cmdmon_ntp_data ntp_data(void)
{
	return (struct cmdmon_ntp_data){
		.offset_s = {.value = 250e-6, .quantum = 1e-12},
		.peer_delay_s = {.value = 100e-6, .quantum = 1e-12},
		.peer_dispersion_s = {.value = 2e-6, .quantum = 1e-12},
		.response_time_s = {.value = 20e-6, .quantum = 1e-12},
		.tx_stamp = 'K',
		.rx_stamp = 'K',
		.total_valid = 9};
}

static void an_error_is_half_the_round_trip_and_the_rest(void **state)
{
	const struct cmdmon_source s = source();
	struct cmdmon_ntp_data d = ntp_data();
	struct probe p = {.has_sample = false};

	(void)state;
	assert_true(probe_make(&s, &d, 1000 * S, 1000 * S + 7, &usual, &p));
	assert_int_equal(p.offset_ns, 250000);
	assert_in_range(p.delay_ns, 100001, 100002);
	/* 50 + 2 us, and 120 us x 300 ppm: 36 ns; rounded up */
	assert_in_range(p.error_ns, 52036, 52038);
	assert_int_equal(p.real_ns_min, 994 * S - p.delay_ns);
	assert_int_equal(p.real_ns_max, 996 * S + 7);
	assert_int_equal(p.stamping, EDGE_KERNEL);
	assert_false(p.is_interleaved);
	assert_int_equal(p.valid, 9);
	assert_int_equal(p.reach, 0377);
	d.tx_stamp = d.rx_stamp = 'H';
	d.flags = CMDMON_INTERLEAVED;
	assert_true(probe_make(&s, &d, 1000 * S, 1000 * S, &usual, &p));
	assert_int_equal(p.stamping, EDGE_HARDWARE);
	assert_true(p.is_interleaved);
	d.rx_stamp = 'D';
	assert_true(probe_make(&s, &d, 1000 * S, 1000 * S, &usual, &p));
	assert_int_equal(p.stamping, EDGE_DAEMON);
}

/* A round trip beyond 8 % of the poll interval: chronyd may have mixed the
 * stamps of two exchanges, two polls apart: 32 s x 300 ppm is 9.6 ms. */
static void a_mixed_exchange_is_as_wide_as_it_is_long(void **state)
{
	const struct cmdmon_source s = source();
	struct cmdmon_ntp_data d = ntp_data();
	struct probe p;

	(void)state;
	d.peer_delay_s.value = 2;
	d.flags = CMDMON_INTERLEAVED;
	assert_true(probe_make(&s, &d, 1000 * S, 1000 * S, &usual, &p));
	assert_true(p.error_ns > S + 9600000 && p.error_ns < S + 11000000);
	d.flags = 0;
	assert_true(probe_make(&s, &d, 1000 * S, 1000 * S, &usual, &p));
	assert_true(p.error_ns < S + 1000000);
}

static void a_declared_asymmetry_narrows_and_never_widens(void **state)
{
	const struct cmdmon_source s = source();
	const struct cmdmon_ntp_data d = ntp_data();
	struct probe_options opt = usual;
	struct probe p;

	(void)state;
	opt.asymmetry_ns = 5000;
	assert_true(probe_make(&s, &d, 1000 * S, 1000 * S, &opt, &p));
	assert_in_range(p.error_ns, 7036, 7038);
	opt.asymmetry_ns = 80000;
	assert_true(probe_make(&s, &d, 1000 * S, 1000 * S, &opt, &p));
	assert_in_range(p.error_ns, 52036, 52038);
}

static void what_is_no_sample_is_none(void **state)
{
	struct cmdmon_source s = source();
	struct cmdmon_ntp_data d = ntp_data();
	struct probe p;

	(void)state;
	/* a packet that came between the two questions */
	d.offset_s.value = 251e-6;
	assert_false(probe_make(&s, &d, 1000 * S, 1000 * S, &usual, &p));
	assert_false(p.has_sample);
	d = ntp_data();
	s.since_sample_s = CMDMON_NEVER;
	assert_false(probe_make(&s, &d, 1000 * S, 1000 * S, &usual, &p));
	s = source();
	d.total_valid = 0;
	assert_false(probe_make(&s, &d, 1000 * S, 1000 * S, &usual, &p));
	d = ntp_data();
	s.orig_latest_meas_s.value = -3e9;
	d.offset_s.value = 3e9;
	assert_false(probe_make(&s, &d, 1000 * S, 1000 * S, &usual, &p));
	/* it was not after now */
	s = source();
	d = ntp_data();
	s.since_sample_s = 0;
	assert_true(probe_make(&s, &d, 1000 * S, 1000 * S + 5, &usual, &p));
	assert_int_equal(p.real_ns_max, 1000 * S + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peers_are_lines_for_chronyd),
		cmocka_unit_test(the_file_is_replaced_whole),
		cmocka_unit_test(the_configuration_touches_no_clock),
		cmocka_unit_test(an_error_is_half_the_round_trip_and_the_rest),
		cmocka_unit_test(a_mixed_exchange_is_as_wide_as_it_is_long),
		cmocka_unit_test(a_declared_asymmetry_narrows_and_never_widens),
		cmocka_unit_test(what_is_no_sample_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
