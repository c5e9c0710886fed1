/* SPDX-License-Identifier: Apache-2.0 */
/* Written, and read by those who ask. See testimony.h. Names are printable
 * ASCII without quotes (edge_is_name()): nothing is escaped. */
#include "tools/skew/testimony.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "tools/query.h"
#include "tools/status_doc.h"

#define EDGES_MAX 256

void testimony_write_head(FILE *out, const char *node)
{
	fprintf(out,
		"{ \"schema_version\": 1,\n  \"node\": \"%s\",\n"
		"  \"edges\": [\n",
		node);
}

static void write_view(FILE *out, const char *name,
		       const struct instant_view *v)
{
	fprintf(out, "      \"%s\": [%" PRId64 ", %" PRId64 "],\n", name,
		v->lo_ns, v->hi_ns);
}

static void write_check(FILE *out, const struct testimony *t)
{
	const struct check *c = &t->check;

	fprintf(out, "      \"result\": \"%s\"", check_result_name(c->result));
	if (c->result > CHECK_VIOLATED)
		return;
	fprintf(out, ",\n      \"scale\": \"%s\",\n",
		c->is_unix ? "unix" : "tai");
	write_view(out, "prober_interval_ns", &c->prober);
	write_view(out, "peer_interval_ns", &c->peer);
	fprintf(out,
		"      \"shift_lo_ns\": %" PRId64 ", \"shift_hi_ns\": %" PRId64
		",\n      \"excess_ns\": %" PRId64,
		c->shift_lo_ns, c->shift_hi_ns, c->excess_ns);
}

void testimony_write(FILE *out, const struct testimony *t, bool is_first)
{
	const struct edge *e = &t->edge;

	fprintf(out,
		"%s    { \"to\": \"%s\",\n"
		"      \"offset_ns\": %" PRId64 ", \"error_ns\": %" PRId64
		", \"delay_ns\": %" PRId64 ",\n"
		"      \"realtime_ns_min\": %" PRId64
		", \"realtime_ns_max\": %" PRId64 ",\n"
		"      \"stamping\": \"%s\", \"interleaved\": %s,\n",
		is_first ? "" : ",\n", e->to, e->offset_ns, e->error_ns,
		e->delay_ns, t->real_ns_min, t->real_ns_max,
		edge_stamping_name(e->stamping),
		e->is_interleaved ? "true" : "false");
	if (t->has_check)
		write_check(out, t);
	else
		fputs("      \"result\": null", out);
	if (t->is_suspect)
		fprintf(out, ",\n      \"verdict\": \"%s\"",
			verdict_name(t->verdict));
	fputs(" }", out);
}

void testimony_write_end(FILE *out)
{
	fputs("\n  ] }\n", out);
}

/* ---- read ---- */

static int refuse(char ret_why[TESTIMONY_WHY_SIZE], const char *why)
{
	snprintf(ret_why, TESTIMONY_WHY_SIZE, "%s", why);
	return -EPROTO;
}

static bool is_number(int64_t ns, int64_t max)
{
	return ns >= -max && ns <= max;
}

/* One that was judged. Instants are larger than durations. */
static int take(struct json_object *o, struct testimony *ret)
{
	const char *result = doc_string(o, "result");
	struct testimony t = {.has_check = true};
	struct check *c = &t.check;

	if (!result)
		return -ENOENT;
	if (!strcmp(result, check_result_name(CHECK_VIOLATED)))
		c->result = CHECK_VIOLATED;
	else if (strcmp(result, check_result_name(CHECK_CONSISTENT)) != 0)
		return -ENOENT;
	if (!doc_int(o, "shift_lo_ns", &c->shift_lo_ns) ||
	    !doc_int(o, "shift_hi_ns", &c->shift_hi_ns) ||
	    !doc_int(o, "realtime_ns_min", &t.real_ns_min) ||
	    !doc_int(o, "realtime_ns_max", &t.real_ns_max) ||
	    !is_number(c->shift_lo_ns, 4 * CHECK_NS_MAX) ||
	    !is_number(c->shift_hi_ns, 4 * CHECK_NS_MAX) ||
	    !is_number(t.real_ns_min, 4 * CHECK_NS_MAX) ||
	    !is_number(t.real_ns_max, 4 * CHECK_NS_MAX) ||
	    c->shift_lo_ns > c->shift_hi_ns || t.real_ns_min > t.real_ns_max ||
	    (c->result == CHECK_CONSISTENT) !=
		    (c->shift_lo_ns <= 0 && c->shift_hi_ns >= 0))
		return -EPROTO;
	*ret = t;
	return 0;
}

static int find(struct json_object *edges, const char *node,
		struct testimony *ret)
{
	const size_t n = json_object_array_length(edges);

	for (size_t i = 0; i < n && i < EDGES_MAX; i++) {
		struct json_object *o = json_object_array_get_idx(edges, i);
		const char *to = doc_string(o, "to");

		if (to && !strcmp(to, node))
			return take(o, ret);
	}
	return -ENOENT;
}

int testimony_find(const char *text, size_t size, const char *node,
		   struct testimony *ret, char ret_why[TESTIMONY_WHY_SIZE])
{
	struct json_object *doc, *edges;
	char why[QUERY_WHY_SIZE];
	int64_t version;
	int err;

	if (query_parse(text, size, &doc, why))
		return refuse(ret_why, why);
	edges = doc_array(doc, "edges");
	if (!doc_int(doc, "schema_version", &version) || version != 1 || !edges)
		err = refuse(ret_why, "it is no list of edges");
	else
		err = find(edges, node, ret);
	if (err == -EPROTO)
		refuse(ret_why, "its edge contradicts itself");
	json_object_put(doc);
	return err;
}
