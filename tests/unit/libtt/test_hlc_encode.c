/* SPDX-License-Identifier: Apache-2.0 */
/* Every form of a timestamp is ordered as the timestamps are. */
#include <errno.h>

#include "tests/unit/libtt/live.h"
#include "tt/hlc.h"

static int sign(int64_t x)
{
	return (x > 0) - (x < 0);
}

static const int64_t walls[] = {
	INT64_MIN,
	INT64_MIN + 1,
	-1000,
	-256,
	-255,
	-1,
	0,
	1,
	255,
	256,
	1000,
	999999,
	LIVE_UNIX_NS,
	LIVE_UNIX_NS + 1000,
	INT64_MAX - 1,
	INT64_MAX,
	/* the last and the one after of 52 bits of us */
	INT64_C(4503599627370495000),
	INT64_C(4503599627370496000),
};
static const uint32_t logicals[] = {
	0,	   1, 254, 255, 256, 4095, 4096, 65535, 65536, UINT32_MAX - 1,
	UINT32_MAX};

#define WALLS	 (sizeof(walls) / sizeof(walls[0]))
#define LOGICALS (sizeof(logicals) / sizeof(logicals[0]))

static void bytes_and_words_agree(const struct tt_hlc_time *a,
				  const struct tt_hlc_time *b)
{
	const int expected = sign(tt_hlc_compare(a, b));
	uint8_t x[12], y[12];
	uint64_t p, q;

	tt_hlc_encode(a, x);
	tt_hlc_encode(b, y);
	assert_int_equal(sign(memcmp(x, y, sizeof(x))), expected);
	assert_int_equal(sign(tt_hlc_compare(b, a)), -expected);
	if (tt_hlc_pack64(a, &p) == 0 && tt_hlc_pack64(b, &q) == 0)
		assert_int_equal((p > q) - (p < q), expected);
}

static void comparison_is_by_wall_then_by_counter(void **state)
{
	const struct tt_hlc_time a = {5, 9}, b = {6, 0}, c = {6, 1};

	(void)state;
	assert_true(tt_hlc_compare(&a, &b) < 0);
	assert_true(tt_hlc_compare(&b, &c) < 0);
	assert_true(tt_hlc_compare(&c, &a) > 0);
	assert_int_equal(tt_hlc_compare(&c, &c), 0);
}

static void limits_are_ordered_by_memcmp_and_as_integers(void **state)
{
	const size_t count = WALLS * LOGICALS;

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			const struct tt_hlc_time a = {walls[i / LOGICALS],
						      logicals[i % LOGICALS]};
			const struct tt_hlc_time b = {walls[j / LOGICALS],
						      logicals[j % LOGICALS]};

			bytes_and_words_agree(&a, &b);
		}
}

/* Near one another as often as not, so that each byte decides somewhere. */
static void random_pairs_are_ordered_likewise(void **state)
{
	uint64_t seed = live_seed();

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct tt_hlc_time a, b;

		a.wall_ns = (int64_t)live_random(&seed);
		a.logical = (uint32_t)live_random(&seed);
		b.wall_ns = a.wall_ns ^
			    (int64_t)(UINT64_C(1) << live_random(&seed) % 64);
		b.logical = a.logical ^ UINT32_C(1) << live_random(&seed) % 32;
		if (live_random(&seed) % 2)
			b.wall_ns = a.wall_ns;
		bytes_and_words_agree(&a, &b);
		tt_hlc_unpack64(live_random(&seed), &a);
		tt_hlc_unpack64(live_random(&seed), &b);
		bytes_and_words_agree(&a, &b);
	}
}

static void the_bytes_are_as_documented(void **state)
{
	static const uint8_t expected[12] = {0x80, 0, 0,    0,	  0,	0,
					     1,	   2, 0xde, 0xad, 0xbe, 0xef};
	const struct tt_hlc_time t = {0x102, 0xdeadbeef};
	uint8_t bytes[12];

	(void)state;
	tt_hlc_encode(&t, bytes);
	assert_memory_equal(bytes, expected, sizeof(bytes));
}

static void what_is_encoded_comes_back(void **state)
{
	uint64_t seed = live_seed(), packed, again;
	uint8_t bytes[12], same[12];
	struct tt_hlc_time t, u;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)live_random(&seed);
		tt_hlc_decode(bytes, &t);
		tt_hlc_encode(&t, same);
		assert_memory_equal(bytes, same, sizeof(bytes));
		packed = live_random(&seed);
		assert_int_equal(tt_hlc_unpack64(packed, &u), 0);
		assert_int_equal(tt_hlc_pack64(&u, &again), 0);
		assert_true(packed == again);
	}
}

static void what_does_not_fit_64_bits_is_refused(void **state)
{
	static const struct tt_hlc_time bad[] = {
		{-1000, 0},
		{1, 0},
		{1000, 4096},
		{INT64_C(4503599627370496000), 0},
	};
	const struct tt_hlc_time most = {INT64_C(4503599627370495000), 4095};
	uint64_t packed = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tt_hlc_pack64(&bad[i], &packed), -ERANGE);
	assert_int_equal(packed, 5);
	assert_int_equal(tt_hlc_pack64(&most, &packed), 0);
	assert_true(packed == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparison_is_by_wall_then_by_counter),
		cmocka_unit_test(limits_are_ordered_by_memcmp_and_as_integers),
		cmocka_unit_test(random_pairs_are_ordered_likewise),
		cmocka_unit_test(the_bytes_are_as_documented),
		cmocka_unit_test(what_is_encoded_comes_back),
		cmocka_unit_test(what_does_not_fit_64_bits_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
