/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a client's report: refused, or one that agrees with itself. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "timed/hearsay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hearsay_report r;
	const int err = hearsay_parse(data, size, &r);

	assert(err == 0 || err == -EPROTO);
	if (err)
		return 0;
	assert(r.rejected > 0 && r.excess_ns > 0);
	assert(r.excess_ns_max >= r.excess_ns);
	assert(r.wall_ns > r.latest_ns);
	return 0;
}
