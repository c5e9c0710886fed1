/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU's counter, looked at before it is trusted. See tick_probe.h. */
#include "timed/tick_probe.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "libtt/ticks.h"
#include "timed/tick_map.h"

/* Readings for the width that this machine's ones have. */
#define BRACKETS 64

/* Handovers between two processors. */
#define ROUNDS 100

/* Two processors hand a reading to and fro: whoever gets one reads a later one,
 * or its counter is behind. The word is the last reading; its lowest bit says
 * whose turn it is. */
struct rally {
	_Atomic uint64_t word;
	atomic_int running;
	atomic_bool is_behind;
};

struct player {
	struct rally *rally;
	int cpu;
	uint64_t side;
};

static bool pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return pthread_setaffinity_np(pthread_self(), sizeof(set), &set) == 0;
}

static void *play(void *arg)
{
	const struct player *p = arg;
	struct rally *r = p->rally;
	const bool is_pinned = pin(p->cpu);

	for (int i = 0; i < ROUNDS && is_pinned;) {
		const uint64_t got = atomic_load(&r->word);
		uint64_t now;

		if ((got & 1) != p->side) {
			if (atomic_load(&r->running) < 2)
				break;
			sched_yield();
			continue;
		}
		now = ticks_ordered();
		/* Both have lost their lowest bit to the turn. */
		if ((now | 1) < (got | 1))
			atomic_store(&r->is_behind, true);
		atomic_store(&r->word, (now & ~UINT64_C(1)) | !p->side);
		i++;
	}
	atomic_fetch_sub(&r->running, 1);
	return NULL;
}

/* 0, -EAGAIN no threads, -EDOM one of the two is behind. */
static int try_pair(int a, int b)
{
	struct rally r = {.running = 2};
	struct player players[2] = {{&r, a, 0}, {&r, b, 1}};
	pthread_t threads[2];
	int started = 0;

	for (; started < 2; started++)
		if (pthread_create(&threads[started], NULL, play,
				   &players[started]) != 0)
			break;
	atomic_fetch_sub(&r.running, 2 - started);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	if (started < 2)
		return -EAGAIN;
	return atomic_load(&r.is_behind) ? -EDOM : 0;
}

/* The first processor against each of the others. */
static bool are_in_step(char *ret_reason)
{
	int first = -1;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0) {
		snprintf(ret_reason, TICK_PROBE_REASON_SIZE,
			 "there are more processors than %d, too many to be "
			 "compared", CPU_SETSIZE);
		return false;
	}
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		int err;

		if (!CPU_ISSET((size_t)cpu, &set))
			continue;
		if (first < 0) {
			first = cpu;
			continue;
		}
		err = try_pair(first, cpu);
		if (err == 0)
			continue;
		snprintf(ret_reason, TICK_PROBE_REASON_SIZE,
			 err == -EDOM ? "the counters of processors %d and %d "
					"are not in step"
				      : "processors %d and %d could not be "
					"compared",
			 first, cpu);
		return false;
	}
	return true;
}

/* How long a tick is, from the first reading to the last, some us later: to a
 * few per cent. A counter that has not moved meanwhile is too coarse. */
static double tick_ns(const struct env_ticks *first,
		      const struct env_ticks *last)
{
	const uint64_t ticks = last->ticks - first->ticks;

	if (ticks == 0)
		return HUGE_VAL;
	return (double)(last->raw_ns_after - first->raw_ns_before) /
	       (double)ticks;
}

/* What error this machine's readings call for; 0: too much. */
static int64_t measure_err_ns(struct env *env)
{
	int64_t least_ns = INT64_MAX;
	struct env_ticks first, t;

	env_ticks(env, &first);
	for (int i = 0; i < BRACKETS; i++) {
		env_ticks(env, &t);
		if (t.raw_ns_after - t.raw_ns_before < least_ns)
			least_ns = t.raw_ns_after - t.raw_ns_before;
	}
	return tick_map_err_ns(least_ns, fmin(tick_ns(&first, &t), 1e6));
}

/* The kernel's names for a clock source that is the CPU's counter itself. */
static bool is_counter(const char *clocksource)
{
	return strcmp(clocksource, "tsc") == 0 ||
	       strcmp(clocksource, "arch_sys_counter") == 0;
}

int64_t tick_probe(struct env *env, const char *clocksource,
		   char ret_reason[TICK_PROBE_REASON_SIZE])
{
	int64_t err_ns;

	ret_reason[0] = '\0';
	if (clocksource[0] == '\0')
		snprintf(ret_reason, TICK_PROBE_REASON_SIZE,
			 "/sys does not say what the kernel keeps time by");
	else if (!is_counter(clocksource))
		snprintf(ret_reason, TICK_PROBE_REASON_SIZE,
			 "the kernel keeps time by \"%.40s\"", clocksource);
	else if (!ticks_are_readable())
		snprintf(ret_reason, TICK_PROBE_REASON_SIZE,
			 "it cannot be read from user space");
	else if (!ticks_are_invariant())
		snprintf(ret_reason, TICK_PROBE_REASON_SIZE,
			 "its rate is not the same in all states of the CPU");
	if (ret_reason[0] != '\0' || !are_in_step(ret_reason))
		return 0;
	err_ns = measure_err_ns(env);
	if (err_ns == 0)
		snprintf(ret_reason, TICK_PROBE_REASON_SIZE,
			 "reading the raw clock takes too long");
	return err_ns;
}
