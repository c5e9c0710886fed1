/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel PPS device: the last pulse that it stamped, in CLOCK_REALTIME, and
 * its number. Asked, never waited for. Kernel: include/uapi/linux/pps.h, and
 * RFC 2783 for what the words mean.
 */
#ifndef PPS_H
#define PPS_H

#include <stdbool.h>
#include <stdint.h>

#define PPS_ERROR_SIZE 160

/* The kernel's side, which tests replace: 0 (or an fd) or negative errno. */
struct pps_ops {
	int (*open)(void *arg, const char *path);
	void (*close)(void *arg, int fd);
	int (*control)(void *arg, int fd, unsigned long request, void *data);
	void *arg;
};

extern const struct pps_ops pps_linux;

struct pps {
	const struct pps_ops *ops;
	int fd; /* -1: closed */
	bool is_clear;
};

struct pps_pulse {
	uint32_t sequence;
	int64_t real_ns;
};

/*
 * Opens it for one edge, and has the kernel capture that where it does not
 * yet. 0 or negative errno, with a text that says why: -EOPNOTSUPP it cannot
 * capture this edge, -EPERM it does not, and to change that takes CAP_SYS_TIME.
 * `ops` NULL: pps_linux.
 */
int pps_open(struct pps *p, const char *path, bool is_clear,
	     const struct pps_ops *ops, char ret_error[PPS_ERROR_SIZE]);
void pps_close(struct pps *p);

/* The last pulse. 0 or negative errno: -EAGAIN there was none yet; any other:
 * the device has gone, close it. */
int pps_fetch(struct pps *p, struct pps_pulse *ret);

#endif
