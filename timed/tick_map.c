/* SPDX-License-Identifier: Apache-2.0 */
/* Raw time as a line in the CPU's counter. See tick_map.h. */
#include "timed/tick_map.h"

#include <math.h>
#include <stddef.h>

#include "libtt/segment.h"
#include "timed/bound.h"

#define NS_PER_S 1e9

/* The least lever for a rate: both ends' widths over it are the rate's error,
 * 40 ns over 10 s are 4 ppb. */
#define LEVER_NS 10e9

/* How fast the line is led to the middle of what it may be: in so many s. */
#define LEAD_S 16.0

/* Past the horizon a page's edges open by so much for the line's slope. */
#define SLOPE_ERR (BOUND_MAP_PPB / 1e9)

/* A page's rounding: down to whole ns by whoever reads it, and a ns to spare;
 * besides, it is up to a tick late (tick_map_page()). */
#define ROUND_NS 2

/* Raw readings are whole ns, rounded down by the kernel. */
#define RAW_ROUND_NS 1

int64_t tick_map_err_ns(int64_t bracket_ns, double tick_ns)
{
	const int64_t need_ns = bracket_ns + bracket_ns / 4 + 4 +
				(int64_t)tick_ns;

	for (int64_t err_ns = 32; err_ns <= 256; err_ns *= 2) {
		if (need_ns <= err_ns)
			return err_ns;
		if (need_ns <= err_ns * 3 / 2)
			return err_ns * 3 / 2;
	}
	return 0;
}

void tick_map_init(struct tick_map *m, int64_t err_ns, int64_t horizon_ns)
{
	*m = (struct tick_map){.err_ns = err_ns, .horizon_ns = horizon_ns};
}

void tick_map_forget(struct tick_map *m)
{
	m->has_first = false;
	m->has_line = false;
}

static __int128 line_at(const struct tick_map *m, uint64_t ticks)
{
	return m->line_q + (__int128)(int64_t)(ticks - m->ticks) * m->mult;
}

static double to_ns(__int128 q)
{
	return (double)q * 0x1p-48;
}

static __int128 to_q(int64_t ns)
{
	return (__int128)ns << SEGMENT_TICK_SHIFT;
}

static void begin(struct tick_map *m, const struct env_ticks *r)
{
	m->has_first = true;
	m->has_line = false;
	m->first = *r;
	m->rate_min = 0;
	m->rate_max = HUGE_VAL;
}

/* What the lever from the first reading to this one says of the rate. False:
 * readings contradict one another. */
static bool learn_rate(struct tick_map *m, const struct env_ticks *r)
{
	const double ticks = (double)(r->ticks - m->first.ticks);
	const double least = (double)(r->raw_ns_before -
				      m->first.raw_ns_after - RAW_ROUND_NS);
	const double most = (double)(r->raw_ns_after + RAW_ROUND_NS -
				     m->first.raw_ns_before);

	m->rate_min = fmax(m->rate_min, least / ticks);
	m->rate_max = fmin(m->rate_max, most / ticks);
	return m->rate_min <= m->rate_max;
}

/* How far before the line raw should be: the middle of what is_good() allows,
 * [tick - err, 0]. */
static double aim_ns(const struct tick_map *m)
{
	const double tick_ns = (m->rate_min + m->rate_max) / 2;

	return fmax(((double)m->err_ns - tick_ns) / 2, 0);
}

/* Begin the line so far after the middle of where raw may be. Only where the
 * last page was of no line: a jump. */
static void begin_line(struct tick_map *m, const struct env_ticks *r)
{
	const int64_t after_ns = r->raw_ns_after + RAW_ROUND_NS;
	const int64_t width_ns = after_ns - r->raw_ns_before;

	m->has_line = true;
	m->ticks = r->ticks;
	m->line_q = to_q(r->raw_ns_before + width_ns / 2 + llround(aim_ns(m)));
	m->dev_ns_min = to_ns(to_q(r->raw_ns_before) - m->line_q);
	m->dev_ns_max = to_ns(to_q(after_ns) - m->line_q);
}

/* Carry raw - line to this reading, and cut it by what was read. */
static bool follow(struct tick_map *m, const struct env_ticks *r)
{
	const double ticks = (double)(r->ticks - m->ticks);
	const double slope = (double)m->mult * 0x1p-48;
	const __int128 line_q = line_at(m, r->ticks);

	m->dev_ns_min += ticks * (m->rate_min - slope);
	m->dev_ns_max += ticks * (m->rate_max - slope);
	m->ticks = r->ticks;
	m->line_q = line_q;
	m->dev_ns_min = fmax(m->dev_ns_min,
			     to_ns(to_q(r->raw_ns_before) - line_q));
	m->dev_ns_max = fmin(m->dev_ns_max,
			     to_ns(to_q(r->raw_ns_after + RAW_ROUND_NS) -
				   line_q));
	return m->dev_ns_min <= m->dev_ns_max;
}

/* The slope: raw's, and a little more or less to bring the deviation to where it
 * should be. */
static void lead(struct tick_map *m)
{
	const double rate = (m->rate_min + m->rate_max) / 2;
	const double dev_ns = (m->dev_ns_min + m->dev_ns_max) / 2;
	const double away_ns = dev_ns + aim_ns(m);

	m->mult = llround(rate * (1 + away_ns / (LEAD_S * NS_PER_S)) *
			  0x1p48);
}

/* Does -err <= raw - page <= 0 hold over the horizon? A page is up to a tick, of
 * `slope` ns, after the line. */
static bool is_good(const struct tick_map *m)
{
	const double slope = (double)m->mult * 0x1p-48;
	const double ahead = (double)m->horizon_ns / slope;
	const double most = m->dev_ns_max +
			    fmax(0, ahead * (m->rate_max - slope));
	const double least = m->dev_ns_min +
			     fmin(0, ahead * (m->rate_min - slope));

	return most <= -ROUND_NS &&
	       least >= slope + ROUND_NS - (double)m->err_ns &&
	       m->rate_max - slope <= slope * SLOPE_ERR &&
	       slope - m->rate_min <= slope * SLOPE_ERR;
}

bool tick_map_add(struct tick_map *m, const struct env_ticks *r)
{
	if (m->err_ns == 0)
		return false;
	if (!m->has_first || r->ticks <= m->first.ticks) {
		begin(m, r);
		return false;
	}
	if (!learn_rate(m, r) || (m->has_line && !follow(m, r))) {
		m->failures++;
		begin(m, r);
		return false;
	}
	if ((double)(r->raw_ns_before - m->first.raw_ns_after) < LEVER_NS)
		return false;
	if (!m->has_line)
		begin_line(m, r);
	lead(m);
	m->has_line = is_good(m);
	return m->has_line;
}

void tick_map_page(const struct tick_map *m, int64_t anchor_raw_ns,
		   uint64_t *ret_ticks, uint64_t *ret_mult)
{
	const __int128 ahead_q = to_q(anchor_raw_ns) - m->line_q;
	__int128 ticks = ahead_q / m->mult;

	if (ahead_q % m->mult < 0)
		ticks--;
	*ret_ticks = m->ticks + (uint64_t)ticks;
	*ret_mult = (uint64_t)m->mult;
}
