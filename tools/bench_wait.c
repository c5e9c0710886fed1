/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See bench_wait.h. The earliest possible moment is when `earliest` passes the
 * time waited for; what a reading straight after the return shows beyond it is
 * the overshoot, that reading included.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tools/bench_wait.h"

#define SECOND_NS INT64_C(1000000000)
#define WAIT_NS	  (60 * SECOND_NS) /* no wait is this long */
#define STACK	  65536

static const int64_t limits_ns[BENCH_WAIT_BUCKETS - 1] = {
	200,   500,    1000,   2000,   5000,	10000,	 20000,
	50000, 100000, 200000, 500000, 1000000, 10000000};

struct kind {
	int64_t ahead_ns;
	int rounds;
	bool is_crowd; /* all threads, for one and the same time */
	bool is_sleep; /* clock_nanosleep(2), for comparison */
};

/* 20 us are spun, 2 ms are slept; 50 ms leave a thousand threads the time to
 * fall asleep. */
static const struct kind kinds[BENCH_WAIT_ROWS] = {
	{20000, 2000, false, false},
	{2000000, 300, false, false},
	{50000000, 5, true, false},
	{50000000, 5, true, true},
};

struct crew {
	struct tt_clock *clk;
	const struct kind *kind;
	pthread_barrier_t barrier;
	int64_t t_ns;	      /* of a crowd */
	int64_t wake_ns;      /* the same in CLOCK_MONOTONIC */
	double *overshoot_ns; /* samples, in any order */
	atomic_int count;
	atomic_int failed;
};

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

static int aim(struct crew *crew, int64_t *ret_t_ns, int64_t *ret_wake_ns)
{
	struct tt_interval now;
	int rc;

	rc = tt_now_strict(crew->clk, &now);
	if (rc < 0)
		return rc;
	*ret_wake_ns = monotonic_ns() + crew->kind->ahead_ns;
	*ret_t_ns = now.earliest_ns + crew->kind->ahead_ns;
	return 0;
}

static void sleep_until(int64_t wake_ns)
{
	const struct timespec ts = {wake_ns / SECOND_NS, wake_ns % SECOND_NS};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
	       EINTR)
		;
}

static int wait_once(struct crew *crew, int64_t t_ns, int64_t wake_ns)
{
	struct tt_interval now;
	int rc = 0;

	if (crew->kind->is_sleep)
		sleep_until(wake_ns);
	else
		rc = tt_wait_after(crew->clk, t_ns, WAIT_NS);
	if (rc == 0)
		rc = tt_now_strict(crew->clk, &now);
	if (rc == 0)
		crew->overshoot_ns[atomic_fetch_add(&crew->count, 1)] =
			(double)(now.earliest_ns - t_ns);
	return rc;
}

static void *wait_on(void *arg)
{
	struct crew *crew = arg;
	int rc;

	for (int i = 0; i < crew->kind->rounds; i++) {
		pthread_barrier_wait(&crew->barrier);
		rc = wait_once(crew, crew->t_ns, crew->wake_ns);
		if (rc < 0)
			atomic_store(&crew->failed, rc);
		pthread_barrier_wait(&crew->barrier);
	}
	return NULL;
}

/* The leader aims while the others stand at the barrier. */
static int lead(struct crew *crew)
{
	int rc = 0;

	for (int i = 0; i < crew->kind->rounds; i++) {
		if (rc == 0)
			rc = aim(crew, &crew->t_ns, &crew->wake_ns);
		pthread_barrier_wait(&crew->barrier);
		pthread_barrier_wait(&crew->barrier);
	}
	return rc < 0 ? rc : atomic_load(&crew->failed);
}

static int run_crowd(struct crew *crew, int threads)
{
	pthread_t *all = calloc((size_t)threads, sizeof(*all));
	pthread_attr_t attr;
	int rc;

	if (all == NULL)
		return -ENOMEM;
	pthread_barrier_init(&crew->barrier, NULL, (unsigned int)threads + 1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (int i = 0; i < threads; i++) {
		rc = pthread_create(&all[i], &attr, wait_on, crew);
		if (rc != 0) {
			fprintf(stderr, "tt-bench: only %d threads\n", i);
			exit(EXIT_FAILURE); /* they stand at the barrier */
		}
	}
	rc = lead(crew);
	for (int i = 0; i < threads; i++)
		pthread_join(all[i], NULL);
	pthread_attr_destroy(&attr);
	pthread_barrier_destroy(&crew->barrier);
	free(all);
	return rc;
}

static int run_one(struct crew *crew)
{
	int64_t t_ns, wake_ns;
	int rc = 0;

	for (int i = 0; i < crew->kind->rounds && rc == 0; i++) {
		rc = aim(crew, &t_ns, &wake_ns);
		if (rc == 0)
			rc = wait_once(crew, t_ns, wake_ns);
	}
	return rc;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int bucket(double ns)
{
	int i = 0;

	while (i < BENCH_WAIT_BUCKETS - 1 && ns > (double)limits_ns[i])
		i++;
	return i;
}

static void summarize(double *ns, int count, struct bench_wait_row *ret)
{
	qsort(ns, (size_t)count, sizeof(*ns), compare);
	ret->samples = count;
	ret->median_ns = ns[count / 2];
	ret->p90_ns = ns[count * 9 / 10];
	ret->p99_ns = ns[count * 99 / 100];
	ret->most_ns = ns[count - 1];
	for (int i = 0; i < count; i++)
		ret->buckets[bucket(ns[i])]++;
}

static int run(struct tt_clock *clk, const struct kind *kind, int threads,
	       struct bench_wait_row *ret)
{
	struct crew crew = {.clk = clk, .kind = kind};
	int rc;

	ret->threads = kind->is_crowd ? threads : 1;
	snprintf(ret->name, sizeof(ret->name), "%d thread%s, %g ms%s",
		 ret->threads, ret->threads == 1 ? "" : "s",
		 (double)kind->ahead_ns / 1e6,
		 kind->is_sleep ? ", nanosleep" : "");
	crew.overshoot_ns = calloc((size_t)ret->threads * (size_t)kind->rounds,
				   sizeof(*crew.overshoot_ns));
	if (crew.overshoot_ns == NULL)
		return -ENOMEM;
	rc = kind->is_crowd ? run_crowd(&crew, threads) : run_one(&crew);
	if (rc == 0)
		summarize(crew.overshoot_ns, atomic_load(&crew.count), ret);
	free(crew.overshoot_ns);
	return rc;
}

int bench_wait(struct tt_clock *clk, struct bench_wait *ret)
{
	int rc = 0;

	for (int i = 0; i < BENCH_WAIT_ROWS && rc == 0; i++)
		rc = run(clk, &kinds[i], ret->threads, &ret->rows[i]);
	return rc;
}

void bench_wait_print(const struct bench_wait *b)
{
	printf("%-30s %8s %8s %8s %8s %8s\n", "overshoot in us", "waits",
	       "median", "p90", "p99", "most");
	for (int i = 0; i < BENCH_WAIT_ROWS; i++) {
		const struct bench_wait_row *r = &b->rows[i];

		printf("%-30s %8d %8.1f %8.1f %8.1f %8.1f\n", r->name,
		       r->samples, r->median_ns / 1e3, r->p90_ns / 1e3,
		       r->p99_ns / 1e3, r->most_ns / 1e3);
	}
	printf("\n%-10s", "up to us");
	for (int i = 0; i < BENCH_WAIT_ROWS; i++)
		printf(" %*d", 10, i + 1);
	for (int j = 0; j < BENCH_WAIT_BUCKETS; j++) {
		if (j < BENCH_WAIT_BUCKETS - 1)
			printf("\n%-10g", (double)limits_ns[j] / 1e3);
		else
			printf("\n%-10s", "more");
		for (int i = 0; i < BENCH_WAIT_ROWS; i++)
			printf(" %10d", b->rows[i].buckets[j]);
	}
	putchar('\n');
}

static struct json_object *row_json(const struct bench_wait_row *r)
{
	struct json_object *ret = json_object_new_object();
	struct json_object *all = json_object_new_array();

	json_object_object_add(ret, "wait", json_object_new_string(r->name));
	json_object_object_add(ret, "threads", json_object_new_int(r->threads));
	json_object_object_add(ret, "waits", json_object_new_int(r->samples));
	json_object_object_add(ret, "median_ns",
			       json_object_new_double(r->median_ns));
	json_object_object_add(ret, "p90_ns",
			       json_object_new_double(r->p90_ns));
	json_object_object_add(ret, "p99_ns",
			       json_object_new_double(r->p99_ns));
	json_object_object_add(ret, "most_ns",
			       json_object_new_double(r->most_ns));
	for (int j = 0; j < BENCH_WAIT_BUCKETS; j++) {
		struct json_object *one = json_object_new_object();

		if (j < BENCH_WAIT_BUCKETS - 1)
			json_object_object_add(
				one, "up_to_ns",
				json_object_new_int64(limits_ns[j]));
		json_object_object_add(one, "count",
				       json_object_new_int(r->buckets[j]));
		json_object_array_add(all, one);
	}
	json_object_object_add(ret, "histogram", all);
	return ret;
}

struct json_object *bench_wait_json(const struct bench_wait *b)
{
	struct json_object *ret = json_object_new_array();

	for (int i = 0; i < BENCH_WAIT_ROWS; i++)
		json_object_array_add(ret, row_json(&b->rows[i]));
	return ret;
}
