/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linearizability of one key. See history.h.
 *
 * The search places the operations one after the other: next comes one whose
 * begin is before the first end of those not placed yet, and whose read is what
 * is there now. Where none fits it takes back the last one. What was tried is
 * remembered as (set of operations placed, value): the set by a sum of 128
 * random bits each, so that two sets are taken for one with a probability of
 * some 2^-90 in a history of a million.
 *
 * Operations whose outcome is not known: what they wrote was read by somebody,
 * and then they were done before that read was over; or nobody ever read it, and
 * they are left out, as if they had not been done.
 */
#include <assert.h>
#include <stdlib.h>

#include "ledger/history.h"

struct event { /* a begin or an end, in a list that shrinks and grows */
	int64_t t_ns;
	size_t op;	/* in the history */
	size_t partner; /* of a begin: its end; of an end: SIZE_MAX */
	size_t prev, next;
};

struct step {
	size_t begin;
	int64_t value;
};

struct tried {
	uint64_t hash[2];
};

struct search {
	const struct history *h;
	int key;
	struct event *event; /* [0] is the head of the list */
	size_t count;
	struct step *stack;
	size_t depth, deepest, stuck;
	struct tried *memo; /* open addressing; size a power of 2 */
	size_t memo_size, memo_used;
};

static const struct access *access_of(const struct op *o, int key)
{
	for (int i = 0; i < o->count; i++)
		if (o->at[i].key == key)
			return &o->at[i];
	return NULL;
}

/* splitmix64 */
static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static struct tried with(struct tried t, uint64_t op)
{
	t.hash[0] += mix(2 * op);
	t.hash[1] += mix(2 * op + 1);
	return t;
}

static struct tried without(struct tried t, uint64_t op)
{
	t.hash[0] -= mix(2 * op);
	t.hash[1] -= mix(2 * op + 1);
	return t;
}

static bool insert(struct tried *memo, size_t size, struct tried t)
{
	size_t i = t.hash[0] & (size - 1);

	while (memo[i].hash[0] | memo[i].hash[1]) {
		if (memo[i].hash[0] == t.hash[0] &&
		    memo[i].hash[1] == t.hash[1])
			return false;
		i = (i + 1) & (size - 1);
	}
	memo[i] = t;
	return true;
}

/* False: we have been here. */
static bool is_new(struct search *s, struct tried t, int64_t value)
{
	struct tried *bigger;

	t.hash[0] ^= mix((uint64_t)value);
	t.hash[1] ^= mix(~(uint64_t)value);
	if (2 * s->memo_used >= s->memo_size) {
		bigger = calloc(2 * s->memo_size, sizeof(*bigger));
		assert(bigger);
		for (size_t i = 0; i < s->memo_size; i++)
			if (s->memo[i].hash[0] | s->memo[i].hash[1])
				insert(bigger, 2 * s->memo_size, s->memo[i]);
		free(s->memo);
		s->memo = bigger;
		s->memo_size *= 2;
	}
	if (!insert(s->memo, s->memo_size, t))
		return false;
	s->memo_used++;
	return true;
}

/* --- the list ------------------------------------------------------------ */

struct write {
	int64_t value, read_ns; /* the first end of a read of it */
};

static int by_value(const void *a, const void *b)
{
	const struct write *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->read_ns < y->read_ns ? -1 : x->read_ns > y->read_ns;
}

/* Begins before ends at one moment: then they overlap. */
static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->t_ns != y->t_ns)
		return x->t_ns < y->t_ns ? -1 : 1;
	return (y->partner != SIZE_MAX) - (x->partner != SIZE_MAX);
}

/* When an operation without an end was over at the latest; NOT_KNOWN: nobody
 * saw what it wrote. */
static int64_t seen_ns(const struct write *read, size_t count, int64_t value)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (read[mid].value < value)
			low = mid + 1;
		else
			high = mid;
	}
	return low < count && read[low].value == value ? read[low].read_ns
						       : NOT_KNOWN;
}

static size_t reads_of_key(const struct search *s, struct write *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < s->h->count; i++) {
		const struct op *o = &s->h->op[i];
		const struct access *a = access_of(o, s->key);

		if (a && a->read > 0 && o->end_ns != NOT_KNOWN)
			ret[count++] = (struct write){a->read, o->end_ns};
	}
	qsort(ret, count, sizeof(*ret), by_value);
	return count;
}

static void add_events(struct search *s, size_t op, int64_t end_ns)
{
	s->event[s->count++] = (struct event){
		.t_ns = s->h->op[op].begin_ns, .op = op, .partner = 0};
	s->event[s->count++] =
		(struct event){.t_ns = end_ns, .op = op, .partner = SIZE_MAX};
}

static void link_events(struct search *s)
{
	size_t *end_of = malloc((s->h->count + 1) * sizeof(*end_of));

	assert(end_of);
	qsort(s->event + 1, s->count - 1, sizeof(*s->event), by_time);
	for (size_t i = 1; i < s->count; i++)
		if (s->event[i].partner == SIZE_MAX)
			end_of[s->event[i].op] = i;
	for (size_t i = 0; i < s->count; i++) {
		s->event[i].prev = i - 1;
		s->event[i].next = i + 1 < s->count ? i + 1 : 0;
		if (i > 0 && s->event[i].partner != SIZE_MAX)
			s->event[i].partner = end_of[s->event[i].op];
	}
	free(end_of);
}

static void make_list(struct search *s)
{
	struct write *read = malloc((s->h->count + 1) * sizeof(*read));
	size_t reads;

	assert(read);
	s->event = calloc(2 * s->h->count + 1, sizeof(*s->event));
	s->stack = calloc(s->h->count + 1, sizeof(*s->stack));
	assert(s->event && s->stack);
	s->count = 1;
	reads = reads_of_key(s, read);
	for (size_t i = 0; i < s->h->count; i++) {
		const struct op *o = &s->h->op[i];
		const struct access *a = access_of(o, s->key);
		int64_t end_ns = o->end_ns;

		if (a && end_ns == NOT_KNOWN)
			end_ns = seen_ns(read, reads, a->value);
		if (a && end_ns != NOT_KNOWN && end_ns >= o->begin_ns)
			add_events(s, i, end_ns);
	}
	free(read);
	link_events(s);
}

static void take_out(struct search *s, size_t i)
{
	s->event[s->event[i].prev].next = s->event[i].next;
	if (s->event[i].next)
		s->event[s->event[i].next].prev = s->event[i].prev;
}

static void put_back(struct search *s, size_t i)
{
	s->event[s->event[i].prev].next = i;
	if (s->event[i].next)
		s->event[s->event[i].next].prev = i;
}

/* --- the search ---------------------------------------------------------- */

static bool place(struct search *s, size_t begin, struct tried *placed,
		  int64_t *value)
{
	const struct event *e = &s->event[begin];
	const struct access *a = access_of(&s->h->op[e->op], s->key);
	const int64_t before = *value;
	const int64_t after = a->value ? a->value : before;

	/* What an operation of unknown outcome found was told to nobody. */
	if (s->h->op[e->op].end_ns != NOT_KNOWN && a->read != NOT_READ &&
	    a->read != before)
		return false;
	if (!is_new(s, with(*placed, e->op), after))
		return false;
	*placed = with(*placed, e->op);
	*value = after;
	s->stack[s->depth++] = (struct step){begin, before};
	take_out(s, begin);
	take_out(s, e->partner);
	return true;
}

static bool search(struct search *s)
{
	struct tried placed = {{1, 1}};
	int64_t value = 0;
	size_t at = s->event[0].next;

	while (s->event[0].next) {
		if (s->event[at].partner != SIZE_MAX) {
			at = place(s, at, &placed, &value) ? s->event[0].next
							   : s->event[at].next;
			continue;
		}
		if (s->depth >= s->deepest) {
			s->deepest = s->depth;
			s->stuck = s->event[at].op;
		}
		if (s->depth == 0)
			return false;
		s->depth--;
		at = s->stack[s->depth].begin;
		value = s->stack[s->depth].value;
		placed = without(placed, s->event[at].op);
		put_back(s, s->event[at].partner);
		put_back(s, at);
		at = s->event[at].next;
	}
	return true;
}

bool linear_check(const struct history *h, int key, size_t *ret_op)
{
	struct search s = {.h = h, .key = key, .memo_size = 1024};
	bool is_linear;

	s.memo = calloc(s.memo_size, sizeof(*s.memo));
	assert(s.memo);
	make_list(&s);
	is_linear = search(&s);
	if (!is_linear)
		*ret_op = s.stuck;
	free(s.memo);
	free(s.stack);
	free(s.event);
	return is_linear;
}
