/* SPDX-License-Identifier: Apache-2.0 */
/* Results of the precision measurer as text, JSON lines and CSV. */
#include "tools/skew/precision_print.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <json-c/json.h>

static void set_name(char ret[EDGE_NAME_SIZE], const char *name,
		     enum precision_stamp stamping)
{
	const char *end = stamping == PRECISION_HARDWARE ? "/phc" : "";

	snprintf(ret, EDGE_NAME_SIZE, "%.*s%s",
		 EDGE_NAME_SIZE - 1 - (int)strlen(end), name, end);
}

static enum edge_stamping edge_stamping_of(enum precision_stamp s)
{
	return s == PRECISION_HARDWARE ? EDGE_HARDWARE
	       : s == PRECISION_KERNEL ? EDGE_KERNEL
				       : EDGE_DAEMON;
}

int precision_edges(const struct precision_report *r, const char *name,
		    struct edge ret[2])
{
	const struct precision_verdict *v = &r->verdict;
	struct edge e = {.delay_ns = -1,
			 .real_ns = r->real_ns,
			 .raw_ns = r->raw_ns > 0 ? r->raw_ns : 0,
			 .stamping = edge_stamping_of(r->stamping),
			 .is_interleaved = true};

	if (r->err)
		return 0;
	set_name(e.from, name, r->stamping);
	set_name(e.to, r->peer->name, r->stamping);
	e.kind = EDGE_HARD;
	e.offset_ns = v->lo_ns + (v->hi_ns - v->lo_ns) / 2;
	e.error_ns = v->hi_ns - e.offset_ns;
	ret[0] = e;
	if (!v->has_estimate)
		return 1;
	e.kind = EDGE_ESTIMATE;
	e.offset_ns = v->estimate_ns;
	e.error_ns = v->error_ns;
	e.delay_ns = v->delay_ns;
	ret[1] = e;
	return 2;
}

/* ---- JSON ---- */

static void put_int(struct json_object *o, const char *key, int64_t n)
{
	json_object_object_add(o, key, json_object_new_int64(n));
}

static void put_double(struct json_object *o, const char *key, double v)
{
	char text[40];

	if (!isfinite(v)) {
		json_object_object_add(o, key, NULL);
		return;
	}
	snprintf(text, sizeof(text), "%.6g", v);
	json_object_object_add(o, key, json_object_new_double_s(v, text));
}

static void put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void write_line(FILE *out, struct json_object *o)
{
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(
			o, JSON_C_TO_STRING_PLAIN |
				   JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static const char *state_of(const struct precision_report *r)
{
	return r->err == 0	    ? "ok"
	       : r->err == -ENODATA ? "silent"
				    : "contradiction";
}

static struct json_object *counts(const struct precision_count *c)
{
	struct json_object *o = json_object_new_object();

	put_int(o, "pairs", (int64_t)c->pairs);
	put_int(o, "legs", (int64_t)c->legs);
	put_int(o, "pure", (int64_t)c->pure);
	put_int(o, "dropped", (int64_t)c->dropped);
	return o;
}

static void put_estimate(struct json_object *o,
			 const struct precision_verdict *v)
{
	struct json_object *e = json_object_new_object();

	put_int(e, "offset_ns", v->estimate_ns);
	put_int(e, "error_ns", v->error_ns);
	put_double(e, "rate_ppb", v->rate_ppb);
	put_int(e, "delay_ns", v->delay_ns);
	put_int(e, "left_out", (int64_t)v->left_out);
	json_object_object_add(e, "clipped",
			       json_object_new_boolean(v->is_clipped));
	json_object_object_add(o, "estimate", e);
}

static void print_json(FILE *out, const struct precision_options *opt,
		       const struct precision_report *r)
{
	const char *clock =
		r->stamping == PRECISION_HARDWARE ? "phc" : "realtime";
	struct json_object *o = json_object_new_object(), *hard;

	put_text(o, "from", opt->name);
	put_text(o, "to", r->peer->name);
	put_text(o, "state", state_of(r));
	put_text(o, "steered",
		 !r->is_steered[0] && !r->is_steered[1] ? "none"
		 : !r->is_steered[1]			? "from"
		 : !r->is_steered[0]			? "to"
							: "both");
	put_text(o, "clock", clock);
	put_text(o, "stamping", precision_stamp_name(r->stamping));
	put_int(o, "sent", (int64_t)r->sent);
	put_int(o, "junk", (int64_t)r->peer->junk);
	put_int(o, "refused", (int64_t)r->peer->refused);
	json_object_object_add(o, "out", counts(&r->count[PRECISION_OUT]));
	json_object_object_add(o, "back", counts(&r->count[PRECISION_BACK]));
	if (!r->err) {
		hard = json_object_new_object();
		put_int(o, "real_ns", r->real_ns);
		put_int(hard, "lo_ns", r->verdict.lo_ns);
		put_int(hard, "hi_ns", r->verdict.hi_ns);
		json_object_object_add(o, "hard", hard);
		if (r->verdict.has_estimate)
			put_estimate(o, &r->verdict);
	}
	write_line(out, o);
}

/* ---- text ---- */

static void print_text(FILE *out, const struct precision_report *r)
{
	const struct precision_verdict *v = &r->verdict;
	const struct precision_count *c = r->count;

	fprintf(out, "%s: ", r->peer->name);
	if (r->err == -ENODATA)
		fprintf(out, "no answer to %zu pairs", r->sent);
	else if (r->is_steered[0] || r->is_steered[1])
		fprintf(out,
			"contradiction: %s clock was steered by more than "
			"--drift-max",
			!r->is_steered[0]  ? "its"
			: r->is_steered[1] ? "this node's clock and its"
					   : "this node's");
	else if (r->err)
		fprintf(out, "contradiction: no offset is possible within the "
			     "axioms; a clock was steered by more than "
			     "--drift-max, or a stamp is off by more than "
			     "--stamp-error");
	else
		fprintf(out, "%+" PRId64 " to %+" PRId64 " ns for certain",
			v->lo_ns, v->hi_ns);
	if (!r->err && v->has_estimate)
		fprintf(out, "; estimate %+" PRId64 " +- %" PRId64 " ns%s",
			v->estimate_ns, v->error_ns,
			v->is_clipped ? " (clipped)" : "");
	fprintf(out, "; %zu pairs, %zu out and %zu back are pure; %s stamps\n",
		r->sent, c[PRECISION_OUT].pure, c[PRECISION_BACK].pure,
		precision_stamp_name(r->stamping));
}

static void print_csv(FILE *out, const struct precision_options *o,
		      const struct precision_report *r)
{
	struct edge e[2];
	const int n = precision_edges(r, o->name, e);

	for (int i = 0; i < n; i++)
		edge_csv_write(out, &e[i]);
}

void precision_print_head(FILE *out, const struct precision_options *o)
{
	if (o->format == PRECISION_CSV)
		edge_csv_write_header(out);
	fflush(out);
}

void precision_print_report(FILE *out, const struct precision_options *o,
			    const struct precision_report *r)
{
	switch (o->format) {
	case PRECISION_TEXT:
		print_text(out, r);
		break;
	case PRECISION_JSON:
		print_json(out, o, r);
		break;
	case PRECISION_CSV:
		print_csv(out, o, r);
		break;
	}
	fflush(out);
}

void precision_print_served(FILE *out, const struct precision_served *s)
{
	fprintf(out,
		"tt-skew precision: %" PRIu64 " probes answered; not "
		"answered: %" PRIu64 " junk, %" PRIu64 " above the rate, "
		"%" PRIu64 " of too many clients, %" PRIu64
		" doubled or late, %" PRIu64 " that could not be sent\n",
		s->answered, s->junk, s->limited, s->full, s->stale, s->unsent);
}

/* ---- simulated ---- */

static void head_text(FILE *out, const struct precision_options *o)
{
	fprintf(out,
		"%d ports of %g Gb/s each way, %u pairs a second, windows of "
		"%g s, stamps of %g ns,\n"
		"wander %g ppb/s, noise %g ppb at 1 s, asymmetry %g ns, seed "
		"%" PRIu64 "\n\n",
		o->world.hops, o->world.line_gbps, o->world.rate,
		o->world.window_s, o->world.quantum_ns, o->world.wander_ppb_s,
		o->world.white_ppb, o->world.asymmetry_ns, o->world.seed);
	if (o->nodes)
		fprintf(out,
			"%u nodes\n"
			"         estimates       a link's error, ns   the "
			"map's    intervals\n"
			"load  wanted unmade        p50    p99         p50    "
			"p99     missed\n",
			o->nodes);
	else
		fputs("              estimates    error, ns                   "
		      "    interval, ns\n"
		      "load  pure %  windows   made    p50    p99    max   "
		      "mean      half  missed  none\n",
		      out);
}

void precision_print_score_head(FILE *out, const struct precision_options *o)
{
	if (o->format == PRECISION_TEXT)
		head_text(out, o);
	else if (o->format == PRECISION_CSV)
		fputs(o->nodes ? "load,nodes,windows,links,unmade,link_p50_ns,"
				 "link_p99_ns,map_p50_ns,map_p99_ns,missed\n"
			       : "load,pure,windows,estimates,p50_ns,p99_ns,"
				 "max_ns,mean_ns,half_width_ns,missed,"
				 "contradictions\n",
		      out);
	fflush(out);
}

static void score_json(FILE *out, const struct precision_world *world,
		       const struct precision_score *s)
{
	struct json_object *o = json_object_new_object();

	put_double(o, "load", world->load);
	put_double(o, "pure", s->pure);
	put_int(o, "windows", (int64_t)s->windows);
	put_int(o, "estimates", (int64_t)s->estimates);
	put_double(o, "p50_ns", s->p50_ns);
	put_double(o, "p99_ns", s->p99_ns);
	put_double(o, "max_ns", s->max_ns);
	put_double(o, "mean_ns", s->mean_ns);
	put_double(o, "half_width_ns", s->half_width_ns);
	put_int(o, "missed", (int64_t)s->misses);
	put_int(o, "contradictions", (int64_t)s->contradictions);
	write_line(out, o);
}

/* Where no estimate was made there is nothing to say of its error. */
static const char *number_or_dash(double v, char ret[24])
{
	snprintf(ret, 24, "%.1f", v);
	return isfinite(v) ? ret : "-";
}

static void score_line(FILE *out, enum precision_format format,
		       const struct precision_world *world,
		       const struct precision_score *s)
{
	const bool csv = format == PRECISION_CSV;
	char p50[24], p99[24], max[24], mean[24];

	fprintf(out,
		csv ? "%g,%g,%zu,%zu,%s,%s,%s,%s,%.0f,%zu,%zu\n"
		    : "%3.0f %% %7.2f %8zu %6zu %6s %6s %6s %6s %9.0f "
		      "%7zu %5zu\n",
		csv ? world->load : world->load * 100,
		csv ? s->pure : s->pure * 100, s->windows, s->estimates,
		number_or_dash(s->p50_ns, p50), number_or_dash(s->p99_ns, p99),
		number_or_dash(s->max_ns, max),
		number_or_dash(s->mean_ns, mean), s->half_width_ns, s->misses,
		s->contradictions);
}

void precision_print_score(FILE *out, const struct precision_options *o,
			   const struct precision_world *world,
			   const struct precision_score *s)
{
	if (o->format == PRECISION_JSON)
		score_json(out, world, s);
	else
		score_line(out, o->format, world, s);
	fflush(out);
}

static void group_json(FILE *out, const struct precision_options *opt,
		       const struct precision_world *world,
		       const struct precision_group_score *s)
{
	struct json_object *o = json_object_new_object();

	put_double(o, "load", world->load);
	put_int(o, "nodes", opt->nodes);
	put_int(o, "windows", (int64_t)s->windows);
	put_int(o, "links", (int64_t)s->links);
	put_int(o, "unmade", (int64_t)s->unmade);
	put_double(o, "link_p50_ns", s->link_p50_ns);
	put_double(o, "link_p99_ns", s->link_p99_ns);
	put_double(o, "map_p50_ns", s->map_p50_ns);
	put_double(o, "map_p99_ns", s->map_p99_ns);
	put_int(o, "missed", (int64_t)s->misses);
	write_line(out, o);
}

void precision_print_group(FILE *out, const struct precision_options *o,
			   const struct precision_world *world,
			   const struct precision_group_score *s)
{
	if (o->format == PRECISION_JSON)
		group_json(out, o, world, s);
	else if (o->format == PRECISION_CSV)
		fprintf(out, "%g,%u,%zu,%zu,%zu,%.1f,%.1f,%.1f,%.1f,%zu\n",
			world->load, o->nodes, s->windows, s->links, s->unmade,
			s->link_p50_ns, s->link_p99_ns, s->map_p50_ns,
			s->map_p99_ns, s->misses);
	else
		fprintf(out,
			"%3.0f %% %7zu %6zu     %6.1f %6.1f      %6.1f %6.1f "
			"%10zu\n",
			world->load * 100, s->links, s->unmade, s->link_p50_ns,
			s->link_p99_ns, s->map_p50_ns, s->map_p99_ns,
			s->misses);
	fflush(out);
}
