/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's series (docs/skew.md): O(k) of them. */
#include <string.h>

#include "tools/skew/agent_private.h"

#define BOUNDED 2 /* results in which an edge was judged */

/* The labels that every series of an edge has. */
#define EDGE_LABELS(e, ...)                                                    \
	EXPO_LABELS({"from", (e)->from}, {"to", (e)->to}, __VA_ARGS__)

static void put_fleet(struct expo *e, const struct agent *a)
{
	expo_family(e, EXPO_GAUGE, "tt_skew_fleet_nodes",
		    "Nodes of the fleet, this one included; 0: none is known.");
	expo_int(e, EXPO_NO_LABELS, a->fleet ? (int64_t)a->fleet->count : 0);
	expo_family(e, EXPO_GAUGE, "tt_skew_fleet_last_reload_successful",
		    "1 unless the last membership was refused; the one before "
		    "it holds.");
	expo_int(e, EXPO_NO_LABELS, a->is_fleet_good);
	expo_family(e, EXPO_GAUGE, "tt_skew_is_member",
		    "1 if this node is one of them.");
	expo_int(e, EXPO_NO_LABELS, a->fleet && a->self >= 0);
	expo_family(e, EXPO_GAUGE, "tt_skew_peers", "Nodes that it probes.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)a->peers);
	expo_family(e, EXPO_GAUGE, "tt_skew_chronyd_up",
		    "1 if the chronyd that probes for it answers.");
	expo_int(e, EXPO_NO_LABELS, a->is_chronyd_up);
}

static void put_counts(struct expo *e, const struct agent *a)
{
	static const enum verdict verdict[] = {VERDICT_NODE, VERDICT_PATH};

	expo_family(e, EXPO_COUNTER, "tt_skew_rounds_total",
		    "Rounds of probes judged.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)a->rounds);
	expo_family(e, EXPO_COUNTER, "tt_skew_checks_total",
		    "Probes held against both nodes' bounds, by what came of "
		    "it.");
	for (int r = 0; r < AGENT_RESULTS; r++)
		expo_int(e,
			 EXPO_LABELS({"result",
				      check_result_name((enum check_result)r)}),
			 (int64_t)a->results[r]);
	expo_family(e, EXPO_COUNTER, "tt_skew_verdicts_total",
		    "Suspicions settled, by whom they have put the blame on.");
	for (size_t i = 0; i < 2; i++)
		expo_int(e, EXPO_LABELS({"verdict", verdict_name(verdict[i])}),
			 (int64_t)a->verdicts[verdict[i]] +
				 (verdict[i] == VERDICT_NODE
					  ? (int64_t)a->verdicts[VERDICT_PROBER]
					  : 0));
	expo_family(e, EXPO_COUNTER, "tt_skew_fetch_errors_total",
		    "Exporters and agents that did not answer as they should.");
	expo_int(e, EXPO_NO_LABELS, (int64_t)a->fetch_errors);
}

enum field { OFFSET, ERROR, DELAY, TIME, EXCESS };

static int64_t value(const struct testimony *t, enum field f)
{
	switch (f) {
	case OFFSET:
		return t->edge.offset_ns;
	case ERROR:
		return t->edge.error_ns;
	case DELAY:
		return t->edge.delay_ns;
	case TIME:
		return t->edge.real_ns;
	case EXCESS:
	default:
		return t->check.excess_ns;
	}
}

static void put_field(struct expo *e, const struct agent *a, enum field f,
		      const char *name, const char *help)
{
	expo_family(e, EXPO_GAUGE, name, help);
	for (size_t i = 0; i < a->peers; i++) {
		const struct agent_peer *p = &a->peer[i];

		if (!p->has_edge ||
		    (f == EXCESS && p->now.check.result >= BOUNDED))
			continue;
		expo_ns(e, EDGE_LABELS(&p->now.edge, {NULL, NULL}),
			value(&p->now, f));
	}
}

static void put_info(struct expo *e, const struct agent *a)
{
	expo_family(e, EXPO_INFO, EDGE_METRIC_INFO,
		    "How the edge was measured.");
	for (size_t i = 0; i < a->peers; i++) {
		const struct edge *g = &a->peer[i].now.edge;

		if (!a->peer[i].has_edge)
			continue;
		expo_int(e,
			 EDGE_LABELS(
				 g, {"kind", edge_kind_name(g->kind)},
				 {"stamping", edge_stamping_name(g->stamping)},
				 {"interleaved",
				  g->is_interleaved ? "true" : "false"}),
			 1);
	}
}

static void put_results(struct expo *e, const struct agent *a)
{
	expo_family(e, EXPO_GAUGE, "tt_skew_edge_result",
		    "1 for what came of the last check of the edge.");
	for (size_t i = 0; i < a->peers; i++) {
		const struct agent_peer *p = &a->peer[i];

		for (int r = 0; r < AGENT_RESULTS && p->has_edge; r++)
			expo_int(e,
				 EDGE_LABELS(&p->now.edge,
					     {"result",
					      check_result_name(
						      (enum check_result)r)}),
				 (int)p->now.check.result == r);
	}
}

static void put_verdicts(struct expo *e, const struct agent *a)
{
	static const char *const word[] = {"undecided", "node", "path"};

	expo_family(e, EXPO_GAUGE, "tt_skew_edge_verdict",
		    "1 for what is blamed for an edge that proves a bound "
		    "broken; all 0: it proves none.");
	for (size_t i = 0; i < a->peers; i++) {
		const struct agent_peer *p = &a->peer[i];

		for (size_t w = 0; w < 3 && p->has_edge; w++)
			expo_int(
				e,
				EDGE_LABELS(&p->now.edge, {"verdict", word[w]}),
				p->is_suspect &&
					!strcmp(verdict_name(p->verdict),
						word[w]));
	}
}

/* Once for each node, whoever of our edges does so: `node` or `prober`. */
static void put_blamed(struct expo *e, const struct agent *a, enum verdict node,
		       enum verdict prober)
{
	bool is_own = false;

	for (size_t i = 0; i < a->peers; i++) {
		const struct agent_peer *p = &a->peer[i];

		if (p->is_suspect && p->verdict == node)
			expo_int(e, EXPO_LABELS({"node", p->name}), 1);
		is_own |= p->is_suspect && p->verdict == prober;
	}
	if (is_own)
		expo_int(e, EXPO_LABELS({"node", agent_name(a)}), 1);
}

static void put_accused(struct expo *e, const struct agent *a)
{
	expo_family(e, EXPO_GAUGE, "tt_skew_accused",
		    "1 for a node whose bound is found broken; absent for the "
		    "others.");
	put_blamed(e, a, VERDICT_NODE, VERDICT_PROBER);
	expo_family(e, EXPO_GAUGE, "tt_skew_suspected",
		    "1 for a node whose bound seems broken where the verdict "
		    "is undecided; absent for the others.");
	put_blamed(e, a, VERDICT_NODE_LIKELY, VERDICT_PROBER_LIKELY);
}

void agent_write_metrics(FILE *out, enum expo_dialect dialect,
			 const struct agent *a)
{
	struct expo e = {.out = out, .dialect = dialect};

	put_fleet(&e, a);
	put_counts(&e, a);
	put_field(&e, a, OFFSET, EDGE_METRIC_OFFSET,
		  "The peer's CLOCK_REALTIME less this node's, as last "
		  "measured.");
	put_field(&e, a, ERROR, EDGE_METRIC_ERROR,
		  "It is within this of it: half the round trip, and what the "
		  "stamps may be off by.");
	put_field(&e, a, DELAY, EDGE_METRIC_DELAY, "The round trip.");
	put_field(&e, a, TIME, EDGE_METRIC_TIME,
		  "When that was measured, CLOCK_REALTIME.");
	put_field(&e, a, EXCESS, "tt_skew_edge_excess_seconds",
		  "How far the measurement is outside of what both bounds "
		  "allow; below 0: it is inside.");
	put_info(&e, a);
	put_results(&e, a);
	put_verdicts(&e, a);
	put_accused(&e, a);
	expo_family(&e, EXPO_INFO, "tt_skew_build_info",
		    "The agent's version.");
	expo_int(&e, EXPO_LABELS({"version", a->opt->version}), 1);
	expo_end(&e);
}
