/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a leap-seconds.list; whatever table comes out of it keeps the
 * promises of leap.h. */
#include <assert.h>
#include <stdint.h>

#include "timed/leap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define S INT64_C(1000000000)

static void check_around(const struct leap_table *t, int64_t unix_s)
{
	int64_t previous_ns = INT64_MIN, offset_ns, leap_ns, delta_ns, tai_ns;

	/* The smear's inverse never goes back. */
	for (int64_t s = unix_s - 90000; s <= unix_s + 90000; s += 4500) {
		tai_ns = leap_tai_from_smeared(t, s * S);
		assert(tai_ns > previous_ns);
		previous_ns = tai_ns;
		leap_tai_from_unix(t, s * S, &tai_ns);
		leap_nearest(t, s * S, &offset_ns, &leap_ns, &delta_ns);
		assert(delta_ns == 0 || delta_ns == S || delta_ns == -S);
		assert((delta_ns == 0) == (leap_ns == INT64_MAX));
		assert(leap_doubt_ns(t, s * S) >= 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct leap_table t;
	int line = -1;

	if (leap_parse((const char *)data, size, &t, &line)) {
		assert(line >= 0);
		return 0;
	}
	assert(t.count >= 1 && t.count <= LEAP_ENTRIES_MAX);
	assert(t.expires_unix_s > t.entry[t.count - 1].unix_s);
	for (int i = 0; i < t.count; i++) {
		/* Two leap seconds within a day would share a smear. */
		if (i == 0 ||
		    t.entry[i].unix_s - t.entry[i - 1].unix_s > 2 * 86400)
			check_around(&t, t.entry[i].unix_s);
	}
	return 0;
}
