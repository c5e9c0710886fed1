/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers on the command line of a test's program. */
#ifndef ARGUMENT_H
#define ARGUMENT_H

#include <stdint.h>

/* `text` as a whole number from min to max; else says so and exits with 2. */
int64_t argument_number(const char *text, int64_t min, int64_t max);

#endif
