/* SPDX-License-Identifier: Apache-2.0 */
/* Past instants of a PHC on the raw counter. See phc_map.h. */
#include "drivers/phc_map.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Each bound is worked out in doubles from its reading, and then rounded. */
#define ROUND_NS 1

/* The oscillators' difference is learnt over so long at most: long enough for
 * the readings' widths to matter little, too short for temperatures to. */
#define LEARN_NS INT64_C(4000000000)

/* A bow is drawn along raw, and crossed along the PHC: their rates differ by a
 * thousandth at most, where anything at all is said. */
#define BOW_SCALE 1.001

struct band {
	double min;
	double max;
};

void phc_map_init(struct phc_map *map, const struct phc_map_options *opt)
{
	memset(map, 0, sizeof(*map));
	map->opt = *opt;
}

static const struct phc_map_entry *entry_at(const struct phc_map *map, int back)
{
	const int i = map->newest - back;

	return &map->ring[i < 0 ? i + PHC_MAP_ENTRIES : i];
}

static const struct phc_reading *reading_at(const struct phc_map *map, int back)
{
	return &entry_at(map, back)->reading;
}

/* The rates that may have been in force from a to b: slowest and fastest, the
 * oscillators' own differences not counted. */
static struct band named_rates(const struct phc_map *map,
			       const struct phc_reading *a,
			       const struct phc_reading *b)
{
	const double steer_ppb =
		map->opt.steer_ppb >= 0 ? map->opt.steer_ppb : INFINITY;
	double spread_ppb;

	if (!a->has_rate || !b->has_rate)
		return (struct band){-steer_ppb, steer_ppb};
	/* Where it changed it may have changed more than once: what lay between
	 * is looked for as far outside again. */
	spread_ppb = fabs(b->rate_ppb - a->rate_ppb);
	return (struct band){fmin(a->rate_ppb, b->rate_ppb) - spread_ppb,
			     fmax(a->rate_ppb, b->rate_ppb) + spread_ppb};
}

/* How far phc - raw has moved from a to b. */
static struct band moved_ns(const struct phc_reading *a,
			    const struct phc_reading *b)
{
	return (struct band){(double)(b->lo_ns - a->hi_ns) - ROUND_NS,
			     (double)(b->hi_ns - a->lo_ns) + ROUND_NS};
}

/* How fast the two oscillators run apart, frequencies that are named not
 * counted: declared, and learnt from what is in the ring, but not too old. */
static struct band unsteered_ppb(const struct phc_map *map)
{
	const struct phc_map_entry *b = entry_at(map, 0), *a = b;
	struct band ppb = {-map->opt.drift_ppb, map->opt.drift_ppb}, moved;
	double d_ns;

	for (int back = 1; back < map->count; back++) {
		const struct phc_map_entry *e = entry_at(map, back);

		if (b->reading.raw_ns - e->reading.raw_ns > LEARN_NS)
			break;
		a = e;
	}
	d_ns = (double)(b->reading.raw_ns - a->reading.raw_ns);
	if (d_ns <= 0)
		return ppb;
	moved = moved_ns(&a->reading, &b->reading);
	moved.min -= b->steered_ns_max - a->steered_ns_max;
	moved.max -= b->steered_ns_min - a->steered_ns_min;
	/* fmax and fmin take the number where the other is none */
	ppb.min = fmax(ppb.min, moved.min / d_ns * 1e9 - map->opt.jitter_ppb);
	ppb.max = fmin(ppb.max, moved.max / d_ns * 1e9 + map->opt.jitter_ppb);
	return ppb;
}

/* Can the PHC have come to b from the last reading without a step? */
static bool follows(const struct phc_map *map, const struct phc_reading *b)
{
	const struct phc_reading *a = reading_at(map, 0);
	const double d_ns = (double)(b->raw_ns - a->raw_ns);
	const struct band named = named_rates(map, a, b);
	const struct band own = unsteered_ppb(map);
	const struct band moved = moved_ns(a, b);

	return b->raw_ns > a->raw_ns && b->phc_ns > a->phc_ns &&
	       moved.max >= (named.min + own.min) * 1e-9 * d_ns &&
	       moved.min <= (named.max + own.max) * 1e-9 * d_ns;
}

static struct phc_map_entry entry_of(const struct phc_map *map,
				     const struct phc_reading *b)
{
	struct phc_map_entry e = {.reading = *b};
	struct band named;
	double d_ns;

	if (map->count == 0)
		return e;
	named = named_rates(map, reading_at(map, 0), b);
	d_ns = (double)(b->raw_ns - reading_at(map, 0)->raw_ns);
	e.steered_ns_min =
		entry_at(map, 0)->steered_ns_min + named.min * 1e-9 * d_ns;
	e.steered_ns_max =
		entry_at(map, 0)->steered_ns_max + named.max * 1e-9 * d_ns;
	return e;
}

bool phc_map_add(struct phc_map *map, const struct phc_reading *reading)
{
	const bool is_on = map->count == 0 || follows(map, reading);
	struct phc_map_entry e;

	if (!is_on)
		map->count = 0;
	if (map->count == 0)
		map->since_raw_ns = reading->raw_ns;
	e = entry_of(map, reading);
	map->newest = map->count == 0 ? 0 : (map->newest + 1) % PHC_MAP_ENTRIES;
	if (map->count < PHC_MAP_ENTRIES)
		map->count++;
	map->ring[map->newest] = e;
	return is_on;
}

/* The raw counter at phc_ns, on the straight line from offset `from_ns` at a
 * to `to_ns` at b. */
static double cross_ns(const struct phc_reading *a, const struct phc_reading *b,
		       int64_t phc_ns, int64_t from_ns, int64_t to_ns)
{
	const double d_ns = (double)(b->raw_ns - a->raw_ns);
	const double moved_ns = (double)(to_ns - from_ns);
	const double along_ns = (double)(phc_ns - a->raw_ns - from_ns);

	/* raw + from + moved (raw - raw_a) / d = phc */
	return along_ns * d_ns / (d_ns + moved_ns);
}

static double half_ns(const struct phc_reading *r)
{
	return (double)(r->hi_ns - r->lo_ns) / 2 + ROUND_NS;
}

/*
 * How far from the straight line the PHC may have been at phc_ns. With rates
 * from y to y + s it has moved by at least y u since A, and by at most (y + s)
 * u; and so back from B, d - u later. At the most it is s u (d - u) / d off the
 * straight line. Where u was is known but to the readings' own widths and to the
 * bow at its widest; as much is added to both of its sides.
 */
static double bow_ns(const struct phc_map *map, const struct phc_reading *a,
		     const struct phc_reading *b, int64_t phc_ns)
{
	const double d_ns = (double)(b->raw_ns - a->raw_ns);
	const struct band named = named_rates(map, a, b);
	const double wide =
		(named.max - named.min + 2 * map->opt.jitter_ppb) * 1e-9;
	const double spare_ns = half_ns(a) + half_ns(b) + wide * d_ns / 4;
	const double since_ns = (double)(phc_ns - a->phc_ns) + spare_ns;
	const double until_ns = (double)(b->phc_ns - phc_ns) + spare_ns;

	return wide * since_ns / d_ns * until_ns * BOW_SCALE;
}

/* A raw instant from a's, in whole ns; it may lie outside of [a, b], by the
 * readings' own widths. */
static int place(const struct phc_map *map, const struct phc_reading *a,
		 const struct phc_reading *b, int64_t phc_ns, int64_t *ret_min,
		 int64_t *ret_max)
{
	const double bow = bow_ns(map, a, b, phc_ns);
	const double early = cross_ns(a, b, phc_ns, a->hi_ns, b->hi_ns) - bow;
	const double late = cross_ns(a, b, phc_ns, a->lo_ns, b->lo_ns) + bow;

	if (!isfinite(bow) || b->raw_ns - a->raw_ns > map->opt.apart_ns_max)
		return -ENODATA;
	*ret_min = a->raw_ns + (int64_t)floor(early) - ROUND_NS;
	*ret_max = a->raw_ns + (int64_t)ceil(late) + ROUND_NS;
	return 0;
}

int phc_map_raw(const struct phc_map *map, int64_t phc_ns,
		int64_t *ret_raw_ns_min, int64_t *ret_raw_ns_max,
		int64_t *ret_stamp_ns)
{
	const struct phc_reading *b;

	if (map->count == 0)
		return -EAGAIN;
	b = reading_at(map, 0);
	if (phc_ns > b->phc_ns)
		return -EAGAIN;
	for (int back = 1; back < map->count; back++) {
		const struct phc_reading *a = reading_at(map, back);

		if (phc_ns >= a->phc_ns) {
			*ret_stamp_ns = a->stamp_ns > b->stamp_ns ? a->stamp_ns
								  : b->stamp_ns;
			return place(map, a, b, phc_ns, ret_raw_ns_min,
				     ret_raw_ns_max);
		}
		b = a;
	}
	return -ENODATA;
}
