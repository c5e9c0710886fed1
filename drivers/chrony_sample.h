/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what chronyd says of a source's latest measurement to a sample with its
 * budget. Pure.
 *
 * chronyd brings a measurement forward at each of its own updates, so that
 * sample time - latest_meas, the reference's time at the event, never changes,
 * and both belong to the clock C of now (cooked.h), extended into the past.
 * With C's rate f and the event u before raw time r, therefore:
 *
 *   (reference - raw)(r - u) + f u = (C - raw)(r) - latest_meas +- error
 */
#ifndef CHRONY_SAMPLE_H
#define CHRONY_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/cmdmon.h"
#include "drivers/cooked.h"
#include "drivers/driver.h"

/* One answered source_data request, between two raw readings. */
struct chrony_reading {
	int64_t asked_raw_ns;
	int64_t answered_raw_ns;
	struct cmdmon_source source;
	bool has_ntp;
	struct cmdmon_ntp_data ntp;
};

struct chrony_window {
	int64_t age_ns_min; /* >= 0 */
	int64_t age_ns_max;
	int64_t cooked_s; /* the event's second on C: which sample it is */
};

/* The line of C over one round: two points of it. */
struct chrony_line {
	struct cooked_point begin;
	struct cooked_point end;
	double rate_ppb_min;
	double rate_ppb_max;
};

/* C - raw at raw_ns: true of the line as it was at either point. */
struct cooked_point chrony_line_at(const struct chrony_line *line,
				   int64_t raw_ns);

/* How long before raw_ns the event was. 0, or -ERANGE: an age that cannot
 * be. */
int chrony_sample_window(const struct chrony_reading *reading,
			 const struct chrony_line *line, int64_t raw_ns,
			 struct chrony_window *ret);

/* ntpdata tells of the last valid packet: is that the latest measurement? */
bool chrony_sample_matches(const struct cmdmon_source *source,
			   const struct cmdmon_ntp_data *ntp);

/*
 * Why its server's time is nobody's, by its own word in its last packet, or "":
 * it is its own reference, or serves something else than its time.
 */
const char *chrony_sample_disowned(const struct cmdmon_ntp_data *ntp);

/*
 * 0, or -ERANGE. `reading` has_ntp only where that matches. On -EDOM the
 * sample is good, but its round trip is shorter than the declared least delay
 * allows (axiom A4 is wrong), and was not lessened by it.
 */
int chrony_sample_make(const struct chrony_options *opt,
		       const struct chrony_reading *reading,
		       const struct chrony_line *line, int64_t raw_ns,
		       const struct chrony_window *window, struct sample *ret);

#endif
