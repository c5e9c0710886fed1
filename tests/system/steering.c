/* SPDX-License-Identifier: Apache-2.0 */
/* Is CLOCK_REALTIME fit to be the truth? See steering.h. */
#include "steering.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_S   INT64_C(1000000000)
#define PAIR_TRIES 9

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts))
		abort();
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void steering_take(struct steering *s)
{
	int64_t best_ns = INT64_MAX;

	if (s->count == STEERING_POINTS)
		return;
	for (int i = 0; i < PAIR_TRIES; i++) {
		int64_t a_ns = clock_ns(CLOCK_MONOTONIC_RAW);
		int64_t real_ns = clock_ns(CLOCK_REALTIME);
		int64_t b_ns = clock_ns(CLOCK_MONOTONIC_RAW);

		if (b_ns - a_ns >= best_ns)
			continue;
		best_ns = b_ns - a_ns;
		s->raw_ns[s->count] = a_ns + best_ns / 2;
		s->x_ns[s->count] = real_ns - s->raw_ns[s->count];
		s->err_ns[s->count] = best_ns / 2 + 1;
	}
	s->count++;
}

/* Mean rate of window i (from point i to i + 1) and its error, ppb. */
static double window_rate(const struct steering *s, int i, double *ret_err)
{
	double d = (double)(s->raw_ns[i + 1] - s->raw_ns[i]) / 1e9;

	*ret_err = (double)(s->err_ns[i] + s->err_ns[i + 1]) / d;
	return (double)(s->x_ns[i + 1] - s->x_ns[i]) / d;
}

/* A slow part that changes by at most W per second and a fast part within +-J:
 * two windows' mean rates differ by at most W times the time between their
 * centres, plus 2 J. */
void steering_judge(struct steering *s)
{
	s->excess_ppb = -INFINITY;
	for (int i = 0; i + 1 < s->count; i++) {
		double err_i, rate_i = window_rate(s, i, &err_i);

		s->rate_ppb_max = fmax(s->rate_ppb_max, fabs(rate_i) - err_i);
		for (int j = 0; j < i; j++) {
			double err_j, rate_j = window_rate(s, j, &err_j);
			double d = (double)(s->raw_ns[i + 1] + s->raw_ns[i] -
					    s->raw_ns[j + 1] - s->raw_ns[j]) /
				   2e9;
			double may = s->wander_ppb_s * d + 2 * s->jitter_ppb +
				     err_i + err_j;

			s->excess_ppb = fmax(s->excess_ppb,
					     fabs(rate_i - rate_j) - may);
		}
	}
	s->excess_ppb = fmax(s->excess_ppb, s->rate_ppb_max - s->drift_ppb);
}

void steering_pretend_step(struct steering *s, int64_t step_ns)
{
	for (int i = s->count / 2; i < s->count; i++)
		s->x_ns[i] += step_ns;
}
