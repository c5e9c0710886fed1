/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `tt-skew precision`, taken apart. */
#ifndef PRECISION_OPTIONS_H
#define PRECISION_OPTIONS_H

#include "tools/skew/precision_prober.h"
#include "tools/skew/precision_group.h"

#define PRECISION_PEERS_MAX 64

enum precision_mode { PRECISION_MEASURE, PRECISION_SERVE, PRECISION_SIM };
enum precision_format {
	PRECISION_TEXT,
	PRECISION_JSON,
	PRECISION_CSV
};

struct precision_options {
	enum precision_mode mode;
	enum precision_format format;
	char name[EDGE_NAME_SIZE]; /* our node's */
	struct precision_plan plan;
	/* Measure: NAME=ADDRESS, ADDRESS. */
	char **peer;
	size_t peers;
	/* Serve. */
	const char *bind; /* NULL: all addresses */
	unsigned client_rate, all_rate;
	/* Sim. */
	struct precision_world world;
	bool has_load; /* else a table of loads */
	uint32_t nodes; /* of a group; 0: one pair */
};

extern const char precision_usage[];

/* -1: go on; else exit with this, and it has been said why. */
int precision_options_parse(int argc, char **argv,
			    struct precision_options *ret);

/*
 * "NAME=HOST:PORT", "HOST:PORT", "[V6]:PORT", any of them without a port; the
 * name is the host where none is given. With `is_passive` HOST may be empty: all
 * addresses. 0; -EINVAL or what getaddrinfo(3) says, in `ret_why`.
 */
#define PRECISION_WHY_SIZE 256
int precision_address_parse(const char *text, bool is_passive,
			    char ret_name[EDGE_NAME_SIZE],
			    struct precision_address *ret,
			    char ret_why[PRECISION_WHY_SIZE]);

#endif
