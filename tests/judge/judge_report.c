/* SPDX-License-Identifier: Apache-2.0 */
/* What judges count and tell. See judge_report.h. */
#include "tests/judge/judge_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 5 /* violations told one by one */

static const char *const state_name[] = {"unsynchronized", "synchronized",
					 "holdover", "disputed"};

const char *judge_report_state(uint32_t state)
{
	return state_name[state & 3];
}

void judge_report_start(struct judge_report *r, int64_t raw_ns)
{
	r->start_raw_ns = r->last_raw_ns = raw_ns;
}

static void note_order(struct judge_report *r, const struct tt_interval *iv)
{
	if (iv->latest_ns < iv->earliest_ns)
		r->inverted++;
	if (r->epochs == 0 || iv->epoch != r->last_epoch)
		r->epochs++;
	else if (iv->earliest_ns < r->last_earliest_ns)
		r->backwards++;
	r->last_epoch = iv->epoch;
	r->last_earliest_ns = iv->earliest_ns;
}

void judge_report_read(struct judge_report *r, int err,
		       const struct tt_interval *iv, int64_t raw_ns)
{
	const uint32_t state = err ? TT_UNSYNCHRONIZED : iv->state & 3;

	r->reads++;
	r->state_ns[state] += raw_ns - r->last_raw_ns;
	r->last_raw_ns = raw_ns;
	if (err) {
		r->error[-err < JUDGE_ERRNO_MAX ? -err : 0]++;
		return;
	}
	if (r->answers++ == 0)
		r->first_bound_raw_ns = raw_ns;
	note_order(r, iv);
	judge_widths_add(&r->widths, iv->latest_ns - iv->earliest_ns);
}

bool judge_report_violation(struct judge_report *r)
{
	return r->violations++ < SHOWN_MAX;
}

void judge_report_add(struct judge_report *sum, const struct judge_report *r)
{
	sum->reads += r->reads;
	sum->answers += r->answers;
	sum->violations += r->violations;
	sum->inverted += r->inverted;
	sum->backwards += r->backwards;
	judge_widths_add_all(&sum->widths, &r->widths);
	for (int i = 0; i < JUDGE_ERRNO_MAX; i++)
		sum->error[i] += r->error[i];
}

bool judge_report_is_bad(const struct judge_report *r)
{
	return r->inverted || r->backwards || !r->answers;
}

static void print_errors(const struct judge_report *r, char end)
{
	for (int i = 0; i < JUDGE_ERRNO_MAX; i++) {
		const char *name = strerrorname_np(i);

		if (r->error[i])
			printf("error_%s=%" PRIu64 "%c",
			       name && i ? name : "other", r->error[i], end);
	}
}

void judge_report_print(const struct judge_report *r, char end)
{
	const double seconds = (double)(r->last_raw_ns - r->start_raw_ns) / 1e9;

	printf("seconds=%.3f%c", seconds, end);
	printf("reads=%" PRIu64 "%c", r->reads, end);
	printf("reads_per_s=%.0f%c",
	       seconds > 0 ? (double)r->reads / seconds : 0, end);
	printf("answers=%" PRIu64 "%c", r->answers, end);
	printf("violations=%" PRIu64 "%c", r->violations, end);
	printf("inverted=%" PRIu64 "%c", r->inverted, end);
	printf("backwards=%" PRIu64 "%c", r->backwards, end);
	printf("epochs=%" PRIu64 "%c", r->epochs, end);
	print_errors(r, end);
	for (int i = 0; i < 4; i++)
		printf("%s_s=%.1f%c", state_name[i],
		       (double)r->state_ns[i] / 1e9, end);
	if (r->answers)
		printf("first_bound_s=%.2f%c",
		       (double)(r->first_bound_raw_ns - r->start_raw_ns) / 1e9,
		       end);
	judge_widths_print(&r->widths, end);
}
