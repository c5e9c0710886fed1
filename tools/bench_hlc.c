/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See bench_hlc.h. Batches of all kinds are interleaved, as in tt-bench.c. The
 * spinlock guards the rule of figure 5 alone; the clock is read before it is
 * taken, so that both sides do the same.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/bench_hlc.h"
#include "tools/bench_segment.h"
#include "tt/hlc.h"

static const char *const names[BENCH_HLC_KINDS] = {
	[BENCH_HLC_WIDE] = "tt_hlc_now (96 bits)",
	[BENCH_HLC_NARROW] = "tt_hlc_now (64 bits)",
	[BENCH_HLC_SPINLOCK] = "spinlock",
};

struct locked {
	pthread_spinlock_t lock;
	struct tt_hlc_time last;
};

/* What the threads of a batch share. */
struct crew {
	struct tt_clock *clk;
	struct tt_hlc *hlc[2];
	struct locked locked;
	int kind;
	int calls;
	pthread_barrier_t start;
	atomic_int failed;
};

static int locked_now(struct crew *crew, struct tt_hlc_time *ret)
{
	struct locked *l = &crew->locked;
	struct tt_interval now;
	int rc;

	rc = tt_now_relaxed(crew->clk, &now);
	if (rc < 0)
		return rc;
	pthread_spin_lock(&l->lock);
	if (now.earliest_ns > l->last.wall_ns) {
		l->last.wall_ns = now.earliest_ns;
		l->last.logical = 0;
	} else {
		l->last.logical++;
	}
	*ret = l->last;
	pthread_spin_unlock(&l->lock);
	return 0;
}

static int batch(struct crew *crew)
{
	struct tt_hlc_time t;
	int rc = 0;

	if (crew->kind == BENCH_HLC_SPINLOCK) {
		for (int i = 0; i < crew->calls && rc == 0; i++)
			rc = locked_now(crew, &t);
		return rc;
	}
	for (int i = 0; i < crew->calls && rc == 0; i++)
		rc = tt_hlc_now(crew->hlc[crew->kind], &t);
	return rc;
}

static void *work(void *arg)
{
	struct crew *crew = arg;
	int rc;

	pthread_barrier_wait(&crew->start);
	rc = batch(crew);
	if (rc < 0)
		atomic_store(&crew->failed, rc);
	return NULL;
}

/* ns from the start of all to the end of the last, per timestamp. */
static int time_crew(struct crew *crew, double *ret_ns)
{
	pthread_t threads[BENCH_HLC_THREADS];
	int64_t begin_ns;
	int rc = 0, count = 0;

	pthread_barrier_init(&crew->start, NULL, BENCH_HLC_THREADS + 1);
	while (count < BENCH_HLC_THREADS && rc == 0) {
		rc = -pthread_create(&threads[count], NULL, work, crew);
		count += rc == 0;
	}
	if (rc < 0)
		exit(EXIT_FAILURE); /* the others wait at the barrier */
	pthread_barrier_wait(&crew->start);
	begin_ns = bench_raw_ns();
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	*ret_ns = (double)(bench_raw_ns() - begin_ns) /
		  ((double)crew->calls * BENCH_HLC_THREADS);
	pthread_barrier_destroy(&crew->start);
	return atomic_load(&crew->failed);
}

static int time_one(struct crew *crew, double *ret_ns)
{
	const int64_t begin_ns = bench_raw_ns();
	int rc;

	rc = batch(crew);
	*ret_ns = (double)(bench_raw_ns() - begin_ns) / crew->calls;
	return rc;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(struct crew *crew, struct bench_hlc *ret,
		   int (*time_batch)(struct crew *, double *), double *ret_ns)
{
	double *ns;
	int rc = 0;

	ns = calloc((size_t)ret->batches * BENCH_HLC_KINDS, sizeof(*ns));
	if (ns == NULL)
		return -ENOMEM;
	for (int i = 0; i < ret->batches && rc == 0; i++) {
		for (int j = 0; j < BENCH_HLC_KINDS && rc == 0; j++) {
			crew->kind = j;
			rc = time_batch(crew, &ns[j * ret->batches + i]);
		}
	}
	for (int j = 0; j < BENCH_HLC_KINDS; j++) {
		double *of = &ns[j * ret->batches];

		qsort(of, (size_t)ret->batches, sizeof(*of), compare);
		ret_ns[j] = of[ret->batches / 2];
	}
	free(ns);
	return rc;
}

int bench_hlc(struct tt_clock *clk, struct bench_hlc *ret)
{
	struct tt_hlc_options opt = {.size = sizeof(opt)};
	struct crew crew = {.clk = clk, .calls = ret->calls};
	int rc;

	opt.resolution = TT_HLC_NS;
	rc = tt_hlc_open(clk, &opt, &crew.hlc[BENCH_HLC_WIDE]);
	if (rc < 0)
		return rc;
	opt.resolution = TT_HLC_64;
	rc = tt_hlc_open(clk, &opt, &crew.hlc[BENCH_HLC_NARROW]);
	if (rc == 0) {
		pthread_spin_init(&crew.locked.lock, PTHREAD_PROCESS_PRIVATE);
		rc = measure(&crew, ret, time_one, ret->one_ns);
		if (rc == 0)
			rc = measure(&crew, ret, time_crew, ret->many_ns);
		pthread_spin_destroy(&crew.locked.lock);
		tt_hlc_close(crew.hlc[BENCH_HLC_NARROW]);
	}
	tt_hlc_close(crew.hlc[BENCH_HLC_WIDE]);
	return rc;
}

void bench_hlc_print(const struct bench_hlc *b)
{
	const double *one = b->one_ns, *many = b->many_ns;

	printf("%-22s %27s   %21s %2d %s\n", "", "1 thread", "",
	       BENCH_HLC_THREADS, "threads");
	printf("%-22s %8s %8s %9s   %8s %8s %9s\n", "hybrid logical clock",
	       "ns", "M/s", "/spinlock", "ns", "M/s", "/spinlock");
	for (int j = 0; j < BENCH_HLC_KINDS; j++)
		printf("%-22s %8.1f %8.1f %9.2f   %8.1f %8.1f %9.2f\n",
		       names[j], one[j], 1e3 / one[j],
		       one[j] / one[BENCH_HLC_SPINLOCK], many[j], 1e3 / many[j],
		       many[j] / many[BENCH_HLC_SPINLOCK]);
}

static struct json_object *row(const char *name, int threads, double ns,
			       double spinlock_ns)
{
	struct json_object *ret = json_object_new_object();

	json_object_object_add(ret, "call", json_object_new_string(name));
	json_object_object_add(ret, "threads", json_object_new_int(threads));
	json_object_object_add(ret, "ns", json_object_new_double(ns));
	json_object_object_add(ret, "ratio_spinlock",
			       json_object_new_double(ns / spinlock_ns));
	return ret;
}

struct json_object *bench_hlc_json(const struct bench_hlc *b)
{
	struct json_object *ret = json_object_new_array();

	for (int j = 0; j < BENCH_HLC_KINDS; j++) {
		json_object_array_add(ret, row(names[j], 1, b->one_ns[j],
					       b->one_ns[BENCH_HLC_SPINLOCK]));
		json_object_array_add(ret, row(names[j], BENCH_HLC_THREADS,
					       b->many_ns[j],
					       b->many_ns[BENCH_HLC_SPINLOCK]));
	}
	return ret;
}
