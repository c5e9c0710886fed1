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
	pthread_barrier_t start;
	atomic_int failed;
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

static void *work(void *arg)
{
	struct crew *crew = arg;
	int rc;

	pthread_barrier_wait(&crew->start);
	rc = crew->batch(crew->clock, crew->calls);
	if (rc < 0)
		atomic_store(&crew->failed, rc);
	return NULL;
}

/* ns from the start of all to the end of the last, per call of a thread. */
static int time_crew(struct crew *crew, int threads, double *ret_ns)
{
	pthread_t thread[BENCH_SCALE_THREADS_MAX];
	int64_t begin_ns;

	pthread_barrier_init(&crew->start, NULL, (unsigned int)threads + 1);
	for (int i = 0; i < threads; i++) {
		if (pthread_create(&thread[i], NULL, work, crew) != 0)
			exit(EXIT_FAILURE); /* others wait at the barrier */
	}
	pthread_barrier_wait(&crew->start);
	begin_ns = bench_raw_ns();
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	*ret_ns = (double)(bench_raw_ns() - begin_ns) / crew->calls;
	pthread_barrier_destroy(&crew->start);
	return atomic_load(&crew->failed);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of both calls on `threads`, in turns. */
static int measure(struct crew *crew, struct bench_scale *b, int threads,
		   double *now_ns, double *raw_ns)
{
	int rc = 0;

	for (int i = 0; i < b->batches && rc == 0; i++) {
		crew->batch = bench_calls[BENCH_CALL_RAW].batch;
		rc = time_crew(crew, threads, &raw_ns[i]);
		crew->batch = bench_calls[BENCH_CALL_NOW].batch;
		if (rc == 0)
			rc = time_crew(crew, threads, &now_ns[i]);
	}
	qsort(now_ns, (size_t)b->batches, sizeof(*now_ns), compare);
	qsort(raw_ns, (size_t)b->batches, sizeof(*raw_ns), compare);
	b->now_ns[threads - 1] = now_ns[b->batches / 2];
	b->raw_ns[threads - 1] = raw_ns[b->batches / 2];
	return rc;
}

int bench_scale(struct bench_clock *c, struct bench_scale *ret)
{
	struct crew crew = {.clock = c, .calls = ret->calls};
	double *ns;
	int rc = 0;

	ns = calloc((size_t)ret->batches * 2, sizeof(*ns));
	if (ns == NULL)
		return -ENOMEM;
	for (int n = 1; n <= ret->threads && rc == 0; n++)
		rc = measure(&crew, ret, n, ns, ns + ret->batches);
	free(ns);
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
