/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of Prometheus' HTTP API to an instant query: a vector of samples of
 * edges, taken apart one by one, as a fleet's are hundreds of megabytes.
 */
#ifndef PROM_H
#define PROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/skew/edge.h"

#define PROM_WHY_SIZE 240

struct prom_sample {
	char from[EDGE_NAME_SIZE],
		to[EDGE_NAME_SIZE];  /* labels of these names */
	enum edge_kind kind;	     /* EDGE_HARD where there is none */
	enum edge_stamping stamping; /* EDGE_DAEMON */
	bool is_interleaved;
	int64_t ns; /* the value, seconds, to the nearest; within EDGE_NS_MAX */
};

/* 0, or negative errno that ends the reading. */
typedef int (*prom_taker)(const struct prom_sample *s, void *arg);

/*
 * 0; -EPROTO, and `ret_why` says what it is instead; or what the taker has
 * returned. Samples that are no edges, or no number, are skipped: how many is
 * in ret_skipped. Recursion of JSON is limited.
 */
int prom_parse(const char *text, size_t size, prom_taker take, void *arg,
	       size_t *ret_skipped, char ret_why[PROM_WHY_SIZE]);

/* Is it Prometheus' answer to a query that it refuses? Then `ret_why` says with
 * what words. */
bool prom_refusal(const char *text, size_t size, char ret_why[PROM_WHY_SIZE]);

#endif
