/* SPDX-License-Identifier: Apache-2.0 */
/* What all devices of Linux have in common, as pps_ops, extts_ops and phc_ops
 * want it: `arg` is not looked at. */
#ifndef LINUX_DEVICE_H
#define LINUX_DEVICE_H

void linux_device_close(void *arg, int fd);

/* ioctl(2): 0 or negative errno. */
int linux_device_control(void *arg, int fd, unsigned long request, void *data);

#endif
