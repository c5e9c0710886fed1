/* SPDX-License-Identifier: Apache-2.0 */
/* What is drawn of columns, points and strips: gaps stay gaps, a lone point is
 * seen, and no number is none. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chart/plot.h"

static char *text;
static size_t size;
static struct plot p;

static int begin(void **state)
{
	(void)state;
	p = (struct plot){.out = open_memstream(&text, &size),
			  .id = "x",
			  .title = "A & B",
			  .says = "what it shows",
			  .y_says = "ns",
			  .x_says = "s",
			  .height = 100,
			  .x = {0, 10, false},
			  .y = {0, 100, false}};
	return p.out ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

static int count(const char *what)
{
	int n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static void finish(void)
{
	fclose(p.out);
	assert_int_equal(count("nan"), 0);
	assert_int_equal(count("inf"), 0);
	assert_int_equal(count("<svg"), count("</svg>"));
}

static struct plot_column value(double v)
{
	return (struct plot_column){.has = true,
				    .has_band = true,
				    .lo = v - 5,
				    .v = v,
				    .hi = v + 5};
}

static void who_does_not_see_it_is_told(void **state)
{
	(void)state;
	plot_open(&p);
	plot_close(&p);
	finish();
	assert_non_null(strstr(text, "role=\"img\" aria-labelledby=\"x-t x-d\""));
	assert_non_null(strstr(text, "<title id=\"x-t\">A &amp; B</title>"));
	assert_non_null(strstr(text, "<desc id=\"x-d\">what it shows</desc>"));
	assert_non_null(strstr(text, ">ns</text>"));
	assert_non_null(strstr(text, ">s</text>"));
}

/* Two runs of two: two bands, two strokes. */
static void a_gap_breaks_band_and_curve(void **state)
{
	struct plot_column c[5] = {value(10), value(20), {0}, value(30),
				   value(40)};
	char *path;

	(void)state;
	plot_columns(&p, c, 5);
	finish();
	assert_int_equal(count("Z"), 2);
	path = strstr(text, "<path class=\"curve\"");
	assert_non_null(path);
	assert_string_equal(strtok(path, ">"),
			    "<path class=\"curve\" d=\"M100.0 90.0L300.0 80.0"
			    "M700.0 70.0L900.0 60.0\"/");
}

static void a_lone_point_is_a_dot(void **state)
{
	struct plot_column c[5] = {{0}, {0}, value(50), {0}, {0}};

	(void)state;
	plot_columns(&p, c, 5);
	finish();
	assert_int_equal(count("<circle class=\"dot\" cx=\"50.000%\" "
			       "cy=\"68.0\""), 1);
	assert_int_equal(count("Z"), 1);
}

static void what_is_no_number_is_a_gap(void **state)
{
	struct plot_column c[4] = {value(10), value(NAN), value(INFINITY),
				   value(20)};

	(void)state;
	plot_columns(&p, c, 4);
	plot_bars(&p, c, 4);
	finish();
	assert_int_equal(count("<circle"), 2);
	assert_int_equal(count("<rect class=\"bar\""), 2);
}

/* Two of five; the band goes up to the edge. */
static void a_curve_ends_where_it_leaves_the_plot(void **state)
{
	struct plot_column c[5] = {value(10), value(20), value(1e30),
				   value(-1e30), value(30)};

	(void)state;
	plot_columns(&p, c, 5);
	finish();
	assert_non_null(strstr(text, "d=\"M100.0 90.0L300.0 80.0\""));
	assert_int_equal(count("<circle class=\"dot\""), 1);
	assert_int_equal(count("Z"), 1);
	assert_non_null(strstr(text, "V-0.5H600.0"));
}

static void points_that_are_not_there_break_the_line(void **state)
{
	const struct plot_point v[4] = {{0, 0}, {1, NAN}, {2, 50}, {10, 100}};

	(void)state;
	plot_line(&p, "a", v, 4);
	finish();
	assert_non_null(strstr(text, "d=\"M0.0 100.0M200.0 50.0L1000.0 0.0\""));
	assert_int_equal(count("<circle class=\"a\""), 3);
}

static void cells_of_one_class_are_one_rectangle(void **state)
{
	const struct plot_cell c[6] = {{"good", .5}, {"good", .5}, {NULL, 0},
				       {"bad", 1},   {"good", .5}, {NULL, 0}};

	(void)state;
	p.strips = 1;
	plot_strip(&p, 0, c, 6);
	finish();
	assert_int_equal(count("<rect class=\"good\""), 2);
	assert_int_equal(count("<rect class=\"bad\" x=\"500.0\" y=\"0.0\" "
			       "width=\"166.7\" height=\"12.0\""), 1);
}

static void label(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	(void)step;
	snprintf(ret, PLOT_LABEL_SIZE, "<%g>", v);
}

static void labels_at_the_ends_stay_within(void **state)
{
	struct scale_ticks t = {.count = 3, .step = 5, .at = {0, 5, 10}};

	(void)state;
	plot_x_axis(&p, &t, label);
	plot_y_axis(&p, &t, label);
	finish();
	assert_int_equal(count("text-anchor=\"start\">&lt;0&gt;"), 1);
	assert_int_equal(count("text-anchor=\"middle\">&lt;5&gt;"), 1);
	assert_int_equal(count("text-anchor=\"end\">&lt;10&gt;"), 2);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_does_not_see_it_is_told),
		CASE(a_gap_breaks_band_and_curve),
		CASE(a_lone_point_is_a_dot),
		CASE(what_is_no_number_is_a_gap),
		CASE(a_curve_ends_where_it_leaves_the_plot),
		CASE(points_that_are_not_there_break_the_line),
		CASE(cells_of_one_class_are_one_rectangle),
		CASE(labels_at_the_ends_stay_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
