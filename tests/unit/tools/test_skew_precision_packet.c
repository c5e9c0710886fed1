/* SPDX-License-Identifier: Apache-2.0 */
/* Precision probes on the wire: what is written is read; nothing else is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/precision_packet.h"

static const struct precision_packet probe = {
	.type = PRECISION_PROBE,
	.index = 1,
	.wanted = PRECISION_KERNEL,
	.session = UINT64_C(0x0123456789abcdef),
	.pair = 0x01020304};

static const struct precision_packet answer = {
	.type = PRECISION_ANSWER,
	.index = 1,
	.session = UINT64_C(0x0123456789abcdef),
	.pair = 0x01020304,
	.rx_ns = INT64_C(0x1112131415161718),
	.rx_kind = PRECISION_HARDWARE,
	.earlier = 0x01020303,
	.tx_ns = {INT64_C(0x2122232425262728), 0},
	.tx_kind = {PRECISION_KERNEL, PRECISION_NONE},
	.phase = {0x31323334, 0x41424344}};

/* Byte for byte, as precision_packet.h has it. */
static const uint8_t probe_bytes[PRECISION_PACKET_SIZE] = {
	't',  't',  'p',  'p',	1,    1,    1, 2, 0x01, 0x23,
	0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 2, 3,	4};

static const uint8_t answer_bytes[PRECISION_PACKET_SIZE] = {
	't',  't',  'p',  'p',	1,    2,    1,	  0,	/* 0 */
	0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, /* 8: session */
	1,    2,    3,	  4,	0,    0,    0,	  0,	/* 16: pair */
	0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, /* 24: rx */
	1,    2,    3,	  3,	0x31, 0x32, 0x33, 0x34, /* 32: earlier, phase */
	0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, /* 40: tx[0] */
	0,    0,    0,	  0,	0,    0,    0,	  0,	/* 48: tx[1] */
	3,    2,    0,	  0,	0x41, 0x42, 0x43, 0x44}; /* 56: kinds, width */

static void the_bytes_are_those_of_the_description(void **state)
{
	uint8_t bytes[PRECISION_PACKET_SIZE];

	(void)state;
	precision_packet_write(&probe, bytes);
	assert_memory_equal(bytes, probe_bytes, sizeof(bytes));
	precision_packet_write(&answer, bytes);
	assert_memory_equal(bytes, answer_bytes, sizeof(bytes));
}

static void what_is_written_is_read(void **state)
{
	struct precision_packet p;

	(void)state;
	assert_int_equal(precision_packet_read(probe_bytes, 64, &p), 0);
	assert_int_equal(p.type, PRECISION_PROBE);
	assert_int_equal(p.index, 1);
	assert_int_equal(p.wanted, PRECISION_KERNEL);
	assert_true(p.session == probe.session && p.pair == probe.pair);
	assert_int_equal(precision_packet_read(answer_bytes, 64, &p), 0);
	assert_int_equal(p.type, PRECISION_ANSWER);
	assert_true(p.session == answer.session && p.pair == answer.pair);
	assert_true(p.rx_ns == answer.rx_ns && p.earlier == answer.earlier);
	assert_int_equal(p.rx_kind, PRECISION_HARDWARE);
	assert_true(p.tx_ns[0] == answer.tx_ns[0] && p.tx_ns[1] == 0);
	assert_int_equal(p.tx_kind[0], PRECISION_KERNEL);
	assert_int_equal(p.tx_kind[1], PRECISION_NONE);
	assert_true(p.phase.phase_ns == 0x31323334);
	assert_true(p.phase.width_ns == 0x41424344);
}

/* Each byte that has but few values, with all others. */
static void junk_is_refused_and_nothing_written(void **state)
{
	static const struct {
		const uint8_t *bytes;
		int at;
		uint8_t good[3]; /* and 0 for the rest */
	} row[] = {
		{probe_bytes, 0, {'t'}},       {probe_bytes, 3, {'p'}},
		{probe_bytes, 4, {1}},	       {probe_bytes, 5, {1}},
		{probe_bytes, 7, {2, 3}},      {answer_bytes, 56, {1, 2, 3}},
		{answer_bytes, 57, {1, 2, 3}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		for (int b = 0; b < 256; b++) {
			uint8_t bytes[64];
			struct precision_packet p = {.pair = 77};
			const int good = b && (b == row[i].good[0] ||
					       b == row[i].good[1] ||
					       b == row[i].good[2]);

			memcpy(bytes, row[i].bytes, 64);
			bytes[row[i].at] = (uint8_t)b;
			assert_int_equal(precision_packet_read(bytes, 64, &p),
					 good ? 0 : -EPROTO);
			assert_true(good || p.pair == 77);
		}
	}
}

static void what_must_be_zero_is(void **state)
{
	static const int at[] = {20, 21, 22, 23, 59};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		struct precision_packet p;
		uint8_t bytes[64];

		memcpy(bytes, answer_bytes, 64);
		bytes[at[i]] = 1;
		assert_int_equal(precision_packet_read(bytes, 64, &p), -EPROTO);
	}
	for (int k = 20; k < 64; k++) {
		struct precision_packet p;
		uint8_t bytes[64];

		memcpy(bytes, probe_bytes, 64);
		bytes[k] = 1;
		assert_int_equal(precision_packet_read(bytes, 64, &p), -EPROTO);
	}
}

static void sizes_are_exact(void **state)
{
	uint8_t bytes[65] = {0};
	struct precision_packet p;

	(void)state;
	memcpy(bytes, probe_bytes, 64);
	assert_int_equal(precision_packet_read(bytes, 0, &p), -EPROTO);
	assert_int_equal(precision_packet_read(bytes, 63, &p), -EPROTO);
	assert_int_equal(precision_packet_read(bytes, 65, &p), -EPROTO);
}

/* A stamp with a kind and no value, and one with a value and no kind. */
static void a_stamp_is_there_or_not(void **state)
{
	struct precision_packet p = answer, ret;
	uint8_t bytes[PRECISION_PACKET_SIZE];

	(void)state;
	p.tx_ns[1] = 5;
	precision_packet_write(&p, bytes);
	assert_int_equal(precision_packet_read(bytes, 64, &ret), -EPROTO);
	p = answer;
	p.tx_ns[0] = -1;
	precision_packet_write(&p, bytes);
	assert_int_equal(precision_packet_read(bytes, 64, &ret), -EPROTO);
	p = answer;
	p.rx_ns = 0;
	p.rx_kind = PRECISION_NONE;
	precision_packet_write(&p, bytes);
	assert_int_equal(precision_packet_read(bytes, 64, &ret), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_description),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(junk_is_refused_and_nothing_written),
		cmocka_unit_test(what_must_be_zero_is),
		cmocka_unit_test(sizes_are_exact),
		cmocka_unit_test(a_stamp_is_there_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
