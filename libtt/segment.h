/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared clock segment: its layout, its one writer, and the check a
 * reader makes. docs/segment.md is the normative text; this header is its C.
 *
 * Every word is a little-endian 64-bit integer, read and written whole. Two
 * slots and a sequence number form a latch: slot (sequence & 1) is the one to
 * read, the writer fills the other one and then moves the sequence on. A
 * writer that is stopped or killed at any store leaves a slot that can be read.
 *
 * Memory order: the writer stores each slot word with release order, then
 * `sequence` with release order. A reader loads `sequence` with acquire order,
 * each slot word with acquire order, and `sequence` again: if it saw any word
 * of a later publication, that acquire load synchronised with the release
 * store, which follows the store of the later sequence, so the second load
 * cannot give the first value (C11 5.1.2.4, read-read coherence).
 */
#ifndef TT_SEGMENT_H
#define TT_SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_MAGIC   UINT64_C(0x314b434f4c435454) /* "TTCLOCK1" in memory */
#define SEGMENT_VERSION 1u
#define SEGMENT_SIZE    4096u

#define SEGMENT_SLOT_WORDS 32
#define SEGMENT_RING_PAIRS 128

/* Slopes and rates: parts of 2^-40 (9.1e-13); 1 ppb is 1099.5 of them. */
#define SEGMENT_RATE_SHIFT 40

/* ns a tick of the CPU's counter: parts of 2^-48. */
#define SEGMENT_TICK_SHIFT 48

/* Which counter the edges are lines in. */
enum segment_counter {
	SEGMENT_COUNTER_RAW = 0, /* CLOCK_MONOTONIC_RAW, ns */
	SEGMENT_COUNTER_TSC = 1, /* the same, for who cannot read the CPU's
	                            counter; for the others it, through
	                            the mapping words, stands for raw */
	SEGMENT_COUNTER_NONE = 2 /* frozen: the edges as they stand (tt_manual) */
};

enum segment_leap { SEGMENT_LEAP_STEP = 0, SEGMENT_LEAP_SMEAR = 1 };

/*
 * One publication, decoded. `anchor`, `void` and `epoch` instants are
 * CLOCK_MONOTONIC_RAW ns. At raw time r, with d = r - anchor_raw_ns,
 * d1 = min(d, horizon_ns) and d2 = d - d1:
 *   earliest TAI = tai_lo_ns + d + (lo_slope d1 - drift d2) / 2^40, downward
 *   latest   TAI = tai_hi_ns + d + (hi_slope d1 + drift d2) / 2^40, upward
 */
struct segment_slot {
	int64_t anchor_raw_ns;
	int64_t tai_lo_ns;       /* TAI edges at the anchor */
	int64_t tai_hi_ns;
	int64_t lo_slope;        /* 2^-40, relative to the raw counter */
	int64_t hi_slope;
	int64_t horizon_ns;      /* how long the slopes hold, >= 0 */
	int64_t drift;           /* 2^-40, axiom A1: opening past the horizon */
	int64_t void_raw_ns;     /* from here on there is no bound */
	uint64_t epoch;
	int64_t epoch_raw_ns;    /* when the epoch began */
	uint32_t state;          /* enum tt_state */
	uint32_t flags;          /* TT_FLAG_* */
	uint32_t counter;        /* enum segment_counter */
	uint32_t leap_mode;      /* enum segment_leap */
	int64_t utc_offset_ns;   /* TAI - UTC before leap_tai_ns */
	int64_t leap_tai_ns;     /* the nearest leap second: the TAI at which
	                            the new offset holds, INT64_MAX: none */
	int64_t leap_delta_ns;   /* new - old offset: +1 s, -1 s or 0 */
	int64_t tai_err_ns;      /* widens the TAI view at both edges, >= 0 */
	int64_t utc_err_ns;      /* widens the Unix view at both edges, >= 0 */
	int64_t best_tai_ns;     /* best estimate at the anchor */
	int64_t best_slope;      /* 2^-40 */
	/* SEGMENT_COUNTER_TSC: raw = anchor_raw_ns + (ticks - tsc_anchor)
	 * tsc_mult / 2^48, downward, is off by no more than tsc_err_ns, which
	 * is in the edges (and in those of SEGMENT_COUNTER_RAW too). */
	uint64_t tsc_anchor;
	uint64_t tsc_mult;       /* ns a tick, 2^-48 */
	int64_t tsc_err_ns;
};

/*
 * Word numbers within a slot. Words 0 to 15 are all that a reading of the
 * present time needs: two cache lines; by the CPU's counter, 20 and 21 as well.
 * Words 19 and 23 to 31 are for later, and are written as 0.
 * SLOT_STATE_FLAGS is flags << 32 | state, SLOT_COUNTER_LEAP is
 * leap mode << 32 | counter.
 */
enum segment_slot_word {
	SLOT_ANCHOR_RAW, SLOT_TAI_LO, SLOT_TAI_HI, SLOT_LO_SLOPE,
	SLOT_HI_SLOPE, SLOT_HORIZON, SLOT_DRIFT, SLOT_VOID_RAW,
	SLOT_EPOCH, SLOT_UTC_ERR, SLOT_STATE_FLAGS, SLOT_COUNTER_LEAP,
	SLOT_UTC_OFFSET, SLOT_LEAP_TAI, SLOT_LEAP_DELTA, SLOT_TAI_ERR,
	SLOT_EPOCH_RAW, SLOT_BEST_TAI, SLOT_BEST_SLOPE, SLOT_RESERVED_19,
	SLOT_TSC_ANCHOR, SLOT_TSC_MULT, SLOT_TSC_ERR, SLOT_RESERVED_23
};

/*
 * What an honest slot stays within, so that no sum or product of the
 * evaluation can leave int64_t (docs/segment.md has the arithmetic): powers of
 * two, those of signed numbers being -2^n <= v < 2^n.
 */
#define SEGMENT_TIME_BITS  62 /* TAI edges, leap second: 1823 to 2116 */
#define SEGMENT_RAW_BITS   61 /* anchor, epoch: 73 years */
#define SEGMENT_SPAN_BITS  60 /* void - anchor, horizon, errors: 36 years */
#define SEGMENT_SLOPE_BITS 37 /* slopes, drift: 12.5 % */
#define SEGMENT_TICK_BITS  56 /* ns a tick, 2^-48: 256 ns */
#define SEGMENT_UTC_BITS   40 /* TAI - UTC: 18 min */
#define SEGMENT_TIME_MAX   (INT64_C(1) << SEGMENT_TIME_BITS)
#define SEGMENT_SPAN_MAX   (INT64_C(1) << SEGMENT_SPAN_BITS) /* exclusive */

/* Offsets in bytes: header 0, slots 512 and 768, ring 2048. */
struct segment {
	_Atomic uint64_t magic;
	_Atomic uint64_t version_size;  /* version << 32 | size */
	_Atomic uint64_t boot_id[2];    /* big-endian halves of the boot id */
	_Atomic uint64_t writer_pid;
	_Atomic uint64_t writer_start_raw_ns;
	_Atomic uint64_t sequence;      /* 0: nothing published yet */
	_Atomic uint64_t raw_origin_ns; /* writer's time namespace: what it adds
	                                   to CLOCK_MONOTONIC_RAW; mostly 0 */
	_Atomic uint64_t reserved[56];
	_Atomic uint64_t slot[2][SEGMENT_SLOT_WORDS];
	_Atomic uint64_t reserved2[128];
	_Atomic uint64_t ring[SEGMENT_RING_PAIRS][2]; /* REALTIME-RAW pairs */
};

_Static_assert(sizeof(struct segment) == SEGMENT_SIZE, "layout");
_Static_assert(offsetof(struct segment, slot) == 512, "layout");
_Static_assert(offsetof(struct segment, ring) == 2048, "layout");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian");

/* The present boot's id as two big-endian halves; 0 or negative errno. */
int segment_boot_id(uint64_t ret[2]);

/*
 * What this process's time namespace adds to CLOCK_MONOTONIC_RAW
 * (time_namespaces(7)): readings of two namespaces must not be mixed.
 * 0 where there are no such namespaces or /proc does not say.
 */
int64_t segment_raw_origin_ns(void);

/*
 * Write the header. `seg` is SEGMENT_SIZE bytes, mapped writable. What an
 * earlier writer of the *same boot* (and time namespace) published stays
 * readable throughout, and its sequence goes on; of another boot (or of
 * garbage) it is withdrawn first. The magic is stored last. Returns true if
 * an earlier publication, one that segment_check_slot() passes, was kept.
 */
bool segment_init(struct segment *seg, const uint64_t boot_id[2],
		  uint64_t pid, int64_t start_raw_ns);

/* Publish. One writer at a time; wait-free. `seg` has been initialised. */
void segment_publish(struct segment *seg, const struct segment_slot *slot);

/*
 * Is this header one that can be read, by this boot? 0; -EPROTO wrong magic,
 * version or size; -ESTALE another boot. boot_id NULL: do not compare.
 */
int segment_check_header(const struct segment *seg, const uint64_t boot_id[2]);

/*
 * Decode the current slot. 0; -EAGAIN not whole within the bound on tries;
 * -ENODATA nothing published yet. Says nothing on whether it makes sense.
 */
int segment_read(const struct segment *seg, struct segment_slot *ret,
		 uint64_t *ret_sequence);

/*
 * Could an honest writer have published this? 0 or -EPROTO: lo > hi, now or
 * within the horizon, slopes or drift beyond 12.5 %, negative horizon, drift or
 * errors, void before anchor, anchor before the epoch, unknown state, counter
 * or leap mode, absurd leap, times out of range (SEGMENT_*_BITS).
 */
int segment_check_slot(const struct segment_slot *slot);

#endif
