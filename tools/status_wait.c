/* SPDX-License-Identifier: Apache-2.0 */
/* Wait for SYNCHRONIZED and a width, and say what came of it. */
#include "tools/status_wait.h"

#include <errno.h>
#include <stdio.h>

#include "cli/cli.h"
#include "tools/human.h"

enum { WAIT_REACHED = 0, WAIT_NOT_IN_TIME = 2, WAIT_UNREADABLE = 3 };

static const char *state_and_width(const struct status *s, char *ret,
				   size_t size)
{
	char half[HUMAN_SIZE];

	if (s->segment_err)
		snprintf(ret, size, "%s", tt_strerror(s->segment_err));
	else
		snprintf(ret, size, "%s, half-width %s",
			 status_state_name(s->now.state),
			 human_bound(status_half_width_ns(s), half));
	return ret;
}

static int unreadable(const struct status_options *o, const struct status *s,
		      int err)
{
	fprintf(stderr, "%s: %s: %s\n", o->program, s->segment_path,
		tt_strerror(err));
	return WAIT_UNREADABLE;
}

static int wait_until(const struct status_options *o, const struct status *s)
{
	int64_t width_ns =
		o->half_ns_max == INT64_MAX ? INT64_MAX : 2 * o->half_ns_max;
	struct tt_clock *clk;
	int err = tt_open(s->segment_path, &clk);

	if (err)
		return err;
	err = tt_wait_synchronized(clk, width_ns, o->timeout_ns);
	tt_close(clk);
	return err;
}

static int not_in_time(const struct status_options *o, const struct status *s,
		       const char *words)
{
	char half[HUMAN_SIZE], timeout[HUMAN_SIZE];

	fprintf(stderr, "%s: not SYNCHRONIZED", o->program);
	if (o->half_ns_max != INT64_MAX)
		fprintf(stderr, " to %s", human_ns(o->half_ns_max, half));
	fprintf(stderr, " within %s; %s: %s\n",
		human_ns(o->timeout_ns, timeout), s->segment_path, words);
	return WAIT_NOT_IN_TIME;
}

int status_wait(const struct status_options *o)
{
	struct status s;
	char words[160];
	int err;

	status_begin(o->segment, "", &s);
	err = wait_until(o, &s);
	if (err && err != -ETIMEDOUT)
		return unreadable(o, &s, err);
	status_read_segment(&s);
	state_and_width(&s, words, sizeof(words));
	if (err)
		return not_in_time(o, &s, words);
	puts(words);
	return cli_end(o->program, WAIT_REACHED, WAIT_UNREADABLE);
}
