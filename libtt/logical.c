/* SPDX-License-Identifier: Apache-2.0 */
/* Lamport and vector clocks: tt/logical.h has the contract. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tt/logical.h"

struct tt_vector {
	size_t size; /* counters held; those beyond are 0 */
	size_t room;
	uint64_t *counts; /* NULL while room is 0 */
};

/* Acquire and release pair with one another: whoever gets the later number has
 * seen what went before the earlier. Lock-free: an exchange fails because
 * another thread's has succeeded. */
int tt_lamport_observe(struct tt_lamport *clk, uint64_t remote, uint64_t *ret)
{
	uint64_t last, next;

	if (clk == NULL || ret == NULL)
		return -EINVAL;
	last = __atomic_load_n(&clk->last, __ATOMIC_RELAXED);
	do {
		next = last > remote ? last : remote;
		if (next == UINT64_MAX)
			return -ERANGE;
		next++;
	} while (!__atomic_compare_exchange_n(&clk->last, &last, next, true,
					      __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	*ret = next;
	return 0;
}

int tt_lamport_tick(struct tt_lamport *clk, uint64_t *ret)
{
	return tt_lamport_observe(clk, 0, ret);
}

int tt_lamport_compare(uint64_t a, uint64_t a_node, uint64_t b, uint64_t b_node)
{
	if (a != b)
		return a < b ? -1 : 1;
	return (a_node > b_node) - (a_node < b_node);
}

/* Room for `nodes`, those new being 0. */
static int make_room(struct tt_vector *v, size_t nodes)
{
	size_t room = v->room < 4 ? 4 : v->room;
	uint64_t *counts;

	if (nodes > TT_VECTOR_NODES_MAX)
		return -ERANGE;
	if (nodes <= v->room)
		return 0;
	while (room < nodes)
		room *= 2;
	counts = realloc(v->counts, room * sizeof(*counts));
	if (counts == NULL)
		return -ENOMEM;
	memset(&counts[v->room], 0, (room - v->room) * sizeof(*counts));
	v->counts = counts;
	v->room = room;
	return 0;
}

int tt_vector_new(size_t nodes, struct tt_vector **ret)
{
	struct tt_vector *v;
	int rc;

	if (ret == NULL)
		return -EINVAL;
	v = calloc(1, sizeof(*v));
	if (v == NULL)
		return -ENOMEM;
	rc = make_room(v, nodes);
	if (rc < 0)
		free(v);
	else
		*ret = v;
	return rc;
}

void tt_vector_free(struct tt_vector *v)
{
	if (v == NULL)
		return;
	free(v->counts);
	free(v);
}

uint64_t tt_vector_get(const struct tt_vector *v, size_t node)
{
	return v != NULL && node < v->size ? v->counts[node] : 0;
}

/* There is room for them. */
static void take_greater(struct tt_vector *v, const struct tt_vector *other)
{
	for (size_t i = 0; i < other->size; i++)
		if (other->counts[i] > v->counts[i])
			v->counts[i] = other->counts[i];
	if (other->size > v->size)
		v->size = other->size;
}

int tt_vector_merge(struct tt_vector *v, const struct tt_vector *other)
{
	int rc;

	if (v == NULL || other == NULL)
		return -EINVAL;
	rc = make_room(v, other->size);
	if (rc == 0)
		take_greater(v, other);
	return rc;
}

int tt_vector_copy(const struct tt_vector *v, struct tt_vector **ret)
{
	int rc;

	if (v == NULL || ret == NULL)
		return -EINVAL;
	rc = tt_vector_new(v->size, ret);
	if (rc == 0)
		take_greater(*ret, v);
	return rc;
}

int tt_vector_observe(struct tt_vector *v, size_t node,
		      const struct tt_vector *remote)
{
	size_t nodes = node + 1;
	int rc;

	if (v == NULL || remote == NULL)
		return -EINVAL;
	if (node >= TT_VECTOR_NODES_MAX ||
	    tt_vector_get(v, node) == UINT64_MAX ||
	    tt_vector_get(remote, node) == UINT64_MAX)
		return -ERANGE;
	rc = make_room(v, nodes > remote->size ? nodes : remote->size);
	if (rc < 0)
		return rc;
	take_greater(v, remote);
	v->counts[node]++;
	if (nodes > v->size)
		v->size = nodes;
	return 0;
}

int tt_vector_tick(struct tt_vector *v, size_t node)
{
	static const struct tt_vector none = {0};

	return tt_vector_observe(v, node, &none);
}

int tt_vector_compare(const struct tt_vector *a, const struct tt_vector *b)
{
	const size_t size = a->size > b->size ? a->size : b->size;
	bool has_less = false, has_more = false;

	for (size_t i = 0; i < size; i++) {
		const uint64_t x = tt_vector_get(a, i), y = tt_vector_get(b, i);

		has_less |= x < y;
		has_more |= x > y;
	}
	if (has_less && has_more)
		return TT_VECTOR_CONCURRENT;
	if (has_less)
		return TT_VECTOR_BEFORE;
	return has_more ? TT_VECTOR_AFTER : TT_VECTOR_EQUAL;
}

/* Where bytes go; beyond size they are only counted. */
struct output {
	uint8_t *bytes;
	size_t size;
	size_t length;
};

static void put(struct output *out, uint64_t value)
{
	uint8_t byte;

	do {
		byte = value & 0x7f;
		value >>= 7;
		if (value != 0)
			byte |= 0x80;
		if (out->length < out->size)
			out->bytes[out->length] = byte;
		out->length++;
	} while (value != 0);
}

static void put_all(struct output *out, const struct tt_vector *v)
{
	size_t next = 0; /* the node whose gap would be 0 */

	for (size_t i = 0; i < v->size; i++) {
		if (v->counts[i] == 0)
			continue;
		put(out, i - next);
		put(out, v->counts[i]);
		next = i + 1;
	}
}

int tt_vector_encode(const struct tt_vector *v, uint8_t *ret, size_t size,
		     size_t *ret_length)
{
	struct output out = {ret, 0, 0};

	if (v == NULL || ret_length == NULL || (ret == NULL && size != 0))
		return -EINVAL;
	put_all(&out, v); /* counts: nothing is written if it does not fit */
	if (size != 0 && out.length > size)
		return -ERANGE;
	*ret_length = out.length;
	out.size = size;
	out.length = 0;
	put_all(&out, v);
	return 0;
}

struct input {
	const uint8_t *bytes;
	size_t length;
	size_t at;
};

/* In its shortest form only: one number, one sequence of bytes. */
static int get(struct input *in, uint64_t *ret)
{
	uint64_t value = 0;
	uint8_t byte;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		if (in->at == in->length)
			return -EPROTO;
		byte = in->bytes[in->at++];
		if (shift == 63 && byte > 1)
			return -EPROTO;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) != 0)
			continue;
		if (byte == 0 && shift != 0)
			return -EPROTO;
		*ret = value;
		return 0;
	}
	return -EPROTO;
}

static int get_all(struct input *in, struct tt_vector *v)
{
	uint64_t gap, count;
	size_t node;
	int rc;

	/* Each turn reads two bytes at least. */
	while (in->at < in->length) {
		rc = get(in, &gap);
		if (rc == 0)
			rc = get(in, &count);
		if (rc < 0)
			return rc;
		if (count == 0 || gap >= TT_VECTOR_NODES_MAX - v->size)
			return -EPROTO;
		node = v->size + (size_t)gap;
		rc = make_room(v, node + 1);
		if (rc < 0)
			return rc;
		v->counts[node] = count;
		v->size = node + 1;
	}
	return 0;
}

int tt_vector_decode(const uint8_t *in, size_t length, struct tt_vector **ret)
{
	struct input input = {in, length, 0};
	struct tt_vector *v;
	int rc;

	if (ret == NULL || (in == NULL && length != 0))
		return -EINVAL;
	rc = tt_vector_new(0, &v);
	if (rc < 0)
		return rc;
	rc = get_all(&input, v);
	if (rc < 0)
		tt_vector_free(v);
	else
		*ret = v;
	return rc;
}
