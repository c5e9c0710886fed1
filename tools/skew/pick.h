/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who probes whom: rendezvous hashing, so that all nodes agree on it without a
 * word to each other. Pure: arrays in, indices out.
 *
 * Each of k slots lays all nodes on a ring of its own, by a hash of the node's
 * key, the seed, the slot and its turn. A node's peer in that slot is the one
 * that comes next; the weight of a candidate is how near it comes. So
 *  - a slot in which every node is a candidate is one ring through all nodes:
 *    everybody has one peer and one prober in it, and no part of the fleet is
 *    ever cut off from the rest;
 *  - a node that comes or goes changes one edge of each ring, k of k n;
 *  - whoever probes a node is found from its side too (pick_probers).
 * Slot 0 knows the nodes of one's own rack only, slot 1 those outside of it,
 * where there are any. A slot in which the next is a peer already takes the one
 * after it.
 *
 * With each epoch one slot, in turn, gets a new ring: a k-th of the peers
 * changes. After E epochs a given pair of n nodes has not met with a chance of
 * about exp(-2 E / n): of all n^2 / 2 pairs every one has after some
 * (n / 2) ln(n^2 / 2) epochs.
 */
#ifndef PICK_H
#define PICK_H

#include <stddef.h>
#include <stdint.h>

#define PICK_K_DEFAULT	 8
#define PICK_K_MIN	 2
#define PICK_K_MAX	 32
#define PICK_MESH_MAX	 17 /* nodes: up to here everybody probes everybody */
#define PICK_PEERS_MAX	 32 /* >= PICK_K_MAX, >= PICK_MESH_MAX - 1 */
#define PICK_PROBERS_MAX 32

struct pick_node {
	uint64_t key;  /* pick_key() of its name; no two of a fleet are equal */
	uint64_t rack; /* pick_rack(); 0: not known, which is a rack too */
};

struct pick_options {
	uint64_t seed;	/* the fleet's, the same at all nodes */
	uint64_t epoch; /* as well: of the wall clock, say */
	unsigned k;	/* PICK_K_MIN ... PICK_K_MAX */
};

uint64_t pick_key(const char *name);
/* A label that is not there is NULL or "". */
uint64_t pick_rack(const char *dc, const char *room, const char *rack);

/*
 * The peers of node[self]: how many, and their indices in the order of the
 * slots. n - 1 up to PICK_MESH_MAX nodes, else k. Takes O(k n), no memory.
 */
size_t pick_peers(const struct pick_node *node, size_t n, size_t self,
		  const struct pick_options *opt, uint32_t ret[PICK_PEERS_MAX]);

/*
 * Nodes that have node[target] among their peers, nearest first: each one
 * returned has; nearly all that have are returned. Takes O(k^2 n): for the
 * rare case.
 */
size_t pick_probers(const struct pick_node *node, size_t n, size_t target,
		    const struct pick_options *opt,
		    uint32_t ret[PICK_PROBERS_MAX]);

/*
 * The same for all nodes of a fleet at one epoch: the rings sorted once, in
 * O(k n log n), 24 k n bytes; then each node's peers in O(k log n), the same as
 * pick_peers() gives. `node` must outlive it. 0 or -ENOMEM.
 */
struct pick_plan;
int pick_plan_new(const struct pick_node *node, size_t n,
		  const struct pick_options *opt, struct pick_plan **ret);
void pick_plan_free(struct pick_plan *plan); /* NULL is allowed */
size_t pick_plan_peers(const struct pick_plan *plan, size_t self,
		       uint32_t ret[PICK_PEERS_MAX]);

#endif
