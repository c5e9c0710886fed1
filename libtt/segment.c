/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment's writer, and names for what the readers' header does. segment.h
 * has the contract. The tests compile this file with SEGMENT_STORE redefined, to stop
 * the writer at every store.
 */
#include <errno.h>

#include "libtt/segment.h"
#include "tt/inline/eval.h"
#include "tt/inline/map.h"

/* Pairs with the readers' acquire loads (tt/inline/segment.h). */
#ifndef SEGMENT_STORE
#define SEGMENT_STORE(word, value) \
	atomic_store_explicit((word), (value), memory_order_release)
#endif

int segment_boot_id(uint64_t ret[2])
{
	const int errno_saved = errno;
	const bool is_known = tt_inline_boot_id(ret);

	errno = errno_saved;
	return is_known ? 0 : -ENODATA;
}

int segment_raw_origin(int64_t *ret_ns)
{
	const int errno_saved = errno;
	const bool is_known = tt_inline_raw_origin(ret_ns);

	errno = errno_saved;
	return is_known ? 0 : -ENODATA;
}

static void store_slot(_Atomic uint64_t *w, const struct segment_slot *s)
{
	SEGMENT_STORE(&w[TT_INLINE_ANCHOR_RAW], (uint64_t)s->anchor_raw_ns);
	SEGMENT_STORE(&w[TT_INLINE_TAI_LO], (uint64_t)s->tai_lo_ns);
	SEGMENT_STORE(&w[TT_INLINE_TAI_HI], (uint64_t)s->tai_hi_ns);
	SEGMENT_STORE(&w[TT_INLINE_LO_SLOPE], (uint64_t)s->lo_slope);
	SEGMENT_STORE(&w[TT_INLINE_HI_SLOPE], (uint64_t)s->hi_slope);
	SEGMENT_STORE(&w[TT_INLINE_HORIZON], (uint64_t)s->horizon_ns);
	SEGMENT_STORE(&w[TT_INLINE_DRIFT], (uint64_t)s->drift);
	SEGMENT_STORE(&w[TT_INLINE_VOID_RAW], (uint64_t)s->void_raw_ns);
	SEGMENT_STORE(&w[TT_INLINE_EPOCH], s->epoch);
	SEGMENT_STORE(&w[TT_INLINE_UTC_ERR], (uint64_t)s->utc_err_ns);
	SEGMENT_STORE(&w[TT_INLINE_STATE_FLAGS], (uint64_t)s->flags << 32 | s->state);
	SEGMENT_STORE(&w[TT_INLINE_COUNTER_LEAP],
		      (uint64_t)s->leap_mode << 32 | s->counter);
	SEGMENT_STORE(&w[TT_INLINE_UTC_OFFSET], (uint64_t)s->utc_offset_ns);
	SEGMENT_STORE(&w[TT_INLINE_LEAP_TAI], (uint64_t)s->leap_tai_ns);
	SEGMENT_STORE(&w[TT_INLINE_LEAP_DELTA], (uint64_t)s->leap_delta_ns);
	SEGMENT_STORE(&w[TT_INLINE_TAI_ERR], (uint64_t)s->tai_err_ns);
	SEGMENT_STORE(&w[TT_INLINE_EPOCH_RAW], (uint64_t)s->epoch_raw_ns);
	SEGMENT_STORE(&w[TT_INLINE_BEST_TAI], (uint64_t)s->best_tai_ns);
	SEGMENT_STORE(&w[TT_INLINE_BEST_SLOPE], (uint64_t)s->best_slope);
	SEGMENT_STORE(&w[TT_INLINE_MARKER], s->marker);
	SEGMENT_STORE(&w[TT_INLINE_TSC_ANCHOR], s->tsc_anchor);
	SEGMENT_STORE(&w[TT_INLINE_TSC_MULT], s->tsc_mult);
	SEGMENT_STORE(&w[TT_INLINE_TSC_ERR], (uint64_t)s->tsc_err_ns);
}

void segment_publish(struct segment *seg, const struct segment_slot *slot)
{
	const uint64_t sequence =
		atomic_load_explicit(&seg->sequence, memory_order_relaxed);
	uint64_t next = sequence + 1;

	/* 2^64 publications at 10 Hz are 58 Gyr, but the count may have been
	 * set by anyone: 0 means "nothing yet" and is passed over, keeping
	 * the parity that names the slot. */
	if (next == 0)
		next = 2;
	store_slot(seg->slot[next & 1], slot);
	SEGMENT_STORE(&seg->sequence, next);
}

static void clear_words(_Atomic uint64_t *w, size_t count)
{
	for (size_t i = 0; i < count; i++)
		SEGMENT_STORE(&w[i], 0);
}

/*
 * Make the segment ours, whatever it was. The sequence is never set back, so
 * that no reader can take a new publication for the old one of that number.
 * What this version does not write is 0, for the versions that will. The magic
 * says meanwhile that it is being made: by that a successor knows what it finds,
 * should we be killed.
 */
static void take_over(struct segment *seg)
{
	static const struct segment_slot none; /* TT_UNSYNCHRONIZED */

	SEGMENT_STORE(&seg->magic, SEGMENT_MAGIC_UNMADE);
	if (atomic_load(&seg->sequence) != 0)
		segment_publish(seg, &none);
	clear_words(seg->reserved,
		    sizeof(seg->reserved) / sizeof(seg->reserved[0]));
	for (size_t i = 0; i < 2; i++)
		clear_words(&seg->slot[i][TT_INLINE_RESERVED_23],
			    SEGMENT_SLOT_WORDS - TT_INLINE_RESERVED_23);
	clear_words(seg->reserved2,
		    sizeof(seg->reserved2) / sizeof(seg->reserved2[0]));
	for (size_t i = 0; i < SEGMENT_RING_PAIRS; i++)
		clear_words(seg->ring[i], 2);
}

static bool has_publication(const struct segment *seg)
{
	struct segment_slot slot;
	uint64_t sequence;

	return segment_read(seg, &slot, &sequence) == 0 &&
	       segment_check_slot(&slot) == 0;
}

bool segment_init(struct segment *seg, const uint64_t boot_id[2], uint64_t pid,
		  int64_t start_raw_ns)
{
	int64_t ns = 0;
	const uint64_t origin_ns =
		segment_raw_origin(&ns) == 0 ? (uint64_t)ns : 0;
	const bool same = segment_check_header(seg, boot_id) == 0 &&
			  atomic_load(&seg->raw_origin_ns) == origin_ns;
	const bool kept = same && has_publication(seg);

	if (!kept)
		take_over(seg);
	SEGMENT_STORE(&seg->boot_id[0], boot_id[0]);
	SEGMENT_STORE(&seg->boot_id[1], boot_id[1]);
	SEGMENT_STORE(&seg->raw_origin_ns, origin_ns);
	SEGMENT_STORE(&seg->writer_pid, pid);
	SEGMENT_STORE(&seg->writer_start_raw_ns, (uint64_t)start_raw_ns);
	SEGMENT_STORE(&seg->version_size,
		      (uint64_t)SEGMENT_VERSION << 32 | SEGMENT_SIZE);
	SEGMENT_STORE(&seg->magic, SEGMENT_MAGIC);
	return kept;
}

int segment_check_header(const struct segment *seg, const uint64_t boot_id[2])
{
	return tt_inline_check_header(segment_words(seg), boot_id);
}

int segment_read(const struct segment *seg, struct segment_slot *ret,
		 uint64_t *ret_sequence)
{
	return tt_inline_read_slot(segment_words(seg), ret, ret_sequence);
}

int segment_check_slot(const struct segment_slot *slot)
{
	return tt_inline_check_slot(slot);
}
