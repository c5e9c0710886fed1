/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The convex polygon of (x, y) a source allows. See belief.h and
 * docs/design.md, "The belief".
 *
 * Units: 1 ppb over 1 s is 1 ns, so x [ns], y [ppb] and seconds go together
 * without factors.
 */
#include "timed/belief.h"

#include <assert.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

#define NS_PER_S 1e9

/* The edges of the set a second order disturbance reaches, see disturb(). */
#define DISTURB_EDGES 8

#define START_SLACK_PPB 1e-3

/* a x + b y <= c */
struct half_plane {
	double a, b, c;
};

static double min2(double a, double b)
{
	return a < b ? a : b;
}

static double max2(double a, double b)
{
	return a > b ? a : b;
}

/* Outward to whole ns, with one to spare; the doubles are below 2^62. */
static int64_t floor_ns(double ns)
{
	return (int64_t)floor(ns) - 1;
}

static int64_t ceil_ns(double ns)
{
	return (int64_t)ceil(ns) + 1;
}

static double seconds_since(const struct belief *b, int64_t raw_ns)
{
	assert(raw_ns >= b->raw_ns);
	return (double)(raw_ns - b->raw_ns) / NS_PER_S;
}

static void y_extremes(const struct belief *b, double *ret_min,
		       double *ret_max)
{
	*ret_min = DBL_MAX;
	*ret_max = -DBL_MAX;
	for (int i = 0; i < b->count; i++) {
		*ret_min = min2(*ret_min, b->vertex[i].y_ppb);
		*ret_max = max2(*ret_max, b->vertex[i].y_ppb);
	}
}

static void x_extremes_after(const struct belief *b, double d_s,
			     double *ret_min, double *ret_max)
{
	*ret_min = DBL_MAX;
	*ret_max = -DBL_MAX;
	for (int i = 0; i < b->count; i++) {
		const double x_ns =
			b->vertex[i].x_ns + b->vertex[i].y_ppb * d_s;

		*ret_min = min2(*ret_min, x_ns);
		*ret_max = max2(*ret_max, x_ns);
	}
}

/* What A1 and a declared swing allow the total rate, from now on. */
static void set_swing(struct belief *b, const struct axioms *ax)
{
	double lo_ppb, hi_ppb;

	b->swing_ppb_min = -ax->drift_ppb;
	b->swing_ppb_max = ax->drift_ppb;
	if (ax->swing_ppb < 0)
		return;
	y_extremes(b, &lo_ppb, &hi_ppb);
	b->swing_ppb_min = max2(-ax->drift_ppb,
				lo_ppb - ax->jitter_ppb - ax->swing_ppb);
	b->swing_ppb_max = min2(ax->drift_ppb,
				hi_ppb + ax->jitter_ppb + ax->swing_ppb);
}

/* The slow part is within J of the total rate; and within A1, where that is
 * less (docs/error-budget.md). */
static void slow_limits(const struct belief *b, const struct axioms *ax,
			double *ret_min, double *ret_max)
{
	*ret_min = max2(b->swing_ppb_min - ax->jitter_ppb, -ax->drift_ppb);
	*ret_max = min2(b->swing_ppb_max + ax->jitter_ppb, ax->drift_ppb);
}

static double cross(struct belief_point a, struct belief_point b)
{
	return a.x_ns * b.y_ppb - a.y_ppb * b.x_ns;
}

static struct belief_point edge(const struct belief *b, int i)
{
	const struct belief_point from = b->vertex[i];
	const struct belief_point to = b->vertex[(i + 1) % b->count];

	return (struct belief_point){to.x_ns - from.x_ns,
				     to.y_ppb - from.y_ppb};
}

/* Area that is added when edge i is dropped and its neighbours are prolonged
 * until they meet, at ret; HUGE_VAL where they do not, or not safely. */
static double dropped_edge(const struct belief *b, int i,
			   struct belief_point *ret)
{
	const int n = b->count;
	const struct belief_point before = edge(b, (i + n - 1) % n);
	const struct belief_point here = edge(b, i);
	const struct belief_point after = edge(b, (i + 1) % n);
	const double turn = cross(before, after);
	double t;

	/* Nearly parallel neighbours meet far away and inexactly. */
	if (turn <= 1e-9 * hypot(before.x_ns, before.y_ppb) *
			    hypot(after.x_ns, after.y_ppb))
		return HUGE_VAL;
	t = cross(here, after) / turn;
	if (!(t >= 0) || t > 1e6)
		return HUGE_VAL;
	ret->x_ns = b->vertex[i].x_ns + t * before.x_ns;
	ret->y_ppb = b->vertex[i].y_ppb + t * before.y_ppb;
	return 0.5 * t * cross(before, here);
}

static void drop_edge(struct belief *b, int i, struct belief_point meet)
{
	const int next = (i + 1) % b->count;

	b->vertex[i] = meet;
	for (int k = next; k + 1 < b->count; k++)
		b->vertex[k] = b->vertex[k + 1];
	b->count--;
}

/* The bounding box: always outward, always possible. */
static void box(struct belief *b)
{
	double x0, x1, y0, y1;

	x_extremes_after(b, 0, &x0, &x1);
	y_extremes(b, &y0, &y1);
	b->vertex[0] = (struct belief_point){x0, y0};
	b->vertex[1] = (struct belief_point){x1, y0};
	b->vertex[2] = (struct belief_point){x1, y1};
	b->vertex[3] = (struct belief_point){x0, y1};
	b->count = 4;
}

/* Outward to BELIEF_VERTICES_MAX vertices, by the edges that cost least. */
static void simplify(struct belief *b)
{
	while (b->count > BELIEF_VERTICES_MAX) {
		struct belief_point meet = {0, 0}, best_meet = meet;
		double best = HUGE_VAL;
		int best_i = -1;

		for (int i = 0; i < b->count; i++) {
			const double area = dropped_edge(b, i, &meet);

			if (area < best) {
				best = area;
				best_i = i;
				best_meet = meet;
			}
		}
		if (best_i < 0) {
			box(b);
			return;
		}
		drop_edge(b, best_i, best_meet);
	}
}

static void append(struct belief *b, struct belief_point p)
{
	assert(b->count < BELIEF_VERTICES_CAP);
	b->vertex[b->count++] = p;
}

static int lowest(const struct belief *b)
{
	int low = 0;

	for (int i = 1; i < b->count; i++) {
		const struct belief_point p = b->vertex[i];
		const struct belief_point q = b->vertex[low];

		if (p.y_ppb < q.y_ppb ||
		    (p.y_ppb == q.y_ppb && p.x_ns < q.x_ns))
			low = i;
	}
	return low;
}

static bool turns_left(struct belief_point a, struct belief_point m,
		       struct belief_point z)
{
	const struct belief_point in = {m.x_ns - a.x_ns, m.y_ppb - a.y_ppb};
	const struct belief_point out = {z.x_ns - m.x_ns, z.y_ppb - m.y_ppb};

	return cross(in, out) > 0;
}

/*
 * Rounding leaves vertices that turn the wrong way by parts of BELIEF_SLACK_NS,
 * which the merge by angle in add_disturbance() must not meet. Leaving one
 * out is outward. The lowest vertex comes first (Graham's scan).
 */
static void convexify(struct belief *b)
{
	const int low = lowest(b);
	const int n = b->count;
	struct belief out = {.count = 0};

	for (int i = 0; i < n; i++) {
		const struct belief_point p = b->vertex[(low + i) % n];

		while (out.count >= 2 &&
		       !turns_left(out.vertex[out.count - 2],
				   out.vertex[out.count - 1], p))
			out.count--;
		append(&out, p);
	}
	while (out.count >= 3 && !turns_left(out.vertex[out.count - 2],
					     out.vertex[out.count - 1],
					     out.vertex[0]))
		out.count--;
	memcpy(b->vertex, out.vertex,
	       (size_t)out.count * sizeof(out.vertex[0]));
	b->count = out.count;
}

/* Keep what satisfies a x + b y <= c + slack. False: nothing is left. */
static bool cut(struct belief *b, struct half_plane h)
{
	struct belief out = {.count = 0};

	h.c += BELIEF_SLACK_NS;
	for (int i = 0; i < b->count; i++) {
		const struct belief_point p = b->vertex[i];
		const struct belief_point q = b->vertex[(i + 1) % b->count];
		const double dp = h.a * p.x_ns + h.b * p.y_ppb - h.c;
		const double dq = h.a * q.x_ns + h.b * q.y_ppb - h.c;

		if (dp <= 0)
			append(&out, p);
		if ((dp < 0 && dq > 0) || (dp > 0 && dq < 0)) {
			const double t = dp / (dp - dq);

			append(&out, (struct belief_point){
				p.x_ns + t * (q.x_ns - p.x_ns),
				p.y_ppb + t * (q.y_ppb - p.y_ppb)});
		}
	}
	if (out.count == 0)
		return false;
	memcpy(b->vertex, out.vertex,
	       (size_t)out.count * sizeof(out.vertex[0]));
	b->count = out.count;
	return true;
}

/*
 * The edges, by angle, of an outer polygon of what A2 can do to (x, y) in d
 * seconds. The fast part moves x by +-J d. A slow part that changes by at most
 * W per second reaches, with u = +W until some instant and -W after it (and
 * the mirror image), a lens from (-W d^2/2, -W d) to (W d^2/2, W d); its
 * tangents x - c y = W (c^2 + (d - c)^2) / 2 at c = 0, d/2 and d make the
 * hexagon used here. `ret_low` is the lowest, then leftmost, vertex.
 */
static void disturb(const struct axioms *ax, double d_s,
		    struct belief_point *ret_low,
		    struct belief_point ret[DISTURB_EDGES])
{
	const double x = ax->wander_ppb_s * d_s * d_s;
	const double y = ax->wander_ppb_s * d_s;
	const double j = ax->jitter_ppb * d_s;
	const struct belief_point edges[DISTURB_EDGES] = {
		{2 * j, 0},	   {x / 2, y / 2},   {x / 2, y},
		{0, y / 2},	   {-2 * j, 0},	     {-x / 2, -y / 2},
		{-x / 2, -y},	   {0, -y / 2}};

	ret_low->x_ns = -x / 2 - j;
	ret_low->y_ppb = -y;
	memcpy(ret, edges, sizeof(edges));
}

/* Minkowski sum with the disturbance: merge the edges by angle. b is convex,
 * its lowest vertex first. */
static void add_disturbance(struct belief *b, const struct axioms *ax,
			    double d_s)
{
	struct belief_point e[DISTURB_EDGES], at;
	struct belief sum = {.count = 0};
	const int n = b->count;
	int i = 0, k = 0;

	disturb(ax, d_s, &at, e);
	at.x_ns += b->vertex[0].x_ns;
	at.y_ppb += b->vertex[0].y_ppb;
	while (i < n || k < DISTURB_EDGES) {
		const struct belief_point mine = edge(b, i % n);
		struct belief_point step;

		/* Without J or W some are none, and have no angle. */
		if (k < DISTURB_EDGES && e[k].x_ns == 0 && e[k].y_ppb == 0) {
			k++;
			continue;
		}
		if (k >= DISTURB_EDGES ||
		    (i < n && cross(mine, e[k]) >= 0)) {
			step = mine;
			i++;
		} else {
			step = e[k];
			k++;
		}
		if (step.x_ns == 0 && step.y_ppb == 0)
			continue;
		append(&sum, at);
		at.x_ns += step.x_ns;
		at.y_ppb += step.y_ppb;
	}
	if (sum.count == 0)
		append(&sum, at);
	memcpy(b->vertex, sum.vertex,
	       (size_t)sum.count * sizeof(sum.vertex[0]));
	b->count = sum.count;
}

/* Keep the numbers small: move the origin under the polygon. */
static void rebase(struct belief *b)
{
	const double shift = nearbyint(b->vertex[0].x_ns);

	if (fabs(shift) < 1e6)
		return;
	b->origin_ns += (int64_t)shift;
	for (int i = 0; i < b->count; i++)
		b->vertex[i].x_ns -= shift;
}

void belief_clear(struct belief *b)
{
	b->samples = 0;
	b->count = 0;
}

/*
 * The constraint as two lines in (x, y), y between y0 and y1. With y the slow
 * rate now, x(now) = x(then) + y u + (at most J u + W u^2 / 2), so
 *   x >= lo - g + min over u, f of (y - f) u,
 * concave in y, above its own chord; the upper side is its mirror.
 */
struct lines {
	double lo0, lo1, hi0, hi1; /* x at y0 and at y1, relative to origin */
};

/* A side that says nothing has no line, and is not asked for one. */
static double relative(int64_t ns, int64_t origin_ns)
{
	if (ns == BELIEF_NO_LO || ns == BELIEF_NO_HI)
		return 0;
	return (double)(ns - origin_ns);
}

static struct lines constraint_lines(const struct axioms *ax,
				     const struct belief_constraint *c,
				     int64_t origin_ns, double y0, double y1)
{
	/* Of the mean over some moments, J is charged for their mean age and W
	 * for the mean of its square, which no sum of ages that are >= 0 lets
	 * be more than their mean times the oldest. */
	const double u0 = c->age_s_min, u1 = c->age_s_max;
	const double oldest = max2(c->age_s_oldest, u1);
	const double g = ax->jitter_ppb * u1 +
			 ax->wander_ppb_s * u1 * oldest / 2;
	const double lo = relative(c->lo_ns, origin_ns) - g;
	const double hi = relative(c->hi_ns, origin_ns) + g;
	const double f0 = c->ruler_ppb_min, f1 = c->ruler_ppb_max;

	return (struct lines){
		.lo0 = lo + min2((y0 - f1) * u0, (y0 - f1) * u1),
		.lo1 = lo + min2((y1 - f1) * u0, (y1 - f1) * u1),
		.hi0 = hi + max2((y0 - f0) * u0, (y0 - f0) * u1),
		.hi1 = hi + max2((y1 - f0) * u0, (y1 - f0) * u1)};
}

void belief_start(struct belief *b, const struct axioms *ax,
		  const struct belief_constraint *c, double rate_ppb_min,
		  double rate_ppb_max)
{
	/* With some height, however well the rate is known: the turns of a
	 * flat polygon are all rounding. */
	const double least_ppb = max2(rate_ppb_min, -ax->drift_ppb);
	const double y0 = least_ppb - START_SLACK_PPB;
	const double y1 = max2(least_ppb, min2(rate_ppb_max, ax->drift_ppb)) +
			  START_SLACK_PPB;
	struct lines l;

	assert(c->lo_ns != BELIEF_NO_LO && c->hi_ns != BELIEF_NO_HI);
	b->raw_ns = c->raw_ns;
	b->start_raw_ns = c->raw_ns;
	b->origin_ns = c->lo_ns + (c->hi_ns - c->lo_ns) / 2;
	b->samples = 1;
	l = constraint_lines(ax, c, b->origin_ns, y0, y1);
	b->vertex[0] = (struct belief_point){l.lo0 - BELIEF_SLACK_NS, y0};
	b->vertex[1] = (struct belief_point){l.hi0 + BELIEF_SLACK_NS, y0};
	b->vertex[2] = (struct belief_point){l.hi1 + BELIEF_SLACK_NS, y1};
	b->vertex[3] = (struct belief_point){l.lo1 - BELIEF_SLACK_NS, y1};
	b->count = 4;
	set_swing(b, ax);
}

void belief_advance(struct belief *b, const struct axioms *ax, int64_t raw_ns)
{
	double d_s, x0, x1, y0, y1;

	if (raw_ns <= b->raw_ns || b->samples == 0)
		return;
	d_s = seconds_since(b, raw_ns);
	x_extremes_after(b, 0, &x0, &x1);
	for (int i = 0; i < b->count; i++)
		b->vertex[i].x_ns += b->vertex[i].y_ppb * d_s;
	convexify(b);
	add_disturbance(b, ax, d_s);
	b->raw_ns = raw_ns;
	/* The true point satisfies A1 and the swing, so these can empty
	 * nothing. */
	slow_limits(b, ax, &y0, &y1);
	cut(b, (struct half_plane){0, 1, y1});
	cut(b, (struct half_plane){0, -1, -y0});
	cut(b, (struct half_plane){1, 0, x1 + b->swing_ppb_max * d_s});
	cut(b, (struct half_plane){-1, 0, -(x0 + b->swing_ppb_min * d_s)});
	rebase(b);
	convexify(b);
	simplify(b);
}

int belief_update(struct belief *b, const struct axioms *ax,
		  const struct belief_constraint *c)
{
	struct belief trial;
	struct lines l;
	double y0, y1, lo_slope, hi_slope;

	assert(b->samples > 0);
	belief_advance(b, ax, c->raw_ns);
	y_extremes(b, &y0, &y1);
	l = constraint_lines(ax, c, b->origin_ns, y0, y1);
	lo_slope = y1 > y0 ? (l.lo1 - l.lo0) / (y1 - y0) : 0;
	hi_slope = y1 > y0 ? (l.hi1 - l.hi0) / (y1 - y0) : 0;
	trial = *b;
	/* x >= lo0 + lo_slope (y - y0); x <= hi0 + hi_slope (y - y0) */
	if (c->lo_ns != BELIEF_NO_LO &&
	    !cut(&trial, (struct half_plane){-1, lo_slope,
					     -l.lo0 + lo_slope * y0}))
		return -EDOM;
	if (c->hi_ns != BELIEF_NO_HI &&
	    !cut(&trial, (struct half_plane){1, -hi_slope,
					     l.hi0 - hi_slope * y0}))
		return -EDOM;
	*b = trial;
	b->samples++;
	convexify(b);
	simplify(b);
	set_swing(b, ax);
	return 0;
}

void belief_reopen(struct belief *b, const struct axioms *ax, double x_ns,
		   bool rate)
{
	if (b->samples == 0)
		return;
	box(b);
	for (int i = 0; i < 4; i++) {
		b->vertex[i].x_ns += i == 0 || i == 3 ? -x_ns : x_ns;
		if (rate)
			b->vertex[i].y_ppb =
				i < 2 ? -ax->drift_ppb : ax->drift_ppb;
	}
	set_swing(b, ax);
}

void belief_range(const struct belief *b, const struct axioms *ax,
		  int64_t raw_ns, int64_t *ret_lo_ns, int64_t *ret_hi_ns)
{
	const double d_s = seconds_since(b, raw_ns);
	const double grow_ns = ax->jitter_ppb * d_s +
			       ax->wander_ppb_s * d_s * d_s / 2;
	double lo, hi, x0, x1;

	assert(b->samples > 0 && b->count > 0);
	x_extremes_after(b, d_s, &lo, &hi);
	x_extremes_after(b, 0, &x0, &x1);
	lo = max2(lo - grow_ns, x0 + b->swing_ppb_min * d_s);
	hi = min2(hi + grow_ns, x1 + b->swing_ppb_max * d_s);
	*ret_lo_ns = b->origin_ns + floor_ns(lo);
	*ret_hi_ns = b->origin_ns + ceil_ns(hi);
}

void belief_rate(const struct belief *b, const struct axioms *ax,
		 int64_t raw_ns, double *ret_ppb_min, double *ret_ppb_max)
{
	const double d_s = seconds_since(b, raw_ns);
	double y0, y1;

	slow_limits(b, ax, &y0, &y1);
	y_extremes(b, ret_ppb_min, ret_ppb_max);
	*ret_ppb_min = max2(*ret_ppb_min - ax->wander_ppb_s * d_s, y0);
	*ret_ppb_max = min2(*ret_ppb_max + ax->wander_ppb_s * d_s, y1);
}
