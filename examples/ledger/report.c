/* SPDX-License-Identifier: Apache-2.0 */
/* See report.h. */
#include "ledger/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <tt/hlc.h>

const char *const clock_name[] = {"system", "hlc", "tt", NULL};

static int by_ns(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

int64_t percentile_ns(struct latencies *l, int p)
{
	if (l->count == 0)
		return 0;
	qsort(l->ns, l->count, sizeof(*l->ns), by_ns);
	return l->ns[(l->count - 1) * (size_t)p / 100];
}

void verdict_of(const struct history *h, int keys, struct verdict *ret)
{
	size_t op;

	memset(ret, 0, sizeof(*ret));
	order_check(h, &ret->anomalies);
	for (int i = 0; i < ANOMALIES; i++)
		ret->total += ret->anomalies.count[i];
	ret->keys = keys;
	for (int i = 0; i < keys; i++)
		ret->broken_keys += !linear_check(h, i, &op);
}

static int64_t ns_of_plain(int64_t ts)
{
	return ts;
}

static int64_t ns_of_packed(int64_t ts)
{
	struct tt_hlc_time t = {0, 0};

	(void)tt_hlc_unpack64((uint64_t)ts, &t);
	return t.wall_ns;
}

static double ms(int64_t ns)
{
	return (double)ns / 1e6;
}

/* Times from the begin of A on. */
static void print_op(const char *name, const struct op *o, int64_t from_ns,
		     int64_t (*ts_ns)(int64_t ts))
{
	char text[OP_TEXT_SIZE];

	op_text(o, text);
	printf("  %s: client %d, node %d, from %.3f to %.3f ms", name,
	       o->client, o->node, ms(o->begin_ns - from_ns),
	       ms(o->end_ns - from_ns));
	if (o->ts)
		printf(", timestamp %.3f ms", ms(ts_ns(o->ts) - from_ns));
	printf(": %s\n", text);
}

static void draw_example(const struct history *h, const struct verdict *v,
			 const char *svg, enum anomaly kind,
			 int64_t (*ts_ns)(int64_t ts))
{
	char path[512], *space;
	int rc;

	snprintf(path, sizeof(path), "%s-%s.svg", svg, anomaly_name[kind]);
	for (space = path; (space = strchr(space, ' ')) != NULL;)
		*space = '-';
	rc = diagram_draw(path, h, &v->anomalies, kind, ts_ns);
	printf("  drawn in %s%s%s\n", path, rc < 0 ? ": " : "",
	       rc < 0 ? strerror(-rc) : "");
}

static void print_example(const struct history *h, const struct verdict *v,
			  const struct options *o, enum anomaly kind)
{
	int64_t (*const ts_ns)(int64_t) =
		o->clock == CLOCK_HLC ? ns_of_packed : ns_of_plain;
	const size_t first = v->anomalies.example[kind].first;
	int64_t from_ns;

	if (!v->anomalies.example[kind].is_there)
		return;
	from_ns = h->op[first].begin_ns;
	print_op("A", &h->op[first], from_ns, ts_ns);
	print_op("B", &h->op[v->anomalies.example[kind].second], from_ns,
		 ts_ns);
	if (v->anomalies.example[kind].has_witness)
		print_op("C", &h->op[v->anomalies.example[kind].witness],
			 from_ns, ts_ns);
	if (o->svg)
		draw_example(h, v, o->svg, kind, ts_ns);
}

void verdict_print(const struct history *h, const struct verdict *v,
		   const struct options *o)
{
	for (int i = 0; i < ANOMALIES; i++) {
		printf("%-18s %" PRIu64, anomaly_name[i],
		       v->anomalies.count[i]);
		if (i == CAUSAL_REVERSAL && v->anomalies.count[i])
			printf(" (%" PRIu64 " of them seen by a snapshot)",
			       v->anomalies.seen);
		putchar('\n');
		print_example(h, v, o, (enum anomaly)i);
	}
	printf("%-18s %d of %d keys\n", "linearizable",
	       v->keys - v->broken_keys, v->keys);
}

static void print_latencies(struct run *r)
{
	static const char *const name[] = {"updates", "reads", "snapshots"};

	for (int i = 0; i < 3; i++)
		if (r->latency[i].count)
			printf("%-18s %zu, p50 %.2f ms, p99 %.2f ms\n", name[i],
			       r->latency[i].count,
			       ms(percentile_ns(&r->latency[i], 50)),
			       ms(percentile_ns(&r->latency[i], 99)));
}

static struct stats sum(const struct cluster *c)
{
	struct stats s = {0};

	for (int i = 0; i < NODES; i++) {
		s.starts += c->stats[i]->starts;
		s.elections += c->stats[i]->elections;
		s.fsyncs += c->stats[i]->fsyncs;
		s.fsync_ns += c->stats[i]->fsync_ns;
		s.waits += c->stats[i]->waits;
		s.wait_ns += c->stats[i]->wait_ns;
		s.hidden_ns += c->stats[i]->hidden_ns;
		s.parked += c->stats[i]->parked;
		s.in_doubt += c->stats[i]->in_doubt;
	}
	return s;
}

/* Every node counts what it sees dropped; one of them is told of. */
static void print_stats(const struct run *r)
{
	const struct cluster *c = &r->cluster;
	const struct stats s = sum(c);

	printf("%-18s %" PRIu64 ", %.2f ms each on average\n", "fsyncs",
	       s.fsyncs, s.fsyncs ? ms((int64_t)(s.fsync_ns / s.fsyncs)) : 0);
	if (c->o->clock == CLOCK_TT && s.waits)
		printf("%-18s %" PRIu64 ", %.3f s in all (%.3f ms each), of "
		       "which %.1f %% hidden behind fsync and replication\n",
		       "commit waits", s.waits, (double)s.wait_ns / 1e9,
		       ms((int64_t)(s.wait_ns / s.waits)),
		       s.wait_ns
			       ? 100.0 * (double)s.hidden_ns / (double)s.wait_ns
			       : 100.0);
	if (c->o->has_faults)
		printf("%-18s %" PRIu64 " kills, %" PRIu64 " pauses, %" PRIu64
		       " elections, %" PRIu64 " participants in doubt\n",
		       "faults", c->kills, c->pauses, s.elections, s.in_doubt);
	if (c->o->store == STORE_LWW)
		printf("%-18s node 0 dropped %" PRIu64
		       " that knew of what they lost to, and %" PRIu64
		       " where neither knew of the other\n",
		       "vector clocks", c->stats[0]->dropped_later,
		       c->stats[0]->dropped_blind);
}

static void print_guard(const struct cluster *c)
{
	for (int from = 0; from < NODES; from++)
		for (int i = 0; i < NODES; i++)
			if (c->stats[i]->refused[from])
				printf("%-18s node %d %s %" PRIu64
				       " messages of node %d, up to %.3f ms "
				       "beyond its latest\n",
				       "guard", i,
				       c->o->guard == GUARD_TELL ? "noticed"
								 : "refused",
				       c->stats[i]->refused[from], from,
				       ms(c->stats[i]->refused_ns_max[from]));
}

void report_run(struct run *r, const struct verdict *v)
{
	const struct options *o = r->cluster.o;
	const size_t count =
		r->latency[0].count + r->latency[1].count + r->latency[2].count;

	printf("--- clock %s, store %s, intervals %.3f ms wide, seed %" PRIu64
	       "\n",
	       clock_name[o->clock], o->store == STORE_LWW ? "lww" : "txn",
	       ms(o->width_ns), o->seed);
	printf("%-18s %zu in %.1f s, %.0f a second\n", "operations", count,
	       (double)r->load_ns / 1e9,
	       (double)count * 1e9 / (double)r->load_ns);
	print_latencies(r);
	printf("%-18s %" PRIu64 ", and %" PRIu64
	       " turned away without a bound, %" PRIu64
	       " sent elsewhere, %" PRIu64 " of unknown outcome\n",
	       "aborts", r->aborted, r->no_clock, r->elsewhere, r->unknown);
	print_stats(r);
	print_guard(&r->cluster);
	verdict_print(&r->history, v, o);
}
