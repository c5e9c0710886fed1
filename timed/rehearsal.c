/* SPDX-License-Identifier: Apache-2.0 */
/* What a rehearsal of holdover has shown. See rehearsal.h. */
#include "timed/rehearsal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libtt/eval.h"

#define NS_PER_S 1e9

static int64_t half_of(const struct segment_slot *slot)
{
	return (slot->tai_hi_ns - slot->tai_lo_ns + 1) / 2;
}

void rehearsal_begin(struct rehearsal *r, int64_t raw_ns, int64_t for_ns,
		     const struct segment_slot *slot)
{
	*r = (struct rehearsal){.is_on = true,
				.is_known = true,
				.since_raw_ns = raw_ns,
				.until_raw_ns = raw_ns + for_ns,
				.half_ns_before = half_of(slot),
				.half_ns = half_of(slot)};
}

void rehearsal_end(struct rehearsal *r, int64_t raw_ns, const char *why)
{
	r->is_on = false;
	r->ended_raw_ns = raw_ns;
	snprintf(r->why, sizeof(r->why), "%s", why);
}

void rehearsal_published(struct rehearsal *r, const struct segment_slot *slot)
{
	if (r->is_on)
		r->half_ns = half_of(slot);
}

/* NULL: there is no room for another. */
static struct rehearsal_source *entry_of(struct rehearsal *r, const char *name)
{
	struct rehearsal_source *s = r->source;

	for (int i = 0; i < r->source_count; i++, s++)
		if (!strcmp(s->name, name))
			return s;
	if (r->source_count == REHEARSAL_SOURCES_MAX)
		return NULL;
	r->source_count++;
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

static int64_t side_ns(const int64_t term_ns[TERM_COUNT])
{
	int64_t sum_ns = 1;

	for (int t = 0; t < TERM_COUNT; t++)
		sum_ns += term_ns[t];
	return sum_ns;
}

static bool says_lo(const struct sample *m)
{
	return m->lo_ns[TERM_DELAY] != SAMPLE_NO_BOUND;
}

static bool says_hi(const struct sample *m)
{
	return m->hi_ns[TERM_DELAY] != SAMPLE_NO_BOUND;
}

/* Only where it can be nothing else: the rounding is in favour of inside. */
static bool is_outside(const struct sample *m, const struct segment_slot *slot,
		       double drift_ppb)
{
	const int64_t age_ns = m->age_ns_oldest > m->age_ns_max
				       ? m->age_ns_oldest
				       : m->age_ns_max;
	const double ruler_ppb =
		fmax(fabs(m->ruler_ppb_min), fabs(m->ruler_ppb_max));
	const int64_t slack_ns =
		(int64_t)ceil((drift_ppb + ruler_ppb) * (double)age_ns /
			      NS_PER_S) + 2;
	int64_t lo_ns, hi_ns;

	if (eval_tai(slot, m->raw_ns, &lo_ns, &hi_ns) != 0)
		return false;
	lo_ns -= m->raw_ns;
	hi_ns -= m->raw_ns;
	return (says_lo(m) &&
		m->mid_ns - side_ns(m->lo_ns) > hi_ns + slack_ns) ||
	       (says_hi(m) && m->mid_ns + side_ns(m->hi_ns) < lo_ns - slack_ns);
}

/* Of a leg nothing is in the middle, but what its driver holds likely. */
static bool has_middle(const struct sample *m)
{
	return (says_lo(m) && says_hi(m)) || m->likely_ns > 0;
}

/* The sample at its event, less the best line there. */
static int64_t offset_of(const struct sample *m,
			 const struct segment_slot *slot)
{
	const int64_t age_ns = m->age_ns_min +
			       (m->age_ns_max - m->age_ns_min) / 2;
	const double ruler_ppb = (m->ruler_ppb_min + m->ruler_ppb_max) / 2;
	const int64_t event_ns = m->raw_ns - age_ns;
	const int64_t d_ns = event_ns - slot->anchor_raw_ns;
	const int64_t best_ns =
		slot->best_tai_ns - slot->anchor_raw_ns +
		(int64_t)(((__int128)slot->best_slope * d_ns) >>
			  SEGMENT_RATE_SHIFT);

	return m->mid_ns -
	       (int64_t)llround(ruler_ppb * (double)age_ns / NS_PER_S) -
	       best_ns;
}

static void note_offset(struct rehearsal_source *s, int64_t offset_ns)
{
	s->offset_ns = offset_ns;
	if (!s->has_offset || llabs(offset_ns) > llabs(s->offset_ns_most))
		s->offset_ns_most = offset_ns;
	s->has_offset = true;
}

void rehearsal_sample(struct rehearsal *r, const char *name,
		      const struct sample *m, const struct segment_slot *slot,
		      double drift_ppb)
{
	struct rehearsal_source *s = entry_of(r, name);

	if (!s || m->repeat)
		return;
	s->samples++;
	s->outside += is_outside(m, slot, drift_ppb);
	if (has_middle(m))
		note_offset(s, offset_of(m, slot));
}

void rehearsal_sum(const struct rehearsal *r, struct rehearsal_source *ret)
{
	*ret = (struct rehearsal_source){.samples = 0};
	for (int i = 0; i < r->source_count; i++) {
		const struct rehearsal_source *s = &r->source[i];

		ret->samples += s->samples;
		ret->outside += s->outside;
		if (s->has_offset)
			note_offset(ret, s->offset_ns_most);
	}
}
