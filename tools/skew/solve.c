/* SPDX-License-Identifier: Apache-2.0 */
/* The map: a spanning tree first, then what the links leave over it. */
#include "tools/skew/solve.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tools/skew/solve_private.h"

#define DIRECT_MAX   1000 /* nodes: its exact errors take about a second */
#define ENTRIES_MAX  5e7  /* of a factor: 600 MB */
#define TOLERANCE    1e-6 /* of a link's error */
#define ROUNDING     1e-13
#define ROUNDS_QUICK 300
#define ROUNDS_MAX   20000
#define NOT_CHECKED  0.999F
#define SPREAD	     1000000 /* of errors, as in solve.h */
#define MEDIAN_OF    10001
#define BUCKETS	     512 /* 8 log2 of SOLVE_ERROR_NS_MAX are 495 */

void *solver_take(struct solve *out, size_t count, size_t size)
{
	out->bytes += (int64_t)(count * size);
	return calloc(count > 0 ? count : 1, size);
}

double solver_root_weight(const struct solver *s, size_t link)
{
	const int64_t ns = s->link[link].error_ns;

	if (ns > s->error_ns_max)
		return 0;
	return 1 / (double)(ns > s->error_ns_min ? ns : s->error_ns_min);
}

/* ---- which errors count ---- */

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Of links evenly spread over all. */
static int64_t median_error_ns(const struct solver *s)
{
	const size_t links = s->out->links;
	int64_t some[MEDIAN_OF];
	size_t n = 0;

	for (size_t i = 0; i < MEDIAN_OF && i < links; i++) {
		const size_t e =
			links <= MEDIAN_OF ? i : i * (links / MEDIAN_OF);

		if (s->link[e].error_ns < SOLVE_ERROR_NS_MAX)
			some[n++] = s->link[e].error_ns;
	}
	qsort(some, n, sizeof(*some), by_size);
	return n ? some[n / 2] : 0;
}

/* Errors SPREAD apart have weights of 10^12: of a double's 16 digits 4 are
 * left for what a link of the widest error alone can tell. */
static void limit_errors(struct solver *s)
{
	const int64_t median = median_error_ns(s);
	int64_t most = 0, least = INT64_MAX;

	s->error_ns_max = median < SOLVE_ERROR_NS_MAX / SPREAD
				  ? (median > 1 ? median : 1) * SPREAD
				  : SOLVE_ERROR_NS_MAX - 1;
	for (size_t e = 0; e < s->out->links; e++) {
		const int64_t ns = s->link[e].error_ns;

		if (ns > s->error_ns_max)
			continue;
		most = ns > most ? ns : most;
		least = ns < least ? ns : least;
	}
	s->error_ns_min = most / SPREAD > 1 ? most / SPREAD : 1;
	least = least > s->error_ns_min ? least : s->error_ns_min;
	s->spread = most > least ? (double)most / (double)least : 1;
}

double solver_tolerance(const struct solver *s, struct range g, double part)
{
	return fmax(part / (s->spread * sqrt((double)(g.end - g.first))),
		    ROUNDING);
}

/* ---- parts, and a tree in each ---- */

/* The links at each node. */
struct incidence {
	size_t *row;
	uint32_t *link;
};

/* Of some of the links. */
static int gather(struct solver *s, const uint32_t *list, size_t count,
		  struct incidence *ret)
{
	size_t *row =
		solver_take(s->out, (size_t)s->out->nodes + 2, sizeof(*row));
	uint32_t *at = solver_take(s->out, 2 * count, sizeof(*at));

	*ret = (struct incidence){row, at};
	if (!row || !at)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		row[s->link[list[i]].from + 2]++;
		row[s->link[list[i]].to + 2]++;
	}
	for (uint32_t i = 0; i < s->out->nodes; i++)
		row[i + 2] += row[i + 1];
	/* row[i + 1] runs from the row's beginning to its end. */
	for (size_t i = 0; i < count; i++) {
		at[row[s->link[list[i]].from + 1]++] = list[i];
		at[row[s->link[list[i]].to + 1]++] = list[i];
	}
	return 0;
}

static void drop_incidence(struct incidence *in)
{
	free(in->row);
	free(in->link);
}

/* ---- the tree of the best links ---- */

/* An eighth of an octave each. */
static unsigned bucket_of(const struct solver *s, size_t e)
{
	return (unsigned)(-8 * log2(solver_root_weight(s, e)));
}

/* The links that count, the best first, as far as buckets tell. */
static int sort_links(struct solver *s, uint32_t **ret, size_t *ret_count)
{
	size_t begin[BUCKETS + 1] = {0};
	uint32_t *list = solver_take(s->out, s->out->links, sizeof(*list));

	if (!list)
		return -ENOMEM;
	for (size_t e = 0; e < s->out->links; e++)
		if (solver_root_weight(s, e) > 0)
			begin[bucket_of(s, e) + 1]++;
		else
			s->out->links_unused++;
	for (int i = 0; i < BUCKETS; i++)
		begin[i + 1] += begin[i];
	for (size_t e = 0; e < s->out->links; e++)
		if (solver_root_weight(s, e) > 0)
			list[begin[bucket_of(s, e)]++] = (uint32_t)e;
	*ret = list;
	*ret_count = s->out->links - s->out->links_unused;
	return 0;
}

static uint32_t root_of(uint32_t *up, uint32_t i)
{
	while (up[i] != i) {
		up[i] = up[up[i]];
		i = up[i];
	}
	return i;
}

/* Kruskal, 1956. */
static int choose_tree(struct solver *s, const uint32_t *list, size_t count,
		       struct incidence *ret)
{
	const uint32_t n = s->out->nodes;
	uint32_t *up = solver_take(s->out, n, sizeof(*up));
	uint32_t *tree = solver_take(s->out, n, sizeof(*tree));
	size_t links = 0;
	int err = -ENOMEM;

	for (uint32_t i = 0; up && i < n; i++)
		up[i] = i;
	for (size_t i = 0; up && tree && i < count; i++) {
		const uint32_t a = root_of(up, s->link[list[i]].from);
		const uint32_t b = root_of(up, s->link[list[i]].to);

		if (a == b)
			continue;
		/* By number, which is chance enough to keep them low. */
		up[a > b ? a : b] = a > b ? b : a;
		tree[links++] = list[i];
	}
	if (up && tree)
		err = gather(s, tree, links, ret);
	free(up);
	free(tree);
	return err;
}

static uint32_t other_end(const struct solve_link *link, uint32_t node)
{
	return link->from == node ? link->to : link->from;
}

/* Everybody who can be reached from the node at place `first`. */
static uint32_t walk(struct solver *s, const struct incidence *in,
		     uint32_t first)
{
	uint32_t end = first + 1;

	for (uint32_t i = first; i < end; i++) {
		const uint32_t u = s->node[i];

		for (size_t k = in->row[u]; k < in->row[u + 1]; k++) {
			const struct solve_link *link = &s->link[in->link[k]];
			const uint32_t v = other_end(link, u);

			const double root = solver_root_weight(s, in->link[k]);

			if (s->place[v] != UINT32_MAX)
				continue;
			s->l.parent[end] = i;
			s->l.up[end] = root * root;
			s->place[v] = end;
			s->node[end] = v;
			s->level[end++] = s->level[i] +
					  (link->to == v ? link->offset_ns
							 : -link->offset_ns);
		}
	}
	return end;
}

static void find_parts(struct solver *s, const struct incidence *in)
{
	const uint32_t n = s->out->nodes;
	uint32_t end = 0;

	for (uint32_t i = 0; i < n; i++)
		s->place[i] = UINT32_MAX;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t first = end;

		if (s->place[i] != UINT32_MAX)
			continue;
		s->place[i] = first;
		s->node[first] = i;
		s->l.parent[first] = first;
		end = walk(s, in, first);
		s->range[s->out->parts++] = (struct range){first, end};
	}
}

static int most_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	const uint32_t n = x->end - x->first, m = y->end - y->first;

	if (n != m)
		return n < m ? 1 : -1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static int describe_parts(struct solver *s)
{
	struct solve *out = s->out;

	qsort(s->range, out->parts, sizeof(*s->range), most_first);
	out->part = solver_take(out, out->parts, sizeof(*out->part));
	if (!out->part)
		return -ENOMEM;
	for (uint32_t p = 0; p < out->parts; p++) {
		const struct range g = s->range[p];

		/* The walks began at the least of each. */
		out->part[p] =
			(struct solve_part){.nodes = g.end - g.first,
					    .first = s->node[g.first],
					    .is_exact = g.end - g.first == 1,
					    .has_converged = true};
		for (uint32_t i = g.first; i < g.end; i++)
			out->node[s->node[i]].part = p;
	}
	for (size_t e = 0; e < out->links; e++) {
		if (solver_root_weight(s, e) > 0)
			out->part[out->node[s->link[e].from].part].links++;
	}
	return 0;
}

static int fill_laplacian(struct solver *s, const struct incidence *in)
{
	struct laplacian *l = &s->l;
	const uint32_t n = s->out->nodes;
	const size_t entries = in->row[n];
	size_t k = 0;

	l->row = solver_take(s->out, (size_t)n + 1, sizeof(*l->row));
	l->col = solver_take(s->out, entries, sizeof(*l->col));
	l->weight = solver_take(s->out, entries, sizeof(*l->weight));
	l->diagonal = solver_take(s->out, n, sizeof(*l->diagonal));
	if (!l->row || !l->col || !l->weight || !l->diagonal)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t u = s->node[i];

		for (size_t at = in->row[u]; at < in->row[u + 1]; at++, k++) {
			const uint32_t e = in->link[at];
			const double root = solver_root_weight(s, e);

			l->col[k] = s->place[other_end(&s->link[e], u)];
			l->weight[k] = root * root;
			l->diagonal[i] += root * root;
		}
		l->row[i + 1] = k;
	}
	return 0;
}

static int order_nodes(struct solver *s, const uint32_t *list, size_t count)
{
	struct incidence tree = {NULL, NULL};
	int err = choose_tree(s, list, count, &tree);

	if (!err)
		find_parts(s, &tree);
	drop_incidence(&tree);
	return err;
}

static int set_up(struct solver *s)
{
	struct incidence all = {NULL, NULL};
	uint32_t *list = NULL;
	size_t count = 0;
	int err = sort_links(s, &list, &count);

	if (!err)
		err = order_nodes(s, list, count);
	if (!err)
		err = describe_parts(s);
	if (!err)
		err = gather(s, list, count, &all);
	if (!err)
		err = fill_laplacian(s, &all);
	if (!err)
		cg_factor(&s->l, s->out->nodes);
	drop_incidence(&all);
	free(list);
	return err;
}

/* ---- what the links leave over the tree ---- */

void solver_clear(const struct solver *s)
{
	for (uint32_t i = 0; i < s->out->nodes; i++)
		s->b[i] = 0;
}

void solver_add(const struct solver *s, size_t link, double value)
{
	const struct solve_link *e = &s->link[link];
	const double push = value * solver_root_weight(s, link);

	s->b[s->place[e->to]] += push;
	s->b[s->place[e->from]] -= push;
}

static double rest_ns(const struct solver *s, size_t link)
{
	const struct solve_link *e = &s->link[link];

	return (double)(e->offset_ns - (s->level[s->place[e->to]] -
					s->level[s->place[e->from]]));
}

/* Conjugate gradients where they are quick, else a factor where there is room
 * for it, else conjugate gradients to the end. */
static int solve_part(struct solver *s, uint32_t p, struct direct **direct)
{
	const uint32_t direct_max =
		s->opt->direct_max ? s->opt->direct_max : DIRECT_MAX;
	const struct range g = s->range[p];
	const double tolerance = solver_tolerance(s, g, TOLERANCE);
	struct solve_part *part = &s->out->part[p];
	int err;

	if (part->nodes == 1)
		return 0;
	part->method = SOLVE_GRADIENTS;
	if (part->nodes > direct_max) {
		part->rounds = cg_solve(&s->l, g, s->b, tolerance, ROUNDS_QUICK,
					&s->room, s->x);
		if (part->rounds >= 0)
			return 0;
	}
	err = direct_new(&s->l, g, ENTRIES_MAX, direct);
	if (!err) {
		part->method = SOLVE_DIRECT;
		part->rounds = 0;
		s->out->bytes += (int64_t)(12 * direct_entries(*direct));
		direct_solve(*direct, g, s->b, s->x);
		return 0;
	}
	if (err == -ENOMEM && part->nodes <= direct_max)
		return err;
	part->rounds =
		cg_solve(&s->l, g, s->b, tolerance, ROUNDS_MAX, &s->room, s->x);
	part->has_converged = part->rounds >= 0;
	if (!part->has_converged)
		part->rounds = ROUNDS_MAX;
	return 0;
}

static int solve_parts(struct solver *s, struct direct **direct)
{
	int err = 0;

	solver_clear(s);
	for (size_t e = 0; e < s->out->links; e++)
		solver_add(s, e, rest_ns(s, e) * solver_root_weight(s, e));
	for (uint32_t p = 0; p < s->out->parts && !err; p++)
		err = solve_part(s, p, &direct[p]);
	return err;
}

/* ---- what is told of it ---- */

static int by_level(const void *a, const void *b)
{
	const wide_ns x = *(const wide_ns *)a, y = *(const wide_ns *)b;

	return x < y ? -1 : x > y;
}

static int64_t narrow(wide_ns ns)
{
	if (ns > INT64_MAX)
		return INT64_MAX;
	return ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

/* The levels become clocks; `sorted` has room for them. */
static void tell_offsets(struct solver *s, wide_ns *sorted)
{
	for (uint32_t i = 0; i < s->out->nodes; i++) {
		s->level[i] += llround(s->x[i]);
		sorted[i] = s->level[i];
	}
	for (uint32_t p = 0; p < s->out->parts; p++) {
		const struct range g = s->range[p];
		const uint32_t n = g.end - g.first;
		wide_ns median;

		qsort(sorted + g.first, n, sizeof(*sorted), by_level);
		median = sorted[g.first + n / 2];
		if (n % 2 == 0)
			median = (median + sorted[g.first + n / 2 - 1]) / 2;
		for (uint32_t i = g.first; i < g.end; i++)
			s->out->node[s->node[i]].offset_ns =
				narrow(median - s->level[i]);
	}
}

/* Before tell_offsets(). */
static void tell_residuals(struct solver *s)
{
	struct solve *out = s->out;
	double sum = 0, free_of = 0;

	for (size_t e = 0; e < out->links; e++) {
		const struct solve_link *link = &s->link[e];
		const double root = solver_root_weight(s, e);
		double r = rest_ns(s, e) - (s->x[s->place[link->to]] -
					    s->x[s->place[link->from]]);

		if (out->node[link->from].part != out->node[link->to].part)
			r = NAN;
		out->fit[e].residual_ns = (float)r;
		if (root > 0)
			sum += r * root * r * root;
		free_of += root > 0;
	}
	free_of -= (double)out->nodes - (double)out->parts;
	out->misfit = free_of > 0 ? sqrt(sum / free_of) : NAN;
}

static int tell(struct solver *s)
{
	wide_ns *sorted = solver_take(s->out, s->out->nodes, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	tell_residuals(s);
	tell_offsets(s, sorted);
	free(sorted);
	return 0;
}

/* ---- the whole ---- */

static int check(const struct solve_link *link, size_t links, uint32_t nodes)
{
	if (nodes == 0 || nodes > SOLVE_NODES_MAX || links > UINT32_MAX / 2)
		return -EINVAL;
	for (size_t e = 0; e < links; e++) {
		if (link[e].from >= nodes || link[e].to >= nodes ||
		    link[e].from == link[e].to || link[e].error_ns < 0)
			return -EINVAL;
	}
	return 0;
}

static int take_room(struct solver *s)
{
	struct solve *out = s->out;
	const size_t n = out->nodes;

	out->node = solver_take(out, n, sizeof(*out->node));
	out->fit = solver_take(out, out->links, sizeof(*out->fit));
	s->range = solver_take(out, n, sizeof(*s->range));
	s->node = solver_take(out, n, sizeof(*s->node));
	s->place = solver_take(out, n, sizeof(*s->place));
	s->level = solver_take(out, n, sizeof(*s->level));
	s->room.r = solver_take(out, n, sizeof(double));
	s->room.p = solver_take(out, n, sizeof(double));
	s->room.q = solver_take(out, n, sizeof(double));
	s->room.z = solver_take(out, n, sizeof(double));
	s->l.parent = solver_take(out, n, sizeof(*s->l.parent));
	s->l.up = solver_take(out, n, sizeof(double));
	s->l.pivot = solver_take(out, n, sizeof(double));
	s->b = solver_take(out, n, sizeof(double));
	s->x = solver_take(out, n, sizeof(double));
	return out->node && out->fit && s->range && s->node && s->place &&
			       s->level && s->room.r && s->room.p &&
			       s->room.q && s->room.z && s->l.parent &&
			       s->l.up && s->l.pivot && s->b && s->x
		       ? 0
		       : -ENOMEM;
}

static void drop_room(struct solver *s)
{
	free(s->range);
	free(s->node);
	free(s->place);
	free(s->level);
	free(s->room.r);
	free(s->room.p);
	free(s->room.q);
	free(s->room.z);
	free(s->l.parent);
	free(s->l.up);
	free(s->l.pivot);
	free(s->b);
	free(s->x);
	free(s->l.row);
	free(s->l.col);
	free(s->l.weight);
	free(s->l.diagonal);
}

static int run(struct solver *s)
{
	struct direct **direct;
	int err = take_room(s);

	limit_errors(s);
	if (err || (err = set_up(s)))
		return err;
	direct = solver_take(s->out, s->out->parts, sizeof(struct direct *));
	if (!direct)
		return -ENOMEM;
	err = solve_parts(s, direct);
	if (!err)
		err = tell(s);
	if (!err && s->opt->has_errors)
		err = solver_errors(s, direct);
	for (uint32_t p = 0; p < s->out->parts; p++)
		direct_free(direct[p]);
	free(direct);
	return err;
}

int solve_run(const struct solve_link *link, size_t links, uint32_t nodes,
	      const struct solve_options *opt, struct solve **ret)
{
	struct solver s = {.link = link, .opt = opt};
	int err = check(link, links, nodes);

	if (err)
		return err;
	s.out = calloc(1, sizeof(*s.out));
	if (!s.out)
		return -ENOMEM;
	s.out->nodes = nodes;
	s.out->links = links;
	err = run(&s);
	drop_room(&s);
	if (err)
		solve_free(s.out);
	else
		*ret = s.out;
	return err;
}

void solve_free(struct solve *s)
{
	if (!s)
		return;
	free(s->node);
	free(s->part);
	free(s->fit);
	free(s);
}

double solve_oddness(const struct solve_fit *fit, int64_t error_ns)
{
	if (fit->unchecked > NOT_CHECKED || isnan(fit->residual_ns))
		return 0;
	return fabs((double)fit->residual_ns) /
	       ((double)(error_ns > 1 ? error_ns : 1) *
		sqrt(1 - (double)fit->unchecked));
}

double solve_excess_ns(const struct solve_fit *fit)
{
	if (fit->unchecked > NOT_CHECKED)
		return NAN;
	return (double)fit->residual_ns / (1 - (double)fit->unchecked);
}
