/* SPDX-License-Identifier: Apache-2.0 */
/* The line in the CPU's counter: never before raw, never beyond its error,
 * never back; for counters of many rates, and readings with all their delays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libtt/segment.h"
#include "tt/inline/counter.h"
#include "sim/rng.h"
#include "timed/tick_map.h"

#define S     INT64_C(1000000000)
#define TENTH (S / 10)

/* A counter, and the kernel's raw clock that is a line in it. */
struct machine {
	uint64_t start_ticks;
	double ns_per_tick;
	double elapsed_ns; /* of raw time, since raw was raw_ns */
	int64_t raw_ns;
	struct rng rng;
};

static uint64_t ticks_at(const struct machine *m, double elapsed_ns)
{
	return m->start_ticks + (uint64_t)(elapsed_ns / m->ns_per_tick);
}

/* The raw clock when the counter goes over to `ticks`: exact to a float. */
static double raw_at(const struct machine *m, uint64_t ticks)
{
	return (double)(ticks - m->start_ticks) * m->ns_per_tick;
}

/* 18 ns and more on each side of the reading, now and then much more. */
static double delay_ns(struct machine *m)
{
	double ns = 18 + rng_exponential(&m->rng, 1);

	if (rng_uniform(&m->rng, 0, 1) < 0.01)
		ns += rng_exponential(&m->rng, 100000);
	return ns;
}

/* The kernel's clock goes by ticks too. */
static int64_t kernel_raw_ns(const struct machine *m)
{
	return m->raw_ns + (int64_t)raw_at(m, ticks_at(m, m->elapsed_ns));
}

static struct env_ticks read_machine(struct machine *m)
{
	struct env_ticks r;

	r.raw_ns_before = kernel_raw_ns(m);
	m->elapsed_ns += delay_ns(m);
	r.ticks = ticks_at(m, m->elapsed_ns);
	m->elapsed_ns += delay_ns(m);
	r.raw_ns_after = kernel_raw_ns(m);
	return r;
}

static struct machine machine_of(uint64_t seed, double ns_per_tick)
{
	struct machine m = {.ns_per_tick = ns_per_tick, .raw_ns = 5 * S};

	rng_seed(&m.rng, seed);
	/* It comes round within the run. */
	m.start_ticks = UINT64_MAX - (uint64_t)(30e9 / ns_per_tick);
	return m;
}

/* As a reader does it: docs/segment.md. */
static int64_t page_raw(const struct tick_map *map, int64_t anchor_raw_ns,
			uint64_t ticks)
{
	static struct segment seg;
	struct segment_slot slot = {.anchor_raw_ns = anchor_raw_ns,
				    .counter = SEGMENT_COUNTER_TSC};

	seg.sequence = 0;
	tick_map_page(map, anchor_raw_ns, &slot.tsc_anchor, &slot.tsc_mult);
	segment_publish(&seg, &slot);
	return tt_inline_raw_of_ticks(
		tt_inline_slot_at(segment_words(&seg), 1), anchor_raw_ns, ticks);
}

/* The page's error is within its claim from here over the horizon. */
static void check_page(const struct tick_map *map, struct machine *m,
		       int64_t *last_raw_ns)
{
	const int64_t anchor_raw_ns = m->raw_ns + (int64_t)m->elapsed_ns -
				      (int64_t)rng_uniform(&m->rng, 0, 1e5);

	for (int i = 0; i <= 10; i++) {
		const uint64_t ticks =
			ticks_at(m, m->elapsed_ns + i * (double)S / 10);
		const int64_t got = page_raw(map, anchor_raw_ns, ticks);
		const double off_ns =
			(double)(got - m->raw_ns) - raw_at(m, ticks);

		assert_true(off_ns >= -0.001);
		assert_true(off_ns <= (double)map->err_ns);
		if (i == 0) {
			assert_true(got >= *last_raw_ns);
			*last_raw_ns = got;
		}
	}
}

/* Seconds until the first page; < 0: there was none. */
static double run(double ns_per_tick, int64_t bracket_ns, uint64_t seed,
		  int *ret_pages)
{
	struct machine m = machine_of(seed, ns_per_tick);
	struct tick_map map;
	int64_t last_raw_ns = 0;
	double first_s = -1;

	tick_map_init(&map, tick_map_err_ns(bracket_ns, ns_per_tick), S);
	*ret_pages = 0;
	for (int i = 0; i < 3000; i++) {
		const struct env_ticks r = read_machine(&m);

		if (tick_map_add(&map, &r)) {
			(*ret_pages)++;
			check_page(&map, &m, &last_raw_ns);
			if (first_s < 0)
				first_s = m.elapsed_ns / 1e9;
		}
		/* The daemon may be late, now and then very. */
		m.elapsed_ns += rng_uniform(&m.rng, 0.5, 1.5) * (double)TENTH;
		if (i % 500 == 499)
			m.elapsed_ns += 600e9;
	}
	assert_int_equal(map.failures, 0);
	return first_s;
}

static void pages_are_within_their_error(void **state)
{
	static const double rates[] = {0.2, 1 / 2.9999, 1, 10};
	int pages;

	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++)
		for (int i = 0; i < 4; i++) {
			const double s = run(rates[i], 37, seed, &pages);

			assert_true(s > 0 && s < 60);
			assert_true(pages > 2000);
		}
}

/* arm64's generic timers: 54, 25, 19.2 and 10 MHz. A page begins at a whole tick,
 * and its error has to allow for that; readings have their width in ticks, none
 * at the least. */
static void so_they_are_where_ticks_are_long(void **state)
{
	static const double rates[] = {1e3 / 54, 40, 1e3 / 19.2, 100};
	int pages, some = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++)
		for (int i = 0; i < 4; i++)
			for (int k = 0; k <= 2; k++) {
				const double width_ns = k * rates[i];

				run(rates[i], (int64_t)width_ns, seed, &pages);
				some += pages > 2000;
			}
	assert_true(some >= 20);
}

static void the_error_is_a_round_number(void **state)
{
	(void)state;
	assert_int_equal(tick_map_err_ns(20, 0.4), 32);
	assert_int_equal(tick_map_err_ns(25, 0.4), 48);
	assert_int_equal(tick_map_err_ns(45, 0.4), 64);
	assert_int_equal(tick_map_err_ns(0, 0.4), 32);
	assert_int_equal(tick_map_err_ns(304, 0.4), 384);
	assert_int_equal(tick_map_err_ns(305, 0.4), 0);
	assert_int_equal(tick_map_err_ns(100000, 0.4), 0);
	assert_int_equal(tick_map_err_ns(0, 40), 48);
	assert_int_equal(tick_map_err_ns(40, 40), 96);
	assert_int_equal(tick_map_err_ns(0, 1e6), 0);
}

static void learn(struct tick_map *map, struct machine *m)
{
	for (int i = 0; i < 600; i++) {
		const struct env_ticks r = read_machine(m);

		tick_map_add(map, &r);
		m->elapsed_ns += (double)TENTH;
	}
}

static void begin(struct tick_map *map, struct machine *m)
{
	tick_map_init(map, 64, S);
	learn(map, m);
}

/* As when the kernel takes another counter, or a machine is moved. */
static void a_jump_is_noticed_and_learnt_anew(void **state)
{
	struct machine m = machine_of(1, 0.4);
	struct tick_map map;
	struct env_ticks r;

	(void)state;
	begin(&map, &m);
	r = read_machine(&m);
	assert_true(tick_map_add(&map, &r));
	m.raw_ns += 1000;
	r = read_machine(&m);
	assert_false(tick_map_add(&map, &r));
	assert_int_equal(map.failures, 1);
	learn(&map, &m);
	r = read_machine(&m);
	assert_true(tick_map_add(&map, &r));
	assert_int_equal(map.failures, 1);
}

static void another_rate_is_noticed(void **state)
{
	struct machine m = machine_of(1, 0.4);
	struct tick_map map;

	(void)state;
	begin(&map, &m);
	m.start_ticks = ticks_at(&m, m.elapsed_ns);
	m.raw_ns += (int64_t)m.elapsed_ns;
	m.elapsed_ns = 0;
	m.ns_per_tick *= 1 + 1e-6;
	learn(&map, &m);
	assert_int_equal(map.failures, 1);
}

static void what_is_forgotten_is_not_published(void **state)
{
	struct machine m = machine_of(1, 0.4);
	struct tick_map map;
	struct env_ticks r;

	(void)state;
	begin(&map, &m);
	tick_map_forget(&map);
	r = read_machine(&m);
	assert_false(tick_map_add(&map, &r));
	tick_map_init(&map, 0, S);
	learn(&map, &m);
	r = read_machine(&m);
	assert_false(tick_map_add(&map, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_within_their_error),
		cmocka_unit_test(so_they_are_where_ticks_are_long),
		cmocka_unit_test(the_error_is_a_round_number),
		cmocka_unit_test(a_jump_is_noticed_and_learnt_anew),
		cmocka_unit_test(another_rate_is_noticed),
		cmocka_unit_test(what_is_forgotten_is_not_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
