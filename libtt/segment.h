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
 * The reader's half, and the proof that it takes no mixture, are in
 * tt/inline/segment.h, which those who do without the library include.
 */
#ifndef TT_SEGMENT_H
#define TT_SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt/inline/segment.h"

/* This tree's names for what the public header has, which says what is what. */
#define segment_slot tt_inline_slot

#define SEGMENT_MAGIC   TT_INLINE_MAGIC
#define SEGMENT_VERSION TT_INLINE_VERSION

/* "TTCLOCK0": a writer is making it, or was killed at that. */
#define SEGMENT_MAGIC_UNMADE (TT_INLINE_MAGIC - (UINT64_C(1) << 56))

#define SEGMENT_SIZE    ((unsigned int)TT_INLINE_SIZE)

#define SEGMENT_SLOT_WORDS TT_INLINE_SLOT_WORDS
#define SEGMENT_RING_PAIRS 128

#define SEGMENT_RATE_SHIFT TT_INLINE_RATE_SHIFT
#define SEGMENT_TICK_SHIFT TT_INLINE_TICK_SHIFT

#define SEGMENT_TIME_MAX (INT64_C(1) << TT_INLINE_TIME_BITS)
#define SEGMENT_SPAN_MAX (INT64_C(1) << TT_INLINE_SPAN_BITS) /* exclusive */

enum {
	SEGMENT_COUNTER_RAW = TT_INLINE_COUNTER_RAW,
	SEGMENT_COUNTER_TSC = TT_INLINE_COUNTER_TSC,
	SEGMENT_COUNTER_NONE = TT_INLINE_COUNTER_NONE, /* tt_manual */
	SEGMENT_LEAP_STEP = TT_INLINE_LEAP_STEP,
	SEGMENT_LEAP_SMEAR = TT_INLINE_LEAP_SMEAR
};

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
_Static_assert(offsetof(struct segment, sequence) ==
		       TT_INLINE_AT_SEQUENCE * sizeof(uint64_t),
	       "layout");
_Static_assert(offsetof(struct segment, slot) ==
		       TT_INLINE_AT_SLOTS * sizeof(uint64_t),
	       "layout");

/* As the readers take it. */
static inline const uint64_t *segment_words(const struct segment *seg)
{
	return (const uint64_t *)(const void *)seg;
}

/* The present boot's id as two big-endian halves; 0 or negative errno. */
int segment_boot_id(uint64_t ret[2]);

/*
 * What this process's time namespace adds to CLOCK_MONOTONIC_RAW
 * (time_namespaces(7)): readings of two namespaces must not be mixed. 0 where
 * the kernel has none. 0; -ENODATA: it cannot be told.
 */
int segment_raw_origin(int64_t *ret_ns);

/*
 * Write the header. `seg` is SEGMENT_SIZE bytes, mapped writable. What an
 * earlier writer of the *same boot* (and time namespace) published stays
 * readable throughout, and its sequence goes on; of another boot (or of
 * garbage) it is withdrawn first. The magic is stored last. Returns true if
 * an earlier publication, one that segment_check_slot() passes, was kept. Where
 * the time namespace cannot be told it counts as the first.
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

/* Could an honest writer have published this? 0 or -EPROTO. */
int segment_check_slot(const struct segment_slot *slot);

#endif
