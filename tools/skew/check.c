/* SPDX-License-Identifier: Apache-2.0 */
/* The check. See check.h. Sums stay far below 2^63: INSTANT_NS_MAX. */
#include "tools/skew/check.h"

#include <assert.h>

#define NS_PER_S INT64_C(1000000000)

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t clamp(int64_t ns)
{
	return most(-CHECK_NS_MAX, least(ns, CHECK_NS_MAX));
}

/* ---- one node's intervals ---- */

/* From instant i to i + 1. */
struct span {
	int64_t raw_ns, real_ns; /* how long by either clock */
};

static struct span span_of(const struct instants *list, int i)
{
	const struct instant *a = &list->at[i];

	return (struct span){.raw_ns = a[1].raw_ns - a->raw_ns,
			     .real_ns = a[1].real_ns - a->real_ns};
}

/*
 * Could the clock have shown some of [min, max] within this span? It showed
 * real_ns at its ends, and whenever it was stepped in between it had run on by
 * the span's length at most before, and after.
 */
static bool shows(const struct instants *list, int i, int64_t min, int64_t max)
{
	const struct instant *a = &list->at[i];
	const int64_t len = span_of(list, i).raw_ns;
	/* and by a slew a quarter more than the raw counter: libtt's limit */
	const int64_t run = len + len / 4;

	return least(a->real_ns, a[1].real_ns - run) <= max &&
	       most(a->real_ns + run, a[1].real_ns) >= min;
}

/* The rate of REALTIME against raw over a span, in ppb, saturating. */
static int64_t rate_ppb(const struct span *s)
{
	const double ppb =
		(double)(s->real_ns - s->raw_ns) / (double)s->raw_ns * 1e9;

	return ppb > 1e15    ? (int64_t)1e15
	       : ppb < -1e15 ? -(int64_t)1e15
			     : (int64_t)ppb;
}

/* By how much x may lie beside the hull of a span's ends: outward. */
static int64_t stray_ns(const struct instants *list, int i, int64_t stray_ppb)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;
	double ns;

	for (int j = i - 1; j <= i + 1; j++) {
		const struct span s = span_of(list, j);

		lo = least(lo, rate_ppb(&s));
		hi = most(hi, rate_ppb(&s));
	}
	ns = (double)(stray_ppb + hi - lo + 1) * 1e-9 *
	     (double)span_of(list, i).raw_ns / 2;
	return ns < (double)CHECK_NS_MAX ? (int64_t)ns + 1 : CHECK_NS_MAX;
}

static void widen(struct instant_view *v, const struct instant_view *by,
		  int64_t ns)
{
	v->lo_ns = least(v->lo_ns, clamp(by->lo_ns - ns));
	v->hi_ns = most(v->hi_ns, clamp(by->hi_ns + ns));
}

/* Take instant i into the hull; false: it has no bound, or another offset. */
static bool take(const struct instant *at, int64_t ns, bool is_first,
		 struct instant *hull)
{
	if (!at->has_bound)
		return false;
	if (is_first) {
		*hull = *at;
	} else if (hull->tai_offset_ns != at->tai_offset_ns) {
		/* Amid a leap second or a smear: Unix time is ambiguous. */
		hull->tai_offset_ns = -1;
	}
	widen(&hull->tai, &at->tai, ns);
	widen(&hull->unix_time, &at->unix_time, ns);
	return true;
}

/* The spans that may hold the time of the probe: all of them must be inner ones
 * with a neighbour on both sides. */
static bool find_spans(const struct instants *list, int64_t min, int64_t max,
		       int *ret_first, int *ret_last)
{
	int first = -1, last = -1;

	for (int i = 0; i + 1 < list->count; i++) {
		if (!shows(list, i, min, max))
			continue;
		first = first < 0 ? i : first;
		last = i;
	}
	*ret_first = first;
	*ret_last = last;
	return first >= 1 && last + 2 < list->count;
}

enum check_result check_track(const struct instants *list, int64_t real_ns_min,
			      int64_t real_ns_max, int64_t stray_ppb,
			      struct instant *ret)
{
	int first, last;

	assert(stray_ppb >= 0 && real_ns_min <= real_ns_max);
	if (!find_spans(list, real_ns_min, real_ns_max, &first, &last))
		return CHECK_UNCOVERED;
	for (int i = first - 1; i <= last + 1; i++) {
		if (span_of(list, i).raw_ns > CHECK_GAP_NS_MAX)
			return CHECK_UNCOVERED;
	}
	for (int i = first; i <= last; i++) {
		const int64_t ns = stray_ns(list, i, stray_ppb);

		if (!take(&list->at[i], ns, i == first, ret) ||
		    !take(&list->at[i + 1], ns, false, ret))
			return CHECK_UNBOUNDED;
	}
	return CHECK_CONSISTENT;
}

/* ---- the two of them ---- */

static int64_t width(const struct instant_view *v)
{
	return v->hi_ns - v->lo_ns;
}

/* Unix time is one thing to both, and the narrower. */
static bool unix_is_better(const struct instant *a, const struct instant *b)
{
	return a->tai_offset_ns == b->tai_offset_ns && a->tai_offset_ns >= 0 &&
	       a->tai_offset_ns % NS_PER_S == 0 &&
	       width(&a->unix_time) + width(&b->unix_time) <
		       width(&a->tai) + width(&b->tai);
}

static void compare(const struct check_probe *p, struct check *c)
{
	c->lo_ns = c->prober.lo_ns - c->peer.hi_ns;
	c->hi_ns = c->prober.hi_ns - c->peer.lo_ns;
	c->shift_lo_ns = c->lo_ns - p->offset_ns - p->error_ns;
	c->shift_hi_ns = c->hi_ns - p->offset_ns + p->error_ns;
	c->excess_ns = most(c->shift_lo_ns, -c->shift_hi_ns);
	c->result = c->excess_ns > 0 ? CHECK_VIOLATED : CHECK_CONSISTENT;
}

void check_probe(const struct check_probe *probe, const struct instants *prober,
		 const struct instants *peer, int64_t stray_ppb,
		 struct check *ret)
{
	const int64_t offset_ns = clamp(probe->offset_ns);
	const int64_t error_ns = least(probe->error_ns, CHECK_NS_MAX);
	const struct check_probe p = {.offset_ns = offset_ns,
				      .error_ns = error_ns};
	struct instant a, b;

	*ret = (struct check){.lacking = CHECK_PROBER};
	ret->result = check_track(prober, probe->real_ns_min,
				  probe->real_ns_max, stray_ppb, &a);
	if (ret->result != CHECK_CONSISTENT)
		return;
	ret->lacking = CHECK_PEER;
	ret->result = check_track(
		peer, probe->real_ns_min + offset_ns - error_ns,
		probe->real_ns_max + offset_ns + error_ns, stray_ppb, &b);
	if (ret->result != CHECK_CONSISTENT)
		return;
	ret->is_unix = unix_is_better(&a, &b);
	ret->prober = ret->is_unix ? a.unix_time : a.tai;
	ret->peer = ret->is_unix ? b.unix_time : b.tai;
	compare(&p, ret);
}

const char *check_result_name(enum check_result result)
{
	static const char *const name[] = {"consistent", "violated",
					   "uncovered", "unbounded"};

	return name[result];
}
