/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stability of a series of phases x [ns], tau0 apart: overlapping Allan
 * deviation, time deviation and MTIE at n tau0 (ITU-T G.810 appendix II; NIST SP
 * 1065, 5.2.4 to 5.2.6). False where there are too few phases: 2n + 1, 3n + 1
 * and n + 1 of them are needed.
 */
#ifndef STABILITY_H
#define STABILITY_H

#include <stdbool.h>
#include <stddef.h>

/* Of y = dx / dt, in ppb. */
bool stability_adev(const double *x_ns, size_t count, size_t n, double tau0_s,
		    double *ret_ppb);
/* In ns. */
bool stability_tdev(const double *x_ns, size_t count, size_t n,
		    double *ret_ns);
bool stability_mtie(const double *x_ns, size_t count, size_t n,
		    double *ret_ns);

#endif
