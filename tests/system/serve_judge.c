/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads served clocks through libtt and holds every reading to the truth that
 * they share. usage: serve_judge TRUTH MS PATH...   reads for MS milliseconds,
 * then a line for each PATH:
 *   node reads=N errors=N misses=N miss_ns=MOST back=N epochs=N states=LETTERS
 *        half_ns=WIDEST ahead_ns=LAST error=NAME
 * ahead_ns is the plain clock, the middle of the interval, less truth; 0 0 for
 * no reading. exit: 0; 2 cannot run. The numbers are for the caller to judge.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tt/tt.h"

#define NODES_MAX 16

struct node {
	struct tt_clock *clk;
	uint64_t reads, errors, misses, back, epochs;
	int64_t miss_ns, half_ns, ahead_ns, earliest_ns;
	uint64_t epoch;
	bool saw[4];
	int error;
};

static int64_t origin(const char *path)
{
	int64_t ns = 0;
	FILE *f = fopen(path, "r");

	if (!f ||
	    fscanf(f, "tt-sim truth 1 boot %*s unix_ns_less_raw_ns %" SCNd64,
		   &ns) != 1) {
		fprintf(stderr, "serve_judge: %s is no truth\n", path);
		exit(2);
	}
	fclose(f);
	return ns;
}

static int64_t beyond(const struct tt_interval *i, int64_t truth_ns)
{
	if (truth_ns < i->earliest_ns)
		return i->earliest_ns - truth_ns;
	return truth_ns > i->latest_ns ? truth_ns - i->latest_ns : 0;
}

static void look(struct node *n, int64_t origin_ns)
{
	struct tt_interval i;
	int64_t half_ns, beyond_ns;
	int rc = tt_now(n->clk, &i);

	if (rc < 0) {
		n->errors++;
		n->error = rc;
		return;
	}
	n->reads++;
	n->saw[i.state] = true;
	/* Raw is the kernel's, not the CPU's counter by a line: exact. */
	beyond_ns = beyond(&i, i.raw_ns + origin_ns);
	n->misses += beyond_ns > 0;
	if (beyond_ns > n->miss_ns)
		n->miss_ns = beyond_ns;
	half_ns = (i.latest_ns - i.earliest_ns) / 2;
	if (half_ns > n->half_ns)
		n->half_ns = half_ns;
	n->ahead_ns = i.earliest_ns + half_ns - i.raw_ns - origin_ns;
	n->back += i.epoch == n->epoch && i.earliest_ns < n->earliest_ns;
	n->epochs += i.epoch != n->epoch;
	n->epoch = i.epoch;
	n->earliest_ns = i.earliest_ns;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void tell(const struct node *n)
{
	char states[5] = "";

	for (int s = 0, k = 0; s < 4; s++)
		if (n->saw[s])
			states[k++] = "USHD"[s];
	printf("node reads=%" PRIu64 " errors=%" PRIu64 " misses=%" PRIu64
	       " miss_ns=%" PRId64 " back=%" PRIu64 " epochs=%" PRIu64
	       " states=%s half_ns=%" PRId64 " ahead_ns=%" PRId64 " error=%d\n",
	       n->reads, n->errors, n->misses, n->miss_ns, n->back, n->epochs,
	       *states ? states : "-", n->half_ns, n->ahead_ns, -n->error);
}

int main(int argc, char **argv)
{
	struct node node[NODES_MAX] = {{0}};
	const int count = argc - 3;
	double end_ms;
	int64_t origin_ns;

	if (count < 1 || count > NODES_MAX)
		return 2;
	origin_ns = origin(argv[1]);
	for (int i = 0; i < count; i++)
		if (tt_open(argv[3 + i], &node[i].clk) < 0)
			return 2;
	end_ms = now_ms() + atof(argv[2]);
	do {
		for (int i = 0; i < count; i++)
			look(&node[i], origin_ns);
	} while (now_ms() < end_ms);
	for (int i = 0; i < count; i++) {
		tell(&node[i]);
		tt_close(node[i].clk);
	}
	return 0;
}
