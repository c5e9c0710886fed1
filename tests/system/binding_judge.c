/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds what another language's reader says (ttread live, on standard input) to
 * libtt, or to the truth that tt-sim serve shares.
 *   binding_judge same PATH     tt_at_raw() gives the very same for each line
 *   binding_judge truth FILE    truth is within; earliest does not go back
 * Prints lines=N errors=N misses=N back=N last=WORD, the last line's state, or
 * its error. exit: 0 as claimed and at least one answer; 1; 2 cannot run.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tt/tt.h"

struct judge {
	struct tt_clock *clk; /* NULL: by truth */
	int64_t origin_ns;
	struct tt_interval last;
	int lines, errors, misses, back;
};

static bool is_same(struct judge *j, const struct tt_interval *said)
{
	struct tt_interval ours;

	return tt_at_raw(j->clk, said->raw_ns, &ours) == 0 &&
	       ours.earliest_ns == said->earliest_ns &&
	       ours.latest_ns == said->latest_ns && ours.epoch == said->epoch &&
	       ours.state == said->state && ours.flags == said->flags;
}

static bool is_right(struct judge *j, const struct tt_interval *said)
{
	const int64_t truth_ns = said->raw_ns + j->origin_ns;

	if (j->clk)
		return is_same(j, said);
	return said->earliest_ns <= truth_ns && truth_ns <= said->latest_ns;
}

static void take(struct judge *j, const char *line)
{
	struct tt_interval said = {0};

	j->lines++;
	if (sscanf(line,
		   "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNu64 " %" SCNu32
		   " %" SCNu32,
		   &said.raw_ns, &said.earliest_ns, &said.latest_ns,
		   &said.epoch, &said.state, &said.flags) != 6) {
		j->errors++;
		return;
	}
	if (!is_right(j, &said)) {
		j->misses++;
		printf("wrong: %s", line);
	}
	j->back += said.raw_ns < j->last.raw_ns ||
		   (said.epoch == j->last.epoch &&
		    said.earliest_ns < j->last.earliest_ns);
	j->last = said;
}

static bool open_truth(const char *path, int64_t *ret_ns)
{
	FILE *f = fopen(path, "r");
	const bool found =
		f && fscanf(f,
			    "tt-sim truth 1 boot %*s unix_ns_less_raw_ns "
			    "%" SCNd64,
			    ret_ns) == 1;

	if (f)
		fclose(f);
	return found;
}

int main(int argc, char **argv)
{
	char line[400], last[40] = "-";
	struct judge j = {0};

	if (argc != 3)
		return 2;
	if (strcmp(argv[1], "same") ? !open_truth(argv[2], &j.origin_ns)
				    : tt_open(argv[2], &j.clk) < 0)
		return 2;
	while (fgets(line, sizeof(line), stdin)) {
		take(&j, line);
		if (j.errors > 0 && sscanf(line, "E%38s", last + 1) == 1)
			last[0] = 'E';
		else
			snprintf(last, sizeof(last), "%u", j.last.state);
	}
	printf("lines=%d errors=%d misses=%d back=%d last=%s\n", j.lines,
	       j.errors, j.misses, j.back, last);
	tt_close(j.clk);
	return j.misses > 0 || j.back > 0 || j.lines == 0;
}
