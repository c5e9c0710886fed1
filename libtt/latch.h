/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader's half of the latch, and the cheap part of the check, for
 * inlining into the fast path. segment.h has the protocol and its proof.
 */
#ifndef TT_LATCH_H
#define TT_LATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "libtt/segment.h"

/* A reader gives up after this many torn tries: a writer at full speed (25 ns
 * a publication) tears one try in two or three, an honest one in 10^6. */
#define LATCH_TRIES 128

/* Pairs with the writer's release stores in segment.c. */
static inline uint64_t latch_word(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

static inline int64_t latch_signed(const _Atomic uint64_t *word)
{
	return (int64_t)latch_word(word);
}

static inline bool latch_is_readable(const struct segment *seg)
{
	const uint64_t version_size =
		(uint64_t)SEGMENT_VERSION << 32 | SEGMENT_SIZE;

	return latch_word(&seg->magic) == SEGMENT_MAGIC &&
	       latch_word(&seg->version_size) == version_size;
}

/* Words 0 to 15: all that a reading of the present time needs. */
static inline void latch_load(const _Atomic uint64_t *w,
			      struct segment_slot *ret)
{
	uint64_t pair;

	ret->anchor_raw_ns = latch_signed(&w[SLOT_ANCHOR_RAW]);
	ret->tai_lo_ns = latch_signed(&w[SLOT_TAI_LO]);
	ret->tai_hi_ns = latch_signed(&w[SLOT_TAI_HI]);
	ret->lo_slope = latch_signed(&w[SLOT_LO_SLOPE]);
	ret->hi_slope = latch_signed(&w[SLOT_HI_SLOPE]);
	ret->horizon_ns = latch_signed(&w[SLOT_HORIZON]);
	ret->drift = latch_signed(&w[SLOT_DRIFT]);
	ret->void_raw_ns = latch_signed(&w[SLOT_VOID_RAW]);
	ret->epoch = latch_word(&w[SLOT_EPOCH]);
	ret->utc_err_ns = latch_signed(&w[SLOT_UTC_ERR]);
	pair = latch_word(&w[SLOT_STATE_FLAGS]);
	ret->state = (uint32_t)pair;
	ret->flags = (uint32_t)(pair >> 32);
	pair = latch_word(&w[SLOT_COUNTER_LEAP]);
	ret->counter = (uint32_t)pair;
	ret->leap_mode = (uint32_t)(pair >> 32);
	ret->utc_offset_ns = latch_signed(&w[SLOT_UTC_OFFSET]);
	ret->leap_tai_ns = latch_signed(&w[SLOT_LEAP_TAI]);
	ret->leap_delta_ns = latch_signed(&w[SLOT_LEAP_DELTA]);
	ret->tai_err_ns = latch_signed(&w[SLOT_TAI_ERR]);
}

/* The words a reading of the present time does not need. */
static inline void latch_load_rest(const _Atomic uint64_t *w,
				   struct segment_slot *ret)
{
	ret->epoch_raw_ns = latch_signed(&w[SLOT_EPOCH_RAW]);
	ret->best_tai_ns = latch_signed(&w[SLOT_BEST_TAI]);
	ret->best_slope = latch_signed(&w[SLOT_BEST_SLOPE]);
	ret->tsc_anchor = latch_word(&w[SLOT_TSC_ANCHOR]);
	ret->tsc_mult = latch_word(&w[SLOT_TSC_MULT]);
	ret->tsc_err_ns = latch_signed(&w[SLOT_TSC_ERR]);
}

/* Is the CPU's counter mapped? Before the counter is read; a publication in
 * between is seen as any other. */
static inline bool latch_maps_ticks(const _Atomic uint64_t *w)
{
	return (uint32_t)latch_word(&w[SLOT_COUNTER_LEAP]) ==
	       SEGMENT_COUNTER_TSC;
}

/* Raw time by the CPU's counter, for any words: an honest writer's product
 * stays within int64_t, and what another's wraps to is a raw time as good as
 * the rest of that slot. */
static inline int64_t latch_raw_of_ticks(const _Atomic uint64_t *w,
					 int64_t anchor_raw_ns, uint64_t ticks)
{
	const uint64_t mult = latch_word(&w[SLOT_TSC_MULT]) &
			      ((UINT64_C(1) << SEGMENT_TICK_BITS) - 1);
	const int64_t since =
		(int64_t)(ticks - latch_word(&w[SLOT_TSC_ANCHOR]));

	return (int64_t)((uint64_t)anchor_raw_ns +
			 (uint64_t)((__int128)since * (int64_t)mult >>
				    SEGMENT_TICK_SHIFT));
}

/* Below 2^(bits + 1) if and only if -2^bits <= v < 2^bits; bits < 63. */
static inline uint64_t latch_lift(int64_t v, unsigned int bits)
{
	return (uint64_t)v + (UINT64_C(1) << bits);
}

/*
 * Are words 0 to 15 within the limits that keep the evaluation defined? All
 * limits are powers of two, so that numbers of one limit are or-ed and tested
 * together: this runs at every reading.
 */
static inline bool latch_is_sane(const struct segment_slot *s)
{
	const uint64_t span =
		(uint64_t)s->void_raw_ns - (uint64_t)s->anchor_raw_ns;
	uint64_t bad;

	bad = (span | (uint64_t)s->horizon_ns | (uint64_t)s->utc_err_ns |
	       (uint64_t)s->tai_err_ns) >> SEGMENT_SPAN_BITS;
	bad |= (latch_lift(s->tai_lo_ns, SEGMENT_TIME_BITS) |
		latch_lift(s->tai_hi_ns, SEGMENT_TIME_BITS)) >>
	       (SEGMENT_TIME_BITS + 1);
	bad |= latch_lift(s->anchor_raw_ns, SEGMENT_RAW_BITS) >>
	       (SEGMENT_RAW_BITS + 1);
	bad |= (latch_lift(s->lo_slope, SEGMENT_SLOPE_BITS) |
		latch_lift(s->hi_slope, SEGMENT_SLOPE_BITS)) >>
	       (SEGMENT_SLOPE_BITS + 1);
	bad |= (uint64_t)s->drift >> SEGMENT_SLOPE_BITS;
	bad |= latch_lift(s->utc_offset_ns, SEGMENT_UTC_BITS) >>
	       (SEGMENT_UTC_BITS + 1);
	if (bad != 0 || s->tai_lo_ns > s->tai_hi_ns || s->state > 3 ||
	    s->counter > SEGMENT_COUNTER_NONE ||
	    s->leap_mode > SEGMENT_LEAP_SMEAR)
		return false;
	if (s->leap_delta_ns == 0)
		return true;
	return (s->leap_delta_ns == 1000000000 ||
		s->leap_delta_ns == -1000000000) &&
	       (s->leap_tai_ns == INT64_MAX ||
		latch_lift(s->leap_tai_ns, SEGMENT_TIME_BITS) >>
			(SEGMENT_TIME_BITS + 1) == 0);
}

#endif
