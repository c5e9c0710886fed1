/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that are heard and not believed: all of them while a holdover is
 * rehearsed or the bound is withdrawn, and those that were disabled. To all that
 * is proved they are silent: they count among the n of A3, and what they have
 * said ages.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timed/engine_private.h"

_Static_assert(REHEARSAL_SOURCES_MAX >= ENGINE_SOURCES_MAX, "room for all");

static void tell_end(const struct engine *e)
{
	const struct rehearsal *r = &e->rehearsal;
	struct rehearsal_source sum;

	rehearsal_sum(r, &sum);
	engine_tell(e, EVENT_REHEARSAL,
		    "rehearsal over after %lld s: %s; +-%lld ns at its end; of "
		    "%llu samples the furthest was %lld ns off the best line, "
		    "%llu missed the bound",
		    (long long)((r->ended_raw_ns - r->since_raw_ns) /
				1000000000),
		    r->why, (long long)r->half_ns,
		    (unsigned long long)sum.samples,
		    llabs(sum.offset_ns_most), (unsigned long long)sum.outside);
}

int engine_rehearse(struct engine *e, int64_t raw_ns, int64_t for_ns)
{
	if (e->rehearsal.is_on)
		return -EALREADY;
	if (e->bound.slot.state != ENGINE_SYNCHRONIZED)
		return -ENODATA;
	if (for_ns < REHEARSAL_NS_MIN || for_ns > REHEARSAL_NS_MAX)
		return -ERANGE;
	rehearsal_begin(&e->rehearsal, raw_ns, for_ns, &e->bound.slot);
	engine_tell(e, EVENT_REHEARSAL,
		    "holdover is rehearsed for %lld s: nothing that the sources "
		    "say is used",
		    (long long)(for_ns / 1000000000));
	return 0;
}

int engine_rehearse_end(struct engine *e, int64_t raw_ns, const char *why)
{
	if (!e->rehearsal.is_on)
		return -EALREADY;
	rehearsal_end(&e->rehearsal, raw_ns, why);
	e->is_dirty = true;
	tell_end(e);
	return 0;
}

const struct rehearsal *engine_rehearsal(const struct engine *e)
{
	return &e->rehearsal;
}

void silence_publish(struct engine *e, int64_t raw_ns)
{
	if (e->rehearsal.is_on && raw_ns >= e->rehearsal.until_raw_ns)
		engine_rehearse_end(e, raw_ns, "its time was over");
}

static void end_contradicted(struct engine *e, const struct source *s,
			     const struct sample *m)
{
	char why[REHEARSAL_WHY_SIZE];

	snprintf(why, sizeof(why), "%s contradicts what it said before",
		 s->info.name);
	engine_rehearse_end(e, m->raw_ns, why);
}

static bool ignore(struct source *s, const struct sample *m)
{
	s->ignored_raw_ns = m->raw_ns;
	s->ignored += !m->repeat;
	return true;
}

bool silence_ignores(struct engine *e, struct source *s, const struct sample *m)
{
	if (e->is_withdrawn)
		return ignore(s, m);
	if (e->rehearsal.is_on && !s->is_disabled &&
	    source_contradicts(s, &e->rules, m))
		end_contradicted(e, s, m);
	if (!e->rehearsal.is_on && !s->is_disabled)
		return false;
	if (e->rehearsal.is_on && !s->is_disabled)
		rehearsal_sample(&e->rehearsal, s->info.name, m,
				 &e->bound.slot, e->opt.axioms.drift_ppb);
	return ignore(s, m);
}

void engine_withdraw(struct engine *e, int64_t raw_ns, const char *why)
{
	engine_disrupted(e, raw_ns, why);
	e->is_withdrawn = true;
}

void engine_restore(struct engine *e, int64_t raw_ns, const char *why)
{
	engine_disrupted(e, raw_ns, why);
	e->is_withdrawn = false;
}

/* ---- one by one ---- */

static int find_disabled(const struct engine *e, const char *name)
{
	for (int i = 0; i < e->disabled_count; i++)
		if (!strcmp(e->disabled[i], name))
			return i;
	return -ENOENT;
}

static struct source *find_source(struct engine *e, const char *name)
{
	for (int i = 0; i < e->source_count; i++)
		if (e->source[i].announced &&
		    !strcmp(e->source[i].info.name, name))
			return &e->source[i];
	return NULL;
}

void silence_announce(const struct engine *e, struct source *s)
{
	s->is_disabled = find_disabled(e, s->info.name) >= 0;
}

int engine_disable(struct engine *e, const char *name)
{
	struct source *s = find_source(e, name);

	if (!s)
		return -ENOENT;
	if (s->is_disabled)
		return -EALREADY;
	if (e->disabled_count == ENGINE_SOURCES_MAX)
		return -ENOSPC;
	memcpy(e->disabled[e->disabled_count++], s->info.name,
	       SOURCE_NAME_SIZE);
	s->is_disabled = true;
	return 0;
}

int engine_enable(struct engine *e, const char *name)
{
	struct source *s = find_source(e, name);
	const int i = find_disabled(e, name);

	if (i < 0)
		return s ? -EALREADY : -ENOENT;
	memcpy(e->disabled[i], e->disabled[--e->disabled_count],
	       SOURCE_NAME_SIZE);
	if (s)
		s->is_disabled = false;
	return 0;
}
