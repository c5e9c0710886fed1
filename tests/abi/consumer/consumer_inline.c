/* SPDX-License-Identifier: Apache-2.0 */
/* One that links nothing. */
#include <tt/tt_inline.h>

int main(void)
{
	struct tt_inline clk;

	return tt_inline_open("/nonexistent/clock", &clk) == -ENOENT ? 0 : 1;
}
