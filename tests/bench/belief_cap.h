/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The belief compiled for several vertex caps beside each other. A polygon of
 * such a kind is bytes to everybody else.
 */
#ifndef BELIEF_CAP_H
#define BELIEF_CAP_H

#include <stddef.h>

#include "timed/axioms.h"

struct belief_constraint;

#define BELIEF_CAP_BYTES 8192 /* holds the largest of them */

struct belief_kind {
	int cap;
	size_t size;
	void (*start)(void *b, const struct axioms *ax,
		      const struct belief_constraint *c, double ppb_min,
		      double ppb_max);
	int (*update)(void *b, const struct axioms *ax,
		      const struct belief_constraint *c);
	void (*range)(const void *b, const struct axioms *ax, int64_t raw_ns,
		      int64_t *ret_lo_ns, int64_t *ret_hi_ns);
	int (*vertices)(const void *b);
};

extern const struct belief_kind belief_kind_8, belief_kind_12, belief_kind_16,
	belief_kind_24, belief_kind_32, belief_kind_256;

#endif
