/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fill_history FILE: a history of this boot that has no room left, each record with as
 * many sources, and as long figures, as there can be: the longest answers that a status
 * socket can be asked for. timed takes it over as its own.
 */
#include <stdio.h>
#include <time.h>

#include "libtt/segment.h"
#include "timed/history.h"
#include "timed/history_file.h"

#define LONG_NS INT64_C(-1234567890123456)

static void fill_sum(struct history_sum *s)
{
	*s = (struct history_sum){
		.least = LONG_NS, .most = LONG_NS, .sum = LONG_NS, .count = 1};
}

static void fill_source(struct history_source *s, uint32_t name)
{
	s->name = name;
	s->samples = UINT32_MAX;
	for (int i = 0; i < HISTORY_VERDICTS; i++)
		s->verdict_ns[i] = -LONG_NS;
	fill_sum(&s->offset_ns);
	fill_sum(&s->error_ns);
}

static void fill_record(struct history_record *r, int64_t raw_ns)
{
	r->raw_ns = r->last_raw_ns = raw_ns;
	r->unix_raw_ns = -LONG_NS;
	r->has_unix = r->has_epoch = 1;
	r->epoch = UINT64_MAX;
	for (int i = 0; i < HISTORY_STATES; i++)
		r->state_ns[i] = -LONG_NS;
	fill_sum(&r->half_ns);
	fill_sum(&r->offset_ns);
	r->sources = HISTORY_SOURCES_MAX;
	for (uint32_t i = 0; i < r->sources; i++)
		fill_source(&r->source[i], i + 1);
}

int main(int argc, char **argv)
{
	struct history_store *s;
	struct history h;
	struct timespec t;
	uint64_t boot_id[2];

	if (argc != 2 || segment_boot_id(boot_id) != 0 ||
	    history_file_open(argv[1], &s) != 0) {
		fprintf(stderr, "usage: fill_history FILE\n");
		return 1;
	}
	history_init(&h, s, boot_id);
	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	s->names = HISTORY_SOURCES_MAX;
	for (int i = 0; i < HISTORY_SOURCES_MAX; i++)
		snprintf(s->name[i + 1], sizeof(s->name[i + 1]),
			 "2001:db8:1234:5678:9abc:def0:1234:%04d", i);
	s->written[HISTORY_BY_MINUTE] = HISTORY_MINUTES;
	s->written[HISTORY_BY_HOUR] = HISTORY_HOURS;
	for (int i = 0; i < HISTORY_MINUTES; i++)
		fill_record(&s->minute[i], t.tv_sec * INT64_C(1000000000));
	for (int i = 0; i < HISTORY_HOURS; i++)
		fill_record(&s->hour[i], t.tv_sec * INT64_C(1000000000));
	history_file_close(s);
	return 0;
}
