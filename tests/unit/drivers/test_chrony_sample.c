/* SPDX-License-Identifier: Apache-2.0 */
/* A sample from chronyd's figures: its age, its middle and its budget, worked
 * out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "drivers/chrony_sample.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)
#define US INT64_C(1000)

/* C - raw is 500 s and a little, known to 100 ns; it runs at 10 ppm. */
static const struct chrony_line line = {
	.begin = {1000 * S, 1000 * S, 500 * S, 500 * S + 100},
	.end = {1000 * S, 1000 * S, 500 * S, 500 * S + 100},
	.rate_ppb_min = 10000,
	.rate_ppb_max = 10000};

static struct chrony_options opt;
static struct chrony_reading reading;
static struct chrony_window window;
static struct sample m;

static void begin(void)
{
	opt = (struct chrony_options){.asymmetry_ns = -1, .server_scale = 2};
	memset(&reading, 0, sizeof(reading));
	reading.asked_raw_ns = 1000 * S - 2 * MS;
	reading.answered_raw_ns = 1000 * S - MS;
	reading.source.address = (struct cmdmon_address){
		.family = CMDMON_INET4, .bytes = {192, 0, 2, 1}};
	reading.source.poll = 6;
	reading.source.stratum = 2;
	reading.source.since_sample_s = 3;
	reading.source.latest_meas_s.value = 1e-3;
	reading.source.orig_latest_meas_s.value = 2e-3;
	reading.source.latest_meas_err_s.value = 700e-6;
}

/* 1 ms of round trip, 10 us of dispersion, 190 us at the server. */
static void add_ntp(void)
{
	reading.has_ntp = true;
	reading.ntp.remote = reading.source.address;
	reading.ntp.stratum = 2;
	reading.ntp.flags = CMDMON_TESTS_ALL;
	reading.ntp.offset_s.value = -2e-3;
	reading.ntp.peer_delay_s.value = 1e-3;
	reading.ntp.peer_dispersion_s.value = 10e-6;
	reading.ntp.root_delay_s.value = 300e-6;
	reading.ntp.root_dispersion_s.value = 40e-6;
}

static int make(void)
{
	assert_int_equal(
		chrony_sample_window(&reading, &line, 1000 * S, &window), 0);
	return chrony_sample_make(&opt, &reading, &line, 1000 * S, &window, &m);
}

static void expect_terms(int64_t server_ns, int64_t delay_ns, int64_t stamp_ns)
{
	/* each rounded up by 1, or by 2 where it is a sum */
	assert_in_range(m.lo_ns[TERM_SERVER] - server_ns, 0, 2);
	assert_in_range(m.lo_ns[TERM_DELAY] - delay_ns, 0, 2);
	assert_in_range(m.lo_ns[TERM_STAMP] - stamp_ns, 0, 2);
	assert_memory_equal(m.lo_ns, m.hi_ns, sizeof(m.lo_ns));
}

static void test_the_middle_and_its_mapping(void **state)
{
	(void)state;
	begin();
	assert_int_equal(make(), 0);
	/* C is 1 ms fast of the reference: the reference is behind C */
	assert_true(m.raw_ns == 1000 * S);
	assert_in_range(m.mid_ns - (500 * S + 50 - MS), -1 + 1, 1);
	/* 50 ns of C - raw and of roundings */
	assert_in_range(m.lo_ns[TERM_MAPPING], 50, 56);
	assert_true(m.ruler_ppb_min <= 10000 && m.ruler_ppb_max >= 10000);
	assert_true(m.fresh_ns == 4 * 64 * S);
	assert_false(m.repeat);
}

/* chronyd's now is 1499.998 or so on C: the event's second is 1496. At raw
 * 1000 C is at 1500: that is 3 to 4 s of C before. */
static void test_the_age_is_a_second_wide(void **state)
{
	(void)state;
	begin();
	assert_int_equal(make(), 0);
	assert_true(window.cooked_s == 1496);
	/* 10 ppm of 3 s are 30 us, and a microsecond of stamps either way */
	assert_in_range(m.age_ns_min, 3 * S - 33 * US, 3 * S - 30 * US);
	assert_in_range(m.age_ns_max, 4 * S - 40 * US, 4 * S - 37 * US);
}

/* Asked before a second's edge and answered after it: either may have been
 * chronyd's now. */
static void test_a_second_that_ends_meanwhile_counts_as_both(void **state)
{
	(void)state;
	begin();
	reading.answered_raw_ns = 1000 * S;
	assert_int_equal(make(), 0);
	assert_true(window.cooked_s == 1496);
	assert_in_range(m.age_ns_min, 2 * S - 33 * US, 2 * S - 20 * US);
	assert_in_range(m.age_ns_max, 4 * S - 40 * US, 4 * S - 37 * US);
}

static void test_a_fresh_event_has_no_negative_age(void **state)
{
	(void)state;
	begin();
	reading.source.since_sample_s = 0;
	assert_int_equal(make(), 0);
	assert_true(m.age_ns_min == 0);
	assert_in_range(m.age_ns_max, S - 11 * US, S + US);
}

static void test_ages_that_cannot_be_are_refused(void **state)
{
	(void)state;
	begin();
	/* in the future, as an unsigned number of seconds */
	reading.source.since_sample_s = UINT32_MAX - 3;
	assert_int_equal(
		chrony_sample_window(&reading, &line, 1000 * S, &window),
		-ERANGE);
	reading.source.since_sample_s = 1500;
	assert_int_equal(
		chrony_sample_window(&reading, &line, 1000 * S, &window),
		-ERANGE);
}

static void test_without_ntpdata_all_of_it_is_the_servers(void **state)
{
	(void)state;
	begin();
	assert_int_equal(make(), 0);
	/* 100 ppm of the 700 us, and of 10 ms that the server may have taken */
	expect_terms(2 * 700 * US, 0, 70 + US);
	/* a stratum 1 is taken at its word, and the declared axioms do not
	 * apply to what cannot be told apart */
	reading.source.stratum = 1;
	opt.asymmetry_ns = US;
	opt.delay_ns_min = US;
	assert_int_equal(make(), 0);
	expect_terms(700 * US, 0, 70 + US);
}

/* 1e-4 of the millisecond between the stamps, halved, is 50 ns. */
static void test_ntpdata_tells_the_hop_from_the_server(void **state)
{
	(void)state;
	begin();
	add_ntp();
	assert_true(chrony_sample_matches(&reading.source, &reading.ntp));
	assert_int_equal(make(), 0);
	expect_terms(2 * 190 * US, 500 * US, 10 * US + 50);
	reading.ntp.stratum = 1;
	assert_int_equal(make(), 0);
	expect_terms(190 * US, 500 * US, 10 * US + 50);
}

/* Dispersion that chronyd has added since is no packet's. */
static void test_what_chronyd_adds_is_counted_once(void **state)
{
	(void)state;
	begin();
	add_ntp();
	reading.source.latest_meas_err_s.value = 705e-6;
	assert_int_equal(make(), 0);
	expect_terms(2 * 190 * US, 500 * US, 15 * US + 50);
}

/* In interleaved mode the server's share is of another packet than ntpdata
 * shows: all that is left is the server's. */
static void test_interleaved_servers_are_counted_by_what_is_left(void **state)
{
	(void)state;
	begin();
	add_ntp();
	reading.ntp.flags |= CMDMON_INTERLEAVED;
	reading.source.latest_meas_err_s.value = 610e-6;
	assert_true(chrony_sample_matches(&reading.source, &reading.ntp));
	assert_int_equal(make(), 0);
	expect_terms(2 * 100 * US, 500 * US, 10 * US + 50);
	reading.source.latest_meas_err_s.value = 810e-6;
	assert_int_equal(make(), 0);
	expect_terms(2 * 300 * US, 500 * US, 10 * US + 50);
}

static void test_declared_delays_narrow_the_hop(void **state)
{
	(void)state;
	begin();
	add_ntp();
	opt.delay_ns_min = 100 * US;
	assert_int_equal(make(), 0);
	expect_terms(2 * 190 * US, 400 * US, 10 * US + 50);
	assert_true(m.declared);
	/* the asymmetry is not lessened by the least delay */
	opt.asymmetry_ns = 30 * US;
	assert_int_equal(make(), 0);
	expect_terms(2 * 190 * US, 30 * US, 10 * US + 50);
	opt.asymmetry_ns = 450 * US;
	assert_int_equal(make(), 0);
	expect_terms(2 * 190 * US, 400 * US, 10 * US + 50);
	/* half of it is 500 us: 520 each way cannot be */
	opt.asymmetry_ns = -1;
	opt.delay_ns_min = 520 * US;
	assert_int_equal(make(), -EDOM);
	expect_terms(2 * 190 * US, 500 * US, 10 * US + 50);
	assert_false(m.declared);
}

static void test_ntpdata_of_another_packet_does_not_match(void **state)
{
	(void)state;
	begin();
	add_ntp();
	reading.ntp.offset_s.value = -2.001e-3;
	assert_false(chrony_sample_matches(&reading.source, &reading.ntp));
	begin();
	add_ntp();
	reading.ntp.flags = 0x3fe; /* a test failed: not accumulated */
	assert_false(chrony_sample_matches(&reading.source, &reading.ntp));
	begin();
	add_ntp();
	reading.ntp.remote.bytes[3] = 2;
	assert_false(chrony_sample_matches(&reading.source, &reading.ntp));
	begin();
	add_ntp();
	reading.ntp.peer_delay_s.value = 2e-3; /* more than the whole error */
	assert_false(chrony_sample_matches(&reading.source, &reading.ntp));
}

static void test_number_formats_count(void **state)
{
	(void)state;
	begin();
	add_ntp();
	reading.source.latest_meas_s.quantum = 20e-9;
	reading.ntp.peer_delay_s.quantum = 10e-9;
	assert_int_equal(make(), 0);
	assert_in_range(m.lo_ns[TERM_MAPPING], 70, 76);
	assert_in_range(m.lo_ns[TERM_DELAY], 500 * US + 5, 500 * US + 7);
}

static void test_figures_that_bound_nothing_are_refused(void **state)
{
	(void)state;
	begin();
	reading.source.latest_meas_s.value = 2e9;
	assert_int_equal(make(), -ERANGE);
	begin();
	reading.source.latest_meas_err_s.value = 86400;
	assert_int_equal(make(), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_middle_and_its_mapping),
		cmocka_unit_test(test_the_age_is_a_second_wide),
		cmocka_unit_test(
			test_a_second_that_ends_meanwhile_counts_as_both),
		cmocka_unit_test(test_a_fresh_event_has_no_negative_age),
		cmocka_unit_test(test_ages_that_cannot_be_are_refused),
		cmocka_unit_test(test_without_ntpdata_all_of_it_is_the_servers),
		cmocka_unit_test(test_ntpdata_tells_the_hop_from_the_server),
		cmocka_unit_test(test_what_chronyd_adds_is_counted_once),
		cmocka_unit_test(
			test_interleaved_servers_are_counted_by_what_is_left),
		cmocka_unit_test(test_declared_delays_narrow_the_hop),
		cmocka_unit_test(test_ntpdata_of_another_packet_does_not_match),
		cmocka_unit_test(test_number_formats_count),
		cmocka_unit_test(test_figures_that_bound_nothing_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
