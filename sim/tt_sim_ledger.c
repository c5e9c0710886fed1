/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two ledgers. The first: while the axioms hold, not one read may miss.
 * The second: where a scenario breaks an axiom, when it was noticed and what
 * was excused until then.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "sim/tt_sim.h"

int ledger_open(const struct scenario *list, int count, struct ledger *ret)
{
	ret->scenarios = list;
	ret->count = count;
	ret->line = calloc((size_t)count, sizeof(*ret->line));
	if (!ret->line)
		return -ENOMEM;
	for (int i = 0; i < count; i++)
		ret->line[i].recover_s_max = -1;
	return 0;
}

void ledger_close(struct ledger *l)
{
	free(l->line);
	l->line = NULL;
}

static void widths_merge(struct widths *to, const struct widths *from)
{
	to->count += from->count;
	to->sum_ns += from->sum_ns;
	to->max_ns = fmax(to->max_ns, from->max_ns);
	for (int b = 0; b < WIDTH_BINS; b++)
		to->bin[b] += from->bin[b];
}

void ledger_add(struct ledger *l, int scenario, const struct trial *t,
		bool has_failed)
{
	struct ledger_line *n = &l->line[scenario];
	const struct outcome *o = &t->outcome;

	n->runs++;
	n->failed += has_failed;
	n->hours += t->hours;
	n->reads += o->reads;
	n->misses += o->misses;
	n->went_back += o->went_back;
	n->excused += o->excused;
	if (!l->scenarios[scenario].breaks)
		n->false_alarms += o->counters.bound_violations;
	widths_merge(&n->width, &o->width);
	widths_merge(&n->optimum, &o->optimum);
	n->first_bound_s_max = fmax(n->first_bound_s_max, o->first_bound_s);
	n->recover_s_max = fmax(n->recover_s_max, t->recover_s);
	n->detected += o->detected_s >= 0;
	n->detected_s_max = fmax(n->detected_s_max, o->detected_s);
}

double ledger_hours(const struct ledger *l)
{
	double sum = 0;

	for (int i = 0; i < l->count; i++)
		sum += l->line[i].hours;
	return sum;
}

uint64_t ledger_failed(const struct ledger *l)
{
	uint64_t sum = 0;

	for (int i = 0; i < l->count; i++)
		sum += l->line[i].failed;
	return sum;
}

static void print_widths(const struct ledger *l, FILE *out)
{
	fprintf(out, "\nHalf-widths after the first 1000 s\n"
		     "%-20s %5s %12s %12s %12s %9s %8s %9s\n",
		"scenario", "runs", "median us", "p99 us", "max us",
		"/optimum", "1st s", "recover s");
	for (int i = 0; i < l->count; i++) {
		const struct ledger_line *n = &l->line[i];
		const double optimum_ns = widths_mean_ns(&n->optimum);

		if (n->runs == 0)
			continue;
		fprintf(out, "%-20s %5" PRIu64 " %12.2f %12.2f %12.2f %9.2f "
			     "%8.1f ",
			l->scenarios[i].name, n->runs,
			widths_percentile_ns(&n->width, 0.5) / 1e3,
			widths_percentile_ns(&n->width, 0.99) / 1e3,
			n->width.max_ns / 1e3,
			optimum_ns > 0
				? widths_mean_ns(&n->width) / optimum_ns
				: 0,
			n->first_bound_s_max);
		if (n->recover_s_max >= 0)
			fprintf(out, "%9.1f\n", n->recover_s_max);
		else
			fprintf(out, "%9s\n", "-");
	}
	fprintf(out, "median and p99 to an eighth of an octave; /optimum: mean "
		     "over the mean of the\nnarrowest sound bound; recover: "
		     "longest, from the last fault's end\n");
}

static double poll_s_min(const struct scenario *sc)
{
	double least_s = HUGE_VAL;

	for (int i = 0; i < sc->feed_count; i++)
		least_s = fmin(least_s, sc->feed[i].poll_s);
	return least_s;
}

static void print_breach(const struct scenario *sc,
			 const struct ledger_line *n, FILE *out)
{
	char limit[24] = "-";

	if (sc->broken_to_s + sc->grace_s < sc->hours * 3600)
		snprintf(limit, sizeof(limit), "%.0f s",
			 sc->broken_to_s - sc->broken_from_s + sc->grace_s);
	fprintf(out, "%-20s %-5s %5" PRIu64 " %5" PRIu64, sc->name, sc->breaks,
		n->runs, n->detected);
	if (n->detected > 0)
		fprintf(out, " %8.1f %7.1f", n->detected_s_max,
			n->detected_s_max / poll_s_min(sc));
	else
		fprintf(out, " %8s %7s", "-", "-");
	fprintf(out, " %8s %11" PRIu64 " %6" PRIu64 " %6" PRIu64 "\n", limit,
		n->excused, n->misses, n->went_back);
}

static void print_second(const struct ledger *l, FILE *out)
{
	bool has_header = false;

	for (int i = 0; i < l->count; i++) {
		const struct ledger_line *n = &l->line[i];

		if (n->runs == 0 || !l->scenarios[i].breaks)
			continue;
		if (!has_header)
			fprintf(out,
				"\nLedger 2: an axiom is broken\n"
				"%-20s %-5s %5s %5s %8s %7s %8s %11s %6s %6s\n",
				"scenario", "axiom", "runs", "seen", "after s",
				"polls", "limit", "excused", "misses", "back");
		has_header = true;
		print_breach(&l->scenarios[i], n, out);
	}
	if (has_header)
		fprintf(out, "after, polls: the slowest notice; limit: from "
			     "the breach on, no read may miss after\nit (-: the "
			     "scenario's whole rest is excused); excused: reads "
			     "that missed before it\n");
}

static void print_first(const struct ledger *l, FILE *out)
{
	struct ledger_line sum = {.runs = 0};

	for (int i = 0; i < l->count; i++) {
		const struct ledger_line *n = &l->line[i];

		if (l->scenarios[i].breaks)
			continue;
		sum.runs += n->runs;
		sum.hours += n->hours;
		sum.reads += n->reads;
		sum.misses += n->misses;
		sum.went_back += n->went_back;
		sum.false_alarms += n->false_alarms;
	}
	if (sum.runs == 0)
		return;
	fprintf(out,
		"\nLedger 1: the axioms hold\n"
		"%" PRIu64 " runs, %.0f hours, %" PRIu64 " reads: %" PRIu64
		" misses, %" PRIu64 " times back, %" PRIu64
		" false alarms\n",
		sum.runs, sum.hours, sum.reads, sum.misses, sum.went_back,
		sum.false_alarms);
}

void ledger_print(const struct ledger *l, FILE *out)
{
	print_widths(l, out);
	print_first(l, out);
	print_second(l, out);
}
