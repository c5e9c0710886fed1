/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers to the last digit, families in both formats, and who gets which. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/exporter/exposition.h"
#include "tools/exporter/negotiate.h"

static char text[4096];
static struct expo e;

static void begin(enum expo_dialect dialect)
{
	memset(text, 0, sizeof(text));
	e = (struct expo){.out = fmemopen(text, sizeof(text), "w"),
			  .dialect = dialect};
	assert_non_null(e.out);
}

static void expect(const char *want)
{
	expo_end(&e);
	fclose(e.out);
	assert_string_equal(text, want);
}

static void nanoseconds_are_written_to_the_last_digit(void **state)
{
	(void)state;
	begin(EXPO_CLASSIC);
	expo_family(&e, EXPO_GAUGE, "a_seconds", "A.");
	expo_ns(&e, EXPO_NO_LABELS, 0);
	expo_ns(&e, EXPO_NO_LABELS, 1);
	expo_ns(&e, EXPO_NO_LABELS, -1);
	expo_ns(&e, EXPO_NO_LABELS, -1000000001);
	expo_ns(&e, EXPO_NO_LABELS, INT64_C(1795380060123456789));
	expo_ns(&e, EXPO_NO_LABELS, INT64_MAX);
	expo_ns(&e, EXPO_NO_LABELS, INT64_MIN);
	expect("# HELP a_seconds A.\n# TYPE a_seconds gauge\n"
	       "a_seconds 0.000000000\na_seconds 0.000000001\n"
	       "a_seconds -0.000000001\na_seconds -1.000000001\n"
	       "a_seconds 1795380060.123456789\n"
	       "a_seconds 9223372036.854775807\n"
	       "a_seconds -9223372036.854775808\n");
}

static void numbers_read_back_as_what_they_were(void **state)
{
	static const double number[] = {0.1,	1e-9,	      1.0 / 3,
					-12.5,	DBL_MAX,      DBL_MIN,
					5e-324, 123456789.125};

	(void)state;
	for (size_t i = 0; i < sizeof(number) / sizeof(*number); i++) {
		double back;

		begin(EXPO_CLASSIC);
		expo_family(&e, EXPO_GAUGE, "x", "X.");
		expo_number(&e, EXPO_NO_LABELS, number[i]);
		fclose(e.out);
		back = strtod(strstr(text, "\nx ") + 3, NULL);
		assert_memory_equal(&back, &number[i], sizeof(back));
	}
}

static void openmetrics_knows_families_without_their_suffix(void **state)
{
	(void)state;
	begin(EXPO_OPENMETRICS);
	expo_family(&e, EXPO_COUNTER, "a_total", "A.");
	expo_int(&e, EXPO_LABELS({"l", "v"}), 1);
	expo_int(&e, EXPO_LABELS({"l", "w"}), 2);
	expo_family(&e, EXPO_INFO, "b_info", "B.");
	expo_int(&e, EXPO_LABELS({"x", ""}, {"y", NULL}, {"z", "1"}), 1);
	expo_family(&e, EXPO_GAUGE, "never", "Nothing.");
	expo_family(&e, EXPO_GAUGE, "c_seconds", "C.");
	expo_ns(&e, EXPO_LABELS({"x", ""}), 5);
	expect("# HELP a A.\n# TYPE a counter\n"
	       "a_total{l=\"v\"} 1\na_total{l=\"w\"} 2\n"
	       "# HELP b B.\n# TYPE b info\nb_info{z=\"1\"} 1\n"
	       "# HELP c_seconds C.\n# TYPE c_seconds gauge\n"
	       "# UNIT c_seconds seconds\nc_seconds 0.000000005\n# EOF\n");
}

static void a_histogram_is_cumulative(void **state)
{
	static const char *const edge[] = {"0.1", "1.0"};
	static const uint64_t bucket[] = {2, 0, 3};

	(void)state;
	begin(EXPO_CLASSIC);
	expo_family(&e, EXPO_HISTOGRAM, "h", "H.");
	expo_histogram(&e, edge, bucket, 3, 7.5);
	expect("# HELP h H.\n# TYPE h histogram\n"
	       "h_bucket{le=\"0.1\"} 2\nh_bucket{le=\"1.0\"} 2\n"
	       "h_bucket{le=\"+Inf\"} 5\nh_sum 7.5\nh_count 5\n");
}

static void the_accept_header_decides(void **state)
{
	static const struct {
		enum expo_dialect dialect;
		const char *accept;
	} row[] = {
		{EXPO_CLASSIC, NULL},
		{EXPO_CLASSIC, ""},
		{EXPO_CLASSIC, "*/*"},
		{EXPO_CLASSIC, "text/html,application/xhtml+xml,*/*;q=0.8"},
		{EXPO_CLASSIC, "text/plain"},
		{EXPO_CLASSIC, ",,;;q=,q=,;=,\"application/openmetrics-text"},
		/* Prometheus 2.42, 2.50, 3.0 */
		{EXPO_OPENMETRICS,
		 "application/openmetrics-text;version=1.0.0,"
		 "application/openmetrics-text;version=0.0.1;q=0.75,"
		 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"},
		{EXPO_OPENMETRICS,
		 "application/openmetrics-text;version=1.0.0;q=0.5,"
		 "application/openmetrics-text;version=0.0.1;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"},
		{EXPO_OPENMETRICS,
		 "application/openmetrics-text;version=1.0.0;"
		 "escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.4"},
		/* Prometheus 2.4 had the older one alone. */
		{EXPO_CLASSIC, "application/openmetrics-text; version=0.0.1,"
			       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"},
		{EXPO_OPENMETRICS, "Application/OpenMetrics-Text"},
		{EXPO_OPENMETRICS,
		 "application/openmetrics-text;version=\"1.0.0\""},
		{EXPO_CLASSIC, "application/openmetrics-text;q=0"},
		{EXPO_CLASSIC, "application/openmetrics-text;q=2"},
		{EXPO_CLASSIC, "application/openmetrics-text;q=nan"},
		{EXPO_CLASSIC, "application/openmetrics-textile"},
		{EXPO_CLASSIC, "text/plain;q=0.9 , "
			       "application/openmetrics-text ; q=0.8"},
		{EXPO_OPENMETRICS, "text/plain;q=0.7,text/*;q=0.9,"
				   "application/openmetrics-text;q=0.8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		if (negotiate(row[i].accept) != row[i].dialect)
			fail_msg("%s", row[i].accept);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nanoseconds_are_written_to_the_last_digit),
		cmocka_unit_test(numbers_read_back_as_what_they_were),
		cmocka_unit_test(
			openmetrics_knows_families_without_their_suffix),
		cmocka_unit_test(a_histogram_is_cumulative),
		cmocka_unit_test(the_accept_header_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
