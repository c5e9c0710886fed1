/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment's writer and checks. segment.c is compiled into this program
 * with a store that can be stopped, so that the writer dies between any two.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>

static int stores_left = -1; /* -1: no end */
static jmp_buf killed;

static void hooked_store(_Atomic uint64_t *word, uint64_t value)
{
	if (stores_left == 0)
		longjmp(killed, 1);
	if (stores_left > 0)
		stores_left--;
	atomic_store_explicit(word, value, memory_order_release);
}

#define SEGMENT_STORE(word, value) hooked_store((word), (value))
#include "libtt/segment.c"

#include "tests/unit/libtt/live.h"

static const uint64_t boot_id[2] = { 0x0123456789abcdef, 0xfedcba9876543210 };
static const uint64_t other_boot_id[2] = { 0x0123456789abcdef, 1 };

static struct segment *fresh(void)
{
	static struct segment seg;

	memset(&seg, 0, sizeof(seg));
	return &seg;
}

/* Run up to `stores` stores of f; true if that was the whole of it. */
static bool stopped_after(int stores, void (*f)(struct segment *),
			  struct segment *seg)
{
	if (setjmp(killed) != 0) {
		stores_left = -1;
		return false;
	}
	stores_left = stores;
	f(seg);
	stores_left = -1;
	return true;
}

static void assert_slot_equal(const struct segment_slot *a,
			      const struct segment_slot *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

static void what_is_published_is_read(void **state)
{
	struct segment *seg = fresh();
	struct segment_slot in = live_slot(1234), out;
	uint64_t sequence = 99;

	(void)state;
	in.lo_slope = -3;
	in.hi_slope = 4;
	in.leap_mode = SEGMENT_LEAP_SMEAR;
	in.leap_tai_ns = -5;
	in.leap_delta_ns = -S_NS;
	in.tai_err_ns = 6;
	in.utc_err_ns = 8;
	in.best_slope = -9;
	in.marker = UINT64_C(0xfeedfacefeedface);
	assert_false(segment_init(seg, boot_id, 42, 43));
	assert_int_equal(segment_read(seg, &out, &sequence), -ENODATA);
	for (uint64_t i = 1; i <= 5; i++) {
		in.epoch = i;
		segment_publish(seg, &in);
		memset(&out, 0, sizeof(out));
		assert_int_equal(segment_read(seg, &out, &sequence), 0);
		assert_int_equal(sequence, i);
		assert_slot_equal(&in, &out);
	}
	assert_int_equal(segment_check_slot(&in), 0);
}

static void the_bytes_are_as_documented(void **state)
{
	struct segment *seg = fresh();
	const struct segment_slot slot = live_slot(1234);
	uint64_t w[SEGMENT_SIZE / 8];

	(void)state;
	segment_init(seg, boot_id, 42, 43);
	segment_publish(seg, &slot);
	memcpy(w, seg, sizeof(w));
	assert_memory_equal(seg, "TTCLOCK1", 8);
	assert_true(w[1] == UINT64_C(0x100001000));
	assert_true(w[2] == boot_id[0] && w[3] == boot_id[1]);
	assert_int_equal(w[4], 42);
	assert_int_equal(w[5], 43);
	assert_int_equal(w[6], 1);
	assert_int_equal(w[96 + 0], 1234);            /* slot 1 at 768 */
	assert_int_equal(w[96 + 1], LIVE_TAI_NS);
	assert_int_equal(w[96 + 7], 1234 + 3600 * S_NS);
	assert_int_equal(w[96 + 8], 7);
	assert_true(w[96 + 10] == ((UINT64_C(0x108) << 32) | 1));
	assert_int_equal(w[96 + 12], 37 * S_NS);
	assert_int_equal(w[96 + 13], INT64_MAX);
	assert_int_equal(w[96 + 16], 1234 - 10 * S_NS);
	for (size_t i = 19; i < 32; i++)
		assert_int_equal(w[96 + i], 0); /* the map: none here */
}

static void sequence_passes_over_zero(void **state)
{
	struct segment *seg = fresh();
	struct segment_slot in = live_slot(1), out;
	uint64_t sequence;

	(void)state;
	segment_init(seg, boot_id, 1, 1);
	atomic_store(&seg->sequence, UINT64_MAX - 1);
	for (uint64_t i = 0; i < 4; i++) {
		in.epoch = i;
		segment_publish(seg, &in);
		assert_int_equal(segment_read(seg, &out, &sequence), 0);
		assert_int_not_equal(sequence, 0);
		assert_slot_equal(&in, &out);
	}
}

static void publish_second(struct segment *seg)
{
	const struct segment_slot slot = live_slot(2000);

	segment_publish(seg, &slot);
}

static void publish_third(struct segment *seg)
{
	const struct segment_slot slot = live_slot(3000);

	segment_publish(seg, &slot);
}

/* Guards against a writer that wedges its readers when killed. */
static void a_writer_killed_at_any_store_leaves_a_whole_slot(void **state)
{
	struct segment *seg = fresh();
	struct segment_slot out;
	uint64_t sequence;
	bool is_whole = false;
	int stores;

	(void)state;
	for (stores = 0; !is_whole; stores++) {
		struct segment_slot first = live_slot(1000);

		assert_true(stores < 100);
		memset(seg, 0, sizeof(*seg));
		segment_init(seg, boot_id, 1, 1);
		segment_publish(seg, &first);
		is_whole = stopped_after(stores, publish_second, seg);
		assert_int_equal(segment_check_header(seg, boot_id), 0);
		assert_int_equal(segment_read(seg, &out, &sequence), 0);
		assert_int_equal(out.anchor_raw_ns, is_whole ? 2000 : 1000);
		first = live_slot(is_whole ? 2000 : 1000);
		assert_slot_equal(&out, &first);
		/* The successor goes on, whatever was half done. */
		assert_true(segment_init(seg, boot_id, 2, 2));
		assert_int_equal(segment_read(seg, &out, &sequence), 0);
		assert_slot_equal(&out, &first);
		publish_third(seg);
		assert_int_equal(segment_read(seg, &out, &sequence), 0);
		assert_int_equal(out.anchor_raw_ns, 3000);
	}
	assert_int_equal(stores, 24 + 1); /* 23 words and the sequence */
}

static void init_same_boot(struct segment *seg)
{
	segment_init(seg, boot_id, 2, 2);
}

static void a_restart_keeps_the_publication_at_every_store(void **state)
{
	struct segment *seg = fresh();
	struct segment_slot out, want = live_slot(3000);
	uint64_t sequence;
	bool is_whole = false;

	(void)state;
	segment_init(seg, boot_id, 1, 1);
	publish_third(seg);
	for (int stores = 0; !is_whole; stores++) {
		is_whole = stopped_after(stores, init_same_boot, seg);
		assert_int_equal(segment_check_header(seg, boot_id), 0);
		assert_int_equal(segment_read(seg, &out, &sequence), 0);
		assert_int_equal(sequence, 1);
		assert_slot_equal(&out, &want);
	}
	assert_int_equal(atomic_load(&seg->writer_pid), 2);
}

static void init_other_boot(struct segment *seg)
{
	segment_init(seg, other_boot_id, 2, 2);
}

static void another_boots_publication_is_withdrawn_first(void **state)
{
	struct segment *seg = fresh();
	struct segment_slot out;
	uint64_t sequence;
	bool is_whole = false;
	int rc;

	(void)state;
	for (int stores = 0; !is_whole; stores++) {
		memset(seg, 0, sizeof(*seg));
		segment_init(seg, boot_id, 1, 1);
		publish_third(seg);
		publish_third(seg);
		is_whole = stopped_after(stores, init_other_boot, seg);
		/* A successor knows what it finds. */
		assert_true(atomic_load(&seg->magic) == SEGMENT_MAGIC ||
			    atomic_load(&seg->magic) == SEGMENT_MAGIC_UNMADE);
		/* The new boot never gets to see what the old one said. */
		if (segment_check_header(seg, other_boot_id) < 0)
			continue;
		rc = segment_read(seg, &out, &sequence);
		assert_true(rc == 0 && out.state == TT_UNSYNCHRONIZED);
		assert_true(sequence > 2);
	}
	assert_int_equal(segment_check_header(seg, boot_id), -ESTALE);
}

static void init_first(struct segment *seg)
{
	segment_init(seg, boot_id, 1, 1);
}

static void a_first_one_is_known_at_every_store(void **state)
{
	struct segment *seg = fresh();
	bool is_whole = false;

	(void)state;
	for (int stores = 0; !is_whole; stores++) {
		memset(seg, 0, sizeof(*seg));
		is_whole = stopped_after(stores, init_first, seg);
		assert_true(stores == 0 ||
			    atomic_load(&seg->magic) == SEGMENT_MAGIC_UNMADE ||
			    atomic_load(&seg->magic) == SEGMENT_MAGIC);
	}
	assert_int_equal(segment_check_header(seg, boot_id), 0);
	assert_memory_equal(seg, "TTCLOCK1", 8);
	atomic_store(&seg->magic, SEGMENT_MAGIC_UNMADE);
	assert_memory_equal(seg, "TTCLOCK0", 8);
	assert_int_equal(segment_check_header(seg, boot_id), -EPROTO);
}

static void garbage_is_taken_over(void **state)
{
	struct segment *seg = fresh();
	struct segment_slot out;
	uint64_t seed = live_seed(), sequence;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		for (size_t j = 0; j < SEGMENT_SIZE / 8; j++)
			((_Atomic uint64_t *)seg)[j] = live_random(&seed);
		if (i % 2) { /* a good header, garbage in the slots */
			atomic_store(&seg->magic, SEGMENT_MAGIC);
			atomic_store(&seg->version_size, 0x100001000);
			atomic_store(&seg->boot_id[0], boot_id[0]);
			atomic_store(&seg->boot_id[1], boot_id[1]);
			atomic_store(&seg->raw_origin_ns, 0);
		}
		assert_false(segment_init(seg, boot_id, 1, 1));
		assert_int_equal(segment_check_header(seg, boot_id), 0);
		assert_int_equal(segment_read(seg, &out, &sequence), 0);
		assert_int_equal(out.state, TT_UNSYNCHRONIZED);
		assert_int_equal(segment_check_slot(&out), 0);
		for (size_t j = 0; j < 56; j++)
			assert_int_equal(atomic_load(&seg->reserved[j]), 0);
		publish_third(seg);
		assert_int_equal(segment_read(seg, &out, &sequence), 0);
		assert_int_equal(out.anchor_raw_ns, 3000);
	}
}

static void every_header_word_is_checked(void **state)
{
	struct segment *seg = fresh();

	(void)state;
	segment_init(seg, boot_id, 1, 1);
	assert_int_equal(segment_check_header(seg, boot_id), 0);
	assert_int_equal(segment_check_header(seg, NULL), 0);
	for (int bit = 0; bit < 64; bit++) {
		for (int word = 0; word < 4; word++) {
			_Atomic uint64_t *w = (_Atomic uint64_t *)seg + word;

			*w ^= UINT64_C(1) << bit;
			assert_int_equal(segment_check_header(seg, boot_id),
					 word < 2 ? -EPROTO : -ESTALE);
			*w ^= UINT64_C(1) << bit;
		}
	}
}

/* Each field just within and just beyond what an honest writer publishes. */
static void a_slot_is_checked_field_by_field(void **state)
{
	static const struct {
		size_t offset;
		int64_t good, bad;
	} rows[] = {
#define ROW(field, good, bad) \
	{ offsetof(struct segment_slot, field), good, bad }
		ROW(tai_lo_ns, -SEGMENT_TIME_MAX, -SEGMENT_TIME_MAX - 1),
		ROW(tai_lo_ns, LIVE_TAI_NS + MS_NS, LIVE_TAI_NS + MS_NS + 1),
		ROW(tai_lo_ns, 0, INT64_MIN),
		ROW(tai_hi_ns, SEGMENT_TIME_MAX - 1, SEGMENT_TIME_MAX),
		ROW(tai_hi_ns, LIVE_TAI_NS, INT64_MAX),
		ROW(lo_slope, -(INT64_C(1) << 37), -(INT64_C(1) << 37) - 1),
		ROW(hi_slope, (INT64_C(1) << 37) - 1, INT64_C(1) << 37),
		ROW(lo_slope, 0, INT64_MIN),
		ROW(hi_slope, 0, INT64_MAX),
		ROW(horizon_ns, 0, -1),
		ROW(horizon_ns, SEGMENT_SPAN_MAX - 1, SEGMENT_SPAN_MAX),
		ROW(drift, 0, -1),
		ROW(drift, (INT64_C(1) << 37) - 1, INT64_C(1) << 37),
		ROW(void_raw_ns, 1000, 999),
		ROW(void_raw_ns, 1000 + SEGMENT_SPAN_MAX - 1,
		    1000 + SEGMENT_SPAN_MAX),
		ROW(void_raw_ns, 2000, INT64_MAX),
		ROW(void_raw_ns, 2000, INT64_MIN),
		ROW(anchor_raw_ns, 2000, INT64_MIN),
		ROW(anchor_raw_ns, 2000, INT64_MAX),
		ROW(epoch_raw_ns, 1000, 1001),
		ROW(epoch_raw_ns, -(INT64_C(1) << 61), INT64_MIN),
		ROW(utc_offset_ns, 0, INT64_C(1) << 40),
		ROW(utc_offset_ns, -(INT64_C(1) << 40), INT64_MIN),
		ROW(leap_tai_ns, 0, SEGMENT_TIME_MAX),
		ROW(leap_tai_ns, INT64_MAX, INT64_MAX - 1),
		ROW(leap_delta_ns, 0, 1),
		ROW(leap_delta_ns, -S_NS, 2 * S_NS),
		ROW(leap_delta_ns, S_NS, INT64_MIN),
		ROW(tai_err_ns, SEGMENT_SPAN_MAX - 1, SEGMENT_SPAN_MAX),
		ROW(tai_err_ns, 0, -1),
		ROW(utc_err_ns, 0, INT64_MIN),
		ROW(best_tai_ns, 0, INT64_MAX),
		ROW(best_slope, 0, INT64_MIN),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct segment_slot slot = live_slot(1000);
		char *field = (char *)&slot + rows[i].offset;

		slot.leap_delta_ns = S_NS;
		slot.leap_tai_ns = 5;
		memcpy(field, &rows[i].good, 8);
		assert_int_equal(segment_check_slot(&slot), 0);
		memcpy(field, &rows[i].bad, 8);
		assert_int_equal(segment_check_slot(&slot), -EPROTO);
	}
}

static void enums_are_checked(void **state)
{
	struct segment_slot slot = live_slot(1000);

	(void)state;
	slot.state = 4;
	assert_int_equal(segment_check_slot(&slot), -EPROTO);
	slot = live_slot(1000);
	slot.counter = 3;
	assert_int_equal(segment_check_slot(&slot), -EPROTO);
	slot = live_slot(1000);
	slot.leap_mode = 2;
	assert_int_equal(segment_check_slot(&slot), -EPROTO);
	slot = live_slot(1000);
	slot.flags = UINT32_MAX; /* later versions' flags */
	assert_int_equal(segment_check_slot(&slot), 0);
}

static void the_boot_id_is_the_kernels(void **state)
{
	char text[64], want[64];
	uint64_t id[2];
	FILE *f;

	(void)state;
	assert_int_equal(segment_boot_id(id), 0);
	snprintf(text, sizeof(text), "%08llx-%04llx-%04llx-%04llx-%012llx\n",
		 (unsigned long long)(id[0] >> 32),
		 (unsigned long long)(id[0] >> 16 & 0xffff),
		 (unsigned long long)(id[0] & 0xffff),
		 (unsigned long long)(id[1] >> 48),
		 (unsigned long long)(id[1] & 0xffffffffffff));
	f = fopen("/proc/sys/kernel/random/boot_id", "re");
	assert_non_null(f);
	assert_non_null(fgets(want, sizeof(want), f));
	fclose(f);
	assert_string_equal(text, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_published_is_read),
		cmocka_unit_test(the_bytes_are_as_documented),
		cmocka_unit_test(sequence_passes_over_zero),
		cmocka_unit_test(
			a_writer_killed_at_any_store_leaves_a_whole_slot),
		cmocka_unit_test(a_restart_keeps_the_publication_at_every_store),
		cmocka_unit_test(another_boots_publication_is_withdrawn_first),
		cmocka_unit_test(a_first_one_is_known_at_every_store),
		cmocka_unit_test(garbage_is_taken_over),
		cmocka_unit_test(every_header_word_is_checked),
		cmocka_unit_test(a_slot_is_checked_field_by_field),
		cmocka_unit_test(enums_are_checked),
		cmocka_unit_test(the_boot_id_is_the_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
