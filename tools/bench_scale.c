/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See bench_scale.h. Readers share nothing that they write, so n of them make n
 * times the readings of one, as far as the machine has n processors free: the
 * plain clock of the same run says how far it has.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/bench_scale.h"
#include "tools/bench_segment.h"

struct crew {
	struct bench_clock *clock;
	bench_batch *batch;
	int calls;
	int threads;
	int first; /* of the processors: its number */
	atomic_int ready;
	atomic_int failed;
};

struct hand {
	struct crew *crew;
	int number;
	pthread_t thread;
	int64_t begin_ns;
	int64_t end_ns;
};

int bench_scale_processors(void)
{
	cpu_set_t set;
	int count;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	count = CPU_COUNT(&set);
	return count < BENCH_SCALE_THREADS_MAX ? count
					       : BENCH_SCALE_THREADS_MAX;
}

/* On a processor of its own, or the scheduler may give two readers one for the
 * few ms that a batch takes. Where that is refused it runs where it may. */
static void settle(int n)
{
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return;
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all) || n-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
		return;
	}
}

/* All start together: who is early spins, as who sleeps would be late. */
static void *work(void *arg)
{
	struct hand *hand = arg;
	struct crew *crew = hand->crew;
	int rc;

	settle((crew->first + hand->number) % bench_scale_processors());
	atomic_fetch_add(&crew->ready, 1);
	while (atomic_load(&crew->ready) < crew->threads)
		;
	hand->begin_ns = bench_raw_ns();
	rc = crew->batch(crew->clock, crew->calls);
	hand->end_ns = bench_raw_ns();
	if (rc < 0)
		atomic_store(&crew->failed, rc);
	return NULL;
}

/* ns from the start of the first to the end of the last, per call of a
 * thread. */
static int time_crew(struct crew *crew, double *ret_ns)
{
	struct hand hand[BENCH_SCALE_THREADS_MAX];
	int64_t begin_ns = INT64_MAX, end_ns = INT64_MIN;

	atomic_store(&crew->ready, 0);
	for (int i = 0; i < crew->threads; i++) {
		hand[i].crew = crew;
		hand[i].number = i;
		if (pthread_create(&hand[i].thread, NULL, work, &hand[i]) != 0)
			exit(EXIT_FAILURE); /* others spin for it */
	}
	for (int i = 0; i < crew->threads; i++) {
		pthread_join(hand[i].thread, NULL);
		if (hand[i].begin_ns < begin_ns)
			begin_ns = hand[i].begin_ns;
		if (hand[i].end_ns > end_ns)
			end_ns = hand[i].end_ns;
	}
	*ret_ns = (double)(end_ns - begin_ns) / crew->calls;
	return atomic_load(&crew->failed);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *ns, int count)
{
	qsort(ns, (size_t)count, sizeof(*ns), compare);
	return ns[count / 2];
}

/* One batch of each call on one thread, on two, and so on: processors are not
 * equally fast at all times, nor each as fast as another, so all take part in
 * every turn, and each turn begins with another. */
static int turn(struct crew *crew, const struct bench_scale *b, int number,
		double *now_ns, double *raw_ns)
{
	int rc = 0;

	crew->first = number % b->threads;
	for (int n = 0; n < b->threads && rc == 0; n++) {
		crew->threads = n + 1;
		crew->batch = bench_calls[BENCH_CALL_RAW].batch;
		rc = time_crew(crew, &raw_ns[n * b->batches + number]);
		if (rc < 0)
			break;
		crew->batch = bench_calls[BENCH_CALL_NOW].batch;
		rc = time_crew(crew, &now_ns[n * b->batches + number]);
	}
	return rc;
}

int bench_scale(struct bench_clock *c, struct bench_scale *ret)
{
	struct crew crew = {.clock = c, .calls = ret->calls};
	const int all = ret->threads * ret->batches;
	double *now_ns, *raw_ns;
	int rc = 0;

	now_ns = calloc((size_t)all * 2, sizeof(*now_ns));
	if (now_ns == NULL)
		return -ENOMEM;
	raw_ns = now_ns + all;
	for (int i = 0; i < ret->batches && rc == 0; i++)
		rc = turn(&crew, ret, i, now_ns, raw_ns);
	for (int n = 0; n < ret->threads && rc == 0; n++) {
		ret->now_ns[n] =
			median(now_ns + n * ret->batches, ret->batches);
		ret->raw_ns[n] =
			median(raw_ns + n * ret->batches, ret->batches);
	}
	free(now_ns);
	return rc;
}

/* So many times the readings of one thread. */
static double times(const double *ns, int threads)
{
	return threads * ns[0] / ns[threads - 1];
}

void bench_scale_print(const struct bench_scale *b)
{
	printf("%-8s %12s %12s %12s %16s\n", "threads", "tt_now, ns",
	       "M/s in all", "times one", "RAW: times one");
	for (int n = 1; n <= b->threads; n++)
		printf("%-8d %12.1f %12.1f %12.2f %16.2f\n", n,
		       b->now_ns[n - 1], n * 1e3 / b->now_ns[n - 1],
		       times(b->now_ns, n), times(b->raw_ns, n));
}

struct json_object *bench_scale_json(const struct bench_scale *b)
{
	struct json_object *ret = json_object_new_array();

	for (int n = 1; n <= b->threads; n++) {
		struct json_object *one = json_object_new_object();

		json_object_object_add(one, "threads", json_object_new_int(n));
		json_object_object_add(
			one, "ns", json_object_new_double(b->now_ns[n - 1]));
		json_object_object_add(
			one, "times_one",
			json_object_new_double(times(b->now_ns, n)));
		json_object_object_add(
			one, "raw_times_one",
			json_object_new_double(times(b->raw_ns, n)));
		json_object_array_add(ret, one);
	}
	return ret;
}
