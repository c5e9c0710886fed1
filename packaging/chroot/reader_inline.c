/* SPDX-License-Identifier: Apache-2.0 */
/* What a stranger's program does that links nothing: the time, from the headers. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <tt/tt_inline.h>

int main(void)
{
	struct tt_inline clk;
	struct tt_interval now;
	int err = tt_inline_open(NULL, &clk);

	if (!err)
		err = tt_inline_now(&clk, &now);
	if (err) {
		fprintf(stderr, "reader_inline: %s\n", strerror(-err));
		return 1;
	}
	printf("between %" PRId64 " and %" PRId64 "\n", now.earliest_ns,
	       now.latest_ns);
	tt_inline_close(&clk);
	return 0;
}
