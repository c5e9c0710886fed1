/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of gpsd's protocol to a report: the one place that knows libgps, whose
 * interface changes with every release. libgps only takes the line apart here;
 * it opens no socket and so never blocks (its gps_open() waits for connect).
 */
#ifndef GNSS_UNPACK_H
#define GNSS_UNPACK_H

#include <stddef.h>

#include "drivers/gnss_report.h"

/* gpsd's own GPS_JSON_RESPONSE_MAX is 10240. */
#define GNSS_LINE_SIZE 10240

/* What follows connect: reports, and pulses and message arrivals with them. */
#define GNSS_WATCH_REQUEST                                                     \
	"?WATCH={\"enable\":true,\"json\":true,\"pps\":true};\n"

/* `line` ends in NUL, without its newline. 0, or -EBADMSG: gpsd says no such
 * thing. What is of no interest is a report with nothing in it. */
int gnss_unpack(const char *line, struct gnss_report *ret);

#endif
