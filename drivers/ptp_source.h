/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A grandmaster as a source: what is told of it, and how the legs that ptp4l's
 * monitor sends become samples. A leg waits until a round of questions that
 * began after it came has confirmed that its master is still the one of the
 * round before, and as good.
 */
#ifndef PTP_SOURCE_H
#define PTP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "drivers/ptp.h"
#include "drivers/ptp_clock.h"
#include "drivers/ptp_master.h"
#include "drivers/ptp_sample.h"
#include "drivers/ptpmsg.h"

#define PTP_LEGS_MAX 64

struct ptp_waiting {
	struct ptp_leg leg;
	int64_t came_raw_ns;
};

struct ptp_source {
	const struct ptp_options *opt;
	struct driver_sink sink;
	const struct ptp_clock *clock;
	int64_t opened_raw_ns;

	struct source_info info;
	int source;
	bool has_gm; /* info is of this grandmaster */
	struct ptp_identity gm;

	struct ptp_view view; /* of the last round */
	int64_t began_raw_ns; /* and when it began ... */
	int64_t ended_raw_ns; /* ... and ended */
	bool has_view;
	bool is_steady;	 /* and of the one before */
	bool was_steady; /* and that of the one before it */
	struct ptp_lock lock;

	struct ptp_waiting leg[PTP_LEGS_MAX];
	int legs;
	int64_t monitor_raw_ns; /* last leg of it came, INT64_MIN: never */
	int64_t ingress_ns;	/* the last one that TIME_STATUS_NP showed */
	int64_t delays_ns[2];	/* meanPathDelay of the last two rounds ... */
	int64_t path_delay_ns;	/* ... and the largest of the last three */

	struct ptp_event sync; /* the last forward event */
	bool has_sync;
	struct ptp_event request; /* the last backward event since */
	bool has_request;
	int64_t sync_raw_ns;	/* it was then, INT64_MIN: never */
	int64_t sync_ns;	/* between the last two */
	int64_t request_raw_ns; /* the last backward event, or the first Sync */
	int64_t delay_ns;	/* as measured last: a guess */
	bool is_short; /* round trips contradict the declared delay_min */
	struct ptp_rate rate;
};

/* `opt` and `clock` outlive it. Announces a source with no grandmaster yet. */
void ptp_source_init(struct ptp_source *s, const struct ptp_options *opt,
		     const struct driver_sink *sink,
		     const struct ptp_clock *clock, int64_t raw_ns);

/* Legs that came in at raw_ns. */
void ptp_source_legs(struct ptp_source *s, const struct ptpmsg *m,
		     int64_t raw_ns);

/* Do legs come from a monitor? While none has come yet, one may. */
bool ptp_source_has_monitor(const struct ptp_source *s, int64_t raw_ns);

/* A round that began at began_raw_ns has come to its end; the clock has been
 * read since what it tells of. */
void ptp_source_round(struct ptp_source *s, const struct ptp_view *view,
		      int64_t began_raw_ns, int64_t raw_ns);

/* Another clock stamps, and on another way to the master: what waits to be placed,
 * and what was learnt of the way, is of before. */
void ptp_source_reroute(struct ptp_source *s);

/* No round came to its end: whatever ptp4l does now, it is unknown. */
void ptp_source_lose(struct ptp_source *s);

#endif
