/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published bound: edges as lines, state, epoch; what was published before
 * and must not be gone back on; and the hull of before and after while a
 * contradiction is fresh.
 */
#ifndef BOUND_H
#define BOUND_H

#include "timed/engine.h"
#include "timed/fusion.h"

/* A contradicted bound stays in the hull until so many further measurements
 * have agreed with the new one. */
#define BOUND_GHOST_SAMPLES 4

/* A dispute is over when it has not come back for so long: sources whose edges
 * graze each other do so at each poll. */
#define BOUND_DISPUTE_HOLD_NS INT64_C(32000000000)

/* A line in the CPU's counter runs off raw time by no more than this. */
#define BOUND_MAP_PPB 10.0

#define BOUND_REASON_SIZE 96

struct bound {
	struct segment_slot slot;  /* what is published */
	struct segment_slot shown; /* what readers have: it, or an older one */
	int64_t shown_margin_ns;   /* lo_margin_ns then */
	bool has_shown;
	bool has_slot;             /* slot bounds something, if not yet void */
	bool is_new_epoch;         /* asked for since the last composition */
	int64_t state_since_raw_ns;
	char epoch_reason[BOUND_REASON_SIZE];
	bool was_disputed;         /* is, or has been within the hold time */
	struct range dispute;      /* the last hull of disputing sources ... */
	int64_t dispute_raw_ns;    /* ... at this instant, opening by A1 */
	bool is_contradicted;      /* said since the last composition */
	bool remembers_lo;         /* the left edge is an earlier bound's */
	int64_t lo_margin_ns;      /* how much of the error of a mapped
	                              counter the left edge allows for */
	struct range ghost;        /* the contradicted bound ... */
	int64_t ghost_raw_ns;      /* ... at this instant, opening by A1 */
	int ghost_samples;         /* still to agree; 0: no ghost */
};

/* What happened in a composition. */
enum bound_outcome {
	BOUND_KEPT = 0,
	BOUND_CONTRADICTED = 1, /* the new bound misses the old one */
	BOUND_DISPUTED = 2      /* sources contradict each other beyond A3 */
};

void bound_init(struct bound *b, int64_t raw_ns);

/* Start a new epoch at the next composition; earlier edges then bind
 * nothing. */
void bound_new_epoch(struct bound *b, const char *why);

/* Forget all that was published. */
void bound_forget(struct bound *b, const char *why);

/* More sources contradicted themselves than A3 allows to be false. */
void bound_contradicted(struct bound *b);

/* Is a hull published, because a contradiction or a dispute is fresh? */
bool bound_is_hull(const struct bound *b);

/* A further measurement agreed. */
void bound_agreed(struct bound *b);

/*
 * Compose the publication for raw_ns into b->slot. The leap fields, the best
 * estimate and the words of the counter's mapping are the caller's.
 *
 * `is_mapped`: readers may take raw time from a line in the CPU's counter, by
 * which it is never early and up to opt->counter_err_ns late. The left edge
 * allows for that in all publications, so that they can go from one counter to
 * the other; b->slot.counter says whether this one is so mapped.
 */
enum bound_outcome bound_compose(struct bound *b, const struct fusion *f,
				 const struct engine_options *opt,
				 bool is_mapped, int64_t raw_ns);

/* Is the left edge of b->slot at raw_ns behind that of what readers have, in the
 * same epoch? Of a page that is void by then counts what it said last. Not by
 * 1 ns, which rounding makes: between the last reading of one page and the first
 * of the next more time passes than that. */
bool bound_is_behind(const struct bound *b, int64_t raw_ns);

/* Readers have b->slot from now on. A composition that is not followed by this
 * was not stored; the next one is held to what readers have as well. */
void bound_shown(struct bound *b);

/* A page as it holds for who reads the raw clock: without what its left edge and
 * its drift allow for a map, which readers of it may have been ahead by. */
void bound_unmap(struct segment_slot *slot);

/* What is claimed by `f` at raw_ns, and what fresh contradictions make doubtful
 * besides. */
struct range bound_range(const struct bound *b, const struct fusion *f,
			 const struct engine_options *opt, int64_t raw_ns);

/* ppb to the segment's 2^-40, downward and upward. */
int64_t bound_slope_floor(double ppb);
int64_t bound_slope_ceil(double ppb);

#endif
