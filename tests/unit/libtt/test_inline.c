/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader without the library beside the library: on the same segment, good,
 * spoilt or hostile, both give the same, to the bit. Readings of the present
 * are made at two instants, so each is held to what the pure evaluation gives
 * for its own raw time.
 */
#include <errno.h>

#include "libtt/interval.h"
#include "tests/unit/libtt/live.h"
#include "tt/tt_inline.h"

#define IMAGES 200000

static struct live live;
static struct tt_clock *clk;
static struct tt_inline in;

static int setup(void **state)
{
	(void)state;
	live_open(&live);
	live_publish(&live, 0);
	assert_int_equal(tt_open(live.path, &clk), 0);
	assert_int_equal(tt_inline_open(live.path, &in), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tt_close(clk);
	tt_inline_close(&in);
	live_close(&live);
	return 0;
}

static void assert_is_evaluated(const struct tt_interval *a,
				enum tt_inline_view view)
{
	struct tt_interval want;
	struct segment_slot slot;
	uint64_t sequence;

	assert_int_equal(segment_read(live.seg, &slot, &sequence), 0);
	assert_int_equal(interval_now(&slot, SEGMENT_COUNTER_RAW, a->raw_ns,
				      view, &want),
			 0);
	assert_memory_equal(a, &want, sizeof(want));
}

/* 0, or the error that both give. */
static int read_both(int (*library)(struct tt_clock *, struct tt_interval *),
		     int (*own)(struct tt_inline *, struct tt_interval *),
		     enum tt_inline_view view)
{
	struct tt_interval first, mine, last;
	const int rc_first = library(clk, &first);
	const int rc = own(&in, &mine);
	const int rc_last = library(clk, &last);

	/* The bound may have run out, or the anchor been reached, between. */
	assert_true(rc == rc_first || rc == rc_last);
	if (rc < 0)
		return rc;
	assert_is_evaluated(&mine, view);
	if (rc_first == 0) {
		assert_is_evaluated(&first, view);
		assert_true(first.raw_ns <= mine.raw_ns);
	}
	if (rc_last == 0) {
		assert_is_evaluated(&last, view);
		assert_true(mine.raw_ns <= last.raw_ns);
	}
	return 0;
}

static void read_both_at(int64_t raw_ns)
{
	struct tt_interval theirs, mine;
	int rc;

	memset(&theirs, 0x55, sizeof(theirs));
	memset(&mine, 0x55, sizeof(mine));
	rc = tt_at_raw(clk, raw_ns, &theirs);
	assert_int_equal(tt_inline_at_raw(&in, raw_ns, &mine), rc);
	assert_memory_equal(&mine, &theirs, sizeof(mine));
}

static int read_all(uint64_t *seed)
{
	const int64_t near_ns = live_raw_ns();

	read_both_at((int64_t)(live_random(seed) >> (live_random(seed) % 64)));
	read_both_at(near_ns - (int64_t)(live_random(seed) >> 34));
	read_both_at(near_ns + (int64_t)(live_random(seed) >> 22));
	(void)read_both(tt_now_tai, tt_inline_now_tai, TT_INLINE_TAI);
	(void)read_both(tt_now_strict, tt_inline_now_strict, TT_INLINE_UNIX);
	(void)read_both(tt_now_relaxed, tt_inline_now_relaxed, TT_INLINE_UNIX);
	return read_both(tt_now, tt_inline_now, TT_INLINE_UNIX);
}

static void honest_publications_are_read_alike(void **state)
{
	static const int64_t ages_ns[] = { 0, 1, S_NS, S_NS + 1, 60 * S_NS,
					   3599 * S_NS, 3601 * S_NS };
	uint64_t seed = live_seed();

	(void)state;
	for (size_t i = 0; i < sizeof(ages_ns) / sizeof(ages_ns[0]); i++) {
		live_publish(&live, ages_ns[i]);
		assert_int_equal(read_all(&seed),
				 ages_ns[i] > 3600 * S_NS ? -ESTALE : 0);
	}
	live_publish(&live, -S_NS); /* an anchor to come */
	assert_int_equal(read_all(&seed), -EPROTO);
}

/* Any leap mode, near or far from the leap second, by either counter. */
static struct segment_slot any_slot(uint64_t *seed)
{
	struct segment_slot slot = live_slot(live_raw_ns());
	const uint64_t r = live_random(seed);

	slot.leap_delta_ns = ((int64_t)(r % 3) - 1) * S_NS;
	slot.leap_tai_ns = LIVE_TAI_NS + ((int64_t)(r >> 8) % 50000) * S_NS;
	slot.leap_mode = r >> 7 & 1;
	slot.lo_slope = (int64_t)(live_random(seed) >> 40) * -1;
	slot.hi_slope = (int64_t)(live_random(seed) >> 40);
	if (r >> 6 & 1) {
		slot.counter = SEGMENT_COUNTER_TSC;
		slot.tsc_anchor = tt_inline_ticks_ordered();
		slot.tsc_mult = UINT64_C(1) << TT_INLINE_TICK_SHIFT;
	}
	return slot;
}

static void spoil(uint64_t *seed)
{
	_Atomic uint64_t *w =
		live.seg->slot[atomic_load(&live.seg->sequence) & 1];

	for (uint64_t n = live_random(seed) % 3; n > 0; n--)
		w[live_random(seed) % 23] ^=
			live_random(seed) >> (live_random(seed) % 64);
}

static void spoilt_publications_are_read_alike(void **state)
{
	uint64_t seed = live_seed();
	int counts[200] = { 0 };

	(void)state;
	for (int i = 0; i < IMAGES; i++) {
		const struct segment_slot slot = any_slot(&seed);

		segment_publish(live.seg, &slot);
		spoil(&seed);
		counts[-read_all(&seed)]++;
	}
	print_message("intervals %d, EPROTO %d, ENODATA %d, ESTALE %d\n",
		      counts[0], counts[EPROTO], counts[ENODATA],
		      counts[ESTALE]);
	assert_true(counts[0] > IMAGES / 10);
	assert_true(counts[EPROTO] > IMAGES / 10);
}

/* Two ways from ticks to ns: by the whole product, and by its upper half. */
static void few_ticks_are_the_same_ns_by_either_way(void **state)
{
	static const uint64_t edges[] = { 0, 1, TT_INLINE_TICKS_MAX };
	uint64_t w[TT_INLINE_SLOT_WORDS] = { 0 };
	uint64_t seed = live_seed();

	(void)state;
	for (int i = 0; i < IMAGES; i++) {
		const uint64_t ticks = i < 3 ? edges[i]
					     : live_random(&seed) >>
						       (17 +
							live_random(&seed) % 47);

		w[TT_INLINE_TSC_ANCHOR] = live_random(&seed);
		w[TT_INLINE_TSC_MULT] =
			live_random(&seed) >> (live_random(&seed) % 64);
		assert_int_equal(tt_inline_ns_of_ticks(ticks,
						       w[TT_INLINE_TSC_MULT]),
				 tt_inline_raw_of_ticks(
					 w, 0,
					 w[TT_INLINE_TSC_ANCHOR] + ticks));
	}
}

/* What the ordinary case takes for itself is as the whole of it has it, at
 * every edge of every limit; and it does take honest publications. */
static void the_ordinary_case_is_as_the_whole(void **state)
{
	static const unsigned int bits[] = { 0,	 1,  2,	 30, 36, 37, 38, 39,
					     40, 41, 59, 60, 61, 62, 63 };
	uint64_t seed = live_seed();
	int taken = 0;

	(void)state;
	for (int i = 0; i < IMAGES * 5; i++) {
		struct segment_slot slot = any_slot(&seed);
		uint64_t *w = (uint64_t *)(void *)&slot;
		const uint64_t r = live_random(&seed);
		const uint64_t edge = UINT64_C(1) << bits[r % 15];
		struct tt_interval whole, quick;
		const enum interval_view view = r >> 61 & 1;
		uint64_t since = r >> 34;
		int rc;

		if (r >> 63)
			w[(r >> 8) % (sizeof(slot) / 8)] =
				(r >> 62 & 1 ? edge : -edge) + (r >> 16) % 3 - 1;
		if ((r >> 20) % 8 == 0)
			since = (r >> 24) % 3 - 1;
		rc = interval_now(&slot, SEGMENT_COUNTER_RAW,
				  (int64_t)((uint64_t)slot.anchor_raw_ns +
					    since),
				  view, &whole);
		if (!tt_inline_quickly(&slot, since, view, &quick))
			continue;
		assert_int_equal(rc, 0);
		assert_memory_equal(&whole, &quick, sizeof(whole));
		taken++;
	}
	print_message("%d of %d taken\n", taken, IMAGES * 5);
	assert_true(taken > IMAGES);
}

static void headers_are_refused_alike(void **state)
{
	uint8_t *bytes = (uint8_t *)live.seg;
	uint64_t seed = live_seed();
	struct tt_inline other;

	(void)state;
	for (size_t i = 0; i < 32; i++) {
		bytes[i] = (uint8_t)(bytes[i] ^ 1 << i % 8);
		assert_int_equal(read_all(&seed), i < 16 ? -EPROTO : 0);
		assert_int_equal(tt_inline_open(live.path, &other),
				 i < 16 ? -EPROTO : -ESTALE);
		bytes[i] = (uint8_t)(bytes[i] ^ 1 << i % 8);
	}
	bytes[56] = 1; /* another time namespace's */
	assert_int_equal(tt_inline_open(live.path, &other), -EPROTO);
}

static void a_sequence_of_0_is_no_publication(void **state)
{
	uint64_t seed = live_seed();

	(void)state;
	atomic_store(&live.seg->sequence, 0);
	assert_int_equal(read_all(&seed), -ENODATA);
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct tt_inline other;
	char path[200];

	(void)state;
	errno = 77;
	assert_int_equal(tt_inline_open("/nonexistent/clock", &other), -ENOENT);
	assert_int_equal(tt_inline_open(live.dir, &other), -EPROTO);
	assert_int_equal(tt_inline_open("", &other), -EINVAL);
	assert_int_equal(tt_inline_open(live.path, NULL), -EINVAL);
	assert_int_equal(truncate(live.path, 4095), 0);
	assert_int_equal(tt_inline_open(live.path, &other), -EPROTO);
	assert_int_equal(truncate(live.path, 4096), 0);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	setenv("TT_VMCLOCK", path, 1);
	assert_int_equal(tt_inline_open(live.path, &other), -EINVAL);
	unsetenv("TT_VMCLOCK");
	assert_int_equal(errno, 77);
}

static void the_environment_names_the_segment(void **state)
{
	struct tt_interval a;
	struct tt_inline other;

	(void)state;
	setenv("TT_CLOCK", live.path, 1);
	assert_int_equal(tt_inline_open(NULL, &other), 0);
	unsetenv("TT_CLOCK");
	assert_int_equal(tt_inline_now(&other, &a), 0);
	tt_inline_close(&other);
	tt_inline_close(&other);
	tt_inline_close(NULL);
	assert_int_equal(tt_inline_now(&other, &a), -ENOENT);
	assert_int_equal(tt_inline_at_raw(&other, 1, &a), -ENOENT);
}

static void predicates_are_those_of_the_library(void **state)
{
	struct tt_interval a;

	(void)state;
	assert_int_equal(tt_inline_now(&in, &a), 0);
	for (int64_t t = a.earliest_ns - S_NS; t < a.latest_ns + S_NS;
	     t += S_NS / 4) {
		assert_int_equal(tt_inline_after(&in, t), tt_after(clk, t));
		assert_int_equal(tt_inline_before(&in, t), tt_before(clk, t));
	}
	assert_int_equal(tt_inline_after(NULL, 0), 0);
	assert_int_equal(tt_inline_before(NULL, INT64_MAX), 0);
	assert_int_equal(tt_inline_now(NULL, &a), -EINVAL);
	assert_int_equal(tt_inline_now(&in, NULL), -EINVAL);
	assert_int_equal(tt_inline_at_raw(&in, 0, NULL), -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(honest_publications_are_read_alike),
		TEST(spoilt_publications_are_read_alike),
		TEST(few_ticks_are_the_same_ns_by_either_way),
		TEST(the_ordinary_case_is_as_the_whole),
		TEST(headers_are_refused_alike),
		TEST(a_sequence_of_0_is_no_publication),
		TEST(what_cannot_be_opened_says_why),
		TEST(the_environment_names_the_segment),
		TEST(predicates_are_those_of_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
