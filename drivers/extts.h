/* SPDX-License-Identifier: Apache-2.0 */
/*
 * External timestamps of a PHC: pulses on one of its pins, stamped by the PHC
 * itself. Kernel: include/uapi/linux/ptp_clock.h, PTP_EXTTS_REQUEST.
 */
#ifndef EXTTS_H
#define EXTTS_H

#include <stdbool.h>
#include <stdint.h>

#define EXTTS_ERROR_SIZE 96

/* The kernel's side, which tests replace: 0 (or an fd, or bytes) or negative
 * errno. `read` gives -EAGAIN where there is nothing, and never waits. */
struct extts_ops {
	int (*open)(void *arg, const char *path);
	void (*close)(void *arg, int fd);
	int (*control)(void *arg, int fd, unsigned long request, void *data);
	int (*read)(void *arg, int fd, void *buf, int size);
	void *arg;
};

extern const struct extts_ops extts_linux;

struct extts_options {
	int pin; /* -1: leave the pins as they are */
	int channel;
	bool is_clear;		     /* falling edges */
	const struct extts_ops *ops; /* NULL: extts_linux */
};

struct extts {
	struct extts_options opt;
	int fd; /* -1: closed */
	uint32_t sequence;
};

struct extts_pulse {
	uint32_t sequence; /* of the pulses read */
	int64_t phc_ns;
};

/* 0 or negative errno, with a text that says why. */
int extts_open(struct extts *e, const char *path,
	       const struct extts_options *opt,
	       char ret_error[EXTTS_ERROR_SIZE]);
void extts_close(struct extts *e);

/* The next pulse. 0 or negative errno: -EAGAIN there is none; any other: the
 * device has gone, close it. */
int extts_next(struct extts *e, struct extts_pulse *ret);

#endif
