/* SPDX-License-Identifier: Apache-2.0 */
/* A share of the processor. See local_pace.h. */
#include "timed/local_pace.h"

#include <time.h>

#define NS_PER_S INT64_C(1000000000)

int64_t local_pace_wait_ns(const struct local_pace *p, int64_t now_ns)
{
	const int64_t wait_ns = p->paid_ns - now_ns - LOCAL_PACE_SAVED_NS;

	return p->share > 0 && wait_ns > 0 ? wait_ns : 0;
}

void local_pace_spend(struct local_pace *p, int64_t now_ns, int64_t work_ns)
{
	if (p->paid_ns < now_ns)
		p->paid_ns = now_ns;
	if (p->share > 0 && work_ns > 0)
		p->paid_ns += work_ns * p->share;
}

/* 0: there is no such clock, and so no work to be counted. */
static int64_t read_ns(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t))
		return 0;
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t local_pace_wait(const struct local_pace *p)
{
	return local_pace_wait_ns(p, read_ns(CLOCK_MONOTONIC));
}

int64_t local_pace_begin(void)
{
	return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

void local_pace_end(struct local_pace *p, int64_t begin_ns)
{
	local_pace_spend(p, read_ns(CLOCK_MONOTONIC),
			 read_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns);
}
