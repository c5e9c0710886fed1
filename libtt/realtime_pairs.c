/* SPDX-License-Identifier: Apache-2.0 */
/* See realtime_pairs.h. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "libtt/realtime_pairs.h"

/* Both are the same sum of the kernel's, each rounded down to 1 ns. */
#define ROUNDING_NS 2

static const int64_t apart_ns[REALTIME_SERIES] = {REALTIME_DENSE_NS,
						  REALTIME_SPARSE_NS};

void realtime_pairs_forget(struct realtime_pairs *r)
{
	memset(r, 0, sizeof(*r));
}

static const struct realtime_pair *newest(const struct realtime_pairs *r, int series)
{
	if (r->count[series] == 0)
		return NULL;
	return &r->pairs[series][(r->count[series] - 1) % REALTIME_PAIRS];
}

/* The one before last is kept if the last came too soon after it: so the last
 * is always the latest of all. */
static void keep(struct realtime_pairs *r, int series,
		 const struct realtime_pair *pair)
{
	const uint64_t count = r->count[series];
	const struct realtime_pair *before;

	if (count >= 2) {
		before = &r->pairs[series][(count - 2) % REALTIME_PAIRS];
		if (pair->raw_ns_min - before->raw_ns_min < apart_ns[series])
			r->count[series]--;
	}
	r->pairs[series][r->count[series] % REALTIME_PAIRS] = *pair;
	r->count[series]++;
}

bool realtime_pairs_add(struct realtime_pairs *r,
			const struct realtime_pair *pair)
{
	const struct realtime_pair *last = newest(r, 0);
	struct realtime_pair now = *pair;
	bool is_continuous = true;

	now.offset_ns_min -= ROUNDING_NS;
	now.offset_ns_max += ROUNDING_NS;
	if (last != NULL && (now.offset_ns_min > r->offset_ns_max ||
			     now.offset_ns_max < r->offset_ns_min ||
			     now.real_ns < last->real_ns)) {
		realtime_pairs_forget(r);
		is_continuous = false;
		last = NULL;
	}
	if (last == NULL || now.offset_ns_min > r->offset_ns_min)
		r->offset_ns_min = now.offset_ns_min;
	if (last == NULL || now.offset_ns_max < r->offset_ns_max)
		r->offset_ns_max = now.offset_ns_max;
	if (last == NULL)
		r->since_raw_ns = now.raw_ns_max;
	for (int i = 0; i < REALTIME_SERIES; i++)
		keep(r, i, &now);
	return is_continuous;
}

/* The pair nearest to real_ns on either side, of both series. */
static void find(const struct realtime_pairs *r, int64_t real_ns,
		 const struct realtime_pair **ret_before,
		 const struct realtime_pair **ret_after)
{
	*ret_before = NULL;
	*ret_after = NULL;
	for (int i = 0; i < REALTIME_SERIES; i++) {
		for (uint64_t j = 0; j < REALTIME_PAIRS && j < r->count[i];
		     j++) {
			const struct realtime_pair *p = &r->pairs[i][j];

			if (p->real_ns <= real_ns &&
			    (*ret_before == NULL ||
			     p->real_ns > (*ret_before)->real_ns))
				*ret_before = p;
			if (p->real_ns >= real_ns &&
			    (*ret_after == NULL ||
			     p->real_ns < (*ret_after)->real_ns))
				*ret_after = p;
		}
	}
}

/* How long `ns` of CLOCK_REALTIME took at least, at most: at 5/4 and at 3/4 of
 * the raw counter's rate. Below 2^63 as stamps are of one history. */
static int64_t at_least(int64_t ns)
{
	return ns - ns / (REALTIME_SLEW_DIVISOR + 1) - 1;
}

static int64_t at_most(int64_t ns)
{
	return ns + ns / (REALTIME_SLEW_DIVISOR - 1) + 1;
}

/* What a step that the ranges of the pairs do not show may have been, in raw time:
 * of all that are kept, as a step back may put a stamp that was made just after a
 * pair before it. */
static int64_t hidden_ns(const struct realtime_pairs *r)
{
	int64_t min_ns = INT64_MAX, max_ns = INT64_MIN;

	for (int i = 0; i < REALTIME_SERIES; i++) {
		for (uint64_t j = 0; j < REALTIME_PAIRS && j < r->count[i];
		     j++) {
			const struct realtime_pair *p = &r->pairs[i][j];

			if (p->offset_ns_min < min_ns)
				min_ns = p->offset_ns_min;
			if (p->offset_ns_max > max_ns)
				max_ns = p->offset_ns_max;
		}
	}
	return at_most(max_ns - min_ns);
}

int realtime_pairs_raw(const struct realtime_pairs *r, int64_t real_ns,
		 int64_t *ret_raw_ns_min, int64_t *ret_raw_ns_max)
{
	const struct realtime_pair *before, *after, *last = newest(r, 0);
	int64_t lo_ns, hi_ns, ns;

	if (last == NULL ||
	    last->raw_ns_min - r->since_raw_ns < REALTIME_WINDOW_NS)
		return -ERANGE;
	find(r, real_ns, &before, &after);
	if (before == NULL || after == NULL)
		return -ERANGE;
	lo_ns = before->raw_ns_min + at_least(real_ns - before->real_ns);
	hi_ns = before->raw_ns_max + at_most(real_ns - before->real_ns);
	ns = after->raw_ns_min - at_most(after->real_ns - real_ns);
	if (ns > lo_ns)
		lo_ns = ns;
	ns = after->raw_ns_max - at_least(after->real_ns - real_ns);
	if (ns < hi_ns)
		hi_ns = ns;
	ns = hidden_ns(r);
	lo_ns -= ns;
	hi_ns += ns;
	if (lo_ns > hi_ns || lo_ns < last->raw_ns_min - REALTIME_WINDOW_NS)
		return -ERANGE; /* no slew does that; too old */
	*ret_raw_ns_min = lo_ns;
	*ret_raw_ns_max = hi_ns;
	return 0;
}
