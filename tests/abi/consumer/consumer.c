/* SPDX-License-Identifier: Apache-2.0 */
/* A stranger's first program. */
#include <stdio.h>
#include <tt/tt.h>

int main(void)
{
	struct tt_interval now;
	struct tt_clock *clk;

	if (tt_manual_open(&clk) < 0 ||
	    tt_manual_set(clk, 1000, 2000, TT_SYNCHRONIZED) < 0 ||
	    tt_now(clk, &now) < 0 || now.earliest_ns != 1000)
		return 1;
	tt_close(clk);
	if (tt_open("/nonexistent/clock", &clk) < 0)
		return 1;
	puts(tt_strerror(tt_now(clk, &now)));
	tt_close(clk);
	return 0;
}
