/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exact fits through the gap between two clouds. See precision_fit.h.
 *
 * The cloud below is turned over, so that both are "above": a line of offset c
 * and rate y passes when c + y t <= a for each point (t, a) of the one, and
 * -c - y t <= b for each (t, b) of the other. What a cloud leaves room for at a
 * rate, room(y) = min(a - y t), is met on its lower convex hull, and is concave
 * in y. With gap(y) = room_above(y) + room_below(-y): the rates that are
 * possible are those with gap >= 0; the greatest offset is the greatest
 * room_above(y) among them; and the largest margin is half the greatest gap.
 */
#include "tools/skew/precision_fit.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define PPB INT64_C(1000000000)

/* Times are below 2^36, heights 2^41, and a rate's two parts 2^42 and 2^37: the
 * product of any two fits by far. */
__extension__ typedef __int128 wide;

struct rate {
	int64_t p, q; /* p / q, q > 0 */
};

/* The lower hull of a cloud, by t. */
typedef struct precision_cloud hull;

static int by_t(const void *a, const void *b)
{
	const struct precision_point *p = a, *q = b;

	if (p->t_ns != q->t_ns)
		return p->t_ns < q->t_ns ? -1 : 1;
	return (p->x_ns > q->x_ns) - (p->x_ns < q->x_ns);
}

/* Is b on or above the line from a to c? Then it is not on the lower hull. */
static bool is_above(const struct precision_point *a,
		     const struct precision_point *b,
		     const struct precision_point *c)
{
	return (wide)(b->x_ns - a->x_ns) * (c->t_ns - a->t_ns) >=
	       (wide)(c->x_ns - a->x_ns) * (b->t_ns - a->t_ns);
}

/* Andrew's monotone chain; within the cloud's own memory. */
static hull lower_hull(struct precision_cloud cloud)
{
	struct precision_point *p = cloud.point;
	size_t n = 0;

	qsort(p, cloud.count, sizeof(*p), by_t);
	for (size_t i = 0; i < cloud.count; i++) {
		if (n > 0 && p[n - 1].t_ns == p[i].t_ns)
			continue; /* the lower of the two came first */
		while (n > 1 && is_above(&p[n - 2], &p[n - 1], &p[i]))
			n--;
		p[n++] = p[i];
	}
	return (hull){p, n};
}

static void turn_over(struct precision_cloud cloud)
{
	for (size_t i = 0; i < cloud.count; i++)
		cloud.point[i].x_ns = -cloud.point[i].x_ns;
}

/* Time runs backwards: rates change their sign. */
static void turn_back(hull h)
{
	for (size_t i = 0; i < h.count; i++)
		h.point[i].t_ns = -h.point[i].t_ns;
	for (size_t i = 0, k = h.count; i + 1 < k; i++) {
		struct precision_point p = h.point[i];

		h.point[i] = h.point[--k];
		h.point[k] = p;
	}
}

static int compare(struct rate a, struct rate b)
{
	const wide l = (wide)a.p * b.q, r = (wide)b.p * a.q;

	return (l > r) - (l < r);
}

/* q (a - y t). */
static wide room_at(const struct precision_point *p, struct rate y)
{
	return (wide)p->x_ns * y.q - (wide)p->t_ns * y.p;
}

static struct rate minus(struct rate y)
{
	return (struct rate){-y.p, y.q};
}

/* The slope of the hull's edge from point i on. */
static struct rate edge_rate(hull h, size_t i)
{
	return (struct rate){h.point[i + 1].x_ns - h.point[i].x_ns,
			     h.point[i + 1].t_ns - h.point[i].t_ns};
}

/* Where the room at rate y is met: the last such point, so the one that counts
 * at rates a little above y. Slopes grow along the hull: searched from `i` on. */
static size_t met_after(hull h, struct rate y, size_t i)
{
	while (i + 1 < h.count && compare(edge_rate(h, i), y) <= 0)
		i++;
	return i;
}

/* The same from the other end: the first such point; searched from `i` down. */
static size_t met_before(hull h, struct rate y, size_t i)
{
	while (i > 0 && compare(edge_rate(h, i - 1), y) >= 0)
		i--;
	return i;
}

/*
 * The least rate from -rate_max on at which a line passes. The gap is concave:
 * from a rate that is too small, Newton's step along the two points that meet it
 * never goes too far, and takes at least one of them forward. 0 or -EDOM.
 */
static int least_rate(hull above, hull below, struct rate rate_max,
		      struct rate *ret)
{
	size_t i = 0, j = below.count - 1;
	struct rate y = minus(rate_max);

	for (;;) {
		const struct precision_point *a, *b;

		i = met_after(above, y, i);
		j = met_before(below, minus(y), j);
		a = &above.point[i];
		b = &below.point[j];
		if (room_at(a, y) + room_at(b, minus(y)) >= 0)
			break;
		if (b->t_ns <= a->t_ns)
			return -EDOM;
		y = (struct rate){-(a->x_ns + b->x_ns), b->t_ns - a->t_ns};
		if (compare(y, rate_max) > 0)
			return -EDOM;
	}
	*ret = y;
	return 0;
}

/* Upward. */
static int64_t quotient(wide n, int64_t d)
{
	return (int64_t)(n / d) + (n > 0 && n % d != 0);
}

/* The greatest room at rates from lo to hi, rounded up. */
static int64_t greatest_room(hull h, struct rate lo, struct rate hi)
{
	size_t i = met_after(h, lo, 0);
	const struct precision_point *a, *b;

	if (h.point[i].t_ns >= 0)
		return quotient(room_at(&h.point[i], lo), lo.q);
	i = met_before(h, hi, h.count - 1);
	if (h.point[i].t_ns <= 0)
		return quotient(room_at(&h.point[i], hi), hi.q);
	/* In between: the hull's own height at t = 0. */
	while (h.point[i - 1].t_ns > 0)
		i--;
	a = &h.point[i - 1];
	b = &h.point[i];
	return quotient((wide)a->x_ns * b->t_ns - (wide)b->x_ns * a->t_ns,
			b->t_ns - a->t_ns);
}

/* Upward. */
static int64_t change_ns(int64_t t_ns, int64_t ppb)
{
	return quotient((wide)(t_ns < 0 ? -t_ns : t_ns) * ppb, PPB);
}

/* What the rate alone says of t = 0; and the points widened by the wander. The
 * 1 ns is for the time of the stamp, which is off as well, at 1000 ppm. */
static int64_t apply(struct precision_cloud cloud,
		     const struct precision_axioms *axioms)
{
	int64_t ret_ns = INT64_MAX;

	for (size_t i = 0; i < cloud.count; i++) {
		struct precision_point *p = &cloud.point[i];
		int64_t at_ns;

		p->x_ns += 2 * axioms->stamp_err_ns + 1;
		at_ns = p->x_ns + change_ns(p->t_ns, axioms->rate_ppb_max);
		if (at_ns < ret_ns)
			ret_ns = at_ns;
		p->x_ns += change_ns(p->t_ns, axioms->wander_ppb_max);
	}
	return ret_ns;
}

/* Both ends of the range of rates. */
static int rate_range(hull above, hull below, struct rate max,
		      struct rate *ret_lo, struct rate *ret_hi)
{
	struct rate lo, hi;
	int err = least_rate(above, below, max, &lo);

	if (err)
		return err;
	turn_back(above);
	turn_back(below);
	err = least_rate(above, below, max, &hi);
	turn_back(above);
	turn_back(below);
	/* One end is there: so is the other. */
	assert(!err);
	*ret_lo = lo;
	*ret_hi = minus(hi);
	return 0;
}

static bool is_within_limits(struct precision_cloud c)
{
	for (size_t i = 0; i < c.count; i++) {
		const struct precision_point *p = &c.point[i];

		if (p->t_ns > PRECISION_T_NS_MAX ||
		    p->t_ns < -PRECISION_T_NS_MAX ||
		    p->x_ns > PRECISION_X_NS_MAX ||
		    p->x_ns < -PRECISION_X_NS_MAX)
			return false;
	}
	return true;
}

static void check(struct precision_cloud above, struct precision_cloud below,
		  int64_t rate_ppb_max)
{
	assert(is_within_limits(above) && is_within_limits(below));
	assert(rate_ppb_max >= 0 && rate_ppb_max <= PRECISION_PPB_MAX);
}

int precision_fit_range(struct precision_cloud above,
			struct precision_cloud below,
			const struct precision_axioms *axioms,
			struct precision_range *ret)
{
	struct rate max = {axioms->rate_ppb_max, PPB}, lo, hi;
	int64_t up_ns, down_ns, line_ns;
	int err;

	check(above, below, axioms->rate_ppb_max);
	assert(axioms->wander_ppb_max >= 0 &&
	       axioms->wander_ppb_max <= PRECISION_PPB_MAX);
	assert(axioms->stamp_err_ns >= 0 &&
	       axioms->stamp_err_ns < PRECISION_X_NS_MAX / 4);
	if (above.count == 0 || below.count == 0)
		return -ENODATA;
	turn_over(below);
	up_ns = apply(above, axioms);
	down_ns = apply(below, axioms);
	above = lower_hull(above);
	below = lower_hull(below);
	err = rate_range(above, below, max, &lo, &hi);
	if (err)
		return err;
	line_ns = greatest_room(above, lo, hi);
	if (line_ns < up_ns)
		up_ns = line_ns;
	line_ns = greatest_room(below, minus(hi), minus(lo));
	if (line_ns < down_ns)
		down_ns = line_ns;
	if (-down_ns > up_ns)
		return -EDOM;
	*ret = (struct precision_range){-down_ns, up_ns};
	return 0;
}

/* The next rate above which another point meets the room of one of the two. */
static bool next_rate(hull above, hull below, size_t i, size_t j,
		      struct rate *ret)
{
	struct rate b;

	if (i + 1 >= above.count && j == 0)
		return false;
	if (j == 0) {
		*ret = edge_rate(above, i);
		return true;
	}
	b = minus(edge_rate(below, j - 1));
	*ret = b;
	if (i + 1 < above.count && compare(edge_rate(above, i), b) < 0)
		*ret = edge_rate(above, i);
	return true;
}

static double value(struct rate y)
{
	return (double)y.p / (double)y.q;
}

static double clamp(double v, double max)
{
	return v > max ? max : v < -max ? -max : v;
}

/*
 * Where the gap is greatest: it grows with the rate while the point that meets
 * it below is later than the one above. Where it is greatest over a range of
 * rates, the middle.
 */
static double widest_rate(hull above, hull below, double max)
{
	size_t i = 0, j = below.count - 1;
	struct rate y = {0, 0}, end;

	while (below.point[j].t_ns > above.point[i].t_ns &&
	       next_rate(above, below, i, j, &y)) {
		i = met_after(above, y, i);
		j = met_before(below, minus(y), j);
	}
	/* No rate was passed, or none stops the growth: one cloud is all later
	 * than the other, and the steepest line is the widest. */
	if (y.q == 0 && below.point[j].t_ns < above.point[i].t_ns)
		return -max;
	if (below.point[j].t_ns > above.point[i].t_ns)
		return max;
	if (below.point[j].t_ns < above.point[i].t_ns)
		return clamp(value(y), max);
	if (!next_rate(above, below, i, j, &end))
		return y.q == 0 ? 0 : clamp(value(y), max);
	if (y.q == 0)
		return clamp(value(end), max);
	return (clamp(value(y), max) + clamp(value(end), max)) / 2;
}

static double room_of(hull h, double y)
{
	double ret = HUGE_VAL;

	for (size_t i = 0; i < h.count; i++)
		ret = fmin(ret, (double)h.point[i].x_ns -
					y * (double)h.point[i].t_ns);
	return ret;
}

int precision_fit_line(struct precision_cloud above,
		       struct precision_cloud below, int64_t rate_ppb_max,
		       struct precision_line *ret)
{
	double y, up_ns, down_ns;

	check(above, below, rate_ppb_max);
	if (above.count == 0 || below.count == 0)
		return -ENODATA;
	turn_over(below);
	above = lower_hull(above);
	below = lower_hull(below);
	y = widest_rate(above, below, (double)rate_ppb_max / PPB);
	up_ns = room_of(above, y);
	down_ns = room_of(below, -y);
	*ret = (struct precision_line){.offset_ns = (up_ns - down_ns) / 2,
				       .rate_ppb = y * PPB,
				       .margin_ns = (up_ns + down_ns) / 2};
	return 0;
}
