/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `tt-sim serve`, and its named scenarios. */
#ifndef SERVE_OPTIONS_H
#define SERVE_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/serve_clock.h"
#include "sim/serve_fault.h"

#define SERVE_FAULTS_MAX 64

struct serve_options {
	const char *path;     /* the segment's */
	const char *commands; /* a FIFO to obey; NULL: standard input */
	char truth[PATH_MAX];
	uint64_t seed;
	int64_t duration_ns; /* 0: until it is told to stop */
	struct serve_law law;
	bool is_storm; /* faults without end, drawn by the seed */
	int fault_count;
	struct serve_fault fault[SERVE_FAULTS_MAX];
};

/* SIM_OK, or SIM_USAGE after a complaint. */
int serve_options_parse(int argc, char **argv, struct serve_options *ret);

#endif
