/* SPDX-License-Identifier: Apache-2.0 */
/* Edges from wherever the command line says. */
#include "tools/skew/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/skew/fetch.h"
#include "tools/skew/fleet.h"
#include "tools/skew/prom.h"

#define AGENT_PATH	"/edges.csv"
#define AGENT_MS	5000
#define AGENT_BYTES_MAX (256 * 1024)
#define PROM_PORT	9090
#define PROM_MS		600000 /* a fleet's answer is large */
#define PROM_SILENCE_MS 60000
#define PROM_BYTES_MAX	((size_t)2 << 30)
#define PATH_SIZE	512
#define HOST_SIZE	256

bool input_take(struct input *in, int c)
{
	if (c == INPUT_CSV)
		in->csv = optarg;
	else if (c == INPUT_FLEET)
		in->fleet = optarg;
	else if (c == INPUT_PROMETHEUS)
		in->prometheus = optarg;
	else
		return false;
	return true;
}

bool input_is_good(const struct input *in)
{
	if (!in->csv && !in->fleet && !in->prometheus)
		fprintf(stderr,
			"%s: edges from where? --csv FILE, --fleet FILE or "
			"--prometheus URL\n",
			in->program);
	else if (in->csv && in->prometheus)
		fprintf(stderr, "%s: --csv or --prometheus, not both\n",
			in->program);
	else
		return true;
	return false;
}

static int say(const struct input *in, const char *what, const char *why,
	       int err)
{
	fprintf(stderr, "%s: %s: %s\n", in->program, what, why);
	return err;
}

/* ---- CSV ---- */

static int take_edge(const struct edge *e, void *arg)
{
	return graph_add(arg, e);
}

static int read_csv(const struct input *in, struct graph *g)
{
	const bool is_stdin = !strcmp(in->csv, "-");
	FILE *file = is_stdin ? stdin : fopen(in->csv, "re");
	char why[EDGE_WHY_SIZE];
	int err;

	if (!file)
		return say(in, in->csv, strerror(errno), -errno);
	err = edge_csv_read(file, is_stdin ? "standard input" : in->csv,
			    take_edge, g, why);
	if (err)
		fprintf(stderr, "%s: %s\n", in->program, why);
	if (!is_stdin)
		fclose(file);
	return err;
}

/* ---- a fleet's agents ---- */

struct asking {
	struct graph *graph;
	const struct fleet *fleet;
	int err;
};

/* An agent speaks for its own probes, of which it has no more than peers. */
struct answer {
	const struct asking *asking;
	const char *name;
	size_t edges;
	const char *why;
};

static int take_own_edge(const struct edge *e, void *arg)
{
	struct answer *a = arg;

	if (strcmp(e->from, a->name) != 0)
		a->why = "its edges are another node's: has it another file "
			 "of members, or name (--self)?";
	else if (++a->edges > PICK_PEERS_MAX)
		a->why = "it has more edges than an agent has peers";
	if (a->why)
		return -EPROTO;
	return graph_add(a->asking->graph, e);
}

static void take_agent(size_t index, const char *why, const char *body,
		       size_t size, void *arg)
{
	struct asking *a = arg;
	const char *name = a->fleet->node[index].name;
	struct answer answer = {.asking = a, .name = name};
	char wrong[EDGE_WHY_SIZE];
	uint32_t node;
	FILE *in;

	if (a->err || graph_node(a->graph, name, &node)) {
		a->err = -ENOMEM;
		return;
	}
	if (!why && size == 0)
		why = "an empty answer";
	if (!why) {
		in = fmemopen((void *)(uintptr_t)body, size, "r");
		if (!in ||
		    edge_csv_read(in, "its edges", take_own_edge, &answer,
				  wrong))
			why = in ? wrong : "no memory";
		if (answer.why)
			why = answer.why;
		if (in)
			fclose(in);
	}
	if (why && graph_set_why(a->graph, node, why))
		a->err = -ENOMEM;
}

static int ask_agents(const struct fleet *f, struct graph *g)
{
	static const struct fetch_limits limits = {AGENT_MS, AGENT_MS,
						   AGENT_BYTES_MAX, true};
	struct fetch_from *from = calloc(f->count, sizeof(*from));
	struct asking a = {.graph = g, .fleet = f};
	int err = -ENOMEM;

	for (size_t i = 0; from && i < f->count; i++)
		from[i] = (struct fetch_from){
			f->node[i].host, f->node[i].agent_port, AGENT_PATH};
	if (from)
		err = fetch_all(from, f->count, &limits, take_agent, &a);
	free(from);
	return err ? err : a.err;
}

/* What a rack is called: its labels, coarse ones first. */
static int set_groups(const struct fleet *f, struct graph *g)
{
	int err = 0;

	for (size_t i = 0; i < f->count && !err; i++) {
		const struct fleet_node *n = &f->node[i];
		char group[3 * FLEET_LABEL_MAX + 3];
		uint32_t node;

		if (!*n->dc && !*n->room && !*n->rack)
			continue;
		snprintf(group, sizeof(group), "%s%s%s%s%s", n->dc,
			 *n->dc && *n->room ? "/" : "", n->room,
			 (*n->dc || *n->room) && *n->rack ? "/" : "", n->rack);
		err = graph_node(g, n->name, &node);
		if (!err)
			err = graph_set_group(g, node, group);
	}
	return err;
}

/* ---- Prometheus ---- */

/* The info first: an edge is kept by its kind. It alone makes none of use. */
enum metric { INFO, OFFSET, ERROR, DELAY, METRICS };

struct query {
	struct graph *graph;
	enum metric metric;
	size_t taken, skipped;
	const char *why;
	char room[PROM_WHY_SIZE];
	int err;
};

/* Without an error yet, it says nothing. */
static int add(struct graph *g, const struct prom_sample *s, int64_t offset_ns)
{
	struct edge edge = {.offset_ns = offset_ns,
			    .error_ns = EDGE_NS_MAX,
			    .delay_ns = -1,
			    .kind = s->kind,
			    .stamping = s->stamping,
			    .is_interleaved = s->is_interleaved};

	strcpy(edge.from, s->from);
	strcpy(edge.to, s->to);
	return graph_add(g, &edge);
}

static int take_sample(const struct prom_sample *s, void *arg)
{
	struct query *q = arg;
	struct graph_edge *e;
	uint32_t from, to;

	q->taken++;
	if (graph_node(q->graph, s->from, &from) ||
	    graph_node(q->graph, s->to, &to))
		return -ENOMEM;
	e = graph_edit(q->graph, from, to);
	if (!e && q->metric > OFFSET)
		return 0; /* it came between two queries */
	if (!e)
		return add(q->graph, s, q->metric == OFFSET ? s->ns : 0);
	if (q->metric == OFFSET)
		e->offset_ns = s->ns;
	else if (q->metric == ERROR && s->ns >= 0)
		e->error_ns = s->ns;
	else if (q->metric == DELAY && s->ns >= 0)
		e->delay_ns = s->ns;
	return 0;
}

static void take_answer(size_t index, const char *why, const char *body,
			size_t size, void *arg)
{
	struct query *q = arg;

	(void)index;
	if (why && !(body && prom_refusal(body, size, q->room)))
		snprintf(q->room, sizeof(q->room), "%s", why);
	else if (!why)
		q->err = prom_parse(body, size, take_sample, q, &q->skipped,
				    q->room);
	if (q->err == -ENOMEM)
		snprintf(q->room, sizeof(q->room), "no memory");
	q->why = *q->room ? q->room : NULL;
}

/* http://HOST[:PORT][/PREFIX], HOST in brackets if it has colons. */
static bool split_url(const char *url, char host[HOST_SIZE], uint16_t *ret_port,
		      const char **ret_prefix)
{
	static const char scheme[] = "http://";
	const bool is_bracketed = !strncmp(url, "http://[", 8);
	size_t n;
	long port = PROM_PORT;
	char *end;

	if (strncmp(url, scheme, strlen(scheme)) != 0)
		return false;
	url += strlen(scheme) + is_bracketed;
	n = strcspn(url, is_bracketed ? "]" : ":/");
	if (n == 0 || n >= HOST_SIZE || (is_bracketed && url[n] != ']'))
		return false;
	memcpy(host, url, n);
	host[n] = '\0';
	url += n + is_bracketed;
	if (*url == ':') {
		port = strtol(url + 1, &end, 10);
		if (end == url + 1 || port < 1 || port > 65535)
			return false;
		url = end;
	}
	*ret_port = (uint16_t)port;
	*ret_prefix = url;
	return *url == '\0' || *url == '/';
}

static int ask_prometheus(const struct input *in, struct graph *g)
{
	static const char *const metric[METRICS] = {
		EDGE_METRIC_INFO, EDGE_METRIC_OFFSET, EDGE_METRIC_ERROR,
		EDGE_METRIC_DELAY};
	static const struct fetch_limits limits = {PROM_MS, PROM_SILENCE_MS,
						   PROM_BYTES_MAX, true};
	char host[HOST_SIZE], path[PATH_SIZE];
	const char *prefix;
	uint16_t port;

	if (!split_url(in->prometheus, host, &port, &prefix))
		return say(in, in->prometheus,
			   "it is no http://HOST[:PORT][/PREFIX] (to one "
			   "with https, by a proxy)",
			   -EINVAL);
	for (int m = INFO; m < METRICS; m++) {
		const struct fetch_from from = {host, port, path};
		struct query q = {.graph = g, .metric = (enum metric)m};
		const int n = snprintf(
			path, sizeof(path), "%.300s%sapi/v1/query?query=%s",
			prefix,
			*prefix && prefix[strlen(prefix) - 1] == '/' ? "" : "/",
			metric[m]);

		if (n >= PATH_SIZE ||
		    fetch_all(&from, 1, &limits, take_answer, &q))
			return say(in, in->prometheus, "no memory", -ENOMEM);
		if (q.why)
			return say(in, in->prometheus, q.why, -EPROTO);
		if (q.taken == 0 && (m == OFFSET || m == ERROR))
			return say(in, in->prometheus,
				   "it has no " EDGE_METRIC_OFFSET
				   " with labels from and to: does it scrape "
				   "the agents?",
				   -ENODATA);
	}
	return 0;
}

/* ---- the whole ---- */

static int read_with_fleet(const struct input *in, struct graph *g)
{
	char why[FLEET_WHY_SIZE];
	struct fleet *f;
	int err = fleet_read(in->fleet, &f, why);

	if (err) {
		fprintf(stderr, "%s: %s\n", in->program, why);
		return err;
	}
	if (in->csv)
		err = read_csv(in, g);
	else if (in->prometheus)
		err = ask_prometheus(in, g);
	else
		err = ask_agents(f, g);
	if (!err)
		err = set_groups(f, g);
	if (err == -ENOMEM)
		say(in, in->fleet, strerror(ENOMEM), err);
	fleet_free(f);
	return err;
}

int input_read(const struct input *in, struct graph *ret)
{
	struct graph g = {0};
	int err = in->fleet ? read_with_fleet(in, &g)
		  : in->csv ? read_csv(in, &g)
			    : ask_prometheus(in, &g);

	if (!err && g.edges == 0 && !(in->fleet && g.nodes > 0)) {
		fprintf(stderr, "%s: %s has a header and no edge\n",
			in->program, in->csv);
		err = -ENODATA;
	}
	if (err)
		graph_drop(&g);
	else
		*ret = g;
	return err;
}
