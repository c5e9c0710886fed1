/* SPDX-License-Identifier: Apache-2.0 */
/* The headers in every dialect: they need nothing included before them. */
#include "tt/hlc.h"
#include "tt/hlc.h"
#include "tt/lease.h"
#include "tt/lease.h"
#include "tt/logical.h"
#include "tt/logical.h"
#include "tt/tt.h"
#include "tt/tt.h"
#include "tt/waitset.h"
#include "tt/waitset.h"

/* Sizes and offsets are part of the ABI; C89 has no _Static_assert. */
#define HOLDS(name, condition) typedef char name[(condition) ? 1 : -1]

#include <stddef.h>

HOLDS(interval_is_64_bytes, sizeof(struct tt_interval) == 64);
HOLDS(latest_at_8, offsetof(struct tt_interval, latest_ns) == 8);
HOLDS(epoch_at_16, offsetof(struct tt_interval, epoch) == 16);
HOLDS(raw_at_24, offsetof(struct tt_interval, raw_ns) == 24);
HOLDS(state_at_32, offsetof(struct tt_interval, state) == 32);
HOLDS(flags_at_36, offsetof(struct tt_interval, flags) == 36);
HOLDS(states_are_fixed, TT_UNSYNCHRONIZED == 0 && TT_SYNCHRONIZED == 1 &&
				TT_HOLDOVER == 2 && TT_DISPUTED == 3);

HOLDS(hlc_time_is_16_bytes, sizeof(struct tt_hlc_time) == 16);
HOLDS(logical_at_8, offsetof(struct tt_hlc_time, logical) == 8);
HOLDS(hlc_stats_are_64_bytes, sizeof(struct tt_hlc_stats) == 64);
HOLDS(lease_is_8_bytes, sizeof(struct tt_lease) == 8);
HOLDS(lamport_is_8_bytes, sizeof(struct tt_lamport) == 8);
HOLDS(orders_are_fixed, TT_VECTOR_BEFORE == -1 && TT_VECTOR_EQUAL == 0 &&
				TT_VECTOR_AFTER == 1 &&
				TT_VECTOR_CONCURRENT == 2);
HOLDS(resolutions_are_fixed, TT_HLC_NS == 0 && TT_HLC_64 == 1);

HOLDS(entry_is_16_bytes, sizeof(struct tt_waitset_entry) <= 16);

int use(struct tt_clock *clk);
int use_hlc(struct tt_clock *clk);

int use(struct tt_clock *clk)
{
	struct tt_interval now;
	interval_is_64_bytes a;
	latest_at_8 b;
	epoch_at_16 c;
	raw_at_24 d;
	state_at_32 e;
	flags_at_36 f;
	states_are_fixed g;

	(void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g;
	return tt_now(clk, &now);
}

int use_hlc(struct tt_clock *clk)
{
	struct tt_hlc_time t;
	struct tt_hlc *hlc;
	hlc_time_is_16_bytes a;
	logical_at_8 b;
	hlc_stats_are_64_bytes c;
	resolutions_are_fixed d;
	lease_is_8_bytes e;
	lamport_is_8_bytes f;
	orders_are_fixed g;
	entry_is_16_bytes h;

	(void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g,
		(void)h;
	return tt_hlc_open(clk, NULL, &hlc) + tt_hlc_now(hlc, &t);
}
