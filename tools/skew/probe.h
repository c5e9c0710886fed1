/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes: the peers written where chronyd finds them, and what it has measured
 * of each, as edges whose error is hard: half the round trip, what the stamps
 * may be off by, and what two clocks may drift apart meanwhile.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/skew/chronyd.h"
#include "tools/skew/edge.h"
#include "tools/skew/fleet.h"

#define PROBE_PEERS_MAX 64
#define PROBE_POLL_MIN	(-2)
/* An interleaved exchange is told of one poll later, and the instants that it
 * is held against reach back 64 s (instant.h). */
#define PROBE_POLL_MAX 5

struct probe_options {
	int poll;	      /* log2 of seconds */
	uint32_t key;	      /* for peers whose labels name none; 0: none */
	bool has_nts;	      /* for all */
	int64_t asymmetry_ns; /* declared: the directions differ by at most
			       * twice this; -1: nothing is */
};

/* What chronyd has last measured of one source. */
struct probe {
	char host[FLEET_NAME_MAX + 1]; /* as it was written to the file */
	uint32_t valid; /* counts valid answers: another one, another probe */
	uint8_t reach;
	bool has_sample; /* of what follows */
	int64_t offset_ns, error_ns, delay_ns;
	int64_t real_ns_min, real_ns_max; /* of CLOCK_REALTIME, when it was */
	enum edge_stamping stamping;
	bool is_interleaved;
};

/* A line for each of the peers. */
void probe_write_sources(FILE *out, const struct fleet *f, const uint32_t *peer,
			 size_t n, const struct probe_options *opt);

/* Whole or not at all: 0 or negative errno. */
int probe_put_sources(const char *dir, const struct fleet *f,
		      const uint32_t *peer, size_t n,
		      const struct probe_options *opt);

/*
 * From chronyd's figures, asked for while CLOCK_REALTIME showed asked_ns to
 * answered_ns. Pure. False: there is no sample, or one that cannot be.
 */
bool probe_make(const struct cmdmon_source *source,
		const struct cmdmon_ntp_data *ntp, int64_t asked_ns,
		int64_t answered_ns, const struct probe_options *opt,
		struct probe *ret);

/*
 * All of its sources, PROBE_PEERS_MAX at the most: how many, or negative errno:
 * chronyd does not answer.
 */
int probe_read_all(struct chronyd *c, const struct probe_options *opt,
		   struct probe ret[PROBE_PEERS_MAX]);

#endif
