/* SPDX-License-Identifier: Apache-2.0 */
/* What a judge counts: it would be of no use if it could not count. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <string.h>

#include "tests/judge/judge_report.h"

static int zero(void **state)
{
	static struct judge_report r;

	memset(&r, 0, sizeof(r));
	judge_report_start(&r, 1000);
	*state = &r;
	return 0;
}

static void read_at(struct judge_report *r, int64_t raw_ns, uint64_t epoch,
		    int64_t earliest_ns, int64_t latest_ns)
{
	const struct tt_interval t = {.earliest_ns = earliest_ns,
				      .latest_ns = latest_ns,
				      .epoch = epoch,
				      .state = TT_SYNCHRONIZED};

	judge_report_read(r, 0, &t, raw_ns);
}

static void a_small_width_is_told_exactly(void **state)
{
	(void)state;
	for (int64_t ns = 1; ns <= 368; ns++) {
		static struct judge_widths w;

		memset(&w, 0, sizeof(w));
		judge_widths_add(&w, ns);
		judge_widths_add(&w, ns);
		judge_widths_add(&w, 100000);
		assert_int_equal(judge_widths_at(&w, 0.5), ns);
	}
}

static void a_large_one_is_never_told_smaller_nor_much_larger(void **state)
{
	(void)state;
	for (int64_t ns = 369; ns < INT64_C(1000000000000); ns += ns / 7) {
		static struct judge_widths w;
		int64_t told_ns;

		memset(&w, 0, sizeof(w));
		judge_widths_add(&w, ns);
		judge_widths_add(&w, INT64_MAX);
		told_ns = judge_widths_at(&w, 0.5);
		assert_true(told_ns >= ns && told_ns - ns <= ns / 300);
	}
}

static void shares_are_of_all_widths(void **state)
{
	static struct judge_widths w, more;

	(void)state;
	assert_int_equal(judge_widths_at(&w, 0.5), -1);
	for (int i = 1; i <= 99; i++)
		judge_widths_add(i % 2 ? &w : &more, i);
	judge_widths_add(&more, 777);
	judge_widths_add_all(&w, &more);
	assert_int_equal(w.count, 100);
	assert_int_equal(judge_widths_at(&w, 0.5), 50);
	assert_int_equal(judge_widths_at(&w, 0.99), 99);
	assert_int_equal(judge_widths_at(&w, 1), 777);
	assert_int_equal(w.max_ns, 777);
}

static void earliest_may_go_back_only_with_the_epoch(void **state)
{
	struct judge_report *r = *state;

	read_at(r, 1010, 7, 500, 600);
	read_at(r, 1020, 7, 500, 590);
	assert_int_equal(r->backwards, 0);
	read_at(r, 1030, 8, 400, 600);
	assert_int_equal(r->backwards, 0);
	assert_false(judge_report_is_bad(r));
	read_at(r, 1040, 8, 399, 600);
	assert_int_equal(r->backwards, 1);
	assert_int_equal(r->epochs, 2);
	assert_true(judge_report_is_bad(r));
}

static void an_inverted_interval_is_bad_and_so_is_none(void **state)
{
	struct judge_report *r = *state;

	assert_true(judge_report_is_bad(r));
	judge_report_read(r, -ENODATA, NULL, 1010);
	assert_true(judge_report_is_bad(r));
	read_at(r, 1020, 1, 500, 500);
	assert_false(judge_report_is_bad(r));
	read_at(r, 1030, 1, 501, 500);
	assert_int_equal(r->inverted, 1);
	assert_true(judge_report_is_bad(r));
}

static void time_is_of_the_state_that_a_read_ends_in(void **state)
{
	struct judge_report *r = *state;

	judge_report_read(r, -ENODATA, NULL, 1300);
	read_at(r, 1700, 1, 0, 1);
	judge_report_read(r, -ENODATA, NULL, 1800);
	assert_int_equal(r->state_ns[TT_UNSYNCHRONIZED], 400);
	assert_int_equal(r->state_ns[TT_SYNCHRONIZED], 400);
	assert_int_equal(r->first_bound_raw_ns, 1700);
	assert_int_equal(r->error[ENODATA], 2);
	assert_int_equal(r->reads, 3);
	assert_int_equal(r->answers, 1);
}

static void violations_of_all_readers_count(void **state)
{
	static struct judge_report other;
	struct judge_report *r = *state;

	for (int i = 0; i < 7; i++)
		assert_int_equal(judge_report_violation(r), i < 5);
	judge_report_violation(&other);
	judge_report_add(r, &other);
	assert_int_equal(r->violations, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_width_is_told_exactly),
		cmocka_unit_test(
			a_large_one_is_never_told_smaller_nor_much_larger),
		cmocka_unit_test(shares_are_of_all_widths),
		cmocka_unit_test_setup(earliest_may_go_back_only_with_the_epoch,
				       zero),
		cmocka_unit_test_setup(
			an_inverted_interval_is_bad_and_so_is_none, zero),
		cmocka_unit_test_setup(time_is_of_the_state_that_a_read_ends_in,
				       zero),
		cmocka_unit_test_setup(violations_of_all_readers_count, zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
