/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic of timestamps: the paper's figure 5, and the packed form.
 * Pure.
 */
#ifndef TT_HLC_ORDER_H
#define TT_HLC_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "tt/hlc.h"

#define HLC_64_LOGICAL_BITS 12
#define HLC_64_LOGICAL_MAX  ((UINT32_C(1) << HLC_64_LOGICAL_BITS) - 1)
#define HLC_64_US_NS	    INT64_C(1000)
/* 2^52 us, exclusive: 2112-09-17. */
#define HLC_64_WALL_NS_END ((INT64_C(1) << 52) * HLC_64_US_NS)

/* Is this a timestamp that a TT_HLC_64 clock can give? */
static inline bool hlc_is_64(const struct tt_hlc_time *t)
{
	return t->wall_ns >= 0 && t->wall_ns < HLC_64_WALL_NS_END &&
	       t->wall_ns % HLC_64_US_NS == 0 &&
	       t->logical <= HLC_64_LOGICAL_MAX;
}

/* hlc_is_64() holds. */
static inline uint64_t hlc_pack(const struct tt_hlc_time *t)
{
	const uint64_t us = (uint64_t)t->wall_ns / (uint64_t)HLC_64_US_NS;

	return us << HLC_64_LOGICAL_BITS | t->logical;
}

static inline struct tt_hlc_time hlc_unpack(uint64_t packed)
{
	return (struct tt_hlc_time){
		.wall_ns =
			(int64_t)(packed >> HLC_64_LOGICAL_BITS) * HLC_64_US_NS,
		.logical = (uint32_t)packed & HLC_64_LOGICAL_MAX,
	};
}

/*
 * Figure 5, receive; a send or local event is the receipt of `remote` NULL.
 * Where two or three walls are equal and the greatest, the counter goes beyond
 * theirs; where physical_ns alone is the greatest, it starts again. False:
 * it would go beyond logical_max; ret->wall_ns then says at which wall.
 */
static inline bool hlc_follow(const struct tt_hlc_time *last,
			      const struct tt_hlc_time *remote,
			      int64_t physical_ns, uint32_t logical_max,
			      struct tt_hlc_time *ret)
{
	int64_t wall_ns = last->wall_ns, logical = -1;

	if (physical_ns > wall_ns)
		wall_ns = physical_ns;
	if (remote != NULL && remote->wall_ns > wall_ns)
		wall_ns = remote->wall_ns;
	if (wall_ns == last->wall_ns)
		logical = last->logical;
	if (remote != NULL && wall_ns == remote->wall_ns &&
	    remote->logical > logical)
		logical = remote->logical;
	ret->wall_ns = wall_ns;
	ret->logical = (uint32_t)(logical + 1);
	return logical < (int64_t)logical_max;
}

#endif
