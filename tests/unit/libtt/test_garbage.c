/* SPDX-License-Identifier: Apache-2.0 */
/* Readers survive any bytes: an error or a right interval, never a crash, an
 * inverted interval or undefined behaviour (the sanitizers' business). */
#include <errno.h>

#include "libtt/interval.h"
#include "tests/unit/libtt/live_clock.h"

#define IMAGES 1000000


static void check_rc(int rc)
{
	/* EACCES: a hypervisor's page is asked for, and there is none. */
	static const int closed[] = { 0, -EPROTO, -EAGAIN, -ENODATA, -ESTALE,
				      -ERANGE, -EACCES };

	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (rc == closed[i])
			return;
	fail_msg("not in the closed set: %d", rc);
}

/* 2^62 ns to either side of 1970, and errors on top: more than int64_t holds. */
static void a_width_beyond_63_bits_is_no_small_one(void **state)
{
	struct segment_slot slot = live_slot(live_raw_ns());
	int64_t ns;

	(void)state;
	slot.tai_lo_ns = -SEGMENT_TIME_MAX;
	slot.tai_hi_ns = SEGMENT_TIME_MAX - 1;
	slot.tai_err_ns = SEGMENT_SPAN_MAX - 1;
	slot.utc_err_ns = SEGMENT_SPAN_MAX - 1;
	slot.hi_slope = 1000 * PPB;
	segment_publish(live.seg, &slot);
	assert_int_equal(tt_wait_synchronized(clk, S_NS, 0), -ETIMEDOUT);
	assert_int_equal(tt_wait_synchronized(clk, INT64_MAX, 0), 0);
	assert_int_equal(tt_tai_offset(clk, &ns), 0);
	assert_int_equal(ns, 37 * S_NS);
}

/* Every reading of what is there now. Returns what tt_now() did. */
static int read_all(uint64_t *seed)
{
	struct tt_interval a;
	int64_t ns;
	int rc, at;

	at = tt_at_raw(clk, (int64_t)(live_random(seed) >>
				      (live_random(seed) % 64)), &a);
	check_rc(at);
	assert_true(at < 0 || a.earliest_ns <= a.latest_ns);
	check_rc(tt_tai_offset(clk, &ns));
	check_rc(tt_wait_hint(clk, (int64_t)live_random(seed), &ns));
	rc = tt_now_tai(clk, &a);
	check_rc(rc);
	assert_true(rc < 0 || a.earliest_ns <= a.latest_ns);
	rc = tt_now(clk, &a);
	check_rc(rc);
	if (rc < 0)
		return rc;
	assert_true(a.earliest_ns <= a.latest_ns);
	assert_in_range(a.state, TT_SYNCHRONIZED, TT_DISPUTED);
	assert_int_equal(tt_after(clk, a.latest_ns + S_NS), 0);
	return 0;
}

static void random_slots_give_no_interval(void **state)
{
	_Atomic uint64_t *w = live.seg->slot[1];
	uint64_t seed = live_seed();
	int counts[200] = { 0 };

	(void)state;
	for (int i = 0; i < IMAGES / 2; i++) {
		for (size_t j = 0; j < 20; j++)
			w[j] = live_random(&seed) >> (live_random(&seed) % 64);
		counts[-read_all(&seed)]++;
	}
	print_message("intervals %d, EPROTO %d, ENODATA %d, ESTALE %d\n",
		      counts[0], counts[EPROTO], counts[ENODATA],
		      counts[ESTALE]);
	assert_true(counts[EPROTO] > IMAGES / 4);
}

/* One to three words of a good slot spoilt: bits flipped, extremes, shifts. */
static void mutate(uint64_t *seed, _Atomic uint64_t *w)
{
	static const uint64_t extremes[] = {
		0, 1, UINT64_MAX, INT64_MAX, UINT64_C(1) << 63,
		UINT64_C(1) << 62, UINT64_C(1) << 61, UINT64_C(1) << 60,
		UINT64_C(1) << 37
	};
	const size_t word = live_random(seed) % 20;
	const uint64_t r = live_random(seed);

	switch (r % 4) {
	case 0:
		w[word] ^= UINT64_C(1) << (r >> 8) % 64;
		break;
	case 1:
		w[word] = extremes[(r >> 8) % 9] + (r >> 32) % 3 - 1;
		break;
	case 2:
		w[word] += (uint64_t)((int64_t)r >> (r >> 8) % 64);
		break;
	default:
		w[word] = w[(r >> 8) % 20];
	}
}

static void spoilt_slots_give_errors_or_order(void **state)
{
	uint64_t seed = live_seed();
	int counts[200] = { 0 };

	(void)state;
	for (int i = 0; i < IMAGES / 2; i++) {
		struct segment_slot slot = live_slot(live_raw_ns());

		slot.leap_delta_ns = (i % 3 - 1) * S_NS;
		slot.leap_tai_ns = LIVE_TAI_NS + (i % 100000 - 50000) * S_NS;
		slot.leap_mode = i & 1;
		segment_publish(live.seg, &slot);
		for (uint64_t n = live_random(&seed) % 3 + 1; n > 0; n--)
			mutate(&seed,
			       live.seg->slot[atomic_load(&live.seg->sequence) &
					      1]);
		counts[-read_all(&seed)]++;
	}
	print_message("intervals %d, EPROTO %d, ENODATA %d, ESTALE %d\n",
		      counts[0], counts[EPROTO], counts[ENODATA],
		      counts[ESTALE]);
	assert_true(counts[0] > 1000);
	assert_true(counts[EPROTO] > 1000);
	assert_true(counts[ESTALE] > 0);
}

/* Whole images through the plain reader, headers included. */
static void random_images_are_no_segments(void **state)
{
	static struct segment image;
	uint64_t boot_id[2], seed = live_seed(), sequence;
	uint64_t *w = (uint64_t *)(void *)&image;
	struct segment_slot slot;
	int rc;

	(void)state;
	assert_int_equal(segment_boot_id(boot_id), 0);
	for (int i = 0; i < 10000; i++) {
		for (size_t j = 0; j < SEGMENT_SIZE / 8; j++)
			w[j] = live_random(&seed);
		assert_int_equal(segment_check_header(&image, boot_id),
				 -EPROTO);
		assert_int_equal(segment_read(&image, &slot, &sequence), 0);
		rc = segment_check_slot(&slot);
		assert_true(rc == 0 || rc == -EPROTO);
	}
}

static void every_header_byte_matters_to_an_attached_reader(void **state)
{
	uint8_t *bytes = (uint8_t *)live.seg;
	uint64_t seed = live_seed();

	(void)state;
	live_publish(&live, 0);
	for (size_t i = 0; i < 16; i++) {
		for (int bit = 0; bit < 8; bit++) {
			bytes[i] = (uint8_t)(bytes[i] ^ 1 << bit);
			assert_int_equal(read_all(&seed), -EPROTO);
			bytes[i] = (uint8_t)(bytes[i] ^ 1 << bit);
		}
	}
	assert_int_equal(read_all(&seed), 0);
}

#define TEST(f) LIVE_CLOCK_TEST(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_slots_give_no_interval),
		TEST(spoilt_slots_give_errors_or_order),
		TEST(random_images_are_no_segments),
		TEST(every_header_byte_matters_to_an_attached_reader),
		TEST(a_width_beyond_63_bits_is_no_small_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
