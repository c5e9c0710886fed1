/* SPDX-License-Identifier: Apache-2.0 */
/* An instant as people write it. */
#ifndef INSTANT_H
#define INSTANT_H

#include <stdint.h>

#define INSTANT_FORMS \
	"2026-11-23T06:12:05Z, with a fraction if you like, or @1795414325.5"

/* "2026-11-23T06:12:05.25Z" (UTC; a blank for the T, and no Z, will do), or
 * "@" and seconds of Unix time. 0 or -EINVAL. Before 1970 there is none. */
int instant_parse(const char *text, int64_t *ret_unix_ns);

#endif
