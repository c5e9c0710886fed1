/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The readers in a path test, and who judges them: each reading, through libtt
 * and of the segment's TAI, is held against the truth of the test's world. One
 * miss is a miss: there is no tolerance. Figures are kept beside it.
 */
#ifndef PATH_JUDGE_H
#define PATH_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/memory_segment.h"
#include "sim/run.h"

/* Of one instant. */
struct path_truth {
	int64_t tai_ns;
	int64_t unix_ns_min, unix_ns_max;
};

/* What is true then. A leap second makes of one instant two Unix times; which,
 * the page that is in force may say. */
typedef void path_judge_truth(void *arg, int64_t raw_ns,
			      const struct segment_slot *page,
			      struct path_truth *ret);

struct path_verdict {
	uint64_t reads, unanswered;
	uint64_t misses;      /* truth outside: the one thing */
	uint64_t excused;     /* of these, not counted among them */
	uint64_t went_back;   /* earliest, within an epoch */
	uint64_t epochs;      /* how often it was another than before */
	int64_t slack_ns_min; /* closest that truth came to an edge */
	bool seen[4];	      /* enum tt_state */
	struct widths widths; /* of half-widths; the test says of which */
	char first_miss[200];
};

struct path_judge {
	const struct memory_segment *memory;
	path_judge_truth *truth;
	bool (*is_excused)(const void *arg); /* NULL: no miss is, ever */
	void *arg;
	char place[64]; /* told of the first miss; "": nothing is */
	uint32_t state; /* of the last reading: enum tt_state */
	uint64_t last_epoch;
	int64_t last_raw_ns, last_earliest_ns;
	struct path_verdict verdict;
};

/* `truth` is asked with `arg`. What it excuses, and the place of what happens,
 * are set afterwards. */
void path_judge_init(struct path_judge *j, const struct memory_segment *memory,
		     path_judge_truth *truth, void *arg);

/* What is counted begins anew. */
void path_judge_count(struct path_judge *j);

/* A reader at raw_ns. False: no bound was had. */
bool path_judge_at(struct path_judge *j, int64_t raw_ns,
		   struct tt_interval *ret);

/* The same, one after another in the order of time. */
bool path_judge_now(struct path_judge *j, int64_t raw_ns,
		    struct tt_interval *ret);

/* Its half-width is one of those that count. */
void path_judge_width(struct path_judge *j, const struct tt_interval *t);

/* The segment's TAI with its error, and the slot it is from. False: it has
 * none. */
bool path_judge_tai(const struct path_judge *j, int64_t raw_ns,
		    struct segment_slot *ret, int64_t *ret_lo_ns,
		    int64_t *ret_hi_ns);

#endif
