/* SPDX-License-Identifier: Apache-2.0 */
/* A clock set by hand, new for each test of a program. Include it in one file
 * of the program. */
#ifndef TEST_MANUAL_CLOCK_H
#define TEST_MANUAL_CLOCK_H

#include "tests/unit/libtt/live.h"

static struct tt_clock *clk;

static inline int manual_clock_open(void **state)
{
	(void)state;
	assert_int_equal(tt_manual_open(&clk), 0);
	return 0;
}

static inline int manual_clock_close(void **state)
{
	(void)state;
	tt_close(clk);
	return 0;
}

#define MANUAL_CLOCK_TEST(f)                                  \
	cmocka_unit_test_setup_teardown(f, manual_clock_open, \
					manual_clock_close)

#endif
