/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ptp4l in a path test, with its grandmaster and the link between them: it
 * steers the machine's PHC, and says on its socket what a real one would.
 */
#ifndef PTP4L_MODEL_H
#define PTP4L_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "path_machine.h"

/* All stamps are cut to these. */
#define PTP4L_MODEL_QUANTUM_NS 8

/* When the tests begin: the grandmaster's phase counts from here. */
#define PTP4L_MODEL_START_TAI_NS (INT64_C(1795305600) * SECOND_NS)

struct ptp4l_model_law {
	uint8_t accuracy;     /* the grandmaster's, and true of it */
	int log_request;      /* logMinDelayReqInterval: 0 is usual */
	int64_t asymmetry_ns; /* declared, and reached; -1: not declared */
	bool is_worst;	      /* all errors are always at the limits of what
				 is claimed, and of one sign */
};

/* What may become of it. */
enum ptp4l_fault {
	PTP4L_FAULT_SYNC_LOST, /* Sync lost, Announce kept: all is frozen */
	PTP4L_FAULT_SILENT,    /* no ptp4l any more */
	PTP4L_FAULT_CLASS_7,   /* it says so, and runs off by 0.9 ppm */
	PTP4L_FAULT_CLASS_248, /* it says so, and is 50 us off at once */
	PTP4L_FAULT_WORSE,     /* its accuracy, by what it says: 1 us */
	PTP4L_FAULT_BOUNDARY,  /* a boundary clock more, that errs by 200 ns */
	PTP4L_FAULT_LIE,       /* it is 5 us off and silent: A6 broken */
	PTP4L_FAULTS
};

struct ptp4l_model;

/* `dir`: where the sockets are, "ptp4l" and "monitor". The machine has just
 * been opened. */
struct ptp4l_model *ptp4l_model_new(const struct ptp4l_model_law *law,
				    struct path_machine *machine,
				    const char *dir);
void ptp4l_model_free(struct ptp4l_model *e);

/* When a message comes or goes next. */
int64_t ptp4l_model_next_raw_ns(const struct ptp4l_model *e);

/* What comes and goes now. True: it told its monitor something. */
bool ptp4l_model_happen(struct ptp4l_model *e);

/* Answers one question. False: there was none. */
bool ptp4l_model_answer(struct ptp4l_model *e);

void ptp4l_model_fault(struct ptp4l_model *e, enum ptp4l_fault fault,
		       bool is_on);

#endif
