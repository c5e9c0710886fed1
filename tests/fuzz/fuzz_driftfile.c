/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a drift file: refused, or values that write and read back. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "timed/driftfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t boot[2] = { 0 };
	char text[DRIFTFILE_SIZE_MAX];
	struct driftfile d, back;
	size_t length;

	if (driftfile_parse((const char *)data, size, &d))
		return 0;
	assert(isfinite(d.rate_ppb) == d.has_rate);
	assert(d.rate_ppb_min <= d.rate_ppb_max);
	assert(d.raw_ns >= 0);
	driftfile_refusal(&d, boot, "tsc", 0);
	length = driftfile_format(&d, text);
	assert(length < sizeof(text));
	assert(driftfile_parse(text, length, &back) == 0);
	assert(back.rate_ppb_min == d.rate_ppb_min);
	assert(back.rate_ppb_max == d.rate_ppb_max);
	assert(back.raw_ns == d.raw_ns);
	assert(strcmp(back.clocksource, d.clocksource) == 0);
	return 0;
}
