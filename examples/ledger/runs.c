/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line can order. See report.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/report.h"

/* --- run ----------------------------------------------------------------- */

static void remove_dir(const struct cluster *c)
{
	static const char *const names[] = {"log",    "log.err", "hlc",
					    "stats",  "clock",	 "said",
					    "orders", NULL};
	char path[4096];

	for (int i = 0; i < NODES; i++) {
		for (int k = 0; names[k]; k++) {
			snprintf(path, sizeof(path), "%s/n%d/%s", c->dir, i,
				 names[k]);
			unlink(path);
		}
		snprintf(path, sizeof(path), "%s/n%d", c->dir, i);
		rmdir(path);
	}
	snprintf(path, sizeof(path), "%s/truth", c->dir);
	unlink(path);
	rmdir(c->dir);
}

static int complain(const char *path)
{
	fprintf(stderr, "ledger: %s: %s\n", path, strerror(errno));
	return -1;
}

/* Before the run, not after it. An earlier file stays until then. */
static int probe_history(const char *path)
{
	FILE *f = path ? fopen(path, "ae") : NULL;

	if (f)
		fclose(f);
	return path && !f ? complain(path) : 0;
}

static int write_history(const struct history *h, const char *path)
{
	FILE *f = path ? fopen(path, "we") : NULL;
	int failed;

	if (!f)
		return path ? complain(path) : 0;
	history_print(h, f);
	failed = ferror(f);
	return fclose(f) || failed ? complain(path) : 0;
}

static int run(const struct options *o, struct run *ret, struct verdict *v)
{
	int rc = probe_history(o->history);

	if (rc != 0)
		return 2;
	rc = cluster_start(&ret->cluster, o);
	if (rc == 0)
		clients_run(ret, o);
	cluster_stop(&ret->cluster);
	if (write_history(&ret->history, o->history))
		rc = -1;
	if (rc != 0 || ret->is_broken)
		return 2;
	verdict_of(&ret->history, o->keys, v);
	if (!o->dir)
		remove_dir(&ret->cluster);
	return v->total || v->broken_keys ? 1 : 0;
}

static void run_free(struct run *r)
{
	history_free(&r->history);
	for (int i = 0; i < 3; i++)
		free(r->latency[i].ns);
}

int main_run(const struct options *o)
{
	struct run r = {0};
	struct verdict v;
	const int rc = run(o, &r, &v);

	if (rc != 2)
		report_run(&r, &v);
	run_free(&r);
	return rc;
}

/* --- cost ---------------------------------------------------------------- */

static int cost_line(const struct options *o)
{
	struct run r = {0};
	struct verdict v;
	const int rc = run(o, &r, &v);
	size_t count = 0;

	for (int i = 0; i < 3; i++)
		count += r.latency[i].count;
	if (rc != 2)
		printf("%-7s %8.0f us %9.0f %9.2f %9.2f %9.2f %9.2f %10" PRIu64
		       "\n",
		       clock_name[o->clock], (double)o->width_ns / 1e3,
		       (double)count * 1e9 / (double)r.load_ns,
		       (double)percentile_ns(&r.latency[TXN_UPDATE], 50) / 1e6,
		       (double)percentile_ns(&r.latency[TXN_UPDATE], 99) / 1e6,
		       (double)percentile_ns(&r.latency[TXN_SNAPSHOT], 50) /
			       1e6,
		       (double)percentile_ns(&r.latency[TXN_SNAPSHOT], 99) /
			       1e6,
		       v.total);
	fflush(stdout);
	run_free(&r);
	return o->clock == CLOCK_TT || rc == 2 ? rc : 0;
}

int main_cost(struct options *o)
{
	static const int64_t width_ns[] = {1000, 100000, 1000000, 7000000};
	int worst = 0, rc;

	printf("%-7s %11s %9s %19s %19s %10s\n%-7s %11s %9s %9s %9s %9s %9s\n",
	       "clock", "width", "ops/s", "update, ms", "snapshot, ms",
	       "anomalies", "", "", "", "p50", "p99", "p50", "p99");
	for (int w = 0; w < 4; w++) {
		for (int c = 0; c < 3; c++) {
			o->width_ns = width_ns[w];
			o->clock = (enum clock_kind)c;
			rc = cost_line(o);
			worst = rc > worst ? rc : worst;
		}
	}
	return worst;
}

/* --- soak ---------------------------------------------------------------- */

/* Messages that a node would not believe: of honest ones there are none. */
static uint64_t refused_of(const struct cluster *c)
{
	uint64_t refused = 0;

	for (int i = 0; i < NODES; i++)
		for (int from = 0; from < NODES; from++)
			refused += c->stats[i]->refused[from];
	return refused;
}

static void soak_line(const struct run *r, const struct verdict *v)
{
	uint64_t elections = 0;

	for (int i = 0; i < NODES; i++)
		elections += r->cluster.stats[i]->elections;
	printf("seed %" PRIu64 ": %.0f s, %zu operations, %" PRIu64
	       " kills, %" PRIu64 " pauses, %" PRIu64 " elections, %" PRIu64
	       " refused: %" PRIu64 " anomalies, %d of %d keys linearizable\n",
	       r->cluster.o->seed, (double)r->load_ns / 1e9, r->history.count,
	       r->cluster.kills, r->cluster.pauses, elections,
	       refused_of(&r->cluster), v->total, v->keys - v->broken_keys,
	       v->keys);
	fflush(stdout);
}

/* What is wrong is left for whoever wants to look: the history, by its seed. */
int main_soak(struct options *o)
{
	int64_t left_s = o->seconds;
	struct verdict v;
	int rc = 0;

	o->has_faults = true;
	for (; rc == 0 && left_s > 0; left_s -= o->round_s, o->seed++) {
		struct run r = {0};

		o->seconds = left_s < o->round_s ? left_s : o->round_s;
		rc = run(o, &r, &v);
		if (rc != 2)
			soak_line(&r, &v);
		if (rc == 0 && o->liar < 0 && refused_of(&r.cluster) > 0)
			rc = 1;
		if (rc == 1) {
			write_history(&r.history, "ledger-anomaly.history");
			report_run(&r, &v);
		}
		run_free(&r);
	}
	return rc;
}

/* --- check --------------------------------------------------------------- */

int main_check(const char *path, const struct options *o)
{
	struct history h = {0};
	struct verdict v;
	FILE *f = fopen(path, "re");
	int line;

	if (!f) {
		fprintf(stderr, "ledger: %s: %s\n", path, strerror(errno));
		return 2;
	}
	errno = 0;
	line = history_read(&h, f);
	if (ferror(f) || (line == 0 && h.count == 0)) {
		fprintf(stderr, "ledger: %s: %s\n", path,
			ferror(f) ? strerror(errno)
				  : "no operation in it: nothing to judge");
		fclose(f);
		return 2;
	}
	fclose(f);
	if (line != 0) {
		fprintf(stderr,
			"ledger: %s:%d: not an operation; see "
			"history.h\n",
			path, line);
		return 2;
	}
	verdict_of(&h, KEYS_MAX, &v);
	verdict_print(&h, &v, o);
	history_free(&h);
	return v.total || v.broken_keys ? 1 : 0;
}
