/* SPDX-License-Identifier: Apache-2.0 */
/* Leap seconds by satellite, as gpsd hands them on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "drivers/gnss_leap.h"
#include "drivers/gnss_unpack.h"

#define S INT64_C(1000000000)

/* 2016-12-31 was the Saturday of week 1929, 137 modulo 256. */
#define DEC_2016_UTC_S INT64_C(1482192000) /* the 20th */
#define NOV_2016_UTC_S INT64_C(1479600000)
#define LAST_UTC_S     INT64_C(1483228799) /* 23:59:59 */

static const struct gnss_leap leap_2016 = {17, 18, 137, 7};

/* What gpsd 3.22 made of UBX-RXM-SFRB. */
#define LINE_OF(ls, wnlsf, dn, lsf)                                       \
	"{\"class\":\"SUBFRAME\",\"device\":\"/dev/ttyACM0\",\"tSV\":5,"  \
	"\"TOW17\":600000,\"frame\":4,\"scaled\":false,\"dataid\":56,"    \
	"\"IONO\":{\"a0\":0,\"a1\":0,\"a2\":0,\"a3\":0,\"b0\":0,\"b1\":0," \
	"\"b2\":0,\"b3\":0,\"A1\":0,\"A0\":0,\"tot\":64,\"WNt\":200,"     \
	"\"ls\":" ls ",\"WNlsf\":" wnlsf ",\"DN\":" dn ",\"lsf\":" lsf "}}"

static void a_page_is_taken_apart(void **state)
{
	struct gnss_report r;

	(void)state;
	assert_int_equal(gnss_unpack(LINE_OF("17", "137", "7", "18"), &r), 0);
	assert_string_equal(r.device, "/dev/ttyACM0");
	assert_true(r.has_notice);
	assert_false(r.has_mode || r.has_time || r.has_leap || r.has_sky);
	assert_int_equal(r.notice.now_s, 17);
	assert_int_equal(r.notice.then_s, 18);
	assert_int_equal(r.notice.week, 137);
	assert_int_equal(r.notice.day, 7);
}

static void what_cannot_be_is_no_page(void **state)
{
	static const char *const line[] = {
		LINE_OF("17", "256", "7", "18"),
		LINE_OF("17", "-1", "7", "18"),
		LINE_OF("17", "137", "0", "18"),
		LINE_OF("17", "137", "8", "18"),
		LINE_OF("17.5", "137", "7", "18"),
		LINE_OF("17", "137", "7", "99999999999999999999"),
		LINE_OF("true", "137", "7", "18"),
		/* another page; a page that lacks one, and has it elsewhere */
		"{\"class\":\"SUBFRAME\",\"device\":\"/dev/a\",\"frame\":4,"
		"\"EPHEM1\":{\"ls\":17,\"WNlsf\":137,\"DN\":7,\"lsf\":18}}",
		"{\"class\":\"SUBFRAME\",\"device\":\"/dev/a\","
		"\"IONO\":{\"ls\":17,\"WNlsf\":137,\"DN\":7},\"lsf\":18}",
		"{\"class\":\"SUBFRAME\",\"device\":\"/dev/a\"}",
	};
	struct gnss_report r;

	(void)state;
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		assert_int_equal(gnss_unpack(line[i], &r), 0);
		assert_false(r.has_notice);
	}
}

static void it_is_at_the_end_of_its_month_only(void **state)
{
	const struct gnss_leap left_out = {18, 17, 137, 7};
	const struct gnss_leap past = {18, 18, 137, 7};
	const struct gnss_leap elsewhere = {17, 18, 137, 6};

	(void)state;
	assert_int_equal(gnss_leap_this_month(&leap_2016, DEC_2016_UTC_S * S),
			 1);
	assert_int_equal(gnss_leap_this_month(&left_out, DEC_2016_UTC_S * S),
			 -1);
	assert_int_equal(gnss_leap_this_month(&leap_2016, LAST_UTC_S * S), 1);
	assert_int_equal(
		gnss_leap_this_month(&leap_2016, (LAST_UTC_S + 1) * S), 0);
	assert_int_equal(gnss_leap_this_month(&leap_2016, NOV_2016_UTC_S * S),
			 0);
	assert_int_equal(gnss_leap_this_month(&past, DEC_2016_UTC_S * S), 0);
	assert_int_equal(gnss_leap_this_month(&elsewhere, DEC_2016_UTC_S * S),
			 0);
}

/* Eight bits of the week. June 2028 ends on a Friday in week 2529, 225 modulo
 * 256; 2033 on a Saturday in week 2816, 0 modulo 256, and its 1st is in 2811. */
static void weeks_are_the_nearest(void **state)
{
	const struct gnss_leap june_2028 = {18, 19, 225, 6};
	const struct gnss_leap december_2033 = {18, 19, 0, 7};

	(void)state;
	assert_int_equal(
		gnss_leap_this_month(&june_2028, INT64_C(1843430400) * S), 1);
	assert_int_equal(
		gnss_leap_this_month(&december_2033, INT64_C(2017008000) * S),
		1);
}

static void one_page_alone_is_no_word(void **state)
{
	const struct gnss_leap other = {17, 17, 137, 7};
	struct gnss_leap_watch w = {0};

	(void)state;
	gnss_leap_watch_take(&w, &leap_2016);
	assert_false(w.has_word);
	gnss_leap_watch_take(&w, &other);
	assert_false(w.has_word);
	gnss_leap_watch_take(&w, &other);
	assert_true(w.has_word);
	assert_int_equal(w.word.then_s, 17);
	gnss_leap_watch_take(&w, &leap_2016); /* in error, once */
	assert_int_equal(w.word.then_s, 17);
	gnss_leap_watch_take(&w, &leap_2016);
	assert_int_equal(w.word.then_s, 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_taken_apart),
		cmocka_unit_test(what_cannot_be_is_no_page),
		cmocka_unit_test(it_is_at_the_end_of_its_month_only),
		cmocka_unit_test(weeks_are_the_nearest),
		cmocka_unit_test(one_page_alone_is_no_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
