/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PTP hardware clock (PHC): found by any of its names, and read against the
 * raw counter. Never set, never steered: its frequency is only asked for.
 *
 * A reading is a batch of cross-timestamps of the kernel, intersected: each of
 * them alone holds, so all of them together do, and the narrowest leg of each
 * side may come from another one. Kernel: include/uapi/linux/ptp_clock.h.
 */
#ifndef PHC_DEVICE_H
#define PHC_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"

#define PHC_NAME_SIZE  64
#define PHC_ERROR_SIZE 160
#define PHC_BATCH_MAX  25 /* PTP_MAX_SAMPLES */

#define PHC_NAME_AUTO "auto"

/* How the kernel is asked, the best first. Asked for EXTENDED, one gets
 * EXTENDED_RAW where the kernel has it (6.12). */
enum phc_mode {
	PHC_AUTO,         /* the best that answers: never in a reading */
	PHC_PRECISE,      /* both clocks latched by hardware */
	PHC_EXTENDED_RAW, /* stamps around the register, of the raw counter */
	PHC_EXTENDED,     /* the same, of CLOCK_REALTIME */
	PHC_BASIC         /* CLOCK_REALTIME before and after the whole call */
};

/*
 * phc - raw lay within [lo_ns, hi_ns] at raw_ns. Of the width, stamp_ns on each
 * side is the declared quantum and latch, the rest is the window, and what the
 * conversion from CLOCK_REALTIME costs.
 */
struct phc_reading {
	int64_t raw_ns; /* the end of the batch's last window */
	int64_t phc_ns; /* what it showed then: the middle of the possible */
	int64_t lo_ns;
	int64_t hi_ns;
	int64_t stamp_ns;
	enum phc_mode mode;
	bool has_rate;   /* does the kernel tell the frequency? */
	double rate_ppb; /* as last set by who steers it; positive: faster */
};

/* What the PHC is, for people and for checks. */
struct phc_identity {
	char device[PHC_NAME_SIZE]; /* "/dev/ptp0" */
	char clock[PHC_NAME_SIZE];  /* its clock_name, "" unknown */
	int index;                  /* of ptpN; -1: a path of another form */
	char interface[PHC_NAME_SIZE]; /* "bond0", found by it; "" otherwise */
	double rate_ppb_max;        /* how far it can be steered, 0 unknown */
};

/*
 * The kernel's side, which tests and simulated worlds replace. Each gives 0 (or
 * an fd) or negative errno.
 */
struct phc_ops {
	int (*open)(void *arg, const char *path);
	void (*close)(void *arg, int fd);
	int (*control)(void *arg, int fd, unsigned long request, void *data);
	/* The frequency in force: clock_adjtime with no modes. */
	int (*rate)(void *arg, int fd, double *ret_ppb);
	/* The N of its ptpN for a network interface: ETHTOOL_GET_TS_INFO.
	 * -ENODEV no such interface, -ENODATA it has no hardware clock. */
	int (*interface)(void *arg, const char *name, int *ret_index);
	/* One line of a file in sysfs, without its newline. */
	int (*line)(void *arg, const char *path, char *ret, int size);
	void *arg;
};

extern const struct phc_ops phc_linux;

struct phc_device_options {
	const char *name;    /* "/dev/ptp0", "ptp0", "eth0", a clock_name, or
	                        PHC_NAME_AUTO: the only one there is */
	enum phc_mode mode;  /* no other than this; PHC_AUTO: the best */
	int batch;           /* cross-timestamps each, 1 to PHC_BATCH_MAX */
	int64_t stamp_ns;    /* its quantum and latch, a half-width */
	int64_t window_ns_max; /* wider ones say nothing; 0: any will do */
	double drift_ppb;    /* how far its own oscillator and the raw counter
	                        may run apart, when it is not steered */
	const struct phc_ops *ops; /* NULL: phc_linux */
};

struct phc;

/*
 * 0 or negative errno, with a text that says why: -ENOENT no such clock,
 * -EACCES not allowed, -EOPNOTSUPP it cannot be read against the system clock
 * in the mode asked for. `opt` is copied.
 */
int phc_open(const struct phc_device_options *opt, struct env *env,
	     struct phc **ret, char ret_error[PHC_ERROR_SIZE]);
void phc_close(struct phc *phc); /* NULL is allowed */

/*
 * One batch. 0 or negative errno: -ENODEV it has gone (close it); -ESTALE its
 * interface has another clock now, as a bond that failed over, and -ENODATA has
 * none (close it, and forget what it showed: who stamps with the interface's
 * clock may have changed over since the last reading); -EAGAIN the
 * cross-timestamps contradict each other, or the system clock was stepped, or
 * every window was too wide: the next may do. Blocks for as long as the reads
 * of the device take: microseconds, on MDIO a millisecond or two.
 */
int phc_read(struct phc *phc, struct phc_reading *ret);
const char *phc_trouble(int err); /* for people */

const struct phc_identity *phc_identity(const struct phc *phc);

/* The mode in use, and why it is none of the better ones ("" when it is the
 * best or was asked for). */
enum phc_mode phc_mode(const struct phc *phc);
const char *phc_fallback(const struct phc *phc);

const char *phc_mode_name(enum phc_mode mode); /* "precise" ... */

#endif
