/* SPDX-License-Identifier: Apache-2.0 */
/* timed/belief.c once more, with CAP vertices. See belief_cap.h. */
#define BELIEF_VERTICES_MAX CAP
#define BELIEF_VERTICES_CAP (CAP + 24)

#define PASTE(a, b)  a##_##b
#define NAME(a, b)   PASTE(a, b)
#define belief_clear   NAME(belief_clear, CAP)
#define belief_start   NAME(belief_start, CAP)
#define belief_advance NAME(belief_advance, CAP)
#define belief_update  NAME(belief_update, CAP)
#define belief_reopen  NAME(belief_reopen, CAP)
#define belief_range   NAME(belief_range, CAP)
#define belief_rate    NAME(belief_rate, CAP)

#include "timed/belief.c"

#include "tests/bench/belief_cap.h"

_Static_assert(sizeof(struct belief) <= BELIEF_CAP_BYTES, "room");

static void start(void *b, const struct axioms *ax,
		  const struct belief_constraint *c, double ppb_min,
		  double ppb_max)
{
	belief_start(b, ax, c, ppb_min, ppb_max);
}

static int update(void *b, const struct axioms *ax,
		  const struct belief_constraint *c)
{
	return belief_update(b, ax, c);
}

static void range(const void *b, const struct axioms *ax, int64_t raw_ns,
		  int64_t *ret_lo_ns, int64_t *ret_hi_ns)
{
	belief_range(b, ax, raw_ns, ret_lo_ns, ret_hi_ns);
}

static int vertices(const void *b)
{
	return ((const struct belief *)b)->count;
}

const struct belief_kind NAME(belief_kind, CAP) = {
	.cap = CAP,
	.size = sizeof(struct belief),
	.start = start,
	.update = update,
	.range = range,
	.vertices = vertices};
