/* SPDX-License-Identifier: Apache-2.0 */
/* The two bounds that are sums of chronyd's figures. See rival.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "sim/rival.h"
#include "sim/rival_chronyd.h"

#define CHRONY_MAX_CLOCK_ERROR_PPB 1000.0 /* maxclockerror's default */
#define CLOCKBOUND_POLL_NS         SECOND_NS
#define CLOCKBOUND_VOID_NS         (1000 * SECOND_NS)
#define CLOCKBOUND_STALE_INTERVALS 8 /* then chronyd is free-running */

/* chronyc(1), tracking: |system time| + root dispersion + root delay / 2 */
static double published_bound_ns(const struct chronyd_tracking *t)
{
	return fabs(t->correction_ns) + t->root_dispersion_ns +
	       t->root_delay_ns / 2;
}

/* --- chrony ------------------------------------------------------------- */

struct rival_chrony {
	struct rival rival;
	struct chronyd chronyd;
};

static void chrony_measurement(struct rival *r, int feed,
			       const struct feed_measurement *m,
			       int64_t raw_ns)
{
	struct rival_chrony *c = (struct rival_chrony *)r;

	chronyd_measurement(&c->chronyd, feed, m, raw_ns);
}

static bool chrony_claim(struct rival *r, int64_t raw_ns,
			 struct rival_claim *ret)
{
	struct rival_chrony *c = (struct rival_chrony *)r;
	struct chronyd_tracking t;

	if (!chronyd_tracking(&c->chronyd, raw_ns, &t))
		return false;
	ret->unix_ns = t.unix_ns;
	ret->half_ns = published_bound_ns(&t);
	return true;
}

static void chrony_close(struct rival *r)
{
	free(r);
}

static const struct rival_ops rival_chrony = {
	"chrony", chrony_measurement, chrony_claim, chrony_close};

int rival_chrony_open(const struct scenario *sc, uint64_t seed,
		      struct rival **ret)
{
	struct rival_chrony *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->rival.ops = &rival_chrony;
	chronyd_init(&c->chronyd, sc, CHRONY_MAX_CLOCK_ERROR_PPB, seed);
	*ret = &c->rival;
	return 0;
}

/* --- ClockBound --------------------------------------------------------- */

struct rival_clockbound {
	struct rival rival;
	struct chronyd chronyd;
	const struct scenario *scenario;
	double drift_ppb;
	bool was_disrupted[FAULTS_MAX];
	int64_t polled_raw_ns;
	bool has_bound;
	double bound_ns;     /* of the last poll that found chronyd fresh ... */
	int64_t as_of_raw_ns; /* ... at this time */
};

static void clockbound_measurement(struct rival *r, int feed,
				   const struct feed_measurement *m,
				   int64_t raw_ns)
{
	struct rival_clockbound *c = (struct rival_clockbound *)r;

	chronyd_measurement(&c->chronyd, feed, m, raw_ns);
}

/* vmclock tells it of a disruption: it makes chronyd start anew, and gives no
 * answer until it has. */
static void heed_vmclock(struct rival_clockbound *c, int64_t raw_ns)
{
	for (int i = 0; i < c->scenario->fault_count; i++) {
		const struct fault *f = &c->scenario->fault[i];

		if (f->kind != FAULT_STOP_SEEN || c->was_disrupted[i] ||
		    (double)raw_ns / 1e9 < f->from_s)
			continue;
		c->was_disrupted[i] = true;
		chronyd_reset(&c->chronyd);
		c->has_bound = false;
	}
}

static void poll_chronyd(struct rival_clockbound *c, int64_t raw_ns)
{
	struct chronyd_tracking t;

	if (raw_ns - c->polled_raw_ns < CLOCKBOUND_POLL_NS)
		return;
	c->polled_raw_ns = raw_ns;
	if (!chronyd_tracking(&c->chronyd, raw_ns, &t) ||
	    t.since_update_s >
		    CLOCKBOUND_STALE_INTERVALS * t.update_interval_s)
		return;
	c->bound_ns = published_bound_ns(&t);
	c->as_of_raw_ns = raw_ns;
	c->has_bound = true;
}

static bool clockbound_claim(struct rival *r, int64_t raw_ns,
			     struct rival_claim *ret)
{
	struct rival_clockbound *c = (struct rival_clockbound *)r;
	struct chronyd_tracking t;

	heed_vmclock(c, raw_ns);
	poll_chronyd(c, raw_ns);
	if (!c->has_bound || raw_ns - c->as_of_raw_ns > CLOCKBOUND_VOID_NS ||
	    !chronyd_tracking(&c->chronyd, raw_ns, &t))
		return false;
	ret->unix_ns = t.unix_ns;
	ret->half_ns = c->bound_ns +
		       c->drift_ppb * (double)(raw_ns - c->as_of_raw_ns) / 1e9;
	return true;
}

static const struct rival_ops rival_clockbound = {
	"ClockBound", clockbound_measurement, clockbound_claim, chrony_close};

int rival_clockbound_open(const struct scenario *sc, uint64_t seed,
			  double drift_ppb, struct rival **ret)
{
	struct rival_clockbound *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->rival.ops = &rival_clockbound;
	c->scenario = sc;
	c->drift_ppb = drift_ppb;
	chronyd_init(&c->chronyd, sc, drift_ppb, seed);
	c->chronyd.knows_phc_error = true;
	*ret = &c->rival;
	return 0;
}
