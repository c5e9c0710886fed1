/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many waits, one timer: a heap by time, and a timerfd that is set for the
 * least. The timer is a guess, as sleeps in wait.c are; a strict reading says.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "libtt/clock.h"
#include "tt/waitset.h"

#define SECOND_NS INT64_C(1000000000)

/* As in wait.c: the bound may narrow or change meanwhile. */
#define SLEEP_NS_MAX INT64_C(100000000)

/* How often to look for a bound where there is none. */
#define POLL_NS INT64_C(10000000)

/* And at a clock set by hand, which cannot wake a timer. */
#define MANUAL_NS INT64_C(1000000)

#define ROOM_FIRST 64

struct tt_waitset {
	struct tt_clock *clk;
	int fd;
	pthread_mutex_t lock;	       /* of all that follows */
	struct tt_waitset_entry *heap; /* [0] is the least */
	size_t count;
	size_t room;
};

/* What is called under the lock may open files. */
static int enter(struct tt_waitset *set)
{
	const int held = cancel_hold();

	pthread_mutex_lock(&set->lock);
	return held;
}

static void leave(struct tt_waitset *set, int held)
{
	pthread_mutex_unlock(&set->lock);
	cancel_release(held);
}

/* Relative, so that no other clock comes in; 0 would disarm it. */
static void arm(struct tt_waitset *set, int64_t ns)
{
	struct itimerspec spec = {{0, 0}, {0, 0}};

	if (ns < 1)
		ns = 1;
	spec.it_value.tv_sec = ns / SECOND_NS;
	spec.it_value.tv_nsec = ns % SECOND_NS;
	(void)timerfd_settime(set->fd, 0, &spec, NULL);
}

static void disarm(struct tt_waitset *set)
{
	const struct itimerspec never = {{0, 0}, {0, 0}};

	(void)timerfd_settime(set->fd, 0, &never, NULL);
}

/* For the least. Setting it makes the descriptor unreadable until then. */
static void arm_for_least(struct tt_waitset *set)
{
	int64_t ns;

	if (set->count == 0) {
		disarm(set);
		return;
	}
	if (tt_wait_hint(set->clk, set->heap[0].t_ns, &ns) < 0)
		ns = POLL_NS;
	if (ns > SLEEP_NS_MAX)
		ns = SLEEP_NS_MAX;
	if (set->clk->counter == SEGMENT_COUNTER_NONE && ns > MANUAL_NS)
		ns = MANUAL_NS;
	arm(set, ns);
}

static void exchange(struct tt_waitset_entry *a, struct tt_waitset_entry *b)
{
	const struct tt_waitset_entry kept = *a;

	*a = *b;
	*b = kept;
}

static void rise(struct tt_waitset_entry *heap, size_t i)
{
	while (i > 0 && heap[i].t_ns < heap[(i - 1) / 2].t_ns) {
		exchange(&heap[i], &heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static void sink(struct tt_waitset_entry *heap, size_t count, size_t i)
{
	size_t child;

	while ((child = 2 * i + 1) < count) {
		if (child + 1 < count &&
		    heap[child + 1].t_ns < heap[child].t_ns)
			child++;
		if (heap[i].t_ns <= heap[child].t_ns)
			return;
		exchange(&heap[i], &heap[child]);
		i = child;
	}
}

static void take(struct tt_waitset *set, size_t i)
{
	set->count--;
	if (i == set->count)
		return;
	set->heap[i] = set->heap[set->count];
	sink(set->heap, set->count, i);
	rise(set->heap, i);
}

static int make_room(struct tt_waitset *set)
{
	const size_t room = set->room == 0 ? ROOM_FIRST : 2 * set->room;
	struct tt_waitset_entry *heap;

	if (set->count < set->room)
		return 0;
	heap = realloc(set->heap, room * sizeof(*heap));
	if (heap == NULL)
		return -ENOMEM;
	set->heap = heap;
	set->room = room;
	return 0;
}

int tt_waitset_add(struct tt_waitset *set, int64_t t_ns, void *data)
{
	int rc, held;

	if (set == NULL)
		return -EINVAL;
	if (t_ns == INT64_MAX)
		return -ERANGE;
	held = enter(set);
	rc = make_room(set);
	if (rc == 0) {
		set->heap[set->count] = (struct tt_waitset_entry){t_ns, data};
		rise(set->heap, set->count);
		set->count++;
		if (set->count == 1 || t_ns <= set->heap[0].t_ns)
			arm_for_least(set);
	}
	leave(set, held);
	return rc;
}

int tt_waitset_remove(struct tt_waitset *set, int64_t t_ns, const void *data)
{
	int rc = -ENOENT, held;

	if (set == NULL)
		return -EINVAL;
	held = enter(set);
	for (size_t i = 0; i < set->count && rc < 0; i++) {
		if (set->heap[i].t_ns != t_ns || set->heap[i].data != data)
			continue;
		take(set, i);
		if (i == 0)
			arm_for_least(set);
		rc = 0;
	}
	leave(set, held);
	return rc;
}

static int take_past(struct tt_waitset *set, struct tt_waitset_entry *ret)
{
	struct tt_interval now;
	int rc;

	if (set->count == 0) {
		disarm(set);
		return -EAGAIN;
	}
	rc = tt_now_strict(set->clk, &now);
	if (rc < 0) {
		arm(set, POLL_NS);
		return rc;
	}
	if (set->heap[0].t_ns >= now.earliest_ns) {
		arm_for_least(set);
		return -EAGAIN;
	}
	*ret = set->heap[0];
	take(set, 0);
	return 0;
}

int tt_waitset_next(struct tt_waitset *set, struct tt_waitset_entry *ret)
{
	int rc, held;

	if (set == NULL || ret == NULL)
		return -EINVAL;
	held = enter(set);
	rc = take_past(set, ret);
	leave(set, held);
	return rc;
}

int tt_waitset_fd(const struct tt_waitset *set)
{
	return set == NULL ? -EINVAL : set->fd;
}

int tt_waitset_open(struct tt_clock *clk, struct tt_waitset **ret)
{
	const int errno_saved = errno;
	struct tt_waitset *set;
	int rc = 0;

	if (clk == NULL || ret == NULL)
		return -EINVAL;
	set = calloc(1, sizeof(*set));
	if (set == NULL)
		return -ENOMEM;
	set->clk = clk;
	set->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (set->fd < 0) {
		rc = -errno;
		free(set);
	} else {
		pthread_mutex_init(&set->lock, NULL);
		*ret = set;
	}
	errno = errno_saved;
	return rc;
}

void tt_waitset_close(struct tt_waitset *set)
{
	if (set == NULL)
		return;
	close(set->fd);
	pthread_mutex_destroy(&set->lock);
	free(set->heap);
	free(set);
}
