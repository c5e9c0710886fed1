/* SPDX-License-Identifier: Apache-2.0 */
/* Stability of a series of phases. See stability.h. */
#include "tools/stability.h"

#include <math.h>

bool stability_adev(const double *x_ns, size_t count, size_t n, double tau0_s,
		    double *ret_ppb)
{
	double sum = 0;
	const double tau_s = (double)n * tau0_s;

	if (n == 0 || count < 2 * n + 1)
		return false;
	for (size_t i = 0; i + 2 * n < count; i++) {
		const double d = x_ns[i + 2 * n] - 2 * x_ns[i + n] + x_ns[i];

		sum += d * d;
	}
	*ret_ppb = sqrt(sum / (2 * (double)(count - 2 * n))) / tau_s;
	return true;
}

/* The inner sum moves on by one phase at each of its three places. */
bool stability_tdev(const double *x_ns, size_t count, size_t n, double *ret_ns)
{
	double inner = 0, sum = 0;

	if (n == 0 || count < 3 * n + 1)
		return false;
	for (size_t i = 0; i < n; i++)
		inner += x_ns[i + 2 * n] - 2 * x_ns[i + n] + x_ns[i];
	for (size_t j = 0; j + 3 * n <= count; j++) {
		sum += inner * inner;
		if (j + 3 * n < count)
			inner += x_ns[j + 3 * n] - 3 * x_ns[j + 2 * n] +
				 3 * x_ns[j + n] - x_ns[j];
	}
	*ret_ns = sqrt(sum / (6 * (double)(count - 3 * n + 1))) / (double)n;
	return true;
}

bool stability_mtie(const double *x_ns, size_t count, size_t n, double *ret_ns)
{
	double most = 0;

	if (n == 0 || count < n + 1)
		return false;
	for (size_t i = 0; i + n < count; i++) {
		double lo = x_ns[i], hi = x_ns[i];

		for (size_t j = i + 1; j <= i + n; j++) {
			lo = fmin(lo, x_ns[j]);
			hi = fmax(hi, x_ns[j]);
		}
		most = fmax(most, hi - lo);
	}
	*ret_ns = most;
	return true;
}
