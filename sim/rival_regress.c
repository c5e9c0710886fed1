/* SPDX-License-Identifier: Apache-2.0 */
/* A weighted line and a runs test. See rival_regress.h. */
#include "sim/rival_regress.h"

#include <assert.h>
#include <math.h>

/* P(T > t) = 0.0005, by numerical integration of the density. */
static const double t_quantile[] = {
	636.62, 31.6, 12.92, 8.61, 6.87, 5.96, 5.41, 5.04, 4.78, 4.59,
	4.44, 4.32, 4.22, 4.14, 4.07, 4.01, 3.97, 3.92, 3.88, 3.85,
	3.82, 3.79, 3.77, 3.75, 3.73, 3.71, 3.69, 3.67, 3.66, 3.65,
	3.63, 3.62, 3.61, 3.6, 3.59, 3.58, 3.57, 3.57, 3.56, 3.55,
	3.54, 3.54, 3.53, 3.53, 3.52, 3.51, 3.51, 3.51, 3.5, 3.5,
	3.49, 3.49, 3.48, 3.48, 3.48, 3.47, 3.47, 3.47, 3.46, 3.46,
	3.46, 3.45,
};

double regress_t(int degrees)
{
	const int known = (int)(sizeof(t_quantile) / sizeof(t_quantile[0]));

	assert(degrees > 0);
	return t_quantile[(degrees < known ? degrees : known) - 1];
}

/*
 * With random signs each residual after the first begins a new run with
 * probability 1/2: runs - 1 is binomial over n - 1.
 */
int regress_runs_critical(int n)
{
	double term = pow(0.5, n - 1);
	double sum = 0;
	int runs = 0;

	while (runs < n && sum + term < 0.05) {
		sum += term;
		runs++;
		term *= (double)(n - runs) / runs;
	}
	return runs;
}

static int count_runs(const double *t_s, const double *y_ns, int count,
		      const struct regress_line *l)
{
	bool was_above = false;
	int runs = 0;

	for (int i = 0; i < count; i++) {
		const bool is_above =
			y_ns[i] > l->offset_ns + l->rate_ppb * t_s[i];

		runs += i == 0 || is_above != was_above;
		was_above = is_above;
	}
	return runs;
}

/* Sums of a fit over samples first .. count - 1. */
static void fit(const double *t_s, const double *y_ns, const double *weight,
		int count, int first, struct regress_line *ret)
{
	const int n = count - first;
	double sw = 0, st = 0, sy = 0, stt = 0, sty = 0, ss = 0;
	double t_mean_s, y_mean_ns;

	for (int i = first; i < count; i++) {
		sw += 1 / weight[i];
		st += t_s[i] / weight[i];
		sy += y_ns[i] / weight[i];
	}
	t_mean_s = st / sw;
	y_mean_ns = sy / sw;
	for (int i = first; i < count; i++) {
		const double d_s = t_s[i] - t_mean_s;

		stt += d_s * d_s / weight[i];
		sty += d_s * (y_ns[i] - y_mean_ns) / weight[i];
	}
	ret->rate_ppb = sty / stt;
	ret->offset_ns = y_mean_ns - ret->rate_ppb * t_mean_s;
	for (int i = first; i < count; i++) {
		const double off_ns =
			y_ns[i] - ret->offset_ns - ret->rate_ppb * t_s[i];

		ss += off_ns * off_ns / weight[i];
	}
	ss /= n > 2 ? n - 2 : 1;
	ret->rate_sd_ppb = sqrt(ss / stt);
	ret->offset_sd_ns =
		sqrt(ss / sw + t_mean_s * t_mean_s * ss / stt);
	ret->sd_ns = sqrt(ss * n / sw);
	ret->first = first;
	ret->used = n;
}

/* The residuals of the samples used, and of as many older ones, if there are. */
static bool looks_random(const double *t_s, const double *y_ns, int count,
			 const struct regress_line *l)
{
	const int from = count - 2 * l->used > 0 ? count - 2 * l->used : 0;
	static signed char critical[REGRESS_SAMPLES_ALL + 1];
	const int n = count - from;

	assert(n <= REGRESS_SAMPLES_ALL);
	if (critical[n] == 0)
		critical[n] = (signed char)(regress_runs_critical(n) + 1);
	return count_runs(t_s + from, y_ns + from, n, l) > critical[n] - 1;
}

bool regress_fit(const double *t_s, const double *y_ns, const double *weight,
		 int count, int start, int keep, struct regress_line *ret)
{
	if (count - start < REGRESS_SAMPLES_MIN)
		return false;
	for (int first = start;; first++) {
		fit(t_s, y_ns, weight, count, first, ret);
		if (ret->used <= keep || ret->used <= REGRESS_SAMPLES_MIN ||
		    looks_random(t_s, y_ns, count, ret))
			return true;
	}
}
