/* SPDX-License-Identifier: Apache-2.0 */
/* How the raw counter's rate moves. See wander.h. */
#include "timed/wander.h"

#include <math.h>
#include <string.h>

#define NS_PER_S 1e9

/* Of a bin. */
#define EARLY_PART 10

/* So many changes weigh in a mean. */
#define CHANGES_MAX 64
#define CHANGES_MIN 3

/* From here on an excess is held for wander where it may be either, and then
 * even where it looks like a step: as jitter it would cost more. */
#define JITTER_S_MAX 30.0
#define STEP_S_MAX   150.0

/* A first proof waits for a second so long. */
#define FIRST_NS (INT64_C(86400) * 1000000000)

/* Over a step the outer windows are no further apart than the inner. */
#define STEP_RATIO 1.7

/* Over a ramp each window is as far from the one before; a step lies in one or
 * two of them. No less than this part of the furthest. */
#define RAMP_SHARE 0.3

/* What is measured is of the past, and of means: the rate itself may move
 * faster. */
#define WANDER_MARGIN 2.0
#define JITTER_MARGIN 1.5

const double wander_tau_s[WANDER_LEVELS] = {1, 3, 10, 30, 100, 300, 1000};

void wander_clear(struct wander *w)
{
	memset(w, 0, sizeof(*w));
}

/* ---- windows ---- */

/* The mean rate from a to b, at least and at most; each with the window that it
 * is of. */
struct window {
	double lo_ppb, hi_ppb;
	int64_t lo_from_ns, lo_to_ns, hi_from_ns, hi_to_ns;
};

/* Shorter ones say nothing, and divide by it. */
#define WINDOW_NS_MIN INT64_C(100000000)

static bool window_of(const struct wander_point *a,
		      const struct wander_point *b, struct window *ret)
{
	if (!a->has_lo || !a->has_hi || !b->has_lo || !b->has_hi ||
	    b->hi_raw_ns - a->lo_raw_ns < WINDOW_NS_MIN ||
	    b->lo_raw_ns - a->hi_raw_ns < WINDOW_NS_MIN)
		return false;
	ret->lo_from_ns = a->hi_raw_ns;
	ret->lo_to_ns = b->lo_raw_ns;
	ret->hi_from_ns = a->lo_raw_ns;
	ret->hi_to_ns = b->hi_raw_ns;
	ret->lo_ppb = (b->lo_ns - a->hi_ns) * NS_PER_S /
		      (double)(ret->lo_to_ns - ret->lo_from_ns);
	ret->hi_ppb = (b->hi_ns - a->lo_ns) * NS_PER_S /
		      (double)(ret->hi_to_ns - ret->hi_from_ns);
	return true;
}

static double later_s(int64_t a_ns, int64_t b_ns)
{
	return fabs((double)(b_ns - a_ns)) / NS_PER_S;
}

/*
 * What is proved of the change from one window to another, and at most. The
 * slow part's means over two windows differ by at most W times the further of
 * the distances between their ends; the fast part's by 2 J.
 */
struct change {
	double least_ppb, most_ppb; /* the rate rose by so much ... */
	double far_s;               /* ... and W has so long to make that of */
};

static struct change change_of(const struct window *a, const struct window *b,
			       int sign)
{
	const struct window *up = sign > 0 ? b : a;
	const struct window *down = sign > 0 ? a : b;
	return (struct change){
		.least_ppb = up->lo_ppb - down->hi_ppb,
		.most_ppb = up->hi_ppb - down->lo_ppb,
		.far_s = fmax(later_s(up->lo_from_ns, down->hi_from_ns),
			      later_s(up->lo_to_ns, down->hi_to_ns))};
}

static double allowed_ppb(const struct axioms *ax, const struct change *c)
{
	return 2 * ax->jitter_ppb + ax->wander_ppb_s * c->far_s;
}

/* A window that allows no rate at all has a step of the source in it. */
static bool is_torn(const struct window *w, const struct axioms *ax)
{
	return w->lo_ppb > w->hi_ppb + 2 * ax->jitter_ppb +
				   ax->wander_ppb_s *
					   later_s(w->lo_from_ns, w->lo_to_ns);
}

static bool is_ramp(const struct window *w, int sign)
{
	double least_ppb = HUGE_VAL, most_ppb = 0;

	for (int i = 0; i + 2 < WANDER_POINTS; i++) {
		const struct change c = change_of(&w[i], &w[i + 1], sign);

		least_ppb = fmin(least_ppb, c.least_ppb);
		most_ppb = fmax(most_ppb, c.most_ppb);
	}
	return least_ppb >= RAMP_SHARE * most_ppb;
}

/* What must be for what was seen at most, once it is proved that something
 * must: surely a ramp (ret->is_ramp), surely a step, or either. */
static void size_up(const struct axioms *ax, const struct change *inner,
		    const struct change *outer, struct wander_proof *ret)
{
	const bool is_step = outer->most_ppb <= STEP_RATIO * inner->least_ppb;
	const bool is_near = inner->far_s <
			     (is_step ? STEP_S_MAX : JITTER_S_MAX);
	const double w_in = (inner->most_ppb - 2 * ax->jitter_ppb) /
			    inner->far_s;
	const double w_out = (outer->most_ppb - 2 * ax->jitter_ppb) /
			     outer->far_s;

	ret->wander_ppb_s = 0;
	if (!is_step || !is_near)
		ret->wander_ppb_s = WANDER_MARGIN * fmax(w_in, w_out);
	ret->jitter_ppb = 0;
	if (!ret->is_ramp && is_near)
		ret->jitter_ppb = JITTER_MARGIN * inner->most_ppb / 2;
}

/* Both of the later two windows against both of the earlier two: one false
 * point or step of the source spoils one pair at least. */
static bool prove(const struct wander_level *l, const struct axioms *ax,
		  int sign, struct wander_proof *ret)
{
	struct window w[WANDER_POINTS - 1];
	struct change inner, outer;

	for (int i = 0; i + 1 < WANDER_POINTS; i++)
		if (!window_of(&l->point[i], &l->point[i + 1], &w[i]) ||
		    is_torn(&w[i], ax))
			return false;
	for (int i = 0; i < 2; i++)
		for (int k = 2; k < 4; k++) {
			const struct change c = change_of(&w[i], &w[k], sign);

			if (c.least_ppb <= allowed_ppb(ax, &c))
				return false;
		}
	inner = change_of(&w[1], &w[2], sign);
	outer = change_of(&w[0], &w[3], sign);
	ret->is_ramp = is_ramp(w, sign);
	size_up(ax, &inner, &outer, ret);
	ret->oldest_raw_ns = l->point[0].lo_raw_ns < l->point[0].hi_raw_ns
				     ? l->point[0].lo_raw_ns
				     : l->point[0].hi_raw_ns;
	return true;
}

/* ---- the measure ---- */

/* A point's middle at the middle of its two instants, and half of what is
 * between its sides. */
static void middle_of(const struct wander_point *p, double rate_ppb,
		      int64_t *ret_raw_ns, double *ret_ns, double *ret_half_ns)
{
	const double apart_ns = rate_ppb *
				(double)(p->hi_raw_ns - p->lo_raw_ns) /
				NS_PER_S / 2;

	*ret_raw_ns = p->lo_raw_ns + (p->hi_raw_ns - p->lo_raw_ns) / 2;
	*ret_ns = (p->lo_ns + p->hi_ns) / 2;
	*ret_half_ns = fmax((p->hi_ns - p->lo_ns) / 2 - apart_ns, 0);
}

static bool is_about(double d_s, double tau_s)
{
	return d_s >= tau_s / 2 && d_s <= tau_s * 2;
}

static void measure(struct wander_level *l, double tau_s, double rate_ppb)
{
	int64_t raw_ns[3];
	double x_ns[3], half_ns[3], d0_s, d1_s, change, error;

	for (int i = 0; i < 3; i++)
		middle_of(&l->end[i], rate_ppb, &raw_ns[i], &x_ns[i],
			  &half_ns[i]);
	d0_s = (double)(raw_ns[1] - raw_ns[0]) / NS_PER_S;
	d1_s = (double)(raw_ns[2] - raw_ns[1]) / NS_PER_S;
	if (!is_about(d0_s, tau_s) || !is_about(d1_s, tau_s))
		return;
	change = (x_ns[2] - x_ns[1]) / d1_s - (x_ns[1] - x_ns[0]) / d0_s;
	error = half_ns[0] / d0_s + half_ns[1] * (1 / d0_s + 1 / d1_s) +
		half_ns[2] / d1_s;
	l->changes += l->changes < CHANGES_MAX;
	l->change_ppb2 += (change * change / 2 - l->change_ppb2) / l->changes;
	l->error_ppb2 += (error * error / 2 - l->error_ppb2) / l->changes;
}

bool wander_deviation(const struct wander *w, int i, double *ret_ppb,
		      double *ret_error_ppb)
{
	const struct wander_level *l = &w->level[i];

	if (l->changes < CHANGES_MIN)
		return false;
	*ret_ppb = sqrt(l->change_ppb2);
	*ret_error_ppb = sqrt(l->error_ppb2);
	return true;
}

/* ---- intake ---- */

/* The constraint at the middle of its event's instants: within them x has moved
 * off it by what the rate and the ruler are apart. */
static struct wander_point point_of(const struct wander *w,
				    const struct belief_constraint *c,
				    double rate_ppb_min, double rate_ppb_max)
{
	const double u_s = (c->age_s_min + c->age_s_max) / 2;
	const double oldest_s = fmax(c->age_s_oldest, c->age_s_max);
	const double off_s = fmax(oldest_s - u_s,
				  c->age_s_oldest > c->age_s_max
					  ? u_s
					  : u_s - c->age_s_min);
	const double apart_ppb = fmax(fmax(c->ruler_ppb_max - rate_ppb_min,
					   rate_ppb_max - c->ruler_ppb_min),
				      0);
	struct wander_point p = {.has_lo = c->lo_ns != BELIEF_NO_LO,
				 .has_hi = c->hi_ns != BELIEF_NO_HI};

	p.lo_raw_ns = p.hi_raw_ns = c->raw_ns - (int64_t)(u_s * NS_PER_S);
	if (p.has_lo)
		p.lo_ns = (double)(c->lo_ns - w->origin_ns) -
			  c->ruler_ppb_max * u_s - apart_ppb * off_s - 1;
	if (p.has_hi)
		p.hi_ns = (double)(c->hi_ns - w->origin_ns) -
			  c->ruler_ppb_min * u_s + apart_ppb * off_s + 1;
	return p;
}

/* Each side by the tighter of the two, as far as the rate is known. */
static void merge(struct wander_point *into, const struct wander_point *p,
		  double rate_ppb)
{
	const double lo_ns = rate_ppb *
			     (double)(p->lo_raw_ns - into->lo_raw_ns) /
			     NS_PER_S;
	const double hi_ns = rate_ppb *
			     (double)(p->hi_raw_ns - into->hi_raw_ns) /
			     NS_PER_S;

	if (p->has_lo && (!into->has_lo || p->lo_ns > into->lo_ns + lo_ns)) {
		into->has_lo = true;
		into->lo_raw_ns = p->lo_raw_ns;
		into->lo_ns = p->lo_ns;
	}
	if (p->has_hi && (!into->has_hi || p->hi_ns < into->hi_ns + hi_ns)) {
		into->has_hi = true;
		into->hi_raw_ns = p->hi_raw_ns;
		into->hi_ns = p->hi_ns;
	}
}

static void append(struct wander_point *list, int *count, int most,
		   struct wander_point *p)
{
	if (*count == most) {
		memmove(&list[0], &list[1],
			(size_t)(most - 1) * sizeof(list[0]));
		--*count;
	}
	list[(*count)++] = *p;
	*p = (struct wander_point){.has_lo = false};
}

/* A bin that has but one side waits for the other in the next. */
static bool is_whole(const struct wander_point *p)
{
	return p->has_lo && p->has_hi;
}

static bool prove_either_way(const struct wander_level *l,
			     const struct axioms *ax, struct wander_proof *ret)
{
	return prove(l, ax, 1, ret) || prove(l, ax, -1, ret);
}

static enum wander_result judge(const struct wander_level *l,
				const struct axioms *now,
				const struct axioms *configured,
				struct wander_proof *ret)
{
	if (l->count < WANDER_POINTS || !prove_either_way(l, configured, ret))
		return WANDER_WITHIN;
	return prove_either_way(l, now, ret) ? WANDER_BEYOND
					     : WANDER_BEYOND_CONFIGURED;
}

/* True: a bin is full. */
static bool add(struct wander_level *l, double tau_s,
		const struct wander_point *p, double rate_ppb)
{
	const int64_t at_ns = p->has_lo ? p->lo_raw_ns : p->hi_raw_ns;
	const int64_t tau_ns = (int64_t)(tau_s * NS_PER_S);
	const int64_t bin = at_ns / tau_ns;
	bool is_full = false;

	if (bin < l->bin)
		return false;
	if (bin > l->bin && is_whole(&l->present)) {
		append(l->point, &l->count, WANDER_POINTS, &l->present);
		append(l->end, &l->ends, 3, &l->early);
		is_full = true;
		if (l->ends == 3)
			measure(l, tau_s, rate_ppb);
	}
	l->bin = bin;
	merge(&l->present, p, rate_ppb);
	if (!is_whole(&l->early) || at_ns % tau_ns < tau_ns / EARLY_PART)
		merge(&l->early, p, rate_ppb);
	return is_full;
}

/* The larger of what two proofs ask for. */
static void join(struct wander_proof *into, const struct wander_proof *p)
{
	into->wander_ppb_s = fmax(into->wander_ppb_s, p->wander_ppb_s);
	into->jitter_ppb = fmax(into->jitter_ppb, p->jitter_ppb);
	into->is_ramp |= p->is_ramp;
	if (p->oldest_raw_ns < into->oldest_raw_ns)
		into->oldest_raw_ns = p->oldest_raw_ns;
}

/* Is it enough? In `p` is then what both ask for, as old as the second. */
static bool confirm(struct wander *w, int64_t raw_ns, struct wander_proof *p)
{
	const int64_t oldest_ns = p->oldest_raw_ns;

	if (w->has_first && raw_ns - w->first_raw_ns > FIRST_NS)
		w->has_first = false;
	if (w->has_first && (p->is_ramp || oldest_ns >= w->first_raw_ns)) {
		join(p, &w->first);
		p->oldest_raw_ns = oldest_ns;
		return true;
	}
	if (p->is_ramp)
		return true;
	if (w->has_first) {
		join(&w->first, p);
		return false;
	}
	w->has_first = true;
	w->first = *p;
	w->first_raw_ns = raw_ns;
	return false;
}

/* What is told now, unless what was told before says more even now. */
static void renew(struct wander *w, const struct axioms *ax,
		  const struct belief_constraint *c)
{
	const struct wander_point p = point_of(w, c, -ax->drift_ppb,
					       ax->drift_ppb);
	struct wander_point *n = &w->newest;

	if (p.has_lo &&
	    (!n->has_lo ||
	     p.lo_ns >= n->lo_ns - ax->drift_ppb *
					   later_s(n->lo_raw_ns,
						   p.lo_raw_ns))) {
		n->has_lo = true;
		n->lo_raw_ns = p.lo_raw_ns;
		n->lo_ns = p.lo_ns;
	}
	if (p.has_hi &&
	    (!n->has_hi ||
	     p.hi_ns <= n->hi_ns + ax->drift_ppb *
					   later_s(n->hi_raw_ns,
						   p.hi_raw_ns))) {
		n->has_hi = true;
		n->hi_raw_ns = p.hi_raw_ns;
		n->hi_ns = p.hi_ns;
	}
}

enum wander_result wander_add(struct wander *w, const struct axioms *now,
			      const struct axioms *configured,
			      const struct belief_constraint *c,
			      const struct wander_rate *rate,
			      struct wander_proof *ret)
{
	struct wander_proof proof = {.oldest_raw_ns = INT64_MAX}, one;
	enum wander_result result = WANDER_WITHIN;
	struct wander_point p;

	if (!w->has_origin) {
		w->origin_ns = c->lo_ns != BELIEF_NO_LO ? c->lo_ns : c->hi_ns;
		w->has_origin = true;
	}
	renew(w, now, c);
	p = point_of(w, c, rate->ppb_min, rate->ppb_max);
	for (int i = 0; i < WANDER_LEVELS; i++) {
		struct wander_level *l = &w->level[i];
		enum wander_result r;

		if (!add(l, wander_tau_s[i], &p, rate->about_ppb))
			continue;
		r = judge(l, now, configured, &one);
		if (r == WANDER_BEYOND)
			join(&proof, &one);
		if (r > result)
			result = r;
	}
	if (result == WANDER_BEYOND && !confirm(w, c->raw_ns, &proof))
		result = WANDER_BEYOND_CONFIGURED;
	if (result == WANDER_BEYOND)
		*ret = proof;
	return result;
}

bool wander_range(const struct wander *w, const struct axioms *ax,
		  int64_t raw_ns, int64_t *ret_lo_ns, int64_t *ret_hi_ns)
{
	const struct wander_point *p = &w->newest;
	double lo_ns, hi_ns;

	if (!is_whole(p))
		return false;
	lo_ns = p->lo_ns - ax->drift_ppb * later_s(p->lo_raw_ns, raw_ns);
	hi_ns = p->hi_ns + ax->drift_ppb * later_s(p->hi_raw_ns, raw_ns);
	if (lo_ns > hi_ns)
		return false;
	*ret_lo_ns = w->origin_ns + (int64_t)floor(lo_ns) - 1;
	*ret_hi_ns = w->origin_ns + (int64_t)ceil(hi_ns) + 1;
	return true;
}
