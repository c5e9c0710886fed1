/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole PTP path in virtual time: a modelled grandmaster, link, ptp4l and
 * NIC, the real ptp driver, the real engine, a segment, and libtt's reading of
 * it, judged against the truth that the model's oscillator owns. The daemon is
 * only its loop here.
 */
#ifndef PTP_PATH_H
#define PTP_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "path_daemon.h"
#include "path_judge.h"
#include "path_machine.h"
#include "ptp4l_model.h"

struct ptp_path_law {
	struct path_machine_law machine;
	struct ptp4l_model_law ptp4l;
	/* The driver's words on their way to the engine; NULL: as they are. */
	void (*tamper)(struct sample *m);
};

struct ptp_path;

/* `dir`: where the sockets are. One at a time in a program. */
struct ptp_path *ptp_path_open(const struct ptp_path_law *law, uint64_t seed,
			       const char *dir);
void ptp_path_close(struct ptp_path *p);
void ptp_path_run(struct ptp_path *p, double seconds);

/* What is counted begins anew. */
void ptp_path_count(struct ptp_path *p);

void ptp_path_fault(struct ptp_path *p, enum ptp4l_fault fault, bool is_on);

/* Somebody sets the PHC forward. */
void ptp_path_step_phc(struct ptp_path *p, int64_t step_ns);

const struct path_verdict *ptp_path_verdict(const struct ptp_path *p);

/* Of samples of two sides. */
const struct path_terms *ptp_path_terms(const struct ptp_path *p);

/* raw now, and what the PHC shows then, read by somebody in no time. */
int64_t ptp_path_raw_ns(const struct ptp_path *p);
int64_t ptp_path_phc_ns(const struct ptp_path *p);
int64_t ptp_path_tai_ns(struct ptp_path *p, int64_t raw_ns);

#endif
