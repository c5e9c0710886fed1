/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine holds true without one of its sources. See others.h. */
#include "timed/others.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "timed/engine_private.h"

/* The configured group of a source, -1: it stands alone. */
static int group_of(const struct engine *e, int source)
{
	return fusion_group_of(&e->opt, e->source[source].info.name);
}

static bool shares_fate(const struct engine *e, int a, int b)
{
	const int group = group_of(e, a);

	return a == b || (group >= 0 && group == group_of(e, b));
}

/* Those that share the source's fate count as if they were not announced;
 * bit n: source n did. */
static uint64_t leave_out(struct engine *e, int source)
{
	uint64_t left_out = 0;

	for (int i = 0; i < e->source_count; i++) {
		if (!e->source[i].announced || !shares_fate(e, source, i))
			continue;
		e->source[i].announced = false;
		left_out |= UINT64_C(1) << i;
	}
	return left_out;
}

static void take_back(struct engine *e, uint64_t left_out)
{
	for (int i = 0; i < e->source_count; i++)
		if (left_out & UINT64_C(1) << i)
			e->source[i].announced = true;
}

/* Is i the first of its group that says so? */
static bool agrees_first(const struct engine *e, int i, const struct range *r,
			 int64_t raw_ns, bool seen[ENGINE_GROUPS_MAX])
{
	const struct source *s = &e->source[i];
	const int group = group_of(e, i);
	const struct range own = source_range(s, &e->opt.axioms, raw_ns);

	if (!s->announced || s->info.uncounted || !range_is_bounded(&own) ||
	    !range_meets(&own, r) || (group >= 0 && seen[group]))
		return false;
	if (group >= 0)
		seen[group] = true;
	return true;
}

static int count_groups(const struct engine *e, const struct range *r,
			int64_t raw_ns)
{
	bool seen[ENGINE_GROUPS_MAX] = {false};
	int n = 0;

	for (int i = 0; i < e->source_count; i++)
		n += agrees_first(e, i, r, raw_ns, seen);
	return n;
}

/* -EAGAIN: which second the label is of is not certain. */
static int utc_ns(const struct engine *e, int64_t tai_ns, int64_t *ret_ns)
{
	const int64_t unix_ns = tai_ns - engine_offset_ns(e, tai_ns);
	int64_t back_ns;
	int err = leap_tai_from_unix(&e->leap, unix_ns, &back_ns);

	*ret_ns = unix_ns;
	return err;
}

static int to_utc(const struct engine *e, const struct fusion *f,
		  int64_t raw_ns, struct others *ret)
{
	int64_t lo_ns, hi_ns;
	int err = utc_ns(e, raw_ns + f->range.lo_ns, &lo_ns);

	if (!err)
		err = utc_ns(e, raw_ns + f->range.hi_ns, &hi_ns);
	if (err)
		return err;
	ret->lo_utc_ns = lo_ns - f->utc_err_ns;
	ret->hi_utc_ns = hi_ns + f->utc_err_ns;
	return 0;
}

int engine_others(struct engine *e, int source, int64_t raw_ns,
		  struct others *ret)
{
	struct fusion f;
	uint64_t left_out;
	int err = -ENODATA;

	if (source < 0 || source >= e->source_count)
		return -ENODATA;
	left_out = leave_out(e, source);
	fusion_compute(e->source, e->source_count, &e->opt, raw_ns, e->doubt_ns,
		       &f);
	if (f.is_bounded && !f.is_disputed) {
		ret->groups = count_groups(e, &f.range, raw_ns);
		err = to_utc(e, &f, raw_ns, ret);
	}
	take_back(e, left_out);
	return err;
}
