/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what each hypothesis leaves unexplained. See verdict.h. */
#include "tools/skew/verdict.h"

#include <assert.h>

#define MARGIN 2

bool shift_is_consistent(const struct shift *s)
{
	return s->lo_ns <= 0 && s->hi_ns >= 0;
}

struct shift shift_turn(struct shift s)
{
	return (struct shift){.lo_ns = -s.hi_ns, .hi_ns = -s.lo_ns};
}

static size_t inconsistent(const struct shift *list, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !shift_is_consistent(&list[i]);
	return count;
}

static bool allows(const struct shift *s, int64_t ns)
{
	return s->lo_ns <= ns && ns <= s->hi_ns;
}

static size_t against(const struct shift *list, size_t n, int64_t ns)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !allows(&list[i], ns);
	return count;
}

/*
 * How many of `list` do not allow the shift that `edge` demands and most allow:
 * the most are met at the lower end of one of them all.
 */
static size_t unexplained(struct shift edge, const struct shift *list, size_t n)
{
	size_t best = against(list, n, edge.lo_ns);

	for (size_t i = 0; i < n; i++) {
		size_t count;

		if (!allows(&edge, list[i].lo_ns))
			continue;
		count = against(list, n, list[i].lo_ns);
		best = count < best ? count : best;
	}
	return best;
}

/*
 * Those of `list` that are consistent as they are, and could not be had their
 * node the shift that `edge` demands: they vouch for it.
 */
static size_t vouchers(struct shift edge, const struct shift *list, size_t n)
{
	struct shift ok[VERDICT_EDGES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (shift_is_consistent(&list[i]))
			ok[count++] = list[i];
	}
	return unexplained(edge, ok, count);
}

/* All is explained by it alone, or it is far ahead of both. */
static bool wins(size_t own, size_t a, size_t b)
{
	return (own == 0 && a > 0 && b > 0) ||
	       (own + MARGIN <= a && own + MARGIN <= b);
}

enum verdict verdict_decide(const struct evidence *e,
			    struct verdict_costs *ret_costs)
{
	const size_t bad_s = inconsistent(e->of_suspect, e->of_suspects);
	const size_t bad_p = inconsistent(e->of_prober, e->of_probers);
	struct verdict_costs c;

	assert(e->of_suspects <= VERDICT_EDGES_MAX &&
	       e->of_probers <= VERDICT_EDGES_MAX);
	c.suspect = unexplained(e->edge, e->of_suspect, e->of_suspects) + bad_p;
	c.prober =
		unexplained(shift_turn(e->edge), e->of_prober, e->of_probers) +
		bad_s;
	c.path = bad_s + bad_p;
	if (ret_costs)
		*ret_costs = c;
	if (wins(c.suspect, c.prober, c.path))
		return c.suspect + MARGIN <= c.path ||
				       vouchers(shift_turn(e->edge),
						e->of_prober, e->of_probers)
			       ? VERDICT_NODE
			       : VERDICT_NODE_LIKELY;
	if (wins(c.prober, c.suspect, c.path))
		return c.prober + MARGIN <= c.path ||
				       vouchers(e->edge, e->of_suspect,
						e->of_suspects)
			       ? VERDICT_PROBER
			       : VERDICT_PROBER_LIKELY;
	if (wins(c.path, c.suspect, c.prober))
		return VERDICT_PATH;
	return VERDICT_UNDECIDED;
}

const char *verdict_name(enum verdict v)
{
	static const char *const name[] = {"undecided", "node",	     "node",
					   "path",	"undecided", "undecided"};

	return name[v];
}
