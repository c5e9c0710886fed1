/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libconfig 1.5 takes without a word and must not: integers that do not
 * fit 32 bits (it cuts them), @include (any file on the machine), NUL bytes.
 */
#ifndef CONFIG_SCAN_H
#define CONFIG_SCAN_H

#include <stddef.h>

/* NULL: nothing to say against it. Else what is wrong, a constant text, and
 * the line. */
const char *config_scan(const char *text, size_t size,
			unsigned int *ret_line);

#endif
