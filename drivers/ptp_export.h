/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of a ptp4l that is a grandmaster: what it is to announce of
 * itself, and a look at the clock that it serves. No driver: it gives no samples.
 * What is to be announced is its caller's to say; here it is brought to ptp4l,
 * and kept there: ptp4l forgets it when it starts anew.
 */
#ifndef PTP_EXPORT_H
#define PTP_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"
#include "drivers/phc_device.h"
#include "drivers/ptpmsg.h"

/* For device.name, besides what a PHC may be called. */
#define PTP_SERVED_AUTO	    "auto"     /* as ptp4l says */
#define PTP_SERVED_REALTIME "realtime" /* it stamps in software */
#define PTP_SERVED_NONE	    "none"     /* it cannot be read here */

#define PTP_EXPORT_TEXT_SIZE 224

struct ptp_export_options {
	const char *socket; /* ptp4l's uds_address */
	const char *own;    /* ours, where answers come to */
	int domain;
	struct phc_device_options device;
};

/* A look at the clock that is served: clock - raw lay within [lo_ns, hi_ns] at
 * raw_ns. */
struct ptp_served {
	int64_t raw_ns, lo_ns, hi_ns;
	bool is_utc; /* it is CLOCK_REALTIME; a PHC shows TAI */
};

struct ptp_export_view {
	char health[PTP_EXPORT_TEXT_SIZE]; /* of ptp4l; "": well */
	char clock[PHC_NAME_SIZE]; /* "realtime", "/dev/ptp0"; "": unknown */
	char unseen[PTP_EXPORT_TEXT_SIZE]; /* why the clock is not; "" */
	bool is_software; /* ptp4l says that it stamps by the system's clock */
	bool has_settings;
	struct ptp_settings settings; /* as ptp4l has them */
	int64_t set_raw_ns;	      /* when it last took new ones */
	uint64_t sets, failures;
};

struct ptp_export;

/* 0 or negative errno. `opt` is copied. */
int ptp_export_open(const struct ptp_export_options *opt, struct env *env,
		    struct ptp_export **ret);

/* NULL is allowed. `last`, where ptp4l is there, is sent before; NULL: nothing
 * is. */
void ptp_export_close(struct ptp_export *x, const struct ptp_settings *last);

/* 0, or -ENODATA: it is not to be seen, and view.unseen says why. */
int ptp_export_read(struct ptp_export *x, struct ptp_served *ret);

/* That is to be announced from now on: ptp4l is asked what it does, and told
 * where that is something else. Call it as often as that is to be seen to, and at
 * once when it changes. */
void ptp_export_tell(struct ptp_export *x, const struct ptp_settings *wanted);

/* What ptp4l has answered: often. */
void ptp_export_listen(struct ptp_export *x);

const struct ptp_export_view *ptp_export_view(const struct ptp_export *x);

#endif
