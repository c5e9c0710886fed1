/* SPDX-License-Identifier: Apache-2.0 */
/* Sixteen bytes at once: no mixture of two values is ever swapped in. */
#include <pthread.h>

#include "libtt/cas16.h"
#include "tests/unit/libtt/live.h"

#define THREADS 4
#define TURNS	50000

static struct cas16_cell cell;

static void a_swap_wants_both_halves(void **state)
{
	const struct cas16 first = {1, UINT64_MAX}, next = {7, 8};
	struct cas16 seen = {1, 2};

	(void)state;
	cell.value = first;
	assert_false(cas16_swap(&cell, &seen, next));
	assert_true(seen.lo == 1 && seen.hi == UINT64_MAX);
	seen.lo = 0;
	assert_false(cas16_swap(&cell, &seen, next));
	assert_true(seen.lo == 1 && seen.hi == UINT64_MAX);
	assert_true(cas16_swap(&cell, &seen, next));
	assert_true(cell.value.lo == 7 && cell.value.hi == 8);
	seen = cas16_peek(&cell);
	assert_true(seen.lo == 7 && seen.hi == 8);
}

/* hi is kept at ~lo: a torn value would break that for good. */
static void *turn(void *arg)
{
	struct cas16 seen, next;

	(void)arg;
	for (int i = 0; i < TURNS; i++) {
		seen = cas16_peek(&cell);
		do {
			next.lo = seen.lo + 1;
			next.hi = seen.hi - 1;
		} while (!cas16_swap(&cell, &seen, next));
		if (next.hi != ~next.lo)
			return (void *)1;
	}
	return NULL;
}

static void threads_lose_no_turn(void **state)
{
	pthread_t threads[THREADS];
	void *failed;

	(void)state;
	cell.value.lo = 0;
	cell.value.hi = UINT64_MAX;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, turn, NULL),
				 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(cell.value.lo, THREADS * TURNS);
	assert_true(cell.value.hi == ~cell.value.lo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_swap_wants_both_halves),
		cmocka_unit_test(threads_lose_no_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
