/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rehearsal of holdover: for a while nothing that the sources say is used, so
 * that the bound opens as it would without them; and what they said meanwhile
 * against it. It is silence to the proof: the bound is as good as in a holdover
 * that nobody ordered.
 */
#ifndef REHEARSAL_H
#define REHEARSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "libtt/segment.h"

#define REHEARSAL_SOURCES_MAX 64
#define REHEARSAL_WHY_SIZE    128

/* How long: if nothing is said, and at the most. */
#define REHEARSAL_NS     INT64_C(3600000000000)
#define REHEARSAL_NS_MIN INT64_C(1000000000)
#define REHEARSAL_NS_MAX INT64_C(86400000000000)

struct rehearsal_source {
	char name[SOURCE_NAME_SIZE];
	uint64_t samples;        /* not used */
	bool has_offset;
	int64_t offset_ns;       /* the last sample's, from the best line */
	int64_t offset_ns_most;  /* the one furthest from it */
	uint64_t outside;        /* samples whose whole range, its error
	                            included, missed the bound */
};

struct rehearsal {
	bool is_on;
	bool is_known;        /* there is, or was, one */
	int64_t since_raw_ns;
	int64_t until_raw_ns; /* it ends by itself */
	int64_t ended_raw_ns; /* unless is_on */
	char why[REHEARSAL_WHY_SIZE]; /* it ended; "" while is_on */
	int64_t half_ns_before;
	int64_t half_ns;      /* of the bound, at its last publication */
	int source_count;     /* that said anything */
	struct rehearsal_source source[REHEARSAL_SOURCES_MAX];
};

void rehearsal_begin(struct rehearsal *r, int64_t raw_ns, int64_t for_ns,
		     const struct segment_slot *slot);
void rehearsal_end(struct rehearsal *r, int64_t raw_ns, const char *why);

/* A publication meanwhile. */
void rehearsal_published(struct rehearsal *r, const struct segment_slot *slot);

/*
 * What a source says meanwhile, in TAI, against what is published. Its event may
 * be older than the sample; over that time the counter drifts by no more than
 * drift_ppb from what the sample has been carried with.
 */
void rehearsal_sample(struct rehearsal *r, const char *name,
		      const struct sample *m, const struct segment_slot *slot,
		      double drift_ppb);

/* Of all sources: samples, those outside, and the offset furthest off. */
void rehearsal_sum(const struct rehearsal *r, struct rehearsal_source *ret);

#endif
