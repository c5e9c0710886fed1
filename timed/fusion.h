/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the sources' ranges to one: sources that share a fate make a group,
 * the groups of a class are fused by F, and the published range is the
 * intersection of the classes. No state but the sources themselves.
 */
#ifndef FUSION_H
#define FUSION_H

#include "timed/engine.h"
#include "timed/source.h"

/* The class of a source as fusion sees it. */
enum fusion_class { CLASS_REFERENCE, CLASS_NTP };

struct fusion {
	bool is_bounded;
	bool is_memory;       /* not bounded: `range` goes on from what was
	                         published */
	bool is_disputed;     /* more false ones than A3 allows: a hull */
	bool is_fresh;        /* somebody in it has a fresh sample */
	struct range range;
	int lo_source;        /* who gave each end, -1: a hull */
	int hi_source;
	uint32_t flags;       /* TT_FLAG_* */
	int groups[ENGINE_CLASSES]; /* configured, by enum fusion_class */
	int liars[ENGINE_CLASSES];  /* of which so many may be false */
	int64_t tai_err_ns;   /* what the crossings of the scales add */
	int64_t utc_err_ns;
};

enum fusion_class fusion_class_of(const struct source *s);

/*
 * The configured group of the source of that name, -1: it stands alone. A member
 * that is named is meant; else "ptp" means "ptp/001122.fffe.334455" too, whichever
 * grandmaster that port follows.
 */
int fusion_group_of(const struct engine_options *opt, const char *name);

/*
 * `doubt_ns`: how far the leap table's TAI - UTC may be off by now. A source is
 * exact in the scale that it keeps, and carries the doubt when read in the
 * other. NTP keeps UTC; where a bounded source of the reference class keeps TAI
 * the fused range is exact in TAI, else in UTC.
 */
void fusion_compute(const struct source *sources, int count,
		    const struct engine_options *opt, int64_t raw_ns,
		    int64_t doubt_ns, struct fusion *ret);

#endif
