/* SPDX-License-Identifier: Apache-2.0 */
/* Robust weighted regression over recent samples. See estimate.h. */
#include "timed/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1e9

/* Huber's constant: 95 % efficiency on normal errors (P. Huber, 1964). */
#define HUBER 1.345
#define HUBER_ROUNDS 3

/* The scatter must come from so many points before it is worth a test. */
#define JUDGED_POINTS_MIN 24
#define RECENT_POINTS_MAX 16

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

/* The median of n values, which are sorted in place. */
static double median(double *v, int n)
{
	for (int i = 1; i < n; i++) {
		const double x = v[i];
		int k = i;

		for (; k > 0 && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The scatter as a wild point cannot change it: 1.4826 times the median of
 * the absolute residuals, sigma for normal errors. */
static double robust_scatter(const double *t, const double *x,
			     const double *base, int n, const struct fit *f)
{
	double off[ESTIMATE_POINTS_MAX];

	for (int i = 0; i < n; i++)
		off[i] = fabs(x[i] - f->x - f->rate * t[i]) * sqrt(base[i]);
	return fmax(1.4826 * median(off, n), 1e-9);
}

/* The same from each point's distance to its two neighbours' line: neither a
 * wild point nor a bend of the rate changes it. */
static double local_scatter(const double *t, const double *x,
			    const double *base, int n)
{
	double off[ESTIMATE_POINTS_MAX];

	if (n < 3)
		return 1;
	for (int i = 1; i + 1 < n; i++) {
		const double a = (t[i + 1] - t[i]) / (t[i + 1] - t[i - 1]);
		const double b = 1 - a;
		const double sigma = sqrt(1 / base[i] + a * a / base[i - 1] +
					  b * b / base[i + 1]);

		off[i - 1] = fabs(x[i] - a * x[i - 1] - b * x[i + 1]) / sigma;
	}
	return fmax(1.4826 * median(off, n - 2), 1e-9);
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
	fit_once(t, x, w, e->count, &f);
	for (int round = 0; round < HUBER_ROUNDS; round++) {
		const double limit = HUBER * robust_scatter(t, x, base,
							    e->count, &f);

		for (int i = 0; i < e->count; i++) {
			const double r = fabs(x[i] - f.x - f.rate * t[i]) *
					 sqrt(base[i]);

			w[i] = r > limit ? base[i] * limit / r : base[i];
		}
		fit_once(t, x, w, e->count, &f);
	}
	e->raw_ns = last->raw_ns;
	e->x_ns = last->x_ns + (int64_t)llround(f.x);
	e->rate_ppb = f.rate;
	e->x_sigma_ns = f.x_sigma;
	e->rate_sigma_ppb = f.rate_sigma;
	e->scatter = local_scatter(t, x, base, e->count);
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

struct slope {
	double ppb, weight;
};

static int by_slope(const void *a, const void *b)
{
	const struct slope *p = a, *q = b;

	return (p->ppb > q->ppb) - (p->ppb < q->ppb);
}

/* The weighted median of the slopes between all pairs of n points (H. Theil,
 * 1950; P. Sen, 1968): one wild point in six does not move it. */
static double median_slope(const struct estimate_point *p, const double *w,
			   int n)
{
	struct slope s[RECENT_POINTS_MAX * (RECENT_POINTS_MAX - 1) / 2];
	double sum = 0, seen = 0;
	int k = 0;

	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++) {
			const double d_s = (double)(p[j].raw_ns -
						    p[i].raw_ns) /
					   NS_PER_S;

			s[k].ppb = (double)(p[j].x_ns - p[i].x_ns) / d_s;
			s[k].weight = sqrt(w[i] * w[j]) * d_s;
			sum += s[k++].weight;
		}
	qsort(s, (size_t)k, sizeof(s[0]), by_slope);
	for (int i = 0; i < k; i++) {
		seen += s[i].weight;
		if (seen >= sum / 2)
			return s[i].ppb;
	}
	return s[k - 1].ppb;
}

bool estimate_recent_rate(const struct estimate *e, int n, double *ret_ppb,
			  double *ret_sigma_ppb, double *ret_span_s)
{
	double w[RECENT_POINTS_MAX], sw = 0, swt = 0, stt = 0;
	const double least_ns = (double)err_min(e);
	const struct estimate_point *first;

	if (e->count < JUDGED_POINTS_MIN || n > e->count ||
	    n > RECENT_POINTS_MAX || n < 3)
		return false;
	first = &e->point[e->count - n];
	*ret_span_s = (double)(first[n - 1].raw_ns - first[0].raw_ns) /
		      NS_PER_S;
	for (int i = 0; i < n; i++) {
		const double t = (double)(first[i].raw_ns - first[0].raw_ns) /
				 NS_PER_S;

		w[i] = base_weight(&first[i], least_ns);
		sw += w[i];
		swt += w[i] * t;
		stt += w[i] * t * t;
	}
	stt -= swt * swt / sw;
	*ret_ppb = median_slope(first, w, n);
	/* The scatter of all points: these few would judge themselves. */
	*ret_sigma_ppb = e->scatter / sqrt(stt);
	return stt > 0;
}
