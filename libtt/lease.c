/* SPDX-License-Identifier: Apache-2.0 */
/* Leases: tt/lease.h has the contract and what it rests on. */
#include <errno.h>
#include <stddef.h>

#include "tt/lease.h"

/* From latest: from earliest, a wide interval would leave the holder nothing.
 * Where end is makes no difference to who overlaps with whom. */
int tt_lease_grant(struct tt_clock *clk, int64_t duration_ns,
		   struct tt_lease *ret)
{
	struct tt_interval now;
	int64_t end_ns;
	int rc;

	if (clk == NULL || ret == NULL || duration_ns < 1)
		return -EINVAL;
	rc = tt_now_strict(clk, &now);
	if (rc < 0)
		return rc;
	if (__builtin_add_overflow(now.latest_ns, duration_ns, &end_ns))
		return -ERANGE;
	ret->end_ns = end_ns;
	return 0;
}

int tt_lease_is_held(struct tt_clock *clk, const struct tt_lease *lease)
{
	return lease != NULL && tt_before(clk, lease->end_ns);
}

int tt_lease_is_expired(struct tt_clock *clk, const struct tt_lease *lease)
{
	return lease != NULL && tt_after(clk, lease->end_ns);
}
