/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine tells people: names, and a view of all there is. */
#include "timed/engine_private.h"

#include <stdio.h>
#include <string.h>

const char *engine_state_name(enum engine_state state)
{
	switch (state) {
	case ENGINE_UNSYNCHRONIZED:
		return "UNSYNCHRONIZED";
	case ENGINE_SYNCHRONIZED:
		return "SYNCHRONIZED";
	case ENGINE_HOLDOVER:
		return "HOLDOVER";
	case ENGINE_DISPUTED:
		return "DISPUTED";
	}
	return "?";
}

const char *source_verdict_name(enum source_verdict verdict)
{
	switch (verdict) {
	case VERDICT_WAITING:
		return "waiting";
	case VERDICT_USED:
		return "used";
	case VERDICT_FALSETICKER:
		return "falseticker";
	case VERDICT_STALE:
		return "stale";
	}
	return "?";
}

const char *budget_term_name(enum budget_term term)
{
	switch (term) {
	case TERM_SERVER:
		return "server";
	case TERM_DELAY:
		return "delay";
	case TERM_STAMP:
		return "stamp";
	case TERM_MAPPING:
		return "mapping";
	case TERM_COUNT:
		break;
	}
	return "?";
}

unsigned int engine_fresh_classes(const struct engine *e)
{
	unsigned int classes = 0;

	for (int i = 0; i < e->source_count; i++) {
		const struct source *s = &e->source[i];

		if (s->announced && e->verdict[i] == VERDICT_USED)
			classes |= 1U << s->info.class;
	}
	return classes;
}

static void name_group(const struct engine *e, const struct source *s,
		       char ret[SOURCE_NAME_SIZE])
{
	const int group = fusion_group_of(&e->opt, s->info.name);

	ret[0] = '\0';
	if (group >= 0)
		memcpy(ret, e->group[group].name, SOURCE_NAME_SIZE);
}

static void view_source(const struct engine *e, int i, struct source_view *ret)
{
	const struct source *s = &e->source[i];
	struct range r = source_range(s, &e->opt.axioms, e->raw_ns);

	memset(ret, 0, sizeof(*ret));
	ret->info = s->info;
	name_group(e, s, ret->group);
	ret->has_range = s->elder.samples > 0;
	if (ret->has_range) {
		ret->lo_ns = r.lo_ns;
		ret->hi_ns = r.hi_ns;
	}
	ret->rate_ppb_min = r.rate_ppb_min;
	ret->rate_ppb_max = r.rate_ppb_max;
	ret->last_raw_ns = s->event_raw_ns;
	ret->mid_ns = s->last.mid_ns;
	memcpy(ret->lo_term_ns, s->last.lo_ns, sizeof(ret->lo_term_ns));
	memcpy(ret->hi_term_ns, s->last.hi_ns, sizeof(ret->hi_term_ns));
	ret->verdict = engine_verdict(e, i, e->raw_ns);
	ret->utc = e->utc[i];
	ret->samples = s->samples;
	ret->contradictions = s->contradictions;
	ret->excursions = s->excursions;
	ret->disabled = s->is_disabled;
	ret->refused = s->refused;
	ret->ignored = s->ignored;
	ret->ignored_raw_ns = s->ignored_raw_ns;
}

void engine_view(const struct engine *e, struct engine_view *ret)
{
	const struct bound *b = &e->bound;

	ret->raw_ns = e->raw_ns;
	ret->slot = b->slot;
	ret->state_since_raw_ns = b->state_since_raw_ns;
	memcpy(ret->epoch_reason, b->epoch_reason, sizeof(ret->epoch_reason));
	ret->counters = e->counters;
	ret->rehearsal = e->rehearsal;
	ret->lo_source = bound_is_hull(b) || b->remembers_lo
				 ? -1
				 : e->fusion.lo_source;
	ret->hi_source = bound_is_hull(b) ? -1 : e->fusion.hi_source;
	ret->source_count = 0;
	for (int i = 0; i < e->source_count; i++) {
		if (!e->source[i].announced)
			continue;
		/* lo_source and hi_source number the view's own list. */
		if (ret->lo_source == i)
			ret->lo_source = ret->source_count;
		if (ret->hi_source == i)
			ret->hi_source = ret->source_count;
		view_source(e, i, &ret->source[ret->source_count++]);
	}
}
