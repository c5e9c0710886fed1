/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The theorems of Kulkarni et al. 2014 over random message graphs. The oracle
 * knows happens-before by itself: each event keeps the set of all events
 * before it. Nodes have clocks of their own that contain true time, and are
 * frozen, jump back and jump ahead within that.
 */
#include <errno.h>
#include <string.h>

#include "tests/unit/libtt/live.h"
#include "tt/hlc.h"

#define NODES	 5
#define EVENTS	 400
#define MESSAGES 16 /* in flight */
#define GRAPHS	 60
#define US_NS	 INT64_C(1000)

struct event {
	int node;
	struct tt_hlc_time t;
	int64_t earliest_ns;		  /* of its node, when it happened */
	uint64_t before[EVENTS / 64 + 1]; /* bit i: event i happened before */
};

struct world {
	enum tt_hlc_resolution resolution;
	uint64_t seed;
	int64_t true_ns;
	struct tt_clock *clk[NODES];
	struct tt_hlc *hlc[NODES];
	int64_t earliest_ns[NODES];
	int last[NODES];	 /* event of each node; -1: none */
	int in_flight[MESSAGES]; /* events that sent; -1: none */
	struct event events[EVENTS];
	int count;
};

static struct world world;

static int64_t below(int64_t end)
{
	return (int64_t)(live_random(&world.seed) % (uint64_t)end);
}

/* An interval that contains true time; what it does from one to the next is
 * anything, an epoch that goes back among it. */
static void set_clock(int node)
{
	const int64_t early = below(4) == 0 ? below(900 * US_NS) : below(5000);
	const int64_t late = below(4) == 0 ? below(900 * US_NS) : below(5000);

	world.earliest_ns[node] = world.true_ns - early;
	assert_int_equal(tt_manual_set(world.clk[node], world.true_ns - early,
				       world.true_ns + late, TT_SYNCHRONIZED),
			 0);
}

/* It will not be set again for a while, though true time goes on: its latest is
 * far out. */
static void freeze_clock(int node)
{
	world.earliest_ns[node] = world.true_ns - below(5000);
	assert_int_equal(tt_manual_set(world.clk[node], world.earliest_ns[node],
				       world.true_ns + 3600 * S_NS,
				       TT_HOLDOVER),
			 0);
}

static void pass_time(void)
{
	static const int64_t steps_ns[] = {0, 0, 1, 300, 2000, 400000};

	world.true_ns += steps_ns[below(6)];
	if (world.count == 0 || below(50) == 0)
		freeze_clock(0);
	for (int node = 1; node < NODES; node++)
		set_clock(node);
}

static void inherit(struct event *e, int from)
{
	const struct event *cause;

	if (from < 0)
		return;
	cause = &world.events[from];
	for (size_t i = 0; i < sizeof(e->before) / sizeof(e->before[0]); i++)
		e->before[i] |= cause->before[i];
	e->before[from / 64] |= UINT64_C(1) << from % 64;
}

static void happen(int node, int message)
{
	struct event *e = &world.events[world.count];
	int rc;

	memset(e, 0, sizeof(*e));
	e->node = node;
	e->earliest_ns = world.earliest_ns[node];
	inherit(e, world.last[node]);
	inherit(e, message);
	if (message < 0)
		rc = tt_hlc_now(world.hlc[node], &e->t);
	else
		rc = tt_hlc_observe(world.hlc[node], &world.events[message].t,
				    &e->t);
	assert_int_equal(rc, 0); /* honest clocks are never rejected */
	world.last[node] = world.count++;
}

/* A local event, a send or a receipt; messages are lost, doubled and overtake
 * one another. */
static void step(void)
{
	const int node = (int)below(NODES);
	int *slot = &world.in_flight[below(MESSAGES)];

	pass_time();
	if (*slot >= 0 && below(3) != 0) {
		happen(node, *slot);
		if (below(5) != 0)
			*slot = -1;
	} else {
		happen(node, -1);
		*slot = world.last[node];
	}
}

static bool is_before(int a, int b)
{
	return world.events[b].before[a / 64] >> a % 64 & 1;
}

static int64_t physical(const struct event *e)
{
	if (world.resolution == TT_HLC_NS)
		return e->earliest_ns;
	return e->earliest_ns - e->earliest_ns % US_NS;
}

/*
 * Theorem 1: e before f, so (l, c) of e is less. Theorem 2: l.f >= pt.f.
 * Theorem 3: l.f is the greatest physical time f is aware of. Corollary 2 and
 * theorem 4: c.f is at most the number of events before f with the same l.
 */
static void judge(int f)
{
	const struct event *e = &world.events[f];
	int64_t most_ns = physical(e);
	uint32_t same = 0;

	for (int i = 0; i < f; i++) {
		const struct event *g = &world.events[i];

		if (!is_before(i, f))
			continue;
		assert_true(tt_hlc_compare(&g->t, &e->t) < 0);
		if (physical(g) > most_ns)
			most_ns = physical(g);
		same += g->t.wall_ns == e->t.wall_ns;
	}
	assert_true(e->t.wall_ns >= physical(e));
	assert_int_equal(e->t.wall_ns, most_ns);
	assert_true(e->t.logical <= same);
	if (e->t.logical > 0)
		assert_true(same > 0);
}

/* Corollary 1, and what `earliest` makes of it: never ahead of true time. */
static void judge_now(void)
{
	const struct event *e = &world.events[world.count - 1];

	assert_true(e->t.wall_ns <= world.true_ns);
}

static void play(enum tt_hlc_resolution resolution, uint64_t seed)
{
	const struct tt_hlc_options opt = {.size = sizeof(opt),
					   .resolution = resolution};
	struct tt_hlc_stats stats;

	memset(&world, 0, sizeof(world));
	world.resolution = resolution;
	world.seed = seed | 1;
	world.true_ns = LIVE_UNIX_NS;
	for (int i = 0; i < MESSAGES; i++)
		world.in_flight[i] = -1;
	for (int i = 0; i < NODES; i++) {
		world.last[i] = -1;
		assert_int_equal(tt_manual_open(&world.clk[i]), 0);
		assert_int_equal(tt_hlc_open(world.clk[i], &opt, &world.hlc[i]),
				 0);
	}
	while (world.count < EVENTS) {
		step();
		judge_now();
	}
	for (int f = 0; f < EVENTS; f++)
		judge(f);
	for (int i = 0; i < NODES; i++) {
		assert_int_equal(tt_hlc_stats(world.hlc[i], &stats), 0);
		assert_int_equal(stats.rejected, 0);
		assert_int_equal(stats.ahead, 0);
		tt_hlc_close(world.hlc[i]);
		tt_close(world.clk[i]);
	}
}

static void the_theorems_hold_in_random_graphs(void **state)
{
	uint64_t seed = live_seed();

	(void)state;
	for (int i = 0; i < GRAPHS; i++) {
		play(TT_HLC_NS, live_random(&seed));
		play(TT_HLC_64, live_random(&seed));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_theorems_hold_in_random_graphs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
