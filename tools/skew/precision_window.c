/* SPDX-License-Identifier: Apache-2.0 */
/* From stamps to an interval and an estimate. See precision_window.h. */
#include "tools/skew/precision_window.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PARTS  4  /* into which the legs are dealt, for the error */
#define ROUNDS 16 /* of leaving out what has no support */

/* As edges have it (edge.h): what is added to it later cannot overflow. */
#define OFFSET_NS_MAX INT64_C(3900000000000000000)

int precision_window_open(struct precision_window *w, size_t legs)
{
	assert(legs > 0 && legs <= PRECISION_LEGS_MAX);
	memset(w, 0, sizeof(*w));
	w->room = legs;
	for (int i = 0; i < 2; i++) {
		w->leg[i].point = calloc(legs, sizeof(*w->scratch));
		w->pure[i].point = calloc(legs, sizeof(*w->scratch));
		if (!w->leg[i].point || !w->pure[i].point)
			goto no_memory;
	}
	w->scratch = calloc(4 * legs, sizeof(*w->scratch));
	if (w->scratch)
		return 0;
no_memory:
	precision_window_close(w);
	return -ENOMEM;
}

void precision_window_close(struct precision_window *w)
{
	for (int i = 0; i < 2; i++) {
		free(w->leg[i].point);
		free(w->pure[i].point);
	}
	free(w->scratch);
	memset(w, 0, sizeof(*w));
}

void precision_window_begin(struct precision_window *w,
			    const struct precision_rules *rules,
			    enum precision_stamp wanted)
{
	w->rules = *rules;
	w->wanted = wanted;
	w->has_origin = false;
	for (int i = 0; i < 2; i++) {
		w->leg[i].count = w->pure[i].count = 0;
		w->count[i] = (struct precision_count){0};
	}
}

static enum precision_stamp worse(const struct precision_leg *leg)
{
	return leg->tx_kind < leg->rx_kind ? leg->tx_kind : leg->rx_kind;
}

/* Are both stamps of the kind of clock that this window is about? */
static bool is_of_one_clock(const struct precision_window *w,
			    const struct precision_leg *leg)
{
	const bool tx = leg->tx_kind == PRECISION_HARDWARE,
		   rx = leg->rx_kind == PRECISION_HARDWARE,
		   wanted = w->wanted == PRECISION_HARDWARE;

	return tx == wanted && rx == wanted;
}

/* Its point since the origin, which the first leg sets; false: absurd. */
static bool place(struct precision_window *w, enum precision_way way,
		  const struct precision_leg *leg, struct precision_point *ret)
{
	const bool out = way == PRECISION_OUT;
	const int64_t local_ns = out ? leg->tx_ns : leg->rx_ns;
	int64_t offset_ns, t_ns, x_ns;

	if (__builtin_sub_overflow(out ? leg->rx_ns : leg->tx_ns, local_ns,
				   &offset_ns) ||
	    offset_ns > OFFSET_NS_MAX || offset_ns < -OFFSET_NS_MAX)
		return false;
	if (!w->has_origin) {
		w->has_origin = true;
		w->origin_local_ns = local_ns;
		w->origin_offset_ns = offset_ns;
		w->first_ns = w->last_ns = 0;
	}
	if (__builtin_sub_overflow(local_ns, w->origin_local_ns, &t_ns) ||
	    __builtin_sub_overflow(offset_ns, w->origin_offset_ns, &x_ns) ||
	    t_ns > PRECISION_T_NS_MAX / 2 || t_ns < -PRECISION_T_NS_MAX / 2 ||
	    x_ns > PRECISION_X_NS_MAX || x_ns < -PRECISION_X_NS_MAX)
		return false;
	*ret = (struct precision_point){t_ns, x_ns};
	return true;
}

/* One leg into the interval's cloud. */
static bool take_leg(struct precision_window *w, enum precision_way way,
		     const struct precision_leg *leg,
		     struct precision_point *ret)
{
	struct precision_cloud *c = &w->leg[way];

	if (worse(leg) == PRECISION_NONE)
		return false;
	if (c->count == w->room || !is_of_one_clock(w, leg) ||
	    !place(w, way, leg, ret)) {
		w->count[way].dropped++;
		return false;
	}
	w->first_ns = ret->t_ns < w->first_ns ? ret->t_ns : w->first_ns;
	w->last_ns = ret->t_ns > w->last_ns ? ret->t_ns : w->last_ns;
	c->point[c->count++] = *ret;
	w->count[way].legs++;
	w->count[way].good += worse(leg) >= w->wanted;
	return true;
}

/* Did the two come in as far apart as they went out? */
static bool is_pure(const struct precision_window *w,
		    const struct precision_leg leg[2])
{
	const int64_t code_ns = leg[1].tx_ns - leg[0].tx_ns,
		      came_ns = leg[1].rx_ns - leg[0].rx_ns;

	return worse(&leg[0]) >= w->wanted && worse(&leg[1]) >= w->wanted &&
	       llabs(came_ns - code_ns) <= w->rules.epsilon_ns;
}

void precision_window_take(struct precision_window *w, enum precision_way way,
			   const struct precision_leg leg[2])
{
	struct precision_cloud *c = &w->pure[way];
	struct precision_point p[2] = {{0, 0}, {0, 0}};
	const bool first = take_leg(w, way, &leg[0], &p[0]),
		   second = take_leg(w, way, &leg[1], &p[1]);

	w->count[way].pairs += first || second;
	if (!first || !second || !is_pure(w, leg))
		return;
	/* Not more than there are legs: there is room. */
	c->point[c->count++] = p[0];
	c->point[c->count++] = p[1];
	w->count[way].pure++;
}

static void shift(struct precision_cloud c, int64_t t_ns)
{
	for (size_t i = 0; i < c.count; i++)
		c.point[i].t_ns -= t_ns;
}

/* Part `k` of the points to go by, or (PARTS) all of them. */
static struct precision_cloud deal(const struct precision_window *w,
				   enum precision_way way, size_t k)
{
	const struct precision_cloud *from =
		w->rules.is_pure_only ? &w->pure[way] : &w->leg[way];
	struct precision_cloud ret = {w->scratch + way * w->room, 0};

	for (size_t i = 0; i < from->count; i++) {
		if (k == PARTS || i / 2 % PARTS == k)
			ret.point[ret.count++] = from->point[i];
	}
	return ret;
}

/* How far the point is from the line, to its own side. */
static double height_ns(const struct precision_point *p, enum precision_way way,
			const struct precision_line *line)
{
	const double up = (double)p->x_ns - line->offset_ns -
			  line->rate_ppb * 1e-9 * (double)p->t_ns;

	return way == PRECISION_OUT ? up : -up;
}

/* Leave out what is nearest to the line, if it is too little to be believed:
 * the number of points, 0: it is enough. */
static size_t leave_out(struct precision_cloud *c, enum precision_way way,
			const struct precision_line *line, int64_t epsilon_ns)
{
	const double near_ns = line->margin_ns + (double)epsilon_ns;
	size_t support = 0, kept = 0;

	for (size_t i = 0; i < c->count; i++)
		support += height_ns(&c->point[i], way, line) <= near_ns;
	if (support >= PRECISION_SUPPORT ||
	    c->count < support + PRECISION_LEGS_MIN)
		return 0;
	for (size_t i = 0; i < c->count; i++) {
		if (height_ns(&c->point[i], way, line) > near_ns)
			c->point[kept++] = c->point[i];
	}
	c->count = kept;
	return support;
}

/* A copy, for a fit to take apart. */
static struct precision_cloud copy(const struct precision_window *w,
				   const struct precision_cloud *c,
				   enum precision_way way)
{
	struct precision_point *to = w->scratch + (2 + way) * w->room;

	memcpy(to, c->point, c->count * sizeof(*to));
	return (struct precision_cloud){to, c->count};
}

/* The line with support on both sides. 0, or -ENODATA: too few legs. */
static int fit(const struct precision_window *w, size_t part,
	       struct precision_line *ret, size_t *ret_left_out)
{
	struct precision_cloud c[2] = {deal(w, PRECISION_OUT, part),
				       deal(w, PRECISION_BACK, part)};
	size_t out = 0, more = 1;

	for (int round = 0; round < ROUNDS && more > 0; round++) {
		const int err =
			precision_fit_line(copy(w, &c[0], PRECISION_OUT),
					   copy(w, &c[1], PRECISION_BACK),
					   w->rules.axioms.rate_ppb_max, ret);

		if (err)
			return err;
		more = 0;
		for (int i = 0; i < 2; i++)
			more += leave_out(&c[i], (enum precision_way)i, ret,
					  w->rules.epsilon_ns);
		out += more;
	}
	*ret_left_out = out;
	return 0;
}

/* How the parts' offsets scatter, as an error of all together: each had a
 * quarter of the legs. */
static double scatter_ns(const struct precision_window *w)
{
	struct precision_line line[PARTS];
	double mean = 0, square = 0;
	size_t left_out;

	for (size_t k = 0; k < PARTS; k++) {
		if (fit(w, k, &line[k], &left_out))
			return HUGE_VAL;
		mean += line[k].offset_ns / PARTS;
	}
	for (size_t k = 0; k < PARTS; k++)
		square +=
			(line[k].offset_ns - mean) * (line[k].offset_ns - mean);
	return sqrt(square / (PARTS - 1) / PARTS);
}

static bool estimate(const struct precision_window *w,
		     struct precision_verdict *v)
{
	const struct precision_cloud *from =
		w->rules.is_pure_only ? w->pure : w->leg;
	struct precision_line line;
	double error_ns;

	if (from[PRECISION_OUT].count < PRECISION_LEGS_MIN ||
	    from[PRECISION_BACK].count < PRECISION_LEGS_MIN ||
	    fit(w, PARTS, &line, &v->left_out))
		return false;
	error_ns = ceil(hypot(scatter_ns(w),
			      fmax(1, (double)w->rules.axioms.stamp_err_ns)));
	v->estimate_ns = w->origin_offset_ns + llround(line.offset_ns);
	v->error_ns = (int64_t)fmin(error_ns, (double)PRECISION_X_NS_MAX);
	v->rate_ppb = line.rate_ppb;
	v->margin_ns = line.margin_ns;
	v->delay_ns = llround(fmax(2 * line.margin_ns, 0));
	v->is_clipped = v->estimate_ns < v->lo_ns || v->estimate_ns > v->hi_ns;
	if (v->estimate_ns < v->lo_ns)
		v->estimate_ns = v->lo_ns;
	if (v->estimate_ns > v->hi_ns)
		v->estimate_ns = v->hi_ns;
	return true;
}

int precision_window_judge(struct precision_window *w,
			   struct precision_verdict *ret)
{
	struct precision_verdict v = {0};
	struct precision_range range;
	int64_t middle_ns;
	int err;

	if (!w->has_origin)
		return -ENODATA;
	middle_ns = w->first_ns + (w->last_ns - w->first_ns) / 2;
	for (int i = 0; i < 2; i++) {
		shift(w->leg[i], middle_ns);
		shift(w->pure[i], middle_ns);
	}
	err = precision_fit_range(copy(w, &w->leg[0], PRECISION_OUT),
				  copy(w, &w->leg[1], PRECISION_BACK),
				  &w->rules.axioms, &range);
	if (err)
		return err;
	v.at_local_ns = w->origin_local_ns + middle_ns;
	v.lo_ns = w->origin_offset_ns + range.lo_ns;
	v.hi_ns = w->origin_offset_ns + range.hi_ns;
	v.has_estimate = estimate(w, &v);
	*ret = v;
	return 0;
}
