/* SPDX-License-Identifier: Apache-2.0 */
/* A directory that goes with all that is in it. Include it in one file of a
 * test program. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdio.h>
#include <stdlib.h>

static char scratch_dir[] = "/tmp/test_timed.XXXXXX";

/* For cmocka's group of tests. */
static inline int scratch_make(void **state)
{
	(void)state;
	return mkdtemp(scratch_dir) ? 0 : -1;
}

static inline int scratch_remove(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", scratch_dir);
	return system(command);
}

#endif
