/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from peers as hybrid timestamps: each decodes and encodes to the same,
 * bytes and integers are ordered as what they mean, and whatever is observed,
 * timestamps only go forward: past what was accepted, and not for what was not.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tt/hlc.h"
#include "tt/tt.h"

#define SIZE	    12
#define REMOTES_MAX 64
#define EARLIEST_NS INT64_C(1000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int is_so)
{
	if (!is_so)
		abort();
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Alone: there and back. */
static void check_bytes(const uint8_t *bytes)
{
	struct tt_hlc_time t, again;
	uint8_t out[SIZE];
	uint64_t packed;

	tt_hlc_decode(bytes, &t);
	tt_hlc_encode(&t, out);
	require(memcmp(out, bytes, SIZE) == 0);
	if (tt_hlc_pack64(&t, &packed) == 0) {
		require(tt_hlc_unpack64(packed, &again) == 0);
		require(tt_hlc_compare(&t, &again) == 0);
	}
}

/* Two: in one order by every measure. */
static void check_order(const uint8_t *a, const uint8_t *b)
{
	struct tt_hlc_time ta, tb;
	uint64_t pa, pb;
	int order;

	tt_hlc_decode(a, &ta);
	tt_hlc_decode(b, &tb);
	order = tt_hlc_compare(&ta, &tb);
	require(sign(order) == sign(memcmp(a, b, SIZE)));
	if (tt_hlc_pack64(&ta, &pa) == 0 && tt_hlc_pack64(&tb, &pb) == 0)
		require(sign(order) == (pa > pb) - (pa < pb));
}

/* What a node gives after each message, on a clock that stands: later each time,
 * past what it took, and never beyond `latest` on account of what it refused. */
static void check_observed(struct tt_hlc *hlc, const uint8_t *data,
			   size_t count, int64_t latest_ns)
{
	struct tt_hlc_time last, remote, t;

	require(tt_hlc_now(hlc, &last) == 0);
	for (size_t i = 0; i < count && i < REMOTES_MAX; i++) {
		tt_hlc_decode(data + i * SIZE, &remote);
		if (tt_hlc_observe(hlc, &remote, &t) == 0) {
			require(tt_hlc_compare(&t, &remote) > 0);
			require(tt_hlc_compare(&t, &last) > 0);
			require(t.wall_ns <= latest_ns);
			last = t;
		}
		if (tt_hlc_now(hlc, &t) == 0) {
			require(tt_hlc_compare(&t, &last) > 0);
			require(t.wall_ns <= latest_ns);
			last = t;
		}
	}
}

static void check_node(const uint8_t *data, size_t count, int64_t latest_ns,
		       enum tt_hlc_resolution resolution)
{
	const struct tt_hlc_options opt = { .size = sizeof(opt),
					    .resolution = resolution };
	struct tt_clock *clk;
	struct tt_hlc *hlc;

	require(tt_manual_open(&clk) == 0);
	require(tt_manual_set(clk, EARLIEST_NS, latest_ns, TT_SYNCHRONIZED) == 0);
	require(tt_hlc_open(clk, &opt, &hlc) == 0);
	check_observed(hlc, data, count, latest_ns);
	tt_hlc_close(hlc);
	tt_close(clk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t count = size / SIZE;

	for (size_t i = 0; i < count; i++) {
		check_bytes(data + i * SIZE);
		if (i > 0)
			check_order(data + (i - 1) * SIZE, data + i * SIZE);
	}
	check_node(data, count, EARLIEST_NS + 2000, TT_HLC_NS);
	check_node(data, count, INT64_C(1) << 61, TT_HLC_NS);
	check_node(data, count, EARLIEST_NS + 2000, TT_HLC_64);
	return 0;
}
