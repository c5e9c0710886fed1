/* SPDX-License-Identifier: Apache-2.0 */
/* No more than half of the processors are spun on. */
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>

#include "libtt/wait_spin.h"
#include "tests/unit/libtt/live.h"

static void half_of_the_processors_may_be_spun_on(void **state)
{
	unsigned int processors;
	cpu_set_t set;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	processors = (unsigned int)CPU_COUNT(&set);
	assert_int_equal(wait_spin_max(), processors < 4 ? 1 : processors / 2);
	for (unsigned int i = 0; i < wait_spin_max(); i++)
		assert_true(wait_spin_enter());
	assert_false(wait_spin_enter());
	assert_false(wait_spin_enter());
	wait_spin_leave();
	assert_true(wait_spin_enter());
	assert_false(wait_spin_enter());
	for (unsigned int i = 0; i < wait_spin_max(); i++)
		wait_spin_leave();
}

/* The spinners of the parent are no threads of the child. */
static void a_child_begins_with_none(void **state)
{
	pid_t child;
	int status;

	(void)state;
	for (unsigned int i = 0; i < wait_spin_max(); i++)
		assert_true(wait_spin_enter());
	child = fork();
	if (child == 0)
		_exit(wait_spin_enter() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	for (unsigned int i = 0; i < wait_spin_max(); i++)
		wait_spin_leave();
}

#define THREADS 8

static _Atomic unsigned int inside, inside_most;

static void *come_and_go(void *arg)
{
	unsigned int now, most;

	(void)arg;
	for (int i = 0; i < 20000; i++) {
		if (!wait_spin_enter())
			continue;
		now = atomic_fetch_add(&inside, 1) + 1;
		most = atomic_load(&inside_most);
		while (now > most &&
		       !atomic_compare_exchange_weak(&inside_most, &most, now))
			;
		atomic_fetch_sub(&inside, 1);
		wait_spin_leave();
	}
	return NULL;
}

static void threads_that_race_are_never_too_many(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, come_and_go, NULL),
			0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_in_range(atomic_load(&inside_most), 1, wait_spin_max());
	for (unsigned int i = 0; i < wait_spin_max(); i++)
		assert_true(wait_spin_enter());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_of_the_processors_may_be_spun_on),
		cmocka_unit_test(a_child_begins_with_none),
		cmocka_unit_test(threads_that_race_are_never_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
