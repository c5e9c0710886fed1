/* SPDX-License-Identifier: Apache-2.0 */
/* Robust weighted regression over recent samples. See estimate.h. */
#include "timed/estimate.h"

#include <math.h>
#include <string.h>

#define NS_PER_S 1e9

/* Huber's constant: 95 % efficiency on normal errors (P. Huber, 1964). */
#define HUBER 1.345
#define HUBER_ROUNDS 3

/* The scatter must come from so many points before it is worth a test. */
#define JUDGED_POINTS_MIN 24

void estimate_clear(struct estimate *e)
{
	memset(e, 0, sizeof(*e));
}

int64_t estimate_x_ns(const struct estimate *e, int64_t raw_ns)
{
	const double d_s = (double)(raw_ns - e->raw_ns) / NS_PER_S;

	return e->x_ns + (int64_t)llround(e->rate_ppb * d_s);
}

/* Weighted straight line through (t, x), t in s before the newest point. */
struct fit {
	double x, rate, scatter, x_sigma, rate_sigma;
};

static int64_t err_min(const struct estimate *e)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < e->count; i++)
		if (e->point[i].err_ns < least)
			least = e->point[i].err_ns;
	return least;
}

/* What a sample's width beyond the best one says of its scatter: queueing adds
 * to both alike. The floor keeps equal widths from weighing infinitely. */
static double base_weight(const struct estimate_point *p, double least_ns)
{
	const double spread = (double)p->err_ns - least_ns +
			      0.05 * least_ns + 1;

	return 1 / (spread * spread);
}

static void fit_once(const double *t, const double *x, const double *w,
		     int n, struct fit *ret)
{
	double sw = 0, swt = 0, swx = 0, stt = 0, stx = 0, swr = 0, tm, xm;

	for (int i = 0; i < n; i++) {
		sw += w[i];
		swt += w[i] * t[i];
		swx += w[i] * x[i];
	}
	tm = swt / sw;
	xm = swx / sw;
	for (int i = 0; i < n; i++) {
		stt += w[i] * (t[i] - tm) * (t[i] - tm);
		stx += w[i] * (t[i] - tm) * (x[i] - xm);
	}
	ret->rate = n >= 3 && stt > 0 ? stx / stt : 0;
	ret->x = xm - ret->rate * tm;
	for (int i = 0; i < n; i++) {
		const double r = x[i] - ret->x - ret->rate * t[i];

		swr += w[i] * r * r;
	}
	/* Scatter of a point of unit base weight. */
	ret->scatter = n > 2 ? fmax(sqrt(swr / (n - 2)), 1e-9) : 1;
	ret->x_sigma = ret->scatter *
		       sqrt(1 / sw + (stt > 0 ? tm * tm / stt : 0));
	ret->rate_sigma = stt > 0 ? ret->scatter / sqrt(stt) : HUGE_VAL;
}

static void refit(struct estimate *e)
{
	double t[ESTIMATE_POINTS_MAX], x[ESTIMATE_POINTS_MAX];
	double w[ESTIMATE_POINTS_MAX], base[ESTIMATE_POINTS_MAX];
	const struct estimate_point *last = &e->point[e->count - 1];
	const double least_ns = (double)err_min(e);
	struct fit f = {0, 0, 1, 0, 0};

	for (int i = 0; i < e->count; i++) {
		t[i] = (double)(e->point[i].raw_ns - last->raw_ns) / NS_PER_S;
		x[i] = (double)(e->point[i].x_ns - last->x_ns);
		base[i] = base_weight(&e->point[i], least_ns);
		w[i] = base[i];
	}
	for (int round = 0; round < HUBER_ROUNDS; round++) {
		fit_once(t, x, w, e->count, &f);
		for (int i = 0; i < e->count; i++) {
			const double r = fabs(x[i] - f.x - f.rate * t[i]) *
					 sqrt(base[i]);
			const double limit = HUBER * f.scatter;

			w[i] = r > limit ? base[i] * limit / r : base[i];
		}
	}
	e->raw_ns = last->raw_ns;
	e->x_ns = last->x_ns + (int64_t)llround(f.x);
	e->rate_ppb = f.rate;
	e->x_sigma_ns = f.x_sigma;
	e->rate_sigma_ppb = f.rate_sigma;
	e->scatter = f.scatter;
}

void estimate_add(struct estimate *e, const struct estimate_point *p)
{
	if (e->count == ESTIMATE_POINTS_MAX) {
		memmove(&e->point[0], &e->point[1],
			(ESTIMATE_POINTS_MAX - 1) * sizeof(e->point[0]));
		e->count--;
	}
	e->point[e->count++] = *p;
	refit(e);
}

bool estimate_recent_rate(const struct estimate *e, int n, double *ret_ppb,
			  double *ret_sigma_ppb, double *ret_span_s)
{
	double t[ESTIMATE_POINTS_MAX], x[ESTIMATE_POINTS_MAX];
	double w[ESTIMATE_POINTS_MAX];
	const double least_ns = (double)err_min(e);
	const struct estimate_point *first = &e->point[e->count - n];
	struct fit f;

	if (e->count < JUDGED_POINTS_MIN || n > e->count || n < 3)
		return false;
	for (int i = 0; i < n; i++) {
		t[i] = (double)(first[i].raw_ns - first[0].raw_ns) / NS_PER_S;
		x[i] = (double)(first[i].x_ns - first[0].x_ns);
		w[i] = base_weight(&first[i], least_ns);
	}
	fit_once(t, x, w, n, &f);
	*ret_ppb = f.rate;
	/* The scatter of all points: these few would judge themselves. */
	*ret_sigma_ppb = f.rate_sigma / f.scatter *
			 fmax(e->scatter, f.scatter);
	*ret_span_s = t[n - 1];
	return f.scatter > 0;
}
