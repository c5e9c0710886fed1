/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A window of probe pairs between two nodes: takes the stamps of each leg, and
 * judges when all are in: the interval that contains the offset, and an estimate
 * within it.
 *
 * A pair is pure one way when its two packets came in as far apart as they went
 * out, to within `epsilon_ns`: then most likely neither stood in a queue, and no
 * stamp was off (Geng et al., NSDI '18, section 3.1). There the estimate is made
 * of pure pairs; `is_pure_only` does that. But a path of five ports at 60 % load
 * lets one packet in a hundred through at once, and one pair in 10,000: so by
 * default every leg is taken, and the line is asked for support instead: on
 * either side at least PRECISION_SUPPORT legs lie within `epsilon_ns` of the
 * nearest. A lone one is held to be a stamp that is off, and left out. The
 * interval leaves out nothing.
 */
#ifndef PRECISION_WINDOW_H
#define PRECISION_WINDOW_H

#include <stdbool.h>

#include "tools/skew/precision_fit.h"
#include "tools/skew/precision_packet.h"

#define PRECISION_LEGS_MAX 131072 /* each way in one window */

/* With fewer legs than this to go by, either way, no estimate is made. */
#define PRECISION_LEGS_MIN 8
#define PRECISION_SUPPORT  3

struct precision_rules {
	struct precision_axioms axioms;
	int64_t epsilon_ns;
	bool is_pure_only;
};

/* One packet's way: the stamp of who sent it, by his clock, and of who received
 * it, by his. Kind none: lost, or never known. */
struct precision_leg {
	int64_t tx_ns, rx_ns;
	enum precision_stamp tx_kind, rx_kind;
};

enum precision_way { PRECISION_OUT, PRECISION_BACK };

struct precision_count {
	size_t pairs;	/* with at least one leg this way */
	size_t legs;
	size_t good;	/* legs whose stamps are no worse than wanted */
	size_t pure;	/* pairs */
	size_t dropped; /* legs that cannot be: absurd, or of mixed clocks */
};

struct precision_window {
	struct precision_rules rules;
	enum precision_stamp wanted;
	size_t room;
	struct precision_cloud leg[2], pure[2]; /* by precision_way */
	struct precision_point *scratch; /* four times that */
	struct precision_count count[2];
	bool has_origin;
	int64_t origin_local_ns, origin_offset_ns;
	int64_t first_ns, last_ns; /* local, since the origin */
};

/* Room for that many legs each way; 0 or -ENOMEM. Close: also half-built. */
int precision_window_open(struct precision_window *w, size_t legs);
void precision_window_close(struct precision_window *w);

/*
 * A new window. Kinds of stamps: `wanted` _HARDWARE takes legs whose two stamps
 * are that; otherwise those of CLOCK_REALTIME are taken, and those pairs alone
 * may be pure that have no stamp worse than `wanted`.
 */
void precision_window_begin(struct precision_window *w,
			    const struct precision_rules *rules,
			    enum precision_stamp wanted);

void precision_window_take(struct precision_window *w, enum precision_way way,
			   const struct precision_leg leg[2]);

struct precision_verdict {
	int64_t at_local_ns;	/* what it is true of: the window's middle */
	int64_t lo_ns, hi_ns;	/* contains the offset, far clock - ours */
	bool has_estimate;
	int64_t estimate_ns;	/* within it */
	int64_t error_ns;	/* its standard error, as quarters of the window
				   scatter, and that of a stamp; asymmetry is not
				   in it */
	size_t left_out;	/* legs without support */
	double rate_ppb, margin_ns;
	int64_t delay_ns;	/* twice the margin: the least round trip */
	bool is_clipped;	/* the estimate was outside the interval */
};

/* 0; -ENODATA: nothing went, or nothing came back; -EDOM: no offset is possible:
 * an axiom is broken, or a stamp false. The window is spent. */
int precision_window_judge(struct precision_window *w,
			   struct precision_verdict *ret);

#endif
