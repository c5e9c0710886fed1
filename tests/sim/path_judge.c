/* SPDX-License-Identifier: Apache-2.0 */
/* The readers in a path test. See path_judge.h. */
#include "path_judge.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libtt/eval.h"

static bool is_excused(const struct path_judge *j)
{
	return j->is_excused && j->is_excused(j->arg);
}

static void miss(struct path_judge *j, int64_t raw_ns, const char *view,
		 int64_t below_ns, int64_t above_ns)
{
	struct path_verdict *v = &j->verdict;

	if (is_excused(j)) {
		v->excused++;
		return;
	}
	if (v->misses++ > 0)
		return;
	snprintf(v->first_miss, sizeof(v->first_miss),
		 "%s at raw %.9f s%s%s: truth is %" PRId64
		 " ns after earliest, %" PRId64 " ns before latest",
		 view, (double)raw_ns / 1e9, j->place[0] ? ", " : "", j->place,
		 below_ns, above_ns);
}

static void judge(struct path_judge *j, int64_t raw_ns, const char *view,
		  int64_t below_ns, int64_t above_ns)
{
	struct path_verdict *v = &j->verdict;

	if (below_ns < 0 || above_ns < 0)
		miss(j, raw_ns, view, below_ns, above_ns);
	if (is_excused(j))
		return;
	if (below_ns < v->slack_ns_min)
		v->slack_ns_min = below_ns;
	if (above_ns < v->slack_ns_min)
		v->slack_ns_min = above_ns;
}

bool path_judge_tai(const struct path_judge *j, int64_t raw_ns,
		    struct segment_slot *ret, int64_t *ret_lo_ns,
		    int64_t *ret_hi_ns)
{
	uint64_t sequence;
	int64_t lo_ns, hi_ns;

	if (segment_read(j->memory->segment, ret, &sequence) != 0 ||
	    eval_tai(ret, raw_ns, &lo_ns, &hi_ns) != 0)
		return false;
	*ret_lo_ns = lo_ns - ret->tai_err_ns;
	*ret_hi_ns = hi_ns + ret->tai_err_ns;
	return true;
}

bool path_judge_at(struct path_judge *j, int64_t raw_ns,
		   struct tt_interval *ret)
{
	struct segment_slot slot;
	struct path_truth truth;
	int64_t lo_ns, hi_ns;
	bool has_tai;

	j->verdict.reads++;
	if (tt_at_raw(j->memory->clock, raw_ns, ret) != 0) {
		j->verdict.unanswered++;
		return false;
	}
	j->verdict.seen[ret->state] = true;
	j->state = ret->state;
	has_tai = path_judge_tai(j, raw_ns, &slot, &lo_ns, &hi_ns);
	/* one page, one process: what libtt reads is readable to us */
	assert(has_tai);
	j->truth(j->arg, raw_ns, &slot, &truth);
	judge(j, raw_ns, "Unix", truth.unix_ns_max - ret->earliest_ns,
	      ret->latest_ns - truth.unix_ns_min);
	judge(j, raw_ns, "TAI", truth.tai_ns - lo_ns, hi_ns - truth.tai_ns);
	return true;
}

bool path_judge_now(struct path_judge *j, int64_t raw_ns,
		    struct tt_interval *ret)
{
	struct path_verdict *v = &j->verdict;

	assert(raw_ns >= j->last_raw_ns);
	j->last_raw_ns = raw_ns;
	if (!path_judge_at(j, raw_ns, ret))
		return false;
	if (ret->epoch != j->last_epoch)
		v->epochs++;
	else if (ret->earliest_ns < j->last_earliest_ns &&
		 v->went_back++ == 0 && v->misses == 0)
		snprintf(v->first_miss, sizeof(v->first_miss),
			 "raw %.9f s: earliest went back by %" PRId64 " ns",
			 (double)raw_ns / 1e9,
			 j->last_earliest_ns - ret->earliest_ns);
	j->last_epoch = ret->epoch;
	j->last_earliest_ns = ret->earliest_ns;
	return true;
}

void path_judge_width(struct path_judge *j, const struct tt_interval *t)
{
	widths_add(&j->verdict.widths,
		   (double)(t->latest_ns - t->earliest_ns) / 2);
}

void path_judge_count(struct path_judge *j)
{
	memset(&j->verdict, 0, sizeof(j->verdict));
	j->verdict.slack_ns_min = INT64_MAX;
}

void path_judge_init(struct path_judge *j, const struct memory_segment *memory,
		     path_judge_truth *truth, void *arg)
{
	memset(j, 0, sizeof(*j));
	j->memory = memory;
	j->truth = truth;
	j->arg = arg;
	path_judge_count(j);
}
