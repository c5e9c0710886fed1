/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client that is sent times beyond its latest: observes N remotes, the worst
 * EXCESS ns beyond. usage: hlc_remote N EXCESS. exit: 0 each was rejected.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tt/hlc.h"

int main(int argc, char **argv)
{
	struct tt_interval now;
	struct tt_hlc_time t;
	struct tt_clock *clk;
	struct tt_hlc *hlc;
	int rc;

	if (argc != 3 || tt_open(NULL, &clk) < 0 ||
	    tt_hlc_open(clk, NULL, &hlc) < 0)
		return 2;
	for (int i = 0; i < atoi(argv[1]); i++) {
		rc = tt_now(clk, &now);
		if (rc < 0) {
			fprintf(stderr, "hlc_remote: %s\n", tt_strerror(rc));
			return 2;
		}
		t = (struct tt_hlc_time){now.latest_ns + atoll(argv[2]), 0};
		if (tt_hlc_observe(hlc, &t, &t) != -ERANGE)
			return 1;
	}
	tt_hlc_close(hlc);
	tt_close(clk);
	return 0;
}
