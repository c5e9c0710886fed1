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

#include "drivers/driver.h"
#include "drivers/phc_device.h"
#include "drivers/ptp.h"
#include "sim/oscillator.h"
#include "sim/rng.h"
#include "sim/run.h"
#include "timed/engine.h"
#include "tt/tt.h"

/* Where within its window a read latches the PHC. */
enum latch { LATCH_ANYWHERE, LATCH_FIRST, LATCH_LAST };

struct ptp_path_law {
	struct axioms axioms;
	enum slow_motion slow;
	enum fast_motion fast;
	const char *grade;      /* SLOW_PHYSICAL */
	enum phc_mode mode;     /* PHC_PRECISE, PHC_EXTENDED_RAW */
	enum latch latch;
	uint8_t accuracy;       /* the grandmaster's, and true of it */
	int log_request;        /* logMinDelayReqInterval: 0 is usual */
	int64_t asymmetry_ns;   /* declared, and reached; -1: not declared */
	bool is_worst;          /* all errors are always at the limits of what
	                           is claimed, and of one sign */
	/* The driver's words on their way to the engine; NULL: as they are. */
	void (*tamper)(struct sample *m);
};

struct ptp_path;

/* `dir`: where the sockets are. One at a time in a program. */
struct ptp_path *ptp_path_open(const struct ptp_path_law *law, uint64_t seed,
			       const char *dir);
void ptp_path_close(struct ptp_path *p);
void ptp_path_run(struct ptp_path *p, double seconds);

/* From now on readings count: misses and widths. */
void ptp_path_count(struct ptp_path *p);

/* What may become of it. */
enum ptp_path_fault {
	PTP_PATH_SYNC_LOST,  /* Sync lost, Announce kept: all said is frozen */
	PTP_PATH_SILENT,     /* no ptp4l any more */
	PTP_PATH_CLASS_7,    /* it says so, and runs off by 0.9 ppm */
	PTP_PATH_CLASS_248,  /* it says so, and is 50 us off at once */
	PTP_PATH_WORSE,	     /* its accuracy, by what it says: 1 us */
	PTP_PATH_BOUNDARY,   /* a boundary clock more, which errs by 200 ns */
	PTP_PATH_LIE,        /* it is 5 us off and says nothing: A6 broken */
	PTP_PATH_FAULTS
};
void ptp_path_fault(struct ptp_path *p, enum ptp_path_fault fault, bool is_on);

/* Somebody sets the PHC forward. */
void ptp_path_step_phc(struct ptp_path *p, int64_t step_ns);

struct ptp_path_result {
	uint64_t reads, unanswered, misses, went_back, epochs;
	struct widths widths;
	bool seen[4]; /* enum tt_state */
	int64_t slack_ns_min; /* closest that truth came to an edge */
	double term_ns[TERM_COUNT]; /* of samples of two sides: sums */
	uint64_t samples;
	char first_miss[160];
};
const struct ptp_path_result *ptp_path_result(const struct ptp_path *p);

/* raw now, and what the PHC shows then, read by somebody in no time. */
int64_t ptp_path_raw_ns(const struct ptp_path *p);
int64_t ptp_path_phc_ns(const struct ptp_path *p);
int64_t ptp_path_tai_ns(struct ptp_path *p, int64_t raw_ns);

#endif
