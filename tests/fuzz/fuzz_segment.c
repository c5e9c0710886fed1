/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a segment: the first 8 are a raw reading, the rest overlays a
 * page. No crash, no undefined behaviour, no inverted interval, and a slot
 * that passes the check evaluates. Built for libFuzzer with TT_FUZZ; else with
 * a main that replays the files it is given.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libtt/interval.h"
#include "tt/tt_inline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct segment_slot *slot, int64_t raw_ns)
{
	struct tt_interval a, b;
	int rc;

	for (enum tt_inline_view view = TT_INLINE_UNIX; view <= TT_INLINE_TAI;
	     view++) {
		rc = interval_now(slot, SEGMENT_COUNTER_RAW, raw_ns, view, &a);
		assert(rc < 0 || a.earliest_ns <= a.latest_ns);
		assert(rc < 0 || a.state != TT_UNSYNCHRONIZED);
		if (tt_inline_quickly(slot,
				      (uint64_t)raw_ns -
					      (uint64_t)slot->anchor_raw_ns,
				      view, &b))
			assert(rc == 0 && memcmp(&a, &b, sizeof(a)) == 0);
		rc = interval_at(slot, SEGMENT_COUNTER_RAW, raw_ns, view, &a);
		assert(rc < 0 || a.earliest_ns <= a.latest_ns);
		rc = interval_now(slot, SEGMENT_COUNTER_NONE, raw_ns, view, &a);
		assert(rc < 0 || a.earliest_ns <= a.latest_ns);
	}
	if (segment_check_slot(slot) < 0)
		return;
	assert(eval_unix_min(slot, slot->tai_lo_ns) <=
	       eval_unix_max(slot, slot->tai_lo_ns));
	(void)eval_utc_offset(slot, slot->tai_hi_ns);
}

/* The reader without the library, on the page as it is: what it gives is what
 * the library's evaluation gives for that instant. */
static void read_inline(const struct segment *seg)
{
	struct tt_inline clk = {.segment = segment_words(seg),
				.vmclock_path = "/nonexistent"};
	struct tt_interval a, b;
	struct segment_slot slot;
	uint64_t sequence;
	int rc;

	for (int i = 0; i < 6; i++) {
		const enum interval_view view = i / 3 ? INTERVAL_TAI
						      : INTERVAL_UNIX;

		rc = tt_inline_get(&clk, (enum tt_inline_order)(i % 3), view,
				   &a);
		if (rc < 0)
			continue;
		rc = segment_read(seg, &slot, &sequence);
		assert(rc == 0);
		rc = interval_now(&slot, SEGMENT_COUNTER_RAW, a.raw_ns, view,
				  &b);
		assert(rc == 0 && memcmp(&a, &b, sizeof(a)) == 0);
	}
	rc = tt_inline_at_raw(&clk, (int64_t)seg->writer_start_raw_ns, &a);
	assert(rc < 0 || a.earliest_ns <= a.latest_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct segment seg, readable;
	static const uint64_t boot_id[2];
	struct segment_slot slot;
	uint64_t sequence;
	int64_t raw_ns;

	if (size < sizeof(raw_ns) || size > sizeof(raw_ns) + sizeof(seg))
		return 0;
	memset(&seg, 0, sizeof(seg));
	memcpy(&raw_ns, data, sizeof(raw_ns));
	memcpy(&seg, data + sizeof(raw_ns), size - sizeof(raw_ns));
	(void)segment_check_header(&seg, boot_id);
	if (segment_read(&seg, &slot, &sequence) == 0)
		check(&slot, raw_ns);
	read_inline(&seg);
	memcpy(&readable, &seg, sizeof(seg));
	readable.magic = SEGMENT_MAGIC;
	readable.version_size = (uint64_t)SEGMENT_VERSION << 32 | SEGMENT_SIZE;
	read_inline(&readable);
	/* A writer of this boot takes whatever it is over. */
	segment_init(&seg, boot_id, 1, 1);
	assert(segment_check_header(&seg, boot_id) == 0);
	if (segment_read(&seg, &slot, &sequence) == 0)
		assert(segment_check_slot(&slot) == 0);
	return 0;
}
