/* SPDX-License-Identifier: Apache-2.0 */
/* The drift axiom, audited. See precision_audit.h. */
#include "tools/skew/precision_audit.h"

#include <stdlib.h>
#include <time.h>

#define TRIES	  3
#define SECOND_NS INT64_C(1000000000)

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

struct precision_phase precision_phase_read(void)
{
	struct precision_phase best = {0, PRECISION_NO_PHASE};

	for (int i = 0; i < TRIES; i++) {
		const int64_t before_ns = clock_ns(CLOCK_MONOTONIC_RAW),
			      real_ns = clock_ns(CLOCK_REALTIME),
			      width_ns =
				      clock_ns(CLOCK_MONOTONIC_RAW) - before_ns;

		if (width_ns < best.width_ns)
			best = (struct precision_phase){
				(uint32_t)(real_ns - before_ns - width_ns / 2),
				(uint32_t)width_ns};
	}
	return best;
}

void precision_audit_restart(struct precision_audit *a)
{
	a->first = a->last;
	a->first_ns = a->last_ns;
	a->since_first_ns = 0;
	a->is_steered = false;
}

/* Is that more than may be? Half of each width, and the clocks' resolution. */
static bool is_beyond(int64_t moved_ns, int64_t elapsed_ns,
		      const struct precision_phase *p,
		      const struct precision_phase *q, int64_t rate_ppb_max)
{
	const double rate = (double)(rate_ppb_max + PRECISION_AUDIT_A1_PPB);
	const double may_ns = (double)elapsed_ns * rate * 1e-9 +
			      ((double)p->width_ns + q->width_ns) / 2 + 4;

	return (double)llabs(moved_ns) > may_ns;
}

void precision_audit_take(struct precision_audit *a,
			  const struct precision_phase *p, int64_t from_ns,
			  int64_t to_ns, int64_t rate_ppb_max)
{
	int32_t moved_ns;

	if (p->width_ns == PRECISION_NO_PHASE)
		return;
	if (!a->has_first) {
		*a = (struct precision_audit){.has_first = true,
					      .first = *p,
					      .last = *p,
					      .first_ns = from_ns,
					      .last_ns = from_ns};
		return;
	}
	moved_ns = (int32_t)(p->phase_ns - a->last.phase_ns);
	a->since_first_ns += moved_ns;
	a->is_steered |= is_beyond(moved_ns, to_ns - a->last_ns, p, &a->last,
				   rate_ppb_max) ||
			 is_beyond(a->since_first_ns, to_ns - a->first_ns, p,
				   &a->first, rate_ppb_max);
	a->last = *p;
	a->last_ns = from_ns;
}
