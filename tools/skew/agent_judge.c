/* SPDX-License-Identifier: Apache-2.0 */
/* Probes held against bounds, suspicions, and what the others say of them. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tools/human.h"
#include "tools/skew/agent_private.h"

#define WITNESSES_MAX (2 * PICK_PEERS_MAX)

/* ---- the check ---- */

static void log_violation(const struct agent *a, const struct agent_peer *p)
{
	const struct check *c = &p->now.check;
	char excess[HUMAN_SIZE];

	fprintf(stderr,
		"tt-skew: %s -> %s: a bound is broken, by %s: the peer's clock "
		"is %" PRId64 " ns +-%" PRId64 " ns ahead, the bounds allow "
		"[%" PRId64 ", %" PRId64 "] ns; true time less CLOCK_REALTIME "
		"(%s): here [%" PRId64 ", %" PRId64 "] ns, there [%" PRId64
		", %" PRId64 "] ns\n",
		agent_name(a), p->name, human_ns(c->excess_ns, excess),
		p->now.edge.offset_ns, p->now.edge.error_ns, c->lo_ns, c->hi_ns,
		c->is_unix ? "unix" : "tai", c->prober.lo_ns, c->prober.hi_ns,
		c->peer.lo_ns, c->peer.hi_ns);
}

static void suspect(struct agent *a, struct agent_peer *p)
{
	if (!p->is_suspect) {
		p->is_suspect = true;
		p->verdict = VERDICT_UNDECIDED;
		p->first_ns_min = p->now.real_ns_min;
		p->first_ns_max = p->now.real_ns_max;
		p->told.count = p->told_before.count = 0;
		log_violation(a, p);
	}
	p->last_ns_min = p->now.real_ns_min;
}

static void clear(struct agent *a, struct agent_peer *p)
{
	if (!p->is_suspect)
		return;
	p->is_suspect = false;
	fprintf(stderr, "tt-skew: %s -> %s: the bounds agree again\n",
		agent_name(a), p->name);
}

static void fill_edge(const struct agent *a, const struct agent_peer *p,
		      struct edge *e)
{
	*e = (struct edge){.offset_ns = p->probe.offset_ns,
			   .error_ns = p->probe.error_ns,
			   .delay_ns = p->probe.delay_ns,
			   .real_ns = p->probe.real_ns_min / 2 +
				      p->probe.real_ns_max / 2,
			   .stamping = p->probe.stamping,
			   .is_interleaved = p->probe.is_interleaved,
			   .kind = EDGE_HARD};
	snprintf(e->from, sizeof(e->from), "%s", agent_name(a));
	snprintf(e->to, sizeof(e->to), "%s", p->name);
}

static void judge(struct agent *a, struct agent_peer *p)
{
	const struct check_probe probe = {.offset_ns = p->probe.offset_ns,
					  .error_ns = p->probe.error_ns,
					  .real_ns_min = p->probe.real_ns_min,
					  .real_ns_max = p->probe.real_ns_max};

	p->before = p->now;
	p->has_before = p->has_edge;
	p->has_edge = true;
	p->judged = a->rounds;
	p->now = (struct testimony){.real_ns_min = probe.real_ns_min,
				    .real_ns_max = probe.real_ns_max,
				    .has_check = true};
	fill_edge(a, p, &p->now.edge);
	check_probe(&probe, &a->own, &p->instants, a->opt->stray_ppb,
		    &p->now.check);
	a->results[p->now.check.result]++;
	if (p->now.check.result == CHECK_VIOLATED)
		suspect(a, p);
	else if (p->now.check.result == CHECK_CONSISTENT)
		clear(a, p);
}

/* What was consistent when it was last measured is not so for ever. A suspicion
 * stays: that the peer has gone silent does not clear it. */
static void forget_old(const struct agent *a, struct agent_peer *p)
{
	if (!p->has_edge || p->is_suspect ||
	    a->rounds - p->judged < AGENT_OLD_ROUNDS)
		return;
	p->has_edge = p->has_before = false;
	fprintf(stderr,
		"tt-skew: %s -> %s: not measured for %d rounds: nothing is "
		"known of it any more\n",
		agent_name(a), p->name, AGENT_OLD_ROUNDS);
}

void agent_judge(struct agent *a)
{
	for (size_t i = 0; i < a->peers; i++) {
		struct agent_peer *p = &a->peer[i];

		if (p->is_probed)
			judge(a, p);
		p->is_probed = false;
		forget_old(a, p);
	}
	a->rounds++;
}

size_t agent_suspects(const struct agent *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->peers; i++)
		n += a->peer[i].is_suspect;
	return n;
}

/* ---- the witnesses ---- */

static void add_once(uint32_t who, uint32_t list[WITNESSES_MAX], size_t *count)
{
	for (size_t i = 0; i < *count; i++) {
		if (list[i] == who)
			return;
	}
	if (*count < WITNESSES_MAX)
		list[(*count)++] = who;
}

size_t agent_witnesses(const struct agent *a, uint32_t ret[WITNESSES_MAX])
{
	struct pick_options opt = a->opt->pick;
	size_t count = 0;

	opt.epoch = a->epoch;
	for (size_t i = 0; i < a->peers; i++) {
		const struct agent_peer *p = &a->peer[i];
		const int64_t target =
			p->is_suspect ? fleet_find(a->fleet, p->name) : -1;
		uint32_t who[PICK_PROBERS_MAX];
		size_t n, taken = 0;

		if (target < 0)
			continue;
		n = pick_probers(a->fleet->pick, a->fleet->count,
				 (size_t)target, &opt, who);
		for (size_t j = 0; j < n && taken < AGENT_WITNESSES; j++) {
			if (who[j] == a->self)
				continue;
			add_once(who[j], ret, &count);
			taken++;
		}
	}
	return count;
}

static void keep(struct agent_answers *list, uint64_t who,
		 const struct testimony *t)
{
	if (list->count == AGENT_WITNESSES)
		return;
	list->of[list->count++] = (struct agent_answer){
		.who = who,
		.real_ns_min = t->real_ns_min,
		.real_ns_max = t->real_ns_max,
		.shift = {t->check.shift_lo_ns, t->check.shift_hi_ns}};
}

void agent_hear(struct agent *a, uint32_t witness, const char *body,
		size_t size)
{
	const uint64_t who = a->fleet->pick[witness].key;

	for (size_t i = 0; i < a->peers; i++) {
		struct agent_peer *p = &a->peer[i];
		char why[TESTIMONY_WHY_SIZE];
		struct testimony t;

		if (p->is_suspect && p->key != who &&
		    !testimony_find(body, size, p->name, &t, why))
			keep(&p->told, who, &t);
	}
}

/* ---- the verdict ---- */

/*
 * Is it of the time of the violation? What sees it must not be from before it
 * began; what does not see it, from between two probes of ours that do.
 */
static bool is_timely(const struct agent_peer *p, const struct agent_answer *w)
{
	if (!shift_is_consistent(&w->shift))
		return w->real_ns_max >= p->first_ns_min;
	return w->real_ns_min >= p->first_ns_max &&
	       w->real_ns_max <= p->last_ns_min;
}

static const struct agent_answer *earlier(const struct agent_answers *list,
					  uint64_t who)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->of[i].who == who)
			return &list->of[i];
	}
	return NULL;
}

/* Those who probe the suspect: what is timely, or was when last asked. How many
 * have told anything. */
static size_t of_suspect(const struct agent_peer *p, struct evidence *e)
{
	for (size_t i = 0; i < p->told.count; i++) {
		const struct agent_answer *w = &p->told.of[i];

		if (!is_timely(p, w))
			w = earlier(&p->told_before, w->who);
		if (w && is_timely(p, w))
			e->of_suspect[e->of_suspects++] = w->shift;
	}
	return p->told.count;
}

static void take_own(const struct agent_peer *p, const struct testimony *t,
		     bool *is_taken, struct evidence *e)
{
	const struct agent_answer w = {
		.real_ns_min = t->real_ns_min,
		.real_ns_max = t->real_ns_max,
		.shift = {t->check.shift_lo_ns, t->check.shift_hi_ns}};

	if (*is_taken || !t->has_check || t->check.result > CHECK_VIOLATED ||
	    !is_timely(p, &w))
		return;
	*is_taken = true;
	e->of_prober[e->of_probers++] = shift_turn(w.shift);
}

/* Our own other edges. */
static size_t of_prober(const struct agent *a, const struct agent_peer *p,
			struct evidence *e)
{
	size_t known = 0;

	for (size_t i = 0; i < a->peers; i++) {
		const struct agent_peer *q = &a->peer[i];
		bool is_taken = false;

		if (q == p || !q->has_edge)
			continue;
		known++;
		take_own(p, &q->now, &is_taken, e);
		if (q->has_before)
			take_own(p, &q->before, &is_taken, e);
	}
	return known;
}

static void log_verdict(const struct agent *a, const struct agent_peer *p,
			const struct evidence *e, const struct verdict_costs *c)
{
	static const char *const text[] = {
		"undecided", "node: the bound of the probed node is broken",
		"node: this node's own bound is broken",
		"path: neither bound, but what lies between is wrong",
		"undecided; the bound of the probed node seems to be broken, "
		"but nothing vouches for this one",
		"undecided; this node's own bound seems to be broken, but "
		"nothing vouches for the probed one"};

	fprintf(stderr,
		"tt-skew: %s -> %s: %s (%zu others that probe it and %zu of "
		"our edges heard; unexplained by the peer %zu, by this node "
		"%zu, by the path %zu)\n",
		agent_name(a), p->name, text[p->verdict], e->of_suspects,
		e->of_probers, c->suspect, c->prober, c->path);
}

static void decide(struct agent *a, struct agent_peer *p)
{
	struct evidence e = {
		.edge = {p->now.check.shift_lo_ns, p->now.check.shift_hi_ns}};
	const enum verdict before = p->verdict;
	struct verdict_costs costs;
	size_t known;

	/* The last probe may have had nothing to be held against. */
	if (p->now.check.result != CHECK_VIOLATED)
		return;
	known = of_suspect(p, &e) + of_prober(a, p, &e);
	p->verdict = verdict_decide(&e, &costs);
	/* Not before half of them have spoken of that time. */
	if (2 * (e.of_suspects + e.of_probers) < known)
		p->verdict = VERDICT_UNDECIDED;
	if (p->verdict == before)
		return;
	a->verdicts[p->verdict]++;
	log_verdict(a, p, &e, &costs);
}

void agent_decide(struct agent *a)
{
	for (size_t i = 0; i < a->peers; i++) {
		struct agent_peer *p = &a->peer[i];

		if (p->is_suspect)
			decide(a, p);
		p->now.is_suspect = p->is_suspect;
		p->now.verdict = p->verdict;
		p->told_before = p->told;
		p->told.count = 0;
	}
}
