/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stranger's first program. It has functions of its own by the names that
 * libtt uses inside: neither may take the other's, linked either way.
 */
#include <stdio.h>
#include <tt/tt.h>

#define OWN(name)                                                              \
	int name(void);                                                        \
	int name(void)                                                         \
	{                                                                      \
		return 77;                                                     \
	}

OWN(segment_read)
OWN(segment_check_slot)
OWN(interval_now)
OWN(interval_at)
OWN(eval_tai)
OWN(attach_first)
OWN(clock_new)

int main(void)
{
	struct tt_interval now;
	struct tt_clock *clk;

	if (tt_manual_open(&clk) < 0 ||
	    tt_manual_set(clk, 1000, 2000, TT_SYNCHRONIZED) < 0 ||
	    tt_now(clk, &now) < 0 || now.earliest_ns != 1000 ||
	    tt_at_raw(clk, 0, &now) < 0 || now.latest_ns != 2000)
		return 1;
	if (segment_read() + segment_check_slot() + interval_now() +
		    interval_at() + eval_tai() + attach_first() +
		    clock_new() !=
	    7 * 77)
		return 1;
	tt_close(clk);
	if (tt_open("/nonexistent/clock", &clk) < 0)
		return 1;
	puts(tt_strerror(tt_now(clk, &now)));
	tt_close(clk);
	return 0;
}
