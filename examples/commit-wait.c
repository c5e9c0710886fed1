/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commit wait, as a database does it: take a timestamp that no earlier
 * transaction anywhere can have, wait until it is certainly past, and only
 * then let others see the commit. Whoever starts after that, on any host, gets
 * a later timestamp. The wait costs about the width of the interval.
 *
 *   cc commit-wait.c $(pkg-config --cflags --libs libtt) && ./a.out 5
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <tt/tt.h>

#define WAIT_NS_MAX 1000000000

static double mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int commit(struct tt_clock *clk, int n)
{
	struct tt_interval before;
	int64_t commit_ns;
	double start_us;
	int err = tt_now(clk, &before);

	if (err)
		return err;
	start_us = mono_us();
	err = tt_commit_timestamp(clk, 0, &commit_ns);
	/* Write the transaction down here, with commit_ns, while time passes. */
	if (!err)
		err = tt_wait_after(clk, commit_ns, WAIT_NS_MAX);
	if (err)
		return err;
	printf("commit %d at %" PRId64 ".%09" PRId64
	       ": waited %7.1f us, the interval was %7.1f us wide\n",
	       n, commit_ns / 1000000000, commit_ns % 1000000000,
	       mono_us() - start_us,
	       (double)(before.latest_ns - before.earliest_ns) / 1e3);
	return 0;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 3;
	struct tt_clock *clk;
	int err = tt_open(NULL, &clk);

	for (int n = 1; !err && n <= count; n++)
		err = commit(clk, n);
	if (err) {
		fprintf(stderr, "commit-wait: %s\n", tt_strerror(err));
		return EXIT_FAILURE;
	}
	tt_close(clk);
	return EXIT_SUCCESS;
}
