/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment's writer, its plain reader and its checks. segment.h has the
 * contract. The tests compile this file with SEGMENT_STORE redefined, to stop
 * the writer at every store.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libtt/eval_inline.h"
#include "libtt/latch.h"
#include "libtt/segment.h"

/* Pairs with the readers' acquire loads (latch.h). */
#ifndef SEGMENT_STORE
#define SEGMENT_STORE(word, value) \
	atomic_store_explicit((word), (value), memory_order_release)
#endif

#define BOOT_ID_PATH        "/proc/sys/kernel/random/boot_id"
#define TIMENS_OFFSETS_PATH "/proc/self/timens_offsets"

/* Read a small file into buf, NUL-terminated. 0 or negative errno; leaves
 * errno alone, allocates nothing: it may run in a signal handler. */
static int read_small(const char *path, char *buf, size_t size)
{
	const int errno_saved = errno;
	ssize_t got;
	int rc = 0, fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (got < 0)
		rc = -errno;
	else
		buf[got] = '\0';
	if (fd >= 0)
		close(fd);
	errno = errno_saved;
	return rc;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int segment_boot_id(uint64_t ret[2])
{
	uint64_t half[2] = { 0, 0 };
	int rc, digit, count = 0;
	char text[64];

	rc = read_small(BOOT_ID_PATH, text, sizeof(text));
	if (rc < 0)
		return rc;
	for (const char *p = text; *p != '\0' && count < 32; p++) {
		digit = hex_digit(*p);
		if (digit < 0)
			continue;
		half[count / 16] = half[count / 16] << 4 | (uint64_t)digit;
		count++;
	}
	if (count < 32)
		return -EPROTO;
	ret[0] = half[0];
	ret[1] = half[1];
	return 0;
}

/* A decimal number at *p, moved past it. */
static int64_t read_number(const char **p)
{
	uint64_t value = 0;
	bool minus;

	while (**p == ' ' || **p == '\t')
		(*p)++;
	minus = **p == '-';
	if (minus)
		(*p)++;
	for (; **p >= '0' && **p <= '9'; (*p)++)
		value = value * 10 + (uint64_t)(**p - '0');
	return (int64_t)(minus ? -value : value);
}

/* The line "monotonic <s> <ns>"; CLOCK_MONOTONIC_RAW has the same offset. */
int64_t segment_raw_origin_ns(void)
{
	static const char word[] = "monotonic";
	const char *line;
	char text[256];
	int64_t s, ns;

	if (read_small(TIMENS_OFFSETS_PATH, text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, word);
	if (line == NULL)
		return 0;
	line += sizeof(word) - 1;
	s = read_number(&line);
	ns = read_number(&line);
	return (int64_t)((uint64_t)s * UINT64_C(1000000000) + (uint64_t)ns);
}

static void store_slot(_Atomic uint64_t *w, const struct segment_slot *s)
{
	SEGMENT_STORE(&w[SLOT_ANCHOR_RAW], (uint64_t)s->anchor_raw_ns);
	SEGMENT_STORE(&w[SLOT_TAI_LO], (uint64_t)s->tai_lo_ns);
	SEGMENT_STORE(&w[SLOT_TAI_HI], (uint64_t)s->tai_hi_ns);
	SEGMENT_STORE(&w[SLOT_LO_SLOPE], (uint64_t)s->lo_slope);
	SEGMENT_STORE(&w[SLOT_HI_SLOPE], (uint64_t)s->hi_slope);
	SEGMENT_STORE(&w[SLOT_HORIZON], (uint64_t)s->horizon_ns);
	SEGMENT_STORE(&w[SLOT_DRIFT], (uint64_t)s->drift);
	SEGMENT_STORE(&w[SLOT_VOID_RAW], (uint64_t)s->void_raw_ns);
	SEGMENT_STORE(&w[SLOT_EPOCH], s->epoch);
	SEGMENT_STORE(&w[SLOT_UTC_ERR], (uint64_t)s->utc_err_ns);
	SEGMENT_STORE(&w[SLOT_STATE_FLAGS], (uint64_t)s->flags << 32 | s->state);
	SEGMENT_STORE(&w[SLOT_COUNTER_LEAP],
		      (uint64_t)s->leap_mode << 32 | s->counter);
	SEGMENT_STORE(&w[SLOT_UTC_OFFSET], (uint64_t)s->utc_offset_ns);
	SEGMENT_STORE(&w[SLOT_LEAP_TAI], (uint64_t)s->leap_tai_ns);
	SEGMENT_STORE(&w[SLOT_LEAP_DELTA], (uint64_t)s->leap_delta_ns);
	SEGMENT_STORE(&w[SLOT_TAI_ERR], (uint64_t)s->tai_err_ns);
	SEGMENT_STORE(&w[SLOT_EPOCH_RAW], (uint64_t)s->epoch_raw_ns);
	SEGMENT_STORE(&w[SLOT_BEST_TAI], (uint64_t)s->best_tai_ns);
	SEGMENT_STORE(&w[SLOT_BEST_SLOPE], (uint64_t)s->best_slope);
	SEGMENT_STORE(&w[SLOT_TSC_ANCHOR], s->tsc_anchor);
	SEGMENT_STORE(&w[SLOT_TSC_MULT], s->tsc_mult);
	SEGMENT_STORE(&w[SLOT_TSC_ERR], (uint64_t)s->tsc_err_ns);
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
 * What this version does not write is 0, for the versions that will.
 */
static void take_over(struct segment *seg)
{
	static const struct segment_slot none; /* TT_UNSYNCHRONIZED */

	SEGMENT_STORE(&seg->magic, 0);
	if (latch_word(&seg->sequence) != 0)
		segment_publish(seg, &none);
	clear_words(seg->reserved,
		    sizeof(seg->reserved) / sizeof(seg->reserved[0]));
	for (size_t i = 0; i < 2; i++)
		clear_words(&seg->slot[i][SLOT_RESERVED_19],
			    SEGMENT_SLOT_WORDS - SLOT_RESERVED_19);
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
	const uint64_t origin_ns = (uint64_t)segment_raw_origin_ns();
	const bool same = segment_check_header(seg, boot_id) == 0 &&
			  latch_word(&seg->raw_origin_ns) == origin_ns;
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
	if (!latch_is_readable(seg))
		return -EPROTO;
	if (boot_id == NULL)
		return 0;
	if (latch_word(&seg->boot_id[0]) != boot_id[0] ||
	    latch_word(&seg->boot_id[1]) != boot_id[1])
		return -ESTALE;
	return 0;
}

int segment_read(const struct segment *seg, struct segment_slot *ret,
		 uint64_t *ret_sequence)
{
	struct segment_slot slot;
	uint64_t sequence;

	for (int i = 0; i < LATCH_TRIES; i++) {
		sequence = latch_word(&seg->sequence);
		if (sequence == 0)
			return -ENODATA;
		latch_load(seg->slot[sequence & 1], &slot);
		latch_load_rest(seg->slot[sequence & 1], &slot);
		if (latch_word(&seg->sequence) != sequence)
			continue;
		*ret = slot;
		*ret_sequence = sequence;
		return 0;
	}
	return -EAGAIN;
}

/* Do the edges meet before the slopes end? The width is linear up to there. */
static bool has_crossing(const struct segment_slot *slot)
{
	int64_t lo, hi, d = slot->void_raw_ns - slot->anchor_raw_ns;

	if (d > slot->horizon_ns)
		d = slot->horizon_ns;
	eval_within(slot, d, &lo, &hi);
	return lo > hi;
}

int segment_check_slot(const struct segment_slot *slot)
{
	uint64_t bad;

	if (!latch_is_sane(slot))
		return -EPROTO;
	bad = latch_lift(slot->epoch_raw_ns, SEGMENT_RAW_BITS) >>
	      (SEGMENT_RAW_BITS + 1);
	bad |= latch_lift(slot->best_tai_ns, SEGMENT_TIME_BITS) >>
	       (SEGMENT_TIME_BITS + 1);
	bad |= latch_lift(slot->best_slope, SEGMENT_SLOPE_BITS) >>
	       (SEGMENT_SLOPE_BITS + 1);
	bad |= (uint64_t)slot->tsc_err_ns >> SEGMENT_SPAN_BITS;
	bad |= slot->tsc_mult >> SEGMENT_TICK_BITS;
	if (bad != 0 || slot->epoch_raw_ns > slot->anchor_raw_ns)
		return -EPROTO;
	return has_crossing(slot) ? -EPROTO : 0;
}
