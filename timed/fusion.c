/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, classes, and their intersection. See fusion.h. */
#include "timed/fusion.h"

#include <string.h>

#include "tt/tt.h"

/* The groups of one class at one instant. */
struct class_groups {
	int count;
	struct range range[FUSE_RANGES_MAX];
	int lo_source[FUSE_RANGES_MAX]; /* who gave the group's ends */
	int hi_source[FUSE_RANGES_MAX];
	int option[FUSE_RANGES_MAX]; /* configured group, -1: a lone source */
};

struct class_result {
	bool is_bounded, is_disputed;
	struct range range;
	int lo_source, hi_source;
};

enum fusion_class fusion_class_of(const struct source *s)
{
	return s->info.class == SOURCE_NTP ? CLASS_NTP : CLASS_REFERENCE;
}

/* How well the member names the source: 2 itself, 1 the port that it comes by, 0
 * not at all. */
static int names(const char *member, const char *source)
{
	const size_t n = strlen(member);

	if (n == 0 || strncmp(member, source, n) != 0)
		return 0;
	return source[n] == '\0' ? 2 : source[n] == '/' ? 1 : 0;
}

int fusion_group_of(const struct engine_options *opt, const char *name)
{
	int best = 0, group = -1;

	for (int g = 0; g < opt->group_count; g++)
		for (int m = 0; m < opt->groups[g].count; m++) {
			const int n = names(opt->groups[g].member[m], name);

			if (n <= best)
				continue;
			best = n;
			group = g;
		}
	return group;
}

static int configured_group(const struct engine_options *opt,
			    const struct source *s)
{
	return opt->breaks & BREAK_GROUPS ? -1
					  : fusion_group_of(opt, s->info.name);
}

static int find_group(const struct class_groups *c, int option)
{
	for (int i = 0; option >= 0 && i < c->count; i++)
		if (c->option[i] == option)
			return i;
	return -1;
}

/* A group is the intersection of its members, their hull if that is empty. */
static void join_group(struct class_groups *c, int g, int source,
		       const struct range *r)
{
	const struct range both = range_intersection(&c->range[g], r);

	if (range_is_empty(&both)) {
		c->range[g] = range_hull(&c->range[g], r);
		c->lo_source[g] = c->hi_source[g] = -1;
		return;
	}
	if (both.lo_ns != c->range[g].lo_ns)
		c->lo_source[g] = source;
	if (both.hi_ns != c->range[g].hi_ns)
		c->hi_source[g] = source;
	c->range[g] = both;
}

static struct range widened(struct range r, int64_t ns)
{
	r.lo_ns -= ns;
	r.hi_ns += ns;
	return r;
}

/* The range of a source on the scale that its class is fused on: the reference
 * class on TAI, where one of it keeps that, and then what keeps UTC carries the
 * doubt. */
static struct range range_of(const struct source *s,
			     const struct engine_options *opt, int64_t raw_ns,
			     int64_t doubt_ns)
{
	const struct range r = source_range(s, &opt->axioms, raw_ns);

	if (fusion_class_of(s) == CLASS_NTP || s->info.scale == SCALE_TAI ||
	    !range_is_bounded(&r))
		return r;
	return widened(r, doubt_ns);
}

static bool is_counted(const struct source *s)
{
	return s->announced && !s->info.uncounted;
}

/* Does one of the reference class keep TAI, and know it? */
static bool keeps_tai(const struct source *sources, int count)
{
	for (int i = 0; i < count; i++)
		if (is_counted(&sources[i]) &&
		    fusion_class_of(&sources[i]) == CLASS_REFERENCE &&
		    sources[i].info.scale == SCALE_TAI &&
		    sources[i].elder.samples > 0)
			return true;
	return false;
}

static void gather(const struct source *sources, int count,
		   const struct engine_options *opt, int64_t raw_ns,
		   int64_t doubt_ns, struct class_groups ret[ENGINE_CLASSES])
{
	ret[0].count = ret[1].count = 0;
	for (int i = 0; i < count; i++) {
		const struct source *s = &sources[i];
		struct class_groups *c = &ret[fusion_class_of(s)];
		const int option = configured_group(opt, s);
		int g;
		struct range r;

		if (!is_counted(s) ||
		    (s->is_disabled && (opt->breaks & BREAK_DISABLED)))
			continue;
		r = range_of(s, opt, raw_ns, doubt_ns);
		g = find_group(c, option);
		if (g >= 0) {
			join_group(c, g, i, &r);
			continue;
		}
		g = c->count++;
		c->range[g] = r;
		c->option[g] = option;
		c->lo_source[g] = c->hi_source[g] = i;
	}
}

static int liars_of(const struct engine_options *opt, int count)
{
	if (count == 0 || (opt->breaks & BREAK_LIARS))
		return 0;
	return opt->axioms.liars < 0 ? (count - 1) / 2 : opt->axioms.liars;
}

static struct range hull_of_bounded(const struct class_groups *c)
{
	struct range hull = {0, 0, 0, 0};
	bool any = false;

	for (int g = 0; g < c->count; g++) {
		if (!range_is_bounded(&c->range[g]))
			continue;
		hull = any ? range_hull(&hull, &c->range[g]) : c->range[g];
		any = true;
	}
	return hull;
}

/* Groups that miss F are false; A3 says how many may be. */
static bool is_beyond_liars(const struct class_groups *c, int liars,
			    const struct range *f)
{
	int missing = 0;

	for (int g = 0; g < c->count; g++)
		missing += !range_meets(&c->range[g], f);
	return missing > liars;
}

static struct class_result fuse_class(struct class_groups *c,
				      const struct engine_options *opt)
{
	struct class_result ret = {.lo_source = -1, .hi_source = -1};
	const int liars = liars_of(opt, c->count);
	int lo, hi;

	/* Where all of them may lie, nothing is known. */
	if (c->count <= liars)
		return ret;
	ret.range = fuse(c->range, c->count, liars, &lo, &hi);
	ret.is_bounded = range_is_bounded(&ret.range);
	if (!ret.is_bounded)
		return ret;
	if (range_is_empty(&ret.range) ||
	    (!(opt->breaks & BREAK_DISPUTE) &&
	     is_beyond_liars(c, liars, &ret.range))) {
		ret.is_disputed = true;
		ret.range = hull_of_bounded(c);
		return ret;
	}
	ret.lo_source = c->lo_source[lo];
	ret.hi_source = c->hi_source[hi];
	return ret;
}

/* Both classes have a bound; of the second's crossing to the first's scale so
 * much is in doubt. */
static void intersect(const struct class_result *reference,
		      const struct class_result *ntp, int64_t doubt_ns,
		      struct fusion *ret)
{
	const struct range n = widened(ntp->range, doubt_ns);
	const struct range *r = &reference->range;

	ret->is_disputed = reference->is_disputed || ntp->is_disputed;
	if (!range_meets(r, &n))
		ret->is_disputed = true;
	if (ret->is_disputed) {
		ret->range = range_hull(r, &n);
		return;
	}
	ret->range = range_intersection(r, &n);
	ret->lo_source = r->lo_ns >= n.lo_ns ? reference->lo_source
					     : ntp->lo_source;
	ret->hi_source = r->hi_ns <= n.hi_ns ? reference->hi_source
					     : ntp->hi_source;
}

static void take_one(const struct class_result *c, struct fusion *ret)
{
	ret->is_disputed = c->is_disputed;
	ret->range = c->range;
	ret->lo_source = c->lo_source;
	ret->hi_source = c->hi_source;
}

static uint32_t flag_of(const struct source *s)
{
	static const uint32_t flag[] = {[SOURCE_GNSS] = TT_FLAG_GNSS,
					[SOURCE_PTP] = TT_FLAG_PTP,
					[SOURCE_PHC] = TT_FLAG_PHC,
					[SOURCE_NTP] = TT_FLAG_NTP};

	return flag[s->info.class] | (s->last.declared ? TT_FLAG_DECLARED : 0);
}

/* Who holds the bound: the sources of its two ends, or, of a hull, all. */
static uint32_t flags_of(const struct source *sources, int count,
			 const struct engine_options *opt,
			 const struct fusion *f, int groups)
{
	uint32_t flags = groups == 1 ? TT_FLAG_SINGLE_SOURCE : 0;

	if (opt->axioms.swing_ppb >= 0)
		flags |= TT_FLAG_DECLARED;
	for (int i = 0; i < count; i++) {
		const bool holds = i == f->lo_source || i == f->hi_source ||
				   (f->lo_source < 0 && f->hi_source < 0);

		if (sources[i].announced && holds &&
		    sources[i].elder.samples > 0)
			flags |= flag_of(&sources[i]);
	}
	return flags;
}

static bool any_fresh(const struct source *sources, int count, int64_t raw_ns)
{
	for (int i = 0; i < count; i++)
		if (sources[i].announced &&
		    source_is_fresh(&sources[i], raw_ns))
			return true;
	return false;
}

/* Rates that contradict each other say no more than A1. */
static void mend_rates(struct range *r, double drift_ppb)
{
	if (r->rate_ppb_min <= r->rate_ppb_max)
		return;
	r->rate_ppb_min = -drift_ppb;
	r->rate_ppb_max = drift_ppb;
}

void fusion_compute(const struct source *sources, int count,
		    const struct engine_options *opt, int64_t raw_ns,
		    int64_t doubt_ns, struct fusion *ret)
{
	const bool on_tai = keeps_tai(sources, count);
	struct class_groups groups[ENGINE_CLASSES];
	struct class_result reference, ntp;

	gather(sources, count, opt, raw_ns, on_tai ? doubt_ns : 0, groups);
	reference = fuse_class(&groups[CLASS_REFERENCE], opt);
	ntp = fuse_class(&groups[CLASS_NTP], opt);
	*ret = (struct fusion){.lo_source = -1, .hi_source = -1};
	for (int c = 0; c < ENGINE_CLASSES; c++) {
		ret->groups[c] = groups[c].count;
		ret->liars[c] = liars_of(opt, groups[c].count);
	}
	ret->is_bounded = reference.is_bounded || ntp.is_bounded;
	if (!ret->is_bounded)
		return;
	if (reference.is_bounded && ntp.is_bounded)
		intersect(&reference, &ntp, on_tai ? doubt_ns : 0, ret);
	else if (reference.is_bounded)
		take_one(&reference, ret);
	else
		take_one(&ntp, ret);
	if (reference.is_bounded && on_tai)
		ret->utc_err_ns = doubt_ns;
	else
		ret->tai_err_ns = doubt_ns;
	if (opt->breaks & BREAK_SCALE)
		ret->tai_err_ns = ret->utc_err_ns = 0;
	mend_rates(&ret->range, opt->axioms.drift_ppb);
	ret->is_fresh = any_fresh(sources, count, raw_ns);
	ret->flags = flags_of(sources, count, opt, ret,
			      groups[CLASS_REFERENCE].count +
				      groups[CLASS_NTP].count);
}
