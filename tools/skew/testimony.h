/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an agent tells of its edges (/edges.json), to people, to tt-skew, and to
 * the agents that ask it before they blame a node that both probe.
 */
#ifndef TESTIMONY_H
#define TESTIMONY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/skew/check.h"
#include "tools/skew/edge.h"
#include "tools/skew/verdict.h"

#define TESTIMONY_WHY_SIZE 160

/* One edge, and what came of it. */
struct testimony {
	struct edge edge;
	int64_t real_ns_min, real_ns_max; /* the teller's CLOCK_REALTIME then */
	bool has_check;
	struct check check; /* result, excess_ns and the shift, when told of */
	bool is_suspect;
	enum verdict verdict; /* if it is */
};

void testimony_write_head(FILE *out, const char *node);
void testimony_write(FILE *out, const struct testimony *t, bool is_first);
void testimony_write_end(FILE *out);

/*
 * From what an agent has sent: its edge to `node`. 0; -ENOENT: it has none that
 * was judged; -EPROTO, and why.
 */
int testimony_find(const char *text, size_t size, const char *node,
		   struct testimony *ret, char ret_why[TESTIMONY_WHY_SIZE]);

#endif
