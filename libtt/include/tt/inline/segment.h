/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock segment as a reader sees it: where its words lie, how a publication
 * is taken whole, and what must hold before it is believed. docs/segment.md is
 * the normative text. Part of tt/tt_inline.h; libtt is built from it.
 *
 * A segment is passed as its 512 words. Memory order: the writer stores each
 * word of a slot with release order, then the sequence with release order. A
 * reader loads the sequence with acquire order, each word of the slot with
 * acquire order, and the sequence again: if it saw any word of a later
 * publication, that acquire load synchronised with the release store, which
 * follows the store of the later sequence, so the second load cannot give the
 * first value (C11 5.1.2.4, read-read coherence).
 */
#ifndef TT_INLINE_SEGMENT_H
#define TT_INLINE_SEGMENT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(__GNUC__) || !defined(__SIZEOF_INT128__)
#error "tt_inline.h: wants gcc or clang and a 64-bit machine; use libtt"
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "tt_inline.h: the segment is little-endian, and so must the machine be"
#endif

/* What is not the ordinary case stays out of the callers' way. */
#define TT_INLINE_RARE __attribute__((noinline, cold, unused)) static

/* What a caller that names its order and its view must have for itself. */
#define TT_INLINE_ALWAYS static inline __attribute__((always_inline))

__extension__ typedef __int128 tt_inline_int128;
__extension__ typedef unsigned __int128 tt_inline_uint128;

#define TT_INLINE_MAGIC   UINT64_C(0x314b434f4c435454) /* "TTCLOCK1" */
#define TT_INLINE_VERSION 1
#define TT_INLINE_SIZE    4096

/* Header words. */
enum {
	TT_INLINE_AT_MAGIC = 0,
	TT_INLINE_AT_VERSION_SIZE = 1, /* version << 32 | size */
	TT_INLINE_AT_BOOT_ID = 2,      /* two: big-endian halves */
	TT_INLINE_AT_SEQUENCE = 6,     /* 0: nothing published yet */
	TT_INLINE_AT_RAW_ORIGIN = 7,   /* of the writer's time namespace */
	TT_INLINE_AT_SLOTS = 64,       /* two of these: */
	TT_INLINE_SLOT_WORDS = 32
};

/*
 * Word numbers within a slot. Words 0 to 15 are all that a reading of the
 * present time needs: two cache lines; by the CPU's counter, 20 and 21 as well,
 * and 19 where a hypervisor's marker is to be looked at.
 */
enum tt_inline_slot_word {
	TT_INLINE_ANCHOR_RAW,
	TT_INLINE_TAI_LO,
	TT_INLINE_TAI_HI,
	TT_INLINE_LO_SLOPE,
	TT_INLINE_HI_SLOPE,
	TT_INLINE_HORIZON,
	TT_INLINE_DRIFT,
	TT_INLINE_VOID_RAW,
	TT_INLINE_EPOCH,
	TT_INLINE_UTC_ERR,
	TT_INLINE_STATE_FLAGS,  /* flags << 32 | state */
	TT_INLINE_COUNTER_LEAP, /* leap mode << 32 | counter */
	TT_INLINE_UTC_OFFSET,
	TT_INLINE_LEAP_TAI,
	TT_INLINE_LEAP_DELTA,
	TT_INLINE_TAI_ERR,
	TT_INLINE_EPOCH_RAW,
	TT_INLINE_BEST_TAI,
	TT_INLINE_BEST_SLOPE,
	TT_INLINE_MARKER,
	TT_INLINE_TSC_ANCHOR,
	TT_INLINE_TSC_MULT,
	TT_INLINE_TSC_ERR,
	TT_INLINE_RESERVED_23
};

/* Which counter the edges are lines in. */
enum tt_inline_counter {
	TT_INLINE_COUNTER_RAW = 0, /* CLOCK_MONOTONIC_RAW, ns */
	TT_INLINE_COUNTER_TSC = 1, /* the same, for who cannot read the CPU's
	                              counter; for the others it, through the
	                              mapping words, stands for raw */
	TT_INLINE_COUNTER_NONE = 2 /* frozen: the edges as they stand */
};

enum tt_inline_leap { TT_INLINE_LEAP_STEP = 0, TT_INLINE_LEAP_SMEAR = 1 };

/* Slopes and rates: 2^-40; 1 ppb is 1099.5 of them. ns a tick: 2^-48. */
#define TT_INLINE_RATE_SHIFT 40
#define TT_INLINE_TICK_SHIFT 48

/*
 * What an honest slot stays within, so that no sum or product of the
 * evaluation can leave int64_t (docs/segment.md has the arithmetic): powers of
 * two, those of signed numbers being -2^n <= v < 2^n.
 */
#define TT_INLINE_TIME_BITS  62 /* TAI edges, leap second: 1823 to 2116 */
#define TT_INLINE_RAW_BITS   61 /* anchor, epoch: 73 years */
#define TT_INLINE_SPAN_BITS  60 /* void - anchor, horizon, errors: 36 years */
#define TT_INLINE_SLOPE_BITS 37 /* slopes, drift: 12.5 % */
#define TT_INLINE_TICK_BITS  56 /* ns a tick, 2^-48: 256 ns */
#define TT_INLINE_TICK_MASK  ((UINT64_C(1) << TT_INLINE_TICK_BITS) - 1)
#define TT_INLINE_UTC_BITS   40 /* TAI - UTC: 18 min */

/* A reader gives up after this many torn tries: a writer at full speed (25 ns
 * a publication) tears one try in two or three, an honest one in 10^6. */
#define TT_INLINE_TRIES 128

/*
 * One publication, decoded. `anchor`, `void` and `epoch` instants are
 * CLOCK_MONOTONIC_RAW ns. At raw time r, with d = r - anchor_raw_ns,
 * d1 = min(d, horizon_ns) and d2 = d - d1:
 *   earliest TAI = tai_lo_ns + d + (lo_slope d1 - drift d2) / 2^40, downward
 *   latest   TAI = tai_hi_ns + d + (hi_slope d1 + drift d2) / 2^40, upward
 */
struct tt_inline_slot {
	int64_t anchor_raw_ns;
	int64_t tai_lo_ns;     /* TAI edges at the anchor */
	int64_t tai_hi_ns;
	int64_t lo_slope;      /* 2^-40, relative to the raw counter */
	int64_t hi_slope;
	int64_t horizon_ns;    /* how long the slopes hold, >= 0 */
	int64_t drift;         /* 2^-40, axiom A1: opening past the horizon */
	int64_t void_raw_ns;   /* from here on there is no bound */
	uint64_t epoch;
	int64_t epoch_raw_ns;  /* when the epoch began */
	uint32_t state;        /* enum tt_state */
	uint32_t flags;        /* TT_FLAG_* */
	uint32_t counter;      /* enum tt_inline_counter */
	uint32_t leap_mode;    /* enum tt_inline_leap */
	int64_t utc_offset_ns; /* TAI - UTC before leap_tai_ns */
	int64_t leap_tai_ns;   /* the nearest leap second: the TAI at which the
	                          new offset holds, INT64_MAX: none */
	int64_t leap_delta_ns; /* new - old offset: +1 s, -1 s or 0 */
	int64_t tai_err_ns;    /* widens the TAI view at both edges, >= 0 */
	int64_t utc_err_ns;    /* widens the Unix view at both edges, >= 0 */
	int64_t best_tai_ns;   /* best estimate at the anchor */
	int64_t best_slope;    /* 2^-40 */
	uint64_t marker;       /* TT_FLAG_VMCLOCK: the hypervisor's disruption
	                          marker that all this stands on */
	/* TT_INLINE_COUNTER_TSC: raw = anchor_raw_ns + (ticks - tsc_anchor)
	 * tsc_mult / 2^48, downward, is off by no more than tsc_err_ns, which
	 * is in the edges (and in those of TT_INLINE_COUNTER_RAW too). */
	uint64_t tsc_anchor;
	uint64_t tsc_mult;     /* ns a tick, 2^-48 */
	int64_t tsc_err_ns;
};

/* Pairs with the writer's release stores. */
TT_INLINE_ALWAYS uint64_t tt_inline_word(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

TT_INLINE_ALWAYS int64_t tt_inline_signed(const uint64_t *word)
{
	return (int64_t)tt_inline_word(word);
}

TT_INLINE_ALWAYS const uint64_t *tt_inline_slot_at(const uint64_t *seg,
						uint64_t sequence)
{
	return seg + TT_INLINE_AT_SLOTS +
	       (sequence & 1) * TT_INLINE_SLOT_WORDS;
}

TT_INLINE_ALWAYS bool tt_inline_is_readable(const uint64_t *seg)
{
	return tt_inline_word(&seg[TT_INLINE_AT_MAGIC]) == TT_INLINE_MAGIC &&
	       tt_inline_word(&seg[TT_INLINE_AT_VERSION_SIZE]) ==
		       ((uint64_t)TT_INLINE_VERSION << 32 | TT_INLINE_SIZE);
}

/* Words 0 to 15: all that a reading of the present time needs. */
TT_INLINE_ALWAYS void tt_inline_load(const uint64_t *w,
				     struct tt_inline_slot *ret)
{
	uint64_t pair;

	ret->anchor_raw_ns = tt_inline_signed(&w[TT_INLINE_ANCHOR_RAW]);
	ret->tai_lo_ns = tt_inline_signed(&w[TT_INLINE_TAI_LO]);
	ret->tai_hi_ns = tt_inline_signed(&w[TT_INLINE_TAI_HI]);
	ret->lo_slope = tt_inline_signed(&w[TT_INLINE_LO_SLOPE]);
	ret->hi_slope = tt_inline_signed(&w[TT_INLINE_HI_SLOPE]);
	ret->horizon_ns = tt_inline_signed(&w[TT_INLINE_HORIZON]);
	ret->drift = tt_inline_signed(&w[TT_INLINE_DRIFT]);
	ret->void_raw_ns = tt_inline_signed(&w[TT_INLINE_VOID_RAW]);
	ret->epoch = tt_inline_word(&w[TT_INLINE_EPOCH]);
	ret->utc_err_ns = tt_inline_signed(&w[TT_INLINE_UTC_ERR]);
	pair = tt_inline_word(&w[TT_INLINE_STATE_FLAGS]);
	ret->state = (uint32_t)pair;
	ret->flags = (uint32_t)(pair >> 32);
	pair = tt_inline_word(&w[TT_INLINE_COUNTER_LEAP]);
	ret->counter = (uint32_t)pair;
	ret->leap_mode = (uint32_t)(pair >> 32);
	ret->utc_offset_ns = tt_inline_signed(&w[TT_INLINE_UTC_OFFSET]);
	ret->leap_tai_ns = tt_inline_signed(&w[TT_INLINE_LEAP_TAI]);
	ret->leap_delta_ns = tt_inline_signed(&w[TT_INLINE_LEAP_DELTA]);
	ret->tai_err_ns = tt_inline_signed(&w[TT_INLINE_TAI_ERR]);
}

/* The words a reading of the present time does not need. */
static inline void tt_inline_load_rest(const uint64_t *w,
				       struct tt_inline_slot *ret)
{
	ret->epoch_raw_ns = tt_inline_signed(&w[TT_INLINE_EPOCH_RAW]);
	ret->best_tai_ns = tt_inline_signed(&w[TT_INLINE_BEST_TAI]);
	ret->best_slope = tt_inline_signed(&w[TT_INLINE_BEST_SLOPE]);
	ret->marker = tt_inline_word(&w[TT_INLINE_MARKER]);
	ret->tsc_anchor = tt_inline_word(&w[TT_INLINE_TSC_ANCHOR]);
	ret->tsc_mult = tt_inline_word(&w[TT_INLINE_TSC_MULT]);
	ret->tsc_err_ns = tt_inline_signed(&w[TT_INLINE_TSC_ERR]);
}

/* The whole of the current slot. 0; -EAGAIN not whole within the bound on
 * tries; -ENODATA nothing published. Says nothing on whether it makes sense. */
TT_INLINE_RARE int tt_inline_read_slot(const uint64_t *seg,
				       struct tt_inline_slot *ret,
				       uint64_t *ret_sequence)
{
	struct tt_inline_slot slot;
	const uint64_t *w;
	uint64_t sequence;
	int i;

	for (i = 0; i < TT_INLINE_TRIES; i++) {
		sequence = tt_inline_word(&seg[TT_INLINE_AT_SEQUENCE]);
		if (sequence == 0)
			return -ENODATA;
		w = tt_inline_slot_at(seg, sequence);
		tt_inline_load(w, &slot);
		tt_inline_load_rest(w, &slot);
		if (tt_inline_word(&seg[TT_INLINE_AT_SEQUENCE]) != sequence)
			continue;
		*ret = slot;
		*ret_sequence = sequence;
		return 0;
	}
	return -EAGAIN;
}

/* Below 2^(bits + 1) if and only if -2^bits <= v < 2^bits; bits < 63. */
TT_INLINE_ALWAYS uint64_t tt_inline_lift(int64_t v, unsigned int bits)
{
	return (uint64_t)v + (UINT64_C(1) << bits);
}

TT_INLINE_ALWAYS bool tt_inline_is_within(int64_t v, unsigned int bits)
{
	return tt_inline_lift(v, bits) >> (bits + 1) == 0;
}

/*
 * Are words 0 to 15 within the limits that keep the evaluation defined? All
 * limits are powers of two, so that numbers of one limit are or-ed and tested
 * together: this runs at every reading.
 */
TT_INLINE_ALWAYS bool tt_inline_is_sane(const struct tt_inline_slot *s)
{
	const uint64_t span =
		(uint64_t)s->void_raw_ns - (uint64_t)s->anchor_raw_ns;
	uint64_t bad;

	bad = (span | (uint64_t)s->horizon_ns | (uint64_t)s->utc_err_ns |
	       (uint64_t)s->tai_err_ns) >> TT_INLINE_SPAN_BITS;
	bad |= (tt_inline_lift(s->tai_lo_ns, TT_INLINE_TIME_BITS) |
		tt_inline_lift(s->tai_hi_ns, TT_INLINE_TIME_BITS)) >>
	       (TT_INLINE_TIME_BITS + 1);
	bad |= tt_inline_lift(s->anchor_raw_ns, TT_INLINE_RAW_BITS) >>
	       (TT_INLINE_RAW_BITS + 1);
	bad |= (tt_inline_lift(s->lo_slope, TT_INLINE_SLOPE_BITS) |
		tt_inline_lift(s->hi_slope, TT_INLINE_SLOPE_BITS)) >>
	       (TT_INLINE_SLOPE_BITS + 1);
	bad |= (uint64_t)s->drift >> TT_INLINE_SLOPE_BITS;
	bad |= tt_inline_lift(s->utc_offset_ns, TT_INLINE_UTC_BITS) >>
	       (TT_INLINE_UTC_BITS + 1);
	if (bad != 0 || s->tai_lo_ns > s->tai_hi_ns || s->state > 3 ||
	    s->counter > TT_INLINE_COUNTER_NONE ||
	    s->leap_mode > TT_INLINE_LEAP_SMEAR)
		return false;
	if (s->leap_delta_ns == 0)
		return true;
	return (s->leap_delta_ns == 1000000000 ||
		s->leap_delta_ns == -1000000000) &&
	       (s->leap_tai_ns == INT64_MAX ||
		tt_inline_is_within(s->leap_tai_ns, TT_INLINE_TIME_BITS));
}

#endif
