/* SPDX-License-Identifier: Apache-2.0 */
/* A fresh look at CLOCK_REALTIME. See look.h. */
#include "timed/look.h"

int look_realtime(struct env *env, struct look *ret)
{
	struct env_pair pair;
	const int err = env_pair(env, &pair);
	int64_t width_ns;

	if (err)
		return err;
	width_ns = pair.raw_ns_after - pair.raw_ns_before;
	ret->raw_ns = pair.raw_ns_before + width_ns / 2;
	ret->real_ns = pair.real_ns;
	ret->err_ns = width_ns / 2 + 1;
	return 0;
}
