/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source says of UTC against the leap table: a cross-check. The table
 * stands; a disagreement is told, and nothing in the bound rests on it. Pure.
 */
#ifndef UTC_CHECK_H
#define UTC_CHECK_H

#include <stdint.h>

#include "drivers/driver.h"
#include "timed/leap.h"

enum utc_verdict {
	UTC_AGREES,         /* or says nothing, or cannot be judged now */
	UTC_OFFSET_DIFFERS, /* another TAI - UTC than the table's */
	UTC_LEAP_UNKNOWN,   /* a leap second that the table does not have */
	UTC_LEAP_MISSED     /* none, hours before one that the table has */
};

/* `tai_ns`: TAI now. Near a leap second, where a source may not have taken it
 * yet, everything agrees. */
enum utc_verdict utc_check(const struct leap_table *table,
			   const struct utc_word *word, int64_t tai_ns);

const char *utc_verdict_name(enum utc_verdict verdict); /* "offset-differs" */

#endif
