/* SPDX-License-Identifier: Apache-2.0 */
/* A fresh look at CLOCK_REALTIME: both clocks at one instant. */
#ifndef LOOK_H
#define LOOK_H

#include <stdint.h>

#include "drivers/env.h"

struct look {
	int64_t raw_ns, real_ns;
	int64_t err_ns; /* of real_ns */
};

/* 0 or negative errno. */
int look_realtime(struct env *env, struct look *ret);

#endif
