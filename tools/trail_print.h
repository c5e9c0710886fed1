/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit (trail.h) found, for people and machines, as it is found. */
#ifndef TRAIL_PRINT_H
#define TRAIL_PRINT_H

#include <stdio.h>

#include "tools/trail.h"

/* The exit codes of tt-audit. */
enum trail_verdict { TRAIL_CONSISTENT, TRAIL_INCONSISTENT, TRAIL_UNREADABLE };

struct trail_print {
	FILE *out;
	bool is_json;
	bool is_quiet; /* text: only what is wrong, and the summary */
	int64_t notes;
};

/* Before the first note. */
void trail_print_begin(struct trail_print *p);

/* For trail_init(), with arg = struct trail_print. */
void trail_print_note(void *arg, const struct trail_note *note);

/* After trail_finish(). */
void trail_print_end(struct trail_print *p, const struct trail *t);

enum trail_verdict trail_judge(const struct trail *t);

#endif
