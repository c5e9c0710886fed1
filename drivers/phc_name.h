/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a PHC: of its device, of an interface, of the clock. */
#ifndef PHC_NAME_H
#define PHC_NAME_H

#include "drivers/phc_device.h"

/*
 * The device that `name` means, and what the kernel calls its clock. 0 or
 * negative errno, with a text: -ENOENT nothing of that name, -ENODATA an
 * interface without a clock, -ENOTUNIQ two clocks of that name.
 */
int phc_name_find(const struct phc_ops *ops, const char *name,
		  struct phc_identity *ret, char ret_error[PHC_ERROR_SIZE]);

#endif
