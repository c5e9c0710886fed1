/* SPDX-License-Identifier: Apache-2.0 */
/* A segment and a handle on it, new for each test of a program. Include it in
 * one file of the program. */
#ifndef TEST_LIVE_CLOCK_H
#define TEST_LIVE_CLOCK_H

#include <errno.h>

#include "tests/unit/libtt/live.h"

static struct live live;
static struct tt_clock *clk;

/* Nothing is published. */
static inline int live_clock_open_mute(void **state)
{
	(void)state;
	live_open(&live);
	assert_int_equal(tt_open(live.path, &clk), 0);
	return 0;
}

/* live_slot() of this moment is. */
static inline int live_clock_open(void **state)
{
	(void)state;
	live_open(&live);
	live_publish(&live, 0);
	assert_int_equal(tt_open(live.path, &clk), 0);
	return 0;
}

static inline int live_clock_close(void **state)
{
	(void)state;
	tt_close(clk);
	live_close(&live);
	return 0;
}

#define LIVE_CLOCK_TEST(f) \
	cmocka_unit_test_setup_teardown(f, live_clock_open, live_clock_close)
#define LIVE_CLOCK_MUTE_TEST(f)                                  \
	cmocka_unit_test_setup_teardown(f, live_clock_open_mute, \
					live_clock_close)

/* What tt_now() gives, and that nothing is written when it is an error. */
static inline int live_clock_read(struct tt_interval *ret)
{
	struct tt_interval before;
	int rc;

	memset(ret, 0x5a, sizeof(*ret));
	before = *ret;
	errno = 4711;
	rc = tt_now(clk, ret);
	assert_int_equal(errno, 4711);
	assert_true(rc <= 0);
	if (rc < 0)
		assert_memory_equal(ret, &before, sizeof(before));
	return rc;
}

static inline int live_clock_rc(void)
{
	struct tt_interval ignored;

	return live_clock_read(&ignored);
}

/* A bound is there. */
static inline struct tt_interval live_clock_now(void)
{
	struct tt_interval ret;

	assert_int_equal(tt_now_strict(clk, &ret), 0);
	return ret;
}

#endif
