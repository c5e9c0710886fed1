/* SPDX-License-Identifier: Apache-2.0 */
/* Rings of hashes, and who comes next on them. See pick.h. */
#include "tools/skew/pick.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define SLOT_RACK    0
#define SLOT_OUTSIDE 1
#define NONE	     UINT32_MAX
#define NEAREST_MAX  4 /* predecessors on a ring that are looked at */

_Static_assert(PICK_PEERS_MAX >= PICK_K_MAX, "room for k");
_Static_assert(PICK_PEERS_MAX >= PICK_MESH_MAX - 1, "room for a mesh");

/* The finalizer of splitmix64 (Steele et al. 2014): a bijection, so that
 * different keys never meet on a ring. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* FNV-1a, 64 bits. */
static uint64_t fnv(uint64_t h, const char *text)
{
	for (; text && *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}

uint64_t pick_key(const char *name)
{
	return mix(fnv(UINT64_C(0xcbf29ce484222325), name));
}

uint64_t pick_rack(const char *dc, const char *room, const char *rack)
{
	const char *const label[] = {dc, room, rack};
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	bool is_known = false;

	for (int i = 0; i < 3; i++) {
		is_known |= label[i] && *label[i];
		h = fnv(fnv(h, label[i]), "\n");
	}
	return is_known ? mix(h) | 1 : 0;
}

/* What tells a ring from another. */
static uint64_t ring_salt(const struct pick_options *opt, unsigned slot)
{
	const uint64_t turn = (opt->epoch + slot) / opt->k;

	return mix(mix(opt->seed + UINT64_C(0x9e3779b97f4a7c15)) ^
		   mix(turn * 64 + slot + 1));
}

static uint64_t place(const struct pick_node *node, uint64_t salt)
{
	return mix(node->key ^ salt);
}

static bool is_among(uint32_t i, const uint32_t *list, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		if (list[j] == i)
			return true;
	}
	return false;
}

/* Whom a slot knows. */
static bool is_candidate(const struct pick_node *self,
			 const struct pick_node *other, unsigned slot,
			 bool is_open)
{
	if (is_open || slot > SLOT_OUTSIDE)
		return true;
	return (self->rack == other->rack) == (slot == SLOT_RACK);
}

/* The next on the ring that is nobody's yet; NONE: there is no such. */
static uint32_t next_on_ring(const struct pick_node *node, size_t n,
			     size_t self, const struct pick_options *opt,
			     unsigned slot, bool is_open, const uint32_t *taken,
			     size_t count)
{
	const uint64_t salt = ring_salt(opt, slot);
	const uint64_t own = place(&node[self], salt);
	uint64_t best = UINT64_MAX;
	uint32_t ret = NONE;

	for (size_t i = 0; i < n; i++) {
		uint64_t way;

		if (i == self ||
		    !is_candidate(&node[self], &node[i], slot, is_open))
			continue;
		way = place(&node[i], salt) - own;
		if (way <= best && !is_among((uint32_t)i, taken, count)) {
			best = way;
			ret = (uint32_t)i;
		}
	}
	return ret;
}

static size_t mesh(size_t n, size_t self, uint32_t ret[PICK_PEERS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (i != self)
			ret[count++] = (uint32_t)i;
	}
	return count;
}

static void check_arguments(size_t n, size_t self,
			    const struct pick_options *opt)
{
	assert(self < n && n < NONE);
	assert(opt->k >= PICK_K_MIN && opt->k <= PICK_K_MAX);
}

size_t pick_peers(const struct pick_node *node, size_t n, size_t self,
		  const struct pick_options *opt, uint32_t ret[PICK_PEERS_MAX])
{
	size_t count = 0;

	check_arguments(n, self, opt);
	if (n <= PICK_MESH_MAX)
		return mesh(n, self, ret);
	for (unsigned slot = 0; slot < opt->k && count < n - 1; slot++) {
		uint32_t next = next_on_ring(node, n, self, opt, slot, false,
					     ret, count);

		if (next == NONE)
			next = next_on_ring(node, n, self, opt, slot, true, ret,
					    count);
		ret[count++] = next;
	}
	return count;
}

/* ---- from the other side ---- */

/* The nearest before the target on one ring, by their way to it. */
struct nearest {
	uint64_t way[NEAREST_MAX];
	uint32_t index[NEAREST_MAX];
	size_t count;
};

static void nearest_add(struct nearest *l, uint64_t way, uint32_t index)
{
	size_t i;

	if (l->count == NEAREST_MAX && way >= l->way[NEAREST_MAX - 1])
		return;
	if (l->count < NEAREST_MAX)
		l->count++;
	for (i = l->count - 1; i > 0 && l->way[i - 1] > way; i--) {
		l->way[i] = l->way[i - 1];
		l->index[i] = l->index[i - 1];
	}
	l->way[i] = way;
	l->index[i] = index;
}

static void find_nearest(const struct pick_node *node, size_t n, size_t target,
			 const struct pick_options *opt, unsigned slot,
			 struct nearest *ret)
{
	const uint64_t salt = ring_salt(opt, slot);
	const uint64_t own = place(&node[target], salt);

	ret->count = 0;
	for (size_t i = 0; i < n; i++) {
		if (i != target &&
		    is_candidate(&node[i], &node[target], slot, false))
			nearest_add(ret, own - place(&node[i], salt),
				    (uint32_t)i);
	}
}

size_t pick_probers(const struct pick_node *node, size_t n, size_t target,
		    const struct pick_options *opt,
		    uint32_t ret[PICK_PROBERS_MAX])
{
	struct nearest near[PICK_K_MAX];
	size_t count = 0;

	check_arguments(n, target, opt);
	if (n <= PICK_MESH_MAX)
		return mesh(n, target, ret);
	for (unsigned slot = 0; slot < opt->k; slot++)
		find_nearest(node, n, target, opt, slot, &near[slot]);
	for (size_t i = 0; i < NEAREST_MAX; i++) {
		for (unsigned slot = 0; slot < opt->k; slot++) {
			uint32_t peer[PICK_PEERS_MAX];
			const uint32_t who = i < near[slot].count
						     ? near[slot].index[i]
						     : NONE;

			if (who == NONE || is_among(who, ret, count) ||
			    count == PICK_PROBERS_MAX)
				continue;
			if (is_among((uint32_t)target, peer,
				     pick_peers(node, n, who, opt, peer)))
				ret[count++] = who;
		}
	}
	return count;
}

/* ---- all at once ---- */

struct ring_place {
	uint64_t rack; /* 0 but on the ring of racks, which it divides */
	uint64_t place;
	uint32_t index;
};

struct pick_plan {
	const struct pick_node *node;
	size_t n;
	struct pick_options opt;
	struct ring_place *ring; /* k of n each; the rack's is sorted by rack */
	struct ring_place *open; /* slot 0 without racks, for lone nodes */
	/* By place of the ring of SLOT_OUTSIDE: the next one on it of another
	 * rack; NONE: there is but one rack. */
	uint32_t *outside;
};

static int compare(const void *a, const void *b)
{
	const struct ring_place *x = a, *y = b;

	if (x->rack != y->rack)
		return x->rack < y->rack ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static void sort_ring(const struct pick_plan *p, struct ring_place *ring,
		      unsigned slot, bool by_rack)
{
	const uint64_t salt = ring_salt(&p->opt, slot);

	for (size_t i = 0; i < p->n; i++)
		ring[i] = (struct ring_place){.rack = by_rack ? p->node[i].rack
							      : 0,
					      .place = place(&p->node[i], salt),
					      .index = (uint32_t)i};
	qsort(ring, p->n, sizeof(*ring), compare);
}

/* Twice round from behind, so that the last ones know what comes first. */
static void find_outside(struct pick_plan *p)
{
	const struct ring_place *ring = p->ring + SLOT_OUTSIDE * p->n;
	uint32_t next = NONE;

	for (size_t i = 2 * p->n; i-- > 0;) {
		const size_t at = i % p->n, after = (at + 1) % p->n;

		if (p->node[ring[at].index].rack !=
		    p->node[ring[after].index].rack)
			next = (uint32_t)after;
		p->outside[at] = next;
	}
}

int pick_plan_new(const struct pick_node *node, size_t n,
		  const struct pick_options *opt, struct pick_plan **ret)
{
	struct pick_plan *p = calloc(1, sizeof(*p));

	check_arguments(n, 0, opt);
	if (!p)
		return -ENOMEM;
	p->node = node;
	p->n = n;
	p->opt = *opt;
	*ret = p;
	if (n <= PICK_MESH_MAX)
		return 0;
	p->ring = calloc(n * opt->k, sizeof(*p->ring));
	p->open = calloc(n, sizeof(*p->open));
	p->outside = calloc(n, sizeof(*p->outside));
	if (!p->ring || !p->open || !p->outside) {
		pick_plan_free(p);
		return -ENOMEM;
	}
	for (unsigned slot = 0; slot < opt->k; slot++)
		sort_ring(p, p->ring + slot * n, slot, slot == SLOT_RACK);
	sort_ring(p, p->open, SLOT_RACK, false);
	find_outside(p);
	return 0;
}

void pick_plan_free(struct pick_plan *plan)
{
	if (!plan)
		return;
	free(plan->ring);
	free(plan->open);
	free(plan->outside);
	free(plan);
}

/* Where `key` is, or would be, in a sorted ring. */
static size_t find(const struct ring_place *ring, size_t n,
		   const struct ring_place *key)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (compare(&ring[mid], key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Go on from oneself over [from, from + len), round and round once. All of them
 * are candidates, of whom at most `count` are taken. */
static uint32_t walk(const struct ring_place *ring, size_t from, size_t len,
		     size_t own, const uint32_t *taken, size_t count)
{
	for (size_t i = 1; i < len; i++) {
		const uint32_t index =
			ring[from + (own - from + i) % len].index;

		if (!is_among(index, taken, count))
			return index;
	}
	return NONE;
}

/* The same on the ring of SLOT_OUTSIDE, past one's own rack at once. */
static uint32_t walk_outside(const struct pick_plan *p, size_t own,
			     const uint32_t *taken, size_t count)
{
	const struct ring_place *ring = p->ring + SLOT_OUTSIDE * p->n;
	const uint64_t rack = p->node[ring[own].index].rack;
	size_t at = own;

	/* A step to a node outside, or over a run of one's own rack to it: at
	 * most two for each that is taken. */
	for (size_t i = 0; i < 2 * PICK_PEERS_MAX + 2; i++) {
		if (p->node[ring[at].index].rack != rack)
			at = (at + 1) % p->n;
		else if (p->outside[at] != NONE)
			at = p->outside[at];
		else
			return NONE;
		if (p->node[ring[at].index].rack != rack &&
		    !is_among(ring[at].index, taken, count))
			return ring[at].index;
	}
	return NONE;
}

/* As next_on_ring(). */
static uint32_t next_in_plan(const struct pick_plan *p, size_t self,
			     unsigned slot, bool is_open, const uint32_t *taken,
			     size_t count)
{
	const bool by_rack = slot == SLOT_RACK && !is_open;
	const struct ring_place *ring =
		slot == SLOT_RACK && is_open ? p->open : p->ring + slot * p->n;
	struct ring_place own = {.rack = by_rack ? p->node[self].rack : 0};
	size_t from = 0, to = p->n, at;

	if (by_rack) {
		from = find(ring, p->n, &own);
		own.place = UINT64_MAX;
		to = find(ring, p->n, &own);
		if (to < p->n && !compare(&ring[to], &own))
			to++;
	}
	own.place = place(&p->node[self], ring_salt(&p->opt, slot));
	at = find(ring, p->n, &own);
	return slot == SLOT_OUTSIDE && !is_open
		       ? walk_outside(p, at, taken, count)
		       : walk(ring, from, to - from, at, taken, count);
}

size_t pick_plan_peers(const struct pick_plan *plan, size_t self,
		       uint32_t ret[PICK_PEERS_MAX])
{
	size_t count = 0;

	check_arguments(plan->n, self, &plan->opt);
	if (plan->n <= PICK_MESH_MAX)
		return mesh(plan->n, self, ret);
	for (unsigned slot = 0; slot < plan->opt.k && count < plan->n - 1;
	     slot++) {
		uint32_t next =
			next_in_plan(plan, self, slot, false, ret, count);

		if (next == NONE)
			next = next_in_plan(plan, self, slot, true, ret, count);
		ret[count++] = next;
	}
	return count;
}
