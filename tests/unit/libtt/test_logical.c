/* SPDX-License-Identifier: Apache-2.0 */
/* Lamport and vector clocks, by hand and against an oracle that knows what
 * happened before what. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "tests/unit/libtt/live.h"
#include "tt/logical.h"

static struct tt_vector *empty(void)
{
	struct tt_vector *v;

	assert_int_equal(tt_vector_new(0, &v), 0);
	return v;
}

static void lamport_counts_beyond_what_it_hears(void **state)
{
	struct tt_lamport clk = {0};
	uint64_t n = 77;

	(void)state;
	assert_int_equal(tt_lamport_tick(&clk, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(tt_lamport_observe(&clk, 9, &n), 0);
	assert_int_equal(n, 10);
	assert_int_equal(tt_lamport_observe(&clk, 3, &n), 0);
	assert_int_equal(n, 11);
	assert_int_equal(tt_lamport_observe(&clk, UINT64_MAX, &n), -ERANGE);
	assert_int_equal(tt_lamport_observe(&clk, UINT64_MAX - 1, &n), 0);
	assert_int_equal(tt_lamport_tick(&clk, &n), -ERANGE);
	assert_true(n == UINT64_MAX && clk.last == UINT64_MAX);
	assert_int_equal(tt_lamport_tick(NULL, &n), -EINVAL);
	assert_int_equal(tt_lamport_tick(&clk, NULL), -EINVAL);
}

static void lamport_order_is_total(void **state)
{
	(void)state;
	assert_true(tt_lamport_compare(1, 9, 2, 0) < 0);
	assert_true(tt_lamport_compare(2, 1, 2, 0) > 0);
	assert_true(tt_lamport_compare(2, 0, 2, 1) < 0);
	assert_int_equal(tt_lamport_compare(2, 1, 2, 1), 0);
}

#define THREADS 4
#define TICKS	10000

static struct tt_lamport shared;

static void *tick_on(void *arg)
{
	uint64_t last = 0, n;

	(void)arg;
	for (int i = 0; i < TICKS; i++) {
		if (tt_lamport_tick(&shared, &n) != 0 || n <= last)
			return (void *)1;
		last = n;
	}
	return NULL;
}

static void lamport_gives_each_thread_another_number(void **state)
{
	pthread_t threads[THREADS];
	void *failed;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, tick_on, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(shared.last, THREADS * TICKS);
}

static void vectors_compare_in_four_ways(void **state)
{
	struct tt_vector *a = empty(), *b = empty();

	(void)state;
	assert_int_equal(tt_vector_compare(a, b), TT_VECTOR_EQUAL);
	assert_int_equal(tt_vector_tick(a, 0), 0);
	assert_int_equal(tt_vector_compare(a, b), TT_VECTOR_AFTER);
	assert_int_equal(tt_vector_compare(b, a), TT_VECTOR_BEFORE);
	assert_int_equal(tt_vector_tick(b, 1), 0);
	assert_int_equal(tt_vector_compare(a, b), TT_VECTOR_CONCURRENT);
	assert_int_equal(tt_vector_observe(b, 1, a), 0);
	assert_int_equal(tt_vector_get(b, 0), 1);
	assert_int_equal(tt_vector_get(b, 1), 2);
	assert_int_equal(tt_vector_compare(a, b), TT_VECTOR_BEFORE);
	assert_int_equal(tt_vector_merge(a, b), 0);
	assert_int_equal(tt_vector_compare(a, b), TT_VECTOR_EQUAL);
	tt_vector_free(a);
	tt_vector_free(b);
}

static void nodes_may_join_at_any_time(void **state)
{
	struct tt_vector *a = empty(), *b = empty(), *c;

	(void)state;
	assert_int_equal(tt_vector_tick(a, 2), 0);
	assert_int_equal(tt_vector_tick(b, 40000), 0);
	assert_int_equal(tt_vector_compare(a, b), TT_VECTOR_CONCURRENT);
	assert_int_equal(tt_vector_get(a, 40000), 0);
	assert_int_equal(tt_vector_merge(a, b), 0);
	assert_int_equal(tt_vector_get(a, 40000), 1);
	assert_int_equal(tt_vector_get(a, 2), 1);
	assert_int_equal(tt_vector_compare(b, a), TT_VECTOR_BEFORE);
	assert_int_equal(tt_vector_copy(a, &c), 0);
	assert_int_equal(tt_vector_tick(a, TT_VECTOR_NODES_MAX - 1), 0);
	assert_int_equal(tt_vector_tick(a, TT_VECTOR_NODES_MAX), -ERANGE);
	assert_int_equal(tt_vector_tick(a, SIZE_MAX), -ERANGE);
	assert_int_equal(tt_vector_compare(c, a), TT_VECTOR_BEFORE);
	tt_vector_free(a);
	tt_vector_free(b);
	tt_vector_free(c);
}

/* Node 1 at 2^64 - 1, which only bytes can bring about. */
static const uint8_t full[] = {1,    0xff, 0xff, 0xff, 0xff, 0xff,
			       0xff, 0xff, 0xff, 0xff, 1};

static void a_full_counter_changes_nothing(void **state)
{
	struct tt_vector *v = empty(), *f;

	(void)state;
	assert_int_equal(tt_vector_decode(full, sizeof(full), &f), 0);
	assert_true(tt_vector_get(f, 1) == UINT64_MAX);
	assert_int_equal(tt_vector_tick(f, 1), -ERANGE);
	assert_int_equal(tt_vector_observe(v, 1, f), -ERANGE);
	assert_int_equal(tt_vector_get(v, 1), 0);
	assert_int_equal(tt_vector_observe(v, 0, f), 0);
	assert_true(tt_vector_get(v, 1) == UINT64_MAX);
	tt_vector_free(v);
	tt_vector_free(f);
}

/* 3: 1, 4: 300, 10: 2 */
static void the_bytes_are_as_documented(void **state)
{
	static const uint8_t expected[] = {3, 1, 0, 0xac, 2, 5, 2};
	struct tt_vector *v = empty();
	uint8_t bytes[16] = {0};
	size_t length = 99;

	(void)state;
	assert_int_equal(tt_vector_encode(v, NULL, 0, &length), 0);
	assert_int_equal(length, 0);
	assert_int_equal(tt_vector_tick(v, 3), 0);
	for (int i = 0; i < 300; i++)
		assert_int_equal(tt_vector_tick(v, 4), 0);
	assert_int_equal(tt_vector_tick(v, 10), 0);
	assert_int_equal(tt_vector_tick(v, 10), 0);
	assert_int_equal(tt_vector_encode(v, bytes, 6, &length), -ERANGE);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(tt_vector_encode(v, NULL, 0, &length), 0);
	assert_int_equal(length, sizeof(expected));
	assert_int_equal(tt_vector_encode(v, bytes, 7, &length), 0);
	assert_memory_equal(bytes, expected, sizeof(expected));
	tt_vector_free(v);
}

static void other_bytes_are_refused(void **state)
{
	static const struct {
		size_t length;
		uint8_t bytes[12];
	} bad[] = {
		{1, {0}},		       /* no counter */
		{2, {0, 0}},		       /* a counter of 0 */
		{2, {0, 0x80}},		       /* cut off */
		{3, {0, 0x81, 0}},	       /* not the shortest */
		{4, {0x80, 0x80, 4, 1}},       /* node 65536 */
		{6, {0xff, 0xff, 3, 1, 0, 1}}, /* 65535, one more */
		{12,
		 {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
		  0}}, /* 65 bits */
	};
	struct tt_vector *v = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			tt_vector_decode(bad[i].bytes, bad[i].length, &v),
			-EPROTO);
	assert_null(v);
	assert_int_equal(tt_vector_decode(NULL, 1, &v), -EINVAL);
	assert_int_equal(tt_vector_decode(NULL, 0, &v), 0);
	tt_vector_free(v);
	tt_vector_free(NULL);
}

/* Whatever decodes encodes to the same bytes: equal vectors, equal bytes. */
static void bytes_and_vectors_are_one_to_one(void **state)
{
	uint64_t seed = live_seed();
	uint8_t in[24], out[24];
	struct tt_vector *v;
	size_t length, n;
	int whole = 0;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		n = live_random(&seed) % sizeof(in);
		for (size_t j = 0; j < n; j++)
			in[j] = (uint8_t)(live_random(&seed) >>
					  (live_random(&seed) % 2 ? 56 : 61));
		if (tt_vector_decode(in, n, &v) != 0)
			continue;
		whole++;
		assert_int_equal(tt_vector_encode(v, out, sizeof(out), &length),
				 0);
		assert_int_equal(length, n);
		assert_memory_equal(in, out, n);
		tt_vector_free(v);
	}
	assert_true(whole > 80);
}

#define NODES  6
#define EVENTS 200

struct event {
	struct tt_vector *vector;
	uint64_t lamport;
	uint8_t before[EVENTS]; /* the oracle: event i happened before */
};

static struct event events[EVENTS];

/* What the oracle says of two events. */
static int truth(int a, int b)
{
	if (a == b)
		return TT_VECTOR_EQUAL;
	if (events[b].before[a])
		return TT_VECTOR_BEFORE;
	return events[a].before[b] ? TT_VECTOR_AFTER : TT_VECTOR_CONCURRENT;
}

static void inherit(struct event *e, int from)
{
	if (from < 0)
		return;
	for (int i = 0; i < EVENTS; i++)
		e->before[i] |= events[from].before[i];
	e->before[from] = 1;
}

static void play(uint64_t *seed)
{
	struct tt_vector *at[NODES];
	struct tt_lamport clk[NODES] = {{0}};
	int last[NODES];

	memset(events, 0, sizeof(events));
	for (int i = 0; i < NODES; i++) {
		at[i] = empty();
		last[i] = -1;
	}
	for (int i = 0; i < EVENTS; i++) {
		const size_t node = live_random(seed) % NODES;
		const int message =
			i > 0 && live_random(seed) % 2
				? (int)(live_random(seed) % (uint64_t)i)
				: -1;
		struct event *e = &events[i];

		inherit(e, last[node]);
		inherit(e, message);
		if (message < 0) {
			tt_lamport_tick(&clk[node], &e->lamport);
			tt_vector_tick(at[node], node);
		} else {
			tt_lamport_observe(&clk[node], events[message].lamport,
					   &e->lamport);
			tt_vector_observe(at[node], node,
					  events[message].vector);
		}
		assert_int_equal(tt_vector_copy(at[node], &e->vector), 0);
		last[node] = i;
	}
	for (int i = 0; i < NODES; i++)
		tt_vector_free(at[i]);
}

/* How often the clocks say something else. */
static int count_wrong(void)
{
	int wrong = 0;

	for (int a = 0; a < EVENTS; a++) {
		for (int b = 0; b < EVENTS; b++) {
			wrong += tt_vector_compare(events[a].vector,
						   events[b].vector) !=
				 truth(a, b);
			wrong += events[b].before[a] &&
				 events[a].lamport >= events[b].lamport;
		}
	}
	return wrong;
}

static void clocks_say_what_the_oracle_knows(void **state)
{
	uint64_t seed = live_seed();

	(void)state;
	for (int graph = 0; graph < 4; graph++) {
		play(&seed);
		assert_int_equal(count_wrong(), 0);
		for (int i = 0; i < EVENTS; i++)
			tt_vector_free(events[i].vector);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lamport_counts_beyond_what_it_hears),
		cmocka_unit_test(lamport_order_is_total),
		cmocka_unit_test(lamport_gives_each_thread_another_number),
		cmocka_unit_test(vectors_compare_in_four_ways),
		cmocka_unit_test(nodes_may_join_at_any_time),
		cmocka_unit_test(a_full_counter_changes_nothing),
		cmocka_unit_test(the_bytes_are_as_documented),
		cmocka_unit_test(other_bytes_are_refused),
		cmocka_unit_test(bytes_and_vectors_are_one_to_one),
		cmocka_unit_test(clocks_say_what_the_oracle_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
