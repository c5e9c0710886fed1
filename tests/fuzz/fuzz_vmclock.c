/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a hypervisor's page: an error, or figures that can be reckoned
 * with. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "drivers/vmclock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOUR_NS INT64_C(3600000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[VMCLOCK_SIZE] = {0};
	struct vmclock_page p;
	int err;

	memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	err = vmclock_parse(bytes, &p);
	assert(err == 0 || err == -EPROTO || err == -EAGAIN);
	if (err)
		return 0;
	assert(p.time_ns >= 0);
	assert(p.tai_offset_s >= INT16_MIN && p.tai_offset_s <= INT16_MAX);
	if (!p.has_error)
		return 0;
	assert(p.error_ns > 0 && p.error_ns <= HOUR_NS + 1);
	assert(p.error_ppb >= 0);
	return 0;
}
