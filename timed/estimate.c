/* SPDX-License-Identifier: Apache-2.0 */
/* The best estimate from one source's samples. See estimate.h. */
#include "timed/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1e9

/* The scatter must come from so many points before it is worth a test. */
#define JUDGED_POINTS_MIN 24

/* A path's least width is remembered over hundreds of points: that of the few
 * at hand is larger by chance, and would make too much of the best of them. */
#define LEAST_CREEP 0.002

/* Random walk of the frequency, ppb per sqrt(s): from a good oven to a crystal
 * in a draught, half a decade apart. */
static const double walks_ppb[ESTIMATE_FILTERS] = {0.003, 0.03, 0.3,
						   1,     3,    30};

/* White frequency noise beside it, as a share of the walk over 10 s. */
#define WHITE_SHARE_S 10.0

/* What is believed of the rate before the first sample: quartz. */
#define RATE_SIGMA_PPB 20000.0

/* A filter's past foresight fades by this much with each point: about twenty
 * points count. */
#define SCORE_FADE 0.95

/* Innovations beyond so many sigmas are taken as if at that distance
 * (P. Huber, 1964): a wild point does not carry the estimate away. */
#define INNOVATION_SIGMAS 2.5

/* For judging, a scatter from thirty points is held up by the larger ones
 * before it: by chance alone it comes out at half of what it is. */
#define SCATTER_FADE 0.995

/* So many wild points in a row on one side are no chance: the source itself
 * has moved, and the estimate begins anew with them. */
#define ASTRAY_MAX 4

/* Before the samples have shown their scatter: their excess width is about
 * uniform (queueing in one direction). */
#define SCATTER_START  0.577
#define SCATTER_POINTS 5

/* Part of the least width that the best points' noise may be. */
#define SPREAD_FLOOR 0.03

/* For judging, the least width may be off by this part of what the widths
 * usually are beyond it. */
#define JUDGED_FLOOR 0.1

void estimate_clear(struct estimate *e)
{
	memset(e, 0, sizeof(*e));
}

void estimate_expect(struct estimate *e, double rate_ppb, double sigma_ppb)
{
	e->expected_ppb = rate_ppb;
	e->expected_sigma_ppb = sigma_ppb;
}

int64_t estimate_x_ns(const struct estimate *e, int64_t raw_ns)
{
	const double d_s = (double)(raw_ns - e->raw_ns) / NS_PER_S;

	return e->x_ns + (int64_t)llround(e->rate_ppb * d_s);
}

double estimate_sigma_ns(const struct estimate *e, int64_t raw_ns)
{
	const double d_s = (double)(raw_ns - e->raw_ns) / NS_PER_S;

	return hypot(e->x_sigma_ns, e->rate_sigma_ppb * d_s);
}

static void hold_least(struct estimate *e)
{
	double least = HUGE_VAL;

	for (int i = 0; i < e->count; i++)
		least = fmin(least, (double)e->point[i].err_ns);
	if (e->count == 1 || least < e->least_ns)
		e->least_ns = least;
	else
		e->least_ns += LEAST_CREEP * (least - e->least_ns);
}

/* What a sample's width beyond the best one says of its noise: queueing adds
 * to both alike. The floor keeps equal widths from weighing infinitely. */
static double spread_of(const struct estimate *e,
			const struct estimate_point *p)
{
	return (double)p->err_ns - e->least_ns + SPREAD_FLOOR * e->least_ns +
	       1;
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

/*
 * The noise of a point of unit weight: 1.4826 times the median of each point's
 * distance to its two neighbours' line, sigma for normal errors. Neither a wild
 * point nor a bend of the rate changes it.
 */
static double local_scatter(const struct estimate *e)
{
	const struct estimate_point *p = e->point;
	double off[ESTIMATE_POINTS_MAX];

	if (e->count < SCATTER_POINTS)
		return SCATTER_START;
	for (int i = 1; i + 1 < e->count; i++) {
		const double span = (double)(p[i + 1].raw_ns -
					     p[i - 1].raw_ns);
		const double a = (double)(p[i + 1].raw_ns - p[i].raw_ns) /
				 span;
		const double b = 1 - a;
		const double sigma = sqrt(
			pow(spread_of(e, &p[i]), 2) +
			pow(a * spread_of(e, &p[i - 1]), 2) +
			pow(b * spread_of(e, &p[i + 1]), 2));

		off[i - 1] = fabs((double)(p[i].x_ns - p[i - 1].x_ns) * a +
				  (double)(p[i].x_ns - p[i + 1].x_ns) * b) /
			     sigma;
	}
	return fmax(1.4826 * median(off, e->count - 2), 1e-9);
}

static void predict(struct estimate_filter *f, double walk_ppb, double d_s)
{
	const double q = walk_ppb * walk_ppb;

	f->x_ns += f->y_ppb * d_s;
	f->xx += 2 * d_s * f->xy + d_s * d_s * f->yy +
		 q * d_s * d_s * d_s / 3 + q * WHITE_SHARE_S * d_s;
	f->xy += d_s * f->yy + q * d_s * d_s / 2;
	f->yy += q * d_s;
}

static void correct(struct estimate_filter *f, double x_ns, double variance)
{
	const double off = x_ns - f->x_ns;
	double s = f->xx + variance;
	double gain_x, gain_y;

	f->score = SCORE_FADE * f->score - 0.5 * log(s) -
		   0.5 * fmin(off * off / s,
			      INNOVATION_SIGMAS * INNOVATION_SIGMAS);
	if (off * off > INNOVATION_SIGMAS * INNOVATION_SIGMAS * s)
		s = fabs(off) * sqrt(s) / INNOVATION_SIGMAS;
	gain_x = f->xx / s;
	gain_y = f->xy / s;
	f->x_ns += gain_x * off;
	f->y_ppb += gain_y * off;
	f->yy -= gain_y * f->xy;
	f->xy -= gain_x * f->xy;
	f->xx -= gain_x * f->xx;
}

static void begin(struct estimate *e, const struct estimate_point *p,
		  double variance)
{
	const bool is_expected = e->count == 1 && e->expected_sigma_ppb > 0;
	const double sigma_ppb = is_expected ? e->expected_sigma_ppb
					     : RATE_SIGMA_PPB;

	e->origin_ns = p->x_ns;
	for (int i = 0; i < ESTIMATE_FILTERS; i++)
		e->filter[i] = (struct estimate_filter){
			.y_ppb = is_expected ? e->expected_ppb : 0,
			.xx = variance,
			.yy = sigma_ppb * sigma_ppb};
}

/* The filters' mean, weighed by likelihood; their disagreement is part of its
 * error. */
static void mix(struct estimate *e)
{
	const struct estimate_filter *f = e->filter;
	double top = -HUGE_VAL, sum = 0, x = 0, y = 0, xx = 0, yy = 0;
	double w[ESTIMATE_FILTERS];

	for (int i = 0; i < ESTIMATE_FILTERS; i++)
		top = fmax(top, f[i].score);
	for (int i = 0; i < ESTIMATE_FILTERS; i++) {
		w[i] = exp(f[i].score - top);
		sum += w[i];
		x += w[i] * f[i].x_ns;
		y += w[i] * f[i].y_ppb;
	}
	x /= sum;
	y /= sum;
	for (int i = 0; i < ESTIMATE_FILTERS; i++) {
		xx += w[i] / sum *
		      (f[i].xx + (f[i].x_ns - x) * (f[i].x_ns - x));
		yy += w[i] / sum *
		      (f[i].yy + (f[i].y_ppb - y) * (f[i].y_ppb - y));
	}
	e->x_ns = e->origin_ns + (int64_t)llround(x);
	e->rate_ppb = y;
	e->x_sigma_ns = sqrt(xx);
	e->rate_sigma_ppb = sqrt(yy);
}

static void keep_point(struct estimate *e, const struct estimate_point *p)
{
	if (e->count == ESTIMATE_POINTS_MAX) {
		memmove(&e->point[0], &e->point[1],
			(ESTIMATE_POINTS_MAX - 1) * sizeof(e->point[0]));
		e->count--;
	}
	e->point[e->count++] = *p;
}

static double noise_ns(const struct estimate *e, const struct estimate_point *p)
{
	return e->scatter * spread_of(e, p);
}

static void filter_point(struct estimate *e, const struct estimate_point *p)
{
	const double d_s = (double)(p->raw_ns - e->raw_ns) / NS_PER_S;
	const double sigma_ns = noise_ns(e, p);

	for (int i = 0; i < ESTIMATE_FILTERS; i++) {
		predict(&e->filter[i], walks_ppb[i], d_s);
		correct(&e->filter[i], (double)(p->x_ns - e->origin_ns),
			sigma_ns * sigma_ns);
	}
	e->raw_ns = p->raw_ns;
	mix(e);
}

static void count_astray(struct estimate *e, const struct estimate_point *p)
{
	const double off = (double)(p->x_ns - estimate_x_ns(e, p->raw_ns));
	const double limit = INNOVATION_SIGMAS *
			     hypot(estimate_sigma_ns(e, p->raw_ns),
				   noise_ns(e, p));

	if (fabs(off) <= limit)
		e->astray = 0;
	else if (off > 0)
		e->astray = e->astray > 0 ? e->astray + 1 : 1;
	else
		e->astray = e->astray < 0 ? e->astray - 1 : -1;
}

/* The filters anew, from the newest points alone. */
static void begin_again(struct estimate *e, int points)
{
	const int from = e->count - points;

	e->astray = 0;
	e->raw_ns = e->point[from].raw_ns;
	begin(e, &e->point[from], pow(noise_ns(e, &e->point[from]), 2));
	for (int i = from + 1; i < e->count; i++)
		filter_point(e, &e->point[i]);
}

void estimate_add(struct estimate *e, const struct estimate_point *p)
{
	if (e->count > 0)
		count_astray(e, p);
	keep_point(e, p);
	hold_least(e);
	e->scatter = local_scatter(e);
	e->scatter_held = fmax(e->scatter, SCATTER_FADE * e->scatter_held);
	if (e->count == 1)
		begin_again(e, 1);
	else if (abs(e->astray) >= ASTRAY_MAX)
		begin_again(e, ASTRAY_MAX);
	else
		filter_point(e, p);
	if (e->count == 1)
		mix(e);
}

struct slope {
	double ppb, weight;
};

static int by_slope(const void *a, const void *b)
{
	const struct slope *p = a, *q = b;

	return (p->ppb > q->ppb) - (p->ppb < q->ppb);
}

/* The newest points, as judged: t and x from the first one, sigma of x. */
struct recent {
	int n;
	double t_s[ESTIMATE_POINTS_MAX], x_ns[ESTIMATE_POINTS_MAX];
	double sigma_ns[ESTIMATE_POINTS_MAX];
	double bias_ns[ESTIMATE_POINTS_MAX]; /* as large as its width allows */
};

static double usual_excess_ns(const struct estimate *e)
{
	double excess[ESTIMATE_POINTS_MAX];

	for (int i = 0; i < e->count; i++)
		excess[i] = (double)e->point[i].err_ns - e->least_ns;
	return median(excess, e->count);
}

/* A point's sigma: of the width beyond the least, never less than what
 * queueing makes of it; of the rest, what the scatter says. */
static void recent_points(const struct estimate *e, int n, struct recent *ret)
{
	const struct estimate_point *first = &e->point[e->count - n];
	const double queue_share = fmax(e->scatter_held, SCATTER_START);
	const double doubt_ns = JUDGED_FLOOR * usual_excess_ns(e);

	ret->n = n;
	for (int i = 0; i < n; i++) {
		const double excess_ns = (double)first[i].err_ns -
					 e->least_ns;

		ret->t_s[i] = (double)(first[i].raw_ns - first[0].raw_ns) /
			      NS_PER_S;
		ret->x_ns[i] = (double)(first[i].x_ns - first[0].x_ns);
		ret->bias_ns[i] = excess_ns + doubt_ns;
		ret->sigma_ns[i] =
			queue_share * (excess_ns + doubt_ns) +
			e->scatter_held * (spread_of(e, &first[i]) - excess_ns);
	}
}

/* The weighted median of the slopes from each point of the first half to its
 * like in the second (H. Theil's incomplete method, 1950): one wild point in
 * six does not move it. */
static double median_slope(const struct recent *r)
{
	struct slope s[ESTIMATE_POINTS_MAX / 2];
	const int half = r->n / 2, later = r->n - half;
	double sum = 0, seen = 0;

	for (int i = 0; i < half; i++) {
		const int j = i + later;
		const double d_s = r->t_s[j] - r->t_s[i];

		s[i].ppb = (r->x_ns[j] - r->x_ns[i]) / d_s;
		s[i].weight = d_s / (r->sigma_ns[i] * r->sigma_ns[j]);
		sum += s[i].weight;
	}
	qsort(s, (size_t)half, sizeof(s[0]), by_slope);
	for (int i = 0; i < half; i++) {
		seen += s[i].weight;
		if (seen >= sum / 2)
			return s[i].ppb;
	}
	return s[half - 1].ppb;
}

/* What remains at a slope, less its median. */
static void residuals(const struct recent *r, double slope_ppb,
		      double ret_ns[ESTIMATE_POINTS_MAX])
{
	double sorted[ESTIMATE_POINTS_MAX], middle;

	for (int i = 0; i < r->n; i++)
		sorted[i] = ret_ns[i] = r->x_ns[i] - slope_ppb * r->t_s[i];
	middle = median(sorted, r->n);
	for (int i = 0; i < r->n; i++)
		ret_ns[i] -= middle;
}

/* Weighted least squares about a slope that no wild point has moved; what lies
 * beyond INNOVATION_SIGMAS there weighs less. False: no slope follows. */
static bool fit_slope(const struct recent *r, double *ret_ppb,
		      double *ret_sigma_ppb, double *ret_bias_ppb)
{
	double off_ns[ESTIMATE_POINTS_MAX], weight[ESTIMATE_POINTS_MAX];
	double sw = 0, swt = 0, swx = 0, swtt = 0, swtx = 0, stt;

	residuals(r, median_slope(r), off_ns);
	for (int i = 0; i < r->n; i++) {
		const double far = fabs(off_ns[i]) / r->sigma_ns[i];
		const double w = fmin(1, INNOVATION_SIGMAS / far) /
				 (r->sigma_ns[i] * r->sigma_ns[i]);

		weight[i] = w;
		sw += w;
		swt += w * r->t_s[i];
		swx += w * r->x_ns[i];
		swtt += w * r->t_s[i] * r->t_s[i];
		swtx += w * r->t_s[i] * r->x_ns[i];
	}
	stt = swtt - swt * swt / sw;
	*ret_ppb = (swtx - swt * swx / sw) / stt;
	*ret_sigma_ppb = 1 / sqrt(stt);
	*ret_bias_ppb = 0;
	for (int i = 0; i < r->n; i++)
		*ret_bias_ppb += fabs(weight[i] * (r->t_s[i] - swt / sw)) *
				 r->bias_ns[i] / stt;
	return stt > 0;
}

bool estimate_recent_rate(const struct estimate *e, int n, double *ret_ppb,
			  double *ret_sigma_ppb, double *ret_bias_ppb,
			  double *ret_span_s)
{
	struct recent r;

	if (e->count < JUDGED_POINTS_MIN || n > e->count || n < 3)
		return false;
	recent_points(e, n, &r);
	*ret_span_s = r.t_s[n - 1];
	return fit_slope(&r, ret_ppb, ret_sigma_ppb, ret_bias_ppb);
}
