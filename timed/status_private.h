/* SPDX-License-Identifier: Apache-2.0 */
/* The status document from inside: for status.c and status_*.c only. */
#ifndef STATUS_PRIVATE_H
#define STATUS_PRIVATE_H

#include "timed/put.h"
#include "timed/status.h"

/* The bound at the document's instant, as readers of the segment see it. */
struct status_reading {
	bool has_bound;
	int64_t lo_unix_ns, hi_unix_ns, best_unix_ns;
	int64_t lo_tai_ns, hi_tai_ns, best_tai_ns;
	int64_t half_ns;   /* of the Unix view, rounded up */
	bool has_real;
	int64_t real_ns;   /* CLOCK_REALTIME */
	int64_t real_raw_ns; /* CLOCK_REALTIME - raw */
	int64_t now_unix_ns; /* best, else CLOCK_REALTIME */
	bool has_now;
};

/* ---- status.c ---- */

/* What the bound rests on, by whom: "process", "axioms", "leap", "config",
 * "groups". */
void status_put_basis(struct json_object *o, const struct status *s,
		      const struct status_reading *r);

/* ---- status_clock.c: what the clocks show ---- */

void status_clock_read(const struct status *s, struct status_reading *ret);

/* TAI - raw at raw_ns, as the best line has it. */
int64_t status_clock_best_ns(const struct segment_slot *slot, int64_t raw_ns);

/* An instant of the past: raw, and its label. */
void status_clock_put_instant(struct json_object *o, const char *what,
			      int64_t raw_ns, const struct status_reading *r);

void status_clock_put(struct json_object *doc, const struct status *s,
		      const struct status_reading *r);
void status_clock_put_steering(struct json_object *doc, const struct status *s,
			       const struct status_reading *r);
void status_clock_put_system(struct json_object *doc, const struct status *s,
			     const struct status_reading *r);

/* "observe", or the controller's; "refused": the kernel does not take it. */
const char *status_clock_steering(const struct status *s);

/* ---- status_source.c: the sources, and the budget that they make ---- */

void status_source_put_budget(struct json_object *doc,
			      const struct engine_view *v,
			      const struct status_reading *r);
void status_source_put(struct json_object *doc, const struct status *s,
		       const struct status_reading *r);

/* One of them, in a few words. */
struct json_object *status_source_brief(const struct source_view *v,
					const struct status *s, bool has_bound);

/* ---- status_oscillator.c: what has been learnt of the oscillator ---- */

void status_oscillator_put(struct json_object *doc, const struct status *s,
			   const struct status_reading *r);

/* ---- status_holdover.c: what becomes of the bound without sources ---- */

void status_holdover_put(struct json_object *doc, const struct status *s,
			 const struct status_reading *r);

/* ---- status_hearsay.c: what clients' logical clocks have met ---- */

void status_hearsay_put(struct json_object *doc, const struct status *s,
			const struct status_reading *r);

/* ---- status_export.c: whom the time is given to ---- */

void status_export_put(struct json_object *doc, const struct status *s,
		       const struct status_reading *r);

#endif
