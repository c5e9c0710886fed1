/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which second a pulse marks. What a receiver's messages say is off by one
 * easily, so nobody is believed alone: two independent labels must agree. The
 * three there are: gpsd's message, which arrives within a declared time after
 * its second; what the other sources hold true, where that is narrower than
 * GNSS_LABEL_NS_MAX; and the count of the seconds since a pulse that two of
 * them agreed on, which the raw counter keeps. The counter is no word of the
 * receiver's: it can be off by half a second only after hours (axiom A1), or
 * when the pulses were moved. A real-time clock is no label: it was set from
 * the clock that it would confirm.
 *
 * Pure. Instants are Unix time of the source's scale, of the pulse.
 */
#ifndef GNSS_LABEL_H
#define GNSS_LABEL_H

#include <stdbool.h>
#include <stdint.h>

#define GNSS_LABEL_NS_MAX 400000000

/* Who agrees. */
#define GNSS_LABEL_GPSD	  (1u << 0)
#define GNSS_LABEL_OTHERS (1u << 1)
#define GNSS_LABEL_COUNT  (1u << 2)

/* When the pulse was, by one of them. */
struct gnss_window {
	bool is_known;
	int64_t lo_ns;
	int64_t hi_ns;
};

struct gnss_labels {
	struct gnss_window gpsd;
	struct gnss_window others;
	int others_groups; /* so many independent sources make them up */
};

enum gnss_label_verdict {
	GNSS_LABEL_NONE,      /* nobody tells the second */
	GNSS_LABEL_ALONE,     /* one tells, and none confirms it */
	GNSS_LABEL_DIFFERENT, /* they name different seconds */
	GNSS_LABEL_OFF,	      /* by somebody, it marks no second at all */
	GNSS_LABEL_AGREED
};

struct gnss_label {
	bool has_last;
	int64_t last_raw_ns; /* the last pulse that was agreed on, ... */
	int64_t last_ns;     /* ... and its second */
	unsigned int who;    /* of the last verdict: who agreed, or who told */
};

void gnss_label_init(struct gnss_label *l);

/* The pulses were moved, or the counter was: the count is lost. */
void gnss_label_forget(struct gnss_label *l);

/* ret_second_ns is written on GNSS_LABEL_AGREED. */
enum gnss_label_verdict gnss_label_judge(struct gnss_label *l, int64_t raw_ns,
					 const struct gnss_labels *labels,
					 int64_t *ret_second_ns);

/* "gpsd, count"; "" for nobody. */
#define GNSS_LABEL_WHO_SIZE 32
void gnss_label_who(unsigned int who, char ret[GNSS_LABEL_WHO_SIZE]);

#endif
