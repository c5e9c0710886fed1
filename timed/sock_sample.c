/* SPDX-License-Identifier: Apache-2.0 */
/* Samples for chronyd's SOCK refclock. See sock_sample.h. */
#include "timed/sock_sample.h"

#include <string.h>

#include "timed/engine.h"
#include "timed/steer_aim.h"

#define NS_PER_S INT64_C(1000000000)

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

const char *sock_sample_aim(const struct segment_slot *slot,
			    const struct look *look, int64_t error_ns_max,
			    struct sock_aim *ret, bool *ret_has_aim)
{
	struct steer_aim aim;

	*ret_has_aim = false;
	if (slot->state == ENGINE_UNSYNCHRONIZED ||
	    steer_aim(slot, slot, look->raw_ns, &aim) != 0)
		return "there is no bound";
	*ret_has_aim = true;
	ret->offset_ns = aim.unix_ns - look->real_ns;
	ret->error_ns = larger(aim.hi_unix_ns - aim.unix_ns,
			       aim.unix_ns - aim.lo_unix_ns) +
			look->err_ns;
	ret->leap_s = aim.leap_s;
	if (slot->state == ENGINE_DISPUTED)
		return "the sources contradict each other";
	if (aim.is_ambiguous)
		return "a leap second is at hand";
	if (ret->error_ns > error_ns_max)
		return "the error is beyond error_max";
	return NULL;
}

/* tv is cut to microseconds: the offset is the same within them. */
void sock_sample_make(const struct look *look, const struct sock_aim *aim,
		      struct sock_sample *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->tv.tv_sec = look->real_ns / NS_PER_S;
	ret->tv.tv_usec = look->real_ns % NS_PER_S / 1000;
	ret->offset = (double)aim->offset_ns / 1e9;
	ret->leap = aim->leap_s > 0 ? 1 : aim->leap_s < 0 ? 2 : 0;
	ret->magic = SOCK_SAMPLE_MAGIC;
}
