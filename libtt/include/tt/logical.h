/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logical clocks, for those who need no clock at all: Lamport's ("Time, Clocks,
 * and the Ordering of Events in a Distributed System", CACM 1978) and vector
 * clocks (Fidge 1988, Mattern 1989). docs/which-clock.md says when.
 *
 * Results 0 or a negative errno, unless said otherwise; `ret` is written on
 * success only, and where a call fails nothing has changed.
 *   -EINVAL  NULL
 *   -ERANGE  a counter would pass 2^64 - 1, a node is none, a buffer too short
 *   -ENOMEM  from what makes or enlarges a vector
 *   -EPROTO  no encoded vector
 */
#ifndef TT_LOGICAL_H
#define TT_LOGICAL_H

#include <stddef.h>
#include <stdint.h>

#include <tt/tt.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Lamport's clock: if e happened before f, e's number is the lesser; the
 * converse does not hold. Begins as { 0 }, in memory of the caller's. Any
 * thread may call these, without locks, and in a signal handler; no two events
 * of one clock get the same number.
 */
struct tt_lamport {
	uint64_t last; /* the number of the last event */
};

/* The number of a local event, or of a message to be sent. */
TT_API int tt_lamport_tick(struct tt_lamport *clk, uint64_t *ret);

/* The number of the receipt of a message that carried `remote`. */
TT_API int tt_lamport_observe(struct tt_lamport *clk, uint64_t remote,
			      uint64_t *ret);

/* Lamport's total order: by number, then by node. < 0, 0 or > 0. */
TT_API int tt_lamport_compare(uint64_t a, uint64_t a_node, uint64_t b,
			      uint64_t b_node);

/*
 * A vector of counters, one for each node 0, 1, 2, ...; those it does not hold
 * are 0, so that vectors of different sizes compare, and nodes may join at any
 * time. e happened before f if and only if e's vector is before f's.
 *
 * A vector is a value: threads that share one, and write it, lock it. Not for
 * signal handlers, but for the reading calls.
 */
struct tt_vector; /* opaque */

/* Exclusive: what one message can make its receiver allocate is 512 KiB. */
#define TT_VECTOR_NODES_MAX 65536

enum tt_vector_order {
	TT_VECTOR_BEFORE = -1,
	TT_VECTOR_EQUAL = 0,
	TT_VECTOR_AFTER = 1,
	TT_VECTOR_CONCURRENT = 2
};

/* All zero, with room for `nodes`: within that nothing is allocated later. */
TT_API int tt_vector_new(size_t nodes, struct tt_vector **ret);
TT_API int tt_vector_copy(const struct tt_vector *v, struct tt_vector **ret);
TT_API void tt_vector_free(struct tt_vector *v); /* NULL is allowed */

/* 0 for nodes it does not hold, and for NULL. */
TT_API uint64_t tt_vector_get(const struct tt_vector *v, size_t node);

/* An event of `node`, or a message to be sent by it. */
TT_API int tt_vector_tick(struct tt_vector *v, size_t node);

/* Every counter becomes the greater of the two. */
TT_API int tt_vector_merge(struct tt_vector *v, const struct tt_vector *other);

/* The receipt by `node` of a message that carried `remote`: merge, tick. */
TT_API int tt_vector_observe(struct tt_vector *v, size_t node,
			     const struct tt_vector *remote);

/* An enum tt_vector_order: what a is to b. */
TT_API int tt_vector_compare(const struct tt_vector *a,
			     const struct tt_vector *b);

/*
 * For each counter that is not 0, by node: the number of nodes passed over
 * since the one before, and the counter, both as LEB128 (seven bits a byte, the
 * lowest first). So 0 counters cost nothing, small ones two bytes, and equal
 * vectors have equal bytes. `size` bytes are at ret, NULL if size is 0;
 * *ret_length is what was needed. -ERANGE: more than size, and not 0.
 */
TT_API int tt_vector_encode(const struct tt_vector *v, uint8_t *ret,
			    size_t size, size_t *ret_length);

/* A new vector of `length` bytes; any bytes may be there. -EPROTO: not what
 * tt_vector_encode() writes. */
TT_API int tt_vector_decode(const uint8_t *in, size_t length,
			    struct tt_vector **ret);

#ifdef __cplusplus
}
#endif

#endif
