/* SPDX-License-Identifier: Apache-2.0 */
/* Timestamps compared, and as bytes and words that compare alike. */
#include <errno.h>

#include "libtt/hlc_order.h"
#include "tt/hlc.h"

int tt_hlc_compare(const struct tt_hlc_time *a, const struct tt_hlc_time *b)
{
	if (a->wall_ns != b->wall_ns)
		return a->wall_ns < b->wall_ns ? -1 : 1;
	return (a->logical > b->logical) - (a->logical < b->logical);
}

int tt_hlc_pack64(const struct tt_hlc_time *t, uint64_t *ret)
{
	if (t == NULL || ret == NULL)
		return -EINVAL;
	if (!hlc_is_64(t))
		return -ERANGE;
	*ret = hlc_pack(t);
	return 0;
}

int tt_hlc_unpack64(uint64_t packed, struct tt_hlc_time *ret)
{
	if (ret == NULL)
		return -EINVAL;
	*ret = hlc_unpack(packed);
	return 0;
}

/* The sign is flipped, so that negative walls come before the others. */
void tt_hlc_encode(const struct tt_hlc_time *t, uint8_t ret[12])
{
	const uint64_t wall = (uint64_t)t->wall_ns ^ (UINT64_C(1) << 63);

	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)(wall >> (56 - 8 * i));
	for (int i = 0; i < 4; i++)
		ret[8 + i] = (uint8_t)(t->logical >> (24 - 8 * i));
}

void tt_hlc_decode(const uint8_t in[12], struct tt_hlc_time *ret)
{
	uint64_t wall = 0;
	uint32_t logical = 0;

	for (int i = 0; i < 8; i++)
		wall = wall << 8 | in[i];
	for (int i = 8; i < 12; i++)
		logical = logical << 8 | in[i];
	ret->wall_ns = (int64_t)(wall ^ (UINT64_C(1) << 63));
	ret->logical = logical;
}
