/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The assumptions a bound rests on, as numbers (docs/design.md, "The axioms").
 * A1: the raw counter's rate is within +-drift of nominal.
 * A2: that rate is a slow part, which changes by at most `wander` per second,
 *     plus a fast part of at most `jitter`; and, where declared, it is in all
 *     never more than `swing` away from where it was at the last good sample.
 * A3: at most `liars` of a class's groups hold a belief built from any false
 *     sample; beliefs are rebuilt every `memory`.
 */
#ifndef AXIOMS_H
#define AXIOMS_H

#include <stdint.h>

struct axioms {
	double drift_ppb;
	double wander_ppb_s;
	double jitter_ppb;
	double swing_ppb;  /* < 0: not declared */
	int64_t memory_ns;
	int liars;         /* -1: floor((n - 1) / 2) */
};

#endif
