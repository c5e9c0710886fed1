/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Last write wins, and which write that is. A user writes through one node, and
 * then, knowing of that write, through another; the store keeps the write with
 * the greater timestamp. The nodes' clocks are off by 30 ms ahead and 20 ms
 * behind, each within the 50 ms it states. How often is the later write, which
 * the user saw acknowledged, gone?
 *
 * "told": the second node hears of the first write (the user's session carries
 * its timestamp). "not told": it goes by a way that no clock sees, a telephone.
 *
 * No daemon is needed: true time is a number here, the clocks are set by hand.
 *
 *   cc last-write-wins.c $(pkg-config --cflags --libs libtt) && ./a.out
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <tt/hlc.h>
#include <tt/logical.h>
#include <tt/tt.h>

#define MS_NS  INT64_C(1000000)
#define ROUNDS 1000
#define NODES  2

static const int64_t skew_ns[NODES] = {30 * MS_NS, -20 * MS_NS};
static const int64_t bound_ns = 50 * MS_NS;

static int64_t true_ns = INT64_C(1700000000000000000);
static struct tt_clock *clk[NODES];
static struct tt_hlc *hlc[NODES];
static struct tt_vector *vector[NODES];

static void check(int err)
{
	if (err == 0)
		return;
	fprintf(stderr, "last-write-wins: %s\n", tt_strerror(err));
	exit(EXIT_FAILURE);
}

static int64_t wall_ns(int node)
{
	return true_ns + skew_ns[node];
}

static void pass(int64_t ns)
{
	true_ns += ns;
	for (int i = 0; i < NODES; i++)
		check(tt_manual_set(clk[i], wall_ns(i) - bound_ns,
				    wall_ns(i) + bound_ns, TT_SYNCHRONIZED));
}

/* What became of a pair of writes; `first` and `second` go to nodes 0 and 1. */
enum fate { KEPT, LOST, BOTH };

static enum fate by_wall_clock(int is_told)
{
	const int64_t first = wall_ns(0);

	(void)is_told;
	pass(MS_NS);
	return wall_ns(1) > first ? KEPT : LOST;
}

static enum fate by_hlc(int is_told)
{
	struct tt_hlc_time first, second;

	check(tt_hlc_now(hlc[0], &first));
	pass(MS_NS);
	if (is_told)
		check(tt_hlc_observe(hlc[1], &first, &second));
	else
		check(tt_hlc_now(hlc[1], &second));
	return tt_hlc_compare(&second, &first) > 0 ? KEPT : LOST;
}

/* The first write is acknowledged once its timestamp is past for certain. */
static enum fate by_commit_wait(int is_told)
{
	int64_t first, second;

	(void)is_told;
	check(tt_commit_timestamp(clk[0], 0, &first));
	while (!tt_after(clk[0], first))
		pass(MS_NS);
	pass(MS_NS);
	check(tt_commit_timestamp(clk[1], 0, &second));
	return second > first ? KEPT : LOST;
}

/* A store with vectors keeps both where neither is later, and says so. */
static enum fate by_vector(int is_told)
{
	struct tt_vector *first;
	enum fate fate;

	check(tt_vector_tick(vector[0], 0));
	check(tt_vector_copy(vector[0], &first));
	pass(MS_NS);
	if (is_told)
		check(tt_vector_observe(vector[1], 1, first));
	else
		check(tt_vector_tick(vector[1], 1));
	switch (tt_vector_compare(vector[1], first)) {
	case TT_VECTOR_AFTER:
		fate = KEPT;
		break;
	case TT_VECTOR_CONCURRENT:
		fate = BOTH;
		break;
	default:
		fate = LOST;
	}
	tt_vector_free(first);
	return fate;
}

static void report(const char *name, enum fate (*write_twice)(int is_told))
{
	int count[2][3] = {{0}};
	const int64_t begin_ns = true_ns;

	for (int i = 0; i < ROUNDS; i++) {
		for (int is_told = 0; is_told < 2; is_told++) {
			count[is_told][write_twice(is_told)]++;
			pass(500 * MS_NS);
		}
	}
	printf("%-14s %10d %10d %11d %14.0f\n", name, count[1][LOST],
	       count[0][LOST], count[0][BOTH],
	       (double)(true_ns - begin_ns) / MS_NS / (2 * ROUNDS) - 501);
}

int main(void)
{
	for (int i = 0; i < NODES; i++) {
		check(tt_manual_open(&clk[i]));
		check(tt_hlc_open(clk[i], NULL, &hlc[i]));
		check(tt_vector_new(NODES, &vector[i]));
	}
	pass(0);
	printf("of %d pairs of writes, the later one\n", ROUNDS);
	printf("%-14s %10s %10s %11s %14s\n", "", "lost, told", "not told",
	       "asked about", "ms to wait");
	report("wall clock", by_wall_clock);
	report("HLC", by_hlc);
	report("commit wait", by_commit_wait);
	report("vector clock", by_vector);
	for (int i = 0; i < NODES; i++) {
		tt_vector_free(vector[i]);
		tt_hlc_close(hlc[i]);
		tt_close(clk[i]);
	}
	return EXIT_SUCCESS;
}
