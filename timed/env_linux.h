/* SPDX-License-Identifier: Apache-2.0 */
/* The real machine behind env.h. */
#ifndef ENV_LINUX_H
#define ENV_LINUX_H

#include "drivers/env.h"

/* One machine, no state: the same object every time, never to be freed. */
struct env *env_linux_open(void);

#endif
