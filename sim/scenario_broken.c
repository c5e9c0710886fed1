/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which axioms, as configured, a scenario does not keep to. What only the run
 * can tell (an oscillator that leaves its preset) is in its outcome.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario_reader.h"

static void set_broken(struct scenario_file *f, const char *axiom,
		       double from_s, const char *why)
{
	if (f->scenario.breaks && f->scenario.broken_from_s <= from_s)
		return;
	f->scenario.breaks = axiom;
	f->scenario.broken_from_s = from_s;
	f->scenario.broken_to_s = SCENARIO_EVER;
	snprintf(f->why_broken, sizeof(f->why_broken), "%s", why);
}

static bool is_lie(enum fault_kind kind)
{
	return kind == FAULT_LIE || kind == FAULT_RAMP ||
	       kind == FAULT_FREEZE || kind == FAULT_SPURIOUS;
}

/* Feeds of one configured group share one fate: the number of the first. */
static int fate_of(const struct scenario_file *f, int feed)
{
	for (int g = 0; g < f->scenario.group_count; g++) {
		const struct engine_group *x = &f->group[g];
		bool is_in = false;

		for (int m = 0; m < x->count; m++)
			is_in |= !strcmp(x->member[m], f->feed_name[feed]);
		if (is_in)
			return FEEDS_MAX + g;
	}
	return feed;
}

/* A3: how many fates of a class lie some time, against how many may. */
static void find_liars(struct scenario_file *f, bool is_ntp)
{
	const struct scenario *sc = &f->scenario;
	bool is_fate[FEEDS_MAX + ENGINE_GROUPS_MAX] = {false};
	bool lies[FEEDS_MAX + ENGINE_GROUPS_MAX] = {false};
	double from_s = SCENARIO_EVER;
	int n = 0, liars = 0, allowed;

	for (int i = 0; i < sc->feed_count; i++) {
		if ((sc->feed[i].class == SOURCE_NTP) != is_ntp)
			continue;
		is_fate[fate_of(f, i)] = true;
		for (int k = 0; k < sc->fault_count; k++) {
			const struct fault *x = &sc->fault[k];

			if (!is_lie(x->kind) ||
			    (x->feed != i && x->feed != FAULT_ALL_FEEDS))
				continue;
			lies[fate_of(f, i)] = true;
			from_s = fmin(from_s, x->from_s);
		}
	}
	for (int i = 0; i < FEEDS_MAX + ENGINE_GROUPS_MAX; i++) {
		n += is_fate[i];
		liars += lies[i];
	}
	allowed = sc->axioms.liars >= 0 ? sc->axioms.liars : (n - 1) / 2;
	if (liars > allowed)
		set_broken(f, "A3", from_s, "more sources lie than may");
}

/* A4 as declared, against the paths as they are. */
static void find_asymmetry(struct scenario_file *f, const struct config *cfg)
{
	for (int i = 0; i < f->scenario.feed_count; i++) {
		const struct feed_law *law = &f->scenario.feed[i];
		const struct path_law *p = &law->path;

		if (law->class != SOURCE_NTP)
			continue;
		if (law->delay_ns_min > fmin(p->base_ns[0], p->base_ns[1]))
			set_broken(f, "A4", 0,
				   "chrony.delay_min is more "
				   "than a path's delay");
		if (cfg->chrony_asymmetry_ns >= 0 &&
		    (p->queue_ns[0] > 0 || p->queue_ns[1] > 0 || p->burst > 0 ||
		     p->hops > 0 ||
		     fabs(p->base_ns[0] - p->base_ns[1]) >
			     2 * law->asymmetry_ns))
			set_broken(f, "A4", 0,
				   "a path may differ by more "
				   "than chrony.asymmetry allows");
	}
}

void scenario_find_broken(struct scenario_file *f, const struct config *cfg)
{
	for (int k = 0; k < f->scenario.fault_count; k++) {
		const struct fault *x = &f->scenario.fault[k];

		if (fault_breaks(x->kind))
			set_broken(f, fault_breaks(x->kind), x->from_s,
				   fault_says(x->kind));
		if (x->kind == FAULT_ASYMMETRY && cfg->chrony_asymmetry_ns >= 0)
			set_broken(f, "A4", x->from_s, fault_says(x->kind));
	}
	find_liars(f, true);
	find_liars(f, false);
	find_asymmetry(f, cfg);
	if (f->scenario.axioms.swing_ppb >= 0)
		set_broken(f, "A2", 0,
			   "axioms.swing is declared, and this "
			   "oscillator is not held to it");
}

bool scenario_file_is_unfit(const struct scenario_file *f, uint64_t seconds)
{
	for (int i = 0; i < f->scenario.fault_count; i++)
		if (f->scenario.fault[i].kind == FAULT_RATE_JUMP)
			return false;
	return seconds > 0;
}
