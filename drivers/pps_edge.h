/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A train of pulses, one at each second, and what may be made of it: which
 * pulses belong to it (none, two or an early one in a second, noise), how much
 * they scatter, and, once somebody has told the second of one, a sample. By
 * itself a pulse constrains the time modulo one second only. Pure.
 *
 * A pulse was at or before its stamp; how long before is not in the stamps: a
 * constant latency looks like none. So a stamp bounds the time from one side.
 * The other side is there only where it is declared: of the last `best_of` good
 * pulses, the one that came earliest by the line through them (the younger one,
 * where they differ by less than 0.2 us for each second between them) was late by
 * latency_ns_max at most. The line only picks it; nothing else rests on it.
 *
 * A receiver without a fix goes on sending pulses, by its own crystal, and they
 * may come before their second. So only those count of which somebody has said,
 * one by one, that they mark it.
 */
#ifndef PPS_EDGE_H
#define PPS_EDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"

#define PPS_EDGE_BEST_OF_MAX 32

struct pps_edge_options {
	int64_t delay_ns;	/* antenna, receiver, cable: a pulse is there
				   so long after its second */
	int64_t latency_ns_max; /* from pulse to stamp; 0: stamped by hardware;
				   -1: not declared */
	int best_of;		/* 1 to PPS_EDGE_BEST_OF_MAX */
};

/* A pulse as its device stamped it: the stamp lies in [raw_ns_min, raw_ns_max]
 * on the raw counter, and is off by stamp_ns besides, its quantum. */
struct pps_stamp {
	uint32_t sequence; /* each pulse that the device saw counts */
	int64_t raw_ns_min;
	int64_t raw_ns_max;
	int64_t stamp_ns;
};

enum pps_verdict {
	PPS_OLD,     /* the last one again */
	PPS_WAITING, /* too few in a row yet to call it a train */
	PPS_GOOD,    /* one of the train */
	PPS_DOUBLED, /* not the only one in its second: which is it? */
	PPS_EARLY,   /* before any latency allows it */
	PPS_STRAY    /* elsewhere in its second */
};

struct pps_edge_counters {
	uint64_t good, missing, doubled, early, stray, moved;
};

struct pps_edge_entry {
	struct pps_stamp stamp;
	int64_t second; /* in the train's own count */
	bool is_vouched;
	int64_t accuracy_ns; /* the receiver's own error then */
};

struct pps_edge {
	struct pps_edge_options opt;
	int count;
	int newest; /* index in ring, where count > 0 */
	struct pps_edge_entry ring[PPS_EDGE_BEST_OF_MAX];
	bool has_sequence;
	uint32_t sequence; /* of the last pulse, whatever became of it */
	int64_t at_raw_ns; /* and where it was */
	int64_t others;	   /* since the train's last, that were none of it */
	int in_a_row;	   /* of the train, without one that is not */
	int aside;	   /* pulses in a row that make another train ... */
	struct pps_stamp beside; /* ... of which this is the last */
	int64_t told_raw_ns;	 /* the last one told with two sides */
	struct pps_edge_counters counters;
};

void pps_edge_init(struct pps_edge *p, const struct pps_edge_options *opt);

/* The device was opened anew, or its clock was stepped: no train. */
void pps_edge_forget(struct pps_edge *p);

enum pps_verdict pps_edge_take(struct pps_edge *p,
			       const struct pps_stamp *stamp);

/* When the second of the train's newest pulse began, if no latency delayed
 * its stamp. There is one after PPS_GOOD. */
int64_t pps_edge_raw_ns(const struct pps_edge *p);

/* There was a fix when the newest pulse was made, which the receiver knew to
 * accuracy_ns. There is one after PPS_GOOD. */
void pps_edge_vouch(struct pps_edge *p, int64_t accuracy_ns);

/*
 * The least late of the last best_of pulses that were vouched for, as a sample of
 * two sides, told with the newest, which is of the second `second_ns` of the
 * source's scale. It is a repeat where it was told before. False: nothing can be
 * said of the far side, where it is undeclared or those pulses are still too few.
 */
bool pps_edge_sample(struct pps_edge *p, int64_t second_ns, struct sample *ret);

/* The newest, the near side only; it has been vouched for. Without a declared
 * latency it is the best guess too. */
void pps_edge_leg(const struct pps_edge *p, int64_t second_ns,
		  struct sample *ret);

/* Standard deviation of the stamps from their line. -1: too few. */
int64_t pps_edge_jitter_ns(const struct pps_edge *p);

const char *pps_verdict_name(enum pps_verdict verdict); /* "good" ... */

#endif
