/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a node's CLOCK_REALTIME was steered by more than an axiom allows while
 * it was measured: read beside CLOCK_MONOTONIC_RAW, which nobody steers, at every
 * pair of probes. What it shows is broken for certain; slews between two readings
 * that are over before the second are not seen.
 */
#ifndef PRECISION_AUDIT_H
#define PRECISION_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

/* A raw counter that is corrected may be off by axiom A1. */
#define PRECISION_AUDIT_A1_PPB 50000

/* CLOCK_REALTIME - CLOCK_MONOTONIC_RAW, modulo 2^32 ns, to half a width. */
struct precision_phase {
	uint32_t phase_ns, width_ns;
};

/* A width of this is no reading. */
#define PRECISION_NO_PHASE UINT32_MAX

/* The best of a few tries. */
struct precision_phase precision_phase_read(void);

struct precision_audit {
	bool has_first, is_steered;
	struct precision_phase first, last;
	int64_t first_ns, last_ns; /* the earliest that they were read */
	int64_t since_first_ns;	   /* what the phase has moved */
};

/* A new stretch, from the last reading on. A struct of zeros is at its begin. */
void precision_audit_restart(struct precision_audit *a);

/* A reading that was taken between the two monotonic times. */
void precision_audit_take(struct precision_audit *a,
			  const struct precision_phase *p, int64_t from_ns,
			  int64_t to_ns, int64_t rate_ppb_max);

#endif
