/* SPDX-License-Identifier: Apache-2.0 */
/* Scales of axes. See scale.h. */
#include "chart/scale.h"

#include <math.h>
#include <stddef.h>

/* Beyond these nothing is drawn to scale: 10^-18 to 10^24. */
#define LOG_STEP_MIN (-54)
#define LOG_STEP_MAX 72
#define VALUE_MAX    1e24

/* The n-th of 1, 2, 5, 10, 20, ...; n may be negative. */
static double log_step(int n)
{
	static const double step[] = {1, 2, 5};
	const int decade = n >= 0 ? n / 3 : -((2 - n) / 3);

	return step[n - 3 * decade] * pow(10, decade);
}

/* A hair's breadth of room: edges are made of pow(). */
static bool is_at_most(double a, double b)
{
	return a <= b * (1 + 1e-9);
}

struct scale scale_log(double min, double max)
{
	int lo = LOG_STEP_MIN, hi;

	if (!isfinite(max) || !(max > 0))
		return (struct scale){1, 10, true};
	if (!(min > 0) || !(min <= max))
		min = max;
	while (lo < LOG_STEP_MAX - 4 && is_at_most(log_step(lo + 1), min))
		lo++;
	hi = lo + 3;
	while (hi < LOG_STEP_MAX && !is_at_most(max, log_step(hi)))
		hi++;
	return (struct scale){log_step(lo), log_step(hi), true};
}

/* 1, 2 or 5 times a power of ten: the least that is not below v. */
static double round_step(double v)
{
	const double decade = pow(10, floor(log10(v)));
	const double part = v / decade;

	return decade * (is_at_most(part, 1)   ? 1
			 : is_at_most(part, 2) ? 2
			 : is_at_most(part, 5) ? 5
					       : 10);
}

/* What is too small to divide is nothing. */
static double clamp(double v)
{
	if (fabs(v) < 1 / VALUE_MAX)
		return 0;
	return isfinite(v) ? fmin(fmax(v, -VALUE_MAX), VALUE_MAX) : 0;
}

struct scale scale_linear(double min, double max, int steps)
{
	double step;

	min = clamp(min);
	max = clamp(max);
	if (!(max - min > 1e-12 * fmax(fabs(min), fabs(max)))) {
		if (min == 0)
			return (struct scale){-1, 1, false};
		max = min + fabs(min) / 2;
		min -= fabs(min) / 2;
	}
	step = round_step((max - min) / (steps > 1 ? steps : 1));
	return (struct scale){step * floor(min / step + 1e-9),
			      step * ceil(max / step - 1e-9), false};
}

double scale_part(const struct scale *s, double v)
{
	double part;

	if (isnan(v) || (s->is_log && !(v > 0)))
		return 0;
	part = s->is_log ? log(v / s->lo) / log(s->hi / s->lo)
			 : (v - s->lo) / (s->hi - s->lo);
	return fmin(fmax(part, 0), 1);
}

/* ---- labels ---- */

static void add(struct scale_ticks *t, double at)
{
	if (t->count < SCALE_TICKS_MAX)
		t->at[t->count++] = at;
}

/* Every `every`-th step of 1, 2, 5 that lies within. */
static void add_log(const struct scale *s, int every, struct scale_ticks *ret)
{
	for (int n = LOG_STEP_MIN; n <= LOG_STEP_MAX; n++)
		if (n % every == 0 && is_at_most(s->lo, log_step(n)) &&
		    is_at_most(log_step(n), s->hi))
			add(ret, log_step(n));
}

static int log_steps(const struct scale *s, int every)
{
	int count = 0;

	for (int n = LOG_STEP_MIN; n <= LOG_STEP_MAX; n++)
		count += n % every == 0 && is_at_most(s->lo, log_step(n)) &&
			 is_at_most(log_step(n), s->hi);
	return count;
}

static void log_ticks(const struct scale *s, int most, struct scale_ticks *ret)
{
	static const int every[] = {1, 3, 6, 9, 18};

	for (size_t i = 0; i < sizeof(every) / sizeof(*every); i++)
		if (log_steps(s, every[i]) <= most) {
			add_log(s, every[i], ret);
			return;
		}
	add(ret, s->lo);
	add(ret, s->hi);
}

/* Multiples of step within lo to hi, from an integer on: no sum of roundings. */
static void add_linear(double lo, double hi, double step,
		       struct scale_ticks *ret)
{
	const double first = ceil(lo / step - 1e-9);

	ret->step = step;
	for (int i = 0; i < SCALE_TICKS_MAX; i++)
		if ((first + i) * step <= hi + step * 1e-9)
			add(ret, (first + i) * step + 0.0);
}

static int limit(int most)
{
	return most < 2 ? 2 : most > SCALE_TICKS_MAX ? SCALE_TICKS_MAX : most;
}

void scale_ticks(const struct scale *s, int most, struct scale_ticks *ret)
{
	*ret = (struct scale_ticks){0};
	most = limit(most);
	if (s->is_log)
		log_ticks(s, most, ret);
	else
		add_linear(s->lo, s->hi, round_step((s->hi - s->lo) / (most - 1)),
			   ret);
}

void scale_time_ticks(double from_s, double to_s, int most,
		      struct scale_ticks *ret)
{
	static const double step_s[] = {
		1,    2,     5,     10,    15,     30,     60,	    120,
		300,  600,   900,   1800,  3600,   7200,   10800,   21600,
		43200, 86400, 172800, 345600, 604800, 1209600, 2592000};
	const size_t count = sizeof(step_s) / sizeof(*step_s);
	size_t i = 0;

	*ret = (struct scale_ticks){0};
	most = limit(most);
	while (i + 1 < count && (to_s - from_s) / step_s[i] > most - 1)
		i++;
	if (to_s > from_s && (to_s - from_s) / step_s[i] <= SCALE_TICKS_MAX)
		add_linear(from_s, to_s, step_s[i], ret);
}
