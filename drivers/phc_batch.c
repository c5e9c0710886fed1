/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of cross-timestamps. See phc_batch.h. */
#include "drivers/phc_batch.h"

#include <errno.h>
#include <linux/ptp_clock.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

/* Times beyond these are no times: 2^62 ns, the year 2116. */
#define SECONDS_MAX INT64_C(4611686018)

/* Stamps of the system are whole nanoseconds, rounded down. */
#define READ_NS 1

/*
 * What PRECISE latches of the system is its always running timer: one tick of
 * it, rounded down. The slowest one in use is of 19.2 MHz.
 */
#define ART_TICK_NS 53

/* PRECISE takes a call for each: on some NICs a hundred microseconds. */
#define PRECISE_MAX 3

/*
 * Since Linux 6.12 the first reserved word of a request for EXTENDED names the
 * clock that is wanted; before, it must be 0, and the call is refused.
 */
_Static_assert(sizeof(clockid_t) == sizeof(unsigned int),
	       "it takes the place of one reserved word");

/* What the kernel fills in. */
union answer {
	struct ptp_sys_offset_precise precise;
	struct ptp_sys_offset_extended extended;
	struct ptp_sys_offset basic;
};

struct question {
	const struct phc_ops *ops;
	int fd;
	int samples;
	struct phc_batch *batch;
	union answer answer;
};

/* --- what the kernel answers ----------------------------------------------- */

static int ns_of(const struct ptp_clock_time *t, int64_t *ret)
{
	if (t->sec < -SECONDS_MAX || t->sec > SECONDS_MAX ||
	    t->nsec >= NS_PER_S)
		return -ERANGE;
	*ret = t->sec * NS_PER_S + t->nsec;
	return 0;
}

static int add_window(struct phc_batch *b, const struct ptp_clock_time *before,
		      const struct ptp_clock_time *phc,
		      const struct ptp_clock_time *after)
{
	struct phc_window *w = &b->window[b->count];

	if (ns_of(before, &w->ns_min) || ns_of(phc, &w->phc_ns) ||
	    ns_of(after, &w->ns_max))
		return -ERANGE;
	if (w->ns_max < w->ns_min)
		return 0; /* the system clock was set back meanwhile */
	w->ns_min -= READ_NS;
	w->ns_max += READ_NS;
	b->count++;
	return 0;
}

static int control(struct question *q, unsigned long request)
{
	return q->ops->control(q->ops->arg, q->fd, request, &q->answer);
}

static int read_precise(struct question *q)
{
	const struct ptp_sys_offset_precise *a = &q->answer.precise;
	const int n = q->samples < PRECISE_MAX ? q->samples : PRECISE_MAX;

	for (int i = 0; i < n; i++) {
		int err;

		memset(&q->answer, 0, sizeof(q->answer));
		err = control(q, PTP_SYS_OFFSET_PRECISE);
		if (!err)
			err = add_window(q->batch, &a->sys_monoraw, &a->device,
					 &a->sys_monoraw);
		if (err)
			return err;
		q->batch->window[q->batch->count - 1].ns_max += ART_TICK_NS;
	}
	return 0;
}

static int read_extended(struct question *q, clockid_t clock)
{
	struct ptp_sys_offset_extended *a = &q->answer.extended;
	int err;

	memset(&q->answer, 0, sizeof(q->answer));
	a->n_samples = (unsigned int)q->samples;
	/* by bytes: headers differ in what they call it */
	memcpy((char *)a + sizeof(a->n_samples), &clock, sizeof(clock));
	err = control(q, PTP_SYS_OFFSET_EXTENDED);
	for (int i = 0; !err && i < q->samples; i++)
		err = add_window(q->batch, &a->ts[i][0], &a->ts[i][1],
				 &a->ts[i][2]);
	return err;
}

static int read_basic(struct question *q)
{
	struct ptp_sys_offset *a = &q->answer.basic;
	int err;

	memset(&q->answer, 0, sizeof(q->answer));
	a->n_samples = (unsigned int)q->samples;
	err = control(q, PTP_SYS_OFFSET);
	for (int i = 0; !err && i < q->samples; i++)
		err = add_window(q->batch, &a->ts[2 * i], &a->ts[2 * i + 1],
				 &a->ts[2 * i + 2]);
	return err;
}

bool phc_batch_is_of_realtime(enum phc_mode mode)
{
	return mode == PHC_EXTENDED || mode == PHC_BASIC;
}

int phc_batch_ask(const struct phc_ops *ops, int fd, enum phc_mode mode,
		  int samples, struct phc_batch *ret)
{
	struct question q = {
		.ops = ops, .fd = fd, .samples = samples, .batch = ret};

	ret->count = 0;
	switch (mode) {
	case PHC_PRECISE:
		return read_precise(&q);
	case PHC_EXTENDED_RAW:
		return read_extended(&q, CLOCK_MONOTONIC_RAW);
	case PHC_EXTENDED:
		return read_extended(&q, CLOCK_REALTIME);
	case PHC_BASIC:
		return read_basic(&q);
	case PHC_AUTO:
		break;
	}
	return -EINVAL;
}

/* --- the intersection ------------------------------------------------------ */

/* How far phc - raw moves within d at a rate, rounded down. */
static int64_t moves_ns(double rate_ppb, int64_t d_ns_min, int64_t d_ns_max)
{
	const int64_t d_ns = rate_ppb < 0 ? d_ns_max : d_ns_min;

	return (int64_t)floor(rate_ppb * 1e-9 * (double)d_ns);
}

static bool is_narrow(const struct phc_window *w, int64_t window_ns_max)
{
	return window_ns_max == 0 || w->ns_max - w->ns_min <= window_ns_max;
}

static const struct phc_window *last_narrow(const struct phc_batch *b,
					    int64_t window_ns_max)
{
	for (int i = b->count - 1; i >= 0; i--) {
		if (is_narrow(&b->window[i], window_ns_max))
			return &b->window[i];
	}
	return NULL;
}

int phc_batch_intersect(const struct phc_batch *b,
			const struct phc_rates *rates, int64_t window_ns_max,
			int64_t stamp_ns, struct phc_reading *ret)
{
	const struct phc_window *last = last_narrow(b, window_ns_max);
	int64_t lo_ns = INT64_MIN, hi_ns = INT64_MAX;

	if (!last)
		return -EAGAIN;
	for (const struct phc_window *w = b->window; w <= last; w++) {
		const int64_t d_ns_min = last->ns_max - w->ns_max;
		const int64_t d_ns_max = last->ns_max - w->ns_min;
		int64_t lo, hi;

		if (!is_narrow(w, window_ns_max) || d_ns_min < 0)
			continue;
		lo = w->phc_ns - w->ns_max +
		     moves_ns(rates->slow_ppb, d_ns_min, d_ns_max);
		hi = w->phc_ns - w->ns_min -
		     moves_ns(-rates->fast_ppb, d_ns_min, d_ns_max);
		lo_ns = lo > lo_ns ? lo : lo_ns;
		hi_ns = hi < hi_ns ? hi : hi_ns;
	}
	/* the quantum and latch of any one of them, on each side */
	lo_ns -= stamp_ns;
	hi_ns += stamp_ns;
	if (lo_ns > hi_ns)
		return -EAGAIN;
	ret->lo_ns = lo_ns;
	ret->hi_ns = hi_ns;
	ret->stamp_ns = stamp_ns;
	ret->raw_ns = last->ns_max;
	ret->phc_ns = ret->raw_ns + lo_ns + (hi_ns - lo_ns) / 2;
	return 0;
}
