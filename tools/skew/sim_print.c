/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a simulated fleet, for people and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>

#include "tools/human.h"
#include "tools/skew/sim.h"

static void print_fleet(FILE *out, const struct sim_options *o,
			const struct sim_result *r)
{
	char text[HUMAN_SIZE], half[HUMAN_SIZE];

	fprintf(out,
		"fleet   %" PRIu32 " nodes in %" PRIu32 " racks, seed %" PRIu64
		": %" PRIu32 " dead, %" PRIu32 " whose bound breaks\n",
		o->nodes, r->racks, o->seed, r->dead, r->liars);
	fprintf(out,
		"        %zu edges (k = %u), %zu of them asymmetric, %zu with "
		"stamps that lie\n",
		r->edges, o->k, r->asymmetric, r->bad_paths);
	fprintf(out, "        half a round trip: median %s; ",
		human_ns(r->error_ns_p50, text));
	fprintf(out, "rms %s, and an edge is off by %s rms\n",
		human_ns((int64_t)r->error_ns_rms, text),
		human_ns((int64_t)r->off_ns_rms, half));
	fprintf(out,
		"cost    a node, a probe of each peer every %s: %.2f packets/s "
		"(%.0f bytes/s);\n"
		"        %d series; %.0f bytes/s to hold each probe against "
		"the peer's instants\n",
		human_ns(o->interval_ns, text), r->packets_s, r->wire_bytes_s,
		r->series, r->instants_bytes_s);
}

static void print_map(FILE *out, const struct sim_result *r)
{
	char rms[HUMAN_SIZE], p99[HUMAN_SIZE], most[HUMAN_SIZE];

	fprintf(out,
		"map     solved in %.2f s of a core (%d rounds), its errors in "
		"%.2f s more, %.0f MB\n",
		r->solve_s, r->rounds, r->errors_s,
		(double)r->solve_bytes / 1e6);
	fprintf(out,
		"        off by %s rms, p99 %s, at most %s: %.2f of what an "
		"edge is off by\n",
		human_ns((int64_t)r->map_ns_rms, rms),
		human_ns(r->map_ns_p99, p99), human_ns(r->map_ns_max, most),
		r->map_ns_rms / r->off_ns_rms);
	fprintf(out, "        it says +-%s rms: %.2f of an edge's +-\n",
		human_ns((int64_t)r->said_ns_rms, rms),
		r->said_ns_rms / r->error_ns_rms);
	fprintf(out,
		"        %" PRIu32 " part%s, %" PRIu32
		" living nodes cut off\n",
		r->parts, r->parts == 1 ? "" : "s", r->cut_off);
	fprintf(out,
		"        %zu links told of, %zu of them truly odd; found: %zu "
		"of the %zu that stand out\n",
		r->odd, r->odd_asymmetric, r->visible_odd, r->visible);
}

static void print_bins(FILE *out, const struct sim_result *r)
{
	char wide[HUMAN_SIZE];
	double from = 0;

	fprintf(out,
		"        a broken bound misses the truth by so much of %s,\n"
		"        twice a half-width and twice an edge's error:\n"
		"                     nodes   seen in 1, 2 rounds, later   "
		"blamed in 1, 2, later\n",
		human_ns(r->wide_ns, wide));
	for (int i = 0; i < SIM_BINS; i++) {
		const struct sim_bin *b = &r->bin[i];
		char label[40];

		if (b->miss_max > 1e6)
			snprintf(label, sizeof(label), "%.1f and more", from);
		else
			snprintf(label, sizeof(label), "%.1f to %.1f", from,
				 b->miss_max);
		fprintf(out,
			"        %-12s %5" PRIu32 "  %8" PRIu32 "%8" PRIu32
			"%8" PRIu32 "  %10" PRIu32 "%7" PRIu32 "%7" PRIu32 "\n",
			label, b->liars, b->seen[0], b->seen[1], b->seen[2],
			b->blamed[0], b->blamed[1], b->blamed[2]);
		from = b->miss_max;
	}
}

static void print_check(FILE *out, const struct sim_options *o,
			const struct sim_result *r)
{
	if (!o->rounds)
		return;
	fprintf(out, "check   %d rounds, %zu probes in %.1f s (%.2f us each)\n",
		o->rounds, r->checked, r->check_s,
		r->check_s * 1e6 / (double)r->checked);
	print_bins(out, r);
	fprintf(out,
		"        falsely blamed: %" PRIu32 " of %" PRIu32
		" honest nodes; paths blamed: %zu, %zu of them bad\n"
		"        verdicts left undecided: %zu; suspected: the broken "
		"%zu times, others %zu\n",
		r->accused, o->nodes - r->dead - r->liars, r->paths_blamed,
		r->paths_bad, r->undecided, r->suspicions, r->suspicions_false);
}

void sim_print_text(FILE *out, const struct sim_options *o,
		    const struct sim_result *r)
{
	print_fleet(out, o, r);
	print_map(out, r);
	print_check(out, o, r);
	fprintf(out, "memory  %.0f MB in all\n", (double)r->rss_bytes / 1e6);
}

/* ---- JSON ---- */

static void add_int(struct json_object *o, const char *key, int64_t n)
{
	json_object_object_add(o, key, json_object_new_int64(n));
}

static void add_number(struct json_object *o, const char *key, double n)
{
	json_object_object_add(o, key, json_object_new_double(n));
}

static struct json_object *three(const uint32_t n[3])
{
	struct json_object *a = json_object_new_array();

	for (int i = 0; i < 3; i++)
		json_object_array_add(a, json_object_new_int64(n[i]));
	return a;
}

static struct json_object *bins_json(const struct sim_result *r)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < SIM_BINS; i++) {
		struct json_object *o = json_object_new_object();

		add_number(o, "miss_max", r->bin[i].miss_max);
		add_int(o, "nodes", r->bin[i].liars);
		json_object_object_add(o, "seen_in_1_2_later",
				       three(r->bin[i].seen));
		json_object_object_add(o, "blamed_in_1_2_later",
				       three(r->bin[i].blamed));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *map_json(const struct sim_result *r)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "solve_s", r->solve_s);
	add_number(o, "errors_s", r->errors_s);
	add_int(o, "rounds", r->rounds);
	add_int(o, "bytes", r->solve_bytes);
	add_int(o, "parts", r->parts);
	add_int(o, "cut_off", r->cut_off);
	add_number(o, "off_ns_rms", r->map_ns_rms);
	add_number(o, "said_ns_rms", r->said_ns_rms);
	add_int(o, "off_ns_p50", r->map_ns_p50);
	add_int(o, "off_ns_p99", r->map_ns_p99);
	add_int(o, "off_ns_max", r->map_ns_max);
	add_int(o, "odd", (int64_t)r->odd);
	add_int(o, "odd_truly", (int64_t)r->odd_asymmetric);
	add_int(o, "visible", (int64_t)r->visible);
	add_int(o, "visible_found", (int64_t)r->visible_odd);
	return o;
}

static struct json_object *check_json(const struct sim_result *r)
{
	struct json_object *o = json_object_new_object();

	add_int(o, "probes", (int64_t)r->checked);
	add_int(o, "uncovered", (int64_t)r->uncovered);
	add_number(o, "seconds", r->check_s);
	add_int(o, "wide_ns", r->wide_ns);
	json_object_object_add(o, "broken", bins_json(r));
	add_int(o, "falsely_blamed", r->accused);
	add_int(o, "paths_blamed", (int64_t)r->paths_blamed);
	add_int(o, "paths_blamed_bad", (int64_t)r->paths_bad);
	add_int(o, "undecided", (int64_t)r->undecided);
	add_int(o, "suspicions", (int64_t)r->suspicions);
	add_int(o, "suspicions_false", (int64_t)r->suspicions_false);
	return o;
}

static struct json_object *cost_json(const struct sim_result *r)
{
	struct json_object *o = json_object_new_object();

	add_number(o, "packets_per_s", r->packets_s);
	add_number(o, "wire_bytes_per_s", r->wire_bytes_s);
	add_number(o, "instants_bytes_per_s", r->instants_bytes_s);
	add_int(o, "series", r->series);
	return o;
}

int sim_print_json(FILE *out, const struct sim_options *opt,
		   const struct sim_result *r)
{
	struct json_object *o = json_object_new_object();
	int err = 0;

	add_int(o, "nodes", opt->nodes);
	add_int(o, "seed", (int64_t)opt->seed);
	add_int(o, "dead", r->dead);
	add_int(o, "broken", r->liars);
	add_int(o, "edges", (int64_t)r->edges);
	add_int(o, "asymmetric", (int64_t)r->asymmetric);
	add_int(o, "bad_paths", (int64_t)r->bad_paths);
	add_int(o, "edge_error_ns_p50", r->error_ns_p50);
	add_number(o, "edge_error_ns_rms", r->error_ns_rms);
	add_number(o, "edge_off_ns_rms", r->off_ns_rms);
	json_object_object_add(o, "map", map_json(r));
	json_object_object_add(o, "check", check_json(r));
	json_object_object_add(o, "cost_of_a_node", cost_json(r));
	add_int(o, "rss_bytes", r->rss_bytes);
	if (fputs(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY),
		  out) < 0 ||
	    fputc('\n', out) < 0)
		err = -EIO;
	json_object_put(o);
	return err;
}
