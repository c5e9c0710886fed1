/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole path of a receiver in virtual time: a modelled receiver, its gpsd
 * and its pulse into the kernel or a NIC's pin, the real gnss driver, the real
 * engine, a segment, and libtt's reading of it, judged against the truth that
 * the model's oscillator owns. The daemon is only its loop here.
 */
#ifndef GNSS_PATH_H
#define GNSS_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "gnss_receiver.h"
#include "path_daemon.h"
#include "path_judge.h"
#include "path_machine.h"

struct gnss_path_law {
	struct path_machine_law machine;
	struct gnss_receiver_law receiver;
	int64_t latency_ns_max; /* declared; -1: not */
	int best_of;
	double leap_s; /* after the beginning; 0: none */
};

struct gnss_path;

struct gnss_path *gnss_path_open(const struct gnss_path_law *law,
				 uint64_t seed);
void gnss_path_close(struct gnss_path *p);
void gnss_path_run(struct gnss_path *p, double seconds);

/* What is counted begins anew. */
void gnss_path_count(struct gnss_path *p);

void gnss_path_fault(struct gnss_path *p, enum gnss_fault fault, bool is_on);

struct gnss_path_result {
	struct path_terms terms; /* of two sides that rest on a pulse */
	double lag_ns;		 /* sum, from a pulse to what was told of it */
	double best_ns;		 /* sum of the best estimate's squared errors */
	uint64_t best_at_edge;	 /* reads that found it there */
};
const struct gnss_path_result *gnss_path_result(const struct gnss_path *p);
const struct path_verdict *gnss_path_verdict(const struct gnss_path *p);

/* What was counted since the beginning. */
void gnss_path_counters(const struct gnss_path *p, struct engine_counters *ret);

#endif
