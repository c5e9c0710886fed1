/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Past instants of a PHC on the raw counter. Whoever steers the PHC changes its
 * frequency between two readings, so an event that it stamped is placed by the
 * readings on both sides of it, with every frequency that may have been in
 * force between them; axioms A1 and A2 of the raw counter are not asked. Pure.
 *
 * Between readings A and B, d apart, phc - raw leaves the straight line from A
 * to B by no more than s u (d - u) / d at u from A, when all rates in force
 * there lie within a band of width s: next to a reading by next to nothing. What
 * lies within that of the lines between the lower ends and between the upper
 * ends is what is possible.
 */
#ifndef PHC_MAP_H
#define PHC_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/phc_device.h"

#define PHC_MAP_ENTRIES 256

struct phc_map_options {
	double drift_ppb;  /* unsteered: the PHC's oscillator against raw */
	double jitter_ppb; /* how far that changes within some seconds, besides
	                      the frequency that the kernel names */
	double steer_ppb;  /* the same where the kernel names no frequency: how
	                      far the servo may change it; < 0: not declared */
	int64_t apart_ns_max; /* further apart, they say nothing of between */
};

/* A reading, and how far the frequencies that the kernel named have moved phc -
 * raw since the first one in the ring. */
struct phc_map_entry {
	struct phc_reading reading;
	double steered_ns_min;
	double steered_ns_max;
};

struct phc_map {
	struct phc_map_options opt;
	int count;
	int newest; /* index in ring, where count > 0 */
	int64_t since_raw_ns; /* it was not stepped since, where count > 0 */
	struct phc_map_entry ring[PHC_MAP_ENTRIES];
};

void phc_map_init(struct phc_map *map, const struct phc_map_options *opt);

/*
 * False: the PHC has moved by more than its frequency explains since the
 * reading before, which is forgotten with all earlier ones. What the frequency
 * explains is learnt: over the last seconds the two oscillators ran apart at
 * some rate, and still do, within jitter_ppb. A step that is less than the
 * readings' own widths hides in them. A reading no later than the one before
 * is a step too.
 */
bool phc_map_add(struct phc_map *map, const struct phc_reading *reading);

/*
 * Where the raw counter was when the PHC showed phc_ns, since_raw_ns or later: a
 * PHC that is stepped back shows it twice, and which was meant the caller must
 * know. 0 or negative errno:
 * -EAGAIN no reading lies after it yet, -ENODATA none lies before it (too old,
 * or on the other side of a step), or the two are too far apart.
 * `ret_stamp_ns`, of either side, is the declared quantum and latch of the
 * readings; that of the event's own stamp is the caller's.
 */
int phc_map_raw(const struct phc_map *map, int64_t phc_ns,
		int64_t *ret_raw_ns_min, int64_t *ret_raw_ns_max,
		int64_t *ret_stamp_ns);

#endif
